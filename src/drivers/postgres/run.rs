//! Runs a unit, in a transaction with one message or statement by statement, and records the outcome in the journal.

mod index;
mod placement;
mod stepwise;

pub(super) use index::exists;

use std::time::{Duration, Instant};

use super::errors::ConnectionError;
use super::message::{Message, StatementRole};
use super::prepared::{self, PreparedState, PreparedStatements};
use super::version_guard::{self, Broken, quote_literal};
use super::wire::{self, ResponseListener, RowReader};
use super::{Postgres, SharedTransaction, lock, lock_lost, verify};
use crate::database::journal::{JournalEntry, JournalState, Took, finish_journal, insert_journal, journal_progress};
use crate::database::lease::{self, Lease};
use crate::database::statements::version_table;
use crate::database::{
    FailureCause, QueryRows, RevisionExecution, RunFailure, SHOWN_ROWS, Timeouts, Transaction, VerifyFinding,
    VersionTable, Watch, milliseconds,
};
use crate::sql::{self, Dialect, Piece, StatementKind};

const DIALECT: Dialect = Dialect::Postgres;

/// Statements that restore the session's defaults (`search_path` and the like) after a unit. They are part of the
/// unit's own transaction, so that a rollback undoes them together with the unit's settings; and they precede the
/// journal row, because the unit may have changed to a role that cannot write it.
const RESETS: [&str; 4] = ["RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL", lock::SET_UP];

pub(super) fn run(
    database: &mut Postgres<'_>,
    unit: &RevisionExecution<'_>,
    watch: &mut dyn Watch,
) -> Result<Duration, RunFailure> {
    if let Some((piece, _)) = unit.statements().find(|(_, piece)| copies_out(piece.sql.slice(unit.text))) {
        return Err(RunFailure::refused("COPY ... TO STDOUT: the rows have no receiver here", piece));
    }
    let found = database.found().map_err(|trouble| RunFailure::new(cause(&trouble), None))?;
    let mut run = PostgresRun {
        table: found.table,
        unit,
        progress: ResponseCounter { watch, parts: Vec::new(), seen: 0, done: 0, total: unit.total(), clock: None },
        started: Instant::now(),
        was_split: false,
        database,
    };
    match unit.transaction {
        Transaction::Own | Transaction::Shared => {
            run.begin_again();
            run.together()
        }
        Transaction::None => run.stepwise(),
    }
}

/// Returns whether the statement is a `COPY ... TO STDOUT`, whose data has no receiver.
fn copies_out(sql: &str) -> bool {
    let first = sql.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("copy"));
    first && {
        let words: Vec<String> = sql::keywords(sql, DIALECT).collect();
        words.windows(2).any(|pair| pair == ["TO", "STDOUT"])
    }
}

struct PostgresRun<'a, 'c> {
    database: &'a mut Postgres<'c>,
    table: VersionTable,
    unit: &'a RevisionExecution<'a>,
    progress: ResponseCounter<'a>,
    started: Instant,
    /// True if the unit was sent in more than one message.
    was_split: bool,
}

/// Counts completed statements.
struct ResponseCounter<'a> {
    watch: &'a mut dyn Watch,
    /// Parts of the message being executed.
    parts: Vec<StatementRole>,
    seen: usize,
    /// Number of the unit's statements that have run.
    done: usize,
    total: usize,
    /// Last value of the server's clock, in microseconds.
    clock: Option<i64>,
}

impl ResponseListener for ResponseCounter<'_> {
    fn completed(&mut self) {
        if matches!(self.parts.get(self.seen), Some(StatementRole::Piece(_))) {
            self.done += 1;
            self.watch.statements(self.done, self.total);
        }
        self.seen += 1;
    }

    fn interrupted(&self) -> bool {
        self.watch.interrupted()
    }

    fn wants_rows(&self) -> bool {
        matches!(self.parts.get(self.seen), Some(StatementRole::Verify(_) | StatementRole::Clock))
    }

    fn rows(&mut self, rows: wire::WireRows) -> wire::WireRows {
        if self.parts.get(self.seen) != Some(&StatementRole::Clock) {
            return rows;
        }
        let now = rows.first().and_then(|row| row.first()?.as_deref()?.parse::<i64>().ok());
        // The first query of the clock precedes all pieces, and one after COPY starts a new message: neither ends the
        // time of a piece.
        let is_behind_piece = self.seen > 0 && matches!(self.parts.get(self.seen - 1), Some(StatementRole::Piece(_)));
        if let (Some(before), Some(now), true) = (self.clock, now, is_behind_piece) {
            self.watch.took(self.done, Duration::from_micros(u64::try_from(now - before).unwrap_or(0)));
        }
        self.clock = now;
        wire::WireRows::new()
    }

    fn limit(&self) -> usize {
        SHOWN_ROWS
    }
}

