//! Steps of a run on MySQL and MariaDB: what precedes a statement travels in its message, and so does what ends its
//! transaction. DDL commits implicitly, so only revisions without DDL can be transactions.

use std::time::Instant;

use mysql::Conn;

use super::errors;
use super::interrupt::{Interrupts, interruptible};
use super::journal_ahead::Announced;
use super::message::{MessageFailure, MessageRole, MysqlMessage, ONE_ROW, RowIds};
use super::own_state::OwnSessionState;
use super::read;
use super::session::{FailedStatement, MysqlSessionSettings, StatementOutcome, send, send_and_drop, value};
use super::transaction_effect::{effect, looks_back, may_stop_half_done, may_switch_autocommit, only_reads};
use super::verify;
use crate::database::journal::{self, JournalEntry, JournalState, Took};
use crate::database::lease::Lease;
use crate::database::session::TextRows;
use crate::database::statements::{self, RowStatement};
use crate::database::{
    Capabilities, FailureCause, JournalPlacement, Note, Outcome, RevisionExecution, RevisionSession, RunFailure,
    RunStep, SectionQuery, ServerError, StepFailure, Transaction, TransactionScope, VersionTable, Watch, milliseconds,
};
use crate::sql::{Batch, Dialect, Piece, StatementKind};

/// Space in a message besides the texts that it carries, in bytes.
pub(super) const ROOM: usize = 8192;

/// Run of one revision.
pub(super) struct MysqlRun<'r> {
    pub(super) conn: &'r mut Conn,
    pub(super) table: &'r VersionTable,
    pub(super) unit: &'r RevisionExecution<'r>,
    /// Maximum size of a message that the server accepts, in bytes.
    pub(super) max_packet: usize,
    pub(super) started: Instant,
    /// Journal row of a revision outside a transaction, once it has been written.
    pub(super) journal: Option<i64>,
    /// True if a rollback undoes changes to rows of all tables; `None` until it has been queried.
    pub(super) rolls_back_rows: Option<bool>,
    /// Statement that sets the session's timeouts.
    pub(super) timeouts: Option<String>,
    /// The lease, if the lock is one.
    pub(super) lease: Option<&'r Lease>,
    /// Revision that the journal announces ahead of its start.
    pub(super) announced: &'r mut Option<Announced>,
    /// True if this revision was announced with the end of the previous one.
    pub(super) was_announced: bool,
    /// Means to stop a statement in its middle; `None` where there are none.
    pub(super) interrupts: Option<Interrupts<'r>>,
    /// Settings of the session before the revision, if it changes some.
    pub(super) settings: Option<&'r MysqlSessionSettings>,
    /// Number of statements that have run in a transaction.
    pub(super) done: usize,
    /// Transaction and locks of the revision's own.
    pub(super) own: OwnSessionState,
}

/// Returns the failure of a revision that MySQL cannot run.
pub(super) fn refusal(unit: &RevisionExecution<'_>) -> Option<RunFailure> {
    let loads_file = |piece: &Piece| Dialect::MYSQL.rules().refused_statement(piece.sql.slice(unit.text)).is_some();
    if let Some((piece, _)) = unit.statements().find(|(_, piece)| loads_file(piece)) {
        let message = "LOCAL in LOAD DATA: the server would read a file from this client";
        return Some(RunFailure::refused(message, piece));
    }
    unit.refuse_copy("MySQL").err()
}

