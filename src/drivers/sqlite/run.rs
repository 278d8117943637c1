//! Steps of a run on SQLite: every statement is a call of the library, so each step is executed on its own.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::borrowed::SqliteConnection;
use super::errors;
use super::foreign_keys;
use super::group::{self, RevisionGroup};
use super::limit::Limit;
use super::settings::SqliteConnectionSettings;
use super::verify;
use crate::database::journal::{self, JournalEntry, JournalState, Took};
use crate::database::session::TextRows;
use crate::database::statements;
use crate::database::{
    Durability, FailureCause, JournalPlacement, Outcome, RevisionExecution, RevisionSession, RunFailure, RunStep,
    ServerError, StepFailure, StopSignal, Timeouts, Transaction, TransactionScope, VersionTable, Watch, milliseconds,
};
use crate::sql::{self, Dialect, Piece, StatementKind};

/// Number of virtual machine steps between two checks for an interruption: some microseconds.
const STEPS_BETWEEN_CHECKS: i32 = 10_000;

/// Begins the run of a revision; see [`crate::database::Database::start_revision`].
pub(super) fn start<'r>(
    (connection, group): (&'r mut SqliteConnection<'_>, &'r mut RevisionGroup),
    table: VersionTable,
    unit: &'r RevisionExecution<'r>,
    timeouts: Timeouts,
    signal: Option<StopSignal>,
) -> Result<SqliteRun<'r>, RunFailure> {
    group.forget_undone();
    unit.refuse_copy("SQLite")?;
    if let Some(time) = timeouts.lock {
        wait_for_locks(connection, time);
    }
    let is_grouped = join_group(connection, group, unit)?;
    let connection: &mut Connection = connection;
    let limit = Limit::new(timeouts.statement);
    let clock = limit.clone();
    let is_over = move || signal.as_ref().is_some_and(|signal| signal()) || clock.is_over();
    // Without the handler a statement cannot be stopped in its middle, and that is all.
    let _ = connection.progress_handler(STEPS_BETWEEN_CHECKS, Some(is_over));
    let settings = unit.has_settings().then(|| SqliteConnectionSettings::read(connection));
    let (done, open_since) = (unit.skip, None);
    let (started, journal) = (Instant::now(), None);
    Ok(SqliteRun { connection, group, is_grouped, table, unit, started, limit, settings, journal, done, open_since })
}

/// Returns whether the revision runs in the transaction of a group. Commits the open group if it does not, or if time
/// has passed since the last revision of it.
fn join_group(
    connection: &SqliteConnection<'_>,
    group: &mut RevisionGroup,
    unit: &RevisionExecution<'_>,
) -> Result<bool, RunFailure> {
    // A single revision is a transaction without a savepoint.
    let is_alone = !group.is_open() && unit.durability == Durability::Immediate;
    // The program whose connection it is may have settings and hooks that expect each revision by itself.
    let joins = !is_alone && matches!(connection, SqliteConnection::Own(_)) && group::may_share(connection, unit);
    if !joins || group.is_full(connection) {
        group.commit(connection).map_err(|error| RunFailure::new(errors::cause(&error), None))?;
    }
    Ok(joins)
}

/// Sets the timeout for locks. SQLite has no infinite timeout; the longest is 24 days.
fn wait_for_locks(connection: &Connection, time: Duration) {
    let longest = Duration::from_millis(i32::MAX as u64);
    // If it fails, the previous timeout stays in effect.
    let _ = connection.busy_timeout(if time.is_zero() { longest } else { time.min(longest) });
}

/// Run of one revision.
pub(super) struct SqliteRun<'r> {
    connection: &'r mut Connection,
    group: &'r mut RevisionGroup,
    /// True if the revision runs in a savepoint of the group's transaction.
    is_grouped: bool,
    table: VersionTable,
    unit: &'r RevisionExecution<'r>,
    started: Instant,
    limit: Limit,
    /// Settings from before the revision, if it changes some.
    settings: Option<SqliteConnectionSettings>,
    journal: Option<i64>,
    /// Number of statements that have run.
    done: usize,
    /// See [`RevisionSession::open_since`].
    open_since: Option<usize>,
}

