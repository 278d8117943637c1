//! `history`: draws the graph, newest first.

use clap::Args;
use serde_json::json;
use std::collections::HashSet;

use super::current::DatabasePosition;
use crate::cli::context::Context;
use crate::cli::draw::{GraphRow, draw};
use crate::cli::each::each_service;
use crate::cli::objects::{self, ObjectName};
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::{json as documents, style, text};
use crate::id::RevisionId;
use crate::project::History;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  aludel history\n  aludel history -i             # mark what is applied\n  \
    aludel history -r base:91be   # up to a revision\n  aludel history -r -3:current  # the last three that are applied\n  \
    aludel history -n 20          # the newest twenty\n  \
    aludel history --of users.email   # what changed a column")]
pub struct HistoryArgs {
    /// Show only this range: A:B, A:, :B
    #[arg(short, long, value_name = "A:B", allow_hyphen_values = true)]
    pub rev_range: Option<String>,
    /// Show only the newest N revisions (of the range)
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub number: Option<u32>,
    /// Show only the revisions that change this object, or a part of it: users, users.email
    #[arg(long = "of", value_name = "OBJECT")]
    pub object: Option<String>,
    /// Read the database, and mark the applied and the current revisions
    #[arg(short, long)]
    pub indicate_current: bool,
}

pub fn run(arguments: &HistoryArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    each_service(context, |history, several, answer| {
        let (history, rows) = match needs_rows(arguments) {
            true => with_rows(context, history)?,
            false => (history, None),
        };
        let spec = arguments.rev_range.as_deref().unwrap_or(":");
        let in_service = |error: crate::graph::TargetError| CommandError::from(error).of_service(&history.service.name);
        let mut ids = history.graph.range(spec, rows.as_deref()).map_err(in_service)?;
        if let Some(object) = &arguments.object {
            retain_changes_of(object, history, &mut ids, context)?;
        }
        let left_out = cut_to_newest(&mut ids, arguments.number);
        // A long history is expensive, so only the requested form is built.
        if context.global.json {
            let revisions = documents::revisions(history, &ids);
            answer.services.push(json!({ "service": history.service.name, "revisions": revisions }));
        } else {
            let marked = rows.as_deref().filter(|_| arguments.indicate_current);
            let drawing = drawing(history, &ids, marked, context.global.verbose);
            answer.text += &text::section(several, &history.service.name, drawing.lines());
            if left_out > 0 {
                context.status(&format!(
                    "{}: {} older not shown",
                    history.service.name,
                    text::count(left_out, "revision")
                ));
            }
        }
        Ok(())
    })
}

/// Keeps the revisions that change an object or a part of it, under all names that it had.
fn retain_changes_of(
    object: &str,
    history: &History,
    ids: &mut Vec<RevisionId>,
    context: &Context<'_>,
) -> Result<(), CommandError> {
    let objects = objects::object_history(history, context)?;
    let all = history.graph.ordered();
    let all: HashSet<&RevisionId> = all.iter().collect();
    let keys = objects::named(&ObjectName::parse(object), &objects, &all);
    if keys.is_empty() {
        let known = objects.keys(&all).iter().map(ToString::to_string).collect();
        return Err(objects::not_found(object, &known).of_service(&history.service.name));
    }
    let wanted: HashSet<&RevisionId> = keys.iter().flat_map(|key| objects.revisions_of(key, &all)).collect();
    ids.retain(|id| wanted.contains(id));
    Ok(())
}

/// Keeps the first `number` ids, which are the newest; returns how many were removed.
fn cut_to_newest(ids: &mut Vec<RevisionId>, number: Option<u32>) -> usize {
    let number = number.and_then(|number| usize::try_from(number).ok()).unwrap_or(usize::MAX);
    let left_out = ids.len().saturating_sub(number);
    ids.truncate(number);
    left_out
}

fn needs_rows(arguments: &HistoryArgs) -> bool {
    let relative = |spec: &String| {
        let ends = spec.split(':');
        let mut ends = ends.map(str::trim);
        ends.any(|end| end.contains("current") || end.starts_with(['-', '+']))
    };
    arguments.indicate_current || arguments.rev_range.as_ref().is_some_and(relative)
}

/// Returns the version rows that can be explained, with the history that contains them.
fn with_rows<'h>(
    context: &Context<'_>,
    history: &'h History,
) -> Result<(&'h History, Option<Vec<RevisionId>>), CommandError> {
    let (history, state) = context.state(history)?;
    let place = DatabasePosition::new(history, &state);
    for row in &place.unknown {
        context
            .warn(&format!("{}: the version table contains {row}, which has no revision file", history.service.name));
    }
    Ok((history, Some(place.known().cloned().collect())))
}

fn drawing(history: &History, ids: &[RevisionId], rows: Option<&[RevisionId]>, verbose: bool) -> String {
    let shown: HashSet<_> = ids.iter().collect();
    let applied: HashSet<_> = rows.map(|rows| history.graph.applied(rows)).unwrap_or_default().into_iter().collect();
    let row = |id: &RevisionId| {
        let current = rows.is_some_and(|rows| rows.contains(id));
        let sign = match (rows, current, applied.contains(id)) {
            (Some(_), true, _) => '◉',
            (Some(_), false, false) => '○',
            _ => '●',
        };
        let entry = text::entry(history, id);
        let parents = entry.map(|entry| entry.header.down_revisions.as_slice()).unwrap_or_default();
        let parents = parents.iter().filter(|parent| shown.contains(parent)).map(ToString::to_string).collect();
        GraphRow { id: id.to_string(), parents, sign, text: revision_lines(history, id, current, verbose) }
    };
    draw(ids.iter().map(row))
}

fn revision_lines(history: &History, id: &RevisionId, current: bool, verbose: bool) -> Vec<String> {
    // Two independent lines are drawn one below the other. Without a mark on their bases they would look like one.
    let is_independent_base = history.graph.facts(id.as_str()).is_base && history.graph.bases().len() > 1;
    let marks = [(current, "current"), (is_independent_base, "base")];
    let marks: Vec<&str> = marks.iter().filter(|(is, _)| *is).map(|(_, mark)| *mark).collect();
    let mut lines = vec![text::line(history, id, &marks)];
    let Some(entry) = text::entry(history, id) else { return lines };
    let replaces = history.replaces(id).len();
    if replaces > 0 {
        lines.push(style::faint(&format!("replaces {}", text::count(replaces, "revision"))));
    }
    let needs = documents::strings(&entry.header.depends_on);
    if !needs.is_empty() {
        lines.push(style::faint(&format!("needs {}", needs.join(", "))));
    }
    if verbose {
        lines.extend(entry.header.created.as_ref().map(|created| style::faint(&format!("created {created}"))));
        lines.push(style::faint(&entry.path.display().to_string()));
    }
    lines
}
