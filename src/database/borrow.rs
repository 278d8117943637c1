//! An open connection of the calling program as a [`Database`]: borrowed for a while and returned in its original
//! state.

use super::{Database, DatabaseError, VersionTable};
use crate::sql::Dialect;

/// Limits the trait to the connection types of the supported drivers.
pub(crate) mod sealed {
    /// Supertrait of [`super::BorrowedConnection`].
    pub trait Sealed {}
}

/// Open connection of a program: `rusqlite::Connection`, `mysql::Conn` or `postgres::Client`.
///
/// Settings of the connection are read at the beginning and restored at the end. Those that cannot be read are lost: a
/// busy handler and a progress handler of SQLite.
pub trait BorrowedConnection: sealed::Sealed + Send {
    /// Returns the dialect of the database.
    fn dialect(&self) -> Dialect;

    /// Borrows the connection as a database for the version table `table` until the value is dropped.
    ///
    /// # Errors
    /// When a transaction is open on the connection, or the server does not respond.
    fn lend<'c>(&'c mut self, table: &VersionTable) -> Result<Box<dyn Database + 'c>, DatabaseError>;
}

/// Error for a connection with an open transaction: it is the program's to end, and without its end nothing is durable.
pub(crate) fn in_transaction() -> DatabaseError {
    let message = "a transaction is open on this connection: commit it or roll it back first".to_owned();
    DatabaseError::Connect { message, sqlstate: None }
}