impl Drop for SqliteRun<'_> {
    fn drop(&mut self) {
        let _ = self.connection.progress_handler(0, None::<fn() -> bool>);
    }
}

impl RevisionSession for SqliteRun<'_> {
    fn version_table(&self) -> &VersionTable {
        &self.table
    }

    fn send(&mut self, steps: &[RunStep<'_>], watch: &mut dyn Watch) -> Result<(), StepFailure> {
        for (index, step) in steps.iter().enumerate() {
            let is_final = self.open_since.is_some();
            self.step(*step, watch).map_err(|failed| StepFailure { step: index, is_final, ..failed })?;
        }
        Ok(())
    }

    fn run_query(&mut self, sql: &str) -> Result<TextRows, FailureCause> {
        read_rows(self.connection, sql).map_err(|error| errors::cause(&error))
    }

    fn journal(&self) -> Option<i64> {
        self.journal
    }

    fn placement(&mut self, piece: usize, _next: Option<usize>) -> Result<JournalPlacement, FailureCause> {
        let is_open = !self.connection.is_autocommit();
        Ok(self
            .unit
            .pieces
            .get(piece)
            .map_or(JournalPlacement::Unnoted, |piece| placement(piece, self.unit.text, is_open)))
    }

    fn follow_transaction(
        &mut self,
        _piece: usize,
        _next: Option<usize>,
        (before, _): (usize, usize),
    ) -> Result<(), FailureCause> {
        self.open_since = (!self.connection.is_autocommit()).then(|| self.open_since.unwrap_or(before));
        Ok(())
    }

    fn open_since(&self) -> Option<usize> {
        self.open_since
    }
}

fn placement(piece: &Piece, text: &str, is_open: bool) -> JournalPlacement {
    let sql = piece.sql.slice(text);
    let first = sql::keywords(sql, Dialect::SQLITE).next().unwrap_or_default();
    match piece.kind {
        StatementKind::TransactionControl if is_open && matches!(first.as_str(), "COMMIT" | "END") => {
            JournalPlacement::Ends
        }
        // RELEASE of the outermost savepoint is a COMMIT; the note of any other one is overwritten by later notes.
        StatementKind::Other if is_open && first == "RELEASE" => JournalPlacement::Ends,
        _ if is_open => JournalPlacement::Unnoted,
        StatementKind::TransactionControl | StatementKind::Setting => JournalPlacement::Unnoted,
        _ if matches!(first.as_str(), "SAVEPOINT" | "RELEASE" | "ATTACH" | "DETACH") => JournalPlacement::Unnoted,
        _ if sql::refuses_transaction(sql, Dialect::SQLITE).is_some() => JournalPlacement::Alone,
        _ => JournalPlacement::Together,
    }
}

