//! Summary of a difference in as few lines as possible: parts of a table that is added or dropped are counted in the
//! line of the table.

use std::collections::{BTreeMap, BTreeSet};

use crate::schema::{Attribute, Change, Difference, Key, Kind, Object, Rename, Value, key_after};
use crate::sql::Dialect;

/// Kind of change to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// The object is added.
    Add,
    /// The object is dropped.
    Drop,
    /// The object is altered.
    Alter,
    /// The object is renamed.
    Rename,
}

impl Sign {
    /// Symbol of the change: `+`, `-`, `~` or `>`.
    #[must_use]
    pub const fn mark(self) -> char {
        match self {
            Self::Add => '+',
            Self::Drop => '-',
            Self::Alter => '~',
            Self::Rename => '>',
        }
    }

    /// Name of the change: `add`, `drop`, `alter` or `rename`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Drop => "drop",
            Self::Alter => "alter",
            Self::Rename => "rename",
        }
    }
}

/// Line of a summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Kind of change.
    pub sign: Sign,
    /// Key of the object; for a rename, the old one.
    pub key: Key,
    /// Details of the change: `3 columns, 1 index`; `type: text -> varchar(80)`.
    pub details: Vec<String>,
    /// Attributes that differ, each with its value before and after.
    pub attributes: Vec<(Attribute, Option<Value>, Option<Value>)>,
}

/// Summarizes a difference, sorted by object, with the renames first.
#[must_use]
pub fn summary(difference: &Difference<'_>, renames: &[Rename]) -> Vec<Summary> {
    let mut lines: Vec<Summary> = renames
        .iter()
        .map(|rename| Summary {
            sign: Sign::Rename,
            key: rename.from.clone(),
            details: vec![format!("is {} now", rename.to)],
            attributes: Vec::new(),
        })
        .collect();
    let keys = |wanted: fn(&Change<'_>) -> bool| -> BTreeSet<&Key> {
        difference.changes.iter().filter(|change| wanted(change)).map(Change::key).collect()
    };
    let (added, dropped) = (keys(|change| matches!(change, Change::Add(_))), keys(is_drop));
    let backward: Vec<Rename> = renames.iter().map(Rename::reversed).collect();
    let gone = |key: &Key| is_renamed(key, renames, &added);
    let come = |key: &Key| is_renamed(key, &backward, &dropped);
    let is_hidden = |change: &Change<'_>| match change {
        Change::Add(_) => come(change.key()),
        Change::Drop(_) => gone(change.key()),
        Change::Alter { .. } => false,
    };
    let dialect = difference.dialect;
    let whole = wholes(dialect, difference.changes.iter().filter(|change| !is_hidden(change)));
    for change in &difference.changes {
        let is_counted = owner(dialect, change).is_some_and(|owner| whole.contains_key(&(is_drop(change), owner)));
        if !is_hidden(change) && !is_counted {
            lines.push(line(change, &whole));
        }
        if let Some(altered) = altered_with_rename(change, difference, renames) {
            lines.push(line(&altered, &whole));
        }
    }
    lines
}

/// Returns the change of a renamed object, or of a column of a renamed table, that is more than its name: the difference
/// has it as one object that is dropped and one that is added.
fn altered_with_rename<'s>(change: &Change<'s>, difference: &Difference<'s>, renames: &[Rename]) -> Option<Change<'s>> {
    let Change::Drop(before) = change else { return None };
    let renamed = renamed_key(&before.key, renames)?;
    let after = difference.changes.iter().find_map(|change| match change {
        Change::Add(after) if after.key == renamed => Some(*after),
        _ => None,
    })?;
    Some(Change::Alter { before, after }).filter(|altered| !altered.attributes().is_empty())
}

/// Returns the key of an object after the renames, or `None` if they leave it alone.
fn renamed_key(key: &Key, renames: &[Rename]) -> Option<Key> {
    let is_column_moved = key.kind == Kind::Column && renames.iter().any(|rename| rename.moves(key));
    let is_renamed = renames.iter().any(|rename| rename.from == *key);
    (is_column_moved || is_renamed).then(|| key_after(key, renames))
}

/// Returns `true` if the dropped object is among the added ones under its new name. The difference compares the schemas
/// without the renames, so that all parts of a renamed table are dropped and added. For an added object, the renames are
/// the reversed ones, and the keys those of the dropped objects.
fn is_renamed(key: &Key, renames: &[Rename], others: &BTreeSet<&Key>) -> bool {
    if renames.iter().any(|rename| rename.from == *key) {
        return true;
    }
    if !renames.iter().any(|rename| rename.moves(key)) {
        return false;
    }
    // Only columns are matched by name: the names of constraints and indexes often contain that of the table.
    key.kind != Kind::Column || others.contains(&key_after(key, renames))
}

/// Namespace and name of a table, view or domain.
type Owner = (Option<String>, String);

