//! `revision` for a service whose files are pairs: writes two files after the last pair.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::RevisionArgs;
use crate::cli::commands::new_file;
use crate::cli::context::Context;
use crate::cli::json as documents;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::project::{self, History};

pub fn run(arguments: &RevisionArgs, history: &History, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let name = &history.service.name;
    let places = arguments.head.is_some() || arguments.splice || arguments.rev_id.is_some() || arguments.autogenerate;
    if places || !arguments.branch_label.is_empty() || !arguments.depends_on.is_empty() {
        return Err(CommandError::usage(
            "pairs are ordered by time: they have no branches, ids, labels or dependencies",
        )
        .of_service(name)
        .note("the config has `layout: pairs`")
        .hint(format!("for a graph, import them as revisions: aludel import pairs DIR -s {name}")));
    }
    let failed = |error| CommandError::from(error).of_service(name);
    // A placeholder: the id of a pair is its time, which depends on the last pair.
    let mut header = new_file::header(new_file::id("0")?, arguments.message.as_deref().unwrap_or_default().trim());
    let last = history.entries.iter().filter_map(|entry| entry.header.created.as_deref()).max();
    let stamp = stamp(header.created.as_deref().unwrap_or_default(), last);
    header.revision = new_file::id(&stamp)?;
    let folder = arguments.version_path.as_deref();
    let dialect = context.dialect(history).ok();
    let paths = project::write_pair(history, &header, &arguments.template, folder, dialect)
        .map_err(|error: Box<project::ProjectError>| failed(error))?;
    for path in &paths {
        for warning in project::run_hooks(&history.service, path) {
            context.warn(&warning.to_string());
        }
    }
    let fresh = History::load(&history.service).map_err(failed)?;
    let document = documents::revision(&fresh, &header.revision);
    Ok(CommandOutput {
        text: paths.iter().map(|path| format!("{}\n", path.display())).collect(),
        services: vec![json!({ "service": name, "revision": document })],
        ..CommandOutput::default()
    })
}

/// Formats a time as `YYYYMMDD_HHMMSS`: now, or a second after the last pair if that is later.
fn stamp(now: &str, last: Option<&str>) -> String {
    let time = |text: &str| text.parse::<Timestamp>().unwrap_or_default();
    let now = time(now);
    let next = last.and_then(|last| time(last).checked_add(SignedDuration::from_secs(1)).ok());
    let at = next.filter(|next| *next > now).unwrap_or(now);
    at.strftime("%Y%m%d_%H%M%S").to_string()
}
