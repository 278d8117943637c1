//! `status`: where the database is, what is pending, what was left half done.

use clap::Args;
use serde_json::json;

use super::current::Place;
use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::report::Report;
use crate::cli::{json as documents, style, words};
use crate::database::{Server, State};
use crate::id::RevisionId;
use crate::project::History;

/// Show for each service where its database is, what is pending and what was left half done.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel status\n  aludel status -s auth --json")]
pub struct Arguments {}

pub fn run(_arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Report> {
    let histories = context.for_reading()?;
    let mut answer = Answer::default();
    for history in &histories {
        let mut database = context.open(history)?;
        let state = database.state().map_err(|error| Report::from(error).of_service(&history.service.name))?;
        let place = Place::of(history, &state);
        let known: Vec<_> = place.known().cloned().collect();
        let pending = history.graph.pending(&known);
        answer.text +=
            &words::section(true, &history.service.name, &lines(history, &place, &pending, database.server(), &state));
        let mut document = place.json(history);
        document["pending"] = json!(documents::revisions(history, &pending));
        document["database"] =
            json!({ "dialect": database.server().dialect.name(), "version": database.server().version });
        document["incomplete"] = state.incomplete.as_ref().map_or(json!(null), |incomplete| {
            json!({ "revision": incomplete.revision, "statement": incomplete.statements_done + 1, "error": incomplete.error })
        });
        answer.services.push(document);
    }
    Ok(answer)
}

fn lines(history: &History, place: &Place, pending: &[RevisionId], server: &Server, state: &State) -> Vec<String> {
    let url = history.service.url.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut lines = vec![format!("database  {} {}  {}", server.product, server.version, style::faint(&url))];
    let indented = |name: &str, items: Vec<String>| {
        let label = |index| if index == 0 { name.to_owned() } else { String::new() };
        items
            .into_iter()
            .enumerate()
            .map(move |(index, item)| format!("{:<9} {item}", label(index)))
            .collect::<Vec<_>>()
    };
    lines.extend(indented("current", place.lines(history)));
    let pending: Vec<_> = pending.iter().map(|id| words::line(history, id, &[])).collect();
    lines.extend(indented("pending", if pending.is_empty() { vec![style::faint("nothing")] } else { pending }));
    if let Some(incomplete) = &state.incomplete {
        let (done, total) = (incomplete.statements_done, incomplete.statements_total);
        let what = format!("{} of {}: {done} of {total} statements ran", incomplete.operation, incomplete.revision);
        lines.extend(indented("half done", vec![style::bad(&what)]));
        lines.extend(incomplete.error.as_ref().map(|error| format!("{:<9} {error}", "")));
        lines.push(format!(
            "{:<9} finish the rest by hand, then: aludel stamp {} -s {}",
            "", incomplete.revision, history.service.name
        ));
        lines.push(format!(
            "{:<9} or undo by hand what ran, then: aludel stamp current -s {}",
            "", history.service.name
        ));
    }
    lines
}
