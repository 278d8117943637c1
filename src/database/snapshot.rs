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

/// Version rows and time of a run, and the version of aludel that stores its snapshot.
pub type SnapshotHead<'s> = (&'s str, &'s str, &'s str);

/// Two statements that replace the stored schema.
#[must_use]
pub fn replace_snapshot(
    dialect: Dialect,
    table: &VersionTable,
    (rows, taken_at, tool_version): SnapshotHead<'_>,
    content: &str,
) -> [String; 2] {
    let name = quoted(dialect, table);
    let values = [rows, taken_at, tool_version, content].map(|text| text_literal(dialect, text)).join(", ");
    let columns = "id, version_rows, taken_at, tool_version, content";
    [format!("DELETE FROM {name}"), format!("INSERT INTO {name} ({columns}) VALUES (1, {values})")]
}

/// Statement that keeps the stored schema, as that of another run.
#[must_use]
pub fn move_snapshot(
    dialect: Dialect,
    table: &VersionTable,
    (rows, taken_at, tool_version): SnapshotHead<'_>,
) -> String {
    let [rows, taken_at, tool_version] = [rows, taken_at, tool_version].map(|text| text_literal(dialect, text));
    format!(
        "UPDATE {} SET version_rows = {rows}, taken_at = {taken_at}, tool_version = {tool_version} WHERE id = 1",
        quoted(dialect, table)
    )
}

/// Query for the version of aludel that stored the snapshot, and the first `characters` of the stored schema.
#[must_use]
pub fn select_beginning(dialect: Dialect, table: &VersionTable, characters: usize) -> String {
    format!("SELECT tool_version, SUBSTR(content, 1, {characters}) FROM {} WHERE id = 1", quoted(dialect, table))
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
