//! Revisions that were edited or removed after a git ref, or a database, had them.

use crate::cli::report::CommandError;
use crate::config::DatabaseUrl;
use crate::database::HistoryState;
use crate::diagnostic::{Location, Span};
use crate::engine::{self, EngineError, RevisionEdit};
use crate::id::RevisionId;
use crate::lint::is_allowed_in_header;
use crate::project::{Comparison, History};

/// Revision whose file is not the one that was published.
pub(super) struct EditedRevision {
    pub(super) id: RevisionId,
    /// Change that was made.
    pub(super) text: String,
    /// First line of its file.
    pub(super) location: Location,
}

/// Rule that the findings are of.
pub(super) const RULE: &str = "history-edited";

/// Returns the revisions of the git ref that a merge would change or remove.
pub(super) fn against(
    compared: &Comparison,
    history: &History,
    reference: &str,
) -> Result<Vec<EditedRevision>, CommandError> {
    let dialect = history.service.url().map(DatabaseUrl::dialect).unwrap_or_default();
    let there = &compared.there;
    // What the ref has and this branch does not have yet was not edited here.
    let now = compared.merged.as_ref().unwrap_or(history);
    let mut edited = Vec::new();
    for id in there.graph.ordered() {
        // The SQL of a Python revision depends on more than its file.
        let entry = there.entry(&id).map_err(CommandError::from)?;
        if entry.is_python() || now.replaced_by(&id).is_some() {
            continue;
        }
        if now.graph.index_of(id.as_str()).is_none() {
            let revision = there.read(&id).map_err(CommandError::from)?;
            let location = first_line(entry.path.clone(), revision.text.as_written().to_owned());
            edited.push(EditedRevision { text: format!("{id} is in {reference} and was removed"), id, location });
            continue;
        }
        let before = there.upgrade_fingerprint(&id, dialect).map_err(CommandError::from)?;
        if now.upgrade_fingerprint(&id, dialect).map_err(CommandError::from)? != before {
            let text = format!("{id} is in {reference} with another text");
            edited.extend(of_file(now, id, text)?);
        }
    }
    Ok(edited)
}

/// Returns the revisions whose files are not what the database has applied.
pub(super) fn applied(history: &History, state: &HistoryState) -> Result<Vec<EditedRevision>, CommandError> {
    let dialect = history.service.url().map(DatabaseUrl::dialect).unwrap_or_default();
    let changed = engine::changed_revisions(history, state, dialect);
    let mut edited = Vec::new();
    for changed in changed.map_err(|error: EngineError| CommandError::from(error))? {
        let id = changed.revision;
        match changed.what {
            RevisionEdit::Edited => {
                let text = format!("the database has applied {id} with another text");
                edited.extend(of_file(history, id, text)?);
            }
            RevisionEdit::Vanished => {
                let folder = history.service.revisions.first().cloned().unwrap_or_default();
                let text = format!("the database has applied {id}, which has no file any more");
                edited.push(EditedRevision { id, text, location: first_line(folder, String::new()) });
            }
            // Below what is applied: `history-out-of-order`.
            RevisionEdit::Inserted => {}
        }
    }
    Ok(edited)
}

/// Points to the file of a revision, unless its header allows the change.
fn of_file(history: &History, id: RevisionId, text: String) -> Result<Option<EditedRevision>, CommandError> {
    let entry = history.entry(&id).map_err(CommandError::from)?;
    let revision = history.read(&id).map_err(CommandError::from)?;
    if is_allowed_in_header(&revision.header.options.lint, RULE) {
        return Ok(None);
    }
    Ok(Some(EditedRevision {
        id,
        text,
        location: first_line(entry.path.clone(), revision.text.as_written().to_owned()),
    }))
}

pub(super) fn first_line(path: std::path::PathBuf, text: String) -> Location {
    let end = text.find('\n').unwrap_or(text.len());
    Location { path, text, span: Span::new(0, end) }
}
