//! Second connection to a server, for monitoring the first one and renewing a lease while the first one is busy.

use std::sync::Arc;

use super::DatabaseError;

/// Rows in text format; a NULL is `None`.
pub type TextRows = Vec<Vec<Option<String>>>;

/// Connection for simple statements.
pub trait Session: Send {
    /// Executes statements separated by semicolons as one message. Returns the rows of each.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn ask(&mut self, sql: &str) -> Result<Vec<TextRows>, DatabaseError>;
}

/// Opens a session; callable from any thread.
pub type Opener = Arc<dyn Fn() -> Result<Box<dyn Session>, DatabaseError> + Send + Sync>;
