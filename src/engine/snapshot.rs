//! The schema as it was after the last run, kept beside the journal: what a later look can be compared with, without
//! the right to create anything.

use std::collections::BTreeSet;

use crate::database::snapshot::{create_snapshot, replace_snapshot, select_snapshot, snapshot_exists};
use crate::database::{CatalogRequest, Database, DatabaseError, VersionTable};
use crate::id::RevisionId;
use crate::schema::{Schema, Unmodelled};
use crate::sql::Dialect;

/// What was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaSnapshot {
    /// The version rows at that time, in order of id.
    pub rows: Vec<String>,
    /// When: RFC 3339, UTC.
    pub taken_at: String,
    /// aludel's version.
    pub tool_version: String,
    /// What [`Database::catalog_version`] said right before.
    catalog_version: Option<String>,
    /// [`Database::catalog_text`].
    schema: String,
}

impl SchemaSnapshot {
    /// The schema, without what is known to be read wrongly ([`Schema::unmodelled`] of the database now); none when another
    /// version of aludel wrote it in a way that cannot be compared.
    #[must_use]
    pub fn schema(&self, unread: &BTreeSet<Unmodelled>) -> Option<Schema> {
        Schema::from_json(&self.schema, unread)
    }
}

/// The schema and before it, in a line of its own, the catalog's version, where there is one.
fn content(catalog_version: Option<&str>, schema: &str) -> String {
    catalog_version.map_or_else(|| schema.to_owned(), |version| format!("{version}\n{schema}"))
}

/// Back from [`content`]: JSON as it is kept has no line ends.
fn parts(content: String) -> (Option<String>, String) {
    match content.split_once('\n') {
        Some((version, schema)) => (Some(version.to_owned()), schema.to_owned()),
        None => (None, content),
    }
}

/// What the catalog holds now: what was kept of it, when nothing has changed it since, and otherwise what it says.
/// `request` is the one of a service alone in its database, as a run knows of no other; with others it is always read.
///
/// # Errors
/// When the server refuses or the connection breaks.
pub fn live(
    database: &mut dyn Database,
    request: &CatalogRequest,
    tool_version: &str,
) -> Result<Schema, DatabaseError> {
    let is_alone = request.without.len() == 1 && request.namespaces.is_none();
    // Nobody else tells whether anything has changed. (Of SQLite the statements are kept, which have to be read either way.)
    let tells = database.server().dialect == Dialect::Postgres;
    let kept = if is_alone && tells { kept(database)? } else { None };
    let kept = kept.filter(|kept| kept.tool_version == tool_version && kept.catalog_version.is_some());
    if let Some(kept) = kept {
        // Most of the time nothing has changed: it is read from its text while the server finds that out.
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
    // The table is a part of the catalog whose version is asked.
    database.execute(&begun(dialect, &table))?;
    let version = database.catalog_version(&request)?;
    let content = content(version.as_deref(), &database.catalog_text(&request)?);
    let mut names: Vec<&str> = rows.iter().map(RevisionId::as_str).collect();
    names.sort_unstable();
    let [delete, insert] = replace_snapshot(dialect, &table, (&names.join(" "), now, tool_version, &content));
    let begin = if dialect == Dialect::Mysql { "START TRANSACTION; " } else { "" };
    database.execute(&format!("{begin}{delete}; {insert}; COMMIT")).map(drop)
}

/// Makes the table where it is missing. But for MySQL in the transaction that all of it is, so that it is synced once.
fn begun(dialect: Dialect, table: &VersionTable) -> String {
    let create = create_snapshot(dialect, table);
    match dialect {
        // IF NOT EXISTS would chat.
        Dialect::Postgres => format!("BEGIN; SET LOCAL client_min_messages = warning; {create}"),
        Dialect::Sqlite => format!("BEGIN IMMEDIATE; {create}"),
        Dialect::Mysql => create,
    }
}

/// What was kept last; none: nothing.
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
