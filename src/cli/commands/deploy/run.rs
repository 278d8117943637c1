//! Runs the engine for `deploy`, and for the rollback of `watch`.

use crate::cli::commands::moving::{self, Waiting};
use crate::cli::context::{Context, now};
use crate::cli::progress::Progress;
use crate::cli::report::Report;
use crate::cli::{losses, words};
use crate::engine::{self, Course, EngineError, Job, Options, Outcome, Prepared, Setting, Stamp};
use crate::graph::Plan;
use crate::project::History;
use crate::runbook;

/// Runs the engine with the flags of the command.
pub struct Mover<'a> {
    pub context: &'a Context<'a>,
    pub waiting: &'a Waiting,
    pub jobs: usize,
    /// End the sessions that hold what a revision waits for.
    pub kill_blockers: bool,
    /// Services that the command is about.
    pub histories: &'a [History],
}

/// Converts an error to a report on the service.
pub fn failed(service: &str, error: EngineError) -> Report {
    Report::from(error).of_service(service)
}

impl Mover<'_> {
    /// Runs each course. Services without a course, and services that revisions depend on, are only read.
    pub fn run(&self, courses: &[(&History, Course)]) -> Result<Vec<Outcome>, Report> {
        let others = self.context.referenced(self.histories)?;
        let variables = self.context.variables();
        let setting = |history: &History| -> Result<Setting<'_>, Report> {
            Ok(Setting {
                dialect: self.context.dialect(history)?,
                variables: &variables,
                single_transaction: false,
                looking: false,
            })
        };
        let idle =
            self.histories.iter().filter(|history| !courses.iter().any(|(moved, _)| std::ptr::eq(*moved, *history)));
        let moved = courses.iter().map(|(history, course)| (*history, Some(course.clone())));
        let mut jobs = Vec::new();
        for (history, course) in moved.chain(idle.chain(&others).map(|history| (history, None))) {
            let (database, setting) = (self.context.open(history)?, setting(history)?);
            jobs.push(Job { history, database, database_name: self.context.database_name(history), course, setting });
        }
        let (surveyed, waits) = engine::survey_all(jobs).map_err(|(service, error)| failed(&service, error))?;
        for ((history, _), surveyed) in courses.iter().zip(&surveyed) {
            moving::warn_of_nothing(history, &surveyed.survey().plan, &surveyed.survey().prepared, self.context);
        }
        let progress = Progress::new(self.context.global.quiet).verbose(self.context.global.verbose);
        let operator = self.context.operator();
        let options = self.options(&operator);
        let outcomes = engine::run_all(surveyed, &waits, &options, &progress);
        progress.clear();
        Ok(outcomes)
    }

    fn options<'o>(&self, operator: &'o engine::Operator) -> Options<'o> {
        let patience = self.waiting.patience();
        let (jobs, kill_blockers) = (self.jobs, self.kill_blockers);
        Options { patience, jobs, single_transaction: false, kill_blockers, operator, now: &now }
    }

    /// Prepares the statements of a plan.
    pub fn prepare(&self, history: &History, plan: &Plan) -> Result<Vec<Prepared>, Report> {
        let variables = self.context.variables();
        let setting = Setting {
            dialect: self.context.dialect(history)?,
            variables: &variables,
            single_transaction: false,
            looking: false,
        };
        engine::prepare(history, plan, setting).map_err(|error| failed(&history.service.name, error))
    }

    /// Sets the version rows without running anything.
    pub fn stamp(&self, history: &History, stamp: Stamp<'_>) -> Result<(), Report> {
        let mut database = self.context.open(history)?;
        let operator = self.context.operator();
        let progress = Progress::new(self.context.global.quiet).verbose(self.context.global.verbose);
        let stamped = engine::stamp(history, &mut *database, stamp, &self.options(&operator), &progress);
        stamped.map(|_| ()).map_err(|error| failed(&history.service.name, error))
    }

    /// Question that names what a plan would lose, with the numbers of rows; `None` if nothing is lost or `--yes` is
    /// set.
    pub fn losses(&self, history: &History, plan: &Plan, prepared: &[Prepared]) -> Result<Option<String>, Report> {
        if self.context.global.yes {
            return Ok(None);
        }
        let service = &history.service.name;
        let mut database = self.context.open(history)?;
        let lost = runbook::losses(&mut *database, plan, prepared).map_err(|error| failed(service, error.into()))?;
        let lost: Vec<String> = lost.iter().map(losses::line).collect();
        let question = || format!("{service}: downgrade to {}? {}.", words::rows(&plan.to), lost.join(", "));
        Ok((!lost.is_empty()).then(question))
    }
}
