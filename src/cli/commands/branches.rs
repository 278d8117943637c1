//! `branches`: lists the revisions at which the history splits.

use clap::Args;
use serde_json::json;

use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::{json as documents, text};

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel branches\n  aludel branches --all --json")]
pub struct BranchesArgs {}

pub fn run(_arguments: &BranchesArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let histories = context.for_reading()?;
    let mut answer = CommandOutput::default();
    for history in &histories {
        let points = history.graph.branch_points();
        let mut lines = Vec::new();
        for point in &points {
            lines.push(text::line(history, point, &[]));
            let children = history.graph.children(point.as_str());
            lines.extend(children.iter().map(|child| format!("  -> {}", text::line(history, child, &[]))));
        }
        answer.text += &text::section(histories.len() > 1, &history.service.name, &lines);
        let points = documents::revisions(history, &points);
        answer.services.push(json!({ "service": history.service.name, "branch_points": points }));
    }
    Ok(answer)
}
