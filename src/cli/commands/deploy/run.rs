//! Runs the engine for `deploy`, and for the rollback of `watch`.

use crate::cli::commands::run_plan::{self, Waiting};
use crate::cli::context::Context;
use crate::cli::progress::ProgressDisplay;
use crate::cli::report::CommandError;
use crate::cli::surroundings::now;
use crate::cli::{losses, text};
use crate::engine::{self, EngineError, Job, Operator, Options, RunOutcome, RunTarget, Setting, StampRequest};
use crate::graph::Plan;
use crate::operations;
use crate::project::History;

/// Runs the engine with the flags of the command.
pub struct DeployRunner<'a> {
    pub context: &'a Context<'a>,
    pub waiting: &'a Waiting,
    pub jobs: usize,
    /// End the sessions that hold what a revision waits for.
    pub kill_blockers: bool,
    /// Services that the command is about.
    pub histories: &'a [History],
}

/// Converts an error to a report on the service.
pub fn failed(service: &str, error: EngineError) -> CommandError {
    CommandError::from(error).of_service(service)
}

impl DeployRunner<'_> {
    /// Runs each plan. Services without a target, and services that revisions depend on, are only read.
    pub fn run(&self, targets: &[(&History, RunTarget)]) -> Result<Vec<RunOutcome>, CommandError> {
        let others = self.context.referenced(self.histories)?;
        let variables = self.context.variables();
        let setting = |history: &History| -> Result<Setting<'_>, CommandError> {
            Ok(Setting {
                dialect: self.context.dialect(history)?,
                variables: &variables,
                single_transaction: false,
                looking: false,
            })
        };
        let idle =
            self.histories.iter().filter(|history| !targets.iter().any(|(moved, _)| std::ptr::eq(*moved, *history)));
        let moved = targets.iter().map(|(history, run_target)| (*history, Some(run_target.clone())));
        let mut jobs = Vec::new();
        for (history, run_target) in moved.chain(idle.chain(&others).map(|history| (history, None))) {
            let (database, setting) = (self.context.open(history)?, setting(history)?);
            jobs.push(Job {
                history,
                database,
                database_name: self.context.database_name(history),
                run_target,
                setting,
            });
        }
        let (surveyed, waits) = engine::survey_all(jobs).map_err(|(service, error)| failed(&service, error))?;
        for ((history, _), surveyed) in targets.iter().zip(&surveyed) {
            run_plan::warn_of_nothing(history, &surveyed.survey().plan, &surveyed.survey().prepared, self.context);
        }
        let progress = ProgressDisplay::new(self.context.global.quiet).verbose(self.context.global.verbose);
        let operator = Operator::current();
        let options = self.options(&operator);
        let (outcomes, snapshot) = engine::run_all(surveyed, &waits, &options, &progress);
        if let Some(snapshot) = snapshot {
            snapshot.store(&options, &progress);
        }
        progress.clear();
        Ok(outcomes)
    }

    fn options<'o>(&self, operator: &'o Operator) -> Options<'o> {
        let lock_timeout = self.waiting.lock_timeout();
        let (jobs, kill_blockers) = (self.jobs, self.kill_blockers);
        Options { lock_timeout, jobs, single_transaction: false, kill_blockers, operator, now: &now }
    }

    /// Sets the version rows without running anything.
    pub fn stamp(&self, history: &History, stamp: StampRequest<'_>) -> Result<(), CommandError> {
        let mut database = self.context.open(history)?;
        let operator = Operator::current();
        let progress = ProgressDisplay::new(self.context.global.quiet).verbose(self.context.global.verbose);
        let stamped = engine::stamp(history, &mut *database, stamp, &self.options(&operator), &progress);
        stamped.map(|_| ()).map_err(|error| failed(&history.service.name, error))
    }

    /// Question that names what a plan would lose, with the numbers of rows; `None` if nothing is lost or `--yes` is
    /// set. A plan that would be refused is an error.
    pub fn losses(&self, history: &History, plan: &Plan) -> Result<Option<String>, CommandError> {
        let service = &history.service.name;
        let variables = self.context.variables();
        let setting = Setting {
            dialect: self.context.dialect(history)?,
            variables: &variables,
            single_transaction: false,
            looking: false,
        };
        let prepared = engine::prepare(history, plan, setting).map_err(|error| failed(service, error))?;
        if self.context.global.yes {
            return Ok(None);
        }
        let mut database = self.context.open(history)?;
        let lost = operations::losses(&mut *database, plan, &prepared).map_err(|error| failed(service, error))?;
        let lost: Vec<String> = lost.iter().map(losses::line).collect();
        let question = || format!("{service}: downgrade to {}? {}.", text::rows(&plan.to), lost.join(", "));
        Ok((!lost.is_empty()).then(question))
    }
}
