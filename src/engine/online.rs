//! Revisions that have no SQL, because they read the database: the service's Alembic runs them, under aludel's lock and
//! with aludel's journal. Alembic changes the version rows in its own transaction, and nothing else changes them, so
//! they show afterwards whether it completed. Uses the commands of [`crate::project::run_alembic`]; must not depend on
//! a particular driver.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::error::{EngineError, OnlineRefusal, RevisionRefusal};
use super::observer::Observer;
use super::prepare::{PreparedStep, Setting, parents, refused};
use super::prepared_steps::PreparedSteps;
use super::resume::Resumption;
use super::run::Options;
use crate::config::{DatabaseUrl, LockKind, Secret};
use crate::database::journal::{self, JournalEntry, JournalState, Started, Took};
use crate::database::{self, Database, DatabaseError, HASH_LENGTH, HistoryState, Incomplete, Timeouts, milliseconds};
use crate::diagnostic::{Location, Span};
use crate::graph::{Operation, Step};
use crate::id::RevisionId;
use crate::project::redirect::Redirected;
use crate::project::render::{Unrendered, last_line};
use crate::project::run_alembic::{self, AlembicRun};
use crate::project::{History, ProjectError};
use crate::revision::Rendered;
use crate::sql;

/// A revision that Alembic runs.
#[derive(Debug, Clone)]
pub struct OnlineRevision {
    /// Position of the code that has no SQL, or the start of the file.
    pub location: Location,
    /// True if a run that ended by itself without changing the version rows was rolled back completely: the database
    /// can roll back DDL, and the file contains nothing that commits in between.
    pub is_one_transaction: bool,
}

/// Reason why a run of Alembic did not complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnlineCause {
    /// Alembic failed.
    Failed,
    /// Alembic was killed.
    Killed,
    /// The user interrupted the run.
    Interrupted,
    /// Before the run, Alembic reported other revisions as applied than the version table contains.
    OtherDatabase {
        /// Revisions that Alembic reported.
        applied: Vec<String>,
        /// Revisions that it should have reported according to the version table.
        rows: Vec<String>,
    },
    /// Alembic reported success without changing the version rows.
    RowsNotMoved,
    /// Alembic left other version rows than the revision should leave.
    OtherRows {
        /// Rows of the version table.
        rows: Vec<String>,
    },
}

/// A run of Alembic that did not complete.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("Alembic did not {} revision {revision}", operation.name())]
pub struct OnlineFailure {
    pub revision: RevisionId,
    /// Operation that failed.
    pub operation: Operation,
    /// Path of its file.
    pub path: PathBuf,
    /// Position that the traceback names, if any.
    pub location: Option<Location>,
    /// Reason.
    pub cause: OnlineCause,
    /// Last line that Alembic printed, without the database's password.
    pub said: String,
    /// True if it is certain that no effects of the run remain in the database.
    pub is_rolled_back: bool,
}

impl OnlineRevision {
    /// Returns the point at which an incomplete run is resumed. It counts as one statement, and neither the journal nor
    /// the catalog shows whether that ran.
    pub(super) fn resumption(&self, half: &Incomplete) -> Result<Resumption, EngineError> {
        if half.running.is_none() {
            return Ok(Resumption { skip: half.statements_done as usize, found: None });
        }
        let (incomplete, location) = (Box::new(half.clone()), Box::new(self.location.clone()));
        Err(EngineError::StatementUnknown { incomplete, location, statement: 1 })
    }
}

/// Creates a step that Alembic runs, because its revision could not be rendered as SQL.
///
/// # Errors
/// A file that cannot be read; a setting under which Alembic cannot run the revision.
pub(super) fn prepared(
    history: &History,
    step: &Step,
    unrendered: &Unrendered,
    setting: Setting<'_>,
) -> Result<PreparedStep, EngineError> {
    let entry = history.entry(&step.revision)?;
    let (path, file) = (entry.path.clone(), run_alembic::read_revision(&entry.path)?);
    let start = || Location { path: path.clone(), text: file.clone(), span: Span::default() };
    let location = unrendered.location.clone().unwrap_or_else(start);
    let refusal = match (setting.single_transaction, history.service.gentle.lock) {
        (true, _) => Some(OnlineRefusal::SingleTransaction),
        (false, LockKind::Lease) => Some(OnlineRefusal::Lease),
        (false, LockKind::Advisory) => None,
    };
    if let Some(refusal) = refusal {
        return Err(refused(step, location, RevisionRefusal::Online(refusal)));
    }
    let is_one_transaction = setting.dialect.format_rules().has_alembic_transaction() && !may_commit(&file);
    Ok(PreparedStep {
        message: entry.header.message.clone().unwrap_or_default(),
        path,
        checksum: sql::fingerprint(&file, setting.dialect),
        parents: parents(history, &step.revision),
        transaction: true,
        timeouts: Timeouts::default(),
        require: None,
        verify: None,
        online: Some(Box::new(OnlineRevision { location, is_one_transaction })),
        file: file.into(),
        section: Rendered::of_text(""),
        pieces: Vec::new(),
    })
}

