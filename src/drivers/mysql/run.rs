//! Runs one unit on an open connection. DDL commits implicitly, so only units without DDL can be transactions.

use std::time::{Duration, Instant};

use mysql::Conn;

use super::batches::MysqlBatchDriver;
use super::errors;
use super::interrupt::{Interrupts, interruptible};
use super::journal_ahead::Announced;
use super::message::{MysqlMessage, SendFailure};
use super::progress::UnitProgress;
use super::read;
use super::session::{MysqlSessionSettings, StatementOutcome, journal_id, send_and_drop};
use super::transaction_effect::{effect, looks_back, may_switch_autocommit, only_reads};
use super::verify;
use crate::database::journal::{self, JournalState, Took};
use crate::database::lease::{self, Lease};
use crate::database::statements::{self, RowStatement};
use crate::database::{
    FailureCause, RevisionExecution, RunFailure, ServerError, Transaction, VersionTable, Watch, batch, milliseconds,
};
use crate::sql::{self, Batch, Dialect, Piece, StatementKind};

/// Runner for one unit.
pub(super) struct MysqlRunner<'r> {
    pub(super) conn: &'r mut Conn,
    pub(super) table: &'r VersionTable,
    pub(super) unit: &'r RevisionExecution<'r>,
    /// Maximum size of a message that the server accepts, in bytes.
    pub(super) max_packet: usize,
    pub(super) started: Instant,
    /// Journal row of a unit outside a transaction, once it has been written.
    pub(super) journal: Option<i64>,
    /// True if a rollback undoes changes to rows of all tables; `None` until it has been queried.
    pub(super) rolls_back_rows: Option<bool>,
    /// Statement that sets the session's timeouts, to be sent first.
    pub(super) timeouts: Option<String>,
    /// The lease, if the lock is one.
    pub(super) lease: Option<&'r Lease>,
    /// Unit that the journal announces ahead of its start.
    pub(super) announced: &'r mut Option<Announced>,
    /// True if this unit was announced with the end of the previous one.
    pub(super) was_announced: bool,
    /// What stops a statement in its middle; `None` where nothing can.
    pub(super) interrupts: Option<Interrupts<'r>>,
}

