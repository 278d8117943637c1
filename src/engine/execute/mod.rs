//! The runner: the order in which a revision's statements, the version rows and the journal reach the database, what a
//! failure leaves, and what is recorded about it. Drivers send the steps ([`RevisionSession`]); no database is named
//! here.
//!
//! A revision in a transaction is one list of steps (`steps.rs`). Outside a transaction, each statement comes
//! with a note in the journal (`statement_wise.rs`), so that an interrupted run goes on where it stopped.

mod batch;
mod statement_wise;
mod steps;

use std::time::{Duration, Instant};

use statement_wise::StatementWiseRun;
use steps::whole_revision;

pub(super) use steps::steps_of_script;

use crate::database::journal::JournalState;
use crate::database::{
    Database, FailureCause, Outcome, RevisionExecution, RevisionSession, RunFailure, RunStep, StepFailure, Transaction,
    TransactionScope, Watch,
};
use crate::sql::Dialect;

/// Runs one revision, changes the version rows and writes the journal, unless it is a rehearsal. Returns the duration. A
/// failed revision is recorded in the journal too (after the rollback); an error while recording does not hide the
/// failure.
///
/// # Errors
/// [`RunFailure`], including the effects that remain.
pub fn run(
    database: &mut dyn Database,
    unit: &RevisionExecution<'_>,
    watch: &mut dyn Watch,
) -> Result<Duration, RunFailure> {
    let started = Instant::now();
    let dialect = database.server().dialect;
    let session = database.start_revision(unit, watch.stop_signal())?;
    let mut run = RevisionRun { session, unit, watch, dialect };
    match unit.transaction {
        Transaction::Own | Transaction::Shared => run.in_transaction()?,
        Transaction::None => StatementWiseRun::new(&mut run).run()?,
    }
    run.session.complete();
    Ok(started.elapsed())
}

/// Sends a revision before the revisions ahead of it have been answered; see [`Database::send_ahead`].
pub(super) fn send_ahead(database: &mut dyn Database, unit: &RevisionExecution<'_>, wants_times: bool) -> bool {
    database.send_ahead(unit, &whole_revision(unit), wants_times)
}

/// A revision that runs.
struct RevisionRun<'r> {
    session: Box<dyn RevisionSession + 'r>,
    unit: &'r RevisionExecution<'r>,
    watch: &'r mut dyn Watch,
    dialect: Dialect,
}

impl RevisionRun<'_> {
    fn in_transaction(&mut self) -> Result<(), RunFailure> {
        let steps = whole_revision(self.unit);
        self.session.send(&steps, self.watch).map_err(|failed| self.undo(&steps, &failed))
    }

    /// Rolls back and records the failure.
    fn undo(&mut self, steps: &[RunStep<'_>], failed: &StepFailure) -> RunFailure {
        // If the connection broke after COMMIT was sent, it is unknown whether the transaction was committed.
        let is_unknown = failed.is_lost() && failed.is_commit_sent;
        let failure = RunFailure {
            applied: failed.applied,
            rolled_back: failed.applied == 0 && !is_unknown,
            ..self.failure(steps, failed, None)
        };
        let summary = failure.summary();
        let outcome = Outcome { state: JournalState::Failed, done: failed.applied, error: Some(&summary) };
        let mut steps = vec![RunStep::RollBack(TransactionScope::Revision), RunStep::RestoreSession];
        if self.unit.is_recorded() {
            steps.push(RunStep::InsertJournal(outcome));
        }
        self.record(&steps, failed.is_cancel, failure)
    }

    /// Sends the steps that follow a failure. Their errors are ignored, because they must not hide it; except that a
    /// killed connection looks like an interrupted statement (`is_cancel`) until the next one is sent.
    fn record(&mut self, steps: &[RunStep<'_>], is_cancel: bool, failure: RunFailure) -> RunFailure {
        if matches!(failure.cause, FailureCause::ConnectionLost(_)) {
            return failure;
        }
        match self.session.send(steps, self.watch) {
            Err(second) if second.is_lost() && is_cancel => RunFailure { cause: second.cause, ..failure },
            _ => failure,
        }
    }

    /// Returns the failure of a step. `piece` is the piece that the steps are about.
    fn failure(&self, steps: &[RunStep<'_>], failed: &StepFailure, piece: Option<usize>) -> RunFailure {
        let step = steps.get(failed.step).copied();
        let cause = if failed.is_cancel && self.watch.interrupted() {
            FailureCause::Interrupted
        } else if self.has_changed_own_table(step, failed) {
            FailureCause::VersionTableChanged { table: self.session.version_table().name.clone() }
        } else {
            failed.cause.clone()
        };
        let piece = match (step, &cause) {
            (_, FailureCause::RowsMoved | FailureCause::LockLost(_)) => None,
            (Some(RunStep::Piece(piece) | RunStep::Repeat(piece) | RunStep::Batch { piece, .. }), _) => Some(piece),
            (Some(RunStep::SetUp | RunStep::CheckLease | RunStep::StartJournal(_)), _) => None,
            _ => piece,
        };
        RunFailure { offset: failed.offset, ..RunFailure::new(cause, piece) }
    }

    /// Returns whether the revision's own statements have changed the version table or the journal: that is the most
    /// likely cause if these are not as expected after the statements.
    fn has_changed_own_table(&self, step: Option<RunStep<'_>>, failed: &StepFailure) -> bool {
        let is_behind_statements = match step {
            Some(RunStep::CompareRows | RunStep::InsertJournal(_) | RunStep::FinishJournal(_)) => true,
            // In a transaction the version rows change before the statements.
            Some(RunStep::ChangeRows) => self.unit.transaction == Transaction::None && self.unit.total() > 0,
            _ => false,
        };
        is_behind_statements && (failed.is_own_table || failed.cause == FailureCause::RowsMoved)
    }
}
