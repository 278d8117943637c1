//! What the journal knew of the time since a backup, carried over its restore: who ran what stays known, though the database
//! is as if nobody had. As remarks, which say nothing of the revisions themselves.

use super::Order;
use super::error::BackupError;
use crate::database::journal::{JournalState, Took};
use crate::database::note::{Note, insert_note};
use crate::database::{Database, JournalRow};

/// How many rows are carried over at most.
const MOST: usize = 1_000;

/// What ran since `created` (RFC 3339, UTC, microseconds, as the journal's own times), oldest first.
pub(super) fn since(database: &mut dyn Database, created: &str) -> Vec<JournalRow> {
    // A database that is not fit to be read has nothing to carry over; it is going to be replaced.
    let newest = database.journal(MOST).unwrap_or_default();
    let mut rows: Vec<_> = newest.into_iter().filter(|row| row.started_at.as_str() >= created).collect();
    rows.reverse();
    rows
}

/// Writes them behind what the restored journal says.
pub(super) fn write(database: &mut dyn Database, order: &Order<'_>, rows: &[JournalRow]) -> Result<(), BackupError> {
    let dialect = database.server().dialect;
    for row in rows {
        let text = match (&row.note, row.state == JournalState::Noted.name()) {
            (Some(note), true) => note.clone(),
            (Some(note), false) => format!("{} before a restore: {note}", row.state),
            (None, _) => format!("{} before a restore, which undid it", row.state),
        };
        let note = Note {
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
