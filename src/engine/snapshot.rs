//! The schema as it was after the last run, kept beside the journal: what a later look can be compared with, without
//! the right to create anything.

use crate::database::snapshot::{create_snapshot, replace_snapshot, select_snapshot, snapshot_exists};
use crate::database::{CatalogRequest, Database, DatabaseError};
use crate::id::RevisionId;
use crate::schema::Schema;
use crate::sql::Dialect;

/// What was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The version rows at that time, in order of id.
    pub rows: Vec<String>,
    /// When: RFC 3339, UTC.
    pub taken_at: String,
    /// aludel's version.
    pub tool_version: String,
    /// The schema; none when another version of aludel wrote it in a way that cannot be compared.
    pub schema: Option<Schema>,
}

/// Reads the catalog and keeps it. Call it with the lock held. `rows` are the version rows now.
///
/// # Errors
/// When the server refuses or the connection breaks.
pub fn keep(
    database: &mut dyn Database,
    rows: &[RevisionId],
    owners: bool,
    now: &str,
    tool_version: &str,
) -> Result<(), DatabaseError> {
    let dialect = database.server().dialect;
    let table = database.located()?;
    let request = CatalogRequest { without: vec![table.clone()], namespaces: None, owners };
    let schema = database.catalog(&request)?.to_json();
    let mut names: Vec<&str> = rows.iter().map(RevisionId::as_str).collect();
    names.sort_unstable();
    let [delete, insert] = replace_snapshot(dialect, &table, (&names.join(" "), now, tool_version, &schema));
    let create = create_snapshot(dialect, &table);
    let message = match dialect {
        // One message is one transaction; IF NOT EXISTS would chat.
        Dialect::Postgres => {
            format!("SET client_min_messages = warning; {create}; {delete}; {insert}; RESET client_min_messages")
        }
        Dialect::Mysql => format!("{create}; START TRANSACTION; {delete}; {insert}; COMMIT"),
        Dialect::Sqlite => format!("BEGIN IMMEDIATE; {create}; {delete}; {insert}; COMMIT"),
    };
    database.execute(&message).map(drop).inspect_err(|_| drop(database.rollback()))
}

/// What was kept last; none: nothing.
///
/// # Errors
/// When the server refuses or the connection breaks.
pub fn kept(database: &mut dyn Database) -> Result<Option<Snapshot>, DatabaseError> {
    let dialect = database.server().dialect;
    let table = database.located()?;
    if database.query(&snapshot_exists(dialect, &table), 1)?.rows.is_empty() {
        return Ok(None);
    }
    let found = database.query(&select_snapshot(dialect, &table), 1)?;
    let Some([rows, taken_at, tool_version, content]) =
        found.rows.into_iter().next().and_then(|row| <[Option<String>; 4]>::try_from(row).ok())
    else {
        return Ok(None);
    };
    let rows = rows.unwrap_or_default().split_whitespace().map(str::to_owned).collect();
    let schema = content.as_deref().and_then(Schema::from_json);
    Ok(Some(Snapshot {
        rows,
        taken_at: taken_at.unwrap_or_default(),
        tool_version: tool_version.unwrap_or_default(),
        schema,
    }))
}
