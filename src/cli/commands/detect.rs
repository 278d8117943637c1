//! `stamp --detect`: finds the revisions that a database is at.

use serde_json::{Value, json};

use super::stamp::{self, StampArgs};
use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::schemas::Schemas;
use crate::cli::{diff_view, json as documents, style, text};
use crate::engine::StampRequest;
use crate::id::RevisionId;
use crate::project::History;
use crate::shadow::{HistoryMatch, places};

/// Finds the position in the history whose schema equals that of the database, and stamps it if there is one.
pub fn run(arguments: &StampArgs, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let mut answer = CommandOutput::default();
    let histories = context.for_writing(&[])?;
    for history in &histories {
        let found = detect(history, context)?;
        let document = if found.exact.is_empty() {
            nearest(history, &found, context)?
        } else {
            exact(history, &found, arguments, context)?
        };
        answer.negative |= found.exact.is_empty();
        answer.text += &text::section(histories.len() > 1, &history.service.name, &document.0);
        answer.services.push(document.1);
    }
    Ok(answer)
}

struct DetectResult {
    /// Rows of the version table.
    rows: Vec<RevisionId>,
    exact: Vec<Vec<RevisionId>>,
    nearest: HistoryMatch,
    live: crate::schema::Schema,
}

fn detect(history: &History, context: &Context<'_>) -> Result<DetectResult, CommandError> {
    let schemas = Schemas::new(history, context)?;
    let live = schemas.live()?;
    let (mut rows, mut live) = (crate::database::ids(&live.state.rows), live.schema);
    rows.sort();
    let head = schemas.head()?;
    schemas.without_strangers(&mut live, &head)?;
    let in_service = |error| CommandError::from(error).of_service(&history.service.name);
    let places = places(&schemas.schema_reader(), history, &live).map_err(in_service)?;
    let exact = places.iter().filter(|place| place.differences == 0).map(|place| place.rows.clone()).collect();
    // The newest of several that are equally near.
    let nearest = places.into_iter().rev().min_by_key(|place| place.differences);
    let nearest = nearest.unwrap_or(HistoryMatch { rows: Vec::new(), differences: usize::MAX });
    Ok(DetectResult { rows, exact, nearest, live })
}

fn exact(
    history: &History,
    found: &DetectResult,
    arguments: &StampArgs,
    context: &Context<'_>,
) -> Result<(Vec<String>, Value), CommandError> {
    // Several positions may have the same schema: prefer the one that the version table names, otherwise take the last.
    let said = found.exact.iter().find(|rows| {
        let mut sorted = (*rows).clone();
        sorted.sort();
        sorted == found.rows
    });
    let rows = said.or(found.exact.last()).cloned().unwrap_or_default();
    let mut lines = vec![format!("the database matches the schema of {}", name(history, &rows))];
    if found.exact.len() > 1 {
        let others = found.exact.iter().rev().filter(|others| **others != rows);
        let others: Vec<_> = others.map(|rows| text::rows(rows)).collect();
        lines.push(style::faint(&format!(
            "as well as that of {}: they change no schema between them",
            others.join(", ")
        )));
    }
    let targets: Vec<&str> = if rows.is_empty() { vec!["base"] } else { rows.iter().map(RevisionId::as_str).collect() };
    let stamp = StampRequest { targets: &targets, purge: true };
    let in_service = |error: crate::engine::EngineError| CommandError::from(error).of_service(&history.service.name);
    let applied = !arguments.looking.dry_run;
    let plan = if applied {
        let stamped = stamp::write(history, stamp, arguments, context).map_err(in_service)?;
        lines.push(stamp::stamped_line(history, &stamped));
        stamped.plan
    } else {
        let (history, state) = context.state(history)?;
        let rows = crate::database::ids(&state.rows);
        let plan = stamp.plan(history, &rows).map_err(in_service)?;
        lines.push(stamp::planned_line(history, &plan).trim_end().to_owned());
        plan
    };
    let mut document = documents::plan(history, &plan, None, applied);
    document["detected"] = json!(documents::strings(&rows));
    document["exact"] = json!(true);
    Ok((lines, document))
}

fn nearest(
    history: &History,
    found: &DetectResult,
    context: &Context<'_>,
) -> Result<(Vec<String>, Value), CommandError> {
    let rows = &found.nearest.rows;
    let made = Schemas::new(history, context)?.at(rows)?;
    let (changes, _) = diff_view::compared(&made, &found.live, &[]);
    let service = &history.service.name;
    let count = text::count(changes.len(), "difference");
    let mut lines =
        vec![format!("no revision matches the database; the closest is {}, with {count}:", name(history, rows))];
    lines.extend(diff_view::lines(&changes).into_iter().map(|line| format!("  {line}")));
    lines.push(format!(
        "if the database is at that revision: aludel stamp {} --purge -s {service}",
        text::rows(rows).replace(", ", " ")
    ));
    let document = json!({
        "service": service,
        "detected": documents::strings(rows),
        "exact": false,
        "applied": false,
        "changes": diff_view::document(&changes),
    });
    Ok((lines, document))
}

fn name(history: &History, rows: &[RevisionId]) -> String {
    match rows {
        [] => "base".to_owned(),
        rows => rows.iter().map(|id| text::line(history, id, &[])).collect::<Vec<_>>().join(" and "),
    }
}
