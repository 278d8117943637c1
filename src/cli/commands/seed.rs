//! `seed`: runs the seed files.

use clap::Args;
use serde_json::json;

use super::moving::Waiting;
use crate::cli::answer::Answer;
use crate::cli::context::{self, Context};
use crate::cli::progress::{self, Progress};
use crate::cli::report::Report;
use crate::cli::report::engine::seed_failed;
use crate::cli::words;
use crate::engine::{self, Seeded};
use crate::project::{self, History};

#[derive(Debug, Args)]
#[command(after_help = "The files are those of `seed` in the config. A file that was changed runs again.\n\n\
    Examples:\n  aludel seed -s auth\n  aludel seed --all")]
pub struct Arguments {
    #[command(flatten)]
    pub waiting: Waiting,
}

pub fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Report> {
    let mut answer = Answer::default();
    for history in context.for_writing(&[])? {
        let seeded = seed(&history, &arguments.waiting, context)?;
        let files: Vec<_> =
            seeded.iter().map(|file| json!({ "path": file.path.display().to_string(), "ran": file.ran })).collect();
        answer.services.push(json!({ "service": history.service.name, "files": files }));
    }
    Ok(answer)
}

/// Runs one service's seed files and prints the result.
pub fn seed(history: &History, waiting: &Waiting, context: &Context<'_>) -> Result<Vec<Seeded>, Report> {
    let service = &history.service;
    let in_service = |report: Report| report.of_service(&service.name);
    let files = project::sql_files(&service.schema.seed).map_err(|error| in_service(error.into()))?;
    if files.is_empty() {
        context.status(&format!("{}: no seed files", service.name));
        return Ok(Vec::new());
    }
    progress::catch_interrupts();
    let observer = Progress::new(context.global.quiet);
    let operator = context.operator();
    let mut database = context.open(history)?;
    let how = (&operator, &context::now as &(dyn Fn() -> String + Sync), waiting.patience());
    let seeded = engine::seed(&mut *database, &service.name, &files, how, &observer);
    let seeded = seeded.map_err(|error| in_service(seed_failed(error)))?;
    for file in &seeded {
        let word = if file.ran { "seeded" } else { "had run before" };
        context.status(&format!("{}: {} {word}", service.name, file.path.display()));
    }
    let ran = seeded.iter().filter(|file| file.ran).count();
    context.status(&format!("{}: {} run", service.name, words::count(ran, "seed file")));
    Ok(seeded)
}
