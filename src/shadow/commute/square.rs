//! One square: two runs in both orders, from the same database.

use std::time::Instant;

use super::part::Part;
use super::state::{DatabaseState, Remarks, StateDifference, StateVerdict, compare_contents, compare_schemas};
use super::trials::{Stage, Start, TrialOutcome, Trials, wait_for_another_time};
use crate::shadow::ProofError;

/// Reason why the order of two runs matters.
#[derive(Debug)]
pub enum Conflict {
    /// Both orders run, and the databases differ: the first is that of the order in which the first side comes first.
    Differs(StateDifference),
    /// One order cannot run.
    OneOrder {
        /// `true` if the order that cannot run is the one in which the first side comes first.
        first_comes_first: bool,
        /// Error of that order.
        error: Box<ProofError>,
    },
    /// No order can run: errors of the order in which the first side comes first, and of the other.
    NoOrder(Box<ProofError>, Box<ProofError>),
}

/// Result of a square.
pub(super) enum SquareVerdict {
    Commutes,
    Conflicts(Conflict),
    /// Rows of these tables vary from run to run.
    Undecided(Vec<String>),
}

/// Runs `one` and `other` in both orders from `start`, and compares. A name counts only if `is_written` returns `true`
/// for it.
pub(super) fn square(
    trials: &mut Trials<'_>,
    start: &mut Start,
    sides: [&[Part]; 2],
    is_written: &dyn Fn(&str) -> bool,
    remarks: &mut Remarks,
) -> Result<SquareVerdict, ProofError> {
    if trials.stage(start, &sides.concat())? == Stage::Undone
        && let Ok(SquareVerdict::Commutes) = square_in(Stage::Undone, trials, start, sides, is_written, remarks)
    {
        return Ok(SquareVerdict::Commutes);
    }
    square_in(Stage::Copy, trials, start, sides, is_written, remarks)
}

fn square_in(
    stage: Stage,
    trials: &mut Trials<'_>,
    start: &mut Start,
    [one, other]: [&[Part]; 2],
    is_written: &dyn Fn(&str) -> bool,
    remarks: &mut Remarks,
) -> Result<SquareVerdict, ProofError> {
    let began = Instant::now();
    let orders = [[one, other].concat(), [other, one].concat()];
    let first = trials.outcome(start, &orders[0], stage)?;
    let second = trials.outcome(start, &orders[1], stage)?;
    let (first, second) = match (first, second) {
        (TrialOutcome::Ran(first), TrialOutcome::Ran(second)) => (first, second),
        (TrialOutcome::Refused(error), TrialOutcome::Ran(_)) => {
            return Ok(SquareVerdict::Conflicts(Conflict::OneOrder { first_comes_first: true, error }));
        }
        (TrialOutcome::Ran(_), TrialOutcome::Refused(error)) => {
            return Ok(SquareVerdict::Conflicts(Conflict::OneOrder { first_comes_first: false, error }));
        }
        (TrialOutcome::Refused(first), TrialOutcome::Refused(second)) => {
            return Ok(SquareVerdict::Conflicts(Conflict::NoOrder(first, second)));
        }
    };
    let mut found = Remarks::default();
    if let Some(difference) = compare_schemas(&first, &second, is_written, &mut found) {
        return Ok(SquareVerdict::Conflicts(Conflict::Differs(difference)));
    }
    let again = |may_hold_times: bool| {
        if may_hold_times {
            wait_for_another_time(began);
        }
        Ok::<_, ProofError>([
            ran(trials.outcome(start, &orders[0], stage)?)?,
            ran(trials.outcome(start, &orders[1], stage)?)?,
        ])
    };
    let verdict = compare_contents(&first, &second, again, &mut found)?;
    remarks.extend(found);
    Ok(match verdict {
        StateVerdict::Equal => SquareVerdict::Commutes,
        StateVerdict::Differs(difference) => SquareVerdict::Conflicts(Conflict::Differs(difference)),
        StateVerdict::Undecided(tables) => SquareVerdict::Undecided(tables),
    })
}

/// Requires that the parts ran, because they did before.
fn ran(outcome: TrialOutcome) -> Result<DatabaseState, ProofError> {
    match outcome {
        TrialOutcome::Ran(state) => Ok(*state),
        TrialOutcome::Refused(error) => Err(*error),
    }
}