/// Reason why a unit stopped.
struct Stop {
    trouble: ConnectionError,
    part: Option<StatementRole>,
    offset: Option<usize>,
    /// True if COMMIT had been sent. If the connection broke, its outcome is unknown.
    commit_sent: bool,
    /// True if it was interrupted by the user between two statements.
    is_interrupt: bool,
    /// True if another session still runs the statement, for a runner that is gone.
    is_under_way: bool,
    /// Rows that a verify query returned before it failed.
    rows: Option<QueryRows>,
}

impl Stop {
    const fn of(trouble: ConnectionError, part: Option<StatementRole>) -> Self {
        Self { trouble, part, offset: None, commit_sent: false, is_interrupt: false, is_under_way: false, rows: None }
    }
}

impl Stop {
    fn finding(&self) -> Option<VerifyFinding> {
        match self.part {
            Some(StatementRole::Verify(query)) => verify::finding(query, &self.trouble, self.rows.clone()),
            _ => None,
        }
    }
}

impl PostgresRun<'_, '_> {
    fn together(&mut self) -> Result<Duration, RunFailure> {
        let own = self.unit.transaction == Transaction::Own;
        let prepared = if own { self.database.prepared() } else { None };
        let mut result = self.send_together(prepared);
        if let (Err(stop), Some(names)) = (&result, prepared) {
            let at_fault = prepared::is_at_fault(stop.part, &stop.trouble);
            if at_fault || names.are_new {
                // Prepared statements survive a rollback, so it is not known which of them exist now.
                self.database.prepared = PreparedState::Never;
            }
            // The transaction failed as a whole, so nothing of the unit was applied and it can be sent again.
            if at_fault && self.database.link.ask("ROLLBACK").is_ok() {
                self.begin_again();
                result = self.send_together(None);
            }
        }
        match result {
            Ok(()) => {
                self.count_rows();
                Ok(self.started.elapsed())
            }
            Err(stop) => Err(self.roll_back(&stop)),
        }
    }

    fn begin_again(&mut self) {
        // Repeated settings will be counted when they complete.
        self.progress.done = self.unit.skip - self.unit.settings_before().count();
        self.was_split = false;
    }

    /// Sends the unit in one message, or in several if it contains COPY; `prepared` are the prepared statements to use
    /// or to create.
    fn send_together(&mut self, prepared: Option<PreparedStatements>) -> Result<(), Stop> {
        let own = self.unit.transaction == Transaction::Own;
        let mut message = Message::default();
        // BEGIN travels with the first message and costs no round trip.
        if let SharedTransaction::Pending(rows) = self.database.shared
            && !own
        {
            message.add(StatementRole::Control, "BEGIN");
            self.database.shared = SharedTransaction::Open(rows);
        } else if own {
            message.add(StatementRole::Control, "BEGIN");
        }
        self.add_application_name(&mut message, "SET LOCAL");
        self.add_timeouts(&mut message, "SET LOCAL");
        if let Some(names) = prepared.filter(|names| names.are_new) {
            names.prepare(&self.table).iter().for_each(|statement| message.add(StatementRole::Prepare, statement));
        }
        self.add_change(&mut message, prepared);
        for (number, piece) in self.unit.settings_before() {
            message.add_piece(number, piece.sql, self.unit.text);
        }
        self.add_clock(&mut message);
        for (number, piece) in self.unit.remaining() {
            if let StatementKind::CopyFromStdin { data } = piece.kind {
                self.was_split = true;
                self.send(std::mem::take(&mut message))?;
                self.copy(number, piece, data.slice(self.unit.text), data.start)?;
            } else {
                message.add_piece(number, piece.sql, self.unit.text);
            }
            self.add_clock(&mut message);
        }
        self.add_resets(&mut message);
        self.add_verify(&mut message);
        self.add_rows_after(&mut message, prepared);
        let entry = self.unit.entry(JournalState::Done, self.took(own), self.unit.total(), None);
        let journal = prepared.map(|names| names.execute_journal(&entry));
        message.add(StatementRole::Journal, &journal.unwrap_or_else(|| insert_journal(DIALECT, &self.table, &entry)));
        if own {
            message.add(StatementRole::Commit, "COMMIT");
        }
        self.send(message)?;
        if prepared.is_some() {
            self.database.prepared = PreparedState::Ready;
        }
        Ok(())
    }

    /// Measures by the server's clock if the transaction or the message began with the unit, otherwise by the client's.
    fn took(&self, own: bool) -> Took {
        match (own, self.was_split) {
            (true, _) => Took::SinceBegin,
            (false, false) => Took::SinceMessage,
            (false, true) => milliseconds(self.started.elapsed()),
        }
    }

