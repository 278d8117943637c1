//! Looks before anything runs: what is applied, what is to be done, and with which text.

use super::changed::changed_revisions;
use super::check::{known_rows, read_state, refuse_long_ids, refuse_lost_rows};
use super::error::EngineError;
use super::phase;
use super::prepare::{PreparedStep, Setting, prepare, refuse_one_way};
use super::strings;
use crate::database::{Database, HistoryState};
use crate::graph::Plan;
use crate::id::RevisionId;
use crate::project::History;
use crate::revision::Phase;

/// Where a run is to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunTarget {
    /// Up to the target.
    Upgrade(String),
    /// Up to the target, as far as this phase of a deploy goes.
    Phase(String, Phase),
    /// Down to the target.
    Downgrade(String),
    /// Back, by this plan; nothing when the rows are no longer those that it starts from.
    Undo(Plan),
}

impl RunTarget {
    /// The plan from `rows`.
    ///
    /// # Errors
    /// [`EngineError::Target`] when the target means nothing here or cannot be reached; [`EngineError::EarlyContract`].
    pub fn plan(&self, history: &History, rows: &[RevisionId]) -> Result<Plan, EngineError> {
        match self {
            Self::Upgrade(target) => Ok(history.graph.plan_upgrade(rows, target)?),
            Self::Phase(target, phase) => phase::plan(history, rows, target, *phase),
            Self::Downgrade(target) => Ok(history.graph.plan_downgrade(rows, target)?),
            Self::Undo(plan) if plan.from == rows => Ok(plan.clone()),
            Self::Undo(plan) => Ok(Plan { from: rows.to_vec(), steps: Vec::new(), to: rows.to_vec(), ..plan.clone() }),
        }
    }
}

/// What was found.
#[derive(Debug)]
pub struct PreparedRun {
    /// What the database says.
    pub state: HistoryState,
    /// What is to be done.
    pub plan: Plan,
    /// The text of each of the plan's steps.
    pub prepared: Vec<PreparedStep>,
}

/// Reads the state of the database, plans, and prepares; changes nothing.
///
/// # Errors
/// Whatever would make the run fail and can be known before it.
pub fn survey(
    history: &History,
    database: &mut dyn Database,
    course: &RunTarget,
    setting: Setting<'_>,
) -> Result<PreparedRun, EngineError> {
    let state = read_state(history, database)?;
    let rows = known_rows(&history.graph, &state)?;
    if !matches!(course, RunTarget::Undo(_)) {
        refuse_lost_rows(history, &state)?;
    }
    if let RunTarget::Upgrade(_) | RunTarget::Phase(..) = course {
        let changed = changed_revisions(history, &state, setting.dialect)?;
        if !changed.is_empty() {
            return Err(EngineError::Changed(changed));
        }
    }
    let plan = course.plan(history, &rows)?;
    refuse_long_ids(&plan, &history.service.version_table, state.id_capacity)?;
    let prepared = prepare(history, &plan, setting).map_err(|error| strings::named(error, database))?;
    strings::refuse_read_otherwise(&plan, &prepared, database)?;
    refuse_one_way(history, &plan)?;
    Ok(PreparedRun { state, plan, prepared })
}
