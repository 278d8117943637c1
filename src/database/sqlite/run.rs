//! Runs one unit on an open connection. Must not know files or locks.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::error;
use super::settings::Settings;
use super::verify;
use crate::database::statements::{self, JournalState, Took};
use crate::database::{FailureCause, RunFailure, ServerError, Transaction, Unit, VersionTable, Watch, milliseconds};
use crate::sql::{Dialect, Piece};

/// How many steps of SQLite's machine pass between two looks at the user's wish to stop: some microseconds' worth.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

/// Runs `unit`; see [`crate::database::Database::run`].
pub(super) fn run(
    connection: &mut Connection,
    table: &VersionTable,
    unit: &Unit<'_>,
    watch: &mut dyn Watch,
) -> Result<Duration, RunFailure> {
    if let Some(piece) = unit.copy() {
        return Err(RunFailure::refused("COPY ... FROM stdin is PostgreSQL's; SQLite knows no such statement", piece));
    }
    let is_watched = match watch.stop_signal() {
        Some(signal) => connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || signal())).is_ok(),
        None => false,
    };
    let result = Runner { connection, table, unit, started: Instant::now() }.run(watch);
    if is_watched {
        let _ = connection.progress_handler(0, None::<fn() -> bool>);
    }
    result
}

struct Runner<'r> {
    connection: &'r Connection,
    table: &'r VersionTable,
    unit: &'r Unit<'r>,
    started: Instant,
}

impl Runner<'_> {
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

    /// The version rows first: when somebody else moved them, nothing of the unit has run yet.
    fn in_transaction(&self, watch: &mut dyn Watch) -> Result<(), RunFailure> {
        self.change_rows()?;
        let mut committed = None;
        let ran = self.with_settings(|| {
            self.pieces(watch, &mut |connection, done| {
                if committed.is_none() && connection.is_autocommit() {
                    committed = Some(done);
                }
            })
        });
        match committed {
            None => ran
                .and_then(|()| verify::check(self.connection, self.unit.verify))
                .and_then(|()| self.insert_journal(JournalState::Done, self.unit.total(), None)),
            Some(done) => {
                let failure = own_failure("a statement of the revision ended the transaction it runs in");
                Err(RunFailure { applied: done, rolled_back: false, ..ran.err().unwrap_or(failure) })
            }
        }
    }

    fn statement_by_statement(&self, watch: &mut dyn Watch) -> Result<(), RunFailure> {
        let id = self.start_journal()?;
        let (mut stays, total) = (0, self.unit.total());
        let ran = self.with_settings(|| {
            self.pieces(watch, &mut |connection, done| {
                // Inside a transaction of the revision's own, nothing stays before its COMMIT.
                if connection.is_autocommit() {
                    stays = done;
                    if done < total {
                        self.progress(id, done);
                    }
                }
            })?;
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

    /// Runs `body`, and sets back what settings the unit changed, before anything of aludel's own follows.
    fn with_settings(&self, body: impl FnOnce() -> Result<(), RunFailure>) -> Result<(), RunFailure> {
        let settings = self.unit.has_settings().then(|| Settings::read(self.connection));
        let result = body();
        if let Some(settings) = settings {
            if result.is_err() {
                self.roll_back();
            }
            settings.restore(self.connection);
        }
        result
    }

    /// Runs the unit's statements; `after` hears how many have run.
    fn pieces(&self, watch: &mut dyn Watch, after: &mut dyn FnMut(&Connection, usize)) -> Result<(), RunFailure> {
        let total = self.unit.total();
        for (done, (index, piece)) in self.unit.statements().enumerate() {
            if watch.interrupted() {
                return Err(RunFailure::new(FailureCause::Interrupted, Some(index)));
            }
            self.piece(index, piece)?;
            after(self.connection, done + 1);
            watch.statements(done + 1, total);
        }
        Ok(())
    }

    fn piece(&self, index: usize, piece: &Piece) -> Result<(), RunFailure> {
        let sql = piece.sql.of(self.unit.text);
        step_to_end(self.connection, sql).map_err(|error| {
            let offset = error::offset(&error).map(|offset| piece.sql.start + offset);
            RunFailure { offset, ..RunFailure::new(error::cause(&error), Some(index)) }
        })
    }

    fn change_rows(&self) -> Result<(), RunFailure> {
        for statement in statements::change_rows(Dialect::Sqlite, self.table, self.unit.change) {
            let rows = self.connection.execute(&statement.sql, []).map_err(|error| {
                if error::is_duplicate(&error) { moved() } else { RunFailure::new(error::cause(&error), None) }
            })?;
            if rows as u64 != statement.rows {
                return Err(moved());
            }
        }
        Ok(())
    }

    /// Notes in the journal that the unit starts, when the rows are what it starts from.
    fn start_journal(&self) -> Result<i64, RunFailure> {
        let entry = self.unit.entry(JournalState::Running, Took::Unknown, 0, None);
        let sql = statements::insert_journal_if_rows_match(Dialect::Sqlite, self.table, &entry, self.unit.change);
        match self.connection.execute(&sql, []) {
            Ok(1) => Ok(self.connection.last_insert_rowid()),
            Ok(_) => Err(moved()),
            Err(error) => Err(RunFailure::new(error::cause(&error), None)),
        }
    }

    /// The version rows and the journal's end, in one transaction.
    fn end_journal(&self, id: i64, done: usize) -> Result<(), RunFailure> {
        let took = milliseconds(self.started.elapsed());
        self.control("BEGIN IMMEDIATE")?;
        self.change_rows()?;
        let end =
            statements::finish_journal(Dialect::Sqlite, self.table, id, JournalState::Done, took, done as u64, None);
        self.control(&end)?;
        self.control("COMMIT")
    }

    fn insert_journal(&self, state: JournalState, done: usize, error: Option<&str>) -> Result<(), RunFailure> {
        let took = match state {
            JournalState::Running => Took::Unknown,
            JournalState::Done | JournalState::Failed => milliseconds(self.started.elapsed()),
        };
        let entry = self.unit.entry(state, took, done, error);
        self.control(&statements::insert_journal(Dialect::Sqlite, self.table, &entry))
    }

    /// What cannot be noted is left out: the journal must not hide the failure, nor stop the run.
    fn finish_journal(&self, id: i64, done: usize, error: &str) {
        let took = milliseconds(self.started.elapsed());
        let state = JournalState::Failed;
        let sql = statements::finish_journal(Dialect::Sqlite, self.table, id, state, took, done as u64, Some(error));
        let _ = self.control(&sql);
    }

    fn progress(&self, id: i64, done: usize) {
        let _ = self.control(&statements::journal_progress(Dialect::Sqlite, self.table, id, done as u64));
    }

    /// Rolls back, and notes the failure in the journal.
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

    /// One of aludel's own statements.
    fn control(&self, sql: &str) -> Result<(), RunFailure> {
        step_to_end(self.connection, sql).map_err(|error| RunFailure::new(error::cause(&error), None))
    }
}

fn moved() -> RunFailure {
    RunFailure::new(FailureCause::RowsMoved, None)
}

fn own_failure(message: &str) -> RunFailure {
    let error = ServerError { message: message.to_owned(), ..ServerError::default() };
    RunFailure::new(FailureCause::Statement(error), None)
}

/// Runs one statement to its end; rows that it gives are dropped.
fn step_to_end(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    Ok(())
}
