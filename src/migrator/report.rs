//! What a run came to, and where databases are. Values only.

use std::time::Duration;

use crate::database::{Incomplete, Server};
use crate::engine::{Changed, Outcome, Surveyed};
use crate::graph::{Operation, Plan};
use crate::id::RevisionId;
use crate::project::History;

/// What a run came to, or would come to.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Each service, in the order of the config.
    pub services: Vec<ServiceReport>,
}

impl Report {
    /// All steps, with the names of their services.
    pub fn steps(&self) -> impl Iterator<Item = (&str, &StepReport)> {
        self.services.iter().flat_map(|service| service.steps.iter().map(|step| (service.service.as_str(), step)))
    }

    /// Whether there was nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.services.iter().all(|service| service.steps.is_empty())
    }
}

/// One service's part.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServiceReport {
    /// The service.
    pub service: String,
    /// The direction.
    pub operation: Operation,
    /// The version rows before, in order.
    pub from: Vec<RevisionId>,
    /// The version rows after: of a plan, when it will have run; of a run that failed, those that are there now.
    pub to: Vec<RevisionId>,
    /// What was done and stays; of a plan, what is to be done.
    pub steps: Vec<StepReport>,
    /// What there is to know of how the connection was made (a password file that was not used).
    pub warnings: Vec<String>,
}

/// One revision of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StepReport {
    /// The revision.
    pub revision: RevisionId,
    /// What was done with it.
    pub operation: Operation,
    /// Its message; empty when it has none.
    pub message: String,
    /// The version rows after this step.
    pub rows: Vec<RevisionId>,
    /// How long it took; none: it did not run.
    pub duration: Option<Duration>,
}

/// Where one service's database is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// The service.
    pub service: String,
    /// What the server says it is.
    pub server: Server,
    /// The version rows that revisions explain, in order.
    pub current: Vec<RevisionId>,
    /// The version rows that no revision explains.
    pub unknown: Vec<RevisionId>,
    /// What is not applied, in an order that works.
    pub pending: Vec<RevisionId>,
    /// Revisions that are half done.
    pub incomplete: Vec<Incomplete>,
    /// Applied revisions whose texts are not what was applied.
    pub changed: Vec<Changed>,
}

impl Status {
    /// Whether everything is applied, and nothing stands in the way of going on.
    #[must_use]
    pub fn is_up_to_date(&self) -> bool {
        self.pending.is_empty() && self.unknown.is_empty() && self.incomplete.is_empty()
    }
}

impl ServiceReport {
    /// What is to be done.
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

    pub(super) fn surveyed(history: &History, surveyed: &Surveyed<'_>) -> Self {
        Self::planned(history, &surveyed.survey().plan)
    }

    /// What was done and stays.
    pub(super) fn done(history: &History, outcome: &Outcome) -> Self {
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
