//! Runs one unit on an open connection. Must not know files or locks.

use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::error;
use super::foreign_keys;
use super::limit::Limit;
use super::settings::Settings;
use super::verify;
use crate::database::journal::{self, JournalState, Took};
use crate::database::session::TextRows;
use crate::database::statements;
use crate::database::{
    FailureCause, RunFailure, ServerError, Timeouts, Transaction, Unit, VersionTable, Watch, batch, milliseconds,
};
use crate::sql::{self, Batch, Dialect, Kind, Piece};

/// How many steps of SQLite's machine pass between two looks at the user's wish to stop: some microseconds' worth.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

/// Runs `unit`; see [`crate::database::Database::run`].
pub(super) fn run(
    connection: &mut Connection,
    table: &VersionTable,
    unit: &Unit<'_>,
    timeouts: Timeouts,
    watch: &mut dyn Watch,
) -> Result<Duration, RunFailure> {
    if let Some(time) = timeouts.lock {
        wait_for_locks(connection, time);
    }
    if let Some(piece) = unit.copy() {
        return Err(RunFailure::refused("COPY ... FROM stdin is PostgreSQL's; SQLite knows no such statement", piece));
    }
    let limit = Limit::new(timeouts.statement);
    let (signal, clock) = (watch.stop_signal(), limit.clone());
    let is_over = move || signal.as_ref().is_some_and(|signal| signal()) || clock.is_over();
    let is_watched = connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(is_over)).is_ok();
    let result = Runner { connection, table, unit, started: Instant::now(), limit }.run(watch);
    if is_watched {
        let _ = connection.progress_handler(0, None::<fn() -> bool>);
    }
    result
}

/// SQLite knows no "for ever": 24 days are the longest.
fn wait_for_locks(connection: &Connection, time: Duration) {
    let longest = Duration::from_millis(i32::MAX as u64);
    // A handler that cannot be set is one that was set before.
    let _ = connection.busy_timeout(if time.is_zero() { longest } else { time.min(longest) });
}

/// How a statement and the journal's note of it go together.
enum Standing {
    /// One transaction.
    Wrapped,
    /// It ends a transaction of the revision's own: the note goes into that one.
    Ends,
    /// It can be in no transaction: a note before and one behind.
    Alone,
    /// It leaves nothing behind by itself, or not yet.
    Unnoted,
}

