//! Detects applied revisions whose files no longer match what was applied: edited, deleted, or inserted below what was
//! applied. Compares the files with the fingerprints and dependencies in the journal; what the journal does not record
//! is not checked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::error::EngineError;
use crate::database::{self, HistoryState, Settled};
use crate::id::RevisionId;
use crate::parallel::map_chunks;
use crate::project::{History, HistoryEntry};
use crate::sql::Dialect;

/// Minimum number of files for each thread: reading fewer does not pay for starting it.
const FILES_PER_THREAD: usize = 64;

/// A revision whose file does not match what was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    pub revision: RevisionId,
    /// Kind of the change.
    pub what: RevisionEdit,
    /// Path of its file, if it has one.
    pub path: Option<PathBuf>,
}

/// Kind of change to a revision's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevisionEdit {
    /// The upgrade section differs from what ran.
    Edited,
    /// The file of an applied revision is gone.
    Vanished,
    /// The revision counts as applied, because one that depends on it is, but it was inserted later and never ran.
    Inserted,
}

impl RevisionEdit {
    /// Returns the name for output: `edited`, `vanished`, `inserted`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Edited => "edited",
            Self::Vanished => "vanished",
            Self::Inserted => "inserted",
        }
    }
}

/// Returns all applied revisions that have changed since, in the order of the graph; those without a file come last.
/// Reads the files of applied revisions completely: linear in their size and in the size of the journal.
///
/// # Errors
/// A file that cannot be read.
pub fn changed_revisions(
    history: &History,
    state: &HistoryState,
    dialect: Dialect,
) -> Result<Vec<Changed>, EngineError> {
    if state.settled.is_empty() {
        return Ok(Vec::new());
    }
    let settled: BTreeMap<&str, &Settled> = state.settled.iter().map(|row| (row.revision.as_str(), row)).collect();
    let half: BTreeSet<&str> = state.incomplete.iter().map(|half| half.revision.as_str()).collect();
    let applied = history.graph.applied(&database::ids(&state.rows));
    let inserted = inserted(history, &applied, &settled);
    let edited = edited(history, &applied, &settled, dialect)?;
    let path = |id: &RevisionId| history.entry(id).ok().map(|entry| entry.path.clone());
    // Incomplete revisions are compared statement by statement when they are resumed.
    let found = applied.iter().filter(|id| !half.contains(id.as_str())).filter_map(|id| {
        let what = match () {
            () if edited.contains(id) => RevisionEdit::Edited,
            () if inserted.contains(id.as_str()) => RevisionEdit::Inserted,
            () => return None,
        };
        Some(Changed { revision: id.clone(), what, path: path(id) })
    });
    let vanished = state.settled.iter().filter(|row| {
        let ran = matches!(row.operation.as_str(), "upgrade" | "repair") && row.checksum.is_some();
        let was_applied = ran && !row.stamped_since;
        // A version row without a file is reported as `UnknownRows`.
        was_applied && history.graph.index_of(&row.revision).is_none() && !state.rows.contains(&row.revision)
    });
    let vanished = vanished.map(|row| Changed {
        revision: RevisionId::from_row(&row.revision),
        what: RevisionEdit::Vanished,
        path: None,
    });
    Ok(found.chain(vanished).collect())
}

fn edited(
    history: &History,
    applied: &[RevisionId],
    settled: &BTreeMap<&str, &Settled>,
    dialect: Dialect,
) -> Result<BTreeSet<RevisionId>, EngineError> {
    let known: Vec<(&RevisionId, &str)> = applied
        .iter()
        // The SQL of a Python revision depends on more than its file; a change shows only when it is rendered.
        .filter(|id| !history.entry(id).is_ok_and(|entry| entry.is_python() || entry.recorded.is_some()))
        .filter_map(|id| {
            let row = settled.get(id.as_str()).filter(|row| matches!(row.operation.as_str(), "upgrade" | "repair"))?;
            Some((id, row.checksum.as_deref()?))
        })
        .collect();
    let (kept, unread): (Vec<_>, Vec<_>) = known
        .into_iter()
        .map(|(id, before)| (id, before, history.kept_fingerprint(id, dialect)))
        .partition(|(.., now)| now.is_some());
    let mut edited: BTreeSet<RevisionId> =
        kept.into_iter().filter(|(_, before, now)| *now != Some(*before)).map(|(id, ..)| id.clone()).collect();
    edited.extend(map_chunks(unread, FILES_PER_THREAD, |share| {
        let mut edited = Vec::new();
        for (id, before, _) in share {
            if history.upgrade_fingerprint(id, dialect)? != before {
                edited.push(id.clone());
            }
        }
        Ok::<_, EngineError>(edited)
    })?);
    Ok(edited)
}

/// Returns the revisions that an applied one needs now and did not need when it ran, and that never ran themselves.
fn inserted<'h>(history: &'h History, applied: &[RevisionId], settled: &BTreeMap<&str, &Settled>) -> BTreeSet<&'h str> {
    let recorded: BTreeSet<&str> =
        settled.values().filter_map(|row| row.parents.as_ref()).flatten().map(String::as_str).collect();
    let never_ran = |id: &&str| !settled.contains_key(id) && !recorded.contains(id);
    let mut inserted = BTreeSet::new();
    // Children come before their parents, so that a chain of inserted revisions is followed down.
    for id in applied.iter().rev() {
        let Some(node) = history.graph.get(id.as_str()) else { continue };
        // Here it comes after what it replaces, which it did not need when it ran.
        if history.entry(id).is_ok_and(HistoryEntry::is_behind_replaced) {
            continue;
        }
        let looks_down = match settled.get(id.as_str()) {
            Some(row) => row.parents.is_some() && matches!(row.operation.as_str(), "upgrade" | "repair"),
            None => inserted.contains(id.as_str()),
        };
        if looks_down {
            let needs = node.down_revisions.iter().map(RevisionId::as_str);
            inserted.extend(needs.chain(node.depends_on.iter().map(String::as_str)).filter(never_ran));
        }
    }
    inserted
}