/// Returns `true` if the Python text contains a word for a commit or for a connection of its own.
fn may_commit(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["commit", "begin(", "connect(", "create_engine", "subprocess"].iter().any(|word| text.contains(word))
}

/// Returns an error if the plan has a revision that Alembic would have to run.
pub(super) fn refuse(steps: &[Step], prepared: &PreparedSteps<'_>, why: OnlineRefusal) -> Result<(), EngineError> {
    prepared.kept(steps).try_for_each(|(step, prepared)| refuse_step(step, prepared, why))
}

/// Returns an error if Alembic would have to run the revision.
pub(super) fn refuse_step(step: &Step, prepared: &PreparedStep, why: OnlineRefusal) -> Result<(), EngineError> {
    match &prepared.online {
        Some(online) => Err(refused(step, online.location.clone(), RevisionRefusal::Online(why))),
        None => Ok(()),
    }
}

/// Completes the journal rows of finished runs of Alembic whose runner died before it could do so. The version rows,
/// which change in the run's own transaction, show that they finished. Must be called with the lock held. Returns
/// `true` if there was one.
///
/// # Errors
/// When the server refuses or the connection breaks.
pub(super) fn settle(
    history: &History,
    state: &HistoryState,
    database: &mut dyn Database,
) -> Result<bool, EngineError> {
    if !history.service.python.as_ref().is_some_and(|python| python.online) {
        return Ok(false);
    }
    let applied = history.graph.applied(&database::ids(&state.rows));
    let mut has_settled = false;
    for half in &state.incomplete {
        let id = RevisionId::from_row(&half.revision);
        let is_python = history.entry(&id).is_ok_and(crate::project::HistoryEntry::is_python);
        let is_done = match half.operation.as_str() {
            "upgrade" => applied.contains(&id),
            "downgrade" => !applied.contains(&id),
            _ => false,
        };
        if is_python && is_done && half.running.is_some() && half.statements_total == 1 {
            finish(database, half.id, JournalState::Done, Took::Unknown, None)?;
            has_settled = true;
        }
    }
    Ok(has_settled)
}

/// Completes the journal row of a run. If it is not known whether the run took effect, its statement remains marked as
/// running.
fn finish(
    database: &mut dyn Database,
    id: i64,
    state: JournalState,
    took: Took,
    error: Option<(&str, bool)>,
) -> Result<(), DatabaseError> {
    let (dialect, table) = (database.server().dialect, database.resolve_version_table()?);
    let done = u64::from(state == JournalState::Done);
    let message = error.map(|(message, _)| message);
    let mut statements = vec![journal::finish_journal(dialect, &table, id, state, took, done, message)];
    if error.is_some_and(|(_, is_rolled_back)| !is_rolled_back) {
        statements.push(journal::journal_progress(dialect, &table, id, 0, Some(1)));
    }
    statements.iter().try_for_each(|statement| database.execute(statement).map(drop))
}

/// A step that Alembic runs.
pub(super) struct OnlineRun<'a> {
    /// Definition of the revision that the journal keeps.
    pub(super) definition: Option<&'a str>,
    pub(super) history: &'a History,
    pub(super) step: &'a Step,
    pub(super) prepared: &'a PreparedStep,
    pub(super) rows_before: &'a [RevisionId],
    pub(super) rows_after: &'a [RevisionId],
    pub(super) options: &'a Options<'a>,
    pub(super) observer: &'a dyn Observer,
}

/// State of the database after a run.
struct Found {
    rows: Vec<RevisionId>,
    /// True if no other connection has changed the database since the run began; `None` if the database cannot report
    /// that.
    is_unchanged: Option<bool>,
}