impl SqliteRun<'_> {
    fn step(&mut self, step: RunStep<'_>, watch: &mut dyn Watch) -> Result<(), StepFailure> {
        match step {
            RunStep::Begin(TransactionScope::Revision) if self.is_grouped => {
                self.group.begin_revision(self.connection).map_err(|error| failed(&error))
            }
            RunStep::Commit(TransactionScope::Revision) if self.is_grouped => {
                // The statements of a revision are reported before it, so where they are, it has to follow them.
                let commits = self.unit.durability == Durability::Immediate || watch.wants_times();
                self.group.end_revision(self.connection, commits).map_err(|error| failed(&error))
            }
            RunStep::Begin(_) => self.control("BEGIN IMMEDIATE"),
            RunStep::Commit(_) => self.control("COMMIT"),
            RunStep::RollBack(_) => {
                self.roll_back();
                Ok(())
            }
            RunStep::RestoreSession => {
                if let Some(settings) = &self.settings {
                    settings.restore(self.connection);
                }
                Ok(())
            }
            RunStep::ChangeRows => self.change_rows(),
            RunStep::CompareRows => self.compare_rows(),
            RunStep::StartJournal(note) => self.start_journal(note.done),
            RunStep::Note(note) => {
                let (id, running) = (self.journal_id()?, note.running.map(|number| number as u64));
                self.control(&journal::journal_progress(Dialect::SQLITE, &self.table, id, note.done as u64, running))
            }
            RunStep::FinishJournal(outcome) => self.finish_journal(outcome),
            // The revisions that were rolled back run again by themselves, and this one after them.
            RunStep::InsertJournal(Outcome { state: JournalState::Failed, .. })
                if self.group.undone() > 0 && !watch.interrupted() =>
            {
                Ok(())
            }
            RunStep::InsertJournal(outcome) => {
                let took = milliseconds(self.started.elapsed());
                let entry = self.unit.entry(outcome.state, took, outcome.done, outcome.error);
                self.own(&journal::insert_journal(Dialect::SQLITE, &self.table, &entry))
            }
            RunStep::Repeat(index) => self.piece(index),
            RunStep::Piece(index) => self.next_piece(index, watch),
            RunStep::Batch { sql, .. } => {
                let (ran, is_over) = self.limited(sql);
                ran.map_err(|error| if is_over { took_too_long() } else { failed(&error) })
            }
            RunStep::Cursor(sql) => self.control(sql),
            RunStep::Query(query) => verify::check(self.connection, self.unit, query),
            // The lock is a file, the timeouts have been set at the start, and nothing gains by an announcement.
            RunStep::SetUp | RunStep::UndoSetUp | RunStep::CheckLease | RunStep::RenewLease | RunStep::AnnounceNext => {
                Ok(())
            }
        }
    }

    /// Runs a statement. In a revision with a transaction, counts it, and checks that it has not ended the transaction
    /// (`INSERT OR ROLLBACK`): nothing must run outside of it.
    fn next_piece(&mut self, index: usize, watch: &mut dyn Watch) -> Result<(), StepFailure> {
        let is_counted = self.unit.transaction != Transaction::None;
        if is_counted && watch.interrupted() {
            return Err(StepFailure::new(0, FailureCause::Interrupted));
        }
        self.piece(index)?;
        if !is_counted {
            return Ok(());
        }
        self.done += 1;
        watch.statements(self.done, self.unit.total());
        if self.connection.is_autocommit() {
            let failure = own_failure("a statement of the revision ended the transaction it runs in");
            return Err(StepFailure { applied: self.done, ..failure });
        }
        Ok(())
    }

    fn piece(&self, index: usize) -> Result<(), StepFailure> {
        let Some(piece) = self.unit.pieces.get(index) else { return Ok(()) };
        let sql = piece.sql.slice(self.unit.text);
        let (ran, is_over) = self.limited(sql);
        if ran.is_ok() && piece.kind == StatementKind::Setting {
            foreign_keys::check(self.connection, sql).map_err(|message| own_failure(&message))?;
        }
        ran.map_err(|error| {
            let offset = errors::offset(&error).map(|offset| piece.sql.start + offset);
            if is_over { took_too_long() } else { StepFailure { offset, ..failed(&error) } }
        })
    }

    /// Runs one statement under the statement timeout. Returns the result, and whether the timeout has stopped it.
    fn limited(&self, sql: &str) -> (rusqlite::Result<()>, bool) {
        self.limit.start();
        let ran = step_to_end(self.connection, sql);
        let is_late = self.limit.is_over();
        self.limit.stop();
        let is_over = is_late && ran.as_ref().is_err_and(|error| errors::cause(error) == FailureCause::Interrupted);
        (ran, is_over)
    }

    fn change_rows(&self) -> Result<(), StepFailure> {
        for statement in statements::change_rows(Dialect::SQLITE, &self.table, self.unit.change) {
            let rows = self
                .connection
                .execute(&statement.sql, [])
                .map_err(|error| if errors::is_duplicate(&error) { moved() } else { failed_own(&error) })?;
            if rows as u64 != statement.rows {
                return Err(moved());
            }
        }
        Ok(())
    }

    /// Compares the version rows with the expected ones, because a revision may have changed the version table itself.
    fn compare_rows(&self) -> Result<(), StepFailure> {
        let Some(rows) = self.unit.rows_after else { return Ok(()) };
        let holds = statements::rows_are(Dialect::SQLITE, &self.table, rows);
        match self.connection.query_row(&format!("SELECT {holds}"), [], |row| row.get(0)) {
            Ok(true) => Ok(()),
            Ok(false) => Err(moved()),
            Err(error) => Err(failed_own(&error)),
        }
    }

    fn start_journal(&mut self, done: usize) -> Result<(), StepFailure> {
        let entry = self.unit.entry(JournalState::Running, Took::Unknown, done, None);
        let entry = JournalEntry { running: None, ..entry };
        let sql = journal::insert_journal_if_rows_match(Dialect::SQLITE, &self.table, &entry, self.unit.change);
        match self.connection.execute(&sql, []) {
            Ok(1) => {
                self.journal = Some(self.connection.last_insert_rowid());
                Ok(())
            }
            Ok(_) => Err(moved()),
            Err(error) => Err(failed(&error)),
        }
    }

    fn finish_journal(&self, outcome: Outcome<'_>) -> Result<(), StepFailure> {
        let (id, took) = (self.journal_id()?, milliseconds(self.started.elapsed()));
        let Outcome { state, done, error } = outcome;
        let sql = journal::finish_journal(Dialect::SQLITE, &self.table, id, state, took, done as u64, error);
        match self.connection.execute(&sql, []) {
            Ok(1) => Ok(()),
            // The revision has emptied the journal.
            Ok(_) => Err(moved()),
            Err(error) => Err(failed_own(&error)),
        }
    }

    fn journal_id(&self) -> Result<i64, StepFailure> {
        self.journal.ok_or_else(|| own_failure("the journal has no row for this revision"))
    }

    fn roll_back(&mut self) {
        if self.is_grouped {
            self.group.roll_back_revision(self.connection);
        }
        if !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        self.open_since = None;
    }

    /// Runs one internal statement.
    fn control(&self, sql: &str) -> Result<(), StepFailure> {
        step_to_end(self.connection, sql).map_err(|error| failed(&error))
    }

    /// Runs one internal statement on the journal.
    fn own(&self, sql: &str) -> Result<(), StepFailure> {
        step_to_end(self.connection, sql).map_err(|error| failed_own(&error))
    }
}

