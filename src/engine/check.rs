//! Preconditions of a run: version rows that have files and agree with the journal, and ids that fit into the table.

use std::collections::BTreeSet;

use super::error::EngineError;
use crate::database::{self, HistoryState};
use crate::graph::{Graph, Plan};
use crate::id::RevisionId;
use crate::project::History;

/// Returns the version rows as ids that the graph contains.
///
/// # Errors
/// [`EngineError::UnknownRows`] with the rows that have no revision file; [`EngineError::ReplacedFilesMissing`].
pub fn known_rows(history: &History, state: &HistoryState) -> Result<Vec<RevisionId>, EngineError> {
    let rows = database::ids(&state.rows);
    let unknown = history.graph.unknown_rows(&rows);
    if unknown.is_empty() {
        return Ok(rows);
    }
    if let Some(missing) = unknown.iter().find_map(|row| history.missing_replaced(row)) {
        return Err(EngineError::ReplacedFilesMissing(Box::new(missing)));
    }
    Err(EngineError::UnknownRows(unknown.iter().map(ToString::to_string).collect()))
}

/// Returns the rows that the version table has lost: the newest revisions that the journal records as applied although
/// the table is empty ([`HistoryState::lost_rows`]) or no row covers them. Revisions without a file are returned only
/// if there are no others.
#[must_use]
pub fn lost_heads(graph: &Graph, state: &HistoryState) -> Vec<String> {
    if !state.rows.is_empty() {
        return lost_lines(graph, state);
    }
    let lost = state.lost_rows().into_iter().map(RevisionId::from_row).collect();
    let (known, unknown): (Vec<_>, Vec<_>) =
        heads_of(graph, lost).into_iter().partition(|id| graph.index_of(id.as_str()).is_some());
    if known.is_empty() { unknown } else { known }.iter().map(ToString::to_string).collect()
}

/// Returns the recorded revisions that no row covers: there is a row neither for one that needs them nor for one that
/// they need. (A row that they need means that another tool has downgraded to it.)
fn lost_lines(graph: &Graph, state: &HistoryState) -> Vec<String> {
    let rows = database::ids(&state.rows);
    if !graph.unknown_rows(&rows).is_empty() {
        return Vec::new();
    }
    let applied: BTreeSet<RevisionId> = graph.applied(&rows).into_iter().collect();
    let recorded = state.recorded_as_applied().into_iter().map(RevisionId::from_row);
    let missing = recorded.filter(|id| graph.index_of(id.as_str()).is_some() && !applied.contains(id)).collect();
    let needs_a_row =
        |id: &RevisionId| graph.applied(std::slice::from_ref(id)).iter().any(|below| rows.contains(below));
    heads_of(graph, missing).into_iter().filter(|id| !needs_a_row(id)).map(|id| id.to_string()).collect()
}

/// Returns the revisions that none of the others needs.
fn heads_of(graph: &Graph, lost: Vec<RevisionId>) -> Vec<RevisionId> {
    let nodes = lost.iter().filter_map(|id| graph.get(id.as_str()));
    let below = nodes.flat_map(|node| {
        let needs = node.down_revisions.iter().map(RevisionId::as_str);
        needs.chain(node.depends_on.iter().map(String::as_str)).map(RevisionId::from_row)
    });
    let below: BTreeSet<RevisionId> = graph.applied(&below.collect::<Vec<_>>()).into_iter().collect();
    lost.into_iter().filter(|id| !below.contains(id)).collect()
}

/// Returns the condition of a version table that has lost rows, for messages.
#[must_use]
pub fn table_without_rows(state: &HistoryState) -> &'static str {
    match (state.version_table_exists, state.rows.is_empty()) {
        (false, _) => "missing",
        (true, true) => "empty",
        (true, false) => "incomplete",
    }
}

/// Refuses a version table that has lost rows. Otherwise revisions that were applied would count as pending.
///
/// # Errors
/// [`EngineError::VersionRowsLost`].
pub fn refuse_lost_rows(history: &History, state: &HistoryState) -> Result<(), EngineError> {
    let applied = lost_heads(&history.graph, state);
    if applied.is_empty() {
        return Ok(());
    }
    let (table, rows) = (history.service.version_table.clone(), state.rows.clone());
    Err(EngineError::VersionRowsLost { table, is: table_without_rows(state), rows, applied })
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
