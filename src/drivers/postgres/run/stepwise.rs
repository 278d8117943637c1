//! A unit outside transactions: a journal row, then each statement in a separate message, then the version rows and the
//! end of the journal row in one transaction.
//!
//! A statement and the journal note that it has run are one message and thus one transaction (manual, "Multiple
//! Statements in a Simple Query"), where the statement allows it: then the journal is always right. Before a statement
//! that does not (`CREATE INDEX CONCURRENTLY`, `VACUUM`, procedures that commit), the journal records that it is about
//! to run, so that after a crash only this one statement has an unknown outcome.
//!
//! ```text
//! guard; INSERT INTO journal (state) VALUES ('running') RETURNING id           one transaction
//! ALTER TABLE ...; UPDATE journal SET done = 1, running = 2                    one transaction
//! CREATE INDEX CONCURRENTLY ...                                                on its own
//! UPDATE journal SET done = 2, running = NULL
//! BEGIN; verify queries; version rows; UPDATE journal SET state = 'done'; COMMIT
//! ```

use super::index;
use super::placement::{JournalPlacement, open_since_after};
use super::*;
use crate::database::batch;
use crate::database::session::TextRows;
use crate::sql::Batch;

/// An attempt, with its journal row in state `running`.
struct RunAttempt {
    journal: i64,
    /// Number (from 1) of the statement that the journal records as about to run.
    running: Option<usize>,
    /// Number of statements that had run before the unit opened a transaction of its own; `None` if none is open.
    open_since: Option<usize>,
}

impl PostgresRun<'_, '_> {
    pub(super) fn stepwise(&mut self) -> Result<Duration, RunFailure> {
        self.progress.done = self.unit.skip;
        let journal = self.announce().map_err(|stop| self.failure(&stop, self.unit.skip, true))?;
        let running = self.needs_notice(self.unit.skip).then_some(self.unit.skip + 1);
        let mut attempt = RunAttempt { journal, running, open_since: None };
        let result = self.statements(&mut attempt).and_then(|()| self.conclude(&attempt));
        match result {
            Ok(()) => {
                self.count_rows();
                Ok(self.started.elapsed())
            }
            Err(stop) => Err(self.give_up(&attempt, &stop)),
        }
    }

    /// Checks the version rows and writes the journal row, in one message (an implicit transaction).
    fn announce(&mut self) -> Result<i64, Stop> {
        let change = self.unit.change;
        let mut message = Message::default();
        self.add_application_name(&mut message, "SET");
        self.add_timeouts(&mut message, "SET");
        self.add_lease(&mut message);
        if !change.delete.is_empty() || !change.insert.is_empty() {
            let table = version_table(DIALECT, &self.table);
            message.add(StatementRole::Fence, &version_guard::expect(&table, change, self.database.known));
        }
        let skip = self.unit.skip;
        let running = self.needs_notice(skip).then_some(skip as u64 + 1);
        let entry = self.unit.entry(JournalState::Running, Took::Unknown, skip, None);
        let entry = JournalEntry { running, ..entry };
        message.add(StatementRole::Journal, &format!("{} RETURNING id", insert_journal(DIALECT, &self.table, &entry)));
        let reply = self.database.link.say(message.text(), &mut RowReader);
        let journal = reply.results.last().and_then(|rows| rows.first()).and_then(|row| row.first()).cloned().flatten();
        match (reply.trouble, journal.and_then(|id| id.parse().ok())) {
            (None, Some(id)) => Ok(id),
            (None, None) => {
                Err(Stop::of(ConnectionError::ours("the journal returned no number"), Some(StatementRole::Journal)))
            }
            (Some(trouble), _) => {
                let (part, _) = message.failed(reply.results.len(), None);
                Err(Stop::of(trouble, part))
            }
        }
    }

    fn statements(&mut self, attempt: &mut RunAttempt) -> Result<(), Stop> {
        self.set_up_again()?;
        self.open_chain_again(attempt)?;
        for (number, piece) in self.unit.remaining() {
            if self.progress.watch.interrupted() {
                let before = Some(StatementRole::Piece(number));
                return Err(Stop { is_interrupt: true, ..Stop::of(ConnectionError::ours("interrupted"), before) });
            }
            let before = self.progress.done;
            self.patient(attempt, number, piece)?;
            let counts = (before, self.progress.done);
            attempt.open_since = open_since_after(piece, self.unit.text, attempt.open_since, counts);
        }
        Ok(())
    }