    fn send(&mut self, message: Message) -> Result<(), Stop> {
        if message.is_empty() {
            return Ok(());
        }
        self.progress.parts = message.parts().collect();
        self.progress.seen = 0;
        let mut reply = self.database.link.send_batch(&message, &mut self.progress);
        let Some(trouble) = reply.trouble.take() else { return Ok(()) };
        // The server reports a position in the whole message, not the statement.
        let position = match &trouble {
            ConnectionError::Server { position, .. } => *position,
            ConnectionError::Lost(_) => None,
        };
        let (part, offset) = message.failed(reply.results.len(), position);
        // With one statement in each message, COMMIT was sent only if it is the one that failed.
        let commit_sent = match self.is_statement_wise() {
            true => part == Some(StatementRole::Commit),
            false => self.progress.parts.contains(&StatementRole::Commit),
        };
        let rows = Some(verify::rows(&mut reply));
        Err(Stop { offset, commit_sent, rows, ..Stop::of(trouble, part) })
    }

    fn copy(&mut self, number: usize, piece: &Piece, data: &str, data_start: usize) -> Result<(), Stop> {
        self.progress.parts = vec![StatementRole::Piece(number)];
        self.progress.seen = 0;
        let statement = piece.sql.slice(self.unit.text);
        let result = self.database.link.copy(statement, data, &mut self.progress);
        result.map_err(|trouble| {
            let mut message = Message::default();
            message.add_piece(number, piece.sql, self.unit.text);
            let offset = match &trouble {
                ConnectionError::Server { position: Some(position), .. } => message.failed(0, Some(*position)).1,
                ConnectionError::Server { error, .. } => {
                    data_line(error.context.as_deref(), data).map(|at| data_start + at)
                }
                ConnectionError::Lost(_) => None,
            };
            Stop { offset, ..Stop::of(trouble, Some(StatementRole::Piece(number))) }
        })
    }

