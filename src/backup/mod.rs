//! Dumps and restores a service's database with the database's own programs (SQLite: its backup API), and keeps the
//! files: names, checksums, what is thrown away. Knows the `Database` trait and the config; must not know revisions'
//! files, a terminal or a flag.
//!
//! Every function here that changes something is called with the runners' lock held: a migration beside a dump would
//! wait for it or spoil it, and a migration beside a restore would be lost.

mod chain;
mod counts;
mod digest;
mod error;
mod mysql;
mod obstacles;
mod part;
mod postgres;
mod program;
mod record;
mod remembered;
mod restorable;
mod restore;
mod scratch;
mod script_head;
mod shelf;
mod sqlite;
mod take;
mod verify;

use std::path::PathBuf;
use std::time::Duration;

pub use error::{BackupError, Left, Refusal};
pub use obstacles::{Obstacle, obstacles};
pub use postgres::dump_text;
pub use record::Record;
pub use restore::restore;
pub use shelf::{Backup, find};
pub use take::take;

use crate::config::{DatabaseUrl, Service};
use crate::database::{DatabaseError, VersionTable};

/// Which database, and in whose name.
#[derive(Clone, Copy)]
pub struct Order<'a> {
    /// The service with its URL and the config's words on backups.
    pub service: &'a Service,
    /// Its version table.
    pub table: &'a VersionTable,
    /// Environment variables (`PATH`, `PGPASSWORD`).
    pub environment: &'a dyn Fn(&str) -> Option<String>,
    /// The clock: RFC 3339, UTC, microseconds.
    pub now: &'a dyn Fn() -> String,
    /// Who does it, for the journal.
    pub author: Author<'a>,
}

/// Who does it, for the journal.
#[derive(Debug, Clone, Copy)]
pub struct Author<'a> {
    /// The operating system's user.
    pub os_user: &'a str,
    /// The machine's name.
    pub host: &'a str,
    /// aludel's version.
    pub tool_version: &'a str,
}

impl<'a> Order<'a> {
    pub(crate) fn url(&self) -> Result<&'a DatabaseUrl, BackupError> {
        self.service.url().map_err(|error| DatabaseError::Url(error.to_string()).into())
    }
}

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The database is written to a file.
    Dumping,
    /// A file's checksum is computed.
    Checking,
    /// The database is emptied and filled from a file.
    Restoring,
    /// Rows are counted.
    Counting,
    /// A backup is restored into a scratch database.
    Rehearsing,
}

/// Whoever watches.
pub trait Watch: Sync {
    /// A phase begins, or has come so far: bytes of how many, where that is known. Called many times a second.
    fn at(&self, phase: Phase, done: u64, total: Option<u64>);
    /// Whether the user asked to stop.
    fn interrupted(&self) -> bool;
}

/// A backup that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The file (a folder for PostgreSQL with several jobs).
    pub path: PathBuf,
    /// What stands beside it.
    pub record: Record,
    /// How long it took, without the verification.
    pub duration: Duration,
    /// What the verification found; none when it was not asked for.
    pub verified: Option<Verified>,
    /// Older backups that were thrown away.
    pub removed: Vec<PathBuf>,
    /// Whether the journal has a row of it. A database without a journal gets none.
    pub in_journal: bool,
    /// What the user should know.
    pub warnings: Vec<String>,
}

/// A backup that was restored into a scratch database and held what the database holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// How many tables were compared.
    pub tables: usize,
    /// How many rows they have in all.
    pub rows: u64,
    /// How long it took.
    pub duration: Duration,
}

/// A database that was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The version rows it has now.
    pub rows: Vec<String>,
    /// How long it took.
    pub duration: Duration,
    /// What the user should know.
    pub warnings: Vec<String>,
}