impl RevisionSession for MysqlRun<'_> {
    fn version_table(&self) -> &VersionTable {
        self.table
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { sends_note_with_statement: true, can_lose_journal: true, leaves_traces: false }
    }

    fn send(&mut self, steps: &[RunStep<'_>], watch: &mut dyn Watch) -> Result<(), StepFailure> {
        let mut message = MysqlMessage::default();
        for (index, step) in steps.iter().enumerate() {
            match *step {
                RunStep::RestoreSession if self.settings.is_some() || self.own.tables_locked => {
                    self.flush(&mut message)?;
                    self.restore_session().map_err(|cause| StepFailure::new(index, cause))?;
                }
                RunStep::Query(query) => {
                    self.flush(&mut message)?;
                    self.check_query(query).map_err(|failed| StepFailure { step: index, ..failed })?;
                }
                RunStep::Repeat(piece) | RunStep::Piece(piece) => {
                    let is_counted = self.unit.transaction != Transaction::None && matches!(step, RunStep::Piece(_));
                    if is_counted && watch.interrupted() {
                        return Err(StepFailure::new(index, FailureCause::Interrupted));
                    }
                    self.add_piece(&mut message, index, piece)?;
                    // A note in the transaction of the statement is part of its message.
                    if !matches!(steps.get(index + 1), Some(RunStep::Note(_))) {
                        self.flush(&mut message)?;
                    }
                    if is_counted {
                        self.done += 1;
                        watch.statements(self.done, self.unit.total());
                    }
                }
                RunStep::Begin(TransactionScope::Statement) if self.journal.is_none() => {
                    // The note after the statement needs the id of the row.
                    self.flush(&mut message)?;
                    self.add(&mut message, index, step);
                }
                _ => self.add(&mut message, index, step),
            }
        }
        self.flush(&mut message)
    }

    fn run_query(&mut self, sql: &str) -> Result<TextRows, FailureCause> {
        let outcomes = send(self.conn, sql).map_err(|failed| errors::cause(&failed.error))?;
        Ok(outcomes.first().map(StatementOutcome::texts).unwrap_or_default())
    }

    fn journal(&self) -> Option<i64> {
        self.journal
    }

    fn announced(&self) -> Option<Note> {
        self.was_announced.then_some(Note { done: 0, running: Some(1) })
    }

    fn placement(&mut self, piece: usize, next: Option<usize>) -> Result<JournalPlacement, FailureCause> {
        let text = self.unit.text;
        let Some(piece) = self.unit.pieces.get(piece) else { return Ok(JournalPlacement::Unnoted) };
        let next = next.and_then(|next| self.unit.pieces.get(next)).map(|next| next.sql.slice(text));
        let sql = piece.sql.slice(text);
        // With LOCK TABLES the journal cannot be written; and after a statement such as UPDATE, nothing may come before
        // `SELECT ROW_COUNT()`.
        if self.own.tables_locked || looks_back(sql) {
            return Ok(JournalPlacement::Unnoted);
        }
        let is_batch = Batch::parse(text, piece, Dialect::MYSQL).is_ok_and(|batch| batch.is_some());
        if is_batch && !self.own.is_open {
            return Ok(JournalPlacement::Together);
        }
        // Statement and note can be one transaction unless the next statement queries the effect of this one, or the
        // revision has a transaction of its own.
        let fits = piece.kind == StatementKind::Rows
            && !self.own.is_open
            && !self.own.commits_by_hand
            && !next.is_some_and(looks_back);
        Ok(if fits && self.rolls_back_rows()? { JournalPlacement::Together } else { JournalPlacement::Alone })
    }

    fn follow_transaction(
        &mut self,
        piece: usize,
        next: Option<usize>,
        (_, done): (usize, usize),
    ) -> Result<(), FailureCause> {
        let text = self.unit.text;
        let Some(piece) = self.unit.pieces.get(piece) else { return Ok(()) };
        let sql = piece.sql.slice(text);
        self.own.after(effect(piece.kind, sql), only_reads(piece.kind, sql), done);
        let next = next.and_then(|next| self.unit.pieces.get(next)).map(|next| next.sql.slice(text));
        let is_switch = self.own.commits_by_hand && may_switch_autocommit(piece.kind, sql);
        if is_switch && !next.is_some_and(looks_back) {
            self.follow_autocommit(done)?;
        }
        Ok(())
    }

    fn settings_repeated(&mut self) -> Result<(), FailureCause> {
        if self.own.commits_by_hand && self.unit.skip > 0 {
            self.follow_autocommit(self.unit.skip)?;
        }
        Ok(())
    }

    fn open_since(&self) -> Option<usize> {
        self.own.is_open.then_some(self.own.stays)
    }

    fn opening_setting(&self) -> Option<usize> {
        let switches = |piece: &Piece| may_switch_autocommit(piece.kind, piece.sql.slice(self.unit.text));
        let switch = self.unit.statements().filter(|(_, piece)| switches(piece)).last();
        switch.filter(|_| self.own.is_autocommit_off).map(|(piece, _)| piece)
    }

    fn may_be_half_applied(&mut self, piece: usize) -> bool {
        let Some(piece) = self.unit.pieces.get(piece) else { return false };
        let is_undone = piece.kind == StatementKind::Rows && self.rolls_back_rows().unwrap_or(false);
        may_stop_half_done(piece.kind, piece.sql.slice(self.unit.text)) && !is_undone
    }

    fn lease(&self) -> Option<&Lease> {
        self.lease
    }
}

