//! A schema as JSON and back: what is kept beside the journal and in caches. Knows the format; must not know where it
//! is kept.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::attribute::{Attribute, Value};
use super::key::{Key, Kind};
use super::model::{Object, Schema, Unmodelled};
use super::sqlite::{Entry, read_checked};
use crate::sql::Dialect;

/// Counts up whenever a catalog reader says something else of the same database, or the format changes: what is stored
/// under another number cannot be compared.
pub const FORMAT: u32 = 7;

#[derive(Serialize, Deserialize)]
struct Stored<'s> {
    format: u32,
    dialect: Cow<'s, str>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    objects: Vec<StoredObject<'s>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    statements: Vec<StoredStatement<'s>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unmodelled: Vec<Unmodelled>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_mariadb: bool,
}

/// Its name, what it is made of, what it needs.
type StoredObject<'s> = (Name<'s>, Cow<'s, BTreeMap<Attribute, Value>>, Vec<Name<'s>>);

/// Kind, name, table and statement of an [`Entry`].
type StoredStatement<'s> = (Kind, Cow<'s, str>, Cow<'s, str>, Cow<'s, str>);

/// Kind, namespace, table and name: with a word for each the text would be half as long again.
type Name<'s> = (Kind, Option<Cow<'s, str>>, Option<Cow<'s, str>>, Cow<'s, str>);

fn name(key: &Key) -> Name<'_> {
    (key.kind, key.namespace.as_deref().map(Cow::from), key.table.as_deref().map(Cow::from), (&*key.name).into())
}

fn row(object: &Object) -> StoredObject<'_> {
    (name(&object.key), Cow::Borrowed(&object.attributes), object.needs.iter().map(name).collect())
}

fn key((kind, namespace, table, name): Name<'_>) -> Key {
    let owned = |text: Cow<'_, str>| text.into_owned();
    Key { kind, namespace: namespace.map(owned), table: table.map(owned), name: owned(name) }
}

/// What SQLite's catalog holds, as JSON that [`Schema::from_json`] reads: the schema that the statements make, without the
/// work of reading them now.
#[must_use]
pub fn statements_to_json(entries: &[Entry]) -> String {
    let statements = entries.iter().map(statement).collect();
    json(&Stored { statements, ..Stored::empty(Dialect::Sqlite) })
}

fn statement(Entry { kind, name, table, sql }: &Entry) -> StoredStatement<'_> {
    (*kind, name.into(), table.into(), sql.into())
}

fn json(stored: &Stored<'_>) -> String {
    // Text keys and plain values: there is nothing that could not be written.
    serde_json::to_string(stored).unwrap_or_default()
}

impl Stored<'_> {
    fn empty(dialect: Dialect) -> Self {
        Self {
            format: FORMAT,
            dialect: dialect.name().into(),
            objects: Vec::new(),
            statements: Vec::new(),
            unmodelled: Vec::new(),
            is_mariadb: false,
        }
    }
}

impl Schema {
    /// The schema as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        json(&Stored {
            objects: self.objects().map(row).collect(),
            unmodelled: self.unmodelled.iter().cloned().collect(),
            is_mariadb: self.is_mariadb,
            ..Stored::empty(self.dialect)
        })
    }

    /// What [`Schema::to_json`] or [`statements_to_json`] wrote; none when it is no such text, or of another [`FORMAT`]. Of
    /// statements, those of the tables in `unread` are not read: of them it is known that they would be read wrongly.
    #[must_use]
    pub fn from_json(text: &str, unread: &BTreeSet<Unmodelled>) -> Option<Self> {
        let stored: Stored<'_> = serde_json::from_str(text).ok()?;
        let dialect = [Dialect::Postgres, Dialect::Mysql, Dialect::Sqlite]
            .into_iter()
            .find(|dialect| dialect.name() == stored.dialect)?;
        if stored.format != FORMAT {
            return None;
        }
        if !stored.statements.is_empty() {
            return Some(of_statements(stored.statements, unread));
        }
        let mut schema = Self::new(dialect);
        for (name, attributes, needs) in stored.objects {
            let needs = needs.into_iter().map(key).collect();
            schema.add(Object { key: key(name), attributes: attributes.into_owned(), needs });
        }
        schema.unmodelled = stored.unmodelled.into_iter().collect();
        schema.is_mariadb = stored.is_mariadb;
        Some(schema)
    }
}

fn of_statements(statements: Vec<StoredStatement<'_>>, unread: &BTreeSet<Unmodelled>) -> Schema {
    let owned = |text: Cow<'_, str>| text.into_owned();
    let entries: Vec<Entry> = statements
        .into_iter()
        .map(|(kind, name, table, sql)| Entry { kind, name: owned(name), table: owned(table), sql: owned(sql) })
        .collect();
    let unread: BTreeSet<&str> =
        unread.iter().filter(|found| found.kind == Kind::Table.words()).map(|found| found.name.as_str()).collect();
    read_checked(&entries, &|table| !unread.contains(table.name.as_str()))
}
