//! Errors of backup and restore.

use std::path::PathBuf;

use crate::database::program::ProgramError;
use crate::database::{DatabaseError, DumpError, ScratchError};

/// Reason why a backup or a restore is refused before anything is changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackupRefusal {
    /// The database is in memory.
    #[error("a database in memory cannot be backed up or restored")]
    InMemory,
    /// The database file does not exist.
    #[error("the database file {} does not exist", .0.display())]
    NoFile(PathBuf),
    /// Several jobs write a folder of files, which cannot be sent through a pipe.
    #[error("a backup with several jobs is a folder of files and cannot be piped")]
    PipeWithJobs,
    /// The backup went through a pipe, and the config has no `unpipe` to reverse it.
    #[error("the backup was written through a pipe, and no `unpipe` command is configured")]
    NoUnpipe,
    /// Verification needs a scratch database, and the user lacks the right to create one.
    #[error("{user} may not create the scratch database in which a backup is verified")]
    NoScratch {
        /// Name of the user.
        user: String,
        /// Statement that grants the right.
        grant: Option<String>,
    },
    /// The backup is of another kind of database than the service.
    #[error("the backup is of a {backup} database, but the service's database is {service}")]
    OtherDialect {
        /// Dialect of the backup.
        backup: String,
        /// Dialect of the service's database.
        service: String,
    },
    /// The record has a format that this version does not know.
    #[error("the backup has the unknown format {0}")]
    UnknownFormat(String),
}

/// State of the database after a failed restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreRemains {
    /// The database is unchanged.
    Untouched,
    /// The database was emptied and contains part of the backup at most.
    Partial,
}

/// Error of a backup or a restore. Its message contains no password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackupError {
    /// Refused before anything was changed.
    #[error(transparent)]
    Refused(#[from] BackupRefusal),
    /// The database could not be reached or reported an error.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A program was not found, does not fit the server, or failed.
    #[error(transparent)]
    Program(#[from] ProgramError),
    /// A dump or restore program timed out waiting for a table locked by another session.
    #[error("a table is locked by another session")]
    TableLocked {
        /// Stderr output of the program.
        said: String,
        /// Sessions that hold locks on tables, one line each.
        holders: Vec<String>,
    },
    /// A file could not be read or written.
    #[error("{} cannot be {action}: {reason}", path.display())]
    File {
        /// Failed action, as a participle: `read`, `written`.
        action: &'static str,
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        reason: String,
    },
    /// No backup has this name.
    #[error("there is no backup {name}")]
    NotFound {
        /// Requested name.
        name: String,
        /// Folder that was searched.
        folder: PathBuf,
        /// Names of the existing backups, newest first.
        known: Vec<String>,
    },
    /// The record of the backup is missing or invalid.
    #[error("{} is not the record of a backup: {reason}", path.display())]
    NoRecord {
        /// Path of the record.
        path: PathBuf,
        /// Cause.
        reason: String,
    },
    /// Size or checksum of the backup differs from its record.
    #[error("{} is damaged: {what}", path.display())]
    Damaged {
        /// Path of the backup.
        path: PathBuf,
        /// Difference.
        what: String,
    },
    /// The restored scratch database has other row counts than the dumped database.
    #[error("the backup does not match the database")]
    Unequal {
        /// Path of the backup.
        path: PathBuf,
        /// Tables that differ: name, rows expected (`None` if the database has no such table), rows in the backup
        /// (`None` if the backup has no such table).
        tables: Vec<(String, Option<u64>, Option<u64>)>,
    },
    /// The backup was written, but reading it back or restoring it into a scratch database failed.
    #[error("the backup could not be verified: {cause}")]
    Unverified {
        /// Path of the backup.
        path: PathBuf,
        /// Cause.
        cause: Box<BackupError>,
    },
    #[error("the restore failed: {cause}")]
    Restore {
        /// Cause.
        cause: Box<BackupError>,
        /// State that it left the database in.
        left: RestoreRemains,
    },
    /// The user requested a stop.
    #[error("stopped")]
    Interrupted,
}

impl From<ScratchError> for BackupError {
    fn from(error: ScratchError) -> Self {
        match error {
            ScratchError::Refused(error) | ScratchError::Database(error) => Self::Database(error),
            ScratchError::File { path, error } => Self::file("written", path, &error),
        }
    }
}

impl BackupError {
    pub(super) fn file(action: &'static str, path: impl Into<PathBuf>, error: &std::io::Error) -> Self {
        Self::File { action, path: path.into(), reason: error.to_string() }
    }
}

impl From<DumpError> for BackupError {
    fn from(error: DumpError) -> Self {
        match error {
            DumpError::Database(error) => Self::Database(error),
            DumpError::Program(error) => Self::Program(error),
            DumpError::InMemory => Self::Refused(BackupRefusal::InMemory),
            DumpError::Unwritable { path, reason } => Self::File { action: "written", path, reason },
        }
    }
}
