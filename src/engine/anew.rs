//! Checks of an upgrade that starts from emptied databases, made before they are emptied: plans, revision texts and
//! dependencies between services.

use std::collections::BTreeMap;

use super::check::refuse_long_ids;
use super::error::EngineError;
use super::external::{ServiceProgress, waits};
use super::prepare::{Setting, prepare, refuse_one_way};
use super::run::ServiceError;
use crate::graph::Plan;
use crate::id::RevisionId;
use crate::project::History;

/// Maximum length, in characters, of an id in a version table that aludel creates.
const ID_CAPACITY: usize = 255;

/// Checks that each of `services` can be upgraded from an empty database to its heads, beside `others`, which keep
/// their version rows.
///
/// # Errors
/// The first problem that would make one of the upgrades fail and can be detected without running it, with the service.
pub fn check_anew(
    services: &[(&History, Setting<'_>)],
    others: &[(&History, Vec<RevisionId>)],
) -> Result<(), ServiceError> {
    let mut planned: Vec<(&History, Plan)> = Vec::new();
    for (history, setting) in services {
        let plan = plan_anew(history, *setting).map_err(|error| (history.service.name.clone(), error))?;
        planned.push((history, plan));
    }
    let own = planned.iter().map(|(history, plan)| (*history, ServiceProgress::new(history, &[], Some(plan))));
    let others = others.iter().map(|(history, rows)| (*history, ServiceProgress::new(history, rows, None)));
    let progress: BTreeMap<_, _> =
        own.chain(others).map(|(history, standing)| (history.service.name.clone(), standing)).collect();
    waits(&progress).map(drop)
}

fn plan_anew(history: &History, setting: Setting<'_>) -> Result<Plan, EngineError> {
    let plan = history.graph.plan_upgrade(&[], "heads")?;
    refuse_long_ids(&plan, &history.service.version_table, Some(ID_CAPACITY))?;
    prepare(history, &plan, setting)?;
    refuse_one_way(history, &plan)?;
    Ok(plan)
}
