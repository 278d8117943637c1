//! Traits and values of a database connection, independent of drivers ([`crate::drivers`] implements them). Works with SQL text, revision ids and row changes, not with revision files or graphs.

mod answer;
mod batch_step;
pub(crate) mod borrow;
mod catalog;
pub mod definition;
mod driver;
pub mod dump;
mod dump_error;
mod error_kind;
mod failure;
mod health;
pub mod journal;
pub mod lease;
pub mod lease_sql;
pub mod lifecycle;
mod lock_attempt;
pub mod monitor;
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) mod monitor_rows;
pub mod note;
mod observation;
mod privileges;
pub mod program;
mod read_only;
pub mod readable;
pub mod refusable;
pub mod restore;
pub mod revision_session;
pub mod scratch;
mod scratch_database;
mod scratch_file;
pub mod session;
pub mod snapshot;
mod state;
pub mod statements;
mod string_rule;
mod timeouts;
mod unit;
mod watch;

pub use answer::{QueryFinding, QueryOutcome, QueryRows, SHOWN_ROWS, SectionQuery};
pub use batch_step::BatchStep;
pub use borrow::BorrowedConnection;
pub use catalog::{CatalogReader, CatalogRequest, KnownCatalog, TableColumns};
pub use driver::Driver;
pub use dump::Dumper;
pub use dump_error::DumpError;
pub use error_kind::ErrorKind;
pub use failure::{DatabaseError, FailureCause, RunFailure, ServerError};
pub use health::{ConnectionCount, HealthQueries, OpenTransactions, Replication, TableFacts, TableSize, TouchedTables};
pub use lifecycle::DatabaseLifecycle;
pub use lock_attempt::{LockAttempt, LockHolder};
pub use monitor::{Blocker, Lag, ServerProgress, SessionMonitor};
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) use observation::run_while_looking;
pub use observation::{MeasuredLock, ScannedTable, StatementObservation, StatementObserver};
pub use privileges::{MissingPrivilege, PrivilegeQueries, PrivilegeReport, PrivilegeRequest};
pub use read_only::ReadOnlyServer;
pub use revision_session::{
    Capabilities, JournalPlacement, Note, Outcome, RevisionSession, RunStep, StepFailure, TransactionScope,
};
pub use scratch::{
    ScratchHost, ScratchModel, ScratchPurpose, ScratchRequest, ScratchSchema, ScratchSurvey, TrialTransaction,
    TrialUndo,
};
pub use scratch_database::{HostSession, ScratchDatabase, ScratchError, ScratchStatements};
pub use scratch_file::ScratchFile;
pub use session::TextRows;
pub use state::{HASH_LENGTH, HistoryState, Incomplete, Latest, Settled, ids};
pub use string_rule::StringRule;
pub use timeouts::Timeouts;
pub use unit::{Durability, JournalFacts, RevisionExecution, Transaction, milliseconds};
pub use watch::{StopSignal, Watch};

use std::time::Duration;

use crate::config::{DatabaseUrl, Service};
use crate::sql::{CatalogObject, Dialect, Flavour};

/// Version table of a service. The journal is `NAME_history` in the same schema.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VersionTable {
    /// Schema, if the config names one.
    pub schema: Option<String>,
    /// Name without schema.
    pub name: String,
}

impl VersionTable {
    /// Returns the version table of a service, as its config names it.
    #[must_use]
    pub fn of_service(service: &Service) -> Self {
        Self { schema: service.version_schema.clone(), name: service.version_table.clone() }
    }
}

/// Product and version of a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// SQL dialect.
    pub dialect: Dialect,
    /// Product, for decisions that depend on it.
    pub flavour: Flavour,
    /// Product name, for messages: `PostgreSQL`, `MariaDB`, `MySQL`, `SQLite`.
    pub product: String,
    /// The version as the server gives it (`15.18`, `10.11.6-MariaDB`, `3.50.2`).
    pub version: String,
}

/// Returns major and minor version: `10.11.6-MariaDB` is 10.11.
#[must_use]
pub fn version_numbers(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    let major = numbers.next()?.ok()?;
    Some((major, numbers.next().and_then(Result::ok).unwrap_or(0)))
}

/// Journal row as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalRow {
    /// Row id; increasing.
    pub id: i64,
    pub revision: String,
    /// `upgrade`, `downgrade`, `stamp`, `repair`.
    pub operation: String,
    /// `running`, `done`, `failed`, `noted`.
    pub state: String,
    /// Start time: RFC 3339, UTC.
    pub started_at: String,
    /// Duration in milliseconds; `None` while running.
    pub duration_ms: Option<i64>,
    /// Fingerprint of the section that ran.
    pub checksum: Option<String>,
    /// Number of statements that ran and were not rolled back.
    pub statements_done: i64,
    /// Total number of statements.
    pub statements_total: i64,
    /// Name of the operating system's user.
    pub os_user: String,
    /// Host name.
    pub host: String,
    /// Version of aludel.
    pub tool_version: String,
    /// Error message of a failed unit.
    pub error: Option<String>,
    /// Summary of a backup or restore, in one line.
    pub note: Option<String>,
}

