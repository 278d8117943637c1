//! A service's part of a run: what it starts from, and its result.

use std::time::Duration;

use crate::database::Database;
use crate::engine::error::EngineError;
use crate::engine::prepare::Setting;
use crate::engine::resume::resumptions;
use crate::engine::survey::{PreparedRun, RunTarget};
use crate::graph::Plan;
use crate::project::History;

/// Part of a run that belongs to one service.
pub struct Job<'a> {
    /// Service with its revisions and their graph.
    pub history: &'a History,
    /// Connection to its database.
    pub database: Box<dyn Database + 'a>,
    /// Identifies the database; equal for services that share one.
    pub database_name: String,
    /// Target; `None` for a service of which only the state is read, because others depend on it.
    pub run_target: Option<RunTarget>,
    /// Dialect and template variables.
    pub setting: Setting<'a>,
}

/// [`Job`] without its connection.
pub(super) struct ServiceJob<'a> {
    pub(super) history: &'a History,
    pub(super) database_name: String,
    pub(super) run_target: Option<RunTarget>,
    pub(super) setting: Setting<'a>,
}

impl<'a> Job<'a> {
    /// Separates the connection, which outlives the run, from the rest.
    pub(super) fn disconnected(self) -> (Box<dyn Database + 'a>, ServiceJob<'a>) {
        let Self { history, database, database_name, run_target, setting } = self;
        (database, ServiceJob { history, database_name, run_target, setting })
    }
}

/// Result of a service's run.
#[derive(Debug)]
pub struct RunOutcome {
    /// Name of the service.
    pub service: String,
    /// Plan that was run, possibly in part.
    pub plan: Plan,
    /// Duration of each step that completed and was not rolled back. Shorter than the plan if the run failed.
    pub durations: Vec<Duration>,
    /// Error that ended the run; `None` after a success.
    pub error: Option<EngineError>,
}

/// Job with the result of its survey.
pub struct PlannedRun<'a> {
    pub(super) job: Job<'a>,
    pub(super) survey: PreparedRun<'a>,
}

impl<'a> PlannedRun<'a> {
    /// Returns the result of the survey.
    #[must_use]
    pub fn survey(&self) -> &PreparedRun<'a> {
        &self.survey
    }

    /// Returns the name of the service.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.job.history.service.name
    }

    /// Returns the result of the survey, and the connection on which it was made.
    pub fn survey_and_database_mut(&mut self) -> (&PreparedRun<'a>, &mut dyn Database) {
        (&self.survey, &mut *self.job.database)
    }

    /// Checks the incomplete revisions as [`super::run_all`] does after it has acquired the lock.
    ///
    /// # Errors
    /// Those of [`resumptions`].
    pub fn check(&mut self) -> Result<(), EngineError> {
        let PreparedRun { history, state, plan, prepared } = &self.survey;
        resumptions(&history.graph, plan, prepared, &state.incomplete, &mut *self.job.database).map(|_| ())
    }

    /// Pins the run to this plan, because the user has confirmed no other: if the version rows change before the run,
    /// nothing runs.
    pub fn pin_plan(&mut self) {
        self.job.run_target = Some(RunTarget::Pinned(self.survey.plan.clone()));
    }
}
