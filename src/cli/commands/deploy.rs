//! `deploy`: preflight, backup, upgrade, verification, and what follows a failure.

mod backups;
mod part;
pub(super) mod run;
mod undo;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use self::part::{FailedRun, ServiceDeployment};
use self::run::{DeployRunner, failed};
use super::run_plan::Waiting;
use super::{preflight, verify};
use crate::cli::context::Context;
use crate::cli::database_creation::CreateDatabase;
use crate::cli::markdown_report::Paper;
use crate::cli::output::CommandOutput;
use crate::cli::progress::{self, ProgressDisplay};
use crate::cli::report::CommandError;
use crate::cli::surroundings::now_seconds;
use crate::cli::{check_view, style, text};
use crate::config::{Moment, OnFailure};
use crate::engine::{Observer as _, Operator};
use crate::error_code::ErrorCode;
use crate::id::RevisionId;
use crate::operations::{self, Level};
use crate::project::History;
use crate::units::format_bytes;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel deploy head -s auth --report deploy.md\n  aludel deploy head --all \
    --on-failure downgrade --yes\n  aludel deploy head --all --phase expand           # before the new code runs; \
    later: migrate, contract\n\nExit status: 3 if the preflight finds a problem; nothing was changed then.")]
pub struct DeployArgs {
    /// Target of the upgrade: an id, head, LABEL@head, +1, ...
    #[arg(value_name = "TARGET", default_value = "head", allow_negative_numbers = true)]
    pub target: String,
    /// Action after a failure (default: the config's `on_failure`)
    #[arg(long, value_name = "WHAT")]
    pub on_failure: Option<Policy>,
    /// Continue although the preflight found something that blocks the upgrade
    #[arg(long)]
    pub ignore_preflight: bool,
    /// Take no backup
    #[arg(long)]
    pub no_backup: bool,
    #[command(flatten)]
    pub preflight: preflight::PreflightThresholds,
    #[command(flatten)]
    pub creation: CreateDatabase,
    #[command(flatten)]
    pub waiting: Waiting,
    /// End the sessions that block a revision. They lose their uncommitted changes
    #[arg(long)]
    pub kill_blockers: bool,
    /// Run up to N services at the same time
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub jobs: usize,
    /// Write a Markdown report to this file
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
}

/// Action after a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Policy {
    /// Leave everything as it is
    Stop,
    /// Downgrade to the revisions from before the deploy
    Downgrade,
    /// Restore the backup that the deploy took
    Restore,
}

impl From<Policy> for OnFailure {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::Stop => Self::Stop,
            Policy::Downgrade => Self::Downgrade,
            Policy::Restore => Self::Restore,
        }
    }
}

pub fn run(arguments: &DeployArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    progress::catch_interrupts();
    let context = &context.creating(arguments.creation);
    let histories = context.for_writing(&[&arguments.target])?;
    let policy = arguments.on_failure.map(OnFailure::from);
    refuse_impossible_restore(&histories, policy, arguments)?;
    let mover = DeployRunner {
        context,
        waiting: &arguments.waiting,
        jobs: arguments.jobs,
        kill_blockers: arguments.kill_blockers,
        histories: &histories,
    };
    let mut deploy = Deploy { arguments, context, mover: &mover, parts: Vec::new(), begun: now_seconds() };
    if !deploy.preflight(&histories)? {
        return Ok(deploy.stopped());
    }
    let failure = deploy.go().err();
    if let Some(failure) = &failure {
        deploy.after_failure(failure, policy);
    }
    deploy.finish(failure)
}

fn refuse_impossible_restore(
    histories: &[History],
    policy: Option<OnFailure>,
    arguments: &DeployArgs,
) -> Result<(), CommandError> {
    let restores = |history: &&History| policy.unwrap_or(history.service.on_failure) == OnFailure::Restore;
    let Some(history) = histories.iter().find(restores) else { return Ok(()) };
    if !arguments.no_backup {
        return Ok(());
    }
    let report = CommandError::usage("`--on-failure restore` needs a backup, but --no-backup skips it");
    Err(report.of_service(&history.service.name).hint("remove --no-backup, or use --on-failure downgrade"))
}

struct Deploy<'d> {
    arguments: &'d DeployArgs,
    context: &'d Context<'d>,
    mover: &'d DeployRunner<'d>,
    parts: Vec<ServiceDeployment<'d>>,
    begun: String,
}

