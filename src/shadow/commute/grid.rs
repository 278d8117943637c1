//! Quick proof that two sides commute, by the states that databases pass through.
//!
//! Row i of the grid are the states behind a1..ai and then b1..bj, for each j. From each of them a(i+1) is tried: what
//! the database holds then has to equal the state of the next row. Then every order of the two sides gives the same,
//! since any of them leads from the first state to the last through states that are equal to those of the grid. That
//! takes a run less for each order than the squares ([`super::walk`]), which find out what a difference is.
//!
//! Only hashes are compared. If two differ, or an order cannot run, the squares have to be tried.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use super::part::Part;
use super::state::Remarks;
use super::summary::StateSummary;
use super::task::CommutationTask;
use super::trials::{Stage, Start, Trials};
use crate::parallel;
use crate::shadow::{MissingExtension, ProofError, Shadow};

/// Maximum number of shares at a time: a server may admit only a few sessions.
const MAX_SHARES: usize = 4;

/// Result of a quick proof.
pub(super) enum GridVerdict {
    /// All states are equal.
    Equal(Remarks),
    /// That is not known.
    Unknown,
}

/// Row of the grid.
#[derive(Default)]
struct GridRow {
    /// States behind each revision of the second side.
    reached: Vec<StateSummary>,
    /// States that these become with the next revision of the first side; none for the last row.
    tried: Vec<StateSummary>,
}

/// Consecutive rows, each of which equals what the one before becomes.
#[derive(Default)]
struct GridShare {
    /// States of the first row.
    first: Vec<StateSummary>,
    /// States that those of the last row become.
    last: Vec<StateSummary>,
    remarks: Remarks,
}

/// Returns the number of runs of revisions that a quick proof takes.
pub(super) const fn runs_of_grid(one: usize, other: usize) -> usize {
    2 * one * other + one + other
}

