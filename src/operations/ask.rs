//! Questions to a database that it may refuse to answer. Text in, text out.

use crate::database::statements::text_literal;
use crate::database::{Database, DatabaseError, QueryRows};
use crate::sql::Dialect;

/// How many rows of an answer are taken at most.
const MAX_ROWS: usize = 10_000;

/// The answer; none when the server refuses (a view that is not there, a privilege that is missing).
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

/// The first value of the answer.
///
/// # Errors
/// When the connection breaks.
pub(super) fn ask_value(database: &mut dyn Database, sql: &str) -> Result<Option<String>, DatabaseError> {
    Ok(ask(database, sql)?.and_then(|rows| rows.value().map(str::to_owned)))
}

/// A text literal.
pub(super) fn literal(dialect: Dialect, text: &str) -> String {
    text_literal(dialect, text)
}

/// A column of a row by its place; empty for NULL.
pub(super) fn cell(row: &[Option<String>], index: usize) -> &str {
    row.get(index).and_then(Option::as_deref).unwrap_or_default()
}

/// The same as a number.
pub(super) fn number(row: &[Option<String>], index: usize) -> Option<f64> {
    cell(row, index).parse().ok()
}
