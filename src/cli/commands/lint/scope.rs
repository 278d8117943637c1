//! What is examined: the revisions of a service that are not applied, that a git ref does not have, or that are named.

use std::collections::BTreeSet;
use std::path::Path;

use super::LintArgs;
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
}

pub(super) fn scope(history: &History, arguments: &LintArgs, context: &Context<'_>) -> Result<Scope, CommandError> {
    let mut notes = Vec::new();
    let mut applied = None;
    let examined: Vec<RevisionId> = if let Some(what) = &arguments.what {
        named(history, what)?
    } else if let Some(reference) = &arguments.against {
        let compared = project::compare(&history.service, reference).map_err(CommandError::from)?;
        let is_new = |id: &RevisionId| compared.there.graph.index_of(id.as_str()).is_none();
        history.graph.ordered().into_iter().filter(is_new).collect()
    } else {
        let known = if arguments.offline { None } else { pending(history, context) };
        match known {
            Some((pending, done)) => {
                applied = Some(done);
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
    Ok(Scope { examined, rows_before, notes, applied })
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

/// Returns the revisions that are not applied and those that are; `None` if the database cannot be asked.
fn pending(history: &History, context: &Context<'_>) -> Option<(Vec<RevisionId>, Vec<RevisionId>)> {
    history.service.url().ok()?;
    let (_, state) = context.state(history).ok()?;
    let rows = database::ids(&state.rows);
    let known: Vec<_> = rows.into_iter().filter(|row| history.graph.index_of(row.as_str()).is_some()).collect();
    let applied = history.graph.applied(&known);
    let done: BTreeSet<&RevisionId> = applied.iter().collect();
    let pending = history.graph.ordered().into_iter().filter(|id| !done.contains(id)).collect();
    Some((pending, applied))
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
