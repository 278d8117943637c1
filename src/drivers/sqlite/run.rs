//! Runs one unit on an open connection. Independent of files and locks.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::errors;
use super::foreign_keys;
use super::limit::Limit;
use super::settings::SqliteConnectionSettings;
use super::verify;
use crate::database::journal::{self, JournalState, Took};
use crate::database::session::TextRows;
use crate::database::statements;
use crate::database::{
    FailureCause, RevisionExecution, RunFailure, ServerError, Timeouts, Transaction, VersionTable, Watch, batch,
    milliseconds,
};
use crate::sql::{self, Batch, Dialect, Piece, StatementKind};

/// Number of virtual machine steps between two checks for an interruption: some microseconds.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

/// Runs `unit`; see [`crate::database::Database::run`].
pub(super) fn run(
    connection: &mut Connection,
    table: &VersionTable,
    unit: &RevisionExecution<'_>,
    timeouts: Timeouts,
    watch: &mut dyn Watch,
) -> Result<Duration, RunFailure> {
    if let Some(time) = timeouts.lock {
        wait_for_locks(connection, time);
    }
    if let Some(piece) = unit.copy() {
        return Err(RunFailure::refused("COPY ... FROM stdin is PostgreSQL's; SQLite has no such statement", piece));
    }
    let limit = Limit::new(timeouts.statement);
    let (signal, clock) = (watch.stop_signal(), limit.clone());
    let is_over = move || signal.as_ref().is_some_and(|signal| signal()) || clock.is_over();
    let is_watched = connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(is_over)).is_ok();
    let result = SqliteRunner { connection, table, unit, started: Instant::now(), limit }.run(watch);
    if is_watched {
        let _ = connection.progress_handler(0, None::<fn() -> bool>);
    }
    result
}

/// Sets the timeout for locks. SQLite has no infinite timeout; the longest is 24 days.
fn wait_for_locks(connection: &Connection, time: Duration) {
    let longest = Duration::from_millis(i32::MAX as u64);
    // If it fails, the previous timeout stays in effect.
    let _ = connection.busy_timeout(if time.is_zero() { longest } else { time.min(longest) });
}

/// Relation between a statement and the journal note about it.
enum SqliteJournalPlacement {
    /// Both in one transaction.
    Wrapped,
    /// The statement ends a transaction of the revision's own, which contains the note.
    Ends,
    /// The statement cannot be in a transaction: one note before it and one after it.
    Alone,
    /// No note: the statement has no lasting effect, or not yet.
    Unnoted,
}

struct SqliteRunner<'r> {
    connection: &'r Connection,
    table: &'r VersionTable,
    unit: &'r RevisionExecution<'r>,
    started: Instant,
    limit: Limit,
}

