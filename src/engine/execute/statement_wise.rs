//! A revision outside a transaction: a journal row, then each statement with a note in the journal, then the version
//! rows and the end of the journal row in one transaction.
//!
//! A statement and the note that it has run are one transaction where that is possible: then the journal is always
//! right. Before a statement that runs alone (`CREATE INDEX CONCURRENTLY`, DDL of MySQL), the journal records that it is
//! about to run, so that after a crash only this one statement has an unknown outcome.
//!
//! ```text
//! require queries
//! journal row 'running', if the version rows are the expected ones
//! BEGIN; UPDATE ...; journal: 1 has run, 2 is about to run; COMMIT        together with its note
//! CREATE INDEX CONCURRENTLY ...                                           alone
//! journal: 2 have run
//! verify queries; BEGIN; version rows; journal row 'done'; COMMIT
//! ```
//!
//! A rehearsal has no journal: each statement is sent by itself.

use super::RevisionRun;
use super::batch::BatchRun;
use super::steps::{end_of_revision, require};
use crate::database::journal::JournalState;
use crate::database::{
    FailureCause, JournalPlacement, Note, Outcome, RunFailure, RunStep, ServerError, StepFailure, TransactionScope,
    lease,
};
use crate::sql::{Batch, Piece, StatementKind};

/// Reason why a revision stopped.
struct RunStop {
    failure: RunFailure,
    /// Failure of the step; `None` if the runner stopped by itself.
    step: Option<Box<StepFailure>>,
    /// True if the failed step is a statement of the revision, so that it may have run in part.
    is_statement: bool,
}

impl RunStop {
    fn own(cause: FailureCause, piece: Option<usize>) -> Self {
        Self { failure: RunFailure::new(cause, piece), step: None, is_statement: false }
    }

    fn has(&self, flag: impl Fn(&StepFailure) -> bool) -> bool {
        self.step.as_deref().is_some_and(flag)
    }
}

/// Run of a revision outside a transaction.
pub(super) struct StatementWiseRun<'a, 'r> {
    run: &'a mut RevisionRun<'r>,
    /// Number of statements that have run.
    done: usize,
    total: usize,
    /// Content of the journal row; `None` until it has been written.
    recorded: Option<Note>,
    is_set_up: bool,
    /// True if the statement that runs is on its own.
    is_alone: bool,
    /// Piece behind which the revision's own transaction was open, as long as it is.
    opened_by: Option<usize>,
}

impl<'a, 'r> StatementWiseRun<'a, 'r> {
    pub(super) fn new(run: &'a mut RevisionRun<'r>) -> Self {
        let (done, total, recorded) = (run.unit.skip, run.unit.total(), run.session.announced());
        Self { run, done, total, recorded, is_set_up: false, is_alone: false, opened_by: None }
    }

    pub(super) fn run(&mut self) -> Result<(), RunFailure> {
        let ran = self.require().and_then(|()| self.statements()).and_then(|()| self.end());
        ran.map_err(|stop| self.give_up(&stop))
    }

    /// Runs the require queries, before the journal records anything: a revision that must not run has not begun.
    fn require(&mut self) -> Result<(), RunStop> {
        if self.run.unit.require.is_empty() {
            return Ok(());
        }
        let mut steps = self.set_up();
        steps.push(RunStep::CheckLease);
        steps.extend(require(self.run.unit));
        self.send(&steps, None)
    }

