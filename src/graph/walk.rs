//! Relative steps: `+N` along children, `-N` along down revisions, and the row that they count from.

use super::marks::Marks;
use super::resolve::Branch;
use super::target::{Symbol, Target};
use super::{Graph, TargetError};

impl Graph {
    /// Row that `+N` counts from: the only row; or, with a branch, the only row in its lineage, or else the newest
    /// applied revision there. `None` if there is none, so that the steps start before the bases.
    pub(super) fn row_to_rise_from(
        &self,
        target: &Target<'_>,
        branch: Option<&Branch<'_>>,
        rows: &[usize],
    ) -> Result<Option<usize>, TargetError> {
        let starts = match branch {
            None => rows.to_vec(),
            Some(branch) => {
                let found = rows_within(rows, &branch.lineage);
                if found.is_empty() { self.newest_applied_within(rows, &branch.lineage) } else { found }
            }
        };
        self.only_row(target, &starts)
    }

    /// Row that `-N` counts from: the only row; or, with a branch, the only row in its lineage, or else the applied
    /// revision there that has no applied child. `None` if nothing is applied.
    pub(super) fn row_to_sink_from(
        &self,
        target: &Target<'_>,
        branch: Option<&Branch<'_>>,
        rows: &[usize],
    ) -> Result<Option<usize>, TargetError> {
        let Some(branch) = branch else { return self.only_row(target, rows) };
        let mut starts = rows_within(rows, &branch.lineage);
        if starts.is_empty() {
            starts = self.applied_without_children(rows);
            starts.retain(|index| branch.lineage.has(*index));
        }
        if starts.is_empty() {
            return Err(TargetError::NoRowInLineage { branch: branch.name.to_owned(), rows: self.ids_at(rows) });
        }
        self.only_row(target, &starts)
    }

    fn only_row(&self, target: &Target<'_>, rows: &[usize]) -> Result<Option<usize>, TargetError> {
        match rows {
            [] | [_] => Ok(rows.first().copied()),
            _ => Err(self.several_rows(target, rows)),
        }
    }

    /// Applied revisions of a lineage that no other applied revision of it needs.
    fn newest_applied_within(&self, rows: &[usize], lineage: &Marks) -> Vec<usize> {
        let applied = self.edges.needed_for(rows.iter().copied());
        let within = |index: &usize| applied.has(*index) && lineage.has(*index);
        let newest = |index: &usize| !self.edges.needed_by(*index).any(|other| within(&other));
        (0..self.len()).filter(within).filter(newest).collect()
    }

    fn applied_without_children(&self, rows: &[usize]) -> Vec<usize> {
        let applied = self.edges.needed_for(rows.iter().copied());
        let is_tip =
            |index: &usize| applied.has(*index) && !self.edges.children(*index).any(|child| applied.has(child));
        (0..self.len()).filter(is_tip).collect()
    }

    /// Takes exactly `count` steps to children; with a branch, only within its lineage. `None` as start is before the
    /// bases.
    pub(super) fn walk_up(
        &self,
        target: &Target<'_>,
        start: Option<usize>,
        count: usize,
        branch: Option<&Branch<'_>>,
    ) -> Result<Option<usize>, TargetError> {
        match self.rise(target, start, count, branch)? {
            (end, taken) if taken == count => Ok(end),
            (_, taken) => Err(self.out_of_range(target, start, count, taken)),
        }
    }

    /// Takes up to `count` steps to children and stops at a head. Returns the end and the number of steps taken.
    pub(super) fn rise(
        &self,
        target: &Target<'_>,
        start: Option<usize>,
        count: usize,
        branch: Option<&Branch<'_>>,
    ) -> Result<(Option<usize>, usize), TargetError> {
        let mut at = start;
        for taken in 0..count {
            let mut next = match at {
                Some(index) => self.edges.children_in_order(index),
                None => self.base_indexes().collect(),
            };
            next.retain(|index| branch.is_none_or(|branch| branch.lineage.has(*index)));
            match next.as_slice() {
                [] => return Ok((at, taken)),
                [only] => at = Some(*only),
                _ => return Err(self.fork(target, start, at, &next)),
            }
        }
        Ok((at, count))
    }

