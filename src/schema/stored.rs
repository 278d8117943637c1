//! A schema as JSON and back: what is kept beside the journal and in caches. Knows the format; must not know where it
//! is kept.

use serde::{Deserialize, Serialize};

use super::model::{Object, Schema, Unmodelled};
use crate::sql::Dialect;

/// Counts up whenever a catalog reader says something else of the same database, or the format changes: what is stored
/// under another number cannot be compared.
pub const FORMAT: u32 = 3;

#[derive(Serialize, Deserialize)]
struct Stored<'s> {
    format: u32,
    dialect: std::borrow::Cow<'s, str>,
    objects: Vec<std::borrow::Cow<'s, Object>>,
    unmodelled: Vec<Unmodelled>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_mariadb: bool,
}

impl Schema {
    /// The schema as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let stored = Stored {
            format: FORMAT,
            dialect: self.dialect.name().into(),
            objects: self.objects().map(std::borrow::Cow::Borrowed).collect(),
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
            stored.objects.into_iter().for_each(|object| schema.add(object.into_owned()));
            schema.unmodelled = stored.unmodelled.into_iter().collect();
            schema.is_mariadb = stored.is_mariadb;
            schema
        })
    }
}