impl MysqlRun<'_> {
    /// Adds the statements of a step that is part of a message.
    fn add(&mut self, message: &mut MysqlMessage, index: usize, step: &RunStep<'_>) {
        match *step {
            RunStep::Begin(_) => message.add(index, MessageRole::Control, "START TRANSACTION"),
            RunStep::Commit(_) => message.add(index, MessageRole::Commit, "COMMIT"),
            RunStep::RollBack(scope) => self.add_rollback(message, index, scope),
            RunStep::SetUp => {
                if let Some(timeouts) = self.timeouts.take() {
                    message.add(index, MessageRole::Control, timeouts);
                }
            }
            RunStep::CheckLease => {
                if let Some(condition) = self.lease.and_then(Lease::condition) {
                    message.add_condition(index, MessageRole::Lease, &condition);
                }
            }
            RunStep::RenewLease => {
                if let Some(renewal) = self.lease.and_then(Lease::renewal_in_transaction) {
                    message.add(index, MessageRole::Control, renewal);
                    message.add(index, MessageRole::Lease, ONE_ROW);
                }
            }
            RunStep::ChangeRows => {
                let changes = statements::change_rows(Dialect::MYSQL, self.table, self.unit.change);
                message.add_checked(index, MessageRole::Guard, &changes);
            }
            RunStep::CompareRows => {
                if let Some(rows) = self.unit.rows_after {
                    let condition = statements::rows_are(Dialect::MYSQL, self.table, rows);
                    message.add_condition(index, MessageRole::Compare, &condition);
                }
            }
            RunStep::StartJournal(note) => {
                let entry = self.unit.entry(JournalState::Running, Took::Unknown, note.done, None);
                let entry = JournalEntry { running: note.running.map(|number| number as u64), ..entry };
                let sql = journal::insert_journal_if_rows_match(Dialect::MYSQL, self.table, &entry, self.unit.change);
                message.add_checked(index, MessageRole::Journal, &[RowStatement { sql, rows: 1 }]);
            }
            RunStep::Note(note) => {
                if let Some(id) = self.journal {
                    let running = note.running.map(|number| number as u64);
                    let sql = journal::journal_progress(Dialect::MYSQL, self.table, id, note.done as u64, running);
                    message.add(index, MessageRole::Control, sql);
                }
            }
            RunStep::FinishJournal(outcome) => self.add_finish(message, index, outcome),
            RunStep::InsertJournal(Outcome { state, done, error }) => {
                let entry = self.unit.entry(state, milliseconds(self.started.elapsed()), done, error);
                message.add(index, MessageRole::Control, journal::insert_journal(Dialect::MYSQL, self.table, &entry));
            }
            RunStep::AnnounceNext => self.add_next(message, index),
            // The new line ends a comment at the statement's end.
            RunStep::Batch { sql, .. } => message.add(index, MessageRole::Batch, format!("{sql}\n")),
            RunStep::Cursor(sql) => message.add(index, MessageRole::Control, sql),
            // The session keeps its timeouts; the others are sent on their own.
            RunStep::UndoSetUp
            | RunStep::RestoreSession
            | RunStep::Query(_)
            | RunStep::Repeat(_)
            | RunStep::Piece(_) => {}
        }
    }

    fn add_rollback(&mut self, message: &mut MysqlMessage, index: usize, scope: TransactionScope) {
        message.add(index, MessageRole::Control, "ROLLBACK");
        if scope == TransactionScope::Revision && self.unit.transaction == Transaction::None {
            message.add(index, MessageRole::Control, "UNLOCK TABLES");
            self.own.tables_locked = false;
        }
    }

    fn add_finish(&self, message: &mut MysqlMessage, index: usize, outcome: Outcome<'_>) {
        let Some(id) = self.journal else { return };
        let (Outcome { state, done, error }, took) = (outcome, milliseconds(self.started.elapsed()));
        let sql = journal::finish_journal(Dialect::MYSQL, self.table, id, state, took, done as u64, error);
        if state == JournalState::Done {
            message.add_checked(index, MessageRole::Guard, &[RowStatement { sql, rows: 1 }]);
        } else {
            message.add(index, MessageRole::Control, sql);
        }
    }

    /// Adds a statement of the revision. What precedes it is sent before if both do not fit into one message.
    fn add_piece(&mut self, message: &mut MysqlMessage, index: usize, number: usize) -> Result<(), StepFailure> {
        let Some(piece) = self.unit.pieces.get(number) else { return Ok(()) };
        let sql = piece.sql.slice(self.unit.text);
        if sql.len() + message.len() + ROOM >= self.max_packet {
            self.flush(message)?;
        }
        if sql.len() >= self.max_packet {
            let (size, most) = (sql.len(), self.max_packet);
            let message = format!("the statement has {size} bytes, but the server accepts {most} (max_allowed_packet)");
            let error = ServerError { message, ..ServerError::default() };
            return Err(StepFailure::new(index, FailureCause::Statement(error)));
        }
        message.add(index, MessageRole::Piece(number), sql);
        Ok(())
    }

    /// Sends the message and leaves it empty. A statement of the revision may be stopped in its middle.
    fn flush(&mut self, message: &mut MysqlMessage) -> Result<(), StepFailure> {
        let message = std::mem::take(message);
        let interrupts = self.interrupts.as_ref().filter(|_| message.has_statement());
        match interruptible(interrupts, self.conn, |conn| message.send(conn)) {
            Ok(ids) => {
                self.keep(ids);
                match message.step_of(MessageRole::Journal) {
                    Some(step) if ids.journal.is_none() => {
                        let message = "the journal returned no number".to_owned();
                        let error = ServerError { message, ..ServerError::default() };
                        Err(StepFailure::new(step, FailureCause::Statement(error)))
                    }
                    _ => Ok(()),
                }
            }
            Err(MessageFailure { failed, role, error, ids }) => {
                self.keep(ids);
                // A deadlock rolls back the whole transaction of the revision's own, whose beginning is not known here.
                let failed = StepFailure { is_final: failed.is_final && self.own.is_open, ..failed };
                let MessageRole::Piece(piece) = role else { return Err(failed) };
                let offset = self.unit.pieces.get(piece).and_then(|piece| {
                    let offset = errors::offset(&error, &message.text_from_statement())?;
                    Some(piece.sql.start + offset.min(piece.sql.end - piece.sql.start))
                });
                Err(StepFailure { offset, ..failed })
            }
        }
    }

    fn keep(&mut self, ids: RowIds) {
        self.journal = self.journal.or(ids.journal);
        if ids.announcement.is_some() {
            self.remember_next(ids.announcement);
        }
    }

    /// Runs a query that must return no rows.
    fn check_query(&mut self, query: SectionQuery) -> Result<(), StepFailure> {
        let unit = self.unit;
        interruptible(self.interrupts.as_ref(), self.conn, |conn| verify::check(conn, unit, query))
    }

    /// Ends the state that the revision may have left: table locks, a read-only transaction (`autocommit = 0`),
    /// settings.
    fn restore_session(&mut self) -> Result<(), FailureCause> {
        if std::mem::take(&mut self.own.tables_locked) {
            self.control("UNLOCK TABLES")?;
        }
        let Some(settings) = self.settings else { return Ok(()) };
        if self.unit.transaction == Transaction::None {
            // A function called by a SELECT may have written rows.
            self.control("COMMIT")?;
        }
        settings.restore(self.conn).map_err(|failed| own_cause(&failed))
    }

    /// Returns whether a rollback undoes changes to rows of all tables.
    fn rolls_back_rows(&mut self) -> Result<bool, FailureCause> {
        if let Some(known) = self.rolls_back_rows {
            return Ok(known);
        }
        let text = self.unit.text.to_ascii_lowercase();
        let asks_for_others =
            ["myisam", "aria", "memory", "csv", "archive", "storage_engine"].iter().any(|engine| text.contains(engine));
        let known =
            !asks_for_others && read::has_only_transactional_tables(self.conn).map_err(|failed| own_cause(&failed))?;
        self.rolls_back_rows = Some(known);
        Ok(known)
    }

    fn follow_autocommit(&mut self, done: usize) -> Result<(), FailureCause> {
        let outcomes = send(self.conn, "SELECT @@SESSION.autocommit").map_err(|failed| own_cause(&failed))?;
        let commits = outcomes.first().and_then(|outcome| value::<i64>(outcome.rows.first()?, 0)) != Some(0);
        self.own.switch_autocommit(commits, done);
        Ok(())
    }

    /// Sends internal statements as one message.
    pub(super) fn control(&mut self, sql: &str) -> Result<(), FailureCause> {
        send_and_drop(self.conn, sql).map_err(|failed| own_cause(&failed))
    }
}

pub(super) fn own_cause(failed: &FailedStatement) -> FailureCause {
    errors::cause(&failed.error)
}
