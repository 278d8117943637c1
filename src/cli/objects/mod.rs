//! History of the objects of a schema, for commands that show which revision made what.

mod name;
mod origin;

use std::collections::{BTreeSet, HashSet};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::context::Context;
use super::report::CommandError;
use super::schemas::Schemas;
use crate::diagnostic::nearest;
use crate::error_code::ErrorCode;
use crate::id::RevisionId;
use crate::project::History;
use crate::schema::Key;
use crate::shadow::ObjectHistory;

pub use name::ObjectName;
pub use origin::{Origin, Origins};

/// Replays the history of a service, as far as it is not known already, and returns what each revision changes.
pub fn object_history(history: &History, context: &Context<'_>) -> Result<ObjectHistory, CommandError> {
    match object_history_so_far(history, context)? {
        (_, Some(failure)) => Err(failure),
        (objects, None) => Ok(objects),
    }
}

/// Like [`object_history`], but a replay that fails gives what was found before its failure, and the failure.
pub fn object_history_so_far(
    history: &History,
    context: &Context<'_>,
) -> Result<(ObjectHistory, Option<CommandError>), CommandError> {
    let schemas = Schemas::new(history, context)?;
    let bar = progress_bar(&history.service.name, context.global.quiet);
    let found = schemas.schema_reader().object_history(history, &mut |replayed, all| {
        if let Some(bar) = &bar {
            bar.set_length(all as u64);
            bar.set_position(replayed as u64);
        }
    });
    bar.iter().for_each(ProgressBar::finish_and_clear);
    let failed = |error| CommandError::from(error).of_service(&history.service.name);
    found.map(|(objects, failure)| (objects, failure.map(failed))).map_err(failed)
}

/// A bar on a terminal; without one nothing is shown.
fn progress_bar(service: &str, quiet: bool) -> Option<ProgressBar> {
    (!quiet && console::user_attended_stderr()).then(|| {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_prefix(service.to_owned());
        if let Ok(style) =
            ProgressStyle::with_template("{prefix:.bold} [{bar:24}] replayed {pos} of {len}  {elapsed_precise}")
        {
            bar.set_style(style.progress_chars("=> "));
        }
        bar
    })
}

/// Returns the keys of the objects that `name` means: of those that exist with the revisions `applied`, otherwise of
/// those that existed once or have another name now.
pub fn named(name: &ObjectName, objects: &ObjectHistory, applied: &HashSet<&RevisionId>) -> Vec<Key> {
    let present: BTreeSet<&Key> = objects.objects_at(applied).into_keys().collect();
    let found = name.meant(&present);
    if !found.is_empty() {
        return found.into_iter().cloned().collect();
    }
    let once = objects.keys(applied);
    let latest: BTreeSet<&Key> = name.meant(&once).iter().map(|key| objects.latest_key(key, applied)).collect();
    latest.into_iter().cloned().collect()
}

/// Returns the error of a name that no object of the histories has or had.
pub fn not_found(typed: &str, known: &BTreeSet<String>) -> CommandError {
    let error = CommandError::new(ErrorCode::ObjectNotFound, format!("no revision makes an object {typed}"));
    match nearest(typed, known.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean {near}?")),
        None => error.hint("`aludel inspect head` prints all objects; a column is TABLE.COLUMN"),
    }
}
