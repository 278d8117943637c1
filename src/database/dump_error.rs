//! Errors of dumps and restores.

use std::path::PathBuf;

use super::DatabaseError;
use super::program::ProgramError;

/// Error of a dump or restore, or of the preparation of one. Its message contains no password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DumpError {
    /// The database could not be reached or reported an error.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A program was not found, does not fit, or failed.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// The database is in memory.
    #[error("a database in memory cannot be backed up or restored")]
    InMemory,
    /// A file could not be written.
    #[error("{} cannot be written: {reason}", path.display())]
    Unwritable {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        reason: String,
    },
}