impl CommutationTask<'_> {
    /// Returns `true` if [`CommutationTask::grid`] can compare states from `start` on: trials are undone there, and no
    /// rows are put in behind revisions of one side only.
    pub(super) fn has_grid(&self, start: &Start) -> Result<bool, ProofError> {
        let sides: Vec<Part> = self.sides.one.iter().chain(&self.sides.other).map(Part::whole).collect();
        let has_fixtures = self.fixtures.keys().any(|revision| !self.common.contains(revision));
        Ok(start.has_shadow() && !has_fixtures && self.trials(&mut || {}).stage(start, &sides)? == Stage::Undone)
    }

    /// Compares the states from `start` on, whose revisions are those that both sides need. Calls `report` after each
    /// run.
    pub(super) fn grid(&self, mut start: Start, report: &mut dyn FnMut()) -> Result<GridVerdict, ProofError> {
        let trials = self.trials(report);
        let is_divided = trials.can_be_several(&start)? && self.reader.are_independent(self.history)?;
        let rows = self.sides.one.len() + 1;
        let length = rows.div_ceil(if is_divided { parallel::cores().min(MAX_SHARES) } else { 1 });
        let mut starts = Vec::new();
        for _ in (0..rows).step_by(length).skip(1) {
            starts.push(trials.copied(&mut start)?);
        }
        starts.insert(0, Some(start));
        let (sender, receiver) = mpsc::channel();
        let is_over = AtomicBool::new(false);
        let outcomes: Vec<Result<Option<GridShare>, ProofError>> = thread::scope(|scope| {
            let is_over = &is_over;
            let shares = starts.into_iter().enumerate().map(|(number, start)| {
                let sender = sender.clone();
                scope.spawn(move || {
                    let mut report = || {
                        // The receiver lives until all shares have ended.
                        let _ = sender.send(());
                    };
                    let mut trials = self.trials(&mut report);
                    let share = self.share(start, (number * length, length), &mut trials, is_over);
                    if !matches!(share, Ok(Some(_))) {
                        is_over.store(true, Ordering::Relaxed);
                    }
                    share
                })
            });
            let shares: Vec<_> = shares.collect();
            drop(sender);
            receiver.iter().for_each(|()| report());
            shares
                .into_iter()
                .map(|share| share.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
                .collect()
        });
        let shares = outcomes.into_iter().collect::<Result<Option<Vec<_>>, _>>()?;
        Ok(shares.map_or(GridVerdict::Unknown, verdict))
    }

    /// Compares `length` rows from `first` on. `None` if two states differ, an order cannot run, or another share gave
    /// up.
    fn share(
        &self,
        start: Option<Start>,
        (first, length): (usize, usize),
        trials: &mut Trials<'_>,
        is_over: &AtomicBool,
    ) -> Result<Option<GridShare>, ProofError> {
        let mut start = start.map_or_else(|| self.start(), Ok)?;
        // A shadow that was copied has a new session, as the copy has.
        start.expect_repeated_reads(&self.reader.request)?;
        for one in self.sides.one.iter().take(first) {
            if !trials.applies(&mut start, Part::whole(one))? {
                return Ok(None);
            }
        }
        let Some(base) = trials.kept(&mut start, |trials, shadow, _| trials.summary(shadow, None))?.flatten() else {
            return Ok(None);
        };
        let mut share = GridShare::default();
        let end = (first + length).min(self.sides.one.len() + 1);
        for index in first..end {
            let goes_on = index + 1 < end;
            let Some((row, next)) = self.row(start, &base, (index, goes_on), trials)? else { return Ok(None) };
            if is_over.load(Ordering::Relaxed) || !share.add(row, index == first) {
                return Ok(None);
            }
            start = next;
            let one = self.sides.one.get(index).filter(|_| goes_on);
            if let Some(one) = one
                && !trials.applies(&mut start, Part::whole(one))?
            {
                return Ok(None);
            }
        }
        Ok(Some(share))
    }

    /// Reads a row, whose states begin at `start`; `base` is an earlier one. Returns also that start, if the next row
    /// `goes_on` from there.
    fn row(
        &self,
        mut start: Start,
        base: &StateSummary,
        (index, goes_on): (usize, bool),
        trials: &mut Trials<'_>,
    ) -> Result<Option<(GridRow, Start)>, ProofError> {
        let read = |trials: &mut Trials<'_>, shadow: &mut Shadow, missing: &[MissingExtension]| {
            self.states((shadow, base), missing, index, trials)
        };
        if goes_on && start.can_nest_trials() {
            let row = trials.undone(&mut start, read)?;
            return Ok(row.flatten().map(|row| (row, start)));
        }
        let next = if goes_on { Some(trials.branch(&mut start)?) } else { None };
        let row = trials.kept(&mut start, read)?;
        Ok(row.flatten().map(|row| (row, next.unwrap_or(start))))
    }

    /// Reads the states of a row in a shadow that is at its beginning. `None` if an order cannot run.
    fn states(
        &self,
        (shadow, base): (&mut Shadow, &StateSummary),
        missing: &[MissingExtension],
        index: usize,
        trials: &mut Trials<'_>,
    ) -> Result<Option<GridRow>, ProofError> {
        let next = self.sides.one.get(index).map(Part::whole);
        let mut row = GridRow::default();
        for other in &self.sides.other {
            shadow.expect_change();
            if !trials.ran(shadow, missing, &Part::whole(other))? {
                return Ok(None);
            }
            let before = row.reached.last().unwrap_or(base);
            let Some(reached) = trials.summary(shadow, Some(before))? else { return Ok(None) };
            if let Some(next) = &next {
                let Some(tried) = trials.summary_behind((shadow, &reached), missing, next)? else { return Ok(None) };
                row.tried.push(tried);
            }
            row.reached.push(reached);
        }
        Ok(Some(row))
    }
}

impl GridShare {
    /// Adds the next row. `false` if its states are not equal to what the row before became.
    fn add(&mut self, row: GridRow, is_first: bool) -> bool {
        if is_first {
            self.first = row.reached;
        } else if !are_equal(&self.last, &row.reached, &mut self.remarks) {
            return false;
        }
        self.last = row.tried;
        true
    }
}

/// Compares the rows at the ends of the shares.
fn verdict(shares: Vec<GridShare>) -> GridVerdict {
    let mut remarks = Remarks::default();
    if !shares.windows(2).all(|pair| are_equal(&pair[0].last, &pair[1].first, &mut remarks)) {
        return GridVerdict::Unknown;
    }
    shares.into_iter().for_each(|share| remarks.extend(share.remarks));
    GridVerdict::Equal(remarks)
}

/// Compares what the states of a row became with the next row.
fn are_equal(tried: &[StateSummary], reached: &[StateSummary], remarks: &mut Remarks) -> bool {
    let mut pairs = tried.iter().zip(reached);
    tried.len() == reached.len()
        && pairs.all(|(one, other)| {
            one.remark(other, remarks);
            one.is_equal(other)
        })
}
