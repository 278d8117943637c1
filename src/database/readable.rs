//! Rows as readable text, for comparison.

use super::{Database, DatabaseError, TextRows};

/// Runs one query and returns its rows.
///
/// # Errors
/// When the server refuses the query or the connection breaks.
pub fn query(database: &mut dyn Database, sql: &str) -> Result<TextRows, DatabaseError> {
    Ok(database.execute(sql)?.into_iter().last().unwrap_or_default())
}

/// Returns one line for each row.
#[must_use]
pub fn row_texts(rows: TextRows) -> Vec<String> {
    let cell = |cell: Option<String>| cell.unwrap_or_else(|| "NULL".to_owned());
    rows.into_iter().map(|row| row.into_iter().map(cell).collect::<Vec<_>>().join(" | ")).collect()
}