    /// Adds a query for the server's clock. The server sends the results of a message only when all of it has run, so
    /// the client cannot measure single statements.
    fn add_clock(&self, message: &mut Message) {
        if self.progress.watch.wants_times() {
            let clock = "SELECT (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::bigint";
            message.add(StatementRole::Clock, clock);
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
        for (name, milliseconds) in timeouts.postgres() {
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
        for (name, _) in self.session_timeouts("SET").postgres() {
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
        self.add_lease(message);
        let change = self.unit.change;
        if let Some(execute) = names.and_then(|names| names.execute_change(change)) {
            message.add(StatementRole::Fence, &execute);
        } else if !change.delete.is_empty() || !change.insert.is_empty() {
            let table = version_table(DIALECT, &self.table);
            message.add(StatementRole::Fence, &version_guard::change(&table, change, self.database.known));
        }
    }

    /// Adds the verify queries. They follow the resets, so that they run under the session's default settings.
    fn add_verify(&self, message: &mut Message) {
        for (number, query) in self.unit.verify.iter().enumerate() {
            let query = if self.is_statement_wise() { verify::plain(query) } else { verify::fence(query) };
            message.add(StatementRole::Verify(number), &query);
        }
    }

    /// Adds the comparison of the version rows. It directly precedes the journal row, because a revision may have
    /// changed the version table itself.
    fn add_rows_after(&self, message: &mut Message, names: Option<PreparedStatements>) {
        let Some(rows) = self.unit.rows_after else { return };
        let plain = || version_guard::holds(&version_table(DIALECT, &self.table), &version_guard::rows_text(rows));
        let holds = names.map_or_else(plain, |names| names.execute_holds(rows));
        message.add(StatementRole::Rows, &holds);
    }

    /// Adds the resets. Besides SET, `DO` blocks and functions may change settings too (`set_config`).
    fn add_resets(&self, message: &mut Message) {
        let hidden = || self.unit.text.to_ascii_lowercase().contains("set_config");
        if self.unit.has_settings() || hidden() {
            let lender = self.database.link.lender();
            // The settings of a program's session are not aludel's to change, and behind a pooler (with a lease) the
            // session is shared.
            let is_ours = lender.is_none() && self.database.lease_time.is_none();
            for reset in RESETS.iter().filter(|reset| is_ours || **reset != lock::SET_UP) {
                message.add(StatementRole::Control, reset);
            }
            if let Some(lender) = lender {
                message.add(StatementRole::Control, &lender.set_again());
            }
        }
    }

    /// Returns whether each statement is sent in a separate message.
    const fn is_statement_wise(&self) -> bool {
        self.database.link.is_statement_wise()
    }

    fn count_rows(&mut self) {
        let change = self.unit.change;
        if let Some(rows) = &mut self.database.known.rows {
            *rows = (*rows + change.insert.len()).saturating_sub(change.delete.len());
        }
    }

    /// Rolls back after a failure in a transaction and records the failure, in one message.
    fn roll_back(&mut self, stop: &Stop) -> RunFailure {
        let is_lost = is_lost(&stop.trouble);
        if let SharedTransaction::Open(rows) | SharedTransaction::Pending(rows) = self.database.shared
            && self.unit.transaction == Transaction::Shared
        {
            self.database.known.rows = rows;
            self.database.shared = SharedTransaction::Closed;
        }
        // If the connection broke after COMMIT was sent, it is unknown whether the transaction was committed.
        let unknown = matches!(stop.trouble, ConnectionError::Lost(_)) && stop.commit_sent;
        let failure = self.failure(stop, 0, !unknown);
        if !is_lost && self.recover() {
            let entry = self.unit.entry(JournalState::Failed, milliseconds(self.started.elapsed()), 0, None);
            let summary = failure.summary();
            let entry = JournalEntry { error: Some(&summary), ..entry };
            let note = insert_journal(DIALECT, &self.table, &entry);
            // The original failure counts, whether or not it could be recorded.
            let _ = self.database.link.ask(&format!("ROLLBACK;\n{note}"));
        }
        failure
    }

    /// Makes the connection usable for recording the failure: a refused COPY may have left it out of step. Returns
    /// whether that succeeded.
    fn recover(&mut self) -> bool {
        !self.database.link.is_broken() || self.database.recover().is_ok()
    }

    /// Returns whether the unit's statements have changed aludel's own tables.
    fn has_changed_own_table(&self, stop: &Stop) -> bool {
        let total = self.unit.total();
        let is_behind = match stop.part {
            Some(StatementRole::Rows | StatementRole::Journal) => self.progress.done == total,
            // Outside a transaction, the version rows change after the statements.
            Some(StatementRole::Fence) => {
                self.unit.transaction == Transaction::None && self.progress.done == total && total > 0
            }
            _ => false,
        };
        let is_moved =
            stop.part == Some(StatementRole::Fence) && version_guard::broken(&stop.trouble) == Some(Broken::Rows);
        is_behind && (is_moved || version_guard::is_own_table_changed(&stop.trouble))
    }

    fn failure(&mut self, stop: &Stop, applied: usize, rolled_back: bool) -> RunFailure {
        let broken = if stop.part == Some(StatementRole::Fence) { version_guard::broken(&stop.trouble) } else { None };
        let cause = match broken {
            _ if self.has_changed_own_table(stop) => {
                FailureCause::VersionTableChanged { table: self.table.name.clone() }
            }
            Some(Broken::Rows) => FailureCause::RowsMoved,
            Some(Broken::Session) if self.database.lease.is_some() => FailureCause::LockLost(lease::lost()),
            Some(Broken::Session) => {
                let holder = self.database.known.process;
                FailureCause::LockLost(lock_lost("this is not the session that took the lock", holder))
            }
            None if stop.is_interrupt => FailureCause::Interrupted,
            None if stop.trouble.is_cancel() && self.progress.watch.interrupted() => FailureCause::Interrupted,
            None => stop.finding().map_or_else(|| cause(&stop.trouble), FailureCause::Unverified),
        };
        let piece = match stop.part {
            Some(StatementRole::Piece(piece)) => Some(piece),
            _ => None,
        };
        RunFailure { cause, piece, offset: stop.offset, applied, rolled_back }
    }
}

fn cause(trouble: &ConnectionError) -> FailureCause {
    match trouble {
        ConnectionError::Server { error, fatal: true, .. } => FailureCause::ConnectionLost(error.message.clone()),
        ConnectionError::Server { error, .. } if *error == lease::lost() => FailureCause::LockLost(error.clone()),
        ConnectionError::Server { error, .. } => FailureCause::Statement(error.clone()),
        ConnectionError::Lost(message) => FailureCause::ConnectionLost(message.clone()),
    }
}

fn is_lost(trouble: &ConnectionError) -> bool {
    matches!(trouble, ConnectionError::Lost(_) | ConnectionError::Server { fatal: true, .. })
}

/// Returns the start of the line that COPY's context names (`COPY t, line 3, column a`), as an offset in the data.
fn data_line(context: Option<&str>, data: &str) -> Option<usize> {
    let (_, after) = context?.split_once(", line ")?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    let line: usize = digits.parse().ok()?;
    let before = data.split_inclusive('\n').take(line.checked_sub(1)?);
    Some(before.map(str::len).sum())
}
