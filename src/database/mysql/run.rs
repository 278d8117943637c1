//! Runs one unit on an open connection. DDL commits by itself here, so that only units of rows can be transactions.

use std::time::{Duration, Instant};

use mysql::Conn;

use super::error;
use super::session::{Failed, Outcome, Settings, send, send_and_drop};
use super::words::{Effect, effect, looks_back};
use crate::database::statements::{self, JournalState, RowStatement, Took};
use crate::database::{FailureCause, RunFailure, ServerError, Transaction, Unit, VersionTable, Watch, milliseconds};
use crate::sql::{Dialect, Piece};

/// Runs a unit.
pub(super) struct Runner<'r> {
    pub(super) conn: &'r mut Conn,
    pub(super) table: &'r VersionTable,
    pub(super) unit: &'r Unit<'r>,
    /// The longest message that the server takes, in bytes.
    pub(super) max_packet: usize,
    pub(super) started: Instant,
}

impl Runner<'_> {
    /// See [`crate::database::Database::run`]. `settings` is how the session was set when it began, read when it is first needed.
    pub(super) fn run(
        &mut self,
        settings: &mut Option<Settings>,
        watch: &mut dyn Watch,
    ) -> Result<Duration, RunFailure> {
        if let Some(piece) = self.unit.copy() {
            return Err(RunFailure::refused(
                "COPY ... FROM stdin is PostgreSQL's; MySQL knows no such statement",
                piece,
            ));
        }
        if self.unit.has_settings() && settings.is_none() {
            *settings = Some(Settings::read(self.conn).map_err(|failed| own(&failed))?);
        }
        let settings = settings.as_ref().filter(|_| self.unit.has_settings());
        match self.unit.transaction {
            Transaction::Own | Transaction::Shared => {
                self.in_transaction(settings, watch).map_err(|failure| self.undo(failure, settings))?;
            }
            Transaction::None => self.statement_by_statement(settings, watch)?,
        }
        Ok(self.started.elapsed())
    }

    /// Two messages beside the statements: BEGIN and the version rows; the journal and COMMIT. The version rows come
    /// first and alone: when somebody else moved them, nothing of the unit may run, not even on a MyISAM table.
    fn in_transaction(&mut self, settings: Option<&Settings>, watch: &mut dyn Watch) -> Result<(), RunFailure> {
        let is_own = self.unit.transaction == Transaction::Own;
        let rows = statements::change_rows(Dialect::Mysql, self.table, self.unit.change);
        let mut before: Vec<String> = is_own.then(|| "START TRANSACTION".to_owned()).into_iter().collect();
        before.extend(rows.iter().map(|row| row.sql.clone()));
        if !before.is_empty() {
            let outcomes = send(self.conn, &before.join("; ")).map_err(|failed| moved_or_own(&failed))?;
            check_rows(&rows, outcomes.get(usize::from(is_own)..).unwrap_or_default())?;
        }
        self.pieces(watch, &mut |_, _, _| String::new(), &mut |_, _| {})?;
        self.set_back(settings)?;
        let journal = self.insert_journal(JournalState::Done, self.unit.total(), None);
        let end = if is_own { format!("{journal}; COMMIT") } else { journal };
        self.control(&end)
    }

    fn statement_by_statement(&mut self, settings: Option<&Settings>, watch: &mut dyn Watch) -> Result<(), RunFailure> {
        let id = self.start_journal()?;
        let mut progress = Progress::default();
        let ran = self.pieces_with_progress(id, &mut progress, watch);
        let ended = ran.and_then(|()| {
            if progress.in_transaction {
                return Err(own_failure("the revision leaves a transaction open"));
            }
            self.settle(&progress, settings)?;
            self.end_journal(id)
        });
        ended.map_err(|failure| {
            let stays = progress.stays;
            // What cannot be noted is left out: the journal must not hide the failure.
            let _ = self.control("ROLLBACK; UNLOCK TABLES");
            let _ = self.set_back(settings);
            let end = self.finish_journal(id, JournalState::Failed, stays, Some(&failure.summary()));
            let _ = self.control(&end);
            RunFailure { applied: stays, rolled_back: stays == 0, ..failure }
        })
    }

    /// Each statement is one message, with the journal's progress before it: so it is the last of its message,
    /// and what it says about itself (an error's place, its rows) is not mixed with ours.
    fn pieces_with_progress(
        &mut self,
        id: i64,
        progress: &mut Progress,
        watch: &mut dyn Watch,
    ) -> Result<(), RunFailure> {
        let table = self.table;
        let state = std::cell::RefCell::new(progress);
        self.pieces(
            watch,
            &mut |_, sql, done| {
                let mut state = state.borrow_mut();
                if state.tables_locked || done <= state.noted || looks_back(sql) {
                    return String::new();
                }
                state.noted = done;
                format!("{}; ", statements::journal_progress(Dialect::Mysql, table, id, done as u64))
            },
            &mut |effect, done| state.borrow_mut().after(effect, done),
        )
    }

    /// Runs the unit's statements. `before` gives what is sent in front of one; `after` hears what it did and
    /// how many have run.
    fn pieces(
        &mut self,
        watch: &mut dyn Watch,
        before: &mut dyn FnMut(usize, &str, usize) -> String,
        after: &mut dyn FnMut(Effect, usize),
    ) -> Result<(), RunFailure> {
        let total = self.unit.total();
        for (done, (index, piece)) in self.unit.statements().enumerate() {
            if watch.interrupted() {
                return Err(RunFailure::new(FailureCause::Interrupted, Some(index)));
            }
            let sql = piece.sql.of(self.unit.text);
            let prefix = before(index, sql, done);
            self.piece(index, piece, sql, &prefix)?;
            after(effect(piece.kind, sql), done + 1);
            watch.statements(done + 1, total);
        }
        Ok(())
    }

    fn piece(&mut self, index: usize, piece: &Piece, sql: &str, prefix: &str) -> Result<(), RunFailure> {
        if sql.len() + prefix.len() >= self.max_packet {
            let message = format!(
                "the statement has {} bytes, and the server takes {} at most (max_allowed_packet)",
                sql.len(),
                self.max_packet
            );
            return Err(RunFailure { piece: Some(index), ..own_failure(&message) });
        }
        let sent = if prefix.is_empty() {
            send_and_drop(self.conn, sql)
        } else {
            send_and_drop(self.conn, &format!("{prefix}{sql}"))
        };
        match sent {
            Ok(()) => Ok(()),
            // Progress could not be noted (a read lock, say), and so the statement has not run: alone, then.
            Err(failed) if !prefix.is_empty() && failed.index == 0 && !error::is_connection_lost(&failed.error) => {
                self.piece(index, piece, sql, "")
            }
            Err(failed) => {
                let offset = error::offset(&failed.error, sql).map(|offset| piece.sql.start + offset);
                Err(RunFailure { offset, ..RunFailure::new(error::cause(&failed.error), Some(index)) })
            }
        }
    }

    /// Notes in the journal that the unit starts, when the rows are what it starts from: one message.
    fn start_journal(&mut self) -> Result<i64, RunFailure> {
        let entry = self.unit.entry(JournalState::Running, Took::Unknown, 0, None);
        let sql = statements::insert_journal_if_rows_match(Dialect::Mysql, self.table, &entry, self.unit.change);
        let outcomes = send(self.conn, &sql).map_err(|failed| own(&failed))?;
        let written = outcomes.first().filter(|outcome| outcome.affected == 1);
        let id = written.ok_or_else(|| RunFailure::new(FailureCause::RowsMoved, None))?.last_insert_id;
        id.and_then(|id| i64::try_from(id).ok()).ok_or_else(|| own_failure("the journal gave its row no number"))
    }

    /// The version rows and the journal's end, in one transaction.
    fn end_journal(&mut self, id: i64) -> Result<(), RunFailure> {
        let rows = statements::change_rows(Dialect::Mysql, self.table, self.unit.change);
        let end = self.finish_journal(id, JournalState::Done, self.unit.total(), None);
        let texts: Vec<_> = rows.iter().map(|row| row.sql.as_str()).collect();
        let message = [&["START TRANSACTION"], texts.as_slice(), &[end.as_str()]].concat().join("; ");
        let outcomes = send(self.conn, &message).map_err(|failed| moved_or_own(&failed))?;
        check_rows(&rows, outcomes.get(1..).unwrap_or_default())?;
        self.control("COMMIT")
    }

    fn insert_journal(&self, state: JournalState, done: usize, error: Option<&str>) -> String {
        let took = match state {
            JournalState::Running => Took::Unknown,
            JournalState::Done | JournalState::Failed => milliseconds(self.started.elapsed()),
        };
        statements::insert_journal(Dialect::Mysql, self.table, &self.unit.entry(state, took, done, error))
    }

    fn finish_journal(&self, id: i64, state: JournalState, done: usize, error: Option<&str>) -> String {
        let took = milliseconds(self.started.elapsed());
        statements::finish_journal(Dialect::Mysql, self.table, id, state, took, done as u64, error)
    }

    /// What a unit outside a transaction may have left: locked tables, rows without COMMIT (`autocommit = 0`), settings.
    fn settle(&mut self, progress: &Progress, settings: Option<&Settings>) -> Result<(), RunFailure> {
        if progress.tables_locked {
            self.control("UNLOCK TABLES")?;
        }
        if settings.is_some() {
            self.control("ROLLBACK")?;
        }
        self.set_back(settings)
    }

    fn set_back(&mut self, settings: Option<&Settings>) -> Result<(), RunFailure> {
        settings.map_or(Ok(()), |settings| settings.restore(self.conn).map_err(|failed| own(&failed)))
    }

    /// Rolls back, and notes the failure in the journal.
    fn undo(&mut self, failure: RunFailure, settings: Option<&Settings>) -> RunFailure {
        if matches!(failure.cause, FailureCause::ConnectionLost(_)) {
            return failure;
        }
        let _ = self.control("ROLLBACK");
        let _ = self.set_back(settings);
        let journal = self.insert_journal(JournalState::Failed, 0, Some(&failure.summary()));
        let _ = self.control(&journal);
        failure
    }

    /// Statements of aludel's own, as one message.
    fn control(&mut self, sql: &str) -> Result<(), RunFailure> {
        send_and_drop(self.conn, sql).map_err(|failed| own(&failed))
    }
}

