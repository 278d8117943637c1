//! Ranges `A:B`, as used by `history` and by `--sql` scripts. The output format is out of scope.

use super::error::Malformation;
use super::resolve::malformed;
use super::target::{RelativeSteps, Symbol, Target};
use super::{Graph, TargetError};
use crate::id::RevisionId;

/// Range `A:B` of a script: the version rows it starts from and the target it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptRange {
    /// Version rows that A stands for (empty for `base`); `None` if only a target was given.
    pub from: Option<Vec<RevisionId>>,
    /// B, not yet resolved.
    pub target: String,
}

impl Graph {
    /// Revisions of a range `A:B`, `A:` or `:B`, both ends included, newest first: prerequisites of B that are not
    /// prerequisites of A, restricted to descendants of A by down revision. `-N` as A counts down from B, `+N` as B
    /// counts up from A; both stop at the end of the history instead of failing. `rows` are needed for `current`.
    ///
    /// # Errors
    /// [`TargetError`] if an end cannot be resolved, or B does not come after A.
    pub fn range(&self, spec: &str, rows: Option<&[RevisionId]>) -> Result<Vec<RevisionId>, TargetError> {
        let (left, right) = split(spec)?.ok_or_else(|| malformed(spec, Malformation::NoRange))?;
        let (from, mut to) = self.range_ends(spec, left, right, rows)?;
        if right.is_empty() {
            // Without an end, a range reaches beyond the heads to what only a journal knows.
            to.extend(self.files..self.len());
        }
        let required = self.edges.needed_for(to.iter().copied());
        if let Some(stranger) = from.iter().find(|index| !required.has(**index)) {
            let to = if right.is_empty() { "heads" } else { right }.to_owned();
            return Err(TargetError::NotARangeOfOneLine { from: self.id_at(*stranger), to });
        }
        let before = self.edges.needed_for(from.iter().copied());
        let after = self.edges.descendants(from.iter().copied());
        // `before` contains the ends of A themselves, which are part of the range.
        let inside = |index: &usize| {
            let reached = from.is_empty() || after.has(*index);
            required.has(*index) && reached && (!before.has(*index) || from.contains(index))
        };
        Ok(self.order.iter().rev().copied().filter(inside).map(|index| self.id_at(index)).collect())
    }

    /// Both ends as positions. An empty left end means `base`.
    fn range_ends(
        &self,
        spec: &str,
        left: &str,
        right: &str,
        rows: Option<&[RevisionId]>,
    ) -> Result<(Vec<usize>, Vec<usize>), TargetError> {
        let left = self.parse(if left.is_empty() { "base" } else { left })?;
        let right = self.parse(if right.is_empty() { "heads" } else { right })?;
        match (left.symbol, left.steps, right.symbol, right.steps) {
            (None, _, None, _) => Err(malformed(spec, Malformation::BothEndsRelative)),
            (None, Some(RelativeSteps::Up(_)), ..) => Err(malformed(left.text, Malformation::Character('+'))),
            (.., None, Some(RelativeSteps::Down(_))) => Err(malformed(right.text, Malformation::Character('-'))),
            // `-2:B`: A is counted down from B.
            (None, Some(RelativeSteps::Down(count)), ..) => {
                let to = self.range_end(&right, rows)?;
                Ok((self.down_from(&left, &to, count)?, to))
            }
            // `A:+2`: B is counted up from A.
            (.., None, Some(RelativeSteps::Up(count))) => {
                let from = self.range_start(&left, rows)?;
                let to = self.up_from(&right, &from, count)?;
                Ok((from, to))
            }
            _ => {
                let from = self.range_start(&left, rows)?;
                let to = self.range_end(&right, rows)?;
                Ok((from.clone(), if right.branch.is_none() { self.only_after(&left, &from, to)? } else { to }))
            }
        }
    }

    /// Restricts an implicit set of heads (`X@base:`) to those of branch X. Other ranges are returned unchanged.
    fn only_after(&self, left: &Target<'_>, from: &[usize], to: Vec<usize>) -> Result<Vec<usize>, TargetError> {
        if !(left.branch.is_some() && left.symbol == Some(Symbol::Base) && to.len() > 1) {
            return Ok(to);
        }
        let after = self.edges.descendants(from.iter().copied());
        let lineage = self.branch(left)?;
        let counts = |index: &usize| after.has(*index) && lineage.as_ref().is_none_or(|one| one.lineage.has(*index));
        Ok(to.into_iter().filter(counts).collect())
    }

    /// Resolves the left end. Unlike everywhere else, `X@base` is the first revision of that branch here, not the state
    /// before it.
    fn range_start(&self, target: &Target<'_>, rows: Option<&[RevisionId]>) -> Result<Vec<usize>, TargetError> {
        let branch = self.branch(target)?;
        if branch.is_some() && target.symbol == Some(Symbol::Base) && target.steps.is_none() {
            return Ok(self.bases_within(branch.as_ref()));
        }
        self.anywhere(target.text, rows)
    }

    fn range_end(&self, target: &Target<'_>, rows: Option<&[RevisionId]>) -> Result<Vec<usize>, TargetError> {
        self.anywhere(target.text, rows)
    }

    fn down_from(&self, left: &Target<'_>, to: &[usize], count: usize) -> Result<Vec<usize>, TargetError> {
        let branch = self.branch(left)?;
        let start = self.row_to_sink_from(left, branch.as_ref(), to)?;
        let (end, _) = self.sink(left, start, count)?;
        Ok(end.into_iter().collect())
    }

    fn up_from(&self, right: &Target<'_>, from: &[usize], count: usize) -> Result<Vec<usize>, TargetError> {
        let branch = self.branch(right)?;
        let start = self.row_to_rise_from(right, branch.as_ref(), from)?;
        let (end, _) = self.rise(right, start, count, branch.as_ref())?;
        Ok(end.into_iter().collect())
    }

    /// Parses the range of a script: `A:B`, or a target alone. A is `base`, empty (the same as `base`), or revisions
    /// that become the version rows to start from.
    ///
    /// # Errors
    /// [`TargetError`] if A cannot be resolved, or B is missing.
    pub fn script_range(&self, spec: &str) -> Result<ScriptRange, TargetError> {
        let Some((start, target)) = split(spec)? else {
            return Ok(ScriptRange { from: None, target: spec.to_owned() });
        };
        if target.is_empty() {
            return Err(malformed(spec, Malformation::Empty));
        }
        let starts: &[&str] = if start.is_empty() { &[] } else { &[start] };
        Ok(ScriptRange { from: Some(self.starting_rows(starts)?), target: target.to_owned() })
    }

    /// Resolves symbols to version rows without a database: revisions, `heads`, or `base` for no rows.
    ///
    /// # Errors
    /// [`TargetError`] if a symbol cannot be resolved.
    pub fn starting_rows(&self, symbols: &[&str]) -> Result<Vec<RevisionId>, TargetError> {
        let mut rows = Vec::new();
        for symbol in symbols {
            rows.extend(self.ids_at(&self.anywhere(symbol, None)?));
        }
        Ok(super::rows::sorted(rows))
    }
}

fn split(spec: &str) -> Result<Option<(&str, &str)>, TargetError> {
    match spec.split_once(':') {
        Some((_, right)) if right.contains(':') => Err(malformed(spec, Malformation::Character(':'))),
        halves => Ok(halves),
    }
}
