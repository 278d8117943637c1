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
}

impl SchemaRules for SqliteDialect {
    fn script(&self, from: &Schema, to: &Schema, options: &Options) -> Script {
        schema::script(from, to, options)
    }

    fn schema_of_entries(&self, entries: &[SchemaEntry], unread: &BTreeSet<&str>) -> Schema {
        schema::read_checked(entries, &|table| !unread.contains(table.name.as_str()))
    }
}
