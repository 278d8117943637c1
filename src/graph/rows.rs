//! The version rows: the maximal applied revisions, those that no other applied revision needs. Keeps them true step
//! by step, each step in the time that its own edges take.
//! Knows positions, edges and ids; must not know targets.

use super::edges::Edges;
use super::marks::Marks;
use super::plan::{Operation, Plan, RowChange, Step};
use super::{Graph, TargetError};
use crate::id::RevisionId;

/// What is applied, and for each revision how many applied ones need it at once.
#[derive(Debug)]
pub(super) struct Applied {
    marks: Marks,
    needed_by: Vec<usize>,
}

/// Rows that go and rows that come.
#[derive(Debug, Default)]
pub(super) struct Change {
    pub(super) delete: Vec<usize>,
    pub(super) insert: Vec<usize>,
}

impl Applied {
    /// What `rows` say is applied.
    pub(super) fn new(edges: &Edges, rows: &[usize]) -> Self {
        let marks = edges.needed_for(rows.iter().copied());
        let mut needed_by = vec![0; edges.len()];
        for index in (0..edges.len()).filter(|index| marks.has(*index)) {
            edges.needs(index).for_each(|need| needed_by[need] += 1);
        }
        Self { marks, needed_by }
    }

    /// Whether the revision is applied.
    pub(super) fn has(&self, index: usize) -> bool {
        self.marks.has(index)
    }

    /// Whether the revision is a row.
    pub(super) fn is_row(&self, index: usize) -> bool {
        self.has(index) && self.needed_by[index] == 0
    }

    /// The rows, in file order.
    pub(super) fn rows(&self) -> Vec<usize> {
        (0..self.needed_by.len()).filter(|index| self.is_row(*index)).collect()
    }

    /// Applies a revision whose needs are applied: its row comes, and its needs' rows go.
    pub(super) fn apply(&mut self, edges: &Edges, index: usize) -> Change {
        let delete = edges.needs(index).filter(|need| self.is_row(*need)).collect();
        self.marks.add(index);
        edges.needs(index).for_each(|need| self.needed_by[need] += 1);
        Change { delete, insert: vec![index] }
    }

    /// Takes back a revision that nothing applied needs: its row goes, and those of its needs come back that nothing
    /// else needs.
    pub(super) fn revert(&mut self, edges: &Edges, index: usize) -> Change {
        self.marks.remove(index);
        edges.needs(index).for_each(|need| self.needed_by[need] = self.needed_by[need].saturating_sub(1));
        let insert = edges.needs(index).filter(|need| self.is_row(*need)).collect();
        Change { delete: vec![index], insert }
    }

    /// What `targets` need that is not applied, themselves among it.
    pub(super) fn missing_for(&self, edges: &Edges, targets: &[usize]) -> Marks {
        let starts = targets.iter().copied().filter(|index| !self.has(*index));
        edges.reach(starts, |index| edges.needs(index).filter(|need| !self.has(*need)))
    }

    /// What is applied of `roots` and of all that needs them.
    pub(super) fn standing_on(&self, edges: &Edges, roots: &[usize]) -> Marks {
        let starts = roots.iter().copied().filter(|index| self.has(*index));
        edges.reach(starts, |index| edges.needed_by(index).filter(|other| self.has(*other)))
    }

    /// Applies a revision with all it needs, in no order. Together, calls take the time of what they apply.
    pub(super) fn apply_with_needs(&mut self, edges: &Edges, target: usize) {
        let mut waiting = vec![target];
        while let Some(index) = waiting.pop() {
            if !self.has(index) {
                self.apply(edges, index);
                waiting.extend(edges.needs(index));
            }
        }
    }

    /// Takes back revisions with all that needs them, in no order.
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
    /// The positions of rows, each once, in file order.
    ///
    /// # Errors
    /// [`TargetError::UnknownRows`] when a row has no revision.
    pub(super) fn known_rows(&self, rows: &[RevisionId]) -> Result<Vec<usize>, TargetError> {
        let unknown = self.unknown_rows(rows);
        if !unknown.is_empty() {
            return Err(TargetError::UnknownRows { rows: unknown });
        }
        Ok(self.rows_that_are_known(rows))
    }

    /// The same, passing over rows that have no revision.
    pub(super) fn rows_that_are_known(&self, rows: &[RevisionId]) -> Vec<usize> {
        let mut known: Vec<usize> = rows.iter().filter_map(|row| self.names.id(row.as_str())).collect();
        known.sort_unstable();
        known.dedup();
        known
    }

    /// Refuses rows of which one needs another.
    pub(super) fn check_overlap(&self, applied: &Applied, rows: &[usize]) -> Result<(), TargetError> {
        let Some(row) = rows.iter().copied().find(|row| !applied.is_row(*row)) else { return Ok(()) };
        let needing = self.edges.reach([row], |index| self.edges.needed_by(index));
        let needed_by = rows.iter().copied().find(|other| *other != row && needing.has(*other)).unwrap_or(row);
        Err(TargetError::OverlappingRows { row: self.id_at(row), needed_by: self.id_at(needed_by) })
    }
}

/// Puts the steps of a plan together.
#[derive(Debug)]
pub(super) struct PlanBuilder<'g> {
    graph: &'g Graph,
    plan: Plan,
    /// Rows that the table holds although another row needs them: they go with the first step.
    surplus: Vec<usize>,
}

impl<'g> PlanBuilder<'g> {
    /// A plan without steps, from `rows`.
    pub(super) fn new(graph: &'g Graph, direction: Operation, rows: &[usize], applied: &Applied) -> Self {
        let from = sorted(graph.ids_at(rows));
        let plan = Plan { direction, to: from.clone(), from, steps: Vec::new() };
        Self { graph, plan, surplus: rows.iter().copied().filter(|row| !applied.is_row(*row)).collect() }
    }

    /// Adds a step.
    pub(super) fn step(&mut self, index: usize, mut change: Change) {
        for row in std::mem::take(&mut self.surplus) {
            match change.insert.iter().position(|inserted| *inserted == row) {
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

    /// The plan, which ends with what is applied now.
    pub(super) fn finish(mut self, applied: &Applied) -> Plan {
        if !self.plan.steps.is_empty() {
            self.plan.to = sorted(self.graph.ids_at(&applied.rows()));
        }
        self.plan
    }
}

/// Ids in order, each once.
pub(super) fn sorted(mut ids: Vec<RevisionId>) -> Vec<RevisionId> {
    ids.sort_unstable();
    ids.dedup();
    ids
}
