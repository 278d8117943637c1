//! `PRAGMA foreign_key_check` in a revision: rows that it returns are a failure. Foreign keys are not enforced while
//! revisions run, so this is how a revision that rebuilds a table makes sure that no dangling references remain
//! (<https://www.sqlite.org/lang_altertable.html>, 7, step 10).

use rusqlite::Connection;

use crate::sql::{Dialect, keywords};

/// Maximum number of rows in the error message.
const SHOWN: usize = 5;

/// If the statement, which has run, is such a check, returns its findings as an error.
pub(super) fn check(connection: &Connection, sql: &str) -> Result<(), String> {
    let is_check = keywords(sql, Dialect::SQLITE).take(3).any(|word| word == "FOREIGN_KEY_CHECK");
    let found = if is_check { rows(connection, sql).map_err(|error| error.to_string())? } else { Vec::new() };
    if found.is_empty() {
        return Ok(());
    }
    let shown = found.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; ");
    let more = found.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!("; and {more} more") } else { String::new() };
    Err(format!("rows reference missing rows: {shown}{more}"))
}

/// Formats each row. The rowid is NULL for a table WITHOUT ROWID.
fn rows(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(sql)?;
    let words = |row: &rusqlite::Row<'_>| {
        let (table, rowid, target): (String, Option<i64>, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let rowid = rowid.map_or_else(String::new, |rowid| format!(" (rowid {rowid})"));
        Ok(format!("{table}{rowid} at {target}"))
    };
    statement.query_map([], words)?.collect()
}
