//! What the parts of a target mean in this graph: names, branches, `head`, `base` and their like.
//! Knows the graph and, where they are given, the version rows; must not know what is done with the answer.

use super::error::Malformation;
use super::marks::Marks;
use super::target::{Steps, Symbol, Target};
use super::{Graph, TargetError};
use crate::id::RevisionId;

/// The `X` of `X@...`.
#[derive(Debug)]
pub(super) struct Branch<'t> {
    /// As it was written.
    pub(super) name: &'t str,
    /// The revision that it names.
    pub(super) root: usize,
    /// Its ancestors and descendants by down revision, itself among them.
    pub(super) lineage: Marks,
}

impl Graph {
    /// Takes the text of a target apart.
    pub(super) fn parse<'t>(&self, text: &'t str) -> Result<Target<'t>, TargetError> {
        Target::parse(text, |name| self.names.exact(name).is_some()).map_err(|reason| malformed(text, reason))
    }

    /// The branch that a target names.
    pub(super) fn branch<'t>(&self, target: &Target<'t>) -> Result<Option<Branch<'t>>, TargetError> {
        let Some(name) = target.branch else { return Ok(None) };
        let root = self.find(name, None)?;
        Ok(Some(Branch { name, root, lineage: self.lineage(root) }))
    }

    fn lineage(&self, root: usize) -> Marks {
        let mut lineage = self.edges.ancestors([root]);
        let descendants = self.edges.descendants([root]);
        (0..self.len()).filter(|index| descendants.has(*index)).for_each(|index| {
            lineage.add(index);
        });
        lineage
    }

    /// The revision with this id or label, else the one that has an id or label that begins so; within a branch only
    /// there.
    pub(super) fn find(&self, name: &str, branch: Option<&Branch<'_>>) -> Result<usize, TargetError> {
        if let Some(index) = self.names.exact(name) {
            return match branch {
                Some(branch) if !branch.lineage.has(index) => Err(self.not_in_lineage(index, branch)),
                _ => Ok(index),
            };
        }
        let mut found = self.names.beginning_with(name);
        let outside = found.first().map(|(_, index)| *index);
        found.retain(|(_, index)| branch.is_none_or(|branch| branch.lineage.has(*index)));
        match (found.as_slice(), outside, branch) {
            ([], Some(index), Some(branch)) => Err(self.not_in_lineage(index, branch)),
            ([], ..) => Err(TargetError::NotFound { symbol: name.to_owned(), nearest: self.names.nearest(name) }),
            // Two names of one revision are no doubt about which revision is meant.
            ([(_, index), rest @ ..], ..) if rest.iter().all(|(_, other)| other == index) => Ok(*index),
            _ => Err(TargetError::Ambiguous {
                symbol: name.to_owned(),
                candidates: found.iter().map(|(name, _)| (*name).to_owned()).collect(),
            }),
        }
    }

    fn not_in_lineage(&self, index: usize, branch: &Branch<'_>) -> TargetError {
        TargetError::NotInLineage { revision: self.id_at(index), branch: branch.name.to_owned() }
    }

    /// The revisions that a symbol names, none for the place before the bases.
    pub(super) fn places(
        &self,
        target: &Target<'_>,
        symbol: Symbol<'_>,
        branch: Option<&Branch<'_>>,
        rows: Option<&[usize]>,
    ) -> Result<Vec<usize>, TargetError> {
        let within = |index: &usize| branch.is_none_or(|branch| branch.lineage.has(*index));
        match symbol {
            Symbol::Base => Ok(Vec::new()),
            Symbol::Name(name) => Ok(vec![self.find(name, branch)?]),
            Symbol::Head => self.only_head(self.head_indexes().filter(within).collect(), branch),
            Symbol::Heads if branch.is_none() => Ok(self.effective_head_indexes().collect()),
            Symbol::Heads => Ok(self.head_indexes().filter(within).collect()),
            Symbol::Current => {
                let rows = rows.ok_or_else(|| TargetError::RowsNotKnown { target: target.text.to_owned() })?;
                Ok(rows.iter().copied().filter(within).collect())
            }
        }
    }

    fn only_head(&self, heads: Vec<usize>, branch: Option<&Branch<'_>>) -> Result<Vec<usize>, TargetError> {
        match heads.len() {
            0 | 1 => Ok(heads),
            _ => Err(self.multiple_heads(&heads, branch)),
        }
    }

    fn multiple_heads(&self, heads: &[usize], branch: Option<&Branch<'_>>) -> TargetError {
        TargetError::MultipleHeads { heads: self.ids_at(heads), branch: branch.map(|branch| branch.name.to_owned()) }
    }

    /// The one place that a symbol names; `None` is before the bases.
    pub(super) fn place(
        &self,
        target: &Target<'_>,
        symbol: Symbol<'_>,
        branch: Option<&Branch<'_>>,
        rows: Option<&[usize]>,
    ) -> Result<Option<usize>, TargetError> {
        let places = self.places(target, symbol, branch, rows)?;
        match (places.as_slice(), symbol) {
            ([] | [_], _) => Ok(places.first().copied()),
            (_, Symbol::Current) => Err(self.several_rows(target, &places)),
            _ => Err(self.multiple_heads(&places, branch)),
        }
    }

    /// The place that a target without a direction names (`show`, `merge`, `stamp`, the ends of ranges): bare steps
    /// count from the rows.
    pub(super) fn anywhere(&self, text: &str, rows: Option<&[RevisionId]>) -> Result<Vec<usize>, TargetError> {
        let target = self.parse(text)?;
        let branch = self.branch(&target)?;
        let rows = rows.map(|rows| self.known_rows(rows)).transpose()?;
        let (symbol, steps) = match (target.symbol, target.steps) {
            (Some(symbol), None) => return self.places(&target, symbol, branch.as_ref(), rows.as_deref()),
            (symbol, steps) => (symbol, steps.unwrap_or(Steps::Up(0))),
        };
        let start = match (symbol, rows.as_deref(), steps) {
            (Some(symbol), rows, _) => self.place(&target, symbol, branch.as_ref(), rows)?,
            (None, None, _) => return Err(TargetError::RowsNotKnown { target: text.to_owned() }),
            (None, Some(rows), Steps::Up(_)) => self.row_to_rise_from(&target, branch.as_ref(), rows)?,
            (None, Some(rows), Steps::Down(_)) => self.row_to_sink_from(&target, branch.as_ref(), rows)?,
        };
        let end = match steps {
            Steps::Up(count) => self.walk_up(&target, start, count, branch.as_ref())?,
            Steps::Down(count) => self.walk_down(&target, start, count)?,
        };
        Ok(end.into_iter().collect())
    }

    /// The bases in a branch, or all.
    pub(super) fn bases_within(&self, branch: Option<&Branch<'_>>) -> Vec<usize> {
        let within = |index: &usize| branch.is_none_or(|branch| branch.lineage.has(*index));
        self.base_indexes().filter(within).collect()
    }
}

/// The error for a text that is no target.
pub(super) fn malformed(text: &str, reason: Malformation) -> TargetError {
    TargetError::Malformed { target: text.to_owned(), reason }
}
