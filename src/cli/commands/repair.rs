//! `repair`: records what a person decides where journal and database are not conclusive.

use clap::{ArgGroup, Args};
use serde_json::json;

use super::run_plan::Waiting;
use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::progress::ProgressDisplay;
use crate::cli::report::CommandError;
use crate::config::Service;
use crate::engine::{self, EngineError, NoRepair, Operator, Options, Repair, Repaired, Setting};
use crate::id::RevisionId;
use crate::project::History;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel repair --statement-applied                 # it took effect\n  \
    aludel repair --statement-not-applied 91be55c20c11\n  aludel repair --accept 91be55c20c11               # the edited file is right\n  \
    aludel repair --accept --all -s auth              # all edited files of the service")]
#[command(group = ArgGroup::new("what").required(true).multiple(true).args(["statement_applied", "statement_not_applied", "accept"]))]
pub struct RepairArgs {
    /// Record that the statement that was running when the runner died took effect (default: of the only half-applied
    /// revision)
    #[arg(long, value_name = "REVISION", num_args = 0..=1, conflicts_with_all = ["statement_not_applied", "accept"])]
    pub statement_applied: Option<Option<String>>,
    /// Record that this statement did not take effect
    #[arg(long, value_name = "REVISION", num_args = 0..=1, conflicts_with = "accept")]
    pub statement_not_applied: Option<Option<String>>,
    /// Accept the changed file of this revision as it is (repeatable); with --all and no revision: every changed file
    /// of the services that -s names, otherwise of all
    #[arg(long, value_name = "REVISION", num_args = 0..)]
    pub accept: Option<Vec<String>>,
    #[command(flatten)]
    pub waiting: Waiting,
}

pub fn run(arguments: &RepairArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let symbols: Vec<&str> = named(arguments);
    if arguments.accept.is_some() && symbols.is_empty() {
        return accept_all(arguments, context);
    }
    let mut histories = context.for_writing(&symbols)?;
    let (Some(history), true) = (histories.pop(), histories.is_empty()) else {
        return Err(CommandError::usage("repair is for one service at a time").hint("name it with -s NAME"));
    };
    let mut answer = CommandOutput::default();
    let repairs = repairs(arguments, &history)?;
    if let [_, _, ..] = repairs.as_slice() {
        refuse_unchanged(&history, &repairs, context)?;
    }
    for repair in repairs {
        add(&mut answer, &history, &repair, arguments, context)?;
    }
    Ok(answer)
}

fn add(
    answer: &mut CommandOutput,
    history: &History,
    repair: &Repair,
    arguments: &RepairArgs,
    context: &Context<'_>,
) -> Result<(), CommandError> {
    let failed = |error: EngineError| CommandError::from(error).of_service(&history.service.name);
    let repaired = write(history, repair, arguments, context).map_err(failed)?;
    context.status(&summary(history, &repaired));
    answer.services.push(json!({
        "service": history.service.name,
        "revision": repaired.revision.as_str(),
        "statements_done": repaired.statements_done,
        "accepted": repaired.accepted.map(engine::RevisionEdit::name),
    }));
    Ok(())
}

/// Accepts every changed file of the selected services, otherwise of all.
fn accept_all(arguments: &RepairArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    if !context.global.all {
        return Err(CommandError::usage("which revision is accepted?")
            .hint("name it: --accept REVISION")
            .hint("or accept every changed file: --accept --all, with -s NAME those of one service"));
    }
    let is_named = |service: &Service| {
        let names = &context.global.service;
        names.is_empty() || names.contains(&service.name)
    };
    let histories = context.for_reading()?;
    let mut answer = CommandOutput::default();
    for history in histories.iter().filter(|history| is_named(&history.service)) {
        let changed = changed(history, context)?;
        if changed.is_empty() {
            context.status(&format!("{}: no file differs from what was applied", history.service.name));
        }
        for revision in changed {
            add(&mut answer, history, &Repair::Accept(revision), arguments, context)?;
        }
    }
    Ok(answer)
}