    /// Runs a statement with its note, and retries it as long as its lock cannot be acquired: a failed attempt leaves
    /// nothing behind, except for an INVALID index of CREATE INDEX CONCURRENTLY, which is dropped first. Not retried
    /// inside the unit's own transaction, which has failed as a whole, and not for COPY, whose transaction is still
    /// open.
    fn patient(&mut self, attempt: &mut RunAttempt, number: usize, piece: &Piece) -> Result<(), Stop> {
        if self.database.lease.as_ref().is_some_and(|lease| !lease.is_held()) {
            let trouble = ConnectionError::Server { error: lease::lost(), position: None, fatal: false };
            return Err(Stop::of(trouble, Some(StatementRole::Piece(number))));
        }
        let batch = Batch::of(self.unit.text, piece, DIALECT).ok().flatten();
        loop {
            let result = match (JournalPlacement::of(piece, self.unit.text, attempt.open_since.is_some()), &batch) {
                (JournalPlacement::Together, Some(batch)) => self.batches(attempt, number, piece, batch),
                (JournalPlacement::Together, None) => self.together_with_note(attempt, number, piece),
                (JournalPlacement::Ends, _) => self.note_and_end(attempt, number, piece),
                (JournalPlacement::Alone, _) => self.alone(attempt, number, piece),
                (JournalPlacement::Unnoted, _) => self.piece(number, piece),
            };
            let Err(stop) = result else { return Ok(()) };
            let failure = self.failure(&stop, self.progress.done, false);
            let is_over = attempt.open_since.is_some() || matches!(piece.kind, StatementKind::CopyFromStdin { .. });
            if is_over || !failure.is_lock_refused() || !self.progress.watch.tries_again(&failure) {
                return Err(stop);
            }
        }
    }

    /// Runs all batches of a statement, then records it like any other. A crash before that note is harmless: the
    /// cursor is at the end of the keys.
    fn batches(&mut self, attempt: &mut RunAttempt, number: usize, piece: &Piece, batch: &Batch) -> Result<(), Stop> {
        let (before, unit, table) = (self.progress.done, self.unit, self.table.clone());
        let journal = attempt.journal;
        let place = batch::BatchContext { dialect: DIALECT, table: &table, unit, piece, number: before + 1, journal };
        let mut side = PostgresBatchDriver { run: self, number };
        batch::run(&mut side, &place, batch).inspect_err(|_| self.progress.done = before)?;
        let next = self.needs_notice(before + 1).then_some(before + 2);
        let note = self.note(attempt, before + 1, next);
        self.control(&note)?;
        attempt.running = next;
        self.progress.done = before + 1;
        self.progress.watch.statements(before + 1, self.progress.total);
        Ok(())
    }

    /// Repeats the settings of earlier attempts, whose sessions have ended. They do not count as progress.
    pub(super) fn set_up_again(&mut self) -> Result<(), Stop> {
        let done = self.progress.done;
        for (number, piece) in self.unit.settings_before() {
            self.piece(number, piece)?;
        }
        self.progress.done = done;
        Ok(())
    }

    /// Opens the transaction that an earlier attempt's `COMMIT AND CHAIN` had opened and its end has rolled back.
    fn open_chain_again(&mut self, attempt: &mut RunAttempt) -> Result<(), Stop> {
        let done = self.progress.done;
        if let Some((number, begin)) = self.unit.chain_opened_by(DIALECT) {
            self.piece(number, begin)?;
            (self.progress.done, attempt.open_since) = (done, Some(done));
        }
        Ok(())
    }

    /// Returns whether the journal must record that statement `done` (from 0) is about to run.
    fn needs_notice(&self, done: usize) -> bool {
        if done == self.unit.skip && self.unit.chain_opened_by(DIALECT).is_some() {
            return false;
        }
        let piece = self.unit.statements().nth(done);
        piece.is_some_and(|(_, piece)| JournalPlacement::of(piece, self.unit.text, false) == JournalPlacement::Alone)
    }

    fn piece(&mut self, number: usize, piece: &Piece) -> Result<(), Stop> {
        if let StatementKind::CopyFromStdin { data } = piece.kind {
            return self.copy(number, piece, data.slice(self.unit.text), data.start);
        }
        let mut message = Message::default();
        message.add_piece(number, piece.sql, self.unit.text);
        self.send(message)
    }

