//! `heads`: the revisions that nothing comes after.

use clap::Args;
use serde_json::json;

use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::report::Report;
use crate::cli::{json as documents, words};

/// Show the heads: the revisions that no other comes after.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel heads\n  aludel heads -s auth --json")]
pub struct Arguments {}

pub fn run(_arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Report> {
    let histories = context.for_reading()?;
    let mut answer = Answer::default();
    for history in &histories {
        let heads = history.graph.heads();
        let lines: Vec<_> = heads.iter().map(|id| words::line(history, id, &[])).collect();
        answer.text += &words::section(histories.len() > 1, &history.service.name, &lines);
        let heads = documents::revisions(history, &heads);
        answer.services.push(json!({ "service": history.service.name, "heads": heads }));
    }
    Ok(answer)
}
