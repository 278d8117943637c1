//! Stamps: the version rows that a real upgrade or downgrade to the targets would leave, without executing anything.

use std::collections::BTreeSet;

use super::plan::{Operation, Plan, RowChange, Step};
use super::resolve::Branch;
use super::rows::{Applied, sorted};
use super::target::{RelativeSteps, Symbol, Target};
use super::{Graph, TargetError};
use crate::id::RevisionId;

/// Current content of the version table.
type StampedRows = BTreeSet<RevisionId>;

impl Graph {
    /// Plan of `stamp TARGETS`. The targets are stamped one after the other; with `purge` they replace whatever rows
    /// exist. Each step belongs to a target, or, if rows are only deleted, to a deleted row.
    ///
    /// # Errors
    /// [`TargetError`] if a target or (without `purge`) a row cannot be resolved, or (with `purge`) one target needs
    /// another.
    pub fn plan_stamp(&self, rows: &[RevisionId], targets: &[&str], purge: bool) -> Result<Plan, TargetError> {
        let mut stamp = StampPlan::new(rows);
        if purge {
            self.stamp_purged(&mut stamp, rows, targets)?;
        } else {
            self.stamp_moved(&mut stamp, rows, targets)?;
        }
        Ok(stamp.plan)
    }

    fn stamp_purged(&self, stamp: &mut StampPlan, rows: &[RevisionId], targets: &[&str]) -> Result<(), TargetError> {
        let mut places = Vec::new();
        for target in targets {
            places.extend(self.anywhere(target, self.all_known(rows))?);
        }
        let once: BTreeSet<usize> = places.iter().copied().collect();
        let applied = Applied::new(&self.edges, &places);
        if let Some(needed) = once.iter().copied().find(|place| !applied.is_row(*place)) {
            return Err(self.needs_another(needed, &once));
        }
        // The step of the first target deletes all rows that are not kept.
        let stays = sorted(self.ids_at(&places));
        stamp.rows_become(places.first().map(|index| self.id_at(*index)), |rows| {
            rows.retain(|row| stays.contains(row));
            rows.extend(places.first().map(|index| self.id_at(*index)));
        });
        for index in places.iter().skip(1) {
            stamp.rows_become(Some(self.id_at(*index)), |rows| {
                rows.insert(self.id_at(*index));
            });
        }
        Ok(())
    }

    /// Returns `rows` if all of them are known. `stamp --purge` has to work on a table with unknown rows too; only
    /// targets that count from the rows (`current`, `+1`) fail then.
    fn all_known<'r>(&self, rows: &'r [RevisionId]) -> Option<&'r [RevisionId]> {
        self.unknown_rows(rows).is_empty().then_some(rows)
    }

    fn needs_another(&self, needed: usize, targets: &BTreeSet<usize>) -> TargetError {
        let needing = self.edges.reach([needed], |index| self.edges.needed_by(index));
        let other = targets.iter().copied().find(|other| *other != needed && needing.has(*other)).unwrap_or(needed);
        TargetError::NeedsAnother { needed: self.id_at(needed), needed_by: self.id_at(other) }
    }

    fn stamp_moved(&self, stamp: &mut StampPlan, rows: &[RevisionId], targets: &[&str]) -> Result<(), TargetError> {
        let known = self.known_rows(rows)?;
        let mut applied = Applied::new(&self.edges, &known);
        for text in targets {
            let target = self.parse(text)?;
            let branch = self.branch(&target)?;
            let current = self.ids_at(&applied.rows());
            let places = self.anywhere(text, Some(&current))?;
            // `current` with an empty version table has no places either, but moves nothing.
            if places.is_empty() && leads_below_the_bases(&target) {
                self.move_to_base(&mut applied, branch.as_ref())?;
                stamp.rows_become(None, |rows| *rows = self.ids_at(&applied.rows()).into_iter().collect());
            }
            for place in places {
                self.move_to(&mut applied, place, branch.as_ref())?;
                let now = self.ids_at(&applied.rows());
                stamp.rows_become(Some(self.id_at(place)), |rows| *rows = now.into_iter().collect());
            }
        }
        Ok(())
    }

    fn move_to_base(&self, applied: &mut Applied, branch: Option<&Branch<'_>>) -> Result<(), TargetError> {
        let roots = self.downgrade_roots(&self.destination(None, branch))?;
        applied.revert_with_all_above(&self.edges, &roots);
        Ok(())
    }

    /// Moves up to `place` if it is not applied, otherwise down to it.
    fn move_to(&self, applied: &mut Applied, place: usize, branch: Option<&Branch<'_>>) -> Result<(), TargetError> {
        if applied.is_row(place) {
            return Ok(());
        }
        if !applied.has(place) {
            applied.apply_with_needs(&self.edges, place);
            return Ok(());
        }
        let roots = self.downgrade_roots(&self.destination(Some(place), branch))?;
        applied.revert_with_all_above(&self.edges, &roots);
        Ok(())
    }
}

/// Returns `true` if a target without revisions means `base`. `current` may be empty as well, but then nothing moves.
fn leads_below_the_bases(target: &Target<'_>) -> bool {
    target.symbol == Some(Symbol::Base) || matches!(target.steps, Some(RelativeSteps::Down(_)))
}

/// Plan of stamps under construction.
#[derive(Debug)]
struct StampPlan {
    rows: StampedRows,
    plan: Plan,
}

impl StampPlan {
    fn new(rows: &[RevisionId]) -> Self {
        let rows: StampedRows = rows.iter().cloned().collect();
        let from: Vec<RevisionId> = rows.iter().cloned().collect();
        let plan = Plan { direction: Operation::Stamp, to: from.clone(), from, steps: Vec::new() };
        Self { rows, plan }
    }

    /// Records the difference that `change` makes: one step for the revision, or, without a revision, one for each
    /// deleted row.
    fn rows_become(&mut self, revision: Option<RevisionId>, change: impl FnOnce(&mut StampedRows)) {
        let before = self.rows.clone();
        change(&mut self.rows);
        let delete: Vec<RevisionId> = before.difference(&self.rows).cloned().collect();
        let insert: Vec<RevisionId> = self.rows.difference(&before).cloned().collect();
        match revision {
            _ if delete.is_empty() && insert.is_empty() => {}
            Some(revision) => self.push(revision, RowChange { delete, insert }),
            None => self.push_each(delete, insert),
        }
        self.plan.to = self.rows.iter().cloned().collect();
    }

    /// Inserted rows are part of the step that deletes the last row.
    fn push_each(&mut self, delete: Vec<RevisionId>, mut insert: Vec<RevisionId>) {
        let last = delete.len().saturating_sub(1);
        for (at, row) in delete.into_iter().enumerate() {
            let insert = if at == last { std::mem::take(&mut insert) } else { Vec::new() };
            self.push(row.clone(), RowChange { delete: vec![row], insert });
        }
    }

    fn push(&mut self, revision: RevisionId, change: RowChange) {
        self.plan.steps.push(Step { revision, operation: Operation::Stamp, change });
    }
}
