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
    let types = dialect.rules().table_types();
    let (long, options) = (types.long_text, types.options);
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
    dialect.rules().table_exists(table.schema.as_deref(), &snapshot_name(table))
}
