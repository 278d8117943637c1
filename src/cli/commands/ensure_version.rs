//! `ensure-version`: creates the version table and the journal, and nothing else.

use clap::Args;
use serde_json::json;

use super::run_plan::Waiting;
use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::progress::ProgressDisplay;
use crate::cli::report::CommandError;
use crate::engine::{self, EngineError};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel ensure-version -s auth\n  aludel ensure-version --all")]
pub struct EnsureVersionArgs {
    #[command(flatten)]
    pub waiting: Waiting,
}

pub fn run(arguments: &EnsureVersionArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let progress = ProgressDisplay::new(context.global.quiet);
    let mut answer = CommandOutput::default();
    for history in context.for_writing(&[])? {
        let name = &history.service.name;
        let failed = |error: EngineError| CommandError::from(error).of_service(name);
        let mut database = context.open(&history)?;
        let state = database.state().map_err(|error| failed(error.into()))?;
        let created = !(state.version_table_exists && state.journal_exists);
        if created {
            let lock_timeout = arguments.waiting.lock_timeout();
            let create = |database: &mut dyn crate::database::Database| Ok(database.ensure_tables()?);
            engine::with_lock(&mut *database, name, lock_timeout, &progress, create).map_err(failed)?;
        }
        let table = &history.service.version_table;
        let word = if created { "created" } else { "exist already" };
        context.status(&format!("{name}: {table} and {table}_history: {word}"));
        answer.services.push(json!({ "service": name, "version_table": table, "created": created }));
    }
    Ok(answer)
}