impl OnlineRun<'_> {
    /// Runs the step. Must be called with the lock held.
    ///
    /// # Errors
    /// [`EngineError::Online`]; an error of the database.
    pub(super) fn run(&self, database: &mut dyn Database) -> Result<Duration, EngineError> {
        let alembic = self.alembic()?;
        self.refuse_other_database(&alembic)?;
        let started = Instant::now();
        let id = self.note_start(database)?;
        let version = database.data_version()?;
        let interrupted = || self.observer.interrupted();
        let label = format!("aludel {} {}", self.history.service.name, self.step.revision);
        let target = self.target();
        let run = run_alembic::run(&alembic, &[self.step.operation.name(), &target], &label, &interrupted)
            .map_err(|error| self.with_own_command(*error))
            .inspect_err(|error| drop(self.note_failure(database, id, started, (&error.to_string(), true))))?;
        let found = Found {
            rows: database::ids(&database.state()?.rows),
            is_unchanged: version
                .map(|before| Ok::<_, DatabaseError>(database.data_version()? == Some(before)))
                .transpose()?,
        };
        let Some(failure) = self.judge(&run, &found) else {
            finish(database, id, JournalState::Done, milliseconds(started.elapsed()), None)?;
            return Ok(started.elapsed());
        };
        self.note_failure(database, id, started, (&summary(&failure), failure.is_rolled_back))?;
        if failure.cause == OnlineCause::Interrupted && failure.is_rolled_back {
            return Err(EngineError::Interrupted);
        }
        Err(EngineError::Online(Box::new(failure)))
    }

    /// Returns the service's Alembic, redirected to the service's database.
    fn alembic(&self) -> Result<Redirected, EngineError> {
        let service = &self.history.service;
        let unset = || DatabaseError::Url("no Alembic is configured".to_owned());
        let python = service.python.as_ref().ok_or_else(unset)?;
        let url = service.url().map_err(DatabaseError::from)?.current().map_err(DatabaseError::from)?;
        Redirected::new(python, &url, &python.url_variables).map_err(|error| {
            let reason = format!("a copy of its ini file cannot be written: {error}");
            Box::new(ProjectError::Alembic { command: python.command.join(" "), reason }).into()
        })
    }

    /// Returns the error with the configured command, instead of the one that was called with a copy of the ini file.
    fn with_own_command(&self, error: ProjectError) -> EngineError {
        let python = self.history.service.python.as_ref();
        let own = python.map(|python| python.command.join(" ")).unwrap_or_default();
        let error = match error {
            ProjectError::Alembic { reason, .. } => {
                ProjectError::Alembic { command: own, reason: self.hidden(&reason) }
            }
            other => other,
        };
        Box::new(error).into()
    }

    /// Returns the target for Alembic: exactly this revision, whatever other branches are applied.
    fn target(&self) -> String {
        let id = &self.step.revision;
        if self.step.operation != Operation::Downgrade {
            return id.to_string();
        }
        let node = self.history.graph.get(id.as_str());
        let parents = node.map(|node| node.down_revisions.as_slice()).unwrap_or_default();
        format!("{id}@{}", parents.first().map_or("base", RevisionId::as_str))
    }

    /// Checks that Alembic reports the revisions that are applied here. `env.py` may connect to another database.
    fn refuse_other_database(&self, alembic: &Redirected) -> Result<(), EngineError> {
        let applied = run_alembic::applied(alembic).map_err(|error| self.with_own_command(*error))?;
        let rows = self.branch_heads();
        if applied == rows {
            return Ok(());
        }
        let (applied, rows) = (applied.into_iter().collect(), rows.into_iter().collect());
        let failure = self.failure(OnlineCause::OtherDatabase { applied, rows }, "", true);
        Err(EngineError::Online(Box::new(failure)))
    }

    /// Returns what `alembic current` prints for the version rows: the last applied revision of each line of down
    /// revisions. It includes revisions that have no row, because another applied one lists them as a dependency.
    fn branch_heads(&self) -> BTreeSet<String> {
        let graph = &self.history.graph;
        let applied: BTreeSet<RevisionId> = graph.applied(self.rows_before).into_iter().collect();
        let is_head = |id: &&RevisionId| !graph.children(id.as_str()).iter().any(|child| applied.contains(child));
        applied.iter().filter(is_head).map(ToString::to_string).collect()
    }

    /// Records the start of the run in the journal, unless the version rows differ from those that it starts from.
    fn note_start(&self, database: &mut dyn Database) -> Result<i64, EngineError> {
        let (dialect, table) = (database.server().dialect, database.resolve_version_table()?);
        let newest = format!("SELECT MAX(id) FROM {}", journal::journal_table(dialect, &table));
        let before = number(database, &newest)?;
        let started_at = (self.options.now)();
        let operator = self.options.operator;
        let entry = JournalEntry {
            revision: self.step.revision.as_str(),
            operation: self.step.operation.name(),
            state: JournalState::Running,
            started: Started::At(&started_at),
            took: Took::Unknown,
            checksum: Some(&self.prepared.checksum),
            statements_done: 0,
            statements_total: 1,
            running: Some(1),
            // If the file is replaced by SQL one day, this hash differs from the one of its first statement.
            hashes: self.prepared.checksum.get(..HASH_LENGTH),
            parents: Some(&self.prepared.parents),
            os_user: &operator.os_user,
            host: &operator.host,
            tool_version: &operator.tool_version,
            error: None,
            definition: self.definition,
        };
        database.execute(&journal::insert_journal_if_rows_match(dialect, &table, &entry, &self.step.change))?;
        // The insert reports no number of rows; a new greatest id shows that the condition held.
        match number(database, &newest)? {
            Some(id) if Some(id) != before => Ok(id),
            _ => {
                let rows = database.state()?.rows;
                Err(EngineError::Online(Box::new(self.failure(OnlineCause::OtherRows { rows }, "", true))))
            }
        }
    }

    fn note_failure(
        &self,
        database: &mut dyn Database,
        id: i64,
        started: Instant,
        error: (&str, bool),
    ) -> Result<(), DatabaseError> {
        finish(database, id, JournalState::Failed, milliseconds(started.elapsed()), Some(error))
    }

    /// Returns the failure of a run; `None` if it completed. The version rows decide, not the exit status: they change
    /// in the revision's own commit.
    fn judge(&self, run: &AlembicRun, found: &Found) -> Option<OnlineFailure> {
        if found.rows == self.rows_after {
            return None;
        }
        let has_moved = found.rows != self.rows_before;
        let cause = match () {
            () if has_moved => OnlineCause::OtherRows { rows: found.rows.iter().map(ToString::to_string).collect() },
            () if run.output.succeeded => OnlineCause::RowsNotMoved,
            () if run.is_interrupted => OnlineCause::Interrupted,
            () if run.is_killed => OnlineCause::Killed,
            () => OnlineCause::Failed,
        };
        let is_transaction = self.prepared.online.as_ref().is_some_and(|online| online.is_one_transaction);
        let ended_by_itself = !run.is_killed && !run.output.succeeded;
        // `env.py` may disable `transactional_ddl`; Alembic then logs "Will assume non-transactional DDL."
        let is_rolled_back = !has_moved
            && (found.is_unchanged == Some(true)
                || (ended_by_itself && is_transaction && !run.output.stderr.contains("non-transactional DDL")));
        Some(self.failure(cause, &run.output.stderr, is_rolled_back))
    }

    fn failure(&self, cause: OnlineCause, stderr: &str, is_rolled_back: bool) -> OnlineFailure {
        let path = self.history.entry(&self.step.revision).map(|entry| entry.path.clone()).unwrap_or_default();
        OnlineFailure {
            revision: self.step.revision.clone(),
            operation: self.step.operation,
            location: run_alembic::failed_at(&path, stderr),
            path,
            cause,
            said: if stderr.is_empty() { String::new() } else { self.hidden(&last_line(stderr)) },
            is_rolled_back,
        }
    }

    /// Masks the database's passwords in a text.
    fn hidden(&self, text: &str) -> String {
        let passwords = self.history.service.url().map(DatabaseUrl::passwords).unwrap_or_default();
        let passwords = passwords.iter().map(Secret::expose).filter(|password| !password.is_empty());
        passwords.fold(text.to_owned(), |text, password| text.replace(password, "****"))
    }
}

/// Returns the error message for the journal.
fn summary(failure: &OnlineFailure) -> String {
    let reason = match &failure.cause {
        OnlineCause::Failed | OnlineCause::OtherDatabase { .. } => return failure.said.clone(),
        OnlineCause::Killed => "Alembic was killed",
        OnlineCause::Interrupted => "interrupted",
        OnlineCause::RowsNotMoved => "Alembic reported success, but did not change the version rows",
        OnlineCause::OtherRows { .. } => "Alembic left other version rows than expected",
    };
    if failure.said.is_empty() { reason.to_owned() } else { format!("{reason}: {}", failure.said) }
}

fn number(database: &mut dyn Database, query: &str) -> Result<Option<i64>, DatabaseError> {
    let results = database.execute(query)?;
    let value = results.last().and_then(|rows| rows.first()).and_then(|row| row.first()).cloned().flatten();
    Ok(value.and_then(|value| value.parse().ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_commit_in_between_is_no_one_transaction() {
        assert!(!may_commit("op.get_bind().execute(sa.text('SELECT 1'))"));
        for text in ["op.execute('COMMIT')", "with op.get_context().autocommit_block():", "with engine.begin():"] {
            assert!(may_commit(text), "{text}");
        }
    }
}
