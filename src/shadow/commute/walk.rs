//! Walk over all squares of two sides. Rows of squares, one for each revision of the first side, do not depend on each
//! other, so that several are walked at the same time, each on databases of its own.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::part::{Part, Run};
use super::square::{Conflict, SquareVerdict, square};
use super::state::Remarks;
use super::trials::{Start, Trials};
use super::{Commutation, CommutationProof, reduce};
use crate::graph::Sides;
use crate::id::RevisionId;
use crate::parallel;
use crate::project::History;
use crate::shadow::{ProofError, SchemaReader, SqlText};

/// Maximum number of rows at a time: a server may admit only a few sessions.
const MAX_SHARES: usize = 4;

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

/// End of a walk over some rows.
enum WalkEnd {
    /// All squares were tried, and none conflicts. Rows of these tables vary from run to run.
    Done(BTreeSet<String>),
    /// A square conflicts.
    Conflict(Box<FoundConflict>),
    /// It was given up, because an earlier row has a conflict.
    GivenUp,
}

/// Conflict, and the databases that show it.
struct FoundConflict {
    start: Start,
    runs: [Run; 2],
    conflict: Conflict,
}

/// Result of walking over some rows.
struct SquareShare {
    end: Result<WalkEnd, ProofError>,
    remarks: Remarks,
    runs: usize,
}