/// Extension installed in a PostgreSQL database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledExtension {
    pub name: String,
    /// Schema of its objects; `None` for the one given by its control file or the search path.
    pub schema: Option<String>,
    /// Version; `None` for the server's default.
    pub version: Option<String>,
}

/// Entry that a user makes by hand, to be written into the journal.
#[derive(Debug, Clone)]
pub struct ManualEntry<'a> {
    /// Row for the entry itself.
    pub entry: journal::JournalEntry<'a>,
    /// Change of an incomplete revision's row.
    pub change: Option<RemarkChange<'a>>,
}

/// Change that a manual entry makes to the row of an incomplete revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemarkChange<'a> {
    /// Sets the number of statements that have run; none is running.
    Done {
        /// Id of the row.
        id: i64,
        /// Number of statements.
        statements: u64,
    },
    /// Replaces the hashes of the statements.
    Hashes {
        /// Id of the row.
        id: i64,
        /// New hashes.
        hashes: &'a str,
    },
}

/// Database operations of the engine. One value is one connection.
pub trait Database: CatalogReader + Send {
    /// Returns product and version of the server.
    fn server(&self) -> &Server;

    /// Returns the driver of this connection.
    fn driver(&self) -> &'static dyn Driver;

    /// Returns warnings about how the connection was made (a password file that was ignored).
    fn warnings(&self) -> &[String] {
        &[]
    }

    /// Sets the timeouts for the units that run from now on.
    fn set_timeouts(&mut self, _timeouts: Timeouts) {}

    /// Makes [`Database::try_lock`] acquire a lease (see [`lease`]) that expires after `time` without a renewal. No
    /// effect on SQLite, whose lock file works everywhere.
    fn use_lease(&mut self, _time: Duration) {}

    /// Sets how long the run waits for its lock: a second connection that a lease needs is not waited for any longer.
    fn set_lock_timeout(&mut self, _time: Duration) {}

    /// Lets [`Database::monitor`] ask these replicas how far they are behind: the server itself does not know.
    ///
    /// # Errors
    /// [`DatabaseError::Url`], also for databases that need no such list.
    fn watch_replicas(
        &mut self,
        urls: &[DatabaseUrl],
        _environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(), DatabaseError> {
        if urls.is_empty() {
            return Ok(());
        }
        Err(DatabaseError::Url(
            "`replicas` is not for this database: its server knows its replicas, or has none".to_owned(),
        ))
    }

    /// Returns a monitor for this connection while it is busy; `None` if there is none. Call it with the lock held.
    fn monitor(&self) -> Option<Box<dyn SessionMonitor>> {
        None
    }

    /// Returns the version table with the schema in which it was found, for statements outside this trait.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn resolve_version_table(&mut self) -> Result<VersionTable, DatabaseError>;

    /// Returns the reason why the server is read-only; `None` if it accepts writes or does not report its state.
    ///
    /// # Errors
    /// When the connection breaks.
    fn read_only(&mut self) -> Result<Option<ReadOnlyServer>, DatabaseError> {
        Ok(None)
    }

    /// Returns the setting that makes this session treat backslashes in string literals differently from its dialect's
    /// default. `None` if it has the default, or if that is not known (a program's own connection).
    fn other_string_rule(&self) -> Option<StringRule> {
        None
    }

    /// Returns whether DDL can be rolled back (PostgreSQL, SQLite).
    fn has_transactional_ddl(&self) -> bool {
        self.server().dialect.rules().has_transactional_ddl()
    }

    /// Reads version rows and journal; creates nothing, writes nothing. At most two round trips.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn state(&mut self) -> Result<HistoryState, DatabaseError>;

    /// Reads the state and keeps it for the next call of [`Database::state`], which ignores it after any other query. An
    /// error is discarded: that call reads again and returns it. Does nothing for a local database.
    fn prefetch_state(&mut self) {}

    /// Tries to acquire the runners' lock of this version table, without waiting.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError>;

    /// Releases the lock.
    ///
    /// # Errors
    /// When the server reports that it was not held, or the connection breaks.
    fn unlock(&mut self) -> Result<(), DatabaseError>;

    /// Creates version table and journal if they do not exist. Call it with the lock held.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn ensure_tables(&mut self) -> Result<(), DatabaseError>;

    /// Opens the transaction that units with [`Transaction::Shared`] run in.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn begin(&mut self) -> Result<(), DatabaseError>;

    /// Commits the transaction opened by [`Database::begin`].
    ///
    /// # Errors
    /// When the server refuses it (a deferred constraint) or the connection breaks.
    fn commit(&mut self) -> Result<(), DatabaseError>;

    /// Rolls back the transaction opened by [`Database::begin`]; does nothing if a failed unit has done so already.
    ///
    /// # Errors
    /// When the connection breaks.
    fn rollback(&mut self) -> Result<(), DatabaseError>;

    /// Returns a connection to a copy of the database in memory; `None` if this kind of database is not in memory.
    ///
    /// # Errors
    /// When the copy cannot be made.
    fn copy(&mut self) -> Result<Option<Box<dyn Database>>, DatabaseError> {
        Ok(None)
    }

    /// Executes internal statements separated by semicolons, outside a transaction unless they open one. Returns the
    /// rows of each as text (SQLite: of the last one only). Creates the file of a SQLite database that does not exist.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn execute(&mut self, sql: &str) -> Result<Vec<TextRows>, DatabaseError>;

    /// Begins the run of one revision on this connection; `signal` stops a statement in its middle, where that is
    /// possible. Nothing is sent before the first step but what the driver needs to know, and the COMMIT of the revisions
    /// before if this one cannot share their transaction.
    ///
    /// # Errors
    /// [`RunFailure`] for a revision that this database cannot run, or when the connection breaks.
    fn start_revision<'r>(
        &'r mut self,
        unit: &'r RevisionExecution<'r>,
        signal: Option<StopSignal>,
    ) -> Result<Box<dyn RevisionSession + 'r>, RunFailure>;

