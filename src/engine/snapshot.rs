//! Snapshot of the schema after the last run, stored beside the journal. Later checks compare with it, which needs no
//! privilege to create anything.

use std::collections::BTreeSet;

use crate::database::snapshot::{create_snapshot, replace_snapshot, select_snapshot, snapshot_exists};
use crate::database::{CatalogRequest, Database, DatabaseError};
use crate::id::RevisionId;
use crate::schema::{Schema, Unmodelled};

/// A stored snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaSnapshot {
    /// The version rows at that time, in order of id.
    pub rows: Vec<String>,
    /// Time of the snapshot: RFC 3339, UTC.
    pub taken_at: String,
    /// Version of aludel that stored it.
    pub tool_version: String,
    /// Result of [`Database::catalog_version`] immediately before the schema was read.
    catalog_version: Option<String>,
    /// Result of [`Database::catalog_text`].
    schema: String,
}

impl SchemaSnapshot {
    /// Returns the schema without the objects in `unread`, which are known to be misread ([`Schema::unmodelled`] of the
    /// current database). `None` if another version of aludel stored it in another format.
    #[must_use]
    pub fn schema(&self, unread: &BTreeSet<Unmodelled>) -> Option<Schema> {
        Schema::from_json(&self.schema, unread)
    }
}

/// Joins the version of the catalog, if known, and the schema: the version is the first line.
fn content(catalog_version: Option<&str>, schema: &str) -> String {
    catalog_version.map_or_else(|| schema.to_owned(), |version| format!("{version}\n{schema}"))
}

/// Splits the result of [`content`]. The stored JSON contains no line breaks.
fn parts(content: String) -> (Option<String>, String) {
    match content.split_once('\n') {
        Some((version, schema)) => (Some(version.to_owned()), schema.to_owned()),
        None => (None, content),
    }
}

/// Returns the current schema: the stored one if the catalog has not changed since, otherwise the catalog is read. A
/// run stores the schema as if its service were alone in the database, so with other services the catalog is always
/// read.
///
/// # Errors
/// When the server refuses or the connection breaks.
pub fn live(
    database: &mut dyn Database,
    request: &CatalogRequest,
    tool_version: &str,
) -> Result<Schema, DatabaseError> {
    let is_alone = request.without.len() == 1 && request.namespaces.is_none();
    let kept = if is_alone && database.has_catalog_version() { kept(database)? } else { None };
    let kept = kept.filter(|kept| kept.tool_version == tool_version && kept.catalog_version.is_some());
    if let Some(kept) = kept {
        // Usually nothing has changed, so the stored text is parsed while the server computes the version.
        let (schema, version) = std::thread::scope(|scope| {
            let schema = scope.spawn(|| kept.schema(&BTreeSet::new()));
            let version = database.catalog_version(request);
            (schema.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), version)
        });
        if let (Some(schema), true) = (schema, version? == kept.catalog_version) {
            return Ok(schema);
        }
    }
    database.catalog(request)
}

/// Reads the catalog and stores it. Must be called with the lock held. `rows` are the current version rows.
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
    let kept = read_and_replace(database, rows, owners, now, tool_version);
    kept.inspect_err(|_| drop(database.execute("ROLLBACK")))
}

fn read_and_replace(
    database: &mut dyn Database,
    rows: &[RevisionId],
    owners: bool,
    now: &str,
    tool_version: &str,
) -> Result<(), DatabaseError> {
    let dialect = database.server().dialect;
    let table = database.resolve_version_table()?;
    let request = CatalogRequest { without: vec![table.clone()], namespaces: None, owners };
    let begin = format!("{}; ", dialect.rules().begin_statement());
    // One transaction for the whole replacement, so that it is synced once. Without transactional DDL, creating the
    // table would commit it, so it begins afterwards.
    let (begin_before, begin_after) =
        if dialect.rules().has_transactional_ddl() { (&*begin, "") } else { ("", &*begin) };
    // IF NOT EXISTS sends a notice if the table exists.
    let quiet = dialect.rules().without_notices(true);
    // Creating the table changes the catalog, so it must come before the version of the catalog is read.
    database.execute(&format!("{begin_before}{quiet}{}", create_snapshot(dialect, &table)))?;
    let version = database.catalog_version(&request)?;
    let content = content(version.as_deref(), &database.catalog_text(&request)?);
    let mut names: Vec<&str> = rows.iter().map(RevisionId::as_str).collect();
    names.sort_unstable();
    let [delete, insert] = replace_snapshot(dialect, &table, (&names.join(" "), now, tool_version, &content));
    database.execute(&format!("{begin_after}{delete}; {insert}; COMMIT")).map(drop)
}

/// Reads the stored snapshot; `None` if there is none.
///
/// # Errors
/// When the server refuses or the connection breaks.
pub fn kept(database: &mut dyn Database) -> Result<Option<SchemaSnapshot>, DatabaseError> {
    let dialect = database.server().dialect;
    let table = database.resolve_version_table()?;
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
    let (catalog_version, schema) = parts(content.unwrap_or_default());
    Ok(Some(SchemaSnapshot {
        rows,
        taken_at: taken_at.unwrap_or_default(),
        tool_version: tool_version.unwrap_or_default(),
        catalog_version,
        schema,
    }))
}
