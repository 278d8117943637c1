//! Read-only queries, and the check of require and verify queries.

use rusqlite::Connection;
use rusqlite::ffi::SQLITE_INTERRUPT;
use rusqlite::types::ValueRef;

use super::errors::server_error;
use crate::database::{
    QueryFinding, QueryOutcome, QueryRows, RevisionExecution, SHOWN_ROWS, SectionQuery, ServerError, StepFailure,
};

/// Returns the first `limit` rows of a query. Refuses a statement that would write before it runs
/// (`sqlite3_stmt_readonly`).
pub(super) fn query(connection: &Connection, sql: &str, limit: usize) -> Result<QueryRows, ServerError> {
    let failed = |error: rusqlite::Error| server_error(&error);
    let mut statement = connection.prepare(sql).map_err(failed)?;
    if !statement.readonly() {
        let message = "the statement would write, and only queries are allowed here".to_owned();
        return Err(ServerError { message, ..ServerError::default() });
    }
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let width = columns.len();
    let mut found = QueryRows { columns, ..QueryRows::default() };
    let mut rows = statement.raw_query();
    while let Some(row) = rows.next().map_err(failed)? {
        found.keep(limit, || (0..width).map(|column| row.get_ref(column).ok().and_then(value_text)).collect());
        if found.has_more {
            break;
        }
    }
    Ok(found)
}

/// Runs a query of the unit that must return no rows.
pub(super) fn check(
    connection: &Connection,
    unit: &RevisionExecution<'_>,
    section_query: SectionQuery,
) -> Result<(), StepFailure> {
    let Some(sql) = unit.query(section_query) else { return Ok(()) };
    let found = match query(connection, sql, SHOWN_ROWS) {
        Ok(rows) if rows.rows.is_empty() => return Ok(()),
        Ok(rows) => QueryOutcome::Rows(rows),
        Err(error) => QueryOutcome::Refused(error),
    };
    let is_cancel = match &found {
        QueryOutcome::Refused(error) => error.number == Some(i64::from(SQLITE_INTERRUPT)),
        QueryOutcome::Rows(_) => false,
    };
    let cause = QueryFinding { query: section_query, found }.into_cause();
    Err(StepFailure { is_cancel, ..StepFailure::new(0, cause) })
}

/// Formats a value as the sqlite3 shell does; a BLOB as hexadecimal digits.
fn value_text(value: ValueRef<'_>) -> Option<String> {
    match value {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(format!("{number:?}")),
        ValueRef::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Blob(bytes) => Some(bytes.iter().fold("0x".to_owned(), |text, byte| text + &format!("{byte:02x}"))),
    }
}
