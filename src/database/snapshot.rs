//! The SQL of the table that keeps one schema beside the journal: that of the last run. Text only; must not know
//! connections.

use super::VersionTable;
use super::statements::{snapshot_name, text_literal};
use crate::sql::{Dialect, qualified};

fn quoted(dialect: Dialect, table: &VersionTable) -> String {
    qualified(table.schema.as_deref(), &snapshot_name(table), dialect)
}

/// Creates the table where it is missing. It has one row at most.
#[must_use]
pub fn create_snapshot(dialect: Dialect, table: &VersionTable) -> String {
    let (long, options) = match dialect {
        Dialect::Mysql => ("LONGTEXT", " ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"),
        Dialect::Postgres | Dialect::Sqlite => ("TEXT", ""),
    };
    format!(
        "CREATE TABLE IF NOT EXISTS {} (
    id INTEGER NOT NULL PRIMARY KEY,
    version_rows {long} NOT NULL,
    taken_at VARCHAR(40) NOT NULL,
    tool_version VARCHAR(64) NOT NULL,
    content {long} NOT NULL
){options}",
        quoted(dialect, table)
    )
}

/// Puts a schema in the place of what was kept: two statements.
#[must_use]
pub fn replace_snapshot(
    dialect: Dialect,
    table: &VersionTable,
    (rows, taken_at, tool_version, content): (&str, &str, &str, &str),
) -> [String; 2] {
    let name = quoted(dialect, table);
    let values = [rows, taken_at, tool_version, content].map(|text| text_literal(dialect, text)).join(", ");
    let columns = "id, version_rows, taken_at, tool_version, content";
    [format!("DELETE FROM {name}"), format!("INSERT INTO {name} ({columns}) VALUES (1, {values})")]
}

/// Reads what is kept: rows, when, by which version, the schema.
#[must_use]
pub fn select_snapshot(dialect: Dialect, table: &VersionTable) -> String {
    format!("SELECT version_rows, taken_at, tool_version, content FROM {} WHERE id = 1", quoted(dialect, table))
}

/// Asks whether the table is there: a row when it is.
#[must_use]
pub fn snapshot_exists(dialect: Dialect, table: &VersionTable) -> String {
    let name = snapshot_name(table);
    match dialect {
        Dialect::Postgres => {
            let name = text_literal(dialect, &quoted(dialect, table));
            format!("SELECT 1 WHERE pg_catalog.to_regclass({name}) IS NOT NULL")
        }
        Dialect::Mysql => {
            let schema = table.schema.as_deref().map_or("DATABASE()".to_owned(), |name| text_literal(dialect, name));
            let name = text_literal(dialect, &name);
            format!("SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = {schema} AND TABLE_NAME = {name}")
        }
        Dialect::Sqlite => {
            let schema = table.schema.as_deref().unwrap_or("main");
            let catalog = qualified(Some(schema), "sqlite_schema", dialect);
            format!("SELECT 1 FROM {catalog} WHERE type = 'table' AND name = {}", text_literal(dialect, &name))
        }
    }
}
