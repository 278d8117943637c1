//! Runs one unit on an open connection. DDL commits by itself here, so that only units of rows can be transactions.

use std::time::{Duration, Instant};

use mysql::Conn;

use super::error;
use super::message::{Message, SendFailure};
use super::session::{Failed, Outcome, Settings, send_and_drop};
use super::verify;
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
    /// The journal's row of a unit outside a transaction, once it is written.
    pub(super) journal: Option<i64>,
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

    /// BEGIN and the version rows go with the first statement, before it: when somebody else moved the rows, nothing of
    /// the unit runs. The journal and COMMIT are the last message.
    fn in_transaction(&mut self, settings: Option<&Settings>, watch: &mut dyn Watch) -> Result<(), RunFailure> {
        let is_own = self.unit.transaction == Transaction::Own;
        let mut message = Message::default();
        if is_own {
            message.add("START TRANSACTION");
        }
        message.add_checked(&statements::change_rows(Dialect::Mysql, self.table, self.unit.change));
        let total = self.unit.total();
        for (done, (index, piece)) in self.unit.statements().enumerate() {
            stop_if_asked(watch, index)?;
            let sent = std::mem::take(&mut message);
            self.piece(index, piece, &sent)?;
            watch.statements(done + 1, total);
        }
        self.set_back(settings)?;
        if !self.unit.verify.is_empty() {
            self.send(&std::mem::take(&mut message))?;
            verify::check(self.conn, self.unit.verify)?;
        }
        message.add(&self.insert_journal(JournalState::Done, total, None));
        if is_own {
            message.add("COMMIT");
        }
        self.send(&message).map(|_| ())
    }

    fn statement_by_statement(&mut self, settings: Option<&Settings>, watch: &mut dyn Watch) -> Result<(), RunFailure> {
        let mut progress = Progress::default();
        let ran = self.pieces_with_progress(&mut progress, watch);
        let ended = ran.and_then(|()| {
            if progress.in_transaction {
                return Err(own_failure("the revision leaves a transaction open"));
            }
            self.settle(&progress, settings)?;
            verify::check(self.conn, self.unit.verify)?;
            self.end(progress.journal)
        });
        ended.map_err(|failure| self.give_up(failure, &progress, settings))
    }

    /// Each statement is a message, with the journal's progress before it (before the first one: the journal's row, which
    /// is written only when the version rows are what the unit starts from).
    fn pieces_with_progress(&mut self, progress: &mut Progress, watch: &mut dyn Watch) -> Result<(), RunFailure> {
        let total = self.unit.total();
        for (done, (index, piece)) in self.unit.statements().enumerate() {
            stop_if_asked(watch, index)?;
            let sql = piece.sql.of(self.unit.text);
            let message = match progress.journal {
                None => self.announcement(),
                Some(id) => self.note(id, done, sql, progress),
            };
            let ran = self.piece(index, piece, &message);
            // The journal's row is written though the statement behind it failed.
            progress.journal = progress.journal.or(self.journal);
            ran?;
            progress.after(effect(piece.kind, sql), done + 1);
            watch.statements(done + 1, total);
        }
        Ok(())
    }

    fn announcement(&self) -> Message {
        let entry = self.unit.entry(JournalState::Running, Took::Unknown, 0, None);
        let sql = statements::insert_journal_if_rows_match(Dialect::Mysql, self.table, &entry, self.unit.change);
        let mut message = Message::default();
        message.add_checked(&[RowStatement { sql, rows: 1 }]);
        message
    }

    fn note(&self, id: i64, done: usize, sql: &str, progress: &Progress) -> Message {
        if progress.tables_locked || looks_back(sql) {
            return Message::default();
        }
        Message::optional(&statements::journal_progress(Dialect::Mysql, self.table, id, done as u64))
    }

    /// Sends a statement behind `message`.
    fn piece(&mut self, index: usize, piece: &Piece, message: &Message) -> Result<(), RunFailure> {
        let sql = piece.sql.of(self.unit.text);
        if sql.len() + message.len() >= self.max_packet {
            let (size, most) = (sql.len(), self.max_packet);
            let message = format!("the statement has {size} bytes, and the server takes {most} (max_allowed_packet)");
            return Err(RunFailure { piece: Some(index), ..own_failure(&message) });
        }
        match message.send(self.conn, Some(sql)) {
            Ok(outcomes) => {
                self.journal = self.journal.or_else(|| journal_id(&outcomes));
                Ok(())
            }
            Err(SendFailure::Theirs(error, outcomes)) => {
                self.journal = self.journal.or_else(|| journal_id(&outcomes));
                let offset = error::offset(&error, sql).map(|offset| piece.sql.start + offset);
                Err(RunFailure { offset, ..RunFailure::new(error::cause(&error), Some(index)) })
            }
            Err(SendFailure::Own(failure)) => Err(failure),
        }
    }

    /// The version rows and the journal's end, in one transaction and one message.
    fn end(&mut self, journal: Option<i64>) -> Result<(), RunFailure> {
        let total = self.unit.total();
        let mut message = Message::of("START TRANSACTION");
        message.add_checked(&statements::change_rows(Dialect::Mysql, self.table, self.unit.change));
        message.add(&match journal {
            Some(id) => self.finish_journal(id, JournalState::Done, total, None),
            None => self.insert_journal(JournalState::Done, total, None),
        });
        message.add("COMMIT");
        self.send(&message).map(|_| ())
    }

    fn send(&mut self, message: &Message) -> Result<Vec<Outcome>, RunFailure> {
        message.send(self.conn, None).map_err(SendFailure::own)
    }

    /// Writes down how far it came; what cannot be noted is left out, as the journal must not hide the failure.
    fn give_up(&mut self, failure: RunFailure, progress: &Progress, settings: Option<&Settings>) -> RunFailure {
        let stays = progress.stays;
        let failure = RunFailure { applied: stays, rolled_back: stays == 0, ..failure };
        if matches!(failure.cause, FailureCause::ConnectionLost(_)) {
            return failure;
        }
        let _ = self.control("ROLLBACK; UNLOCK TABLES");
        let _ = self.set_back(settings);
        let error = failure.summary();
        let end = match progress.journal {
            Some(id) => self.finish_journal(id, JournalState::Failed, stays, Some(&error)),
            None => self.insert_journal(JournalState::Failed, stays, Some(&error)),
        };
        let _ = self.control(&end);
        failure
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
    /// The journal's row.
    journal: Option<i64>,
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

/// The number of the journal's row, which the first statement of the first message writes.
fn journal_id(outcomes: &[Outcome]) -> Option<i64> {
    let id = outcomes.first()?.last_insert_id?;
    i64::try_from(id).ok().filter(|id| *id > 0)
}

fn stop_if_asked(watch: &dyn Watch, index: usize) -> Result<(), RunFailure> {
    if watch.interrupted() { Err(RunFailure::new(FailureCause::Interrupted, Some(index))) } else { Ok(()) }
}

fn own(failed: &Failed) -> RunFailure {
    RunFailure::new(error::cause(&failed.error), None)
}

fn own_failure(message: &str) -> RunFailure {
    let error = ServerError { message: message.to_owned(), ..ServerError::default() };
    RunFailure::new(FailureCause::Statement(error), None)
}