    fn statements(&mut self) -> Result<(), RunStop> {
        let unit = self.run.unit;
        let remaining: Vec<(usize, &Piece)> = unit.remaining().collect();
        if !unit.is_recorded() {
            // Not in the message of a statement that refuses to be one of several.
            self.send(&self.set_up(), None)?;
        } else if !self.sends_note_with_statement() {
            let first = remaining.first().filter(|_| unit.chain_opened_by(self.run.dialect).is_none());
            let note = self.note(self.done, first.map(|(piece, _)| *piece));
            self.start_journal(note)?;
        }
        self.restore_earlier_session()?;
        for (at, (piece, _)) in remaining.iter().enumerate() {
            if self.run.watch.interrupted() {
                return Err(RunStop::own(FailureCause::Interrupted, Some(*piece)));
            }
            let next = remaining.get(at + 1).map(|(next, _)| *next);
            self.statement(*piece, next)?;
            let before = self.done;
            self.done += 1;
            self.follow_transaction(*piece, next, (before, self.done))?;
            self.run.watch.statements(self.done, self.total);
        }
        Ok(())
    }

    /// Ends the revision: verify queries, version rows, journal row.
    fn end(&mut self) -> Result<(), RunStop> {
        if self.run.session.open_since().is_some() {
            let message = "the revision leaves a transaction open: a COMMIT is missing at its end".to_owned();
            let error = ServerError { message, ..ServerError::default() };
            return Err(RunStop::own(FailureCause::Statement(error), self.opening_piece()));
        }
        let steps = end_of_revision(self.run.unit, self.run.session.journal().is_some());
        self.send(&steps, None)
    }

    /// Follows the revision's own transaction over a piece that has run.
    fn follow_transaction(&mut self, piece: usize, next: Option<usize>, counts: (usize, usize)) -> Result<(), RunStop> {
        let before = self.run.session.open_since();
        let followed = self.run.session.follow_transaction(piece, next, counts);
        followed.map_err(|cause| RunStop::own(cause, None))?;
        let after = self.run.session.open_since();
        if after != before {
            self.opened_by = after.map(|_| piece);
        }
        Ok(())
    }

    /// Returns the piece to blame for the transaction that is open: the one that opened it, or the setting because of
    /// which any statement opens one.
    fn opening_piece(&self) -> Option<usize> {
        let is_control = |piece: &usize| {
            let piece = self.run.unit.pieces.get(*piece);
            piece.is_some_and(|piece| piece.kind == StatementKind::TransactionControl)
        };
        self.opened_by.filter(is_control).or_else(|| self.run.session.opening_setting()).or(self.opened_by)
    }

    /// Repeats the settings of earlier attempts, whose sessions have ended, and opens the transaction that an earlier
    /// attempt's `COMMIT AND CHAIN` had opened and its end has rolled back. None of it counts as progress.
    fn restore_earlier_session(&mut self) -> Result<(), RunStop> {
        let unit = self.run.unit;
        for (piece, _) in unit.settings_before() {
            self.send(&[RunStep::Repeat(piece)], None)?;
        }
        self.run.session.settings_repeated().map_err(|cause| RunStop::own(cause, None))?;
        if let Some((piece, _)) = unit.chain_opened_by(self.run.dialect) {
            // Before the transaction, so that a rollback keeps the journal row.
            if self.recorded.is_none() && unit.is_recorded() {
                self.start_journal(Note { done: self.done, running: None })?;
            }
            self.send(&[RunStep::Repeat(piece)], None)?;
            self.follow_transaction(piece, None, (self.done, self.done))?;
        }
        Ok(())
    }

    /// Runs a statement with its note, and retries it as long as its lock cannot be acquired: a failed attempt leaves
    /// nothing behind. Not inside the revision's own transaction if that has failed as a whole.
    fn statement(&mut self, piece: usize, next: Option<usize>) -> Result<(), RunStop> {
        if self.run.session.lease().is_some_and(|lease| !lease.is_held()) {
            return Err(RunStop::own(FailureCause::LockLost(lease::lost()), Some(piece)));
        }
        let batch = self.batch(piece);
        loop {
            let placement = self.placement(piece, next, batch.is_some())?;
            let ran = match (placement, &batch) {
                (JournalPlacement::Together, Some(batch)) => self.batches(piece, next, batch),
                (JournalPlacement::Together, None) => self.together(piece, next),
                (JournalPlacement::Ends, _) => self.ends(piece),
                (JournalPlacement::Alone, _) => self.alone(piece, next),
                (JournalPlacement::Unnoted, _) => self.unnoted(piece),
            };
            let Err(stop) = ran else { return Ok(()) };
            if stop.has(|step| step.is_final)
                || !stop.failure.is_lock_refused()
                || !self.run.watch.tries_again(&stop.failure)
            {
                return Err(stop);
            }
        }
    }

