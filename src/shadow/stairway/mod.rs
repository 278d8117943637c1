//! Stairway: each revision of a history is applied, reverted and applied again in a shadow, and its downgrade has to
//! lead back to the schema before, without taking rows that were there.
//!
//! Reading a schema takes much longer than a revision. Where the database has a text that determines its catalog
//! ([`Shadow::catalog_mark`](super::Shadow::catalog_mark)), a schema is read only if two of these texts differ. A long
//! history is walked in several parts at the same time, each on a shadow of its own in which those before are applied.

mod shares;
mod state;
mod statement_effects;
mod walk;

use std::collections::BTreeMap;
use std::sync::mpsc;
use std::thread;

use shares::Shares;
use walk::StairwayWalk;

use super::error::ProofError;
use super::load::SqlText;
use super::schema_reader::SchemaReader;
use crate::id::RevisionId;
use crate::parallel;
use crate::project::History;
use crate::schema::Schema;

/// Minimum number of revisions for each shadow: fewer do not pay for creating it and for applying those before.
const REVISIONS_PER_SHADOW: usize = 40;

/// Maximum number of shadows at a time: a server may admit only a few sessions.
const MAX_SHADOWS: usize = 4;

/// Result of the stairway for one revision.
#[derive(Debug)]
pub struct StairResult {
    pub revision: RevisionId,
    /// Finding.
    pub verdict: StairVerdict,
}

/// Finding of the stairway about a revision.
#[derive(Debug)]
pub enum StairVerdict {
    /// It goes up, down and up again.
    Passed,
    /// It has no downgrade section, so it was only applied.
    OneWay,
    /// It was only applied, because it was not selected.
    Skipped,
    /// It cannot be applied. The revisions after it were not tried.
    Upgrade(ProofError),
    /// Its downgrade cannot run.
    Downgrade(ProofError),
    /// Its downgrade does not lead back: the schema before it, and the one after the downgrade.
    Remains(Box<[Schema; 2]>),
    /// Its downgrade deletes rows that were there before it: table, rows before, rows afterwards.
    RowsLost(Vec<(String, u64, u64)>),
    /// It cannot be applied a second time.
    Again(ProofError),
    /// Applied a second time it makes another schema: that of the first time, and of the second.
    AgainDiffers(Box<[Schema; 2]>),
}

impl StairVerdict {
    /// Returns `true` if the revision fails the test.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        !matches!(self, Self::Passed | Self::OneWay | Self::Skipped)
    }
}

/// Result with the place of its revision in the order.
type PlacedResult = (usize, StairResult);

/// Task of the stairway.
pub struct StairwayPlan<'a> {
    pub history: &'a History,
    /// Returns which revisions are reverted; the others are only applied.
    pub is_selected: &'a (dyn Fn(&RevisionId) -> bool + Sync),
    /// Rows to put in behind a revision, so that the downgrades of later ones have some to keep.
    pub fixtures: &'a BTreeMap<RevisionId, Vec<SqlText>>,
}

/// Walks through the whole history, and returns the results in its order. Calls `report` after each revision.
///
/// # Errors
/// No shadow can be had, or reading it fails. What a revision does wrong is a result.
pub fn stairway(
    schema_reader: &SchemaReader<'_>,
    plan: &StairwayPlan<'_>,
    report: &mut dyn FnMut(),
) -> Result<Vec<StairResult>, ProofError> {
    let order = plan.history.graph.ordered();
    if !order.iter().any(plan.is_selected) {
        // Only the cases are wanted: nothing has to be applied here.
        let skipped = |revision| StairResult { revision, verdict: StairVerdict::Skipped };
        return Ok(order.into_iter().map(skipped).collect());
    }
    let first = StairwayWalk::start(schema_reader, plan, &[])?;
    let shadows = (order.len() / REVISIONS_PER_SHADOW).min(parallel::cores()).min(MAX_SHADOWS);
    if shadows < 2 || !first.may_be_one_of_several() || !schema_reader.are_independent(plan.history)? {
        return first.walk(&order, plan.is_selected, report);
    }
    if let Some(results) = walk_shares(first, &order, shadows, (schema_reader, plan), report)? {
        return Ok(results);
    }
    StairwayWalk::start(schema_reader, plan, &[])?.walk(&order, plan.is_selected, report)
}

/// Walks through shares of the order at the same time. `None` if anything failed, as when the rows of a fixture are in
/// the way of the revisions before a share: then one walk has to find out.
fn walk_shares<'a>(
    first: StairwayWalk<'a>,
    order: &[RevisionId],
    count: usize,
    (schema_reader, plan): (&'a SchemaReader<'a>, &StairwayPlan<'a>),
    report: &mut dyn FnMut(),
) -> Result<Option<Vec<StairResult>>, ProofError> {
    let (sender, receiver) = mpsc::channel();
    let shares = Shares::new(order.len(), count);
    let outcomes: Vec<Result<Option<Vec<PlacedResult>>, ProofError>> = thread::scope(|scope| {
        let (mut first, shares) = (Some(first), &shares);
        let walks = shares.starts().into_iter().enumerate().map(|(number, start)| {
            let (sender, walk) = (sender.clone(), first.take());
            scope.spawn(move || {
                let mut report = || {
                    // The receiver lives until all walks have ended.
                    let _ = sender.send(());
                };
                let walk = walk.map_or_else(|| StairwayWalk::start(schema_reader, plan, &order[..start]), Ok);
                let walked =
                    walk.and_then(|walk| walk.share(order, (shares, number, start), plan.is_selected, &mut report));
                if !matches!(walked, Ok(Some(_))) {
                    shares.end();
                }
                walked.map_or_else(|error| unless_interrupted(error).map(|_| None), Ok)
            })
        });
        let walks: Vec<_> = walks.collect();
        drop(sender);
        receiver.iter().for_each(|()| report());
        walks.into_iter().map(|walk| walk.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    let Some(walked) = outcomes.into_iter().collect::<Result<Option<Vec<_>>, _>>()? else { return Ok(None) };
    let mut results: Vec<_> = walked.into_iter().flatten().collect();
    results.sort_unstable_by_key(|(place, _)| *place);
    Ok(Some(results.into_iter().map(|(_, result)| result).collect()))
}

/// Passes a request to stop on as an error; everything else is a result.
fn unless_interrupted(error: ProofError) -> Result<ProofError, ProofError> {
    if error.is_interruption() { Err(error) } else { Ok(error) }
}
