//! Walk over all squares of two sides, or the whole orders, up to the first conflict.

use std::collections::BTreeSet;

use super::part::{Part, Run};
use super::square::{Conflict, SquareVerdict, square};
use super::state::Remarks;
use super::task::CommutationTask;
use super::trials::{Start, Trials};
use super::{Commutation, CommutationProof, reduce};
use crate::shadow::ProofError;

/// Conflict, and the databases that show it.
struct FoundConflict {
    start: Start,
    runs: [Run; 2],
    conflict: Conflict,
}

impl CommutationTask<'_> {
    /// Runs all squares from `row_start` on, row by row, up to the first that conflicts.
    pub(super) fn all_squares(
        &self,
        mut row_start: Start,
        report: &mut dyn FnMut(),
    ) -> Result<CommutationProof, ProofError> {
        let mut trials = self.trials(report);
        let (mut remarks, mut undecided) = (Remarks::default(), BTreeSet::new());
        let mut rows = self.sides.one.iter().peekable();
        while let Some(one) = rows.next() {
            let next = if rows.peek().is_some() { Some(trials.branch(&mut row_start)?) } else { None };
            let mut start = row_start;
            for other in &self.sides.other {
                let sides = [Part::whole(one), Part::whole(other)];
                let [one_side, other_side] = [&sides[..1], &sides[1..]];
                match square(&mut trials, &mut start, [one_side, other_side], self.is_written, &mut remarks)? {
                    SquareVerdict::Commutes => {}
                    SquareVerdict::Undecided(tables) => undecided.extend(tables),
                    SquareVerdict::Conflicts(conflict) => {
                        let runs = [one, other].map(|id| Run::Revisions(vec![id.clone()]));
                        let verdict = self.reduced(&mut trials, FoundConflict { start, runs, conflict })?;
                        return Ok(CommutationProof { verdict, remarks, runs: trials.runs });
                    }
                }
                trials.advance(&mut start, Part::whole(other))?;
            }
            let Some(next) = next else { break };
            row_start = next;
            // Not before the squares, which find out whether it has to wait for the other side.
            trials.advance(&mut row_start, Part::whole(one))?;
        }
        let verdict = if undecided.is_empty() {
            Commutation::Commutes { squares: self.sides.one.len() * self.sides.other.len() }
        } else {
            Commutation::Undecided(undecided.into_iter().collect())
        };
        Ok(CommutationProof { verdict, remarks, runs: trials.runs })
    }

    /// Runs one side after the other, in both orders, from `start` on: all orders would take `needed` runs, which is
    /// too many.
    pub(super) fn whole_orders(
        &self,
        mut start: Start,
        needed: usize,
        report: &mut dyn FnMut(),
    ) -> Result<CommutationProof, ProofError> {
        let mut trials = self.trials(report);
        let runs = [&self.sides.one, &self.sides.other].map(|side| Run::Revisions(side.clone()));
        let parts = [runs[0].all(), runs[1].all()];
        let sides: [&[Part]; 2] = [&parts[0], &parts[1]];
        let mut remarks = Remarks::default();
        let verdict = match square(&mut trials, &mut start, sides, self.is_written, &mut remarks)? {
            SquareVerdict::Commutes => Commutation::WholeOrders { needed },
            SquareVerdict::Undecided(tables) => Commutation::Undecided(tables),
            SquareVerdict::Conflicts(conflict) => self.reduced(&mut trials, FoundConflict { start, runs, conflict })?,
        };
        Ok(CommutationProof { verdict, remarks, runs: trials.runs })
    }

    fn reduced(&self, trials: &mut Trials<'_>, found: FoundConflict) -> Result<Commutation, ProofError> {
        let FoundConflict { start, runs, conflict } = found;
        // If a side cannot run by itself, the order is not the reason.
        if let Conflict::NoOrder(..) = &conflict {
            for side in [&self.sides.one, &self.sides.other] {
                let order: Vec<_> = self.sides.common.iter().chain(side).map(Part::whole).collect();
                trials.replay(&order)?;
            }
        }
        let pair = reduce::reduce(trials, start, runs, conflict, self.is_written)?;
        Ok(Commutation::Conflicts(Box::new(pair)))
    }
}