/// Table, view or domain that an added or dropped object belongs to. A sequence belongs to the table of its column.
fn owner(dialect: Dialect, change: &Change<'_>) -> Option<Owner> {
    let (key, object) = match change {
        Change::Add(object) | Change::Drop(object) => (&object.key, object),
        Change::Alter { .. } => return None,
    };
    if key.kind == Kind::Sequence {
        let column = dialect.schema_rules().column_of_sequence(object)?;
        return Some((column.namespace, column.table?));
    }
    key.kind.is_of_a_table().then(|| (key.namespace.clone(), key.table.clone().unwrap_or_default()))
}

/// Added or dropped tables, views and domains, each with the number of its parts by kind. A dropped one and an added one
/// can have the same name, as when a table becomes a view: the flag distinguishes them.
type Wholes = BTreeMap<(bool, Owner), BTreeMap<Kind, usize>>;

const fn is_drop(change: &Change<'_>) -> bool {
    matches!(change, Change::Drop(_))
}

fn wholes<'c, 's: 'c>(dialect: Dialect, changes: impl Iterator<Item = &'c Change<'s>> + Clone) -> Wholes {
    let owners =
        changes.clone().filter(|change| !matches!(change, Change::Alter { .. }) && is_owner(change.key().kind));
    let mut wholes: Wholes = owners
        .map(|change| {
            let key = change.key();
            ((is_drop(change), (key.namespace.clone(), key.name.clone())), BTreeMap::new())
        })
        .collect();
    for change in changes {
        if let Some(counts) = owner(dialect, change).and_then(|owner| wholes.get_mut(&(is_drop(change), owner))) {
            *counts.entry(change.key().kind).or_default() += 1;
        }
    }
    wholes
}

const fn is_owner(kind: Kind) -> bool {
    matches!(kind, Kind::Table | Kind::View | Kind::MaterializedView | Kind::VirtualTable | Kind::Domain)
}

fn line(change: &Change<'_>, wholes: &Wholes) -> Summary {
    let key = change.key().clone();
    let whole = (is_drop(change), (key.namespace.clone(), key.name.clone()));
    let counted = wholes.get(&whole).filter(|_| is_owner(key.kind));
    let (sign, details) = match change {
        Change::Add(object) if key.kind == Kind::Domain => {
            (Sign::Add, of_new(object).into_iter().chain(counted.into_iter().flat_map(words)).collect())
        }
        Change::Add(object) => (Sign::Add, counted.map_or_else(|| of_new(object), words)),
        Change::Drop(_) => (Sign::Drop, counted.map_or_else(Vec::new, words)),
        Change::Alter { before, after } => (Sign::Alter, altered(change, before, after)),
    };
    let attributes = match change {
        Change::Alter { before, after } => change
            .attributes()
            .into_iter()
            .map(|name| (name, before.attributes.get(&name).cloned(), after.attributes.get(&name).cloned()))
            .collect(),
        _ => Vec::new(),
    };
    Summary { sign, key, details, attributes }
}

/// Counts in words: `4 columns`, `1 index`.
fn words(counts: &BTreeMap<Kind, usize>) -> Vec<String> {
    let plural = |kind: Kind| match kind {
        Kind::Index => "indexes".to_owned(),
        Kind::Policy => "policies".to_owned(),
        other => format!("{}s", other.words()),
    };
    let word = |(kind, count): (&Kind, &usize)| match count {
        1 => format!("1 {}", kind.words()),
        count => format!("{count} {}", plural(*kind)),
    };
    let (sequences, others): (Vec<_>, Vec<_>) = counts.iter().partition(|(kind, _)| **kind == Kind::Sequence);
    vec![others.into_iter().chain(sequences).map(word).collect::<Vec<_>>().join(", ")]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect()
}

/// Details of a new object: the type of a column, the definition of a constraint, or the columns.
fn of_new(object: &Object) -> Vec<String> {
    let shown = [Attribute::Type, Attribute::Definition].into_iter().find_map(|name| object.text(name));
    let short = shown.filter(|text| text.len() <= 80 && !text.contains('\n'));
    let columns = object.list(Attribute::Columns);
    match short {
        Some(text) => vec![text.to_owned()],
        None if !columns.is_empty() => vec![format!("({})", columns.join(", "))],
        None => Vec::new(),
    }
}

/// Returns what differs between two states of an object, an attribute in each line: `type: text -> varchar(80)`.
#[must_use]
pub fn altered_attributes(before: &Object, after: &Object) -> Vec<String> {
    altered(&Change::Alter { before, after }, before, after)
}

fn altered(change: &Change<'_>, before: &Object, after: &Object) -> Vec<String> {
    let one = |name: Attribute| {
        let (old, new) = (before.attributes.get(&name), after.attributes.get(&name));
        format!("{}: {} -> {}", words_of(name), shown(old), shown(new))
    };
    change.attributes().into_iter().map(one).collect()
}

/// Name of an attribute in words: `not null`.
fn words_of(name: Attribute) -> String {
    let json = serde_json::to_value(name).ok();
    json.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().replace('_', " ")
}

