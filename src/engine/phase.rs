//! Phases of a deploy: the plan of one phase, and the phase that a revision has to wait for. Pure: uses headers and the
//! graph.

use std::collections::BTreeMap;

use super::error::EngineError;
use crate::graph::Plan;
use crate::id::RevisionId;
use crate::project::History;
use crate::revision::Phase;

/// Returns the plan of an upgrade that ends, on each line, before the first revision of a later phase.
///
/// # Errors
/// A target that does not exist or cannot be reached; a contract revision that needs a migrate revision that has not
/// run. The latter may still need what the contract revision drops, and a request for a phase implies that the earlier
/// ones are complete.
pub(super) fn plan(history: &History, rows: &[RevisionId], target: &str, phase: Phase) -> Result<Plan, EngineError> {
    let plan = history.graph.plan_upgrade_without(rows, target, &|id| revision_phase(history, id) > phase)?;
    if phase == Phase::Contract {
        refuse_early_contract(history, &plan)?;
    }
    Ok(plan)
}

/// Returns the phase that each of `pending` has to wait for: the latest among it and those of `pending` that it needs.
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
