//! `stamp --detect`: finds the revisions that a database is at.

use serde_json::{Value, json};

use super::stamp::{self, Arguments};
use crate::cli::answer::Answer;
use crate::cli::context::Context;
use crate::cli::report::Report;
use crate::cli::schemas::Schemas;
use crate::cli::{differing, json as documents, style, words};
use crate::engine::Stamp;
use crate::id::RevisionId;
use crate::project::History;
use crate::proof::{Place, places};

/// Finds the position in the history whose schema equals that of the database, and stamps it if there is one.
pub fn run(arguments: &Arguments, context: &Context<'_>) -> Result<Answer, Report> {
    let mut answer = Answer::default();
    let histories = context.for_writing(&[])?;
    for history in &histories {
        let found = detect(history, context)?;
        let document = if found.exact.is_empty() {
            nearest(history, &found, context)?
        } else {
            exact(history, &found, arguments, context)?
        };
        answer.no |= found.exact.is_empty();
        answer.text += &words::section(histories.len() > 1, &history.service.name, &document.0);
        answer.services.push(document.1);
    }
    Ok(answer)
}

struct Found {
    /// Rows of the version table.
    rows: Vec<RevisionId>,
    exact: Vec<Vec<RevisionId>>,
    nearest: Place,
    live: crate::schema::Schema,
}

fn detect(history: &History, context: &Context<'_>) -> Result<Found, Report> {
    let schemas = Schemas::of(history, context)?;
    let live = schemas.live()?;
    let (mut rows, mut live) = (crate::database::ids(&live.state.rows), live.schema);
    rows.sort();
    let head = schemas.head()?;
    schemas.without_strangers(&mut live, &head)?;
    let in_service = |error| Report::from(error).of_service(&history.service.name);
    let places = places(&schemas.workbench(), history, &live).map_err(in_service)?;
    let exact = places.iter().filter(|place| place.differences == 0).map(|place| place.rows.clone()).collect();
    // The newest of several that are equally near.
    let nearest = places.into_iter().rev().min_by_key(|place| place.differences);
    let nearest = nearest.unwrap_or(Place { rows: Vec::new(), differences: usize::MAX });
    Ok(Found { rows, exact, nearest, live })
}

fn exact(
    history: &History,
    found: &Found,
    arguments: &Arguments,
    context: &Context<'_>,
) -> Result<(Vec<String>, Value), Report> {
    // Several positions may have the same schema: prefer the one that the version table names, otherwise take the last.
    let said = found.exact.iter().find(|rows| {
        let mut sorted = (*rows).clone();
        sorted.sort();
        sorted == found.rows
    });
    let rows = said.or(found.exact.last()).cloned().unwrap_or_default();
    let mut lines = vec![format!("the database is what {} makes", name(history, &rows))];
    if found.exact.len() > 1 {
        let others = found.exact.iter().rev().filter(|others| **others != rows);
        let others: Vec<_> = others.map(|rows| words::rows(rows)).collect();
        lines.push(style::faint(&format!("as do {}: they change no schema between them", others.join(", "))));
    }
    let targets: Vec<&str> = if rows.is_empty() { vec!["base"] } else { rows.iter().map(RevisionId::as_str).collect() };
    let stamp = Stamp { targets: &targets, purge: true };
    let in_service = |error: crate::engine::EngineError| Report::from(error).of_service(&history.service.name);
    let applied = !arguments.looking.dry_run;
    let plan = if applied {
        let stamped = stamp::write(history, stamp, arguments, context).map_err(in_service)?;
        lines.push(stamp::stamped_line(history, &stamped));
        stamped.plan
    } else {
        let rows = crate::database::ids(&context.state(history)?.rows);
        let plan = stamp.plan(history, &rows).map_err(in_service)?;
        lines.push(stamp::planned_line(history, &plan).trim_end().to_owned());
        plan
    };
    let mut document = documents::plan(history, &plan, None, applied);
    document["detected"] = json!(documents::strings(&rows));
    document["exact"] = json!(true);
    Ok((lines, document))
}

fn nearest(history: &History, found: &Found, context: &Context<'_>) -> Result<(Vec<String>, Value), Report> {
    let rows = &found.nearest.rows;
    let made = Schemas::of(history, context)?.at(rows)?;
    let (changes, _) = differing::compared(&made, &found.live, &[]);
    let service = &history.service.name;
    let count = words::count(changes.len(), "difference");
    let mut lines = vec![format!(
        "no revision makes what is in the database; the nearest is {}, with {count}:",
        name(history, rows)
    )];
    lines.extend(differing::lines(&changes).into_iter().map(|line| format!("  {line}")));
    lines.push(format!(
        "if that is where it is: aludel stamp {} --purge -s {service}",
        words::rows(rows).replace(", ", " ")
    ));
    let document = json!({
        "service": service,
        "detected": documents::strings(rows),
        "exact": false,
        "applied": false,
        "changes": differing::document(&changes),
    });
    Ok((lines, document))
}

fn name(history: &History, rows: &[RevisionId]) -> String {
    match rows {
        [] => "base".to_owned(),
        rows => rows.iter().map(|id| words::line(history, id, &[])).collect::<Vec<_>>().join(" and "),
    }
}