impl<'d> Deploy<'d> {
    /// Runs the preflight of each service. Returns `true` if the deploy may continue.
    fn preflight(&mut self, histories: &'d [History]) -> Result<bool, CommandError> {
        for history in histories {
            let backup = (!self.arguments.no_backup).then_some(Level::Stop);
            let found =
                preflight::look(history, &self.arguments.target, &self.arguments.preflight, backup, self.context)?;
            self.parts.push(ServiceDeployment::new(history, found));
        }
        let is_stopped = self.parts.iter().any(|part| part.preflight.level() == Level::Stop);
        let can_go_on = self.parts.iter().all(|part| part.preflight.plan.is_some());
        Ok(!is_stopped || (self.arguments.ignore_preflight && can_go_on))
    }

    /// Answer if the preflight found something that blocks the deploy.
    fn stopped(&self) -> CommandOutput {
        let mut answer = CommandOutput { negative: true, ..CommandOutput::default() };
        for part in &self.parts {
            answer.text += &text::section(true, part.name(), preflight::lines(&part.preflight));
            answer.services.push(part.document(false));
        }
        answer.text += "nothing was changed\n";
        let path = self.arguments.report.as_deref();
        self.paper(&answer_line("not started: the preflight found a problem"), None)
            .write_beside_failure(path, self.context);
        answer
    }

    fn go(&mut self) -> Result<(), CommandError> {
        self.hooks(Moment::BeforeDeploy, None)?;
        if !self.arguments.no_backup {
            self.back_up()?;
        }
        self.upgrade()?;
        self.hooks(Moment::AfterUpgrade, None)?;
        self.verify()?;
        self.hooks(Moment::AfterDeploy, None)
    }

    /// Runs the hooks of every service that has pending revisions.
    fn hooks(&mut self, moment: Moment, failure: Option<&CommandError>) -> Result<(), CommandError> {
        let progress = ProgressDisplay::new(self.context.global.quiet);
        // A hook that cleans up after an interrupt must not be interrupted by it.
        let interrupted = || moment != Moment::OnFailure && progress.interrupted();
        let phase = self.phase();
        for part in self.parts.iter_mut().filter(|part| part.is_pending()) {
            for hook in part.history.service.hooks.at(moment) {
                self.context.status(&format!("{}: hook {} {}", part.name(), moment.name(), hook.command.join(" ")));
                let mut facts = part.facts(moment, &self.arguments.target, failure);
                facts.extend(phase.map(|phase| ("phase", phase.to_owned())));
                let ran = operations::run_hook(hook, &part.history.service.variables, &facts, &interrupted);
                let report = ran.problem.as_ref().map(|problem| {
                    let message = format!("the hook {} `{}` failed: {problem}", moment.name(), ran.command);
                    let report = CommandError::new(ErrorCode::HookFailed, message).of_service(part.name());
                    if ran.said.is_empty() { report } else { report.note(format!("it said: {}", ran.said)) }
                });
                let stops = ran.stops;
                part.hooks.push((moment, ran));
                match report {
                    Some(report) if stops => return Err(report),
                    Some(report) => self.context.warn(&report.report.message),
                    None => {}
                }
            }
        }
        Ok(())
    }

    fn back_up(&mut self) -> Result<(), CommandError> {
        for part in self.parts.iter_mut().filter(|part| part.is_pending()) {
            part.backup = backups::take(part.history, self.arguments.waiting.lock_timeout(), self.context)?;
            if let Some(backup) = &part.backup {
                let size = format_bytes(backup.bytes);
                self.context.status(&format!("{}: backup {} ({size})", part.name(), backup.path));
            }
        }
        Ok(())
    }

    fn upgrade(&mut self) -> Result<(), CommandError> {
        let run_target = self.arguments.preflight.run_target(&self.arguments.target);
        let targets: Vec<_> = self.parts.iter().map(|part| (part.history, run_target.clone())).collect();
        let outcomes = self.mover.run(&targets)?;
        let mut reports = Vec::new();
        for mut outcome in outcomes {
            let Some(part) = self.parts.iter_mut().find(|part| part.name() == outcome.service) else { continue };
            if let Some(error) = outcome.error.take() {
                part.failed = Some(FailedRun::from_error(&error));
                reports.push(failed(&outcome.service, error));
            }
            part.outcome = Some(outcome);
        }
        // Services that only waited for a failed one are reported after it.
        reports.sort_by_key(|report| report.report.code == ErrorCode::Blocked);
        let mut reports = reports.into_iter();
        let Some(mut first) = reports.next() else { return Ok(()) };
        first.report.notes.extend(reports.map(|other| other.report.title()));
        Err(first)
    }

