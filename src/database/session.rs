//! A second connection to a server, for looking at the first one and for renewing a lease while it works.

use std::sync::Arc;
use std::time::Duration;

use super::DatabaseError;

/// Rows as text; NULL is none.
pub type TextRows = Vec<Vec<Option<String>>>;

/// A connection on which plain statements can be said.
pub trait Session: Send {
    /// Says statements separated by semicolons as one message; the rows of each.
    ///
    /// # Errors
    /// When the server refuses one of them or the connection breaks.
    fn ask(&mut self, sql: &str) -> Result<Vec<TextRows>, DatabaseError>;
}

/// Longest time that a second connection waits for an answer: what it asks is quick, and nobody may have to wait for it at the end.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// Opens such a connection, from any thread. It waits for no answer longer than it is told.
pub type Opener = Arc<dyn Fn(Duration) -> Result<Box<dyn Session>, DatabaseError> + Send + Sync>;