    /// Returns where the note about a statement goes, and remembers whether the statement is on its own. In a rehearsal,
    /// which has no notes, [`JournalPlacement::Together`] means batches.
    fn placement(&mut self, piece: usize, next: Option<usize>, is_batch: bool) -> Result<JournalPlacement, RunStop> {
        if !self.run.unit.is_recorded() && !is_batch {
            // What a failed statement leaves behind does not depend on the journal.
            self.is_alone = self.run.session.needs_notice(piece);
            return Ok(JournalPlacement::Unnoted);
        }
        let placement = self.run.session.placement(piece, next).map_err(|cause| RunStop::own(cause, Some(piece)))?;
        self.is_alone = placement == JournalPlacement::Alone;
        let has_note = self.run.unit.is_recorded() || placement == JournalPlacement::Together;
        Ok(if has_note { placement } else { JournalPlacement::Unnoted })
    }

    fn batch(&self, piece: usize) -> Option<Batch> {
        let unit = self.run.unit;
        Batch::parse(unit.text, unit.pieces.get(piece)?, self.run.dialect).ok().flatten()
    }

    /// Runs a statement and its note in one transaction.
    fn together(&mut self, piece: usize, next: Option<usize>) -> Result<(), RunStop> {
        let mut steps = self.journal_before_transaction();
        let before = steps.len();
        // The same note announces the next statement if that gains something.
        let note = self.note(self.done + 1, next);
        steps.extend([
            RunStep::Begin(TransactionScope::Statement),
            RunStep::CheckLease,
            RunStep::Piece(piece),
            RunStep::Note(note),
            RunStep::RenewLease,
            RunStep::Commit(TransactionScope::Statement),
        ]);
        let Err(failed) = self.run.session.send(&steps, self.run.watch) else {
            self.accept(&steps);
            return Ok(());
        };
        self.accept(&steps[..failed.step.min(before)]);
        if !failed.is_lost() {
            self.roll_back_statement();
            if failed.must_be_alone {
                return self.alone(piece, next);
            }
        }
        Err(self.stop(&steps, failed, Some(piece)))
    }

    /// Runs a statement that ends a transaction of the revision's own, with the note in that transaction.
    fn ends(&mut self, piece: usize) -> Result<(), RunStop> {
        let note = Note { done: self.done + 1, running: None };
        self.send(&[RunStep::CheckLease, RunStep::Note(note), RunStep::Piece(piece)], Some(piece))
    }

    /// Runs a statement on its own, after a note that it is about to run.
    fn alone(&mut self, piece: usize, next: Option<usize>) -> Result<(), RunStop> {
        self.is_alone = true;
        let note = Note { done: self.done, running: Some(self.done + 1) };
        let mut steps = self.set_up();
        steps.push(RunStep::CheckLease);
        steps.extend(self.journal_step(note));
        if self.sends_note_with_statement() {
            // What follows the statement records that it has run: the next note, or the end of the journal row.
            steps.push(RunStep::Piece(piece));
            return self.send_optional(&steps, Some(piece));
        }
        self.send_optional(&steps, Some(piece))?;
        // Even if the note could not be written: the outcome of the statement is unknown from here on.
        self.recorded = Some(note);
        let prepared = self.run.session.prepare_alone(piece, self.run.watch);
        prepared.map_err(|failed| self.stop(&[RunStep::Piece(piece)], failed, Some(piece)))?;
        self.send(&[RunStep::Piece(piece)], Some(piece))?;
        // The last statement is recorded by the end of the journal row. After a crash in between, it is still marked as
        // about to run, and the next run queries the catalog.
        if self.done + 1 < self.total {
            let note = self.note(self.done + 1, next);
            self.send_optional(&[RunStep::Note(note)], Some(piece))?;
        }
        Ok(())
    }

