//! `repair`: what a person says where the database cannot tell.

use clap::{ArgGroup, Args};
use serde_json::json;

use super::moving::Waiting;
use crate::cli::answer::Answer;
use crate::cli::context::{self, Context};
use crate::cli::progress::Progress;
use crate::cli::report::Report;
use crate::engine::{self, EngineError, Options, Repair, Repaired, Setting};
use crate::id::RevisionId;
use crate::project::History;

/// Say by hand what neither the journal nor the database can tell. The journal keeps who said it.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  aludel repair --statement-applied                 the statement in which the runner died took effect\n  \
    aludel repair --statement-not-applied 91be55c20c11\n  aludel repair --accept 91be55c20c11               the file was edited, and is right as it is"
)]
#[command(group = ArgGroup::new("what").required(true).args(["statement_applied", "statement_not_applied", "accept"]))]
pub struct Arguments {
    /// The statement that was under way when the runner died took effect (default: of the one revision that is half done)
    #[arg(long, value_name = "REVISION", num_args = 0..=1)]
    pub statement_applied: Option<Option<String>>,
    /// It did not take effect
    #[arg(long, value_name = "REVISION", num_args = 0..=1)]
    pub statement_not_applied: Option<Option<String>>,
    /// The changed file of this revision is right as it is (repeatable)
    #[arg(long, value_name = "REVISION")]
    pub accept: Vec<String>,
    /// Wait for another runner
    #[command(flatten)]
    pub waiting: Waiting,
}

pub fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Report> {
    let symbols: Vec<&str> = named(arguments);
    let mut histories = context.for_writing(&symbols)?;
    let (Some(history), true) = (histories.pop(), histories.is_empty()) else {
        return Err(Report::usage("repair is for one service at a time").hint("name it with -s NAME"));
    };
    let mut answer = Answer::default();
    for repair in repairs(arguments, &history)? {
        let failed = |error: EngineError| Report::from(error).of_service(&history.service.name);
        let repaired = write(&history, &repair, arguments, context).map_err(failed)?;
        context.status(&said(&history, &repaired));
        answer.services.push(json!({
            "service": history.service.name,
            "revision": repaired.revision.as_str(),
            "statements_done": repaired.statements_done,
            "accepted": repaired.accepted.map(engine::Change::name),
        }));
    }
    Ok(answer)
}

fn named(arguments: &Arguments) -> Vec<&str> {
    let statements = [&arguments.statement_applied, &arguments.statement_not_applied];
    let statements = statements.into_iter().flatten().flatten().map(String::as_str);
    statements.chain(arguments.accept.iter().map(String::as_str)).collect()
}

fn repairs(arguments: &Arguments, history: &History) -> Result<Vec<Repair>, Report> {
    // A revision whose file is gone has only its full id.
    let id = |symbol: &String| match history.graph.resolve(symbol, None) {
        Ok(id) => Ok(id),
        Err(error) => RevisionId::new(symbol).map_err(|_| Report::from(error).of_service(&history.service.name)),
    };
    let optional = |symbol: &Option<String>| symbol.as_ref().map(id).transpose();
    if let Some(symbol) = &arguments.statement_applied {
        return Ok(vec![Repair::StatementApplied(optional(symbol)?)]);
    }
    if let Some(symbol) = &arguments.statement_not_applied {
        return Ok(vec![Repair::StatementNotApplied(optional(symbol)?)]);
    }
    arguments.accept.iter().map(|symbol| id(symbol).map(Repair::Accept)).collect()
}

fn write(
    history: &History,
    repair: &Repair,
    arguments: &Arguments,
    context: &Context<'_>,
) -> Result<Repaired, EngineError> {
    let (operator, variables) = (context.operator(), context.variables());
    let options = Options {
        patience: arguments.waiting.patience(),
        jobs: 1,
        single_transaction: false,
        kill_blockers: false,
        operator: &operator,
        now: &context::now,
    };
    let mut database = context.connect(history)?;
    let setting = Setting {
        dialect: database.server().dialect,
        variables: &variables,
        single_transaction: false,
        looking: false,
    };
    let progress = Progress::new(context.global.quiet);
    engine::repair(history, &mut *database, repair, (setting, &options), &progress)
}

fn said(history: &History, repaired: &Repaired) -> String {
    let Repaired { revision, statements_done, statements_total, accepted } = repaired;
    let name = &history.service.name;
    match (statements_done, accepted) {
        (_, Some(change)) => format!("{name}: {revision}: the {} file is accepted", change.name()),
        (Some(done), None) => {
            format!(
                "{name}: {revision}: {done} of {statements_total} statements count as run; run the command again to go on"
            )
        }
        (None, None) => format!("{name}: {revision}: noted"),
    }
}
