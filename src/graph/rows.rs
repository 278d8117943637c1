//! Version rows: the maximal applied revisions, which no other applied revision needs. Updated incrementally: a step
//! costs time proportional to the number of its own edges. Targets are out of scope.

use super::edges::Edges;
use super::marks::Marks;
use super::plan::{Operation, Plan, RowChange, Step};
use super::{Graph, TargetError};
use crate::id::RevisionId;

/// Applied revisions, with a count of the applied revisions that directly need each of them. A row is an applied
/// revision whose count is 0.
#[derive(Debug)]
pub(super) struct Applied {
    marks: Marks,
    needed_by: Vec<usize>,
}

/// Rows to delete and to insert, as positions.
#[derive(Debug, Default)]
pub(super) struct RowIndices {
    pub(super) delete: Vec<usize>,
    pub(super) insert: Vec<usize>,
}

impl Applied {
    /// Computes the applied revisions from the version rows.
    pub(super) fn new(edges: &Edges, rows: &[usize]) -> Self {
        let marks = edges.needed_for(rows.iter().copied());
        let mut needed_by = vec![0; edges.len()];
        for index in (0..edges.len()).filter(|index| marks.has(*index)) {
            edges.needs(index).for_each(|need| needed_by[need] += 1);
        }
        Self { marks, needed_by }
    }

    /// Returns `true` if the revision is applied.
    pub(super) fn has(&self, index: usize) -> bool {
        self.marks.has(index)
    }

    /// Returns `true` if the revision is a version row.
    pub(super) fn is_row(&self, index: usize) -> bool {
        self.has(index) && self.needed_by[index] == 0
    }

    /// Version rows, in file order.
    pub(super) fn rows(&self) -> Vec<usize> {
        (0..self.needed_by.len()).filter(|index| self.is_row(*index)).collect()
    }

    /// Applies a revision whose prerequisites are applied: its row replaces theirs.
    pub(super) fn apply(&mut self, edges: &Edges, index: usize) -> RowIndices {
        let delete = edges.needs(index).filter(|need| self.is_row(*need)).collect();
        self.marks.add(index);
        edges.needs(index).for_each(|need| self.needed_by[need] += 1);
        RowIndices { delete, insert: vec![index] }
    }

    /// Reverts a revision that no applied revision needs: its row is deleted, and prerequisites that nothing else needs
    /// become rows again.
    pub(super) fn revert(&mut self, edges: &Edges, index: usize) -> RowIndices {
        self.marks.remove(index);
        edges.needs(index).for_each(|need| self.needed_by[need] = self.needed_by[need].saturating_sub(1));
        let insert = edges.needs(index).filter(|need| self.is_row(*need)).collect();
        RowIndices { delete: vec![index], insert }
    }

    /// `targets` and their prerequisites, as far as they are not applied.
    pub(super) fn missing_for(&self, edges: &Edges, targets: &[usize]) -> Marks {
        let starts = targets.iter().copied().filter(|index| !self.has(*index));
        edges.reach(starts, |index| edges.needs(index).filter(|need| !self.has(*need)))
    }

    /// `roots` and everything that needs them, as far as they are applied.
    pub(super) fn standing_on(&self, edges: &Edges, roots: &[usize]) -> Marks {
        let starts = roots.iter().copied().filter(|index| self.has(*index));
        edges.reach(starts, |index| edges.needed_by(index).filter(|other| self.has(*other)))
    }

    /// Applies a revision with all its missing prerequisites, in no particular order (for stamps). Each revision is
    /// applied once, however many calls are made.
    pub(super) fn apply_with_needs(&mut self, edges: &Edges, target: usize) {
        let mut waiting = vec![target];
        while let Some(index) = waiting.pop() {
            if !self.has(index) {
                self.apply(edges, index);
                waiting.extend(edges.needs(index));
            }
        }
    }

