//! Data of the page: everything about the selected services in one document, which `report --json` prints too.

use std::path::Path;

use serde_json::{Value, json};

use super::{database, effects, objects, revisions};
use crate::cli::context::Context;
use crate::cli::report::CommandError;
use crate::cli::secrets::document_without_secrets;
use crate::cli::surroundings::now_seconds;
use crate::project::History;

/// Counted up when a reader of the document would have to change.
const FORMAT: u32 = 1;

/// Contents of the document.
#[derive(Debug, Clone, Copy)]
pub struct PageOptions {
    /// Connect to nothing: without positions and journals.
    pub offline: bool,
    /// Leave out the texts of statements.
    pub no_sql: bool,
    /// Leave out the schema, which is read from a replay in a shadow database.
    pub no_schema: bool,
}

/// Returns the document, and the errors of services whose files cannot be read. Neither they nor a database that cannot
/// be reached hide the other services.
///
/// # Errors
/// The config cannot be read.
pub fn document(options: PageOptions, context: &Context<'_>) -> Result<(Value, Vec<CommandError>), CommandError> {
    let reading = if options.offline { context.with_options(context.global) } else { context.connecting() };
    let context = &reading.comparing_files();
    let chosen = context.chosen()?;
    let (mut services, mut errors) = (Vec::new(), Vec::new());
    for (service, history) in chosen.iter().zip(context.each_for_reading()?) {
        let document = history.and_then(|history| service_document(&history, options, context));
        services.push(document.unwrap_or_else(|error| {
            let failed = json!({ "service": service.name, "error": database::error(&error) });
            errors.push(error);
            failed
        }));
    }
    let mut document = json!({
        "format": FORMAT,
        "tool_version": env!("CARGO_PKG_VERSION"),
        "generated_at": now_seconds(),
        "project": project_name(context),
        "has_sql": !options.no_sql,
        "services": services,
    });
    document_without_secrets(&mut document);
    Ok((document, errors))
}

/// Name of the folder with the config.
fn project_name(context: &Context<'_>) -> Option<String> {
    let path = context.config().ok()?.path?;
    let folder = std::path::absolute(path).ok()?;
    folder.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned())
}

fn service_document(history: &History, options: PageOptions, context: &Context<'_>) -> Result<Value, CommandError> {
    let name = &history.service.name;
    let asked = (!options.offline).then(|| database::read(history, context));
    let log = (!options.offline && !options.no_schema).then(|| objects::document(history, context));
    // Revisions that a newer release has applied are known to the journal only, and cannot be replayed.
    let history = asked.as_ref().and_then(|asked| asked.history).unwrap_or(history);
    let effects = effects::effects(history, context).map_err(|error| error.of_service(name))?;
    let mut document = json!({
        "service": name,
        "dialect": history.service.url().ok().map(|url| url.dialect().name()),
        "version_table": history.service.version_table,
        "revisions": revisions::documents(history, &effects),
        "notes": effects.notes,
        "database": Value::Null,
        "journal": [],
        "objects": Value::Null,
    });
    let (log, failure) = log.map_or((None, None), |log| log.unwrap_or_else(|failure| (None, Some(failure))));
    if let Some(failure) = failure {
        let what = if log.is_some() {
            "the report has the schema before the failure only"
        } else {
            "the report has no schema"
        };
        context.warn(&format!("{name}: {what}: {}", failure.report.message));
        document["objects_error"] = database::error(&context.with_service_hints(failure));
    }
    if let Some(log) = log {
        document["objects"] = log;
    }
    if let Some(asked) = asked {
        document["database"] = asked.database;
        document["journal"] = asked.journal;
    }
    if options.no_sql {
        revisions::remove_sql(&mut document);
        objects::remove_sql(&mut document["objects"]);
    }
    Ok(document)
}
