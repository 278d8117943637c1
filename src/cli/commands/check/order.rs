//! Order drift: a database whose schema differs only because it has applied parallel revisions in another order than a
//! replay does.

use std::collections::BTreeMap;

use super::{CheckFinding, live_changes};
use crate::autogenerate::Summary;
use crate::cli::report::CommandError;
use crate::cli::schemas::{Live, Schemas};
use crate::cli::text;
use crate::database::{self, HistoryState};
use crate::graph::Operation;
use crate::id::RevisionId;
use crate::project::History;

/// Replays the history in the order that the journal records. Returns a finding if that gives the live schema;
/// `changes` are the differences of the usual order.
pub fn order_drift(
    schemas: &Schemas<'_>,
    live: &Live,
    changes: &[Summary],
) -> Result<Option<CheckFinding>, CommandError> {
    let rows = database::ids(&live.state.rows);
    let history = schemas.fitting(&rows);
    let usual = history.graph.applied(&rows);
    let Some(order) = order_taken(history, &usual, &live.state) else { return Ok(None) };
    let Some((ran, before)) = order.iter().zip(&usual).find(|(ran, usual)| ran != usual) else { return Ok(None) };
    let made = match schemas.in_order(&order) {
        Ok(made) => made,
        // An order that cannot run is not the one that this database took with these files.
        Err(_) => return Ok(None),
    };
    if !live_changes(schemas, &made, live, &mut Vec::new())?.is_empty() {
        return Ok(None);
    }
    let (service, count) = (&history.service.name, text::count(changes.len(), "difference"));
    let text = format!(
        "order drift: this database ran {ran} before {before}, and a replay runs them the other way round: {count}"
    );
    let mut remedies = vec![format!(
        "to get what a new database gets, run the statements of: aludel diff database current --sql -s {service}"
    )];
    // A version row that another one needs would be an error (`overlapping-rows`).
    if !rows.contains(before) {
        let path = history.entry(ran).map(|entry| entry.path.display().to_string()).unwrap_or_default();
        remedies.push(format!(
            "to give every database one order, let {ran} depend on {before}: `-- depends_on: {before}` in {path}"
        ));
    }
    let finding = CheckFinding::new("drift", Some(false), text);
    Ok(Some(CheckFinding { changes: changes.to_vec(), remedies, order: Some(order), ..finding }))
}

/// Returns the applied revisions in the order in which they ran according to the journal; `None` if it does not record all
/// of them, or not in an order that the files allow.
fn order_taken(history: &History, applied: &[RevisionId], state: &HistoryState) -> Option<Vec<RevisionId>> {
    let upgrade = Operation::Upgrade.name();
    let runs = state.settled.iter().rev().filter(|row| row.operation == upgrade).enumerate();
    let ran: BTreeMap<&str, usize> = runs.map(|(number, row)| (row.revision.as_str(), number)).collect();
    let mut order: Vec<(usize, &RevisionId)> =
        applied.iter().map(|id| Some((*ran.get(id.as_str())?, id))).collect::<Option<_>>()?;
    order.sort_unstable();
    let is_after_its_needs = |(number, id): &(usize, &RevisionId)| {
        let node = history.graph.get(id.as_str());
        let needs = node.into_iter().flat_map(|node| {
            node.down_revisions.iter().map(RevisionId::as_str).chain(node.depends_on.iter().map(String::as_str))
        });
        needs.into_iter().all(|need| ran.get(need).is_some_and(|before| before < number))
    };
    order.iter().all(is_after_its_needs).then(|| order.into_iter().map(|(_, id)| id.clone()).collect())
}
