//! Proof that the two sides of a merge commute: whatever order a database met their revisions in, it holds the same.
//!
//! From the state "a1..ai and b1..bj applied", a(i+1) and b(j+1) run in both orders, each from a copy of that very
//! database. If both run and the two databases are equal, the square (i, j) commutes; if every square does, every order
//! of the two sides gives one database.

mod part;
mod reduce;
mod rows;
mod square;
mod state;
mod trials;

use std::collections::{BTreeMap, BTreeSet};

use part::{Part, Run};
pub use reduce::{ConflictingPair, ConflictingStatement};
pub use square::Conflict;
use square::{SquareVerdict, square};
pub use state::{Remarks, StateDifference};
use trials::{Start, Trials};

use super::error::ProofError;
use super::load::SqlText;
use super::schema_reader::SchemaReader;
use crate::graph::Sides;
use crate::id::RevisionId;
use crate::project::History;
use crate::sql::{Lexer, TokenKind, unquoted};

/// Number of runs of a square: two revisions, in two orders.
const RUNS_OF_SQUARE: usize = 4;

/// What is known about two sides of a history.
#[derive(Debug)]
pub struct CommutationProof {
    /// The verdict.
    pub verdict: Commutation,
    /// What was left out, and which tables had rows.
    pub remarks: Remarks,
    /// Number of times that a revision, or a part of one, ran; replays of what both sides need not counted.
    pub runs: usize,
}

/// Verdict on two sides of a history.
#[derive(Debug)]
pub enum Commutation {
    /// Every square commutes: every order of the two sides gives the same schema and rows.
    Commutes {
        /// Number of squares.
        squares: usize,
    },
    /// One side after the other gives the same in both orders. The orders between, which would have taken more runs than
    /// the limit, were not tried.
    WholeOrders {
        /// Number of runs that all squares would have taken.
        needed: usize,
    },
    /// The order matters.
    Conflicts(Box<ConflictingPair>),
    /// Rows of these tables vary from run to run and have no key to tell them apart, so that a difference in them may
    /// have gone unnoticed. Everything else is equal.
    Undecided(Vec<String>),
}

impl SchemaReader<'_> {
    /// Proves that two sides of `history` commute, with at most `limit` runs of revisions, or finds why they do not.
    /// `fixtures` are rows to put in behind revisions, those of one side only as far as they fit. `report` receives the number of runs so far
    /// and the number that all squares take.
    ///
    /// # Errors
    /// Those of [`super::Shadow::open`]; one of the sides cannot be replayed by itself, or a fixture be put in.
    pub fn prove_commutation(
        &self,
        history: &History,
        sides: &Sides,
        (fixtures, limit): (&BTreeMap<RevisionId, Vec<SqlText>>, usize),
        report: &mut dyn FnMut(usize, usize),
    ) -> Result<CommutationProof, ProofError> {
        let written = written_names(history, sides)?;
        let is_written = |name: &str| written.contains(name);
        let squares = sides.one.len() * sides.other.len();
        let needed = squares * RUNS_OF_SQUARE;
        let mut report = |runs: usize| report(runs, needed);
        let (fixtures, common) = (fixtures.iter().collect(), sides.common.iter().collect());
        let mut trials = Trials { reader: self, history, common, fixtures, runs: 0, report: &mut report };
        let mut walk = SquareWalk { trials: &mut trials, sides, is_written: &is_written, remarks: Remarks::default() };
        let verdict = if needed <= limit { walk.squares()? } else { walk.whole_orders(needed)? };
        let remarks = walk.remarks;
        Ok(CommutationProof { verdict, remarks, runs: trials.runs })
    }
}

struct SquareWalk<'p, 'a> {
    trials: &'p mut Trials<'a>,
    sides: &'p Sides,
    is_written: &'p dyn Fn(&str) -> bool,
    remarks: Remarks,
}