fn failed(error: &rusqlite::Error) -> StepFailure {
    StepFailure::new(0, errors::cause(error))
}

fn failed_own(error: &rusqlite::Error) -> StepFailure {
    StepFailure { is_own_table: errors::is_missing(error), ..failed(error) }
}

const fn moved() -> StepFailure {
    StepFailure::new(0, FailureCause::RowsMoved)
}

fn took_too_long() -> StepFailure {
    own_failure("the statement took longer than statement_timeout")
}

fn own_failure(message: &str) -> StepFailure {
    let error = ServerError { message: message.to_owned(), ..ServerError::default() };
    StepFailure::new(0, FailureCause::Statement(error))
}

/// Runs one statement to its end and discards its rows.
fn step_to_end(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    Ok(())
}

/// Returns the rows of a query as text; BLOBs as NULL.
fn read_rows(connection: &Connection, sql: &str) -> rusqlite::Result<TextRows> {
    let mut statement = connection.prepare(sql)?;
    let columns = statement.column_count();
    let text = |row: &rusqlite::Row<'_>, column| {
        Ok(match row.get::<_, rusqlite::types::Value>(column)? {
            rusqlite::types::Value::Integer(number) => Some(number.to_string()),
            rusqlite::types::Value::Real(number) => Some(number.to_string()),
            rusqlite::types::Value::Text(text) => Some(text),
            _ => None,
        })
    };
    statement.query_map([], |row| (0..columns).map(|column| text(row, column)).collect())?.collect()
}
