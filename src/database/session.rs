//! A second connection to a server, for looking at the first one and for renewing a lease while it works.

use std::sync::Arc;

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

/// Opens such a connection, from any thread.
pub type Opener = Arc<dyn Fn() -> Result<Box<dyn Session>, DatabaseError> + Send + Sync>;
