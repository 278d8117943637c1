//! Changes of schema objects for the page: what each revision creates, changes and drops.

use serde_json::{Map, Value, json};

use super::effects::is_empty;
use crate::autogenerate::{altered_attributes, definition};
use crate::cli::context::Context;
use crate::cli::objects::object_history_so_far;
use crate::cli::report::CommandError;
use crate::project::History;
use crate::schema::{Attribute, Key, Kind, Object, ObjectChange};
use crate::shadow::RevisionChanges;

/// Kinds of objects whose definitions are neither statements nor expressions.
const PLAIN_KINDS: [&str; 9] =
    ["table", "column", "primary key", "unique constraint", "foreign key", "index", "sequence", "schema", "extension"];

/// Replays the history of a service, as far as it is not known already, and returns its object log: up to the revision
/// that fails in the replay, with the failure. `None` if that is the first one.
///
/// # Errors
/// No shadow database can be had.
pub fn document(
    history: &History,
    context: &Context<'_>,
) -> Result<(Option<Value>, Option<CommandError>), CommandError> {
    let (objects, failure) = object_history_so_far(history, context)?;
    let has_log = failure.is_none() || !objects.steps.is_empty();
    Ok((has_log.then(|| log_document(objects.steps.iter())), failure))
}

/// Document of an object log: for each revision in the order of the replay, its changes. A change has `kind`, `name`,
/// `table`, `action` (`create`, `change`, `drop`), `definition`, `was`, and where they apply `details`, `renamed_from`,
/// `columns`, `references`.
fn log_document<'s>(steps: impl Iterator<Item = &'s RevisionChanges>) -> Value {
    let step = |step: &RevisionChanges| {
        let shown = |change: &&ObjectChange| !change.is_silent() && !change.is_moved_along();
        let mut changes: Vec<&ObjectChange> = step.changes.iter().filter(shown).collect();
        // What is dropped comes first: another object may get its name. Columns are in the order of their table.
        changes.sort_by_key(|change| (change.after.is_some(), change.key().kind, position(change)));
        let changes: Vec<Value> = changes.into_iter().map(change_document).collect();
        json!({ "revision": step.revision.as_str(), "changes": changes })
    };
    json!({ "steps": steps.map(step).collect::<Vec<_>>() })
}

fn position(change: &ObjectChange) -> Option<i64> {
    change.after.as_ref().and_then(|object| object.number(Attribute::Position))
}

fn change_document(change: &ObjectChange) -> Value {
    let key = change.key();
    let action = match (&change.before, &change.after) {
        (None, _) => "create",
        (_, None) => "drop",
        (Some(_), Some(_)) => "change",
    };
    let mut document = Map::new();
    let mut set = |name: &str, value: Value| drop(document.insert(name.to_owned(), value));
    set("kind", json!(key.kind.words()));
    set("name", json!(key.to_string()));
    set("table", json!(key.parent(Kind::Table).map(|table| table.to_string())));
    set("action", json!(action));
    let [after, was] = [&change.after, &change.before].map(|object| object.as_ref().map(definition));
    set("definition", json!(after));
    set("was", json!(was.filter(|was| change.after.is_none() || after.as_ref() != Some(was))));
    if let (Some(before), Some(now)) = (&change.before, &change.after) {
        set("details", json!(altered_attributes(before, now)));
    }
    if let Some(from) = change.renamed_from().filter(|from| from.name != key.name || from.namespace != key.namespace) {
        set("renamed_from", json!(old_name(from, key)));
    }
    if let Some(object) = &change.after {
        let columns = object.list(Attribute::Columns);
        if !columns.is_empty() {
            set("columns", columns.iter().map(|column| json!(unquoted(column))).collect());
        }
        if let Some(table) = object.text(Attribute::References).filter(|_| key.kind == Kind::ForeignKey) {
            set("references", json!({ "table": shown_table(table), "columns": referenced_columns(object) }));
        }
    }
    document.retain(|_, value| !is_empty(value));
    Value::Object(document)
}

/// Old name of a renamed object, with the name that its table has afterwards.
fn old_name(from: &Key, to: &Key) -> String {
    Key { table: to.table.clone(), ..from.clone() }.to_string()
}

