//! Policies after a failure: nothing, a downgrade to the state before the deploy, or the backup that it took.

use super::backups;
use super::part::{Aftermath, ServiceDeployment};
use super::run::DeployRunner;
use crate::cli::question::{Confirmation, ask};
use crate::cli::report::CommandError;
use crate::cli::text;
use crate::config::OnFailure;
use crate::engine::{self, RunTarget, StampRequest};
use crate::graph::Plan;
use crate::id::RevisionId;

/// Applies the policy of each part and records the result as its aftermath.
pub fn undo(parts: &mut [ServiceDeployment<'_>], policy: Option<OnFailure>, mover: &DeployRunner<'_>) {
    for part in parts.iter_mut() {
        let policy = policy.unwrap_or(part.history.service.on_failure);
        if part.done() == 0 && half_done(part).is_none() {
            if part.failed.is_some() {
                part.aftermath = Some(tell(policy, true, "nothing was changed, so there is nothing to undo"));
            }
            continue;
        }
        let result = match policy {
            OnFailure::Stop => Ok(tell(policy, false, "what was applied stays (on_failure: stop); decide by hand")),
            OnFailure::Restore => restore(part, mover),
            // Services that depend on each other are downgraded together, below.
            OnFailure::Downgrade => continue,
        };
        part.aftermath = Some(result.unwrap_or_else(|report| refused(policy, &report)));
    }
    downgrade(parts, mover, policy);
}

fn tell(policy: OnFailure, is_back: bool, text: &str) -> Aftermath {
    Aftermath { policy: policy.name(), is_back, text: text.to_owned() }
}

fn refused(policy: OnFailure, report: &CommandError) -> Aftermath {
    tell(policy, false, &format!("the {} failed: {}", policy.name(), report.report.message))
}

/// The failed revision, if a part of it may have stayed.
fn half_done<'p>(part: &'p ServiceDeployment<'_>) -> Option<&'p RevisionId> {
    part.failed.as_ref()?.half_done.as_ref()
}

fn restore(part: &ServiceDeployment<'_>, mover: &DeployRunner<'_>) -> Result<Aftermath, CommandError> {
    let Some(backup) = &part.backup else {
        return Ok(tell(OnFailure::Restore, false, "there is no backup of this deploy to restore"));
    };
    let question = format!("{}: restore {}? Everything written since is lost.", part.name(), backup.path);
    if let Some(unasked) = unasked(ask(&question, mover.context), OnFailure::Restore, &question) {
        return Ok(unasked);
    }
    backups::restore(part.history, backup, mover.waiting.lock_timeout(), mover.context)?;
    Ok(tell(OnFailure::Restore, true, &format!("restored {}", backup.path)))
}

fn unasked(reply: Confirmation, policy: OnFailure, question: &str) -> Option<Aftermath> {
    let why = match reply {
        Confirmation::Yes => return None,
        Confirmation::No => "the answer was no",
        Confirmation::NotAsked => "there was no terminal to ask on, and --yes was not given",
    };
    Some(tell(policy, false, &format!("not done, as {why}: {question}")))
}

fn downgrade(parts: &mut [ServiceDeployment<'_>], mover: &DeployRunner<'_>, policy: Option<OnFailure>) {
    let mut back: Vec<(usize, Plan)> = Vec::new();
    for (index, part) in parts.iter_mut().enumerate() {
        let policy = policy.unwrap_or(part.history.service.on_failure);
        if policy != OnFailure::Downgrade || part.aftermath.is_some() {
            continue;
        }
        match way_back(part, mover) {
            Ok(Ok(plan)) if plan.steps.is_empty() => {}
            Ok(Ok(plan)) => back.push((index, plan)),
            Ok(Err(aftermath)) => part.aftermath = Some(aftermath),
            Err(report) => part.aftermath = Some(refused(policy, &report)),
        }
    }
    if back.is_empty() {
        return;
    }
    let targets: Vec<_> = back
        .iter()
        .filter_map(|(index, plan)| Some((parts.get(*index)?.history, RunTarget::Pinned(plan.clone()))))
        .collect();
    let result = mover.run(&targets);
    for (index, plan) in &back {
        let Some(part) = parts.get_mut(*index) else { continue };
        part.aftermath = Some(match &result {
            Err(report) => refused(OnFailure::Downgrade, report),
            Ok(outcomes) => outcome_of(part.name(), plan, outcomes),
        });
    }
}

fn outcome_of(service: &str, plan: &Plan, outcomes: &[engine::RunOutcome]) -> Aftermath {
    let outcome = outcomes.iter().find(|outcome| outcome.service == service);
    let done = outcome.map_or(0, |outcome| outcome.durations.len());
    match outcome.and_then(|outcome| outcome.error.as_ref()) {
        Some(error) => {
            let text = format!("the downgrade stopped after {done} of {} revisions: {error}", plan.steps.len());
            tell(OnFailure::Downgrade, false, &text)
        }
        None if done == plan.steps.len() => {
            let revisions = text::count(done, "revision");
            tell(OnFailure::Downgrade, true, &format!("downgraded {revisions}, back at {}", text::rows(&plan.to)))
        }
        None => tell(OnFailure::Downgrade, false, "not downgraded: another session changed the version rows meanwhile"),
    }
}

/// Plan for the way back, confirmed if it loses rows; or the reason why there is none.
fn way_back(part: &ServiceDeployment<'_>, mover: &DeployRunner<'_>) -> Result<Result<Plan, Aftermath>, CommandError> {
    let Some(outcome) = &part.outcome else { return Ok(Err(tell(OnFailure::Downgrade, true, "nothing was run"))) };
    let mut done = outcome.durations.len();
    if let Some(revision) = half_done(part) {
        if !part.failed.as_ref().is_some_and(|failed| failed.all_ran) {
            let text =
                format!("not downgraded: {revision} stopped half-way, and its downgrade section expects all of it");
            return Ok(Err(tell(OnFailure::Downgrade, false, &text)));
        }
        done += 1;
    }
    let plan = outcome.plan.reversed(done);
    if let Some(question) = mover.losses(part.history, &plan)?
        && let Some(unasked) = unasked(ask(&question, mover.context), OnFailure::Downgrade, &question)
    {
        return Ok(Err(unasked));
    }
    if done > outcome.durations.len() {
        // All statements ran, so the downgrade section undoes them. The downgrade starts from its version row, which
        // the failed verification has prevented.
        let revision = plan.steps.first().map(|step| step.revision.to_string()).unwrap_or_default();
        mover.stamp(part.history, StampRequest { targets: &[&revision], purge: false })?;
    }
    Ok(Ok(plan))
}
