//! SQL for the snapshot table, which holds the schema after the last run, beside the journal. SQL text only.

use super::VersionTable;
use super::statements::{snapshot_name, text_literal};
use crate::sql::{Dialect, qualified};

fn quoted(dialect: Dialect, table: &VersionTable) -> String {
    qualified(table.schema.as_deref(), &snapshot_name(table), dialect)
}

/// Statement that creates the table if it does not exist. The table has at most one row.
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

/// Two statements that replace the stored schema.
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

/// Query for the snapshot: version rows, time, version of aludel, schema.
#[must_use]
pub fn select_snapshot(dialect: Dialect, table: &VersionTable) -> String {
    format!("SELECT version_rows, taken_at, tool_version, content FROM {} WHERE id = 1", quoted(dialect, table))
}

/// Query that returns one row if the table exists.
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
