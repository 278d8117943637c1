//! The SQL of each step. Nothing is sent here.

use super::*;
use crate::database::journal::{
    JournalEntry, JournalState, Started, Took, finish_journal, insert_journal, journal_progress,
};
use crate::database::statements::version_table;
use crate::database::{Note, Outcome, SectionQuery, Timeouts, milliseconds};
use crate::drivers::postgres::lock;
use crate::drivers::postgres::timeouts::timeout_settings;
use crate::drivers::postgres::version_guard::{self, quote_literal};

impl PostgresRun<'_, '_> {
    /// Adds the statements of a step; `steps` is the list that it is part of.
    pub(super) fn add(
        &mut self,
        message: &mut Message,
        steps: &[RunStep<'_>],
        step: RunStep<'_>,
        prepared: Option<PreparedStatements>,
    ) {
        let set = if self.unit.transaction == Transaction::None { "SET" } else { "SET LOCAL" };
        match step {
            RunStep::Begin(scope) => self.add_begin(message, steps, scope),
            RunStep::Commit(TransactionScope::Statement) if !self.has_statement_transaction => {}
            RunStep::Commit(_) => {
                self.has_statement_transaction = false;
                // Behind the revision's own settings and their reset.
                if self.ahead.is_some() && !self.unit.is_recorded() {
                    message.add(StatementRole::Control, &record_rehearsed(self.unit.revision));
                }
                if self.defers_durability() {
                    message.add(StatementRole::Control, "SET LOCAL synchronous_commit = off");
                }
                message.add(StatementRole::Commit, "COMMIT");
            }
            RunStep::RollBack(TransactionScope::Statement) => {
                if std::mem::take(&mut self.has_statement_transaction) && !self.database.link.is_broken() {
                    message.add(StatementRole::Control, "ROLLBACK");
                }
            }
            RunStep::RollBack(_) => message.add(StatementRole::Control, "ROLLBACK"),
            RunStep::SetUp => {
                self.add_application_name(message, set);
                self.add_timeouts(message, set);
                if let Some(names) = prepared.filter(|names| names.are_new) {
                    let statements = names.prepare(&self.table);
                    statements.iter().for_each(|statement| message.add(StatementRole::Prepare, statement));
                }
            }
            // In a transaction they were set for that transaction only.
            RunStep::UndoSetUp if self.unit.transaction == Transaction::None => {
                self.add_usual_application_name(message);
                self.add_usual_timeouts(message);
            }
            // A rollback has restored the session of a revision with a transaction.
            RunStep::RestoreSession if self.unit.transaction == Transaction::None || !is_after_failure(steps) => {
                self.add_resets(message);
            }
            RunStep::CheckLease => self.add_lease(message),
            RunStep::ChangeRows => self.add_change(message, prepared),
            RunStep::CompareRows => self.add_rows_after(message, prepared),
            RunStep::StartJournal(note) => self.add_new_journal(message, note),
            RunStep::Note(note) => self.add_note(message, note),
            RunStep::FinishJournal(outcome) => self.add_finish(message, outcome),
            RunStep::InsertJournal(outcome) => self.add_journal(message, outcome, prepared),
            RunStep::Repeat(piece) => self.add_piece(message, StatementRole::Repeat(piece), piece),
            RunStep::Piece(piece) => self.add_piece(message, StatementRole::Piece(piece), piece),
            RunStep::Batch { sql, .. } => message.add(StatementRole::Batch, sql),
            RunStep::Cursor(sql) => message.add(StatementRole::Journal, sql),
            RunStep::Query(query) => self.add_query(message, query),
            // The lock on the lease's row makes a takeover wait for the end of the transaction; and one message is one
            // commit, so an announcement would gain nothing.
            RunStep::RenewLease | RunStep::AnnounceNext | RunStep::UndoSetUp | RunStep::RestoreSession => {}
        }
    }

    /// Opens a transaction. A statement and its note are one message, which is a transaction without BEGIN (manual,
    /// "Multiple Statements in a Simple Query"), unless they are several.
    fn add_begin(&mut self, message: &mut Message, steps: &[RunStep<'_>], scope: TransactionScope) {
        if scope == TransactionScope::Statement {
            let is_copy =
                |step: &RunStep<'_>| matches!(step, RunStep::Piece(piece) if self.copy_data(*piece).is_some());
            self.has_statement_transaction = self.is_statement_wise() || steps.iter().any(is_copy);
            if !self.has_statement_transaction {
                return;
            }
        }
        message.add(StatementRole::Control, "BEGIN");
    }

    fn add_piece(&self, message: &mut Message, part: StatementRole, piece: usize) {
        if let Some(piece) = self.unit.pieces.get(piece) {
            message.add_piece(part, piece.sql, self.unit.text);
        }
    }

    /// Adds the check of the version rows and the journal row.
    fn add_new_journal(&self, message: &mut Message, note: Note) {
        let change = self.unit.change;
        if !change.delete.is_empty() || !change.insert.is_empty() {
            let table = version_table(DIALECT, &self.table);
            message.add(StatementRole::Fence, &version_guard::expect(&table, change, self.database.known));
        }
        let entry = self.unit.entry(JournalState::Running, Took::Unknown, note.done, None);
        let entry = JournalEntry { running: note.running.map(|number| number as u64), ..entry };
        let insert = insert_journal(DIALECT, &self.table, &entry);
        message.add(StatementRole::NewJournal, &format!("{insert} RETURNING id"));
    }

    fn add_note(&self, message: &mut Message, note: Note) {
        let Some(journal) = self.journal else { return };
        let running = note.running.map(|number| number as u64);
        let note = journal_progress(DIALECT, &self.table, journal, note.done as u64, running);
        message.add(StatementRole::Journal, &note);
    }

    fn add_finish(&self, message: &mut Message, Outcome { state, done, error }: Outcome<'_>) {
        let Some(journal) = self.journal else { return };
        let took = milliseconds(self.started.elapsed());
        let end = finish_journal(DIALECT, &self.table, journal, state, took, done as u64, error);
        let end = if state == JournalState::Done { version_guard::must_change_one(&end) } else { end };
        message.add(StatementRole::Journal, &end);
    }

    fn add_journal(
        &self,
        message: &mut Message,
        Outcome { state, done, error }: Outcome<'_>,
        prepared: Option<PreparedStatements>,
    ) {
        let took = if state == JournalState::Done { self.took() } else { milliseconds(self.started.elapsed()) };
        let entry = self.unit.entry(state, took, done, error);
        // Only the server knows when a revision starts that was sent ahead.
        let is_by_server = self.ahead.is_some() && state == JournalState::Done;
        let entry = if is_by_server { JournalEntry { started: Started::AtBegin, ..entry } } else { entry };
        let journal = prepared.map(|names| names.execute_journal(&entry));
        message.add(StatementRole::Journal, &journal.unwrap_or_else(|| insert_journal(DIALECT, &self.table, &entry)));
    }

    /// Measures by the server's clock if the transaction or the message began with the revision, otherwise by the
    /// client's.
    fn took(&self) -> Took {
        match (self.unit.transaction, self.was_split) {
            (Transaction::Own, _) => Took::SinceBegin,
            (Transaction::Shared, false) => Took::SinceMessage,
            (Transaction::Shared, true) | (Transaction::None, _) => milliseconds(self.started.elapsed()),
        }
    }

    fn add_application_name(&self, message: &mut Message, set: &str) {
        if let Some(name) = &self.database.application_name {
            let name: String = format!("{name} {}", self.unit.revision).chars().take(63).collect();
            message.add(StatementRole::Control, &format!("{set} application_name = {}", quote_literal(&name)));
        }
    }

    /// Adds the timeouts. They precede the version rows, which may be locked too. A shared transaction would otherwise
    /// keep the settings of the previous unit.
    fn add_timeouts(&self, message: &mut Message, set: &str) {
        let timeouts = self.session_timeouts(set);
        for (name, milliseconds) in timeout_settings(&timeouts) {
            message.add(StatementRole::Control, &format!("{set} {name} = {milliseconds}"));
        }
        if self.unit.transaction == Transaction::Shared && timeouts.statement.is_none() {
            message.add(StatementRole::Control, "SET LOCAL statement_timeout TO DEFAULT");
        }
    }

    /// Returns the timeouts to set. With a lease there may be a pooler, which shares its sessions: session settings
    /// would affect other clients.
    fn session_timeouts(&self, set: &str) -> Timeouts {
        let is_shared = set == "SET" && self.database.lease_time.is_some();
        if is_shared { Timeouts::default() } else { self.database.timeouts }
    }

    /// Resets the session settings of a unit outside a transaction.
    fn add_usual_timeouts(&self, message: &mut Message) {
        for (name, _) in timeout_settings(&self.session_timeouts("SET")) {
            message.add(StatementRole::Control, &format!("RESET {name}"));
        }
    }

    /// Adds the check of the lease's token, if the lock is a lease.
    fn add_lease(&self, message: &mut Message) {
        if let Some(condition) = self.database.lease.as_ref().and_then(Lease::condition) {
            message.add(StatementRole::Fence, &version_guard::lease(&condition));
        }
    }

    /// Adds the guarded change of the version rows. At the start of a transactional unit, its row lock makes a
    /// concurrent runner wait, which then fails because the rows have changed.
    fn add_change(&self, message: &mut Message, names: Option<PreparedStatements>) {
        let change = self.unit.change;
        match &self.ahead {
            Some(AheadOf::Other(rows)) => {
                let holds = version_guard::holds(&version_table(DIALECT, &self.table), &version_guard::rows_text(rows));
                message.add(StatementRole::Fence, &holds);
            }
            Some(AheadOf::Rehearsed(before)) => message.add(StatementRole::Fence, &require_rehearsed(before)),
            Some(AheadOf::Nothing | AheadOf::Parent) | None => {}
        }
        if let Some(execute) = names.and_then(|names| names.execute_change(change)) {
            message.add(StatementRole::Fence, &execute);
        } else if !change.delete.is_empty() || !change.insert.is_empty() {
            let table = version_table(DIALECT, &self.table);
            message.add(StatementRole::Fence, &version_guard::change(&table, change, self.database.known));
        }
    }

    /// Adds a query that must return no rows. It precedes the statements or follows the resets, so that it runs under
    /// the session's default settings.
    fn add_query(&self, message: &mut Message, query: SectionQuery) {
        let Some(sql) = self.unit.query(query) else { return };
        let sql = if self.is_statement_wise() { verify::plain(sql) } else { verify::fence(sql) };
        message.add(StatementRole::Query(query), &sql);
    }

    /// Adds the comparison of the version rows. It directly precedes the journal row, because a revision may have
    /// changed the version table itself.
    fn add_rows_after(&self, message: &mut Message, names: Option<PreparedStatements>) {
        let Some(rows) = self.unit.rows_after else { return };
        let plain = || version_guard::holds(&version_table(DIALECT, &self.table), &version_guard::rows_text(rows));
        let holds = names.map_or_else(plain, |names| names.execute_holds(rows));
        message.add(StatementRole::Rows, &holds);
    }

    /// Adds the statements that restore the session's defaults (`search_path` and the like) after a unit. They are part of
    /// the unit's own transaction, so that a rollback undoes them together with the unit's settings; and they precede the
    /// journal row, because the unit may have changed to a role that cannot write it.
    fn add_resets(&self, message: &mut Message) {
        let rules = DIALECT.rules();
        if self.unit.has_settings() || rules.may_hide_setting(self.unit.text) {
            for reset in rules.reset_session().into_iter().flat_map(str::lines) {
                message.add(StatementRole::Control, reset.trim_end_matches(';'));
            }
            let lender = self.database.link.lender();
            // The settings of a program's session are not aludel's to change, and behind a pooler (with a lease) the
            // session is shared.
            if lender.is_none() && self.database.lease_time.is_none() {
                message.add(StatementRole::Control, lock::SET_UP);
            }
            if let Some(lender) = lender {
                message.add(StatementRole::Control, &lender.set_again());
            }
        }
    }

    fn add_usual_application_name(&self, message: &mut Message) {
        if let Some(name) = &self.database.application_name {
            message.add(StatementRole::Control, &format!("SET application_name = {}", quote_literal(name)));
        }
    }
}
