//! A difference as few lines as can be read: what belongs to a table that is new or gone is counted with it.

use std::collections::BTreeMap;

use crate::schema::{Attribute, Change, Difference, Key, Kind, Object, Rename, Value};

/// What became of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// New.
    Add,
    /// Gone.
    Drop,
    /// Changed.
    Alter,
    /// Has another name.
    Rename,
}

impl Sign {
    /// `+`, `-`, `~`, `>`.
    #[must_use]
    pub const fn mark(self) -> char {
        match self {
            Self::Add => '+',
            Self::Drop => '-',
            Self::Alter => '~',
            Self::Rename => '>',
        }
    }

    /// `add`, `drop`, `alter`, `rename`.
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

/// A line of a summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// What became of it.
    pub sign: Sign,
    /// The object.
    pub key: Key,
    /// What to say of it: `3 columns, 1 index`; `type: text -> varchar(80)`.
    pub details: Vec<String>,
    /// The attributes that differ, before and after.
    pub attributes: Vec<(Attribute, Option<Value>, Option<Value>)>,
}

/// The lines of a difference, in order of their objects; first what has another name.
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
    let gone = |key: &Key| renames.iter().any(|rename| rename.from == *key || moved(rename, key));
    let come = |key: &Key| renames.iter().any(|rename| is_new_of(rename, key));
    let whole = wholes(difference);
    for change in &difference.changes {
        let key = change.key();
        let skip = match change {
            Change::Add(_) => come(key) || whole.contains_key(&owner(key)) && key.kind.is_of_a_table(),
            Change::Drop(_) => gone(key) || whole.contains_key(&owner(key)) && key.kind.is_of_a_table(),
            Change::Alter { .. } => false,
        };
        if !skip {
            lines.push(line(change, &whole));
        }
    }
    lines
}

/// Whether the key is of a table that the rename renames.
fn moved(rename: &Rename, key: &Key) -> bool {
    rename.from.kind == Kind::Table
        && key.namespace == rename.from.namespace
        && key.table.as_ref() == Some(&rename.from.name)
}

fn is_new_of(rename: &Rename, key: &Key) -> bool {
    let of_table = rename.from.kind == Kind::Table
        && key.namespace == rename.from.namespace
        && key.table.as_ref() == Some(&rename.to);
    let itself = key.kind == rename.from.kind && key.namespace == rename.from.namespace && key.name == rename.to;
    itself || of_table
}

/// The table (or view) that a key belongs to, by namespace and name.
fn owner(key: &Key) -> (Option<&str>, &str) {
    (key.namespace.as_deref(), key.table.as_deref().unwrap_or_default())
}

/// The tables and views that are new or gone, each with the number of what belongs to it, by kind.
type Wholes<'s> = BTreeMap<(Option<&'s str>, &'s str), BTreeMap<Kind, usize>>;

fn wholes<'s>(difference: &Difference<'s>) -> Wholes<'s> {
    let is_owner = |kind| matches!(kind, Kind::Table | Kind::View | Kind::MaterializedView | Kind::VirtualTable);
    let mut wholes: Wholes<'s> = difference
        .changes
        .iter()
        .filter(|change| !matches!(change, Change::Alter { .. }) && is_owner(change.key().kind))
        .map(|change| ((change.key().namespace.as_deref(), change.key().name.as_str()), BTreeMap::new()))
        .collect();
    for key in difference.changes.iter().map(Change::key).filter(|key| key.kind.is_of_a_table()) {
        if let Some(counts) = wholes.get_mut(&owner(key)) {
            *counts.entry(key.kind).or_default() += 1;
        }
    }
    wholes
}

fn line(change: &Change<'_>, wholes: &Wholes<'_>) -> Summary {
    let key = change.key().clone();
    let counted = wholes.get(&(key.namespace.as_deref(), key.name.as_str())).filter(|_| !key.kind.is_of_a_table());
    let (sign, details) = match change {
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

/// `4 columns`, `1 index`.
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
    vec![counts.iter().map(word).collect::<Vec<_>>().join(", ")].into_iter().filter(|text| !text.is_empty()).collect()
}

/// What of a new object is worth a word: a column's type, a constraint's text.
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

fn altered(change: &Change<'_>, before: &Object, after: &Object) -> Vec<String> {
    let one = |name: Attribute| {
        let (old, new) = (before.attributes.get(&name), after.attributes.get(&name));
        format!("{}: {} -> {}", words_of(name), shown(old), shown(new))
    };
    change.attributes().into_iter().map(one).collect()
}

/// An attribute in a person's words: `not null`.
fn words_of(name: Attribute) -> String {
    let json = serde_json::to_value(name).ok();
    json.as_ref().and_then(serde_json::Value::as_str).unwrap_or_default().replace('_', " ")
}

/// A value in a line, cut when it is long.
fn shown(value: Option<&Value>) -> String {
    let text = match value {
        None => return "none".to_owned(),
        Some(Value::Yes(yes)) => if *yes { "yes" } else { "no" }.to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Text(text)) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Some(Value::List(list)) => format!("({})", list.join(", ")),
    };
    match text.char_indices().nth(100) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
