//! Queries that a server may refuse (a view that does not exist, a missing privilege), and the values in their rows.

use super::{Database, DatabaseError, QueryRows};

/// Maximum number of rows that are read.
const MAX_ROWS: usize = 10_000;

/// Runs a query. Returns `None` if the server refuses it.
///
/// # Errors
/// When the connection breaks.
pub fn try_query(database: &mut dyn Database, sql: &str) -> Result<Option<QueryRows>, DatabaseError> {
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
pub fn try_value(database: &mut dyn Database, sql: &str) -> Result<Option<String>, DatabaseError> {
    Ok(try_query(database, sql)?.and_then(|rows| rows.value().map(str::to_owned)))
}

/// Returns the rows of the first query that the server does not refuse; no rows if it refuses all of them.
///
/// # Errors
/// When the connection breaks.
pub fn first_accepted(database: &mut dyn Database, queries: &[String]) -> Result<QueryRows, DatabaseError> {
    for sql in queries {
        if let Some(rows) = try_query(database, sql)? {
            return Ok(rows);
        }
    }
    Ok(QueryRows::default())
}

/// Returns a column of a row by index; empty for NULL.
#[must_use]
pub fn cell(row: &[Option<String>], index: usize) -> &str {
    row.get(index).and_then(Option::as_deref).unwrap_or_default()
}

/// Returns a column of a row as a number; `None` if it is none.
#[must_use]
pub fn number(row: &[Option<String>], index: usize) -> Option<f64> {
    cell(row, index).parse().ok()
}
