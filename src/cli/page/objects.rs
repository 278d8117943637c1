//! Changes of schema objects for the page: what each revision creates, changes and drops.

use serde_json::{Value, json};

use crate::cli::context::Context;
use crate::project::History;

/// Kinds of objects whose definitions are no statements or expressions.
const PLAIN_KINDS: [&str; 9] = [
    "table",
    "column",
    "primary key",
    "unique constraint",
    "foreign key",
    "index",
    "sequence",
    "schema",
    "extension",
];

/// Returns the object log of a service; `null` if it was not computed.
pub fn document(_history: &History, _context: &Context<'_>) -> Value {
    Value::Null
}

/// Document of an object log: for each revision in the order of the replay, its changes. A change has `kind`, `name`,
/// `table`, `action` (`create`, `change`, `drop`), `definition`, `was`, and where they apply `renamed_from`, `columns`,
/// `references`.
pub fn log_document(steps: impl Iterator<Item = (String, Vec<Value>)>) -> Value {
    let step = |(revision, changes)| json!({ "revision": revision, "changes": changes });
    json!({ "steps": steps.map(step).collect::<Vec<_>>() })
}

/// Removes the definitions that are statements or expressions: queries of views, bodies of functions, checks.
pub fn remove_sql(objects: &mut Value) {
    let steps = objects.get_mut("steps").and_then(Value::as_array_mut).into_iter().flatten();
    let changes = steps.filter_map(|step| step.get_mut("changes")?.as_array_mut()).flatten();
    for change in changes.filter(|change| !PLAIN_KINDS.iter().any(|kind| change["kind"] == *kind)) {
        change["definition"] = Value::Null;
        change["was"] = Value::Null;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_statements_and_expressions_are_removed() {
        let change = |kind: &str| json!({ "kind": kind, "name": "a", "definition": "x", "was": "y" });
        let mut log = log_document([("1".to_owned(), vec![change("column"), change("view")])].into_iter());
        remove_sql(&mut log);
        assert_eq!(log["steps"][0]["changes"][0]["definition"], "x");
        assert_eq!(log["steps"][0]["changes"][1]["definition"], Value::Null);
        assert_eq!(log["steps"][0]["changes"][1]["was"], Value::Null);
    }
}