    /// Runs the checks, and again the verify sections of the revisions that are now current. Earlier ones were verified
    /// when they ran; the tables that they query may be gone by now.
    fn verify(&mut self) -> Result<(), CommandError> {
        for part in &mut self.parts {
            let mut database = self.context.open(part.history)?;
            let applied: Vec<RevisionId> = part.plan().map(|plan| plan.to.clone()).unwrap_or_default();
            let failed = |error| failed(&part.history.service.name, error);
            // The rows may be those of a newer release.
            let history = part.history.as_last_read();
            part.verdicts = verify::verify(history, &applied, &mut *database, self.context).map_err(failed)?;
            part.verdicts.extend(verify::checks(&part.history.service, &mut *database).map_err(failed)?);
        }
        let wrong = self.parts.iter().find(|part| part.verdicts.iter().any(|verdict| verdict.wrong.is_some()));
        let Some(part) = wrong else { return Ok(()) };
        let wrong: Vec<_> = part.verdicts.iter().filter(|verdict| verdict.wrong.is_some()).cloned().collect();
        let report = CommandError::new(
            ErrorCode::VerifyFailed,
            format!("{} found a problem", text::count(wrong.len(), "check")),
        );
        Err(report.of_service(part.name()).note(check_view::lines(&wrong).join("\n")))
    }

    fn after_failure(&mut self, failure: &CommandError, policy: Option<OnFailure>) {
        if let Err(report) = self.hooks(Moment::OnFailure, Some(failure)) {
            self.context.warn(&report.report.message);
        }
        // A user who pressed Ctrl-C wants the deploy to stop, not to run in the other direction.
        let policy = if failure.report.code == ErrorCode::Interrupted { Some(OnFailure::Stop) } else { policy };
        undo::undo(&mut self.parts, policy, self.mover);
    }

    fn finish(&self, failure: Option<CommandError>) -> Result<CommandOutput, CommandError> {
        let documents = self.parts.iter().map(|part| part.document(failure.is_none())).collect();
        let Some(failure) = failure else {
            // The note states how the deploy itself ended: a report that cannot be written does not mean that it failed.
            self.paper(&answer_line("done"), None)
                .write(self.arguments.report.as_deref())
                .map_err(|report| report.note(format!("the deploy's {}", answer_line("done"))))?;
            let mut answer = CommandOutput { services: documents, ..CommandOutput::default() };
            for part in &self.parts {
                answer.text += &text::section(true, part.name(), done_lines(part));
            }
            return Ok(answer);
        };
        let mut failure = failure;
        for part in &self.parts {
            failure
                .report
                .notes
                .extend(part.aftermath.as_ref().map(|aftermath| format!("{}: {}", part.name(), aftermath.text)));
        }
        failure.services = documents;
        let is_back = self.parts.iter().all(|part| part.aftermath.as_ref().is_none_or(|aftermath| aftermath.is_back));
        let ended = if is_back { "failed; the databases are unchanged" } else { "failed" };
        let path = self.arguments.report.as_deref();
        self.paper(&answer_line(ended), Some(&failure)).write_beside_failure(path, self.context);
        Err(failure)
    }

    /// Name of the phase, if the deploy is limited to one.
    fn phase(&self) -> Option<&'static str> {
        self.arguments.preflight.phase.map(|phase| phase.phase().name())
    }

    /// Returns the Markdown report of the deploy.
    fn paper(&self, ended: &str, failure: Option<&CommandError>) -> Paper {
        let operator = Operator::current();
        let phase = self.phase().map(|phase| format!(", phase {phase}")).unwrap_or_default();
        let mut paper = Paper::new(&format!("Deploy of {}{phase}", self.arguments.target));
        paper.fact(ended);
        paper.fact(&format!("from {} to {}", self.begun, now_seconds()));
        paper.fact(&format!("by {}@{}, aludel {}", operator.os_user, operator.host, operator.tool_version));
        if let Some(failure) = failure {
            paper.failure(failure);
        }
        for part in &self.parts {
            part.paper(&mut paper);
        }
        paper
    }
}

fn answer_line(ended: &str) -> String {
    format!("outcome: {ended}")
}

fn done_lines(part: &ServiceDeployment<'_>) -> Vec<String> {
    let at = part.plan().map(|plan| text::rows(&plan.to)).unwrap_or_default();
    let mut lines = vec![match part.done() {
        0 => format!("nothing to do, at {at}"),
        done => format!("deployed {}, now at {}", text::count(done, "revision"), style::id(&at)),
    }];
    lines.extend(part.backup.as_ref().map(|backup| format!("backup {}", backup.path)));
    if !part.verdicts.is_empty() {
        lines.extend(check_view::lines(&part.verdicts));
    }
    lines
}