impl SqliteRunner<'_> {
    fn run(&self, watch: &mut dyn Watch) -> Result<Duration, RunFailure> {
        match self.unit.transaction {
            Transaction::Own => {
                self.control("BEGIN IMMEDIATE")?;
                self.in_transaction(watch)
                    .and_then(|()| self.control("COMMIT"))
                    .map_err(|failure| self.undo(failure))?;
            }
            Transaction::Shared => self.in_transaction(watch).map_err(|failure| self.undo(failure))?,
            Transaction::None => self.statement_by_statement(watch)?,
        }
        Ok(self.started.elapsed())
    }

    /// Changes the version rows first: if another process has changed them, nothing of the unit has run yet.
    fn in_transaction(&self, watch: &mut dyn Watch) -> Result<(), RunFailure> {
        self.change_rows()?;
        let mut committed = None;
        let ran = self.with_settings(|| {
            self.pieces(watch, &mut |connection, done| {
                // A statement of the revision has ended the transaction, for example COMMIT: remember how many had run.
                if committed.is_none() && connection.is_autocommit() {
                    committed = Some(done);
                }
            })
        });
        match committed {
            None => ran
                .and_then(|()| verify::check(self.connection, self.unit.verify))
                .and_then(|()| self.check_rows_after())
                .and_then(|()| self.insert_journal(JournalState::Done, self.unit.total(), None)),
            Some(done) => {
                let failure = own_failure("a statement of the revision ended the transaction it runs in");
                Err(RunFailure { applied: done, rolled_back: false, ..ran.err().unwrap_or(failure) })
            }
        }
    }

    fn statement_by_statement(&self, watch: &mut dyn Watch) -> Result<(), RunFailure> {
        let id = self.start_journal()?;
        let (mut stays, total) = (self.unit.skip, self.unit.total());
        let ran = self.with_settings(|| {
            self.set_up_again()?;
            for (done, (index, piece)) in (self.unit.skip..).zip(self.unit.remaining()) {
                if watch.interrupted() {
                    return Err(RunFailure::new(FailureCause::Interrupted, Some(index)));
                }
                self.patient_piece((id, done), index, piece, watch)?;
                // In a transaction of the revision's own, nothing is permanent before its COMMIT.
                if self.connection.is_autocommit() {
                    stays = done + 1;
                }
                watch.statements(done + 1, total);
            }
            if self.connection.is_autocommit() {
                return Ok(());
            }
            Err(own_failure("the revision leaves a transaction open"))
        });
        let verified = ran.and_then(|()| verify::check(self.connection, self.unit.verify));
        let ended = verified.and_then(|()| self.end_journal(id, total));
        ended.map_err(|failure| {
            self.roll_back();
            self.finish_journal(id, stays, &failure.summary());
            RunFailure { applied: stays, rolled_back: stays == 0, ..failure }
        })
    }

    /// Runs a statement and writes the note that it has run: in one transaction, if SQLite allows the statement in one.
    fn noted_piece(&self, id: i64, done: usize, index: usize, piece: &Piece) -> Result<(), RunFailure> {
        let of_piece = |failure: RunFailure| RunFailure { piece: Some(index), ..failure };
        match self.standing(piece) {
            SqliteJournalPlacement::Wrapped => {
                // A failure leaves the transaction open; the caller rolls it back.
                self.control("BEGIN IMMEDIATE").map_err(of_piece)?;
                self.piece(index, piece)?;
                self.progress(id, done + 1, None).and_then(|()| self.control("COMMIT")).map_err(of_piece)
            }
            SqliteJournalPlacement::Ends => {
                self.progress(id, done + 1, None).map_err(of_piece)?;
                self.piece(index, piece)
            }
            SqliteJournalPlacement::Alone => {
                self.progress(id, done, Some(done + 1)).map_err(of_piece)?;
                self.piece(index, piece)?;
                self.progress(id, done + 1, None).map_err(of_piece)
            }
            SqliteJournalPlacement::Unnoted => self.piece(index, piece),
        }
    }

    fn standing(&self, piece: &Piece) -> SqliteJournalPlacement {
        let sql = piece.sql.slice(self.unit.text);
        let first = sql::keywords(sql, Dialect::Sqlite).next().unwrap_or_default();
        match piece.kind {
            StatementKind::TransactionControl
                if matches!(first.as_str(), "COMMIT" | "END") && !self.connection.is_autocommit() =>
            {
                SqliteJournalPlacement::Ends
            }
            // RELEASE of the outermost savepoint is a COMMIT; the note of any other one is overwritten by later notes.
            StatementKind::Other if first == "RELEASE" && !self.connection.is_autocommit() => {
                SqliteJournalPlacement::Ends
            }
            _ if !self.connection.is_autocommit() => SqliteJournalPlacement::Unnoted,
            StatementKind::TransactionControl | StatementKind::Setting => SqliteJournalPlacement::Unnoted,
            _ if matches!(first.as_str(), "SAVEPOINT" | "RELEASE" | "ATTACH" | "DETACH") => {
                SqliteJournalPlacement::Unnoted
            }
            _ if sql::refuses_transaction(sql, Dialect::Sqlite).is_some() => SqliteJournalPlacement::Alone,
            _ => SqliteJournalPlacement::Wrapped,
        }
    }

    /// Repeats the settings of earlier attempts.
    fn set_up_again(&self) -> Result<(), RunFailure> {
        self.unit.settings_before().try_for_each(|(index, piece)| self.piece(index, piece))
    }

    /// Runs `body` and restores the settings that the unit changed, before any internal statement follows.
    fn with_settings(&self, body: impl FnOnce() -> Result<(), RunFailure>) -> Result<(), RunFailure> {
        let settings = self.unit.has_settings().then(|| SqliteConnectionSettings::read(self.connection));
        let result = body();
        if let Some(settings) = settings {
            if result.is_err() {
                self.roll_back();
            }
            settings.restore(self.connection);
        }
        result
    }

    /// Runs the unit's statements; calls `after` with the number of statements that have run.
    fn pieces(&self, watch: &mut dyn Watch, after: &mut dyn FnMut(&Connection, usize)) -> Result<(), RunFailure> {
        let total = self.unit.total();
        self.set_up_again()?;
        for (done, (index, piece)) in (self.unit.skip..).zip(self.unit.remaining()) {
            if watch.interrupted() {
                return Err(RunFailure::new(FailureCause::Interrupted, Some(index)));
            }
            self.piece(index, piece)?;
            after(self.connection, done + 1);
            watch.statements(done + 1, total);
        }
        Ok(())
    }

    /// Runs a statement outside a transaction, and retries it as long as its lock cannot be acquired: a failed attempt
    /// leaves nothing behind.
    fn patient_piece(
        &self,
        (id, done): (i64, usize),
        index: usize,
        piece: &Piece,
        watch: &mut dyn Watch,
    ) -> Result<(), RunFailure> {
        let was_open = !self.connection.is_autocommit();
        let batch = Batch::of(self.unit.text, piece, Dialect::Sqlite).ok().flatten();
        loop {
            let ran = match &batch {
                Some(batch) if !was_open => self.batches((id, done), index, piece, batch, watch),
                _ => self.noted_piece(id, done, index, piece),
            };
            let Err(failure) = ran else { return Ok(()) };
            if was_open || !failure.is_lock_refused() || !watch.tries_again(&failure) {
                return Err(failure);
            }
            self.roll_back();
        }
    }

    /// Runs all batches of a statement, then records it like any other.
    fn batches(
        &self,
        (journal, done): (i64, usize),
        index: usize,
        piece: &Piece,
        batch: &Batch,
        watch: &mut dyn Watch,
    ) -> Result<(), RunFailure> {
        let (table, unit, number) = (self.table, self.unit, done + 1);
        let place = batch::BatchContext { dialect: Dialect::Sqlite, table, unit, piece, number, journal };
        batch::run(&mut SqliteBatchDriver { runner: self, watch, index }, &place, batch)?;
        self.progress(journal, done + 1, None).map_err(|failure| RunFailure { piece: Some(index), ..failure })
    }

    fn piece(&self, index: usize, piece: &Piece) -> Result<(), RunFailure> {
        let sql = piece.sql.slice(self.unit.text);
        let (ran, is_over) = self.limited(sql);
        if ran.is_ok() && piece.kind == StatementKind::Setting {
            foreign_keys::check(self.connection, sql)
                .map_err(|message| RunFailure { piece: Some(index), ..own_failure(&message) })?;
        }
        ran.map_err(|error| {
            if is_over {
                return RunFailure { piece: Some(index), ..took_too_long() };
            }
            let offset = errors::offset(&error).map(|offset| piece.sql.start + offset);
            RunFailure { offset, ..RunFailure::new(errors::cause(&error), Some(index)) }
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

    fn change_rows(&self) -> Result<(), RunFailure> {
        for statement in statements::change_rows(Dialect::Sqlite, self.table, self.unit.change) {
            let rows = self.connection.execute(&statement.sql, []).map_err(|error| {
                if errors::is_duplicate(&error) { moved() } else { RunFailure::new(errors::cause(&error), None) }
            })?;
            if rows as u64 != statement.rows {
                return Err(moved());
            }
        }
        Ok(())
    }

    /// Compares the version rows with the expected ones, because a revision may have changed the version table itself.
    fn check_rows_after(&self) -> Result<(), RunFailure> {
        let Some(rows) = self.unit.rows_after else { return Ok(()) };
        let holds = statements::rows_are(Dialect::Sqlite, self.table, rows);
        match self.connection.query_row(&format!("SELECT {holds}"), [], |row| row.get(0)) {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.own_table_changed()),
            Err(error) if errors::is_missing(&error) => Err(self.own_table_changed()),
            Err(error) => Err(RunFailure::new(errors::cause(&error), None)),
        }
    }

    /// Attributes changed version rows or a missing table to the unit's own statements if any ran: that is the most
    /// likely cause.
    fn of_own_tables(&self, failure: RunFailure) -> RunFailure {
        let is_own = match &failure.cause {
            FailureCause::RowsMoved => self.unit.total() > 0,
            FailureCause::Statement(error) => error.number == Some(i64::from(rusqlite::ffi::SQLITE_ERROR)),
            _ => false,
        };
        if is_own { self.own_table_changed() } else { failure }
    }

    fn own_table_changed(&self) -> RunFailure {
        RunFailure::new(FailureCause::VersionTableChanged { table: self.table.name.clone() }, None)
    }

    /// Records the start of the unit in the journal if the version rows are the ones that it starts from.
    fn start_journal(&self) -> Result<i64, RunFailure> {
        let entry = self.unit.entry(JournalState::Running, Took::Unknown, self.unit.skip, None);
        let sql = journal::insert_journal_if_rows_match(Dialect::Sqlite, self.table, &entry, self.unit.change);
        match self.connection.execute(&sql, []) {
            Ok(1) => Ok(self.connection.last_insert_rowid()),
            Ok(_) => Err(moved()),
            Err(error) => Err(RunFailure::new(errors::cause(&error), None)),
        }
    }

    /// Changes the version rows and ends the journal row, in one transaction.
    fn end_journal(&self, id: i64, done: usize) -> Result<(), RunFailure> {
        let took = milliseconds(self.started.elapsed());
        self.control("BEGIN IMMEDIATE")?;
        self.change_rows().map_err(|failure| self.of_own_tables(failure))?;
        self.check_rows_after()?;
        let end = journal::finish_journal(Dialect::Sqlite, self.table, id, JournalState::Done, took, done as u64, None);
        match self.connection.execute(&end, []) {
            Ok(1) => self.control("COMMIT"),
            Ok(_) => Err(self.own_table_changed()),
            Err(error) if errors::is_missing(&error) => Err(self.own_table_changed()),
            Err(error) => Err(RunFailure::new(errors::cause(&error), None)),
        }
    }

    fn insert_journal(&self, state: JournalState, done: usize, error: Option<&str>) -> Result<(), RunFailure> {
        let took = match state {
            JournalState::Running => Took::Unknown,
            JournalState::Done | JournalState::Failed | JournalState::Noted => milliseconds(self.started.elapsed()),
        };
        let entry = self.unit.entry(state, took, done, error);
        self.control(&journal::insert_journal(Dialect::Sqlite, self.table, &entry))
    }

    /// Records the failure. Errors are ignored, because they must not hide the original failure.
    fn finish_journal(&self, id: i64, done: usize, error: &str) {
        let took = milliseconds(self.started.elapsed());
        let state = JournalState::Failed;
        let sql = journal::finish_journal(Dialect::Sqlite, self.table, id, state, took, done as u64, Some(error));
        let _ = self.control(&sql);
    }

    fn progress(&self, id: i64, done: usize, running: Option<usize>) -> Result<(), RunFailure> {
        let running = running.map(|number| number as u64);
        self.control(&journal::journal_progress(Dialect::Sqlite, self.table, id, done as u64, running))
    }

    /// Rolls back and records the failure in the journal.
    fn undo(&self, failure: RunFailure) -> RunFailure {
        self.roll_back();
        let _ = self.insert_journal(JournalState::Failed, failure.applied, Some(&failure.summary()));
        failure
    }

    fn roll_back(&self) {
        if !self.connection.is_autocommit() {
            let _ = self.connection.execute_batch("ROLLBACK");
        }
    }

    /// Runs one internal statement.
    fn control(&self, sql: &str) -> Result<(), RunFailure> {
        step_to_end(self.connection, sql).map_err(|error| RunFailure::new(errors::cause(&error), None))
    }
}

/// Executes the batches of a statement.
struct SqliteBatchDriver<'s> {
    runner: &'s SqliteRunner<'s>,
    watch: &'s mut dyn Watch,
    index: usize,
}

