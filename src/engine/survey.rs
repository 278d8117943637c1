//! Survey of a database before a run: its state, the plan, and the text of each step. Read-only.

use std::sync::Arc;

use super::changed::changed_revisions;
use super::check::{known_rows, refuse_long_ids, refuse_lost_rows};
use super::error::EngineError;
use super::phase;
use super::prepare::{PreparedStep, Setting, prepare, refuse_one_way};
use super::prepared_steps::PreparedSteps;
use super::recorded::{read_history, refuse_ahead};
use super::strings;
use crate::database::{Database, HistoryState};
use crate::graph::{Plan, Step};
use crate::id::RevisionId;
use crate::project::History;
use crate::revision::Phase;

/// Target of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunTarget {
    /// Upgrade to the target.
    Upgrade(String),
    /// Upgrade to the target, on each line up to the first revision of a later deploy phase.
    Phase(String, Phase),
    /// Downgrade to the target.
    Downgrade(String),
    /// Exactly this plan; an empty one if the version rows are not the ones that it starts from.
    Pinned(Plan),
}

impl RunTarget {
    /// Returns the plan from the version rows `rows`.
    ///
    /// # Errors
    /// [`EngineError::Target`] if the target does not exist or cannot be reached; [`EngineError::EarlyContract`].
    pub fn plan(&self, history: &History, rows: &[RevisionId]) -> Result<Plan, EngineError> {
        match self {
            Self::Upgrade(target) => Ok(history.graph.plan_upgrade(rows, target)?),
            Self::Phase(target, phase) => phase::plan(history, rows, target, *phase),
            Self::Downgrade(target) => Ok(history.graph.plan_downgrade(rows, target)?),
            Self::Pinned(plan) if plan.from == rows => Ok(plan.clone()),
            Self::Pinned(plan) => {
                Ok(Plan { from: rows.to_vec(), steps: Vec::new(), to: rows.to_vec(), ..plan.clone() })
            }
        }
    }
}

/// Result of a survey.
#[derive(Debug)]
pub struct PreparedRun<'a> {
    /// History of the service, with the applied revisions that have no file but are described by the journal.
    pub history: &'a History,
    /// State of the database.
    pub state: HistoryState,
    /// Plan from this state to the target.
    pub plan: Plan,
    /// Prepared steps of the plan, in its order.
    pub prepared: PreparedSteps<'a>,
}

impl PreparedRun<'_> {
    /// Returns the step `index` of the plan.
    ///
    /// # Panics
    /// If the plan has no such step.
    #[allow(clippy::expect_used, reason = "the run counts the plan's steps")]
    pub(super) fn step(&self, index: usize) -> &Step {
        self.plan.steps.get(index).expect("the index counts the plan's steps")
    }

    /// Returns the step `index` of the plan with its text.
    ///
    /// # Errors
    /// As [`PreparedSteps::get`].
    pub(super) fn prepared(&self, index: usize) -> Result<Arc<PreparedStep>, EngineError> {
        self.prepared.get(self.step(index), index)
    }
}

/// Reads the state of the database, plans, and prepares the steps. Changes nothing.
///
/// # Errors
/// Any error that would make the run fail and can be detected before it.
pub fn survey<'a>(
    history: &'a History,
    database: &mut dyn Database,
    run_target: &RunTarget,
    setting: Setting<'a>,
) -> Result<PreparedRun<'a>, EngineError> {
    let (history, state) = read_history(history, database)?;
    let rows = known_rows(history, &state)?;
    if !matches!(run_target, RunTarget::Pinned(_)) {
        refuse_lost_rows(history, &state)?;
    }
    if let RunTarget::Upgrade(_) | RunTarget::Phase(..) = run_target {
        let changed = changed_revisions(history, &state, setting.dialect)?;
        if !changed.is_empty() {
            return Err(EngineError::Changed(changed));
        }
        refuse_ahead(history)?;
    }
    let plan = run_target.plan(history, &rows)?;
    refuse_long_ids(&plan, &history.service.version_table, state.id_capacity)?;
    let prepared = prepare(history, &plan, setting).map_err(|error| strings::named(error, database))?;
    strings::refuse_read_otherwise(&plan, &prepared, database)?;
    refuse_one_way(history, &plan)?;
    Ok(PreparedRun { history, state, plan, prepared })
}
