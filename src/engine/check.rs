//! What has to hold before anything runs: rows that files explain and the journal does not contradict, ids that fit.

use std::collections::BTreeSet;

use super::error::EngineError;
use crate::database::{self, State};
use crate::graph::{Graph, Plan};
use crate::id::RevisionId;
use crate::project::History;

/// The version rows as ids, all of them known to the graph.
///
/// # Errors
/// [`EngineError::UnknownRows`] naming those that no file explains.
pub fn known_rows(graph: &Graph, state: &State) -> Result<Vec<RevisionId>, EngineError> {
    let rows = database::ids(&state.rows);
    let unknown = graph.unknown_rows(&rows);
    if unknown.is_empty() {
        return Ok(rows);
    }
    Err(EngineError::UnknownRows(unknown.iter().map(ToString::to_string).collect()))
}

/// The newest of the revisions that the journal records as applied although the version table has no rows
/// ([`State::lost_rows`]): the rows that it would hold. Those that no file explains only where there are no others.
#[must_use]
pub fn lost_heads(graph: &Graph, state: &State) -> Vec<String> {
    let lost: Vec<RevisionId> = state.lost_rows().into_iter().map(RevisionId::from_row).collect();
    let nodes = lost.iter().filter_map(|id| graph.get(id.as_str()));
    let below = nodes.flat_map(|node| {
        let needs = node.down_revisions.iter().map(RevisionId::as_str);
        needs.chain(node.depends_on.iter().map(String::as_str)).map(RevisionId::from_row)
    });
    let below: BTreeSet<RevisionId> = graph.applied(&below.collect::<Vec<_>>()).into_iter().collect();
    let (known, unknown): (Vec<_>, Vec<_>) =
        lost.into_iter().filter(|id| !below.contains(id)).partition(|id| graph.index_of(id.as_str()).is_some());
    if known.is_empty() { unknown } else { known }.iter().map(ToString::to_string).collect()
}

/// Refuses to take an emptied or missing version table for a database to which nothing was applied.
///
/// # Errors
/// [`EngineError::VersionRowsLost`].
pub fn refuse_lost_rows(history: &History, state: &State) -> Result<(), EngineError> {
    let applied = lost_heads(&history.graph, state);
    if applied.is_empty() {
        return Ok(());
    }
    let (table, exists) = (history.service.version_table.clone(), state.version_table_exists);
    Err(EngineError::VersionRowsLost { table, exists, applied })
}

/// Refuses a plan that would write an id longer than the version table's column.
///
/// # Errors
/// [`EngineError::IdsTooLong`].
pub fn refuse_long_ids(plan: &Plan, table: &str, capacity: Option<usize>) -> Result<(), EngineError> {
    let Some(capacity) = capacity else { return Ok(()) };
    let inserted = plan.steps.iter().flat_map(|step| &step.change.insert);
    let ids: Vec<_> = inserted.filter(|id| id.as_str().chars().count() > capacity).cloned().collect();
    if ids.is_empty() { Ok(()) } else { Err(EngineError::IdsTooLong { table: table.to_owned(), ids, capacity }) }
}
