//! Steps of a run on PostgreSQL: a list of steps is one message and one round trip, except where COPY splits it or a
//! server takes each statement on its own.

mod ahead;
mod failure;
mod index;
mod placement;
mod prepare;
mod render;

pub(super) use ahead::{SentRevision, send_ahead};
pub(super) use index::exists;

use std::time::{Duration, Instant};

use ahead::{AheadOf, record_rehearsed, require_rehearsed};
use failure::MessageStop;
use placement::{open_since_after, placement};

use super::errors::ConnectionError;
use super::message::{Message, StatementRole};
use super::prepared::{self, PreparedState, PreparedStatements};
use super::wire::{self, ResponseListener};
use super::{Postgres, SharedTransaction, verify};
use crate::database::lease::Lease;
use crate::database::session::TextRows;
use crate::database::{
    Capabilities, Durability, FailureCause, JournalPlacement, RevisionExecution, RevisionSession, RunFailure, RunStep,
    SHOWN_ROWS, StepFailure, Transaction, TransactionScope, VersionTable, Watch,
};
use crate::diagnostic::Span;
use crate::sql::{self, Dialect, Piece, StatementKind};

const DIALECT: Dialect = Dialect::POSTGRES;

/// Begins the run of a revision; see [`crate::database::Database::start_revision`].
pub(super) fn start<'r, 'c>(
    database: &'r mut Postgres<'c>,
    unit: &'r RevisionExecution<'r>,
) -> Result<PostgresRun<'r, 'c>, RunFailure> {
    if let Some((piece, _)) = unit.statements().find(|(_, piece)| copies_out(piece.sql.slice(unit.text))) {
        return Err(RunFailure::refused("COPY ... TO STDOUT: the rows have no receiver here", piece));
    }
    let found = database.found().map_err(|trouble| RunFailure::new(failure::cause(&trouble), None))?;
    Ok(PostgresRun::new(database, found.table, unit))
}

/// Returns whether the statement is a `COPY ... TO STDOUT`, whose data has no receiver.
fn copies_out(sql: &str) -> bool {
    let first = sql.get(..4).is_some_and(|word| word.eq_ignore_ascii_case("copy"));
    first && {
        let words: Vec<String> = sql::keywords(sql, DIALECT).collect();
        words.windows(2).any(|pair| pair == ["TO", "STDOUT"])
    }
}

/// Run of one revision.
pub(super) struct PostgresRun<'r, 'c> {
    database: &'r mut Postgres<'c>,
    table: VersionTable,
    unit: &'r RevisionExecution<'r>,
    started: Instant,
    /// Journal row of a revision outside a transaction, once it has been written.
    journal: Option<i64>,
    /// Number of statements that have run in a transaction.
    done: usize,
    /// Last value of the server's clock, in microseconds.
    clock: Option<i64>,
    /// True if the revision was sent in more than one message.
    was_split: bool,
    /// True if a statement and its note are in a transaction that BEGIN opened, because they are several messages.
    has_statement_transaction: bool,
    /// See [`RevisionSession::open_since`].
    open_since: Option<usize>,
    /// Record of the revision that was sent ahead, if it was.
    ahead: Option<AheadOf>,
}

/// Counts completed statements.
struct ResponseCounter<'a> {
    watch: &'a mut dyn Watch,
    /// Parts of the message being executed.
    parts: Vec<StatementRole>,
    seen: usize,
    /// Number of the revision's statements that have run.
    done: usize,
    total: usize,
    /// True if the statements are counted here: in a revision with a transaction.
    is_counting: bool,
    /// True if the message contains a statement of the revision, which may be stopped in its middle.
    has_statement: bool,
    /// Last value of the server's clock, in microseconds.
    clock: Option<i64>,
}

impl ResponseListener for ResponseCounter<'_> {
    fn completed(&mut self) {
        if self.is_counting && matches!(self.parts.get(self.seen), Some(StatementRole::Piece(_))) {
            self.done += 1;
            self.watch.statements(self.done, self.total);
        }
        self.seen += 1;
    }

    fn interrupted(&self) -> bool {
        self.has_statement && self.watch.interrupted()
    }

    fn wants_rows(&self) -> bool {
        matches!(
            self.parts.get(self.seen),
            Some(StatementRole::Query(_) | StatementRole::Clock | StatementRole::NewJournal)
        )
    }

    fn rows(&mut self, rows: wire::WireRows) -> wire::WireRows {
        if self.parts.get(self.seen) != Some(&StatementRole::Clock) {
            return rows;
        }
        let now = rows.first().and_then(|row| row.first()?.as_deref()?.parse::<i64>().ok());
        // The first query of the clock precedes all pieces, and one after COPY starts a new message: neither ends the
        // time of a piece.
        let is_behind_piece = self.seen > 0 && matches!(self.parts.get(self.seen - 1), Some(StatementRole::Piece(_)));
        if let (Some(before), Some(now), true) = (self.clock, now, is_behind_piece)
            // A server's clock may be set back: then the time is not known.
            && let Ok(micros) = u64::try_from(now - before)
        {
            self.watch.took(self.done, Duration::from_micros(micros));
        }
        self.clock = now;
        wire::WireRows::new()
    }

    fn limit(&self) -> usize {
        SHOWN_ROWS
    }
}

