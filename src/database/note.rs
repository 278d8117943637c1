//! Journal rows of what no revision did: backups and restores, and what a restore has undone. Text only; must not know connections.

use super::VersionTable;
use super::journal::{JournalState, Started, Took, journal_table, started, took};
use super::statements::text_literal;
use crate::sql::Dialect;

/// What was done, for the journal.
#[derive(Debug, Clone)]
pub struct Note<'a> {
    /// What it was done with; none: nothing that the graph knows.
    pub revision: Option<&'a str>,
    /// `backup`, `restore`; in a note of what a restore has undone, what was done.
    pub operation: &'a str,
    /// How it stands.
    pub state: JournalState,
    /// RFC 3339, UTC.
    pub started_at: &'a str,
    /// How long it took.
    pub took: Took,
    /// Lower-case hexadecimal BLAKE3 of the file.
    pub checksum: Option<&'a str>,
    /// The facts in a line.
    pub text: &'a str,
    /// The operating system's user.
    pub os_user: &'a str,
    /// The machine.
    pub host: &'a str,
    /// aludel's version.
    pub tool_version: &'a str,
    /// The error.
    pub error: Option<&'a str>,
}

/// Writes the note. Where it has no revision, there stands `(OPERATION)`, which no revision can be named: so a note never
/// settles an incomplete revision, but a restore that came to its end settles one that did not.
#[must_use]
pub fn insert_note(dialect: Dialect, table: &VersionTable, note: &Note<'_>) -> String {
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
