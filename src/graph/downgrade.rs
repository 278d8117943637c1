//! Downgrades: the applied descendants of a target and everything applied that needs them, in reverse topological
//! order. SQL and execution are out of scope.

use super::marks::Marks;
use super::plan::{Operation, Plan};
use super::resolve::Branch;
use super::rows::{Applied, PlanBuilder};
use super::target::{RelativeSteps, Symbol, Target};
use super::{Graph, TargetError};
use crate::id::RevisionId;

/// End of a downgrade, with the branch that it follows.
#[derive(Debug)]
pub(super) struct Destination<'t> {
    /// Revision that stays applied; `None` for `base`.
    pub(super) end: Option<usize>,
    /// If several revisions follow `end`, only those on this path are downgraded.
    line: Option<Lineage<'t>>,
}

/// A revision with its ancestors by down revision.
#[derive(Debug)]
struct Lineage<'t> {
    name: &'t str,
    marks: Marks,
}

impl Graph {
    /// Plan of `downgrade TARGET` from the version rows.
    ///
    /// # Errors
    /// [`TargetError`] if a row or the target cannot be resolved, the target is ambiguous, or nothing applied comes
    /// after it.
    pub fn plan_downgrade(&self, rows: &[RevisionId], target: &str) -> Result<Plan, TargetError> {
        let rows = self.known_rows(rows)?;
        let mut applied = Applied::new(&self.edges, &rows);
        let destination = self.downgrade_destination(&rows, target)?;
        let roots = self.downgrade_roots(&destination)?;
        let dropped = applied.standing_on(&self.edges, &roots);
        self.check_reached(&destination, &rows, &applied, roots.iter().any(|root| applied.has(*root)))?;
        let mut plan = PlanBuilder::new(self, Operation::Downgrade, &rows, &applied);
        for index in self.order.iter().rev().copied().filter(|index| dropped.has(*index)) {
            let change = applied.revert(&self.edges, index);
            plan.step(index, change);
        }
        Ok(plan.finish(&applied))
    }

    /// Rejects a destination that no applied revision follows. A current row is accepted: the downgrade is a no-op
    /// then.
    fn check_reached(
        &self,
        destination: &Destination<'_>,
        rows: &[usize],
        applied: &Applied,
        drops: bool,
    ) -> Result<(), TargetError> {
        match destination.end {
            Some(index) if !drops && !rows.contains(&index) => Err(TargetError::NothingToDowngrade {
                revision: self.id_at(index),
                applied: applied.has(index),
                rows: self.ids_at(rows),
            }),
            _ => Ok(()),
        }
    }

    fn downgrade_destination<'t>(&self, rows: &[usize], text: &'t str) -> Result<Destination<'t>, TargetError> {
        let target = self.parse(text)?;
        let branch = self.branch(&target)?;
        match (target.symbol, target.steps) {
            (None, Some(RelativeSteps::Down(count))) => self.steps_down_from_row(&target, branch.as_ref(), rows, count),
            (None, _) => Err(TargetError::WrongDirection { target: text.to_owned(), direction: Operation::Downgrade }),
            (Some(symbol), steps) => self.symbol_to_sink_to(&target, symbol, steps, branch.as_ref(), rows),
        }
    }

    fn steps_down_from_row<'t>(
        &self,
        target: &Target<'t>,
        branch: Option<&Branch<'t>>,
        rows: &[usize],
        count: usize,
    ) -> Result<Destination<'t>, TargetError> {
        let start = self.row_to_sink_from(target, branch, rows)?;
        let end = self.walk_down(target, start, count)?;
        let line = match branch {
            Some(branch) => Some(self.line_of(branch)),
            None => start.map(|row| Lineage { name: target.text, marks: self.edges.ancestors([row]) }),
        };
        Ok(Destination { end, line })
    }

    /// Follows Alembic: in `X@T`, the branch selects the path to downgrade and does not restrict T. T is resolved in
    /// the whole graph, and `X@head` is the only head of the graph. The branch is used to resolve T only if T is an
    /// ambiguous prefix.
    fn symbol_to_sink_to<'t>(
        &self,
        target: &Target<'t>,
        symbol: Symbol<'t>,
        steps: Option<RelativeSteps>,
        branch: Option<&Branch<'t>>,
        rows: &[usize],
    ) -> Result<Destination<'t>, TargetError> {
        let place = |branch| self.resolve_symbol(target, symbol, branch, Some(rows));
        let end = match steps {
            None => place(None).or_else(|error| match error {
                TargetError::Ambiguous { .. } => place(branch),
                other => Err(other),
            })?,
            Some(RelativeSteps::Up(count)) => self.walk_up(target, place(branch)?, count, branch)?,
            Some(RelativeSteps::Down(count)) => self.walk_down(target, place(branch)?, count)?,
        };
        Ok(Destination { end, line: branch.map(|branch| self.line_of(branch)) })
    }

    fn line_of<'t>(&self, branch: &Branch<'t>) -> Lineage<'t> {
        Lineage { name: branch.name, marks: self.edges.ancestors([branch.root]) }
    }

    /// Direct successors of the destination: they are downgraded together with everything that needs them. If there are
    /// several and the destination has a path, only those on it.
    pub(super) fn downgrade_roots(&self, destination: &Destination<'_>) -> Result<Vec<usize>, TargetError> {
        let roots = match destination.end {
            Some(index) => self.edges.children_in_order(index),
            None => self.base_indexes().collect(),
        };
        let Some(line) = destination.line.as_ref().filter(|_| roots.len() > 1) else { return Ok(roots) };
        let on_line: Vec<usize> = roots.iter().copied().filter(|root| line.marks.has(*root)).collect();
        if on_line.is_empty() {
            return Err(TargetError::NotOnTheLine {
                branch: line.name.to_owned(),
                after: destination.end.map(|index| self.id_at(index)),
                lines: self.ids_at(&roots),
            });
        }
        Ok(on_line)
    }

    /// Destination of a downgrade to `end`, following the branch of the target.
    pub(super) fn destination<'t>(&self, end: Option<usize>, branch: Option<&Branch<'t>>) -> Destination<'t> {
        Destination { end, line: branch.map(|branch| self.line_of(branch)) }
    }
}
