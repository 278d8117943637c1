//! Journal rows that do not belong to a run of a revision: backups and restores, and runs that a restore has undone.
//! SQL text only.

use super::VersionTable;
use super::journal::{JournalState, Started, Took, journal_table, started, took};
use super::statements::text_literal;
use crate::sql::Dialect;

/// Journal row for a backup, a restore, or a run that a restore has undone.
#[derive(Debug, Clone)]
pub struct JournalNote<'a> {
    /// Id of the revision; `None` if the operation does not belong to one.
    pub revision: Option<&'a str>,
    /// `backup` or `restore`; for a run that a restore has undone, its operation.
    pub operation: &'a str,
    /// State after the operation.
    pub state: JournalState,
    /// Start time: RFC 3339, UTC.
    pub started_at: &'a str,
    /// Duration.
    pub took: Took,
    /// BLAKE3 of the backup file, in lower-case hexadecimal.
    pub checksum: Option<&'a str>,
    /// Summary in one line.
    pub text: &'a str,
    /// Name of the operating system's user.
    pub os_user: &'a str,
    /// Host name.
    pub host: &'a str,
    /// Version of aludel.
    pub tool_version: &'a str,
    /// Error message of a failed operation.
    pub error: Option<&'a str>,
}

/// Statement that writes the row. Without a revision the column holds `(OPERATION)`, which is not a valid revision id:
/// so the row never settles an incomplete revision, but a finished restore settles an unfinished one.
#[must_use]
pub fn insert_note(dialect: Dialect, table: &VersionTable, note: &JournalNote<'_>) -> String {
    let text = |value: &str| text_literal(dialect, value);
    let optional = |value: Option<&str>| value.map_or_else(|| "NULL".to_owned(), text);
    let values = [
        note.revision.map_or_else(|| text(&format!("({})", note.operation)), text),
        text(note.operation),
        text(note.state.name()),
        started(dialect, Started::At(note.started_at)),
        took(dialect, note.took),
        optional(note.checksum),
        "0".to_owned(),
        "0".to_owned(),
        text(note.os_user),
        text(note.host),
        text(note.tool_version),
        optional(note.error),
        text(note.text),
    ];
    format!(
        "INSERT INTO {} (revision, operation, state, started_at, duration_ms, checksum, statements_done, \
         statements_total, os_user, host, tool_version, error, note) VALUES ({})",
        journal_table(dialect, table),
        values.join(", ")
    )
}