struct Runner<'r> {
    connection: &'r Connection,
    table: &'r VersionTable,
    unit: &'r Unit<'r>,
    started: Instant,
    limit: Limit,
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
                // Inside a transaction of the revision's own, nothing stays before its COMMIT.
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

    /// A statement, and the journal's note that it ran: in one transaction, where SQLite lets the statement be in one.
    fn noted_piece(&self, id: i64, done: usize, index: usize, piece: &Piece) -> Result<(), RunFailure> {
        let of_piece = |failure: RunFailure| RunFailure { piece: Some(index), ..failure };
        match self.standing(piece) {
            Standing::Wrapped => {
                self.control("BEGIN IMMEDIATE").map_err(of_piece)?;
                self.piece(index, piece)?;
                self.progress(id, done + 1, None).and_then(|()| self.control("COMMIT")).map_err(of_piece)
            }
            Standing::Ends => {
                self.progress(id, done + 1, None).map_err(of_piece)?;
                self.piece(index, piece)
            }
            Standing::Alone => {
                self.progress(id, done, Some(done + 1)).map_err(of_piece)?;
                self.piece(index, piece)?;
                self.progress(id, done + 1, None).map_err(of_piece)
            }
            Standing::Unnoted => self.piece(index, piece),
        }
    }

    fn standing(&self, piece: &Piece) -> Standing {
        let sql = piece.sql.of(self.unit.text);
        let first = sql::keywords(sql, Dialect::Sqlite).next().unwrap_or_default();
        match piece.kind {
            Kind::TransactionControl
                if matches!(first.as_str(), "COMMIT" | "END") && !self.connection.is_autocommit() =>
            {
                Standing::Ends
            }
            _ if !self.connection.is_autocommit() => Standing::Unnoted,
            Kind::TransactionControl | Kind::Setting => Standing::Unnoted,
            _ if matches!(first.as_str(), "SAVEPOINT" | "RELEASE" | "ATTACH" | "DETACH") => Standing::Unnoted,
            _ if sql::refuses_transaction(sql, Dialect::Sqlite).is_some() => Standing::Alone,
            _ => Standing::Wrapped,
        }
    }

    /// What earlier attempts set in their sessions.
    fn set_up_again(&self) -> Result<(), RunFailure> {
        self.unit.settings_before().try_for_each(|(index, piece)| self.piece(index, piece))
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

    /// Outside a transaction a statement that was refused its lock has done nothing, and can be sent again.
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

    /// All batches of a statement; then it has run like any other.
    fn batches(
        &self,
        (journal, done): (i64, usize),
        index: usize,
        piece: &Piece,
        batch: &Batch,
        watch: &mut dyn Watch,
    ) -> Result<(), RunFailure> {
        let (table, unit, number) = (self.table, self.unit, done + 1);
        let place = batch::Place { dialect: Dialect::Sqlite, table, unit, piece, number, journal };
        batch::run(&mut Side { runner: self, watch, index }, &place, batch)?;
        self.progress(journal, done + 1, None).map_err(|failure| RunFailure { piece: Some(index), ..failure })
    }

    fn piece(&self, index: usize, piece: &Piece) -> Result<(), RunFailure> {
        let sql = piece.sql.of(self.unit.text);
        self.limit.start();
        let ran = step_to_end(self.connection, sql);
        let is_over = self.limit.is_over();
        self.limit.stop();
        if ran.is_ok() && piece.kind == Kind::Setting {
            foreign_keys::check(self.connection, sql)
                .map_err(|message| RunFailure { piece: Some(index), ..own_failure(&message) })?;
        }
        ran.map_err(|error| {
            if is_over && error::cause(&error) == FailureCause::Interrupted {
                let message = "the statement took longer than statement_timeout";
                return RunFailure { piece: Some(index), ..own_failure(message) };
            }
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

    /// A revision may have changed the version table itself.
    fn check_rows_after(&self) -> Result<(), RunFailure> {
        let Some(rows) = self.unit.rows_after else { return Ok(()) };
        let holds = statements::rows_are(Dialect::Sqlite, self.table, rows);
        match self.connection.query_row(&format!("SELECT {holds}"), [], |row| row.get(0)) {
            Ok(true) => Ok(()),
            Ok(false) => Err(self.own_table_changed()),
            Err(error) if error::is_missing(&error) => Err(self.own_table_changed()),
            Err(error) => Err(RunFailure::new(error::cause(&error), None)),
        }
    }

    /// After statements that ran, version rows that are others, or a table that is gone, are most likely their doing.
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

    /// Notes in the journal that the unit starts, when the rows are what it starts from.
    fn start_journal(&self) -> Result<i64, RunFailure> {
        let entry = self.unit.entry(JournalState::Running, Took::Unknown, self.unit.skip, None);
        let sql = journal::insert_journal_if_rows_match(Dialect::Sqlite, self.table, &entry, self.unit.change);
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
        self.change_rows().map_err(|failure| self.of_own_tables(failure))?;
        self.check_rows_after()?;
        let end = journal::finish_journal(Dialect::Sqlite, self.table, id, JournalState::Done, took, done as u64, None);
        match self.connection.execute(&end, []) {
            Ok(1) => self.control("COMMIT"),
            Ok(_) => Err(self.own_table_changed()),
            Err(error) if error::is_missing(&error) => Err(self.own_table_changed()),
            Err(error) => Err(RunFailure::new(error::cause(&error), None)),
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

    /// What cannot be noted is left out: the journal must not hide the failure, nor stop the run.
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

/// A statement that runs in batches.
struct Side<'s> {
    runner: &'s Runner<'s>,
    watch: &'s mut dyn Watch,
    index: usize,
}

impl batch::Side<RunFailure> for Side<'_> {
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
        read().map_err(|error| RunFailure::new(error::cause(&error), Some(self.index)))
    }

    fn commit(&mut self, batch: &str, note: &str) -> Result<(), RunFailure> {
        let run = || {
            self.runner.control("BEGIN IMMEDIATE")?;
            self.runner.limit.start();
            let ran = self.runner.control(batch);
            self.runner.limit.stop();
            ran.and_then(|()| self.runner.control(note)).and_then(|()| self.runner.control("COMMIT"))
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
