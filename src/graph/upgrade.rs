//! Upgrades: the prerequisites of a target that are not applied yet, in topological order. SQL and execution are out of
//! scope.

use super::plan::{Operation, Plan};
use super::rows::{Applied, PlanBuilder};
use super::target::RelativeSteps;
use super::{Graph, TargetError};
use crate::id::RevisionId;

impl Graph {
    /// Plan of `upgrade TARGET` from the version rows.
    ///
    /// # Errors
    /// [`TargetError`] if a row or the target cannot be resolved, or the target is ambiguous.
    pub fn plan_upgrade(&self, rows: &[RevisionId], target: &str) -> Result<Plan, TargetError> {
        let rows = self.known_rows(rows)?;
        let mut applied = Applied::new(&self.edges, &rows);
        self.check_overlap(&applied, &rows)?;
        let targets = self.upgrade_targets(&rows, target)?;
        let missing = applied.missing_for(&self.edges, &targets);
        let mut plan = PlanBuilder::new(self, Operation::Upgrade, &rows, &applied);
        let steps = || self.order.iter().copied().filter(|index| missing.has(*index));
        plan.reserve(steps().count());
        for index in steps() {
            let change = applied.apply(&self.edges, index);
            plan.step(index, change);
        }
        Ok(plan.finish(&applied))
    }

    /// Revisions that are not applied: those that `upgrade heads` would execute, in order. Unknown rows are ignored.
    #[must_use]
    pub fn pending(&self, rows: &[RevisionId]) -> Vec<RevisionId> {
        let applied = self.edges.needed_for(self.rows_that_are_known(rows));
        self.order
            .iter()
            .filter(|index| **index < self.files && !applied.has(**index))
            .map(|index| self.id_at(*index))
            .collect()
    }

    fn upgrade_targets(&self, rows: &[usize], text: &str) -> Result<Vec<usize>, TargetError> {
        let target = self.parse(text)?;
        let branch = self.branch(&target)?;
        let wrong_way = || TargetError::WrongDirection { target: text.to_owned(), direction: Operation::Upgrade };
        let end = match (target.symbol, target.steps) {
            (Some(symbol), None) => return self.places(&target, symbol, branch.as_ref(), Some(rows)),
            (None, Some(RelativeSteps::Up(count))) => {
                let start = self.row_to_rise_from(&target, branch.as_ref(), rows)?;
                self.walk_up(&target, start, count, branch.as_ref())?
            }
            (Some(symbol), Some(RelativeSteps::Up(count))) => {
                let start = self.resolve_symbol(&target, symbol, branch.as_ref(), Some(rows))?;
                self.walk_up(&target, start, count, branch.as_ref())?
            }
            (Some(symbol), Some(RelativeSteps::Down(count))) => {
                let start = self.resolve_symbol(&target, symbol, branch.as_ref(), Some(rows))?;
                let (end, taken) = self.sink(&target, start, count)?;
                // `base` is not a target of an upgrade, so the step down from a base is out of range here.
                let too_far = || self.out_of_range(&target, start, count, taken.saturating_sub(1));
                Some(end.ok_or_else(too_far)?)
            }
            (None, _) => return Err(wrong_way()),
        };
        Ok(end.into_iter().collect())
    }
}