impl MysqlRunner<'_> {
    /// See [`crate::database::Database::run`]. `settings` are the original settings of the session, read when they are
    /// first needed.
    pub(super) fn run(
        &mut self,
        settings: &mut Option<MysqlSessionSettings>,
        watch: &mut dyn Watch,
    ) -> Result<Duration, RunFailure> {
        let mut statements = self.unit.statements();
        if let Some((piece, _)) =
            statements.find(|(_, piece)| sql::loads_local_file(piece.sql.slice(self.unit.text), Dialect::Mysql))
        {
            return Err(RunFailure::refused(
                "LOCAL in LOAD DATA: the server would read a file from this client",
                piece,
            ));
        }
        if let Some(piece) = self.unit.copy() {
            return Err(RunFailure::refused("COPY ... FROM stdin is PostgreSQL's; MySQL has no such statement", piece));
        }
        if self.unit.has_settings() && settings.is_none() {
            *settings = Some(MysqlSessionSettings::read(self.conn).map_err(|failed| errors::own(&failed))?);
        }
        let settings = settings.as_ref().filter(|_| self.unit.has_settings());
        self.take_announced()?;
        match self.unit.transaction {
            Transaction::Own | Transaction::Shared => {
                let ran = self
                    .in_transaction(settings, watch)
                    .map_err(|failure| errors::as_interrupt(failure, watch.interrupted()));
                ran.map_err(|failure| self.undo(failure, settings))?;
            }
            Transaction::None => self.statement_by_statement(settings, watch)?,
        }
        Ok(self.started.elapsed())
    }

    /// START TRANSACTION and the change of the version rows precede the first statement in its message: if another
    /// process has changed the rows, nothing of the unit runs. Journal and COMMIT are the last message.
    fn in_transaction(
        &mut self,
        settings: Option<&MysqlSessionSettings>,
        watch: &mut dyn Watch,
    ) -> Result<(), RunFailure> {
        let is_own = self.unit.transaction == Transaction::Own;
        let mut message = MysqlMessage::default();
        if is_own {
            message.add("START TRANSACTION");
        }
        self.add_timeouts(&mut message);
        self.add_lease(&mut message);
        message.add_checked(&statements::change_rows(Dialect::Mysql, self.table, self.unit.change));
        let total = self.unit.total();
        self.set_up_again()?;
        for (done, (index, piece)) in (self.unit.skip..).zip(self.unit.remaining()) {
            stop_if_asked(watch, index)?;
            let sent = std::mem::take(&mut message);
            self.piece(index, piece, &sent)?;
            watch.statements(done + 1, total);
        }
        self.set_back(settings)?;
        if !self.unit.verify.is_empty() {
            self.send(&std::mem::take(&mut message))?;
            self.verify()?;
        }
        self.add_rows_after(&mut message);
        message.add(&self.insert_journal(JournalState::Done, total, None));
        if is_own {
            message.add("COMMIT");
        }
        self.send(&message).map(|_| ())
    }

    fn statement_by_statement(
        &mut self,
        settings: Option<&MysqlSessionSettings>,
        watch: &mut dyn Watch,
    ) -> Result<(), RunFailure> {
        let mut progress = UnitProgress::new(self.unit);
        progress.running = self.was_announced.then_some(1);
        let ran = self.set_up_session(&mut progress).and_then(|()| self.pieces_with_progress(&mut progress, watch));
        let ended = ran.and_then(|()| {
            if progress.in_transaction {
                return Err(own_failure("the revision leaves a transaction open: a COMMIT is missing at its end"));
            }
            self.settle(&progress, settings)?;
            self.verify()?;
            self.end()
        });
        let ended = ended.map_err(|failure| errors::as_interrupt(failure, watch.interrupted()));
        ended.map_err(|failure| self.give_up(failure, &progress, settings))
    }

    /// Sends each statement in a message with the journal note that it is about to run. The note before the first one
    /// is the journal row itself, which is written only if the version rows are the ones that the unit starts from.
    /// Changes of rows and the note about them are one transaction if the server supports it.
    fn pieces_with_progress(&mut self, progress: &mut UnitProgress, watch: &mut dyn Watch) -> Result<(), RunFailure> {
        let total = self.unit.total();
        let remaining: Vec<(usize, &Piece)> = self.unit.remaining().collect();
        for (at, (index, piece)) in remaining.iter().enumerate() {
            stop_if_asked(watch, *index)?;
            let (done, sql) = (self.unit.skip + at, piece.sql.slice(self.unit.text));
            let next = remaining.get(at + 1).map(|(_, next)| next.sql.slice(self.unit.text));
            let is_batch = Batch::of(self.unit.text, piece, Dialect::Mysql).is_ok_and(|batch| batch.is_some());
            let is_atomic = is_batch || self.is_atomic(piece, next, progress)?;
            // A message has to fit into max_allowed_packet: a long statement is sent without the journal row, which
            // then goes first.
            let is_long = sql.len() + self.unit.hashes.len() + 4096 >= self.max_packet;
            if self.journal.is_none() && (is_atomic || is_long) {
                // The note after the statement needs the id of the row.
                let outcomes = self.send(&self.first_announcement(done, None))?;
                self.journal = journal_id(&outcomes);
                progress.noted = done;
            }
            progress.sent = done + 1;
            self.patient_piece((*index, piece), (done, is_atomic), progress, watch)?;
            progress.noted = if is_atomic { done + 1 } else { done };
            progress.running = (!is_atomic).then_some(done + 1);
            progress.after(effect(piece.kind, sql), only_reads(piece.kind, sql), done + 1);
            if progress.commits_by_hand && !next.is_some_and(looks_back) && may_switch_autocommit(piece.kind, sql) {
                progress.switch_autocommit(self.commits_each_statement()?, done + 1);
            }
            watch.statements(done + 1, total);
        }
        Ok(())
    }

    /// Returns whether the statement and the note that it has run can be one transaction: not if the next statement
    /// queries the effect of this one, and not if the revision has a transaction or a lock of its own.
    fn is_atomic(&mut self, piece: &Piece, next: Option<&str>, progress: &UnitProgress) -> Result<bool, RunFailure> {
        let fits = piece.kind == StatementKind::Rows
            && !progress.in_transaction
            && !progress.tables_locked
            && !progress.commits_by_hand
            && !looks_back(piece.sql.slice(self.unit.text))
            && !next.is_some_and(looks_back);
        Ok(fits && self.rolls_back_rows()?)
    }

    fn rolls_back_rows(&mut self) -> Result<bool, RunFailure> {
        if let Some(known) = self.rolls_back_rows {
            return Ok(known);
        }
        let text = self.unit.text.to_ascii_lowercase();
        let asks_for_others =
            ["myisam", "aria", "memory", "csv", "archive", "storage_engine"].iter().any(|engine| text.contains(engine));
        let known = !asks_for_others
            && read::has_only_transactional_tables(self.conn).map_err(|failed| errors::own(&failed))?;
        self.rolls_back_rows = Some(known);
        Ok(known)
    }

    fn announcement(&self, done: usize, is_atomic: bool, sql: &str, progress: &UnitProgress) -> MysqlMessage {
        let running = (!is_atomic).then_some(done as u64 + 1);
        let mut message = match self.journal {
            None => self.first_announcement(done, running),
            // Announced with the end of the previous unit: only the checks are missing.
            Some(_) if self.was_announced && done == 0 => self.checks_of_announced(),
            // With LOCK TABLES the journal cannot be written; and after a statement such as UPDATE, nothing may come
            // before `SELECT ROW_COUNT()`.
            Some(_) if progress.tables_locked || looks_back(sql) => MysqlMessage::default(),
            // The journal is up to date: the note for this statement will be part of its transaction.
            Some(_) if is_atomic && progress.noted == done && progress.running.is_none() => self.lease_only(),
            Some(id) => {
                let mut message = MysqlMessage::optional(&self.note(id, done, running));
                self.add_lease(&mut message);
                message
            }
        };
        // Statement, note and check of the lease are one transaction, so after a crash the journal is right.
        if let (true, Some(id)) = (is_atomic, self.journal) {
            message.add("START TRANSACTION");
            message.add_after(&self.note(id, done + 1, None));
            if let Some(renewal) = self.lease.and_then(Lease::renewal_in_transaction) {
                message.add_lease_after(&renewal);
            }
            message.add_after("COMMIT");
        }
        message
    }

    fn lease_only(&self) -> MysqlMessage {
        let mut message = MysqlMessage::default();
        self.add_lease(&mut message);
        message
    }

    fn note(&self, id: i64, done: usize, running: Option<u64>) -> String {
        journal::journal_progress(Dialect::Mysql, self.table, id, done as u64, running)
    }

    pub(super) fn first_announcement(&self, done: usize, running: Option<u64>) -> MysqlMessage {
        let entry = self.unit.entry(JournalState::Running, Took::Unknown, done, None);
        let entry = journal::JournalEntry { running, ..entry };
        let sql = journal::insert_journal_if_rows_match(Dialect::Mysql, self.table, &entry, self.unit.change);
        let mut message = MysqlMessage::default();
        self.add_lease(&mut message);
        message.add_checked(&[RowStatement { sql, rows: 1 }]);
        self.add_timeouts(&mut message);
        message
    }

    pub(super) fn add_lease(&self, message: &mut MysqlMessage) {
        if let Some(condition) = self.lease.and_then(Lease::condition) {
            message.add_lease(&condition);
        }
    }

    pub(super) fn add_timeouts(&self, message: &mut MysqlMessage) {
        if let Some(timeouts) = &self.timeouts {
            message.add(timeouts);
        }
    }

    /// Sends a statement, and retries it as long as its lock cannot be acquired: a failed attempt leaves nothing
    /// behind. Not after a deadlock in the revision's own transaction, which has been rolled back from a beginning that
    /// is not known here.
    fn patient_piece(
        &mut self,
        (index, piece): (usize, &Piece),
        (done, is_atomic): (usize, bool),
        progress: &UnitProgress,
        watch: &mut dyn Watch,
    ) -> Result<(), RunFailure> {
        if self.lease.is_some_and(|lease| !lease.is_held()) {
            return Err(RunFailure::new(FailureCause::LockLost(lease::lost()), Some(index)));
        }
        let batch = Batch::of(self.unit.text, piece, Dialect::Mysql).ok().flatten();
        loop {
            // Built again for each attempt, because the first one may have written the journal row.
            let message = self.announcement(done, is_atomic, piece.sql.slice(self.unit.text), progress);
            let ran = match &batch {
                Some(batch) => self.batches(message, (index, piece), done, batch, watch),
                None => self.piece(index, piece, &message),
            };
            let Err(failure) = ran else { return Ok(()) };
            let is_over = progress.in_transaction && errors::is_deadlock(&failure);
            if failure.piece.is_none() || is_over || !failure.is_lock_refused() || !watch.tries_again(&failure) {
                return Err(failure);
            }
        }
    }

    /// Runs all batches of a statement, then records it like any other.
    fn batches(
        &mut self,
        message: MysqlMessage,
        (index, piece): (usize, &Piece),
        done: usize,
        batch: &Batch,
        watch: &mut dyn Watch,
    ) -> Result<(), RunFailure> {
        let journal = match self.journal {
            Some(journal) => journal,
            None => {
                let outcomes = self.send(&message)?;
                self.journal = journal_id(&outcomes);
                self.journal.unwrap_or_default()
            }
        };
        // The previous statement may still be recorded as about to run.
        self.control(&self.note(journal, done, None))?;
        let (table, unit, number) = (self.table, self.unit, done + 1);
        let place = batch::BatchContext { dialect: Dialect::Mysql, table, unit, piece, number, journal };
        let lease = self.lease.and_then(Lease::renewal_in_transaction);
        let interrupts = self.interrupts.as_ref();
        batch::run(&mut MysqlBatchDriver { conn: self.conn, watch, index, lease, interrupts }, &place, batch)?;
        self.control(&self.note(journal, done + 1, None))
    }

    /// Sends a statement of the revision after the statements of `message`.
    pub(super) fn piece(&mut self, index: usize, piece: &Piece, message: &MysqlMessage) -> Result<(), RunFailure> {
        let sql = piece.sql.slice(self.unit.text);
        let tail = message.tail();
        if sql.len() + message.len() >= self.max_packet {
            let (size, most) = (sql.len(), self.max_packet);
            let message = format!("the statement has {size} bytes, but the server accepts {most} (max_allowed_packet)");
            return Err(RunFailure { piece: Some(index), ..own_failure(&message) });
        }
        match interruptible(self.interrupts.as_ref(), self.conn, |conn| message.send(conn, Some(sql))) {
            Ok(outcomes) => {
                self.journal = self.journal.or_else(|| journal_id(&outcomes));
                Ok(())
            }
            Err(SendFailure::Theirs(error, outcomes)) => {
                self.journal = self.journal.or_else(|| journal_id(&outcomes));
                let sent =
                    if tail.is_empty() { std::borrow::Cow::Borrowed(sql) } else { format!("{sql}{tail}").into() };
                let offset = errors::offset(&error, &sent).map(|offset| piece.sql.start + offset.min(sql.len()));
                Err(RunFailure { offset, ..RunFailure::new(errors::cause(&error), Some(index)) })
            }
            Err(SendFailure::Own(failure)) => Err(failure),
            Err(failure @ SendFailure::OwnTableChanged) => Err(failure.own(&self.table.name)),
            // A failed COMMIT rolls the statement back.
            Err(SendFailure::After(failure)) => Err(RunFailure { piece: Some(index), ..failure }),
        }
    }

    /// Changes the version rows, ends the journal row and announces the next unit, in one transaction and one message.
    fn end(&mut self) -> Result<(), RunFailure> {
        let total = self.unit.total();
        let mut message = MysqlMessage::of("START TRANSACTION");
        self.add_lease(&mut message);
        message.add_checked(&statements::change_rows(Dialect::Mysql, self.table, self.unit.change));
        self.add_rows_after(&mut message);
        match self.journal {
            Some(id) => {
                let sql = self.finish_journal(id, JournalState::Done, total, None);
                message.add_checked(&[RowStatement { sql, rows: 1 }]);
            }
            None => message.add(&self.insert_journal(JournalState::Done, total, None)),
        }
        let next = self.add_next(&mut message);
        message.add("COMMIT");
        let outcomes = self.send(&message).map_err(|failure| self.of_own_tables(failure))?;
        let next = next.and_then(|place| outcomes.get(place)).and_then(|outcome| outcome.last_insert_id);
        // The id is 0 if nothing was inserted, because the condition of the announcement did not hold.
        self.remember_next(next.and_then(|id| i64::try_from(id).ok()).filter(|id| *id > 0));
        Ok(())
    }

    /// Attributes changed version rows or a missing table to the unit's own statements if any ran: that is the most
    /// likely cause.
    fn of_own_tables(&self, failure: RunFailure) -> RunFailure {
        let is_gone = |error: &ServerError| error.number.is_some_and(errors::is_missing);
        let is_own = match &failure.cause {
            FailureCause::RowsMoved => self.unit.total() > 0,
            FailureCause::Statement(error) => is_gone(error),
            _ => false,
        };
        let cause = FailureCause::VersionTableChanged { table: self.table.name.clone() };
        if is_own { RunFailure { cause, ..failure } } else { failure }
    }

    pub(super) fn send(&mut self, message: &MysqlMessage) -> Result<Vec<StatementOutcome>, RunFailure> {
        message.send(self.conn, None).map_err(|failure| failure.own(&self.table.name))
    }

    /// Adds the comparison of the version rows. It directly precedes the journal row, because a revision may have
    /// changed the version table itself.
    fn add_rows_after(&self, message: &mut MysqlMessage) {
        if let Some(rows) = self.unit.rows_after {
            message.add_rows_after(&statements::rows_are(Dialect::Mysql, self.table, rows));
        }
    }

    /// Records the progress. Errors are ignored, because they must not hide the original failure.
    fn give_up(
        &mut self,
        failure: RunFailure,
        progress: &UnitProgress,
        settings: Option<&MysqlSessionSettings>,
    ) -> RunFailure {
        let stays = progress.stays;
        let failure = RunFailure { applied: stays, rolled_back: stays == 0, ..failure };
        // After a lost lease the journal belongs to the new owner.
        let has_lost_lease = self.lease.is_some_and(Lease::is_lost);
        if has_lost_lease || matches!(failure.cause, FailureCause::ConnectionLost(_)) {
            return failure;
        }
        if let Some(lost) = self.lost_connection("ROLLBACK; UNLOCK TABLES") {
            return RunFailure { cause: lost, ..failure };
        }
        let _ = self.set_back(settings);
        let error = failure.summary();
        let end = match self.journal {
            Some(id) => {
                let end = self.finish_journal(id, JournalState::Failed, stays, Some(&error));
                let part = progress.half_done(self.unit, &failure);
                let part =
                    part.filter(|(_, kind)| *kind != StatementKind::Rows || !self.rolls_back_rows().unwrap_or(false));
                match part {
                    Some((number, _)) => end + "; " + &self.note(id, stays, Some(number)),
                    None => end,
                }
            }
            None => self.insert_journal(JournalState::Failed, stays, Some(&error)),
        };
        let _ = self.control(&end);
        failure
    }

    /// The queries that must find nothing when all has run.
    fn verify(&mut self) -> Result<(), RunFailure> {
        let queries = self.unit.verify;
        interruptible(self.interrupts.as_ref(), self.conn, |conn| verify::check(conn, queries))
    }

    fn insert_journal(&self, state: JournalState, done: usize, error: Option<&str>) -> String {
        let took = match state {
            JournalState::Running => Took::Unknown,
            JournalState::Done | JournalState::Failed | JournalState::Noted => milliseconds(self.started.elapsed()),
        };
        journal::insert_journal(Dialect::Mysql, self.table, &self.unit.entry(state, took, done, error))
    }

    fn finish_journal(&self, id: i64, state: JournalState, done: usize, error: Option<&str>) -> String {
        let took = milliseconds(self.started.elapsed());
        journal::finish_journal(Dialect::Mysql, self.table, id, state, took, done as u64, error)
    }

    /// Rolls back and records the failure in the journal.
    fn undo(&mut self, failure: RunFailure, settings: Option<&MysqlSessionSettings>) -> RunFailure {
        if matches!(failure.cause, FailureCause::ConnectionLost(_)) {
            return failure;
        }
        if let Some(lost) = self.lost_connection("ROLLBACK") {
            return RunFailure { cause: lost, ..failure };
        }
        let _ = self.set_back(settings);
        let journal = self.insert_journal(JournalState::Failed, 0, Some(&failure.summary()));
        let _ = self.control(&journal);
        failure
    }

    /// Sends `sql` after a failure; `Some` when the connection is lost. (MySQL calls the statement of a connection that is killed
    /// interrupted, as if only the statement were.)
    fn lost_connection(&mut self, sql: &str) -> Option<FailureCause> {
        let cause = self.control(sql).err()?.cause;
        matches!(cause, FailureCause::ConnectionLost(_)).then_some(cause)
    }

    /// Statements of aludel's own, as one message.
    pub(super) fn control(&mut self, sql: &str) -> Result<(), RunFailure> {
        send_and_drop(self.conn, sql).map_err(|failed| errors::own(&failed))
    }
}

fn stop_if_asked(watch: &dyn Watch, index: usize) -> Result<(), RunFailure> {
    if watch.interrupted() { Err(RunFailure::new(FailureCause::Interrupted, Some(index))) } else { Ok(()) }
}

fn own_failure(message: &str) -> RunFailure {
    let error = ServerError { message: message.to_owned(), ..ServerError::default() };
    RunFailure::new(FailureCause::Statement(error), None)
}
