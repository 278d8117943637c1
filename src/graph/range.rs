//! Ranges: `A:B` of `history`, and of scripts.
//! Knows the graph and rows; must not know how revisions are shown.

use super::error::Malformation;
use super::resolve::malformed;
use super::target::{Steps, Symbol, Target};
use super::{Graph, TargetError};
use crate::id::RevisionId;

/// A script's range `A:B`: the rows it starts from and the target it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptRange {
    /// The version rows that A stands for (none for `base`); `None` where only a target is given.
    pub from: Option<Vec<RevisionId>>,
    /// B, not yet looked up.
    pub target: String,
}

impl Graph {
    /// The revisions of a range `A:B`, `A:` or `:B`, both ends included, newest first: what B needs and A does not,
    /// as far as it comes after A. `-N` on the left counts from B, `+N` on the right from A; both end where the
    /// history ends. `rows` are for `current`.
    ///
    /// # Errors
    /// [`TargetError`] when an end means nothing, or B does not come after A.
    pub fn range(&self, spec: &str, rows: Option<&[RevisionId]>) -> Result<Vec<RevisionId>, TargetError> {
        let (left, right) = split(spec)?.ok_or_else(|| malformed(spec, Malformation::NoRange))?;
        let (from, to) = self.range_ends(spec, left, right, rows)?;
        let required = self.edges.needed_for(to.iter().copied());
        if let Some(stranger) = from.iter().find(|index| !required.has(**index)) {
            let to = if right.is_empty() { "heads" } else { right }.to_owned();
            return Err(TargetError::NotARangeOfOneLine { from: self.id_at(*stranger), to });
        }
        let before = self.edges.needed_for(from.iter().copied());
        let after = self.edges.descendants(from.iter().copied());
        let inside = |index: &usize| {
            let reached = from.is_empty() || after.has(*index);
            required.has(*index) && reached && (!before.has(*index) || from.contains(index))
        };
        Ok(self.order.iter().rev().copied().filter(inside).map(|index| self.id_at(index)).collect())
    }

    /// Both ends as positions; no position on the left is the place before the bases.
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
            (None, Some(Steps::Up(_)), ..) => Err(malformed(left.text, Malformation::Character('+'))),
            (.., None, Some(Steps::Down(_))) => Err(malformed(right.text, Malformation::Character('-'))),
            (None, Some(Steps::Down(count)), ..) => {
                let to = self.range_end(&right, rows)?;
                Ok((self.down_from(&left, &to, count)?, to))
            }
            (.., None, Some(Steps::Up(count))) => {
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

    /// From `X@base` on, heads of other branches do not count.
    fn only_after(&self, left: &Target<'_>, from: &[usize], to: Vec<usize>) -> Result<Vec<usize>, TargetError> {
        if !(left.branch.is_some() && left.symbol == Some(Symbol::Base) && to.len() > 1) {
            return Ok(to);
        }
        let after = self.edges.descendants(from.iter().copied());
        let lineage = self.branch(left)?;
        let counts = |index: &usize| after.has(*index) && lineage.as_ref().is_none_or(|one| one.lineage.has(*index));
        Ok(to.into_iter().filter(counts).collect())
    }

    /// On the left, `X@base` is the base of that branch.
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

    /// Takes the argument of a script apart: `A:B`, or a target alone. A is `base`, nothing (the same), or revisions
    /// that become the rows to start from.
    ///
    /// # Errors
    /// [`TargetError`] when A means nothing here, or B is missing.
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

    /// The version rows that symbols stand for, where no database is asked: revisions, `heads`, or `base` for none.
    ///
    /// # Errors
    /// [`TargetError`] when one means nothing here.
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
