//! Journal entries written after the backup; re-inserted after the restore so that the audit trail is kept. They are
//! inserted as notes, which do not affect the state of their revisions.

use super::BackupContext;
use super::error::BackupError;
use crate::database::journal::{JournalState, Took};
use crate::database::note::{JournalNote, insert_note};
use crate::database::{Database, JournalRow};

/// Maximum number of entries carried over.
const MAX_ENTRIES: usize = 1_000;

/// Returns the entries of runs that started at or after `created`, oldest first. `created` has the format of the
/// journal's timestamps (RFC 3339, UTC, microseconds), so that both compare as text.
pub(super) fn since(database: &mut dyn Database, created: &str) -> Vec<JournalRow> {
    // A database whose journal cannot be read may be replaced all the same.
    let newest = database.journal(MAX_ENTRIES).unwrap_or_default();
    let mut rows: Vec<_> = newest.into_iter().filter(|row| row.started_at.as_str() >= created).collect();
    rows.reverse();
    rows
}

/// Appends the entries to the restored journal.
pub(super) fn write(
    database: &mut dyn Database,
    order: &BackupContext<'_>,
    rows: &[JournalRow],
) -> Result<(), BackupError> {
    let dialect = database.server().dialect;
    for row in rows {
        let text = match (&row.note, row.state == JournalState::Noted.name()) {
            (Some(note), true) => note.clone(),
            (Some(note), false) => format!("{} before a restore: {note}", row.state),
            (None, _) => format!("{} before a restore, which undid it", row.state),
        };
        let note = JournalNote {
            revision: Some(&row.revision),
            operation: &row.operation,
            state: JournalState::Noted,
            started_at: &row.started_at,
            took: row.duration_ms.map_or(Took::Unknown, Took::Milliseconds),
            checksum: row.checksum.as_deref(),
            text: &text,
            os_user: &row.os_user,
            host: &row.host,
            tool_version: &row.tool_version,
            error: row.error.as_deref(),
        };
        database.execute(&insert_note(dialect, order.table, &note))?;
    }
    Ok(())
}