    /// Reverts revisions with everything that needs them, in no particular order (for stamps).
    pub(super) fn revert_with_all_above(&mut self, edges: &Edges, roots: &[usize]) {
        let mut waiting = roots.to_vec();
        while let Some(index) = waiting.pop() {
            if self.has(index) {
                self.revert(edges, index);
                waiting.extend(edges.needed_by(index));
            }
        }
    }
}

impl Graph {
    /// Positions of version rows, without duplicates, in file order.
    ///
    /// # Errors
    /// [`TargetError::UnknownRows`] if a row matches no revision.
    pub(super) fn known_rows(&self, rows: &[RevisionId]) -> Result<Vec<usize>, TargetError> {
        let unknown = self.unknown_rows(rows);
        if !unknown.is_empty() {
            return Err(TargetError::UnknownRows { rows: unknown });
        }
        Ok(self.rows_that_are_known(rows))
    }

    /// Positions of version rows, without duplicates, in file order. Unknown rows are ignored.
    pub(super) fn rows_that_are_known(&self, rows: &[RevisionId]) -> Vec<usize> {
        let mut known: Vec<usize> = rows.iter().filter_map(|row| self.names.id(row.as_str())).collect();
        known.sort_unstable();
        known.dedup();
        known
    }

    /// Rejects version rows of which one is a prerequisite of another: no run leaves such rows behind.
    pub(super) fn check_overlap(&self, applied: &Applied, rows: &[usize]) -> Result<(), TargetError> {
        let Some(row) = rows.iter().copied().find(|row| !applied.is_row(*row)) else { return Ok(()) };
        let needing = self.edges.reach([row], |index| self.edges.needed_by(index));
        let needed_by = rows.iter().copied().find(|other| *other != row && needing.has(*other)).unwrap_or(row);
        Err(TargetError::OverlappingRows { row: self.id_at(row), needed_by: self.id_at(needed_by) })
    }
}

/// Builds the steps of a plan.
#[derive(Debug)]
pub(super) struct PlanBuilder<'g> {
    graph: &'g Graph,
    plan: Plan,
    /// Rows of the table that another row needs, which no run leaves behind. They are deleted with the first step.
    surplus: Vec<usize>,
}

impl<'g> PlanBuilder<'g> {
    /// Returns a plan without steps that starts from `rows`.
    pub(super) fn new(graph: &'g Graph, direction: Operation, rows: &[usize], applied: &Applied) -> Self {
        let from = sorted(graph.ids_at(rows));
        let plan = Plan { direction, to: from.clone(), from, steps: Vec::new() };
        Self { graph, plan, surplus: rows.iter().copied().filter(|row| !applied.is_row(*row)).collect() }
    }

    /// Makes room for exactly `steps` more steps.
    pub(super) fn reserve(&mut self, steps: usize) {
        self.plan.steps.reserve_exact(steps);
    }

    pub(super) fn step(&mut self, index: usize, mut change: RowIndices) {
        for row in std::mem::take(&mut self.surplus) {
            match change.insert.iter().position(|inserted| *inserted == row) {
                // The row is in the table already: inserting it once more would violate the primary key.
                Some(at) => {
                    change.insert.remove(at);
                }
                None => change.delete.push(row),
            }
        }
        let change = RowChange {
            delete: sorted(self.graph.ids_at(&change.delete)),
            insert: sorted(self.graph.ids_at(&change.insert)),
        };
        self.plan.steps.push(Step { revision: self.graph.id_at(index), operation: self.plan.direction, change });
    }

    /// Returns the plan, which ends with the rows of `applied`.
    pub(super) fn finish(mut self, applied: &Applied) -> Plan {
        if !self.plan.steps.is_empty() {
            self.plan.to = sorted(self.graph.ids_at(&applied.rows()));
        }
        self.plan
    }
}

/// Sorts ids and removes duplicates.
pub(super) fn sorted(mut ids: Vec<RevisionId>) -> Vec<RevisionId> {
    ids.sort_unstable();
    ids.dedup();
    ids
}
