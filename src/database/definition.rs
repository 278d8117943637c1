//! Definitions of revisions in the journal: what an older release, whose files lack a revision, needs to know of it. SQL
//! text only; [`crate::project`] makes and reads the definitions.

use super::VersionTable;
use super::journal::journal_table;
use super::statements::text_literal;
use crate::sql::Dialect;

/// Column of the journal with the definition of the revision that a row is about. Journals of versions before 0.2 do
/// not have it.
pub const DEFINITION: &str = "definition";

/// Statement that adds the column to a journal of an earlier version.
#[must_use]
pub fn add_definition(dialect: Dialect, table: &VersionTable) -> String {
    let text = dialect.rules().table_types().long_text;
    format!("ALTER TABLE {} ADD COLUMN {DEFINITION} {text} NULL", journal_table(dialect, table))
}

/// Query for the definitions of revisions that were upgraded: revision, definition, start of the upgrade as RFC 3339
/// text, user, host; the newest of each revision comes last.
#[must_use]
pub fn select_definitions<'r>(
    dialect: Dialect,
    table: &VersionTable,
    revisions: impl IntoIterator<Item = &'r str>,
) -> String {
    let started_at = dialect.rules().instant_as_text("started_at");
    let names: Vec<String> = revisions.into_iter().map(|name| text_literal(dialect, name)).collect();
    format!(
        "SELECT revision, {DEFINITION}, {started_at}, os_user, host FROM {} \
         WHERE {DEFINITION} IS NOT NULL AND operation = 'upgrade' AND state = 'done' AND revision IN ({}) ORDER BY id",
        journal_table(dialect, table),
        names.join(", ")
    )
}