impl RevisionSession for PostgresRun<'_, '_> {
    fn version_table(&self) -> &VersionTable {
        &self.table
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities { sends_note_with_statement: false, can_lose_journal: true, leaves_traces: true }
    }

    fn send(&mut self, steps: &[RunStep<'_>], watch: &mut dyn Watch) -> Result<(), StepFailure> {
        let is_whole = self.unit.transaction == Transaction::Own && !is_after_failure(steps);
        let sent = if is_whole { self.take_sent() } else { None };
        let (mut result, prepared) = match sent {
            Some(sent) => (self.receive(&sent, watch), sent.names),
            None => {
                let prepared = if is_whole && self.unit.is_recorded() { self.database.prepared() } else { None };
                (self.send_steps(steps, prepared, watch), prepared)
            }
        };
        if let (Err(stop), Some(names)) = (&result, prepared) {
            let at_fault = prepared::is_at_fault(stop.part, &stop.trouble);
            if at_fault || names.are_new {
                // Prepared statements survive a rollback, so it is not known which of them exist now.
                self.database.prepared = PreparedState::Never;
            }
            // The transaction failed as a whole, so nothing of the revision was applied and it can be sent again.
            if at_fault && self.database.link.run_query("ROLLBACK").is_ok() {
                self.begin_again();
                result = self.send_steps(steps, None, watch);
            }
        } else if prepared.is_some() {
            self.database.prepared = PreparedState::Ready;
        }
        if result.is_ok() && is_after_failure(steps) && self.unit.is_recorded() {
            // The journal row was committed durably, and everything before it with it.
            self.database.is_undurable = false;
        }
        result.map_err(|stop| self.step_failure(stop))
    }

    fn run_query(&mut self, sql: &str) -> Result<TextRows, FailureCause> {
        let results = self.database.link.run_query(sql).map_err(|trouble| failure::cause(&trouble))?;
        Ok(results.into_iter().next().unwrap_or_default())
    }

    fn journal(&self) -> Option<i64> {
        self.journal
    }

    fn placement(&mut self, piece: usize, _next: Option<usize>) -> Result<JournalPlacement, FailureCause> {
        Ok(self.placement_of(piece, self.open_since.is_some()))
    }

    fn needs_notice(&self, piece: usize) -> bool {
        self.placement_of(piece, false) == JournalPlacement::Alone
    }

    fn prepare_alone(&mut self, piece: usize, watch: &mut dyn Watch) -> Result<(), StepFailure> {
        let Some(found) = self.unit.pieces.get(piece) else { return Ok(()) };
        let refused = self.refuse_under_way(piece, found);
        let prepared = refused.and_then(|()| self.drop_invalid(piece, found, watch));
        prepared.map_err(|stop| self.step_failure(stop))
    }

    fn follow_transaction(
        &mut self,
        piece: usize,
        _next: Option<usize>,
        counts: (usize, usize),
    ) -> Result<(), FailureCause> {
        if let Some(piece) = self.unit.pieces.get(piece) {
            self.open_since = open_since_after(piece, self.unit.text, self.open_since, counts);
        }
        Ok(())
    }

    fn open_since(&self) -> Option<usize> {
        self.open_since
    }

    fn lease(&self) -> Option<&Lease> {
        self.database.lease.as_ref()
    }

    fn complete(&mut self) {
        // For a revision that was sent ahead, they count since then.
        if self.ahead.is_none() {
            self.database.known.change(self.unit.change);
        }
        self.database.is_undurable = self.defers_durability();
    }
}

/// Returns whether the steps record a failure.
fn is_after_failure(steps: &[RunStep<'_>]) -> bool {
    steps.first() == Some(&RunStep::RollBack(TransactionScope::Revision))
}

impl<'r, 'c> PostgresRun<'r, 'c> {
    fn new(database: &'r mut Postgres<'c>, table: VersionTable, unit: &'r RevisionExecution<'r>) -> Self {
        Self {
            database,
            table,
            unit,
            started: Instant::now(),
            journal: None,
            done: unit.skip,
            clock: None,
            was_split: false,
            has_statement_transaction: false,
            open_since: None,
            ahead: None,
        }
    }

    /// Returns whether the commit need not wait for the disk. A connection whose statements are messages of their own
    /// would pay a round trip for it.
    fn defers_durability(&self) -> bool {
        self.unit.durability == Durability::Deferred
            && self.unit.transaction == Transaction::Own
            && !self.is_statement_wise()
    }

    fn begin_again(&mut self) {
        self.ahead = None;
        self.done = self.unit.skip;
        self.was_split = false;
    }

    fn placement_of(&self, piece: usize, in_transaction: bool) -> JournalPlacement {
        let piece = self.unit.pieces.get(piece);
        piece.map_or(JournalPlacement::Unnoted, |piece| placement(piece, self.unit.text, in_transaction))
    }

    /// Returns the data of a piece that is a `COPY ... FROM stdin`.
    fn copy_data(&self, piece: usize) -> Option<(&Piece, Span)> {
        let piece = self.unit.pieces.get(piece)?;
        match piece.kind {
            StatementKind::CopyFromStdin { data } => Some((piece, data)),
            _ => None,
        }
    }

    /// Sends the steps in one message, or in several if they contain COPY; `prepared` are the prepared statements to use
    /// or to create.
    fn send_steps(
        &mut self,
        steps: &[RunStep<'_>],
        prepared: Option<PreparedStatements>,
        watch: &mut dyn Watch,
    ) -> Result<(), MessageStop> {
        let mut message = Message::default();
        if is_after_failure(steps) {
            self.leave_transaction()?;
        } else if let SharedTransaction::Pending(rows) = self.database.shared
            && self.unit.transaction == Transaction::Shared
        {
            // BEGIN travels with the first message and costs no round trip.
            message.add(StatementRole::Control, "BEGIN");
            self.database.shared = SharedTransaction::Open(rows);
        }
        // With a clock, the server is asked for its time before the first statement and after each one.
        let has_clock = self.unit.transaction != Transaction::None && watch.wants_times();
        self.clock = None;
        let mut start = 0;
        while let Some((step, piece)) = self.add_up_to_copy(&mut message, steps, start, prepared, has_clock) {
            self.was_split = true;
            self.flush(std::mem::take(&mut message), watch)?;
            self.copy(step, piece, watch)?;
            message.belongs_to(step);
            if has_clock {
                add_clock(&mut message);
            }
            start = step + 1;
        }
        self.flush(message, watch)
    }

    /// Adds the statements of the steps from `start` on, up to a COPY, which is not part of a message. Returns the step
    /// and the piece of that COPY.
    fn add_up_to_copy(
        &mut self,
        message: &mut Message,
        steps: &[RunStep<'_>],
        start: usize,
        prepared: Option<PreparedStatements>,
        has_clock: bool,
    ) -> Option<(usize, usize)> {
        let is_piece = |step: &RunStep<'_>| matches!(step, RunStep::Piece(_));
        let first_piece = steps.iter().position(is_piece).filter(|_| has_clock);
        for (index, step) in steps.iter().enumerate().skip(start) {
            message.belongs_to(index);
            if first_piece == Some(index) {
                add_clock(message);
            }
            if let RunStep::Piece(piece) = *step
                && self.copy_data(piece).is_some()
            {
                return Some((index, piece));
            }
            self.add(message, steps, *step, prepared);
            if has_clock && is_piece(step) {
                add_clock(message);
            }
        }
        None
    }

    /// Makes the connection usable for recording a failure: a refused COPY may have left it out of step.
    fn leave_transaction(&mut self) -> Result<(), MessageStop> {
        if let SharedTransaction::Open(rows) | SharedTransaction::Pending(rows) = self.database.shared
            && self.unit.transaction == Transaction::Shared
        {
            self.database.known.rows = rows;
            self.database.shared = SharedTransaction::Closed;
        }
        if self.database.link.is_broken() {
            self.database.recover().map_err(|trouble| MessageStop::new(trouble, None, 0))?;
        }
        self.open_since = None;
        Ok(())
    }

    fn flush(&mut self, message: Message, watch: &mut dyn Watch) -> Result<(), MessageStop> {
        if message.is_empty() {
            return Ok(());
        }
        let parts: Vec<StatementRole> = message.parts().collect();
        let has_statement = parts.iter().any(|part| {
            use StatementRole as R;
            matches!(part, R::Piece(_) | R::Repeat(_) | R::Batch | R::Query(_))
        });
        let mut reply = self.send_message(&message, parts.clone(), has_statement, watch);
        // A request to cancel the statement before may arrive late and hit this message, which is not to be cancelled.
        if !has_statement && reply.trouble.as_ref().is_some_and(ConnectionError::is_cancel) {
            reply = self.send_message(&message, parts.clone(), has_statement, watch);
        }
        if let Some(at) = parts.iter().position(|part| *part == StatementRole::NewJournal) {
            let id: Option<i64> =
                reply.results.get(at).and_then(|rows| rows.first()?.first()?.as_deref()?.parse().ok());
            self.journal = self.journal.or(id);
            if id.is_none() && reply.trouble.is_none() {
                reply.trouble = Some(ConnectionError::ours("the journal returned no number"));
            }
        }
        self.judge(&message, &parts, reply)
    }

    /// Returns the failure of a message, if it failed.
    fn judge(&self, message: &Message, parts: &[StatementRole], mut reply: wire::WireReply) -> Result<(), MessageStop> {
        let Some(trouble) = reply.trouble.take() else { return Ok(()) };
        // The server reports a position in the whole message, not the statement.
        let position = match &trouble {
            ConnectionError::Server { position, .. } => *position,
            ConnectionError::Lost(_) => None,
        };
        let failed = message.failed(reply.results.len(), position);
        // With one statement in each message, COMMIT was sent only if it is the one that failed.
        let commit_sent = match self.is_statement_wise() {
            true => failed.part == Some(StatementRole::Commit),
            false => parts.contains(&StatementRole::Commit),
        };
        let rows = Some(verify::rows(&mut reply));
        Err(MessageStop {
            offset: failed.offset,
            commit_sent,
            rows,
            ..MessageStop::new(trouble, failed.part, failed.step)
        })
    }

    fn send_message(
        &mut self,
        message: &Message,
        parts: Vec<StatementRole>,
        has_statement: bool,
        watch: &mut dyn Watch,
    ) -> wire::WireReply {
        let mut counter = self.counter(parts, has_statement, watch);
        let reply = match has_statement {
            true => self.database.link.send_batch(message, &mut counter),
            // Nothing in it is refused together with others, and its failure is one of the whole message.
            false => self.database.link.say(message.text(), &mut counter),
        };
        (self.done, self.clock) = (counter.done, counter.clock);
        reply
    }

    /// Returns the counter of a message with these parts.
    fn counter<'w>(
        &self,
        parts: Vec<StatementRole>,
        has_statement: bool,
        watch: &'w mut dyn Watch,
    ) -> ResponseCounter<'w> {
        ResponseCounter {
            watch,
            parts,
            seen: 0,
            done: self.done,
            total: self.unit.total(),
            is_counting: self.unit.transaction != Transaction::None,
            has_statement,
            clock: self.clock,
        }
    }

    fn copy(&mut self, step: usize, number: usize, watch: &mut dyn Watch) -> Result<(), MessageStop> {
        let Some((piece, span)) = self.copy_data(number) else { return Ok(()) };
        let (part, sql, text) = (StatementRole::Piece(number), piece.sql, self.unit.text);
        let data = span.slice(text);
        let mut counter = self.counter(vec![part], true, watch);
        let result = self.database.link.copy(sql.slice(text), data, &mut counter);
        self.done = counter.done;
        result.map_err(|trouble| {
            let mut message = Message::default();
            message.add_piece(part, sql, text);
            let offset = match &trouble {
                ConnectionError::Server { position: Some(position), .. } => message.failed(0, Some(*position)).offset,
                ConnectionError::Server { error, .. } => {
                    failure::data_line(error.context.as_deref(), data).map(|at| span.start + at)
                }
                ConnectionError::Lost(_) => None,
            };
            MessageStop { offset, is_copy: true, ..MessageStop::new(trouble, Some(part), step) }
        })
    }

    /// Returns whether each statement is sent in a separate message.
    const fn is_statement_wise(&self) -> bool {
        self.database.link.is_statement_wise()
    }
}

/// Adds a query for the server's clock. The server sends the results of a message only when all of it has run, so the
/// client cannot measure single statements.
fn add_clock(message: &mut Message) {
    let clock = "SELECT (extract(epoch FROM pg_catalog.clock_timestamp()) * 1000000)::bigint";
    message.add(StatementRole::Clock, clock);
}