impl CommutationTask<'_> {
    /// Runs all squares, up to the first that conflicts. Calls `report` after each run.
    pub(super) fn all_squares(&self, report: &mut dyn FnMut()) -> Result<CommutationProof, ProofError> {
        let rows = self.sides.one.len();
        let mut trials = self.trials(report);
        let first = trials.start_behind(None, self.sides, 0)?;
        let is_divided = trials.can_be_several(&first)? && self.reader.are_independent(self.history)?;
        let shares = if is_divided { parallel::cores().min(MAX_SHARES) } else { 1 };
        let length = rows.div_ceil(shares).max(1);
        let mut proof = CommutationProof {
            verdict: Commutation::Commutes { squares: rows * self.sides.other.len() },
            remarks: Remarks::default(),
            runs: 0,
        };
        let mut undecided = BTreeSet::new();
        let mut found = self.walk_shares(first, length, report)?;
        if found.len() > 1 && found.iter().any(|share| !matches!(share.end, Ok(WalkEnd::Done(_)))) {
            // What fails beside other shadows has to fail by itself, too.
            let start = self.trials(report).start_behind(None, self.sides, 0)?;
            found = self.walk_shares(start, rows, report)?;
        }
        for share in found {
            proof.remarks.extend(share.remarks);
            proof.runs += share.runs;
            match share.end? {
                WalkEnd::Done(tables) => undecided.extend(tables),
                WalkEnd::Conflict(found) => {
                    let mut trials = self.trials(report);
                    proof.verdict = self.reduced(&mut trials, *found)?;
                    proof.runs += trials.runs;
                    return Ok(proof);
                }
                WalkEnd::GivenUp => {}
            }
        }
        if !undecided.is_empty() {
            proof.verdict = Commutation::Undecided(undecided.into_iter().collect());
        }
        Ok(proof)
    }

    /// Walks over shares of `length` rows at the same time, and returns their results in order. The first begins at
    /// `start`.
    fn walk_shares(
        &self,
        mut start: Start,
        length: usize,
        report: &mut dyn FnMut(),
    ) -> Result<Vec<SquareShare>, ProofError> {
        let firsts: Vec<usize> = (0..self.sides.one.len()).step_by(length).collect();
        // A copy takes less than a replay.
        let trials = self.trials(report);
        let copies = (1..firsts.len()).map(|_| trials.copied(&mut start));
        let mut copies = copies.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().peekable();
        if copies.peek().is_some() {
            // A shadow that was copied has a new session.
            start.expect_repeated_reads(&self.reader.request)?;
        }
        let (sender, receiver) = mpsc::channel();
        // First share with a conflict.
        let conflicting = AtomicUsize::new(usize::MAX);
        thread::scope(|scope| {
            let (conflicting, mut start) = (&conflicting, Some(start));
            let shares = firsts.into_iter().enumerate().map(|(number, first)| {
                let (start, sender) = (start.take(), sender.clone());
                let copy = if start.is_none() { copies.next() } else { None };
                scope.spawn(move || {
                    let mut report = || {
                        let _ = sender.send(());
                    };
                    let (mut trials, mut remarks) = (self.trials(&mut report), Remarks::default());
                    let is_over = || conflicting.load(Ordering::Relaxed) < number;
                    let start = start.map_or_else(|| trials.start_behind(copy, self.sides, first), Ok);
                    let walk = |start| self.walk(start, first, length, &mut trials, &mut remarks, &is_over);
                    let end = start.and_then(walk);
                    if let Ok(WalkEnd::Conflict(_)) = end {
                        conflicting.fetch_min(number, Ordering::Relaxed);
                    }
                    SquareShare { end, remarks, runs: trials.runs }
                })
            });
            let shares: Vec<_> = shares.collect();
            drop(sender);
            receiver.iter().for_each(|()| report());
            let join = |share: thread::ScopedJoinHandle<'_, SquareShare>| {
                share.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            Ok(shares.into_iter().map(join).collect())
        })
    }

    /// Runs the squares of `length` rows from `first` on, where `row_start` is, up to the first that conflicts, or until
    /// `is_over` returns `true`.
    fn walk(
        &self,
        mut row_start: Start,
        first: usize,
        length: usize,
        trials: &mut Trials<'_>,
        remarks: &mut Remarks,
        is_over: &dyn Fn() -> bool,
    ) -> Result<WalkEnd, ProofError> {
        let mut undecided = BTreeSet::new();
        let mut rows = self.sides.one.iter().skip(first).take(length).peekable();
        while let Some(one) = rows.next() {
            let next = if rows.peek().is_some() { Some(trials.branch(&mut row_start)?) } else { None };
            let mut start = row_start;
            for other in &self.sides.other {
                if is_over() {
                    return Ok(WalkEnd::GivenUp);
                }
                let sides = [Part::whole(one), Part::whole(other)];
                let [one_side, other_side] = [&sides[..1], &sides[1..]];
                match square(trials, &mut start, [one_side, other_side], self.is_written, remarks)? {
                    SquareVerdict::Commutes => {}
                    SquareVerdict::Undecided(tables) => undecided.extend(tables),
                    SquareVerdict::Conflicts(conflict) => {
                        let runs = [one, other].map(|id| Run::Revisions(vec![id.clone()]));
                        return Ok(WalkEnd::Conflict(Box::new(FoundConflict { start, runs, conflict })));
                    }
                }
                trials.advance(&mut start, Part::whole(other))?;
            }
            let Some(next) = next else { break };
            row_start = next;
            // Not before the squares, which find out whether it has to wait for the other side.
            trials.advance(&mut row_start, Part::whole(one))?;
        }
        Ok(WalkEnd::Done(undecided))
    }

    /// Runs one side after the other, in both orders: all squares would take `needed` runs, which is too many.
    pub(super) fn whole_orders(&self, needed: usize, report: &mut dyn FnMut()) -> Result<CommutationProof, ProofError> {
        let mut trials = self.trials(report);
        let mut start = trials.start_behind(None, self.sides, 0)?;
        let runs = [&self.sides.one, &self.sides.other].map(|side| Run::Revisions(side.clone()));
        let parts = [runs[0].all(), runs[1].all()];
        let sides: [&[Part]; 2] = [&parts[0], &parts[1]];
        let mut remarks = Remarks::default();
        let verdict = match square(&mut trials, &mut start, sides, self.is_written, &mut remarks)? {
            SquareVerdict::Commutes => Commutation::WholeOrders { needed },
            SquareVerdict::Undecided(tables) => Commutation::Undecided(tables),
            SquareVerdict::Conflicts(conflict) => self.reduced(&mut trials, FoundConflict { start, runs, conflict })?,
        };
        Ok(CommutationProof { verdict, remarks, runs: trials.runs })
    }

    fn reduced(&self, trials: &mut Trials<'_>, found: FoundConflict) -> Result<Commutation, ProofError> {
        let FoundConflict { start, runs, conflict } = found;
        // If a side cannot run by itself, the order is not the reason.
        if let Conflict::NoOrder(..) = &conflict {
            for side in [&self.sides.one, &self.sides.other] {
                let order: Vec<_> = self.sides.common.iter().chain(side).map(Part::whole).collect();
                trials.replay(&order)?;
            }
        }
        let pair = reduce::reduce(trials, start, runs, conflict, self.is_written)?;
        Ok(Commutation::Conflicts(Box::new(pair)))
    }

    fn trials<'r>(&'r self, report: &'r mut dyn FnMut()) -> Trials<'r> {
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
