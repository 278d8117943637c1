//! Owner of a scratch database.

use std::io;
use std::path::PathBuf;

use super::scratch_file::ScratchFile;
use super::{Database, DatabaseError};
use crate::config::DatabaseUrl;

/// Session that creates and drops a scratch database, and holds its lock.
pub enum HostSession<'s> {
    /// Session that ends with the scratch database.
    Own(Box<dyn Database>),
    /// Session that is used for other things as well.
    Borrowed(&'s mut dyn Database),
}

impl HostSession<'_> {
    /// Returns the connection.
    pub fn database(&mut self) -> &mut dyn Database {
        match self {
            Self::Own(database) => &mut **database,
            Self::Borrowed(database) => &mut **database,
        }
    }
}

/// Error while a scratch database was created.
#[derive(Debug, thiserror::Error)]
pub enum ScratchError {
    /// The server refused to create the database.
    #[error("no scratch database can be created: {0}")]
    Refused(DatabaseError),
    /// Any other error of the server or the connection.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A temporary file cannot be created.
    #[error("{} cannot be created: {error}", path.display())]
    File {
        /// Path of the file or folder.
        path: PathBuf,
        /// Error of the operating system.
        error: io::Error,
    },
}

/// Statements for a scratch database on a server.
#[derive(Debug)]
pub struct ScratchStatements {
    /// Creates the database.
    pub create: String,
    /// Waits until the sessions that this process has closed in it have ended.
    pub before_drop: Option<String>,
    /// Drops it if it exists.
    pub drop: String,
    /// Releases its lock.
    pub unlock: String,
}

enum ScratchStorage {
    /// In-memory database, which ends with its connection.
    Memory,
    /// Temporary file; `None` after it was removed.
    File(Option<ScratchFile>),
    /// Database on a server; `None` after it was dropped.
    Server(Option<ScratchStatements>),
}

/// Scratch database, dropped with the value; [`ScratchDatabase::close`] also returns the error of the drop. On failure,
/// and if the process is killed, the next process that creates a scratch database drops this one.
pub struct ScratchDatabase<'s> {
    session: HostSession<'s>,
    url: DatabaseUrl,
    storage: ScratchStorage,
}

impl<'s> ScratchDatabase<'s> {
    /// Creates a database on the server of `session`, which holds its lock already.
    ///
    /// # Errors
    /// [`ScratchError::Refused`].
    pub fn on_server(
        session: HostSession<'s>,
        url: DatabaseUrl,
        statements: ScratchStatements,
    ) -> Result<Self, ScratchError> {
        let create = statements.create.clone();
        // The value exists before the database does, so that an error releases the lock.
        let mut scratch = Self { session, url, storage: ScratchStorage::Server(Some(statements)) };
        scratch.session.database().execute(&create).map_err(ScratchError::Refused)?;
        Ok(scratch)
    }

    /// Creates a database in memory.
    #[must_use]
    pub const fn in_memory(session: HostSession<'s>, url: DatabaseUrl) -> Self {
        Self { session, url, storage: ScratchStorage::Memory }
    }

    /// Creates the owner of a file.
    #[must_use]
    pub fn in_file(session: HostSession<'s>, file: ScratchFile) -> Self {
        Self { session, url: DatabaseUrl::of_file(&file.path), storage: ScratchStorage::File(Some(file)) }
    }

    /// URL with the password.
    #[must_use]
    pub const fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// Returns the session that created the database.
    pub fn session(&mut self) -> &mut dyn Database {
        self.session.database()
    }

    /// Drops the database. All other sessions in it must be closed. Does nothing the second time.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    pub fn close(&mut self) -> Result<(), DatabaseError> {
        let statements = match &mut self.storage {
            ScratchStorage::Memory => return Ok(()),
            ScratchStorage::File(file) => {
                *file = None;
                return Ok(());
            }
            ScratchStorage::Server(statements) => statements.take(),
        };
        let Some(statements) = statements else { return Ok(()) };
        if let Some(wait) = &statements.before_drop {
            // If this fails, so does the next statement.
            let _ = self.session().execute(wait);
        }
        let dropped = self.session().execute(&statements.drop);
        // The lock of an own session ends with it.
        if let HostSession::Borrowed(session) = &mut self.session {
            // If this fails the connection is broken, and the server has released the lock with it.
            let _ = session.execute(&statements.unlock);
        }
        dropped.map(drop)
    }
}

impl Drop for ScratchDatabase<'_> {
    fn drop(&mut self) {
        let _ = self.close();
    }
}
