//! Proof that the two sides of a merge commute: whatever order a database met their revisions in, it holds the same.
//!
//! From the state "a1..ai and b1..bj applied", a(i+1) and b(j+1) run in both orders, each from a copy of that very
//! database. If both run and the two databases are equal, the square (i, j) commutes; if every square does, every order
//! of the two sides gives one database. That they all do is proved by fewer runs where possible ([`grid`]).

mod grid;
mod part;
mod reduce;
mod rows;
mod square;
mod state;
mod summary;
mod task;
mod trials;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

pub use reduce::{ConflictingPair, ConflictingStatement};
pub use square::Conflict;
pub use state::{Remarks, StateDifference};
use task::CommutationTask;

use super::error::ProofError;
use super::load::SqlText;
use super::schema_reader::SchemaReader;
use crate::graph::Sides;
use crate::id::RevisionId;
use crate::project::History;
use crate::sql::{Lexer, TokenKind, unquoted};

/// Proof about two sides of a history.
#[derive(Debug)]
pub struct CommutationProof {
    pub verdict: Commutation,
    /// Parts that were left out, and the tables that had rows.
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
    /// One side after the other gives the same in both orders. The orders between, which would have taken more runs
    /// than the limit, were not tried.
    WholeOrders {
        /// Number of runs that all orders would have taken.
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
    /// `fixtures` are rows to put in behind revisions, those of one side only as far as they fit. `report` receives the
    /// number of runs so far and the number that all squares take.
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
        let (fixtures, common) = (fixtures.iter().collect(), sides.common.iter().collect());
        let task = CommutationTask { reader: self, history, sides, common, fixtures, is_written: &is_written };
        let mut runs = 0;
        task.proof(limit, &mut |expected| {
            runs += 1;
            report(runs, expected);
        })
    }
}

/// Returns the names that are written in the revisions of both sides, folded as the catalog folds them, and as they
/// are.
fn written_names(history: &History, sides: &Sides) -> Result<BTreeSet<String>, ProofError> {
    let Some(dialect) = history.service.dialect() else { return Ok(BTreeSet::new()) };
    let mut names = BTreeSet::new();
    for id in sides.one.iter().chain(&sides.other) {
        let text = history.read(id)?.text;
        for token in Lexer::new(&text, dialect).map_while(Result::ok) {
            let word = token.span.slice(&text);
            match token.kind {
                TokenKind::Word => names.insert(dialect.rules().fold_identifier(word)),
                TokenKind::QuotedIdentifier => names.insert(unquoted(word)),
                _ => false,
            };
        }
    }
    Ok(names)
}
