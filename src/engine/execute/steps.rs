//! Lists of steps that do not depend on what happens while they run.

use crate::database::journal::JournalState;
use crate::database::{Outcome, RevisionExecution, RunStep, SectionQuery, Transaction, TransactionScope};

/// Returns the steps of a revision in a transaction. The version rows change first: if another runner has changed them,
/// nothing of the revision has run yet, and their lock makes it wait. No statement runs before the require queries have
/// found nothing.
pub(super) fn whole_revision(unit: &RevisionExecution<'_>) -> Vec<RunStep<'static>> {
    let is_own = unit.transaction == Transaction::Own;
    let mut steps = Vec::new();
    if is_own {
        steps.push(RunStep::Begin(TransactionScope::Revision));
    }
    steps.extend([RunStep::SetUp, RunStep::CheckLease, RunStep::ChangeRows]);
    steps.extend(require(unit));
    steps.extend(unit.settings_before().map(|(piece, _)| RunStep::Repeat(piece)));
    steps.extend(unit.remaining().map(|(piece, _)| RunStep::Piece(piece)));
    // Verify queries and journal need the session's own settings and roles.
    steps.push(RunStep::RestoreSession);
    steps.extend(verify(unit));
    steps.extend(unit.rows_after.map(|_| RunStep::CompareRows));
    if unit.is_recorded() {
        steps.push(RunStep::InsertJournal(done(unit)));
    }
    if is_own {
        steps.push(RunStep::Commit(TransactionScope::Revision));
    }
    steps
}

/// Returns the queries that must find nothing before the statements.
pub(super) fn require(unit: &RevisionExecution<'_>) -> impl Iterator<Item = RunStep<'static>> + use<> {
    (0..unit.require.len()).map(|index| RunStep::Query(SectionQuery::Require(index)))
}

/// Returns the queries that must find nothing after them.
fn verify(unit: &RevisionExecution<'_>) -> impl Iterator<Item = RunStep<'static>> + use<> {
    (0..unit.verify.len()).map(|index| RunStep::Query(SectionQuery::Verify(index)))
}

/// Returns the steps of a revision for a script: what a run sends, without what needs answers (a row in the journal
/// before the statements, notes between them).
pub(in crate::engine) fn steps_of_script(unit: &RevisionExecution<'_>) -> Vec<RunStep<'static>> {
    match unit.transaction {
        Transaction::Own | Transaction::Shared => whole_revision(unit),
        Transaction::None => {
            let pieces = unit.remaining().map(|(piece, _)| RunStep::Piece(piece));
            pieces.chain(end_of_revision(unit, false)).collect()
        }
    }
}

/// Returns the steps that end a revision outside a transaction. A rehearsal has no rows to change there. `has_journal`
/// is `false` if it has no journal row yet, because it has no statements.
pub(super) fn end_of_revision(unit: &RevisionExecution<'_>, has_journal: bool) -> Vec<RunStep<'static>> {
    let mut steps = vec![RunStep::RestoreSession];
    steps.extend(verify(unit));
    if !unit.is_recorded() {
        steps.push(RunStep::UndoSetUp);
        return steps;
    }
    steps.extend([RunStep::Begin(TransactionScope::End), RunStep::CheckLease, RunStep::ChangeRows]);
    steps.extend(unit.rows_after.map(|_| RunStep::CompareRows));
    steps.push(if has_journal { RunStep::FinishJournal(done(unit)) } else { RunStep::InsertJournal(done(unit)) });
    steps.extend([RunStep::AnnounceNext, RunStep::UndoSetUp, RunStep::Commit(TransactionScope::End)]);
    steps
}

fn done(unit: &RevisionExecution<'_>) -> Outcome<'static> {
    Outcome { state: JournalState::Done, done: unit.total(), error: None }
}