    fn unnoted(&mut self, piece: usize) -> Result<(), RunStop> {
        let mut steps = Vec::new();
        if self.run.unit.is_recorded() && self.recorded.is_none() {
            steps = self.set_up();
            let note = Note { done: self.done, running: None };
            steps.extend([RunStep::CheckLease, RunStep::StartJournal(note)]);
        }
        steps.push(RunStep::Piece(piece));
        self.send(&steps, Some(piece))
    }

    /// Runs all batches of a statement, then records it like any other. A crash before that note is harmless: the cursor
    /// is at the end of the keys.
    fn batches(&mut self, piece: usize, next: Option<usize>, batch: &Batch) -> Result<(), RunStop> {
        let is_recorded = self.run.unit.is_recorded();
        let mut steps = self.journal_before_transaction();
        // The journal row holds the cursor.
        if is_recorded && self.recorded.is_none() && steps.is_empty() {
            steps.extend([RunStep::CheckLease, RunStep::StartJournal(Note { done: self.done, running: None })]);
        }
        if !steps.is_empty() {
            self.send(&steps, Some(piece))?;
        }
        let ran = BatchRun::new(self.run, piece, self.done + 1).and_then(|mut run| run.run(batch));
        if let Err((step, failed)) = ran {
            if !failed.is_lost() {
                self.roll_back_statement();
            }
            let mut stop = self.stop(&[step], StepFailure { step: 0, ..failed }, Some(piece));
            // Every batch is recorded, so none is half-applied.
            stop.is_statement = false;
            return Err(stop);
        }
        if !is_recorded {
            return Ok(());
        }
        let note = self.note(self.done + 1, next);
        self.send(&[RunStep::Note(note)], Some(piece))
    }

    /// Returns the progress to record after `done` statements, with an announcement of piece `next` if that saves a
    /// message.
    fn note(&self, done: usize, next: Option<usize>) -> Note {
        let running = next.filter(|next| self.run.session.needs_notice(*next)).map(|_| done + 1);
        Note { done, running }
    }