/// Name of a table as [`Key`] shows it, of its quoted one.
fn shown_table(quoted: &str) -> String {
    let name = unquoted(quoted);
    name.strip_prefix("public.").map_or_else(|| name.clone(), str::to_owned)
}

fn unquoted(name: &str) -> String {
    name.replace(['"', '`'], "")
}

/// Columns that a foreign key refers to, from its definition; empty if the definition does not name them.
fn referenced_columns(object: &Object) -> Vec<String> {
    let text = object.text(Attribute::Definition).unwrap_or_default();
    let behind = text.split_once("REFERENCES").map(|(_, behind)| behind).unwrap_or_default();
    let list = behind.split_once('(').and_then(|(_, list)| list.split_once(')')).map(|(list, _)| list);
    list.into_iter().flat_map(|list| list.split(',')).map(|name| unquoted(name.trim())).collect()
}

/// Removes the definitions that are statements or expressions: queries of views, bodies of functions, checks.
pub fn remove_sql(objects: &mut Value) {
    let steps = objects.get_mut("steps").and_then(Value::as_array_mut).into_iter().flatten();
    let changes = steps.filter_map(|step| step.get_mut("changes")?.as_array_mut()).flatten();
    for change in changes.filter(|change| !PLAIN_KINDS.iter().any(|kind| change["kind"] == *kind)) {
        if let Some(change) = change.as_object_mut() {
            change.retain(|name, _| !matches!(name.as_str(), "definition" | "was" | "details"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::RevisionId;

    fn object(kind: Kind, table: Option<&str>, name: &str, attributes: &[(Attribute, &str)]) -> Object {
        let mut object = Object::new(Key { table: table.map(str::to_owned), ..Key::new(kind, Some("public"), name) });
        attributes.iter().for_each(|(name, text)| object.set(*name, *text));
        object
    }

    fn log(changes: Vec<ObjectChange>) -> Value {
        let step = RevisionChanges { revision: RevisionId::from_row("a1"), changes };
        log_document([step].iter())["steps"][0]["changes"].clone()
    }

    #[test]
    fn a_change_has_its_names_its_definitions_and_what_it_refers_to() {
        let before = object(Kind::Column, Some("users"), "mail", &[(Attribute::Type, "integer")]);
        let after = object(Kind::Column, Some("users"), "email", &[(Attribute::Type, "text")]);
        let mut key = object(Kind::ForeignKey, Some("users"), "f", &[(Attribute::References, "\"public\".\"teams\"")]);
        key.set(Attribute::Columns, vec!["\"team\"".to_owned()]);
        key.set(Attribute::Definition, "FOREIGN KEY (team) REFERENCES teams(id) ON DELETE CASCADE");
        let changes = log(vec![
            ObjectChange { before: None, after: Some(key) },
            ObjectChange { before: Some(before.clone()), after: Some(after) },
            ObjectChange { before: Some(before), after: None },
        ]);
        assert_eq!(changes[0]["action"], "drop");
        assert_eq!(changes[0]["was"], "integer");
        assert_eq!(changes[1]["name"], "users.email");
        assert_eq!(changes[1]["table"], "users");
        assert_eq!(changes[1]["renamed_from"], "users.mail");
        assert_eq!((&changes[1]["was"], &changes[1]["definition"]), (&json!("integer"), &json!("text")));
        assert_eq!(changes[2]["columns"], json!(["team"]));
        assert_eq!(changes[2]["references"], json!({ "table": "teams", "columns": ["id"] }));
    }

    #[test]
    fn only_statements_and_expressions_are_removed() {
        let create = |kind| ObjectChange {
            before: None,
            after: Some(object(kind, None, "a", &[(Attribute::Type, "text"), (Attribute::Definition, "SELECT 1")])),
        };
        let mut log = json!({ "steps": [{ "changes": log(vec![create(Kind::Column), create(Kind::View)]) }] });
        remove_sql(&mut log);
        assert_eq!(log["steps"][0]["changes"][0]["definition"], "text");
        assert_eq!(log["steps"][0]["changes"][1].get("definition"), None);
    }
}
