//! Connection in use: aludel's own, or one borrowed from a program and returned in its original state.

use std::ops::{Deref, DerefMut};
use std::path::PathBuf;

use rusqlite::Connection;

use super::settings::Settings;
use super::{Place, Sqlite};
use crate::database::lend::{in_transaction, sealed};
use crate::database::{Database, DatabaseError, Lend, VersionTable};
use crate::sql::Dialect;

/// Connection with its owner.
#[derive(Debug)]
pub(super) enum Held<'c> {
    /// Opened by aludel.
    Own(Connection),
    /// Borrowed from a program.
    Lent(Lent<'c>),
}

/// Borrowed connection with its original settings.
#[derive(Debug)]
pub(super) struct Lent<'c> {
    connection: &'c mut Connection,
    before: Settings,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        self.before.restore(self.connection);
    }
}

impl Deref for Held<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        match self {
            Self::Own(connection) => connection,
            Self::Lent(lent) => lent.connection,
        }
    }
}

impl DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut Connection {
        match self {
            Self::Own(connection) => connection,
            Self::Lent(lent) => lent.connection,
        }
    }
}

impl sealed::Sealed for Connection {}

impl Lend for Connection {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }

    fn lend<'c>(&'c mut self, table: &VersionTable) -> Result<Box<dyn Database + 'c>, DatabaseError> {
        if !self.is_autocommit() {
            return Err(in_transaction());
        }
        let place = match self.path() {
            None | Some("") => Place::Memory,
            Some(path) => Place::File(PathBuf::from(path)),
        };
        let before = Settings::read(self);
        super::set_up(self).map_err(|error| super::database_error(&error))?;
        let held = Held::Lent(Lent { connection: self, before });
        Ok(Box::new(Sqlite::new(place, table, Some(held))))
    }
}
