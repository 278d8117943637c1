//! Why there is no backup, or no restored database.

use std::path::PathBuf;

use crate::database::DatabaseError;

/// Why a backup or a restore is refused before anything is done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A database in memory.
    #[error("a database in memory cannot be backed up or restored")]
    InMemory,
    /// There is no database file yet.
    #[error("there is no database: {} does not exist", .0.display())]
    NoFile(PathBuf),
    /// Several connections write a folder of files, which no pipe can take.
    #[error("a backup with several jobs is a folder of files, which cannot go through a pipe")]
    PipeWithJobs,
    /// The backup went through a pipe, and the config does not say what undoes it.
    #[error("the backup went through a pipe, and nothing says how to undo that")]
    NoUnpipe,
    /// The backup is to be verified in a scratch database, and the user may not create one.
    #[error("{user} may not create the scratch database in which a backup is verified")]
    NoScratch {
        /// The user.
        user: String,
    },
    /// The backup is of another kind of database.
    #[error("the backup is of a {backup} database, and the service's is {service}")]
    OtherDialect {
        /// The backup's dialect.
        backup: String,
        /// The service's.
        service: String,
    },
    /// The backup was made of a folder with several jobs and is no folder any more, or the other way round.
    #[error("the backup's kind is {0}, which is not known")]
    UnknownFormat(String),
}

/// What a failed restore left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// The database is as it was.
    Untouched,
    /// The database was emptied, and holds a part of the backup at most.
    Partial,
}

/// Why there is no backup, or no restored database. Holds no password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackupError {
    /// Refused before anything was done.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The database could not be asked.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The database's own program was not found.
    #[error("{} was not found", names.join(" or "))]
    NoProgram {
        /// The names that were looked for.
        names: Vec<String>,
        /// The server that it is for (`PostgreSQL`, `MariaDB`).
        product: String,
    },
    /// A program that was named or found cannot be run, or does not say its version.
    #[error("{} cannot be used: {reason}", program.display())]
    BadProgram {
        /// The program.
        program: PathBuf,
        /// What went wrong.
        reason: String,
    },
    /// The program is older than the server, or of another product.
    #[error("{} is {found}, and the server is {server}", program.display())]
    WrongVersion {
        /// The program.
        program: PathBuf,
        /// Product and version of the program.
        found: String,
        /// Product and version of the server.
        server: String,
    },
    /// A program failed.
    #[error("{program} failed ({status})")]
    Program {
        /// The program's name.
        program: String,
        /// How it ended: `exit status: 1`, `signal: 9 (SIGKILL)`.
        status: String,
        /// The last of what it said, without passwords.
        said: String,
    },
    /// A dump program waited in vain for a table that somebody has locked.
    #[error("somebody keeps a table locked")]
    TableLocked {
        /// What the program said.
        said: String,
        /// Those who have locked tables, in a line each.
        holders: Vec<String>,
    },
    /// A file could not be read or written.
    #[error("{} cannot be {action}: {reason}", path.display())]
    File {
        /// `read`, `written`...
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// There is no such backup.
    #[error("there is no backup {name}")]
    NotFound {
        /// What was asked for.
        name: String,
        /// Where it was looked for.
        folder: PathBuf,
        /// Backups that are there, newest first.
        known: Vec<String>,
    },
    /// What stands beside the backup is missing or cannot be read.
    #[error("{} is not the record of a backup: {reason}", path.display())]
    NoRecord {
        /// The record's file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The backup is not what was written.
    #[error("{} is not as it was written: {what}", path.display())]
    Damaged {
        /// The backup.
        path: PathBuf,
        /// What differs.
        what: String,
    },
    /// The restored scratch database does not hold what the database holds.
    #[error("the backup does not hold what the database holds")]
    Unequal {
        /// The backup.
        path: PathBuf,
        /// Table, rows in the database (none: no such table), rows in the backup.
        tables: Vec<(String, Option<u64>, Option<u64>)>,
    },
    /// The backup is complete, but could not be restored into a scratch database.
    #[error("the backup could not be verified: {cause}")]
    Unverified {
        /// The backup.
        path: PathBuf,
        /// Why.
        cause: Box<BackupError>,
    },
    /// The restore did not come to its end.
    #[error("the restore failed: {cause}")]
    Restore {
        /// Why.
        cause: Box<BackupError>,
        /// What it left.
        left: Left,
    },
    /// The user asked to stop.
    #[error("stopped")]
    Interrupted,
}

impl BackupError {
    pub(super) fn file(action: &'static str, path: impl Into<PathBuf>, error: &std::io::Error) -> Self {
        Self::File { action, path: path.into(), reason: error.to_string() }
    }
}