impl batch::BatchDriver<RunFailure> for SqliteBatchDriver<'_> {
    fn ask(&mut self, sql: &str) -> Result<TextRows, RunFailure> {
        let read = || -> rusqlite::Result<TextRows> {
            let mut statement = self.runner.connection.prepare(sql)?;
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
        };
        read().map_err(|error| RunFailure::new(errors::cause(&error), Some(self.index)))
    }

    fn commit(&mut self, batch: &str, note: &str) -> Result<(), RunFailure> {
        let run = || {
            self.runner.control("BEGIN IMMEDIATE")?;
            let (ran, is_over) = self.runner.limited(batch);
            let of_batch = |error| if is_over { took_too_long() } else { RunFailure::new(errors::cause(&error), None) };
            ran.map_err(of_batch).and_then(|()| self.runner.control(note)).and_then(|()| self.runner.control("COMMIT"))
        };
        run().map_err(|failure| {
            self.runner.roll_back();
            RunFailure { piece: Some(self.index), ..failure }
        })
    }

    fn failure(&self, cause: FailureCause) -> RunFailure {
        RunFailure::new(cause, Some(self.index))
    }

    fn watch(&mut self) -> &mut dyn Watch {
        self.watch
    }
}

fn moved() -> RunFailure {
    RunFailure::new(FailureCause::RowsMoved, None)
}

fn took_too_long() -> RunFailure {
    own_failure("the statement took longer than statement_timeout")
}

fn own_failure(message: &str) -> RunFailure {
    let error = ServerError { message: message.to_owned(), ..ServerError::default() };
    RunFailure::new(FailureCause::Statement(error), None)
}

/// Runs one statement to its end and discards its rows.
fn step_to_end(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    Ok(())
}
