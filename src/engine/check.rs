//! What has to hold before anything runs: rows that files explain, ids that fit.

use super::error::EngineError;
use crate::database::{self, State};
use crate::graph::{Graph, Plan};
use crate::id::RevisionId;

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