/// Formats a value on one line, truncated to 100 characters.
fn shown(value: Option<&Value>) -> String {
    let text = match value {
        None => return "none".to_owned(),
        Some(Value::Yes(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Text(text)) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Some(Value::List(list)) => format!("({})", list.join(", ")),
    };
    match text.char_indices().nth(100) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::schema::{Schema, difference};
    use crate::sql::Dialect;

    #[test]
    fn what_belongs_to_something_new_is_counted_with_it() {
        let mut schema = Schema::new(Dialect::POSTGRES);
        let mut sequence = Object::new(Key::new(Kind::Sequence, Some("s"), "t_id_seq"));
        sequence.set(Attribute::OwnedBy, "s.\"T.\"\"x\".id");
        let mut domain = Object::new(Key::new(Kind::Domain, Some("s"), "positive"));
        domain.set(Attribute::Type, "integer");
        for object in [
            Object::new(Key::new(Kind::Table, Some("s"), "T.\"x")),
            Object::new(Key::of_table(Kind::Column, Some("s"), "T.\"x", "id")),
            sequence,
            domain,
            Object::new(Key::of_table(Kind::Check, Some("s"), "positive", "above_zero")),
        ] {
            schema.add(object);
        }
        let nothing = Schema::new(Dialect::POSTGRES);
        let lines = summary(&difference(&nothing, &schema), &[]);
        let told: Vec<_> = lines.iter().map(|line| format!("{} {}", line.key, line.details.join("; "))).collect();
        assert_eq!(told, ["s.positive integer; 1 check constraint", "s.T.\"x 1 column, 1 sequence"]);
    }

    fn lines(from: &[Object], to: &[Object], renames: &[Rename]) -> Vec<String> {
        let [from, to] = [from, to].map(|objects| {
            let mut schema = Schema::new(Dialect::POSTGRES);
            objects.iter().for_each(|object| schema.add(object.clone()));
            schema
        });
        let lines = summary(&difference(&from, &to), renames);
        lines.iter().map(|line| format!("{} {} {}", line.sign.mark(), line.key, line.details.join("; "))).collect()
    }

    fn whole(kind: Kind, name: &str) -> Object {
        Object::new(Key::new(kind, Some("public"), name))
    }

    fn column(table: &str, name: &str) -> Object {
        Object::new(Key::of_table(Kind::Column, Some("public"), table, name))
    }

    #[test]
    fn a_new_column_is_shown_although_a_column_of_another_table_gets_the_same_name() {
        let tables = [whole(Kind::Table, "a"), whole(Kind::Table, "b")];
        let from = [&tables[..], &[column("a", "x")]].concat();
        let to = [&tables[..], &[column("a", "y"), column("b", "y")]].concat();
        let rename = Rename { from: column("a", "x").key, to: "y".to_owned() };
        assert_eq!(lines(&from, &to, &[rename]), ["> a.x is y now", "+ b.y "]);
    }

    #[test]
    fn what_changes_beside_a_rename_is_shown() {
        let typed = |table: &str, name: &str, text: &str| {
            let mut column = column(table, name);
            column.set(Attribute::Type, text);
            column
        };
        let from =
            [whole(Kind::Table, "a"), typed("a", "x", "text"), typed("a", "y", "text"), typed("a", "same", "text")];
        let to =
            [whole(Kind::Table, "b"), typed("b", "x", "integer"), typed("b", "z", "date"), typed("b", "same", "text")];
        let renames = [
            Rename { from: from[0].key.clone(), to: "b".to_owned() },
            Rename { from: column("a", "y").key, to: "z".to_owned() },
        ];
        let expected = ["> a is b now", "> a.y is z now", "~ b.x type: text -> integer", "~ b.z type: text -> date"];
        let mut found = lines(&from, &to, &renames);
        found.sort_by_key(|line| expected.iter().position(|wanted| wanted == line));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_table_that_becomes_a_view_is_counted_apart_from_it() {
        let from = [whole(Kind::Table, "a"), column("a", "x"), column("a", "y")];
        let to = [whole(Kind::View, "a"), column("a", "z")];
        assert_eq!(lines(&from, &to, &[]), ["- a 2 columns", "+ a 1 column"]);
    }

    #[test]
    fn other_columns_of_a_renamed_table_are_shown() {
        let from = [whole(Kind::Table, "a"), column("a", "x"), column("a", "old"), column("a", "gone")];
        let to = [whole(Kind::Table, "b"), column("b", "x"), column("b", "new"), column("b", "added")];
        let table = Rename { from: from[0].key.clone(), to: "b".to_owned() };
        for listed in ["a", "b"] {
            let rename = Rename { from: column(listed, "old").key, to: "new".to_owned() };
            let expected = ["> a is b now", &format!("> {listed}.old is new now"), "- a.gone ", "+ b.added "];
            let mut found = lines(&from, &to, &[table.clone(), rename]);
            found.sort_by_key(|line| expected.iter().position(|wanted| wanted == line));
            assert_eq!(found, expected);
        }
    }
}
