//! Backup and restore of a service's database with the database's own programs or API, and the folder of backups with
//! their checksums and retention. Uses the traits of `database` and the config; must not depend on revision files, the
//! terminal or flags.
//!
//! Every function here that changes something must be called with the runners' lock held. A migration beside a dump
//! would block on it or make it inconsistent, and a migration beside a restore would be lost.

mod blocked;
mod copy;
mod counts;
mod digest;
mod error;
mod journal_carryover;
mod obstacles;
mod partial_file;
mod pipeline;
mod record;
mod repository;
mod restorable;
mod restore;
mod take;
mod verify;

use std::borrow::Cow;
use std::path::PathBuf;
use std::time::Duration;

pub use error::{BackupError, BackupRefusal, RestoreRemains};
pub use obstacles::obstacles;
pub use record::Record;
pub use repository::{StoredBackup, find, stored};
pub use restore::restore;
pub use take::take;

use crate::config::{DatabaseUrl, Service};
use crate::database::program::ProgramSearch;
use crate::database::{DatabaseError, VersionTable};

/// Everything that a backup or restore needs besides the connection.
#[derive(Clone, Copy)]
pub struct BackupContext<'a> {
    /// Service with its URL and its backup settings.
    pub service: &'a Service,
    /// Version table of the service.
    pub table: &'a VersionTable,
    /// Returns environment variables (`PATH`, `PGPASSWORD`).
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// Returns the current time as RFC 3339 in UTC with microseconds.
    pub now: &'a dyn Fn() -> String,
    /// User and host for the journal.
    pub author: Author<'a>,
}

/// User and host that run the command, for the journal.
#[derive(Debug, Clone, Copy)]
pub struct Author<'a> {
    /// Name of the operating system's user.
    pub os_user: &'a str,
    /// Name of the host.
    pub host: &'a str,
    /// Version of aludel.
    pub tool_version: &'a str,
}

impl<'a> BackupContext<'a> {
    /// Returns the URL with the user and password of this moment, for a program that is started now.
    pub(crate) fn current_url(&self) -> Result<Cow<'a, DatabaseUrl>, BackupError> {
        Ok(self.url()?.current().map_err(DatabaseError::from)?)
    }

    pub(crate) fn url(&self) -> Result<&'a DatabaseUrl, BackupError> {
        self.service.url().map_err(|error| DatabaseError::from(error).into())
    }

    fn search(&self) -> ProgramSearch<'a> {
        ProgramSearch { configured: self.service.backup.program.as_deref(), environment: self.environment }
    }
}

/// Phase of a backup or restore, for progress reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BackupPhase {
    /// The database is being written to a file.
    Dumping,
    /// The checksum of a file is being computed.
    Checking,
    /// The database is being emptied and loaded from a file.
    Restoring,
    /// Rows are being counted.
    Counting,
    /// A backup is being restored into a scratch database.
    Rehearsing,
}

/// Receiver of progress reports, and source of the stop signal.
pub trait BackupWatch: Sync {
    /// Reports the start or the progress of a phase: bytes done and, if known, bytes in total. Called many times per
    /// second.
    fn at(&self, phase: BackupPhase, done: u64, total: Option<u64>);
    /// Returns `true` if the user requested a stop.
    fn interrupted(&self) -> bool;
}

/// Result of a successful backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakenBackup {
    /// Path of the file, or of the folder that several jobs wrote.
    pub path: PathBuf,
    /// Record of the backup.
    pub record: Record,
    /// Duration without the verification.
    pub duration: Duration,
    /// Result of the verification; `None` if it was not requested.
    pub verified: Option<Verified>,
    /// Older backups that were deleted.
    pub removed: Vec<PathBuf>,
    /// `true` if an entry was written to the journal. A database without a journal gets none.
    pub in_journal: bool,
    /// Warnings for the user.
    pub warnings: Vec<String>,
}

/// Result of a successful verification: the restored scratch database has the same row counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Number of tables compared.
    pub tables: usize,
    /// Total number of rows in them.
    pub rows: u64,
    /// Duration of the verification.
    pub duration: Duration,
}

/// Result of a successful restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Current revisions after the restore.
    pub rows: Vec<String>,
    /// Duration of the restore.
    pub duration: Duration,
    /// Warnings for the user.
    pub warnings: Vec<String>,
}
