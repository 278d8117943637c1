//! Rules of PostgreSQL.

mod formats;
mod psql;
pub mod schema;

use std::collections::BTreeSet;

use crate::schema::{Options, Schema, SchemaEntry, SchemaRules, Script};
use crate::sql::{Dialect, DialectRules};

/// PostgreSQL.
#[derive(Debug)]
pub struct PostgresDialect;

impl DialectRules for PostgresDialect {
    fn name(&self) -> &'static str {
        "postgresql"
    }
}

impl SchemaRules for PostgresDialect {
    fn script(&self, from: &Schema, to: &Schema, options: &Options) -> Script {
        schema::script(from, to, options)
    }

    fn schema_of_entries(&self, _entries: &[SchemaEntry], _unread: &BTreeSet<&str>) -> Schema {
        Schema::new(Dialect::Postgres)
    }
}