    fn note(&self, attempt: &RunAttempt, done: usize, running: Option<usize>) -> String {
        let running = running.map(|number| number as u64);
        journal_progress(DIALECT, &self.table, attempt.journal, done as u64, running)
    }

    fn together_with_note(&mut self, attempt: &mut RunAttempt, number: usize, piece: &Piece) -> Result<(), Stop> {
        let before = self.progress.done;
        // The same note announces the next statement if necessary, which saves a round trip.
        let next = self.needs_notice(before + 1).then_some(before + 2);
        let note = self.note(attempt, before + 1, next);
        let result = if let StatementKind::CopyFromStdin { .. } = piece.kind {
            self.begin_fenced()
                .and_then(|()| self.piece(number, piece))
                .and_then(|()| self.control(&format!("{note};\nCOMMIT")))
        } else {
            let mut message = Message::default();
            // Separate messages are not an implicit transaction.
            if self.is_statement_wise() {
                message.add(StatementRole::Control, "BEGIN");
            }
            self.add_lease(&mut message);
            message.add_piece(number, piece.sql, self.unit.text);
            message.add(StatementRole::Journal, &note);
            if self.is_statement_wise() {
                message.add(StatementRole::Control, "COMMIT");
            }
            self.send(message).inspect_err(|stop| self.take_back(stop))
        };
        let Err(stop) = result else {
            attempt.running = next;
            return Ok(());
        };
        // The whole message was rolled back.
        self.progress.done = before;
        if is_lost(&stop.trouble) || !(refuses_company(&stop)) {
            return Err(stop);
        }
        self.alone(attempt, number, piece)
    }

    /// Rolls back a statement and its note that were sent in separate messages.
    fn take_back(&mut self, stop: &Stop) {
        if self.is_statement_wise() && !is_lost(&stop.trouble) {
            // Ignores errors: a lost connection has rolled back by itself.
            let _ = self.database.link.ask("ROLLBACK");
        }
    }

    fn note_and_end(&mut self, attempt: &RunAttempt, number: usize, piece: &Piece) -> Result<(), Stop> {
        let before = self.progress.done;
        let mut message = Message::default();
        self.add_lease(&mut message);
        message.add(StatementRole::Journal, &self.note(attempt, before + 1, None));
        message.add_piece(number, piece.sql, self.unit.text);
        self.send(message).inspect_err(|_| self.progress.done = before)
    }

    /// Runs a statement outside a transaction, with notes in separate messages. A note that cannot be written (the
    /// revision has changed to a role without privileges on the journal) is skipped.
    fn alone(&mut self, attempt: &mut RunAttempt, number: usize, piece: &Piece) -> Result<(), Stop> {
        let at = self.progress.done + 1;
        let note = (attempt.running != Some(at)).then(|| self.note(attempt, at - 1, Some(at)));
        // The order matters: after this note a crash leaves the statement marked as unknown.
        self.note_with_lease(note.as_deref())?;
        attempt.running = Some(at);
        self.refuse_under_way(number, piece)?;
        self.drop_invalid(number, piece)?;
        self.piece(number, piece)?;
        // The last statement is recorded by `conclude` together with the version rows. After a crash in between, it is
        // still marked as about to run, and the next run queries the catalog.
        if at < self.progress.total {
            let next = self.needs_notice(at).then_some(at + 1);
            let note = self.note(attempt, at, next);
            self.optional(&note)?;
            attempt.running = next;
        }
        Ok(())
    }

    /// Drops an index that an earlier CREATE INDEX or REINDEX CONCURRENTLY left INVALID. It would cause a name
    /// conflict, or IF NOT EXISTS would accept it as the finished index.
    fn drop_invalid(&mut self, number: usize, piece: &Piece) -> Result<(), Stop> {
        let Some(query) = index::invalid_ones(piece.sql.slice(self.unit.text)) else { return Ok(()) };
        let failed = |trouble| Stop::of(trouble, Some(StatementRole::Piece(number)));
        let results = self.database.link.ask(&query).map_err(failed)?;
        for found in index::read(results.last()) {
            if let Some(builder) = &found.builder {
                let message = format!("the index {} is being built now, by process {builder}", found.name);
                return Err(Stop { is_under_way: true, ..failed(ConnectionError::ours(&message)) });
            }
            self.database.link.ask(&format!("DROP INDEX CONCURRENTLY IF EXISTS {}", found.name)).map_err(failed)?;
            self.progress.watch.dropped_invalid_index(&found.name);
        }
        Ok(())
    }

