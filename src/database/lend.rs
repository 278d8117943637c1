//! A program's own open connection as a [`Database`]: used for a while, and given back as it was.

use super::{Database, DatabaseError, VersionTable};
use crate::sql::Dialect;

/// Only the connections of the drivers that this library knows.
pub(super) mod sealed {
    /// See [`super::Lend`].
    pub trait Sealed {}
}

/// A connection of a driver, which a program has open already: `rusqlite::Connection`, `mysql::Conn` or `postgres::Client`.
///
/// What the connection was set to is read at the beginning and set back at the end. What cannot be read is lost: a busy
/// handler and a progress handler of SQLite.
pub trait Lend: sealed::Sealed + Send {
    /// The dialect that its database speaks.
    fn dialect(&self) -> Dialect;

    /// The connection as a database for the version table `table`, until the value is dropped.
    ///
    /// # Errors
    /// When a transaction is open on it, or the server does not answer.
    fn lend<'c>(&'c mut self, table: &VersionTable) -> Result<Box<dyn Database + 'c>, DatabaseError>;
}

/// Refuses a connection on which a transaction is open: to end it is not for us, and without an end nothing is safe.
pub(super) fn in_transaction() -> DatabaseError {
    let message = "a transaction is open on this connection: commit it or roll it back first".to_owned();
    DatabaseError::Connect { message, sqlstate: None }
}
