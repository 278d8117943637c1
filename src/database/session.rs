//! Second connection to a server, for monitoring the first one and renewing a lease while the first one is busy.

use std::sync::Arc;
use std::time::Duration;

use super::DatabaseError;

/// Rows in text format; a NULL is `None`.
pub type TextRows = Vec<Vec<Option<String>>>;

/// Returns the first column of the first result, without NULLs.
#[must_use]
pub fn first_column(answer: Vec<TextRows>) -> Vec<String> {
    let rows = answer.into_iter().next().unwrap_or_default();
    rows.into_iter().filter_map(|row| row.into_iter().next().flatten()).collect()
}

/// Returns the first two columns of all results; rows with a NULL in one of them are left out.
#[must_use]
pub fn pairs(answers: Vec<TextRows>) -> Vec<(String, String)> {
    let pair = |row: Vec<Option<String>>| {
        let mut cells = row.into_iter().flatten();
        cells.next().zip(cells.next())
    };
    answers.into_iter().flatten().filter_map(pair).collect()
}

/// Connection for simple statements.
pub trait Session: Send {
    /// Executes statements separated by semicolons as one message. Returns the rows of each.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn run_query(&mut self, sql: &str) -> Result<Vec<TextRows>, DatabaseError>;
}

/// Longest time that a second connection waits for an answer. Its queries are quick, and the end of a run must not wait
/// for them.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// Opens such a connection, from any thread. It waits for no answer longer than it is told.
pub type Opener = Arc<dyn Fn(Duration) -> Result<Box<dyn Session>, DatabaseError> + Send + Sync>;
