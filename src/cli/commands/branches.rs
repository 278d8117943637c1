//! `branches`: lists the revisions at which the history splits.

use clap::Args;
use serde_json::json;

use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::report::Report;
use crate::cli::{json as documents, words};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel branches\n  aludel branches --all --json")]
pub struct Arguments {}

pub fn run(_arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Report> {
    let histories = context.for_reading()?;
    let mut answer = Answer::default();
    for history in &histories {
        let points = history.graph.branch_points();
        let mut lines = Vec::new();
        for point in &points {
            lines.push(words::line(history, point, &[]));
            let children = history.graph.children(point.as_str());
            lines.extend(children.iter().map(|child| format!("  -> {}", words::line(history, child, &[]))));
        }
        answer.text += &words::section(histories.len() > 1, &history.service.name, &lines);
        let points = documents::revisions(history, &points);
        answer.services.push(json!({ "service": history.service.name, "branch_points": points }));
    }
    Ok(answer)
}