impl SquareWalk<'_, '_> {
    /// Runs all squares, up to the first that does not commute.
    fn squares(&mut self) -> Result<Commutation, ProofError> {
        let mut row_start = self.start()?;
        let mut undecided = BTreeSet::new();
        let last = self.sides.one.len().saturating_sub(1);
        for (index, one) in self.sides.one.iter().enumerate() {
            let next = if index < last { Some(self.trials.branch(&mut row_start)?) } else { None };
            let mut start = row_start;
            for other in &self.sides.other {
                let sides = [Part::whole(one), Part::whole(other)];
                let [one_side, other_side] = [&sides[..1], &sides[1..]];
                let verdict =
                    square(self.trials, &mut start, [one_side, other_side], self.is_written, &mut self.remarks)?;
                match verdict {
                    SquareVerdict::Commutes => {}
                    SquareVerdict::Undecided(tables) => undecided.extend(tables),
                    SquareVerdict::Conflicts(conflict) => {
                        let runs = [one, other].map(|id| Run::Revisions(vec![id.clone()]));
                        return self.conflicting(start, runs, conflict);
                    }
                }
                self.trials.advance(&mut start, Part::whole(other))?;
            }
            let Some(next) = next else { break };
            row_start = next;
            // Not before the squares, which find out whether it has to wait for the other side.
            self.trials.advance(&mut row_start, Part::whole(one))?;
        }
        if undecided.is_empty() {
            let squares = self.sides.one.len() * self.sides.other.len();
            return Ok(Commutation::Commutes { squares });
        }
        Ok(Commutation::Undecided(undecided.into_iter().collect()))
    }

    /// Runs one side after the other, in both orders.
    fn whole_orders(&mut self, needed: usize) -> Result<Commutation, ProofError> {
        let mut start = self.start()?;
        let runs = [&self.sides.one, &self.sides.other].map(|side| Run::Revisions(side.clone()));
        let parts = [runs[0].all(), runs[1].all()];
        let sides: [&[Part]; 2] = [&parts[0], &parts[1]];
        Ok(match square(self.trials, &mut start, sides, self.is_written, &mut self.remarks)? {
            SquareVerdict::Commutes => Commutation::WholeOrders { needed },
            SquareVerdict::Undecided(tables) => Commutation::Undecided(tables),
            SquareVerdict::Conflicts(conflict) => return self.conflicting(start, runs, conflict),
        })
    }

    fn conflicting(&mut self, start: Start, runs: [Run; 2], conflict: Conflict) -> Result<Commutation, ProofError> {
        // A side that cannot run by itself is no matter of the order.
        if let Conflict::NoOrder(..) = &conflict {
            self.replayable()?;
        }
        let pair = reduce::reduce(self.trials, start, runs, conflict, self.is_written)?;
        Ok(Commutation::Conflicts(Box::new(pair)))
    }

    /// Replays each side by itself.
    fn replayable(&mut self) -> Result<(), ProofError> {
        for side in [&self.sides.one, &self.sides.other] {
            let order: Vec<_> = self.sides.common.iter().chain(side).map(Part::whole).collect();
            self.trials.replay(&order)?;
        }
        Ok(())
    }

    fn start(&mut self) -> Result<Start, ProofError> {
        self.trials.start(self.sides.common.iter().map(Part::whole).collect())
    }
}

/// Returns the names that are written in the revisions of both sides, folded as the catalog folds them, and as they are.
fn written_names(history: &History, sides: &Sides) -> Result<BTreeSet<String>, ProofError> {
    let Some(dialect) = history.service.dialect() else { return Ok(BTreeSet::new()) };
    let mut names = BTreeSet::new();
    for id in sides.one.iter().chain(&sides.other) {
        let text = history.read(id)?.text;
        for token in Lexer::new(&text, dialect).map_while(Result::ok) {
            let word = token.span.of(&text);
            match token.kind {
                TokenKind::Word => names.insert(dialect.rules().fold_identifier(word)),
                TokenKind::QuotedIdentifier => names.insert(unquoted(word)),
                _ => false,
            };
        }
    }
    Ok(names)
}
