//! `seed`: runs the seed files.

use clap::Args;
use serde_json::json;

use super::run_plan::Waiting;
use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::progress::{self, ProgressDisplay};
use crate::cli::report::CommandError;
use crate::cli::text;
use crate::engine::{self, Operator, Seeded};
use crate::project::{self, History};
use crate::report::engine::seed_failed;

#[derive(Debug, Args)]
#[command(after_help = "The files are those of `seed` in the config. A file that was changed runs again.\n\n\
    Examples:\n  aludel seed -s auth\n  aludel seed --all")]
pub struct SeedArgs {
    #[command(flatten)]
    pub waiting: Waiting,
}

pub fn run(arguments: &SeedArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let mut answer = CommandOutput::default();
    for history in context.for_writing(&[])? {
        let seeded = seed(&history, &arguments.waiting, context)?;
        let files: Vec<_> =
            seeded.iter().map(|file| json!({ "path": file.path.display().to_string(), "ran": file.ran })).collect();
        answer.services.push(json!({ "service": history.service.name, "files": files }));
    }
    Ok(answer)
}

/// Runs one service's seed files and prints the result.
pub fn seed(history: &History, waiting: &Waiting, context: &Context<'_>) -> Result<Vec<Seeded>, CommandError> {
    let service = &history.service;
    let in_service = |report: CommandError| report.of_service(&service.name);
    let files = project::sql_files(&service.schema.seed).map_err(|error| in_service(error.into()))?;
    if files.is_empty() {
        context.status(&format!("{}: no seed files", service.name));
        return Ok(Vec::new());
    }
    progress::catch_interrupts();
    let observer = ProgressDisplay::new(context.global.quiet);
    let operator = Operator::current();
    let mut database = context.open(history)?;
    let how = (&operator, &crate::cli::surroundings::now as &(dyn Fn() -> String + Sync), waiting.lock_timeout());
    let seeded = engine::seed(&mut *database, &service.name, &files, how, &observer);
    let seeded = seeded.map_err(|error| in_service(seed_failed(&error).into()))?;
    for file in &seeded {
        let word = if file.ran { "seeded" } else { "had run before" };
        context.status(&format!("{}: {} {word}", service.name, file.path.display()));
    }
    let ran = seeded.iter().filter(|file| file.ran).count();
    context.status(&format!("{}: {} run", service.name, text::count(ran, "seed file")));
    Ok(seeded)
}
