//! The three parts of a deploy: what runs in a phase, what waits for which. Pure; asks headers and the graph.

use std::collections::BTreeMap;

use super::error::EngineError;
use crate::graph::Plan;
use crate::id::RevisionId;
use crate::project::History;
use crate::revision::Phase;

/// The plan of an upgrade up to the first revision of a later phase on each line.
///
/// # Errors
/// A target that means nothing here; a contract revision that needs a migrate revision which has not run: what
/// contract takes away may still be wanted by it, and whoever asks for a phase has said that the ones before are done.
pub(super) fn plan(history: &History, rows: &[RevisionId], target: &str, phase: Phase) -> Result<Plan, EngineError> {
    let plan = history.graph.plan_upgrade_without(rows, target, &|id| revision_phase(history, id) > phase)?;
    if phase == Phase::Contract {
        refuse_early_contract(history, &plan)?;
    }
    Ok(plan)
}

/// The phase that each of `pending` waits for: the latest of its own and of those that it needs among `pending`.
#[must_use]
pub fn phases(history: &History, pending: &[RevisionId]) -> BTreeMap<RevisionId, Phase> {
    history.graph.spread(pending, &|id| revision_phase(history, id))
}

fn refuse_early_contract(history: &History, plan: &Plan) -> Result<(), EngineError> {
    let steps: Vec<RevisionId> = plan.steps.iter().map(|step| step.revision.clone()).collect();
    let migration = |id: &RevisionId| (revision_phase(history, id) == Phase::Migrate).then(|| id.clone());
    let migrations = history.graph.spread(&steps, &migration);
    let is_contract = |id: &&RevisionId| revision_phase(history, id) == Phase::Contract;
    let early = steps.iter().filter(is_contract).find_map(|id| Some((id, migrations.get(id)?.as_ref()?)));
    match early {
        Some((revision, migration)) => {
            Err(EngineError::EarlyContract { revision: revision.clone(), migration: migration.clone() })
        }
        None => Ok(()),
    }
}

fn revision_phase(history: &History, id: &RevisionId) -> Phase {
    history.entry(id).map(|entry| entry.header.phase).unwrap_or_default()
}