    /// Returns the steps before a transaction of a statement with its note: the journal row, and a note that the
    /// statement before is not running any more. Where that note is a message of its own, it has been sent already.
    fn journal_before_transaction(&mut self) -> Vec<RunStep<'static>> {
        let mut steps = self.set_up();
        if self.run.unit.is_recorded() && self.sends_note_with_statement() {
            let journal = self.journal_step(Note { done: self.done, running: None });
            if journal.is_some() {
                steps.push(RunStep::CheckLease);
            }
            steps.extend(journal);
        }
        steps
    }

    fn set_up(&self) -> Vec<RunStep<'static>> {
        if self.is_set_up { Vec::new() } else { vec![RunStep::SetUp] }
    }

    /// Returns the step that makes the journal row record `note`; `None` if it does already.
    fn journal_step(&self, note: Note) -> Option<RunStep<'static>> {
        match self.recorded {
            None => Some(RunStep::StartJournal(note)),
            Some(recorded) if recorded == note => None,
            Some(_) => Some(RunStep::Note(note)),
        }
    }

    fn start_journal(&mut self, note: Note) -> Result<(), RunStop> {
        let mut steps = self.set_up();
        steps.extend([RunStep::CheckLease, RunStep::StartJournal(note)]);
        self.send(&steps, None)
    }

    fn sends_note_with_statement(&self) -> bool {
        self.run.session.capabilities().sends_note_with_statement
    }

    /// Sends steps. Those before a failed one count only where they take effect one by one.
    fn send(&mut self, steps: &[RunStep<'_>], piece: Option<usize>) -> Result<(), RunStop> {
        match self.run.session.send(steps, self.run.watch) {
            Ok(()) => self.accept(steps),
            Err(failed) => {
                if self.sends_note_with_statement() {
                    self.accept(&steps[..failed.step]);
                }
                return Err(self.stop(steps, failed, piece));
            }
        }
        Ok(())
    }

    /// As [`StatementWiseRun::send`], but leaves out a note that cannot be written, because the revision has changed to
    /// a role without privileges on the journal.
    fn send_optional(&mut self, steps: &[RunStep<'_>], piece: Option<usize>) -> Result<(), RunStop> {
        let sent = self.send(steps, piece);
        let Err(stop) = &sent else { return sent };
        let Some(failed) = &stop.step else { return sent };
        let may_fail = match steps.get(failed.step) {
            Some(RunStep::Note(_)) => self.run.session.capabilities().can_lose_journal,
            Some(RunStep::CheckLease) => failed.must_be_alone,
            _ => false,
        };
        if !may_fail || !matches!(stop.failure.cause, FailureCause::Statement(_)) {
            return sent;
        }
        match steps.get(failed.step + 1..) {
            Some([]) | None => Ok(()),
            Some(rest) => self.send_optional(rest, piece),
        }
    }

    fn roll_back_statement(&mut self) {
        // A lost connection has rolled back by itself.
        let _ = self.run.session.send(&[RunStep::RollBack(TransactionScope::Statement)], self.run.watch);
    }

    /// Remembers what the steps have recorded.
    fn accept(&mut self, steps: &[RunStep<'_>]) {
        for step in steps {
            match step {
                RunStep::SetUp => self.is_set_up = true,
                RunStep::StartJournal(note) | RunStep::Note(note) => self.recorded = Some(*note),
                _ => {}
            }
        }
    }

    fn stop(&self, steps: &[RunStep<'_>], failed: StepFailure, piece: Option<usize>) -> RunStop {
        let failure = self.run.failure(steps, &failed, piece);
        let is_statement = matches!(steps.get(failed.step), Some(RunStep::Piece(_)));
        RunStop { failure, step: Some(Box::new(failed)), is_statement }
    }

    /// Records the failure. Statements that ran stay applied, except in a transaction that the revision itself left
    /// open.
    fn give_up(&mut self, stop: &RunStop) -> RunFailure {
        let applied = self.run.session.open_since().unwrap_or(self.done);
        let leaves_traces = self.is_alone && self.run.session.capabilities().leaves_traces;
        let rolled_back = applied == 0 && !leaves_traces;
        let failure = RunFailure { applied, rolled_back, ..stop.failure.clone() };
        // After a lost lease the journal belongs to the new owner.
        if self.run.session.lease().is_some_and(lease::Lease::is_lost) {
            return failure;
        }
        let summary = failure.summary();
        let outcome = Outcome { state: JournalState::Failed, done: applied, error: Some(&summary) };
        let mut steps =
            vec![RunStep::RollBack(TransactionScope::Revision), RunStep::RestoreSession, RunStep::UndoSetUp];
        if self.run.unit.is_recorded() {
            steps.push(match self.run.session.journal() {
                Some(_) => RunStep::FinishJournal(outcome),
                None => RunStep::InsertJournal(outcome),
            });
            steps.extend(self.doubt(stop, applied).map(RunStep::Note));
        }
        self.run.record(&steps, stop.has(|step| step.is_cancel), failure)
    }

    /// Returns the note that the outcome of the failed statement is unknown, if it is: the next run must not take it for
    /// one that did not run.
    fn doubt(&mut self, stop: &RunStop, applied: usize) -> Option<Note> {
        if stop.has(|step| step.is_under_way) {
            return self.recorded;
        }
        let piece =
            stop.failure.piece.filter(|_| stop.is_statement && stop.failure.cause == FailureCause::Interrupted)?;
        let is_doubtful = self.run.session.open_since().is_none() && self.run.session.may_be_half_applied(piece);
        is_doubtful.then_some(Note { done: applied, running: Some(self.done + 1) })
    }
}