    fn begin_fenced(&mut self) -> Result<(), Stop> {
        let mut message = Message::default();
        message.add(StatementRole::Control, "BEGIN");
        self.add_lease(&mut message);
        self.send(message)
    }

    /// Sends the note before a statement that cannot be in a transaction, together with the check of the lease. A note
    /// that cannot be written is skipped.
    fn note_with_lease(&mut self, note: Option<&str>) -> Result<(), Stop> {
        let mut message = Message::default();
        self.add_lease(&mut message);
        if let Some(note) = note {
            message.add(StatementRole::Journal, note);
        }
        match self.send(message) {
            Err(stop) if is_lost(&stop.trouble) || version_guard::broken(&stop.trouble) == Some(Broken::Session) => {
                Err(stop)
            }
            _ => Ok(()),
        }
    }

    /// Refuses a statement that another session still runs for a runner that is gone. With an advisory lock that
    /// session would still hold the lock; but a lease expires by itself, and a statement outside a transaction does not
    /// lock the lease's row.
    fn refuse_under_way(&mut self, number: usize, piece: &Piece) -> Result<(), Stop> {
        if self.database.lease_time.is_none() {
            return Ok(());
        }
        let failed = |trouble| Stop::of(trouble, Some(StatementRole::Piece(number)));
        let results = self.database.link.ask(&same_statement(piece.sql.slice(self.unit.text))).map_err(failed)?;
        let process = results.first().and_then(|rows| rows.first()).and_then(|row| row.first()).cloned().flatten();
        let Some(process) = process else { return Ok(()) };
        let message = format!("process {process} still runs this statement, for a runner that lost its lease");
        Err(Stop { is_under_way: true, ..failed(ConnectionError::ours(&message)) })
    }

    fn control(&mut self, sql: &str) -> Result<(), Stop> {
        self.database.link.ask(sql).map(|_| ()).map_err(|trouble| Stop::of(trouble, Some(StatementRole::Journal)))
    }

    fn optional(&mut self, sql: &str) -> Result<(), Stop> {
        match self.database.link.ask(sql) {
            Err(trouble) if is_lost(&trouble) => Err(Stop::of(trouble, None)),
            _ => Ok(()),
        }
    }

    /// Ends the unit in one transaction: verify queries, version rows, journal row. Resets come first, because the unit
    /// may have changed to a role that cannot write these tables.
    fn conclude(&mut self, attempt: &RunAttempt) -> Result<(), Stop> {
        let mut message = Message::default();
        message.add(StatementRole::Control, "BEGIN");
        self.add_resets(&mut message);
        self.add_verify(&mut message);
        self.add_change(&mut message, None);
        self.add_rows_after(&mut message, None);
        let (total, took) = (self.unit.total() as u64, milliseconds(self.started.elapsed()));
        let state = JournalState::Done;
        let note = finish_journal(DIALECT, &self.table, attempt.journal, state, took, total, None);
        message.add(StatementRole::Journal, &version_guard::must_change_one(&note));
        self.add_usual_application_name(&mut message);
        self.add_usual_timeouts(&mut message);
        message.add(StatementRole::Commit, "COMMIT");
        self.send(message)
    }

    fn add_usual_application_name(&self, message: &mut Message) {
        if let Some(name) = &self.database.application_name {
            message.add(StatementRole::Control, &format!("SET application_name = {}", quote_literal(name)));
        }
    }