    /// Takes exactly `count` steps to parents; the step down from a base leads to `None`.
    pub(super) fn walk_down(
        &self,
        target: &Target<'_>,
        start: Option<usize>,
        count: usize,
    ) -> Result<Option<usize>, TargetError> {
        match self.sink(target, start, count)? {
            (end, taken) if taken == count => Ok(end),
            (_, taken) => Err(self.out_of_range(target, start, count, taken)),
        }
    }

    /// Takes up to `count` steps to parents and stops before the bases. Returns the end and the number of steps taken.
    pub(super) fn sink(
        &self,
        target: &Target<'_>,
        start: Option<usize>,
        count: usize,
    ) -> Result<(Option<usize>, usize), TargetError> {
        let mut at = start;
        for taken in 0..count {
            let Some(index) = at else { return Ok((None, taken)) };
            let mut parents = self.edges.parents(index);
            at = parents.next();
            if parents.next().is_some() {
                return Err(self.merge_point(target, index));
            }
        }
        Ok((at, count))
    }

    pub(super) fn out_of_range(
        &self,
        target: &Target<'_>,
        from: Option<usize>,
        asked: usize,
        possible: usize,
    ) -> TargetError {
        TargetError::RelativeOutOfRange {
            target: target.text.to_owned(),
            from: from.map(|index| self.id_at(index)),
            asked,
            possible,
        }
    }

    fn merge_point(&self, target: &Target<'_>, index: usize) -> TargetError {
        let parents = self.nodes[index].down_revisions.clone();
        TargetError::MergePointOnTheWay { target: target.text.to_owned(), at: self.id_at(index), parents }
    }

    fn fork(&self, target: &Target<'_>, start: Option<usize>, at: Option<usize>, choices: &[usize]) -> TargetError {
        TargetError::Fork {
            target: target.text.to_owned(),
            at: at.map(|index| self.id_at(index)),
            choices: self.ids_at(choices),
            ways: self.ways(&self.rest(target, start), choices),
        }
    }

    /// Error for a relative target with several rows to count from.
    pub(super) fn several_rows(&self, target: &Target<'_>, rows: &[usize]) -> TargetError {
        let ways = self.ways(target.without_branch(), rows);
        TargetError::SeveralRows { target: target.text.to_owned(), rows: self.ids_at(rows), ways }
    }

    /// Text after the branch, with an abbreviated id written out: in another branch the same prefix may match another
    /// revision.
    fn rest(&self, target: &Target<'_>, start: Option<usize>) -> String {
        match (target.symbol, start, target.steps) {
            (Some(Symbol::Name(_)), Some(start), Some(steps)) => format!("{}{steps}", self.nodes[start].id),
            _ => target.without_branch().to_owned(),
        }
    }

    /// Unambiguous targets to suggest, one per choice: prefixed with a label that covers only that choice, or else with
    /// its id.
    fn ways(&self, rest: &str, choices: &[usize]) -> Vec<String> {
        let labels: Vec<Vec<String>> = choices.iter().map(|index| self.labels_at(*index)).collect();
        let mut seen = std::collections::BTreeMap::<&str, usize>::new();
        for label in labels.iter().flatten() {
            *seen.entry(label).or_default() += 1;
        }
        let name = |(index, labels): (&usize, &Vec<String>)| {
            let own = labels.iter().find(|label| seen.get(label.as_str()) == Some(&1));
            own.cloned().unwrap_or_else(|| self.nodes[*index].id.to_string())
        };
        choices.iter().zip(&labels).map(|choice| format!("{}@{rest}", name(choice))).collect()
    }
}

fn rows_within(rows: &[usize], lineage: &Marks) -> Vec<usize> {
    rows.iter().copied().filter(|index| lineage.has(*index)).collect()
}