    /// Returns whether revisions can be sent ahead on this connection: if not, [`Database::send_ahead`] is not called.
    fn sends_ahead(&self) -> bool {
        false
    }

    /// Sends a revision with a transaction of its own before the revisions ahead of it have been answered; `steps` are
    /// the ones that [`RevisionSession::send`] will be called with, which then only waits for the answer. None of it
    /// takes effect unless all revisions sent before it succeed. `wants_times` as [`Watch::wants_times`]. Returns
    /// `false` if this revision has to wait.
    ///
    /// # Panics
    /// If [`Database::sends_ahead`] returns `false`.
    fn send_ahead(&mut self, _unit: &RevisionExecution<'_>, _steps: &[RunStep<'_>], _wants_times: bool) -> bool {
        unreachable!("nothing is sent ahead on a connection that does not offer it")
    }

    /// Returns the number of revisions that were sent ahead and have not been answered. A failure leaves none.
    fn sent_ahead(&self) -> usize {
        0
    }

    /// Returns the number of revisions that have run but are not committed: the last ones, if they were
    /// [`Durability::Deferred`] and share a transaction that is open. They are committed with a later revision, by
    /// [`Database::make_durable`], or before any other call that reads or writes.
    fn uncommitted(&self) -> usize {
        0
    }

    /// Returns the number of [`Database::uncommitted`] revisions that were rolled back since the last call of
    /// [`Database::start_revision`] began: with the revision that it started, or because they could not be committed.
    fn undone(&self) -> usize {
        0
    }

    /// Makes all revisions so far durable that were [`Durability::Deferred`]; does nothing if there are none.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn make_durable(&mut self) -> Result<(), DatabaseError> {
        Ok(())
    }

    /// Writes a manual entry into the journal, in one transaction.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn remark(&mut self, remark: &ManualEntry<'_>) -> Result<(), DatabaseError>;

    /// Returns whether the object exists; `None` if this database cannot determine that for this kind of object.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn exists(&mut self, object: &CatalogObject) -> Result<Option<bool>, DatabaseError>;

    /// Returns the newest `limit` rows of the journal, newest first; empty if there is no journal.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn journal(&mut self, limit: usize) -> Result<Vec<JournalRow>, DatabaseError>;

    /// Runs a query in a read-only transaction and returns the first `limit` rows. Must not be called while
    /// [`Database::begin`]'s transaction is open.
    ///
    /// # Errors
    /// When the server refuses the query (also because it would write) or the connection breaks.
    fn query(&mut self, sql: &str, limit: usize) -> Result<QueryRows, DatabaseError>;

    /// Makes the server parse and check a statement, which may have parameters, without running it.
    ///
    /// # Errors
    /// When the server refuses the statement or the connection breaks.
    fn prepare(&mut self, statement: &str) -> Result<(), DatabaseError> {
        let rules = self.server().dialect.rules();
        self.execute(&rules.prepare_only(statement)).map(drop)
    }

    /// Ends all that statements have left in the session: settings, variables, temporary tables. Returns `false` where
    /// that takes another connection.
    ///
    /// # Errors
    /// When the connection breaks.
    fn renew_session(&mut self) -> Result<bool, DatabaseError> {
        Ok(false)
    }

    /// Returns a number that differs after another connection has changed the database. `None` if the database does not
    /// count its changes.
    ///
    /// # Errors
    /// When the server refuses the statement or the connection breaks.
    fn data_version(&mut self) -> Result<Option<i64>, DatabaseError> {
        Ok(None)
    }
}
