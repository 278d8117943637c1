//! Results of requests: reports of runs and plans, and the state of databases. Plain values.

use std::time::Duration;

use crate::database::{Incomplete, Server};
use crate::engine::{Changed, PlannedRun, RunOutcome};
use crate::graph::{Operation, Plan};
use crate::id::RevisionId;
use crate::project::History;

/// Result of a run, or the plan of one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// One report for each selected service, in the order of the config.
    pub services: Vec<ServiceReport>,
}

impl Report {
    /// Iterates over the steps of all services, each with the name of its service.
    pub fn steps(&self) -> impl Iterator<Item = (&str, &StepReport)> {
        self.services.iter().flat_map(|service| service.steps.iter().map(|step| (service.service.as_str(), step)))
    }

    /// Returns `true` if there was nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.services.iter().all(|service| service.steps.is_empty())
    }
}

/// Result or plan of one service.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceReport {
    /// Name of the service.
    pub service: String,
    /// Direction of the plan.
    pub operation: Operation,
    /// Current revisions before the run, sorted.
    pub from: Vec<RevisionId>,
    /// Current revisions after the run, sorted. For a plan, those that it would lead to; for a failed run, those that
    /// are current now.
    pub to: Vec<RevisionId>,
    /// Steps that were applied. For a plan, the steps that would be.
    pub steps: Vec<StepReport>,
    /// Warnings about the connection, such as a password file that was ignored.
    pub warnings: Vec<String>,
}

/// One revision of a run or plan.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StepReport {
    /// Id of the revision.
    pub revision: RevisionId,
    /// Operation: upgrade, downgrade or stamp.
    pub operation: Operation,
    /// Message of the revision; empty if it has none.
    pub message: String,
    /// Current revisions after this step.
    pub rows: Vec<RevisionId>,
    /// Duration of the step; `None` if it was not run (a plan or a stamp).
    pub duration: Option<Duration>,
}

/// State of one service's database.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// Name of the service.
    pub service: String,
    /// Product and version that the server reports.
    pub server: Server,
    /// Current revisions that have a revision file, sorted.
    pub current: Vec<RevisionId>,
    /// Ids in the version table that no revision file has.
    pub unknown: Vec<RevisionId>,
    /// Applied revisions that no revision file has, but which the journal describes: a newer release has applied them.
    pub ahead: Vec<RevisionId>,
    /// Revisions that are not applied, in an order in which they can be applied.
    pub pending: Vec<RevisionId>,
    /// Revisions that are only partly applied.
    pub incomplete: Vec<Incomplete>,
    /// Applied revisions whose file or dependencies changed since.
    pub changed: Vec<Changed>,
}

impl Status {
    /// Returns `true` if every revision is applied completely and unchanged, and the version table holds no unknown id:
    /// an upgrade would succeed and do nothing.
    #[must_use]
    pub fn is_up_to_date(&self) -> bool {
        self.pending.is_empty() && self.unknown.is_empty() && self.incomplete.is_empty() && self.changed.is_empty()
    }
}

impl ServiceReport {
    /// Creates the report of a plan.
    pub(super) fn planned(history: &History, plan: &Plan) -> Self {
        Self {
            service: history.service.name.clone(),
            operation: plan.direction,
            from: plan.from.clone(),
            to: plan.to.clone(),
            steps: steps(history, plan),
            warnings: Vec::new(),
        }
    }

    pub(super) fn surveyed(history: &History, surveyed: &PlannedRun<'_>) -> Self {
        Self::planned(history, &surveyed.survey().plan)
    }

    /// Creates the report of a run from the steps that were applied.
    pub(super) fn done(history: &History, outcome: &RunOutcome) -> Self {
        let mut report = Self::planned(history, &outcome.plan);
        if outcome.error.is_some() {
            report.steps.truncate(outcome.durations.len());
            report.to = report.steps.last().map_or_else(|| outcome.plan.from.clone(), |step| step.rows.clone());
        }
        for (step, duration) in report.steps.iter_mut().zip(&outcome.durations) {
            step.duration = Some(*duration);
        }
        report
    }
}

fn steps(history: &History, plan: &Plan) -> Vec<StepReport> {
    let step = |(step, rows): (&crate::graph::Step, Vec<RevisionId>)| StepReport {
        revision: step.revision.clone(),
        operation: step.operation,
        message: history.entry(&step.revision).ok().and_then(|entry| entry.header.message.clone()).unwrap_or_default(),
        rows,
        duration: None,
    };
    plan.steps.iter().zip(plan.rows_after_steps()).map(step).collect()
}
