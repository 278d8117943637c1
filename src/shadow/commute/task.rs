//! Proof that two sides commute: by the grid of states where that is possible, else by the squares.

use std::collections::{BTreeMap, BTreeSet};

use super::grid::{GridVerdict, runs_of_grid};
use super::part::Part;
use super::trials::{Start, Trials};
use super::{Commutation, CommutationProof};
use crate::graph::Sides;
use crate::id::RevisionId;
use crate::project::History;
use crate::shadow::{ProofError, SchemaReader, SqlText};

/// Number of runs of a square: two revisions, in two orders.
const RUNS_OF_SQUARE: usize = 4;

/// Sides whose commutation is to be proved.
pub(super) struct CommutationTask<'a> {
    pub(super) reader: &'a SchemaReader<'a>,
    pub(super) history: &'a History,
    pub(super) sides: &'a Sides,
    /// Revisions that both sides need.
    pub(super) common: BTreeSet<&'a RevisionId>,
    /// Rows to put in behind revisions.
    pub(super) fixtures: BTreeMap<&'a RevisionId, &'a Vec<SqlText>>,
    /// Returns `true` for a name that a revision contains.
    pub(super) is_written: &'a (dyn Fn(&str) -> bool + Sync),
}

impl CommutationTask<'_> {
    /// Proves that the sides commute, or finds why they do not. If all orders take more than `limit` runs, only the two
    /// whole ones are tried; to find the pair of a conflict may take more. Calls `report` after each run with the
    /// number of runs to be expected.
    pub(super) fn proof(&self, limit: usize, report: &mut dyn FnMut(usize)) -> Result<CommutationProof, ProofError> {
        let (one, other) = (self.sides.one.len(), self.sides.other.len());
        let (of_grid, of_squares) = (runs_of_grid(one, other), one * other * RUNS_OF_SQUARE);
        let start = self.start()?;
        let has_grid = self.has_grid(&start)?;
        let needed = if has_grid { of_grid } else { of_squares };
        if needed > limit {
            return self.whole_orders(start, needed, &mut || report(needed));
        }
        if !has_grid {
            return self.all_squares(start, &mut || report(needed));
        }
        if let GridVerdict::Equal(remarks) = self.grid(start, &mut || report(needed))? {
            let verdict = Commutation::Commutes { squares: one * other };
            return Ok(CommutationProof { verdict, remarks, runs: of_grid });
        }
        self.all_squares(self.start()?, &mut || report(needed + of_squares))
    }

    /// Prepares a start with the revisions that both sides need.
    pub(super) fn start(&self) -> Result<Start, ProofError> {
        self.trials(&mut || {}).start(self.sides.common.iter().map(Part::whole).collect())
    }

    /// Creates a runner of trials.
    pub(super) fn trials<'r>(&'r self, report: &'r mut dyn FnMut()) -> Trials<'r> {
        Trials {
            reader: self.reader,
            history: self.history,
            common: self.common.clone(),
            fixtures: self.fixtures.clone(),
            runs: 0,
            report,
        }
    }
}
