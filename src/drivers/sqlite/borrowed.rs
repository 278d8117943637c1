//! Connection in use: aludel's own, or one borrowed from a program and returned in its original state.

use std::ops::{Deref, DerefMut};
use std::path::PathBuf;

use rusqlite::Connection;

use super::settings::SqliteConnectionSettings;
use super::{DatabaseLocation, Sqlite};
use crate::database::borrow::{in_transaction, sealed};
use crate::database::{BorrowedConnection, Database, DatabaseError, VersionTable};
use crate::sql::Dialect;

/// Connection with its owner.
#[derive(Debug)]
pub(super) enum SqliteConnection<'c> {
    /// Opened by aludel.
    Own(Connection),
    /// Borrowed from a program.
    Lent(BorrowedSqlite<'c>),
}

/// Borrowed connection with its original settings.
#[derive(Debug)]
pub(super) struct BorrowedSqlite<'c> {
    connection: &'c mut Connection,
    before: SqliteConnectionSettings,
}

impl Drop for BorrowedSqlite<'_> {
    fn drop(&mut self) {
        self.before.restore(self.connection);
    }
}

impl Deref for SqliteConnection<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match self {
            Self::Own(connection) => connection,
            Self::Lent(lent) => lent.connection,
        }
    }
}

impl DerefMut for SqliteConnection<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        match self {
            Self::Own(connection) => connection,
            Self::Lent(lent) => lent.connection,
        }
    }
}

impl sealed::Sealed for Connection {}

impl BorrowedConnection for Connection {
    fn dialect(&self) -> Dialect {
        Dialect::SQLITE
    }

    fn lend<'c>(&'c mut self, table: &VersionTable) -> Result<Box<dyn Database + 'c>, DatabaseError> {
        if !self.is_autocommit() {
            return Err(in_transaction());
        }
        let place = match self.path() {
            None | Some("") => DatabaseLocation::Memory,
            Some(path) => DatabaseLocation::File(PathBuf::from(path)),
        };
        let before = SqliteConnectionSettings::read(self);
        super::set_up(self).map_err(|error| super::database_error(&error))?;
        let held = SqliteConnection::Lent(BorrowedSqlite { connection: self, before });
        Ok(Box::new(Sqlite::new(place, table, Some(held))))
    }
}
