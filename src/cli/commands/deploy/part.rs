//! One service's part of a deploy: findings, results, output.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::backups::DeployBackup;
use crate::cli::commands::preflight;
use crate::cli::markdown_report::Paper;
use crate::cli::report::CommandError;
use crate::cli::{check_view, json as documents, text};
use crate::config::Moment;
use crate::database::FailureCause;
use crate::engine::{EngineError, RunOutcome};
use crate::graph::Plan;
use crate::id::RevisionId;
use crate::operations::{Preflight, Ran, Verdict};
use crate::project::History;
use crate::units::{format_bytes, format_elapsed};

/// Findings and results of one service.
pub struct ServiceDeployment<'h> {
    pub history: &'h History,
    pub preflight: Preflight,
    pub hooks: Vec<(Moment, Ran)>,
    pub backup: Option<DeployBackup>,
    /// Result of the run, without its error.
    pub outcome: Option<RunOutcome>,
    /// Failure of the run, if it failed.
    pub failed: Option<FailedRun>,
    pub verdicts: Vec<Verdict>,
    /// Action taken after a failure, or the reason why there was none.
    pub aftermath: Option<Aftermath>,
}

/// Facts about a failed run on which its undo depends.
pub struct FailedRun {
    /// Revision of which a part may have stayed.
    pub half_done: Option<RevisionId>,
    /// All of its statements ran, and only the verification failed.
    pub all_ran: bool,
}

impl FailedRun {
    pub fn from_error(error: &EngineError) -> Self {
        match error {
            EngineError::Failed { revision, failure, .. } if !failure.rolled_back => {
                let all_ran = matches!(failure.cause, FailureCause::Unverified(_));
                Self { half_done: Some(revision.clone()), all_ran }
            }
            _ => Self { half_done: None, all_ran: false },
        }
    }
}

/// Action taken after a failure.
pub struct Aftermath {
    /// `stop`, `downgrade` or `restore`.
    pub policy: &'static str,
    /// The database is where it was before the deploy.
    pub is_back: bool,
    /// Description in one sentence.
    pub text: String,
}

impl<'h> ServiceDeployment<'h> {
    pub fn new(history: &'h History, preflight: Preflight) -> Self {
        let (hooks, verdicts) = (Vec::new(), Vec::new());
        Self { history, preflight, hooks, backup: None, outcome: None, failed: None, verdicts, aftermath: None }
    }

    pub fn name(&self) -> &str {
        &self.history.service.name
    }

    /// The plan that was run, otherwise that of the preflight.
    pub fn plan(&self) -> Option<&Plan> {
        let ran = self.outcome.as_ref().map(|outcome| &outcome.plan);
        ran.or(self.preflight.plan.as_ref())
    }

    /// Returns `true` if there are revisions to run.
    pub fn is_pending(&self) -> bool {
        self.plan().is_some_and(|plan| !plan.steps.is_empty())
    }

    /// Number of revisions that were applied and stay.
    pub fn done(&self) -> usize {
        self.outcome.as_ref().map_or(0, |outcome| outcome.durations.len())
    }

    /// Facts passed to the hooks.
    pub fn facts(
        &self,
        moment: Moment,
        target: &str,
        failure: Option<&CommandError>,
    ) -> BTreeMap<&'static str, String> {
        let service = &self.history.service;
        let ids = |ids: &[RevisionId]| documents::strings(ids).join(",");
        let mut facts = BTreeMap::from([
            ("service", service.name.clone()),
            ("moment", moment.name().to_owned()),
            ("target", target.to_owned()),
            ("database", service.url_for_people()),
        ]);
        if let Some(plan) = self.plan() {
            facts.insert("from", ids(&plan.from));
            facts.insert("to", ids(&plan.to));
            let revisions: Vec<_> = plan.steps.iter().map(|step| step.revision.clone()).collect();
            facts.insert("revisions", ids(&revisions));
            facts.insert("done", self.done().to_string());
        }
        facts.extend(service.env.clone().map(|env| ("env", env)));
        facts.extend(self.backup.as_ref().map(|backup| ("backup", backup.path.clone())));
        if let Some(failure) = failure {
            facts.insert("error_code", failure.report.code.to_string());
            facts.insert("error", failure.report.message.clone());
        }
        facts
    }

    /// Document for `--json`.
    pub fn document(&self, ok: bool) -> Value {
        let plan = self.plan().map(|plan| documents::plan(self.history, plan, self.outcome.as_ref(), ok));
        let mut document = match (plan, &self.outcome) {
            (Some(plan), Some(outcome)) if self.failed.is_some() => documents::part(plan, outcome),
            (Some(plan), _) => plan,
            (None, _) => json!({ "service": self.name() }),
        };
        let hook = |(moment, ran): &(Moment, Ran)| {
            json!({ "moment": moment.name(), "command": ran.command, "ok": ran.problem.is_none(), "problem": ran.problem,
                "output": ran.said, "duration_ms": u64::try_from(ran.took.as_millis()).unwrap_or(u64::MAX) })
        };
        document["ok"] = json!(ok);
        document["preflight"] = preflight::document(self.history, &self.preflight);
        document["hooks"] = self.hooks.iter().map(hook).collect();
        document["backup"] =
            json!(self.backup.as_ref().map(|backup| json!({ "path": backup.path, "bytes": backup.bytes })));
        document["verify"] = self.verdicts.iter().map(check_view::document).collect();
        let aftermath = |aftermath: &Aftermath| json!({ "policy": aftermath.policy, "is_back": aftermath.is_back, "text": aftermath.text });
        document["aftermath"] = json!(self.aftermath.as_ref().map(aftermath));
        document
    }

    /// Adds this part to the report for the ticket.
    pub fn paper(&self, paper: &mut Paper) {
        paper.heading(self.name());
        paper.fact(&format!("database: {}", self.history.service.url_for_people()));
        if let Some(plan) = self.plan() {
            paper.fact(&format!("from {} to {}", text::rows(&plan.from), text::rows(&plan.to)));
        }
        if let Some(backup) = &self.backup {
            let took = format_elapsed(backup.took);
            paper.fact(&format!("backup: {} ({}, {took})", backup.path, format_bytes(backup.bytes)));
        }
        self.steps(paper);
        for (moment, ran) in &self.hooks {
            let ended = ran.problem.as_deref().unwrap_or("ok");
            paper.fact(&format!("hook {} `{}`: {ended} ({})", moment.name(), ran.command, format_elapsed(ran.took)));
        }
        if let Some(aftermath) = &self.aftermath {
            paper.fact(&format!("after the failure: {}", aftermath.text));
        }
        paper.heading(&format!("{}: verification", self.name()));
        paper.verdicts(&self.verdicts);
        paper.heading(&format!("{}: preflight", self.name()));
        paper.items(&self.preflight.items);
    }

    fn steps(&self, paper: &mut Paper) {
        let Some(outcome) = &self.outcome else { return };
        for (index, step) in outcome.plan.steps.iter().enumerate() {
            let entry = text::entry(self.history, &step.revision);
            let message = entry.and_then(|entry| entry.header.message.clone()).unwrap_or_default();
            let how = match outcome.durations.get(index) {
                Some(duration) => format_elapsed(*duration),
                None if index == outcome.durations.len() && self.failed.is_some() => "**failed**".to_owned(),
                None => "not run".to_owned(),
            };
            paper.fact(&format!("{} {} {message}: {how}", step.operation.name(), step.revision));
        }
    }
}