/// Refuses to accept several revisions if one of them has nothing to accept.
fn refuse_unchanged(history: &History, repairs: &[Repair], context: &Context<'_>) -> Result<(), CommandError> {
    let (history, state) = context.state(history)?;
    let changed = changed(history, context)?;
    let is_half = |id: &RevisionId| state.incomplete.iter().any(|half| half.revision == id.as_str());
    for repair in repairs {
        let Repair::Accept(id) = repair else { continue };
        if !changed.contains(id) && !is_half(id) {
            let reason = NoRepair::NotChanged;
            let error = EngineError::NothingToRepair { revision: Some(id.clone()), reason };
            return Err(CommandError::from(error).of_service(&history.service.name).note("nothing was accepted"));
        }
    }
    Ok(())
}

/// Applied revisions whose files no longer match what was applied.
fn changed(history: &History, context: &Context<'_>) -> Result<Vec<RevisionId>, CommandError> {
    let (history, state) = context.state(history)?;
    let changed = engine::changed_revisions(history, &state, context.dialect(history)?);
    let changed = changed.map_err(|error| CommandError::from(error).of_service(&history.service.name))?;
    Ok(changed.into_iter().map(|changed| changed.revision).collect())
}

fn named(arguments: &RepairArgs) -> Vec<&str> {
    let statements = [&arguments.statement_applied, &arguments.statement_not_applied];
    let statements = statements.into_iter().flatten().flatten().map(String::as_str);
    statements.chain(arguments.accept.iter().flatten().map(String::as_str)).collect()
}

fn repairs(arguments: &RepairArgs, history: &History) -> Result<Vec<Repair>, CommandError> {
    // The full id is accepted too: a revision whose file is gone cannot be resolved.
    let id = |symbol: &String| match history.graph.resolve(symbol, None) {
        Ok(id) => Ok(id),
        Err(error) => RevisionId::new(symbol).map_err(|_| CommandError::from(error).of_service(&history.service.name)),
    };
    let optional = |symbol: &Option<String>| symbol.as_ref().map(id).transpose();
    if let Some(symbol) = &arguments.statement_applied {
        return Ok(vec![Repair::StatementApplied(optional(symbol)?)]);
    }
    if let Some(symbol) = &arguments.statement_not_applied {
        return Ok(vec![Repair::StatementNotApplied(optional(symbol)?)]);
    }
    arguments.accept.iter().flatten().map(|symbol| id(symbol).map(Repair::Accept)).collect()
}

fn write(
    history: &History,
    repair: &Repair,
    arguments: &RepairArgs,
    context: &Context<'_>,
) -> Result<Repaired, EngineError> {
    let (operator, variables) = (Operator::current(), context.variables());
    let options = Options {
        lock_timeout: arguments.waiting.lock_timeout(),
        jobs: 1,
        single_transaction: false,
        kill_blockers: false,
        operator: &operator,
        now: &crate::cli::surroundings::now,
    };
    let mut database = context.connect(history)?;
    let setting = Setting {
        dialect: database.server().dialect,
        variables: &variables,
        single_transaction: false,
        looking: false,
    };
    let progress = ProgressDisplay::new(context.global.quiet);
    engine::repair(history, &mut *database, repair, (setting, &options), &progress)
}

fn summary(history: &History, repaired: &Repaired) -> String {
    let Repaired { revision, statements_done, statements_total, accepted } = repaired;
    let name = &history.service.name;
    match (statements_done, accepted) {
        (_, Some(change)) => format!("{name}: {revision}: the {} file is accepted", change.name()),
        (Some(done), None) => {
            format!(
                "{name}: {revision}: {done} of {statements_total} statements count as run; run the command again to continue"
            )
        }
        (None, None) => format!("{name}: {revision}: noted"),
    }
}
