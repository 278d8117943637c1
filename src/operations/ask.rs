//! Queries that a database may refuse.

use crate::database::statements::text_literal;
use crate::database::{Database, DatabaseError, QueryRows};
use crate::sql::Dialect;

/// Maximum number of rows that are read.
const MAX_ROWS: usize = 10_000;

/// Runs a query. Returns `None` if the server refuses it (a view that does not exist, a missing privilege).
///
/// # Errors
/// When the connection breaks.
pub(super) fn ask(database: &mut dyn Database, sql: &str) -> Result<Option<QueryRows>, DatabaseError> {
    match database.query(sql, MAX_ROWS) {
        Ok(rows) => Ok(Some(rows)),
        Err(DatabaseError::Server(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the first value of the result; `None` if the server refuses the query, or for NULL or no row.
///
/// # Errors
/// When the connection breaks.
pub(super) fn ask_value(database: &mut dyn Database, sql: &str) -> Result<Option<String>, DatabaseError> {
    Ok(ask(database, sql)?.and_then(|rows| rows.value().map(str::to_owned)))
}

/// Returns a text literal.
pub(super) fn literal(dialect: Dialect, text: &str) -> String {
    text_literal(dialect, text)
}

/// Returns a column of a row by index; empty for NULL.
pub(super) fn cell(row: &[Option<String>], index: usize) -> &str {
    row.get(index).and_then(Option::as_deref).unwrap_or_default()
}

/// Returns a column of a row as a number; `None` if it is none.
pub(super) fn number(row: &[Option<String>], index: usize) -> Option<f64> {
    cell(row, index).parse().ok()
}