/// How far a unit outside a transaction is.
#[derive(Debug, Default)]
struct Progress {
    /// Statements that ran and stay.
    stays: usize,
    /// What the journal knows of.
    noted: usize,
    /// Tables are locked: others, the journal among them, cannot be written.
    tables_locked: bool,
    /// The revision opened a transaction of its own.
    in_transaction: bool,
}

impl Progress {
    fn after(&mut self, effect: Effect, done: usize) {
        match effect {
            Effect::Begins => self.in_transaction = true,
            Effect::Ends | Effect::Commits => self.in_transaction = false,
            Effect::LocksTables => (self.tables_locked, self.in_transaction) = (true, false),
            Effect::UnlocksTables => self.tables_locked = false,
            Effect::Nothing => {}
        }
        // BEGIN gives locked tables free.
        self.tables_locked &= effect != Effect::Begins;
        if !self.in_transaction {
            self.stays = done;
        }
    }
}

fn check_rows(expected: &[RowStatement], outcomes: &[Outcome]) -> Result<(), RunFailure> {
    let matches = expected.iter().zip(outcomes).all(|(row, outcome)| row.rows == outcome.affected);
    if matches { Ok(()) } else { Err(RunFailure::new(FailureCause::RowsMoved, None)) }
}

fn moved_or_own(failed: &Failed) -> RunFailure {
    if error::is_duplicate(&failed.error) { RunFailure::new(FailureCause::RowsMoved, None) } else { own(failed) }
}

fn own(failed: &Failed) -> RunFailure {
    RunFailure::new(error::cause(&failed.error), None)
}

fn own_failure(message: &str) -> RunFailure {
    let error = ServerError { message: message.to_owned(), ..ServerError::default() };
    RunFailure::new(FailureCause::Statement(error), None)
}
