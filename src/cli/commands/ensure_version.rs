//! `ensure-version`: creates the version table and the journal, and nothing else.

use clap::Args;
use serde_json::json;

use super::moving::Waiting;
use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::progress::Progress;
use crate::cli::report::Report;
use crate::engine::{self, EngineError};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel ensure-version -s auth\n  aludel ensure-version --all")]
pub struct Arguments {
    #[command(flatten)]
    pub waiting: Waiting,
}

pub fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Report> {
    let progress = Progress::new(context.global.quiet);
    let mut answer = Answer::default();
    for history in context.for_writing(&[])? {
        let name = &history.service.name;
        let failed = |error: EngineError| Report::from(error).of_service(name);
        let mut database = context.open(&history)?;
        let state = database.state().map_err(|error| failed(error.into()))?;
        let created = !(state.version_table_exists && state.journal_exists);
        if created {
            let patience = arguments.waiting.patience();
            let create = |database: &mut dyn crate::database::Database| Ok(database.ensure_tables()?);
            engine::with_lock(&mut *database, name, patience, &progress, create).map_err(failed)?;
        }
        let table = &history.service.version_table;
        let word = if created { "created" } else { "there already" };
        context.status(&format!("{name}: {table} and {table}_history: {word}"));
        answer.services.push(json!({ "service": name, "version_table": table, "created": created }));
    }
    Ok(answer)
}
