//! Snapshot of the schema after the last run, stored beside the journal. Later checks compare with it, which needs no
//! privilege to create anything.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::observer::{Event, Observer};
use super::prepare::PreparedStep;
use super::run::Options;
use crate::database::journal::select_newest_entry;
use crate::database::snapshot::{
    create_snapshot, move_snapshot, replace_snapshot, select_beginning, select_snapshot, snapshot_exists,
};
use crate::database::{CatalogRequest, Database, DatabaseError, VersionTable};
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
    /// Result of [`crate::database::CatalogReader::catalog_version`] immediately before the schema was read.
    catalog_version: Option<String>,
    /// Result of [`crate::database::CatalogReader::catalog_text`].
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

/// Snapshot that a run still has to store. The run has ended and its lock is released, so that no other run waits for
/// the snapshot; what another one does meanwhile is noticed by its journal rows.
#[must_use = "the schema has not been stored yet"]
pub struct PendingSnapshot<'a> {
    service: String,
    database: Box<dyn Database + 'a>,
    /// Version rows after the run.
    rows: Vec<RevisionId>,
    /// Newest journal row of the run.
    newest_entry: Option<String>,
    owners: bool,
    /// Steps that have run since the version rows were those; `None` if they are not known.
    steps: Option<(Vec<RevisionId>, Vec<Arc<PreparedStep>>)>,
}

impl<'a> PendingSnapshot<'a> {
    /// Prepares the snapshot of a run: the first half, with the run's lock held. Returns the newest row of the journal.
    ///
    /// # Errors
    /// When the server refuses or the connection breaks.
    pub(super) fn prepare(database: &mut dyn Database) -> Result<Option<String>, DatabaseError> {
        let dialect = database.server().dialect;
        let table = database.resolve_version_table()?;
        let (begin, quiet) = (dialect.rules().begin_statement(), dialect.rules().without_notices(true));
        // IF NOT EXISTS sends a notice if the table exists. Two runs that create it at once would fail, hence the lock.
        let create = format!("{begin}; {quiet}{}; COMMIT", create_snapshot(dialect, &table));
        newest_entry(database, &table, &create).inspect_err(|_| drop(database.execute("ROLLBACK")))
    }

    pub(super) const fn new(
        service: String,
        database: Box<dyn Database + 'a>,
        rows: Vec<RevisionId>,
        newest_entry: Option<String>,
    ) -> Self {
        Self { service, database, rows, newest_entry, owners: false, steps: None }
    }

    /// Includes owners and privileges if `owners`.
    pub(super) fn owners(self, owners: bool) -> Self {
        Self { owners, ..self }
    }

    /// Expects that the schema is the one of the version rows `from`, changed by `steps`.
    pub(super) fn after(self, from: Vec<RevisionId>, steps: Vec<Arc<PreparedStep>>) -> Self {
        Self { steps: Some((from, steps)), ..self }
    }

    /// Reads the catalog and stores it. Stores nothing if another run has begun since: it stores its own. A failure is
    /// reported only: the run itself has succeeded.
    pub fn store(mut self, options: &Options<'_>, observer: &dyn Observer) {
        let stored = self.read_and_replace(&(options.now)(), &options.operator.tool_version);
        if let Err(error) = stored {
            let _ = self.database.execute("ROLLBACK");
            observer.event(&self.service, &Event::SnapshotNotKept { error: &error });
        }
    }

    fn read_and_replace(&mut self, now: &str, tool_version: &str) -> Result<(), DatabaseError> {
        let dialect = self.database.server().dialect;
        let table = self.database.resolve_version_table()?;
        let request = CatalogRequest { without: vec![table.clone()], namespaces: None, owners: self.owners };
        let run = (&*sorted(&self.rows).join(" "), now, tool_version);
        let rows_only = |(_, steps): &(_, Vec<Arc<PreparedStep>>)| steps.iter().all(|step| step.has_rows_only());
        if self.steps.as_ref().is_some_and(rows_only)
            && let Some(version) = self.database.catalog_version(&request)?
            && self.is_stored(&table, &version, tool_version)?
        {
            return self.write(&table, &[move_snapshot(dialect, &table, run)]);
        }
        if let Some(schema) = self.schema_after_steps(&request, tool_version)? {
            return self.write(&table, &replace_snapshot(dialect, &table, run, &content(None, &schema)));
        }
        let (version, schema) = self.database.versioned_catalog_text(&request)?;
        self.write(&table, &replace_snapshot(dialect, &table, run, &content(version.as_deref(), &schema)))
    }

    /// Returns the stored schema as the steps have changed it. `None` if the whole catalog has to be read.
    fn schema_after_steps(
        &mut self,
        request: &CatalogRequest,
        tool_version: &str,
    ) -> Result<Option<String>, DatabaseError> {
        let Some((from, steps)) = &self.steps else { return Ok(None) };
        let pieces = steps.iter().flat_map(|step| step.sent().map(|piece| piece.sql.slice(&step.section.text)));
        let statements: Vec<&str> = pieces.collect();
        if !self.database.can_read_after(&statements) {
            return Ok(None);
        }
        let before = kept(&mut *self.database)?;
        let before = before.filter(|before| before.tool_version == tool_version && before.rows == sorted(from));
        before.map_or(Ok(None), |before| self.database.catalog_text_after(request, &before.schema, &statements))
    }

    /// Returns whether the stored schema is the one of this version of the catalog.
    fn is_stored(&mut self, table: &VersionTable, version: &str, tool_version: &str) -> Result<bool, DatabaseError> {
        let dialect = self.database.server().dialect;
        let begins = format!("{version}\n");
        let found = self.database.query(&select_beginning(dialect, table, begins.chars().count()), 1)?;
        let stored = [Some(tool_version.to_owned()), Some(begins)];
        Ok(found.rows.first().is_some_and(|row| *row == stored))
    }

    fn write(&mut self, table: &VersionTable, statements: &[String]) -> Result<(), DatabaseError> {
        if newest_entry(&mut *self.database, table, "")? != self.newest_entry {
            return Ok(());
        }
        // One transaction for the whole replacement, so that it is synced once.
        let begin = self.database.server().dialect.rules().begin_statement();
        self.database.execute(&format!("{begin}; {}; COMMIT", statements.join("; "))).map(drop)
    }
}

/// Returns ids in the order in which a snapshot stores them.
fn sorted(rows: &[RevisionId]) -> Vec<&str> {
    let mut names: Vec<&str> = rows.iter().map(RevisionId::as_str).collect();
    names.sort_unstable();
    names
}

/// Executes `before`, and returns the newest row of the journal.
fn newest_entry(
    database: &mut dyn Database,
    table: &VersionTable,
    before: &str,
) -> Result<Option<String>, DatabaseError> {
    let select = select_newest_entry(database.server().dialect, table);
    let sql = if before.is_empty() { select } else { format!("{before}; {select}") };
    let answers = database.execute(&sql)?;
    Ok(answers.last().and_then(|rows| rows.first()?.first()?.clone()))
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
