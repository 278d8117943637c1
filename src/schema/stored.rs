//! A schema as JSON and back: what is kept beside the journal and in caches. Knows the format; must not know where it
//! is kept.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::attribute::{Attribute, Value};
use super::key::{Key, Kind};
use super::model::{Object, Schema, Unmodelled};
use crate::sql::Dialect;

/// Counts up whenever a catalog reader says something else of the same database, or the format changes: what is stored
/// under another number cannot be compared.
pub const FORMAT: u32 = 4;

#[derive(Serialize, Deserialize)]
struct Stored<'s> {
    format: u32,
    dialect: Cow<'s, str>,
    objects: Vec<StoredObject<'s>>,
    unmodelled: Vec<Unmodelled>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_mariadb: bool,
}

/// Its name, what it is made of, what it needs.
type StoredObject<'s> = (Name<'s>, Cow<'s, BTreeMap<Attribute, Value>>, Vec<Name<'s>>);

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

impl Schema {
    /// The schema as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let stored = Stored {
            format: FORMAT,
            dialect: self.dialect.name().into(),
            objects: self.objects().map(row).collect(),
            unmodelled: self.unmodelled.iter().cloned().collect(),
            is_mariadb: self.is_mariadb,
        };
        // Text keys and plain values: there is nothing that could not be written.
        serde_json::to_string(&stored).unwrap_or_default()
    }

    /// What [`Schema::to_json`] wrote; none when it is no such text, or of another [`FORMAT`].
    #[must_use]
    pub fn from_json(text: &str) -> Option<Self> {
        let stored: Stored<'_> = serde_json::from_str(text).ok()?;
        let dialect = [Dialect::Postgres, Dialect::Mysql, Dialect::Sqlite]
            .into_iter()
            .find(|dialect| dialect.name() == stored.dialect)?;
        (stored.format == FORMAT).then(|| {
            let mut schema = Self::new(dialect);
            for (name, attributes, needs) in stored.objects {
                let needs = needs.into_iter().map(key).collect();
                schema.add(Object { key: key(name), attributes: attributes.into_owned(), needs });
            }
            schema.unmodelled = stored.unmodelled.into_iter().collect();
            schema.is_mariadb = stored.is_mariadb;
            schema
        })
    }
}
