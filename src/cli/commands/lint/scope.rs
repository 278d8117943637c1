//! Scope of an examination: the revisions of a service that are not applied, that a git ref does not have, or that are
//! named.

use std::collections::BTreeSet;
use std::path::Path;

use super::LintArgs;
use super::edited::{self, EditedRevision};
use crate::cli::context::Context;
use crate::cli::report::CommandError;
use crate::database;
use crate::id::RevisionId;
use crate::project::{self, History};

/// Revisions to examine, and what is applied before them.
pub(super) struct Scope {
    /// Revisions to examine, in the order in which they would run.
    pub(super) examined: Vec<RevisionId>,
    /// Version rows before them.
    pub(super) rows_before: Vec<RevisionId>,
    pub(super) notes: Vec<String>,
    /// Revisions that the database has applied, if it was asked.
    pub(super) applied: Option<Vec<RevisionId>>,
    /// Revisions whose files are not those of the git ref, or those that the database has applied.
    pub(super) edited: Vec<EditedRevision>,
}

pub(super) fn scope(history: &History, arguments: &LintArgs, context: &Context<'_>) -> Result<Scope, CommandError> {
    let mut notes = Vec::new();
    let (mut applied, mut edited) = (None, Vec::new());
    let examined: Vec<RevisionId> = if let Some(what) = &arguments.what {
        named(history, what)?
    } else if let Some(reference) = &arguments.against {
        let compared = project::compare_with_texts(&history.service, reference).map_err(CommandError::from)?;
        edited = edited::against(&compared, history, reference)?;
        let is_new = |id: &RevisionId| compared.there.graph.index_of(id.as_str()).is_none();
        history.graph.ordered().into_iter().filter(is_new).collect()
    } else {
        let known = if arguments.offline { None } else { pending(history, context)? };
        match known {
            Some(Pending { pending, done, changed }) => {
                (applied, edited) = (Some(done), changed);
                pending
            }
            None => {
                let why = if arguments.offline { "--offline" } else { "the database cannot be asked" };
                notes.push(format!("{why}: all revisions are examined, also those that are applied"));
                history.graph.ordered()
            }
        }
    };
    // A revision that another one replaces has no text of its own to run.
    let examined: Vec<_> = examined.into_iter().filter(|id| history.replaced_by(id).is_none()).collect();
    let rows_before = rows_before(history, &examined);
    Ok(Scope { examined, rows_before, notes, applied, edited })
}

fn named(history: &History, what: &str) -> Result<Vec<RevisionId>, CommandError> {
    let path = Path::new(what);
    if path.is_file() {
        let wanted = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let is_it = |id: &RevisionId| {
            history.entry(id).is_ok_and(|entry| std::fs::canonicalize(&entry.path).is_ok_and(|own| own == wanted))
        };
        return Ok(history.graph.ordered().into_iter().filter(is_it).collect());
    }
    let chosen: BTreeSet<RevisionId> = match what.contains(':') {
        true => history.graph.range(what, None)?.into_iter().collect(),
        false => history.graph.resolve_many(what, None)?.into_iter().collect(),
    };
    Ok(history.graph.ordered().into_iter().filter(|id| chosen.contains(id)).collect())
}

/// Revisions that a database has not applied, and those that it has.
struct Pending {
    pending: Vec<RevisionId>,
    done: Vec<RevisionId>,
    changed: Vec<EditedRevision>,
}

/// Returns `None` if the database cannot be asked.
fn pending(history: &History, context: &Context<'_>) -> Result<Option<Pending>, CommandError> {
    if history.service.url().is_err() {
        return Ok(None);
    }
    let Ok((_, state)) = context.state(history) else { return Ok(None) };
    let rows = database::ids(&state.rows);
    let known: Vec<_> = rows.into_iter().filter(|row| history.graph.index_of(row.as_str()).is_some()).collect();
    let done = history.graph.applied(&known);
    let is_done: BTreeSet<&RevisionId> = done.iter().collect();
    let pending = history.graph.ordered().into_iter().filter(|id| !is_done.contains(id)).collect();
    let changed = edited::applied(history, &state)?;
    Ok(Some(Pending { pending, done, changed }))
}

/// Version rows of everything that is below the examined revisions and is not one of them.
fn rows_before(history: &History, examined: &[RevisionId]) -> Vec<RevisionId> {
    let own: BTreeSet<&RevisionId> = examined.iter().collect();
    let below = history.graph.applied(examined);
    let below: BTreeSet<RevisionId> = below.into_iter().filter(|id| !own.contains(id)).collect();
    // Those that no other one of them is above.
    let is_row = |id: &&RevisionId| !history.graph.children(id.as_str()).iter().any(|child| below.contains(child));
    below.iter().filter(is_row).cloned().collect()
}
