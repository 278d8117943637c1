//! Resolves the parts of a target against the graph and, where they are given, the version rows.

use super::error::Malformation;
use super::marks::Marks;
use super::target::{RelativeSteps, Symbol, Target};
use super::{Graph, TargetError};
use crate::id::RevisionId;

/// Branch `X` of a target `X@...`.
#[derive(Debug)]
pub(super) struct Branch<'t> {
    /// Text of X, for messages.
    pub(super) name: &'t str,
    /// Revision that X resolves to.
    pub(super) root: usize,
    /// The root with its ancestors and descendants by down revision.
    pub(super) lineage: Marks,
}

impl Graph {
    pub(super) fn parse<'t>(&self, text: &'t str) -> Result<Target<'t>, TargetError> {
        Target::parse(text, |name| self.names.exact(name).is_some()).map_err(|reason| malformed(text, reason))
    }

    /// Resolves the branch of a target; `None` if it names none.
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

    /// Finds a revision by exact id or label, or by an unambiguous prefix. With a branch, the result must be in its
    /// lineage.
    pub(super) fn find(&self, name: &str, branch: Option<&Branch<'_>>) -> Result<usize, TargetError> {
        if let Some(index) = self.names.exact(name) {
            return match branch {
                Some(branch) if !branch.lineage.has(index) => Err(self.not_in_lineage(index, branch)),
                _ => Ok(index),
            };
        }
        let mut found = self.names.beginning_with(name);
        // Remembered before the branch filter, to tell "not in this branch" from "does not exist".
        let outside = found.first().map(|(_, index)| *index);
        found.retain(|(_, index)| branch.is_none_or(|branch| branch.lineage.has(*index)));
        match (found.as_slice(), outside, branch) {
            ([], Some(index), Some(branch)) => Err(self.not_in_lineage(index, branch)),
            ([], ..) => Err(TargetError::NotFound { symbol: name.to_owned(), nearest: self.names.nearest(name) }),
            // An id and a label of the same revision are not ambiguous.
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

    /// Resolves a symbol to revisions; empty for `base`.
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
            // A head that another revision depends on needs no target of its own: it is upgraded as a prerequisite.
            // Within a branch it counts, because the revision that depends on it may be outside.
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

    /// Resolves a symbol to one revision; `None` for `base`.
    pub(super) fn resolve_symbol(
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

    /// Resolves a target that has no direction (`show`, `merge`, `stamp`, the ends of ranges). Bare steps count from
    /// the version rows.
    pub(super) fn anywhere(&self, text: &str, rows: Option<&[RevisionId]>) -> Result<Vec<usize>, TargetError> {
        let target = self.parse(text)?;
        let branch = self.branch(&target)?;
        let rows = rows.map(|rows| self.known_rows(rows)).transpose()?;
        let (symbol, steps) = match (target.symbol, target.steps) {
            (Some(symbol), None) => return self.places(&target, symbol, branch.as_ref(), rows.as_deref()),
            (symbol, steps) => (symbol, steps.unwrap_or(RelativeSteps::Up(0))),
        };
        let start = match (symbol, rows.as_deref(), steps) {
            (Some(symbol), rows, _) => self.resolve_symbol(&target, symbol, branch.as_ref(), rows)?,
            (None, None, _) => return Err(TargetError::RowsNotKnown { target: text.to_owned() }),
            (None, Some(rows), RelativeSteps::Up(_)) => self.row_to_rise_from(&target, branch.as_ref(), rows)?,
            (None, Some(rows), RelativeSteps::Down(_)) => self.row_to_sink_from(&target, branch.as_ref(), rows)?,
        };
        let end = match steps {
            RelativeSteps::Up(count) => self.walk_up(&target, start, count, branch.as_ref())?,
            RelativeSteps::Down(count) => self.walk_down(&target, start, count)?,
        };
        Ok(end.into_iter().collect())
    }

    /// Bases in the lineage of a branch, or all bases.
    pub(super) fn bases_within(&self, branch: Option<&Branch<'_>>) -> Vec<usize> {
        let within = |index: &usize| branch.is_none_or(|branch| branch.lineage.has(*index));
        self.base_indexes().filter(within).collect()
    }
}

pub(super) fn malformed(text: &str, reason: Malformation) -> TargetError {
    TargetError::Malformed { target: text.to_owned(), reason }
}