    /// Records the progress. Statements that ran stay applied, except in a transaction that the unit itself left open.
    fn give_up(&mut self, attempt: &RunAttempt, stop: &Stop) -> RunFailure {
        let applied = attempt.open_since.unwrap_or(self.progress.done);
        let failure = self.failure(stop, applied, false);
        // The journal belongs to the new owner of the lease now.
        let has_lost_lease = self.database.lease.as_ref().is_some_and(Lease::is_lost);
        if !has_lost_lease && !is_lost(&stop.trouble) && self.recover() {
            let mut message = Message::default();
            message.add(StatementRole::Control, "ROLLBACK");
            self.add_resets(&mut message);
            self.add_usual_application_name(&mut message);
            self.add_usual_timeouts(&mut message);
            let (took, state) = (milliseconds(self.started.elapsed()), JournalState::Failed);
            let summary = failure.summary();
            let (journal, applied) = (attempt.journal, applied as u64);
            let note = finish_journal(DIALECT, &self.table, journal, state, took, applied, Some(&summary));
            message.add(StatementRole::Journal, &note);
            if stop.is_under_way {
                // `finish_journal` has cleared the mark. Set it again, because the statement may still succeed: the
                // next run queries the catalog.
                message.add(StatementRole::Journal, &self.note(attempt, self.progress.done, attempt.running));
            }
            let _ = self.database.link.ask(message.text());
        }
        failure
    }
}

/// Executes the batches of a statement.
struct PostgresBatchDriver<'s, 'r, 'c> {
    run: &'s mut PostgresRun<'r, 'c>,
    number: usize,
}

impl batch::BatchDriver<Stop> for PostgresBatchDriver<'_, '_, '_> {
    fn ask(&mut self, sql: &str) -> Result<TextRows, Stop> {
        let results = self.run.database.link.ask(sql);
        let results = results.map_err(|trouble| Stop::of(trouble, Some(StatementRole::Piece(self.number))))?;
        Ok(results.into_iter().next().unwrap_or_default())
    }

    /// Sends one message, which is one transaction.
    fn commit(&mut self, batch: &str, note: &str) -> Result<(), Stop> {
        let condition = self.run.database.lease.as_ref().and_then(Lease::condition);
        let lease = condition.map(|condition| version_guard::lease(&condition) + ";\n").unwrap_or_default();
        let message = format!("{lease}{batch}\n;\n{note}");
        let reply = self.run.database.link.say(&message, &mut Quiet(&*self.run.progress.watch));
        // The lease's check is the first statement: without any result it is the one that failed. Not so with a syntax
        // error in the batch, which fails the message before anything runs; only that has a position in the batch.
        let is_in_batch = reply.trouble.as_ref().is_some_and(|trouble| trouble.is_behind(lease.chars().count()));
        let is_fenced = !lease.is_empty() && reply.results.is_empty() && !is_in_batch;
        let part = if is_fenced { StatementRole::Fence } else { StatementRole::Piece(self.number) };
        reply.trouble.map_or(Ok(()), |trouble| Err(Stop::of(trouble, Some(part))))
    }

    fn failure(&self, cause: FailureCause) -> Stop {
        let is_interrupt = cause == FailureCause::Interrupted;
        let message = if let FailureCause::Statement(error) = cause { error.message } else { "interrupted".to_owned() };
        Stop { is_interrupt, ..Stop::of(ConnectionError::ours(&message), Some(StatementRole::Piece(self.number))) }
    }

    fn watch(&mut self) -> &mut dyn Watch {
        &mut *self.run.progress.watch
    }
}

/// Counts nothing, but allows an interruption of a batch.
struct Quiet<'w>(&'w dyn Watch);

impl ResponseListener for Quiet<'_> {
    fn interrupted(&self) -> bool {
        self.0.interrupted()
    }
}

/// Returns whether the statement failed because of its joint transaction with the note: it must run outside one
/// (`active_sql_transaction`, `invalid_transaction_termination`), or the note failed, or the revision's role cannot
/// read the lease (`insufficient_privilege`).
fn refuses_company(stop: &Stop) -> bool {
    let alone = matches!(stop.trouble.sqlstate(), Some("25001" | "2D000"));
    let is_hidden = stop.part == Some(StatementRole::Fence) && stop.trouble.sqlstate() == Some("42501");
    alone || is_hidden || stop.part == Some(StatementRole::Journal)
}

/// Query for another session that runs `sql` now. The server keeps the first `track_activity_query_size` bytes of a
/// message (default: 1024), so only the beginning is compared.
fn same_statement(sql: &str) -> String {
    let start: String = sql.chars().take(200).collect();
    format!(
        "SELECT pid FROM pg_catalog.pg_stat_activity WHERE state = 'active' AND pid <> pg_catalog.pg_backend_pid() \
         AND datname = pg_catalog.current_database() AND pg_catalog.starts_with(query, {}) LIMIT 1",
        quote_literal(&start)
    )
}
