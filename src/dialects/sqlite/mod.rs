//! Rules of SQLite.

mod formats;
pub mod schema;

use std::collections::BTreeSet;

use crate::schema::{Options, Schema, SchemaEntry, SchemaRules, Script};
use crate::sql::DialectRules;

/// SQLite.
#[derive(Debug)]
pub struct SqliteDialect;

impl DialectRules for SqliteDialect {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    fn begin_statement(&self) -> &'static str {
        // Acquires the write lock at once, so that the transaction never fails halfway because of another writer.
        "BEGIN IMMEDIATE"
    }

    fn reset_session(&self) -> Option<&'static str> {
        Some("PRAGMA foreign_keys = OFF;")
    }
}

impl SchemaRules for SqliteDialect {
    fn script(&self, from: &Schema, to: &Schema, options: &Options) -> Script {
        schema::script(from, to, options)
    }

    fn schema_of_entries(&self, entries: &[SchemaEntry], unread: &BTreeSet<&str>) -> Schema {
        schema::read_checked(entries, &|table| !unread.contains(table.name.as_str()))
    }
}
