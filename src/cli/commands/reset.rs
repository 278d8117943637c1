//! `reset`: a database made anew.

use clap::Args;
use serde_json::json;

use super::moving::{self, Flags, Waiting};
use super::seed;
use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::progress::{self, Progress};
use crate::cli::report::Report;
use crate::cli::schemas::Schemas;
use crate::cli::{differing, guard, words};
use crate::engine::{self, EngineError};
use crate::graph::Operation;
use crate::project::History;
use crate::schema::{Options, Schema, script};

/// Drop everything of the service in its database, upgrade to the heads, seed. Asks for the database's name.
#[derive(Debug, Args)]
#[command(
    after_help = "What other services keep in the same database stays. A service with `protected: true` is refused.\n\n\
    Examples:\n  aludel reset -s auth\n  aludel reset -s auth --yes --no-seed"
)]
pub struct Arguments {
    /// Leave the seed files away
    #[arg(long)]
    pub no_seed: bool,
    /// Wait for another runner
    #[command(flatten)]
    pub waiting: Waiting,
}

pub fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Report> {
    let histories = context.for_writing(&[])?;
    for history in &histories {
        guard::pass(&history.service, "reset", context)?;
    }
    let mut dropped = Vec::new();
    for history in &histories {
        dropped.push(drop_all(history, &arguments.waiting, context)?);
    }
    let flags = Flags::usual(arguments.waiting.clone());
    let mut answer = moving::run_histories("heads", Operation::Upgrade, &flags, context, &histories)?;
    for ((history, dropped), document) in histories.iter().zip(dropped).zip(&mut answer.services) {
        document["dropped"] = json!(dropped);
        let seeded = if arguments.no_seed { Vec::new() } else { seed::seed(history, &arguments.waiting, context)? };
        document["seeded"] = json!(seeded.iter().filter(|file| file.ran).count());
    }
    Ok(answer)
}

/// Drops what is the service's; returns how many objects there were.
fn drop_all(history: &History, waiting: &Waiting, context: &Context<'_>) -> Result<usize, Report> {
    let name = &history.service.name;
    let in_service = |report: Report| report.of_service(name);
    let schemas = Schemas::of(history, context)?;
    let mut live = schemas.live()?.schema;
    let nothing = Schema::new(live.dialect);
    schemas.without_strangers(&mut live, &nothing)?;
    let (changes, unmodelled) = differing::compared(&live, &nothing, &[]);
    let statements = script(&live, &nothing, &Options { online: false, ..Options::default() });
    progress::catch_interrupts();
    let observer = Progress::new(context.global.quiet);
    let mut database = context.open(history)?;
    let mut refused = None;
    let result =
        engine::with_lock(&mut *database, name, waiting.patience(), &observer, |database| {
            match engine::apply(database, &statements) {
                Ok(_) => Ok(engine::drop_own_tables(database)?),
                Err(error) => {
                    let said = error.error.clone();
                    refused = Some(error);
                    Err(EngineError::from(said))
                }
            }
        });
    if let Some(refused) = refused {
        let report = Report::from(refused.error).note(format!("the statement: {}", refused.sql));
        return Err(in_service(report.note(format!("{} ran and stay", words::count(refused.applied, "statement")))));
    }
    result.map_err(|error| in_service(error.into()))?;
    if let Some(line) = differing::unmodelled_line(&unmodelled) {
        context.warn(&format!("{name}: left there: {line}"));
    }
    context.status(&format!("{name}: dropped {}", words::count(changes.len(), "object")));
    Ok(changes.len())
}
