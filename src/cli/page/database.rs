//! Position of a database and its journal, for the page.

use serde_json::{Value, json};

use crate::cli::commands::current::DatabasePosition;
use crate::cli::commands::log;
use crate::cli::commands::status::HalfApplied;
use crate::cli::context::Context;
use crate::cli::json as documents;
use crate::cli::report::CommandError;
use crate::database::JournalRow;
use crate::engine;
use crate::project::History;

/// Most entries of a journal in the page; older ones are left out.
const JOURNAL_ENTRIES: usize = 20_000;

/// Contents of a service's database about its history.
pub struct AskedDatabase<'h> {
    /// History with the revisions that only the journal describes; `None` if the database was not read.
    pub history: Option<&'h History>,
    /// Position, or the error that kept it from being read.
    pub database: Value,
    /// Entries of the journal, newest first.
    pub journal: Value,
}

/// Reads a service's database. A failure becomes part of the result.
pub fn read<'h>(history: &'h History, context: &Context<'_>) -> AskedDatabase<'h> {
    try_read(history, context).unwrap_or_else(|failure| {
        let failure = context.with_service_hints(failure.of_service(&history.service.name));
        context.warn(&format!("{}: {}", history.service.name, failure.report.message));
        let database = json!({ "url": shown_url(history), "error": error(&failure) });
        AskedDatabase { history: None, database, journal: json!([]) }
    })
}

/// Message and hints of a failure.
pub fn error(failure: &CommandError) -> Value {
    failure.json()["error"].clone()
}

fn try_read<'h>(history: &'h History, context: &Context<'_>) -> Result<AskedDatabase<'h>, CommandError> {
    let mut database = context.open(history)?;
    let (history, state) = engine::read_history(history, &mut *database)?;
    let place = DatabasePosition::new(history, &state);
    let changed = engine::changed_revisions(history, &state, context.dialect(history)?)?;
    let known: Vec<_> = place.known().cloned().collect();
    let pending = history.graph.pending(&known);
    let halves = state.incomplete.iter().map(|half| HalfApplied::new(history, half, context).json());
    let server = database.server();
    let mut document = json!({
        "url": shown_url(history),
        "product": server.product,
        "version": server.version,
        "rows": documents::strings(&place.rows),
        "current": documents::strings(&known),
        "unknown": documents::strings(&place.unknown),
        "is_head": place.is_head,
        "pending": documents::strings(&pending),
        "phases": documents::phases(history, &pending),
        "ahead": documents::ahead(history),
        "incomplete": halves.collect::<Vec<_>>(),
        "changed": documents::changed(&changed),
    });
    if !place.lost.is_empty() {
        document["version_rows_lost"] = json!(place.lost);
    }
    let journal = database.journal(JOURNAL_ENTRIES)?;
    let journal = journal.iter().map(entry).collect();
    Ok(AskedDatabase { history: Some(history), database: document, journal })
}

/// Entry of the journal as `log` has it, without what the page does not show.
fn entry(row: &JournalRow) -> Value {
    let mut entry = log::document(row);
    if let Some(map) = entry.as_object_mut() {
        map.retain(|key, value| key != "checksum" && !value.is_null());
    }
    entry
}

/// URL without its password.
fn shown_url(history: &History) -> Option<String> {
    history.service.url().ok().map(ToString::to_string)
}
