//! One trait for three databases. Each folder below keeps its driver to itself: what goes out are the values here.
//! Knows connections and SQL text; must not know revision files or graphs of revisions beyond ids and row changes.

mod answer;
mod batch;
mod catalog;
mod error_kind;
mod failure;
pub mod journal;
pub mod lease;
mod lend;
pub mod lookout;
#[cfg(feature = "mysql")]
pub mod mysql;
pub mod note;
#[cfg(feature = "postgres")]
pub mod postgres;
mod read_only;
pub mod session;
pub mod snapshot;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod state;
pub mod statements;
mod timeouts;
mod unit;
mod watch;

pub use answer::{Finding, Found, Rows, SHOWN_ROWS};
pub use batch::BatchStep;
pub use catalog::CatalogRequest;
pub use error_kind::ErrorKind;
pub use failure::{DatabaseError, FailureCause, RunFailure, ServerError};
pub use lend::Lend;
pub use lookout::{Blocker, Lag, Lookout, ServerProgress};
pub use read_only::ReadOnlyServer;
pub use session::TextRows;
pub use state::{HASH_LENGTH, Incomplete, Latest, Settled, State};
pub use timeouts::Timeouts;
pub use unit::milliseconds;
pub use watch::{StopSignal, Watch};

use std::time::Duration;

use crate::config::DatabaseUrl;
use crate::graph::{Operation, RowChange};
use crate::id::RevisionId;
use crate::schema::Schema;
use crate::sql::{Dialect, Object, Piece};

/// The version table of a service. The journal is `NAME_history` beside it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VersionTable {
    /// The schema it is in, when the config names one.
    pub schema: Option<String>,
    /// Its name.
    pub name: String,
}

/// What the server says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// The dialect spoken.
    pub dialect: Dialect,
    /// `PostgreSQL`, `MariaDB`, `MySQL`, `SQLite`.
    pub product: String,
    /// The version as the server gives it (`15.18`, `10.11.6-MariaDB`, `3.50.2`).
    pub version: String,
}

/// How a unit relates to transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transaction {
    /// The unit is a transaction of its own.
    Own,
    /// The unit runs inside the transaction that [`Database::begin`] opened. When it fails, that whole transaction
    /// is rolled back at once, so that the failure can be written to the journal; a later
    /// [`Database::rollback`] finds nothing to do and is no error.
    Shared,
    /// Statement by statement, each on its own; the journal is written before, and again at the end.
    None,
}

/// Everything one revision needs to run: one value, so that a driver can send it in as few messages as its protocol allows.
#[derive(Debug, Clone)]
pub struct Unit<'a> {
    /// The revision (for `stamp base`: the text `base`).
    pub revision: &'a str,
    /// What is done with it.
    pub operation: Operation,
    /// The text that `pieces` are spans of.
    pub text: &'a str,
    /// The split text, in order. Those of [`crate::sql::Kind::Nothing`] are not sent and not counted.
    pub pieces: &'a [Piece],
    /// What happens to the version rows.
    pub change: &'a RowChange,
    /// Version rows that the table must hold when the unit has run, in order of id: compared before the commit. `None`
    /// where they are not known.
    pub rows_after: Option<&'a [RevisionId]>,
    /// Queries that must find nothing when the statements have run: asked before the transaction ends, and where there
    /// is none, before the version rows change.
    pub verify: &'a [&'a str],
    /// How it relates to transactions.
    pub transaction: Transaction,
    /// How many statements ran in earlier attempts: it goes on behind them. Settings among them are set again.
    pub skip: usize,
    /// The statements' hashes, [`HASH_LENGTH`] characters each; only outside a transaction.
    pub hashes: &'a str,
    /// What the journal says of it.
    pub journal: JournalFacts<'a>,
    /// The unit that follows at once when this one went well. Whoever can may write into the journal with the end of this
    /// one that it is about to start, and so save a commit of its own; nothing of it runs here.
    pub next: Option<&'a Unit<'a>>,
}

/// What the runner knows of a run for the journal. The database adds the duration.
#[derive(Debug, Clone)]
pub struct JournalFacts<'a> {
    /// When it started: RFC 3339, UTC, microseconds.
    pub started_at: &'a str,
    /// The fingerprint of the section that runs (lower-case hexadecimal SHA-256).
    pub checksum: &'a str,
    /// What the revision needs (down revisions and dependencies in its own service), of a stamp the version rows that it
    /// leaves: ids with blanks between. `None` when the journal is to record nothing of it.
    pub parents: Option<&'a str>,
    /// The operating system's user.
    pub os_user: &'a str,
    /// The machine's name.
    pub host: &'a str,
    /// aludel's version.
    pub tool_version: &'a str,
    /// What the journal says was done, when it is no revision; none: the unit's operation.
    pub operation: Option<&'a str>,
}

/// One row of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalRow {
    /// Its number; grows.
    pub id: i64,
    /// The revision.
    pub revision: String,
    /// `upgrade`, `downgrade`, `stamp`, `repair`.
    pub operation: String,
    /// `running`, `done`, `failed`, `noted`.
    pub state: String,
    /// When it started: RFC 3339, UTC.
    pub started_at: String,
    /// How long it took, in milliseconds; none while running.
    pub duration_ms: Option<i64>,
    /// The fingerprint of the section that ran.
    pub checksum: Option<String>,
    /// Statements that ran and stayed.
    pub statements_done: i64,
    /// Statements in all.
    pub statements_total: i64,
    /// The operating system's user.
    pub os_user: String,
    /// The machine.
    pub host: String,
    /// aludel's version.
    pub tool_version: String,
    /// The error, when it failed.
    pub error: Option<String>,
    /// What a backup or a restore was of, in a line.
    pub note: Option<String>,
}

/// An extension in a PostgreSQL database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstalledExtension {
    /// Its name.
    pub name: String,
    /// The schema that its objects are in; none: the one that its control file or the search path names.
    pub schema: Option<String>,
    /// Its version; none: the server's default.
    pub version: Option<String>,
}

/// What somebody said by hand, to be written into the journal.
#[derive(Debug, Clone)]
pub struct Remark<'a> {
    /// The remark's own row.
    pub entry: journal::JournalEntry<'a>,
    /// What it changes in the row of an incomplete revision.
    pub change: Option<RemarkChange<'a>>,
}

/// What a remark changes in the row `id` of an incomplete revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemarkChange<'a> {
    /// So many statements have run, and none is under way.
    Done {
        /// The row.
        id: i64,
        /// How many.
        statements: u64,
    },
    /// The statements are these now.
    Hashes {
        /// The row.
        id: i64,
        /// Their hashes.
        hashes: &'a str,
    },
}

/// Who holds the lock, as far as the database tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LockHolder {
    /// A line for a person: pid, user, application, address, since when, what it runs.
    pub description: String,
    /// The statement that ends the holder's session, where the lock belongs to one.
    pub end: Option<String>,
}

/// What the engine asks of a database. One value is one connection.
pub trait Database: Send {
    /// What the server says it is.
    fn server(&self) -> &Server;

    /// What the user should know of how the connection was made (a password file that was not used).
    fn warnings(&self) -> &[String] {
        &[]
    }

    /// What the units that run from now on may take.
    fn set_timeouts(&mut self, _timeouts: Timeouts) {}

    /// Makes [`Database::try_lock`] take a lease (see [`lease`]) that lives for `time` without being renewed. SQLite has no use
    /// for it: its lock file holds everywhere.
    fn use_lease(&mut self, _time: Duration) {}

    /// Tells how long the run waits for its lock: a second connection that a lease needs is not waited for any longer.
    fn set_lock_timeout(&mut self, _time: Duration) {}

    /// Lets [`Database::lookout`] ask these replicas how far they are behind: the server itself does not know.
    ///
    /// # Errors
    /// [`DatabaseError::Url`], which also says that this database needs no such list.
    fn watch_replicas(
        &mut self,
        urls: &[DatabaseUrl],
        _environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(), DatabaseError> {
        if urls.is_empty() {
            return Ok(());
        }
        Err(DatabaseError::Url("`replicas` is for MySQL and MariaDB only".to_owned()))
    }

    /// A way to look at this connection from outside while it works; none: there is none. Ask with the lock held.
    fn lookout(&self) -> Option<Lookout> {
        None
    }

    /// The version table as statements of one's own have to name it: with its schema, where it was found.
    ///
    /// # Errors
    /// When the server refuses or the connection breaks.
    fn located(&mut self) -> Result<VersionTable, DatabaseError>;

    /// Why the server takes no writes now; `None` if it takes them, or does not tell.
    ///
    /// # Errors
    /// When the connection breaks.
    fn read_only(&mut self) -> Result<Option<ReadOnlyServer>, DatabaseError> {
        Ok(None)
    }

    /// The setting by which this session reads backslashes in string literals otherwise than its dialect usually does; `None` if it
    /// reads them as usual, or if that is not known (a program's own connection).
    fn other_string_rule(&self) -> Option<&'static str> {
        None
    }

    /// Whether DDL can be rolled back (PostgreSQL, SQLite).
    fn has_transactional_ddl(&self) -> bool;

    /// Reads version rows and journal; creates nothing, writes nothing. At most two round trips.
    ///
    /// # Errors
    /// When the server refuses or the connection breaks.
    fn state(&mut self) -> Result<State, DatabaseError>;

    /// Tries to take the runners' lock of this version table, without waiting. `None`: it is held now.
    ///
    /// # Errors
    /// When the server refuses or the connection breaks.
    fn try_lock(&mut self) -> Result<Option<LockHolder>, DatabaseError>;

    /// Lets go of the lock.
    ///
    /// # Errors
    /// When the server says that it was not held, or the connection breaks.
    fn unlock(&mut self) -> Result<(), DatabaseError>;

    /// Creates version table and journal where they are missing. Call it with the lock held.
    ///
    /// # Errors
    /// When the server refuses or the connection breaks.
    fn ensure_tables(&mut self) -> Result<(), DatabaseError>;

    /// Opens the transaction that units with [`Transaction::Shared`] run in.
    ///
    /// # Errors
    /// When the server refuses or the connection breaks.
    fn begin(&mut self) -> Result<(), DatabaseError>;

    /// Commits what [`Database::begin`] opened.
    ///
    /// # Errors
    /// When the server refuses (a deferred constraint) or the connection breaks.
    fn commit(&mut self) -> Result<(), DatabaseError>;

    /// Rolls back what [`Database::begin`] opened; does nothing when a failed unit did so already.
    ///
    /// # Errors
    /// When the connection breaks.
    fn rollback(&mut self) -> Result<(), DatabaseError>;

    /// Says statements of aludel's own, parted by semicolons, outside a transaction unless they open one; the rows of
    /// each as text (SQLite: of the last one only). In a SQLite database that is not there, it makes the file.
    ///
    /// # Errors
    /// When the server refuses or the connection breaks.
    fn execute(&mut self, sql: &str) -> Result<Vec<TextRows>, DatabaseError>;

    /// Runs one unit, changes the version rows and writes the journal; returns how long the server took.
    /// A failed unit is recorded in the journal too (after the rollback), without hiding the failure.
    ///
    /// # Errors
    /// [`RunFailure`], which says what stays.
    fn run(&mut self, unit: &Unit<'_>, watch: &mut dyn Watch) -> Result<Duration, RunFailure>;

    /// Writes a remark into the journal, in one transaction.
    ///
    /// # Errors
    /// When the server refuses or the connection breaks.
    fn remark(&mut self, remark: &Remark<'_>) -> Result<(), DatabaseError>;

    /// Whether the object is there now; none: this database cannot tell of such an object.
    ///
    /// # Errors
    /// When the server refuses or the connection breaks.
    fn exists(&mut self, object: &Object) -> Result<Option<bool>, DatabaseError>;

    /// The newest `limit` rows of the journal, newest first; empty when there is none.
    ///
    /// # Errors
    /// When the server refuses or the connection breaks.
    fn journal(&mut self, limit: usize) -> Result<Vec<JournalRow>, DatabaseError>;

    /// Asks one query that only reads, in a transaction that can only read; the first `limit` rows. Not to be called
    /// while [`Database::begin`]'s transaction is open.
    ///
    /// # Errors
    /// When the server refuses (a query that would write, too) or the connection breaks.
    fn query(&mut self, sql: &str, limit: usize) -> Result<Rows, DatabaseError>;

    /// Reads the catalog: what the database holds, without what `request` leaves out. Takes a fixed number of queries,
    /// however many objects there are.
    ///
    /// # Errors
    /// When the server refuses or the connection breaks.
    fn catalog(&mut self, request: &CatalogRequest) -> Result<Schema, DatabaseError>;

    /// The catalog as a text to be kept, from which [`Schema::from_json`] makes the schema later. Cheaper than reading it, where
    /// the catalog is made of texts.
    ///
    /// # Errors
    /// As [`Database::catalog`].
    fn catalog_text(&mut self, request: &CatalogRequest) -> Result<String, DatabaseError> {
        self.catalog(request).map(|schema| schema.to_json())
    }

    /// The extensions in the database in the order in which they were created, without those that every database has. Empty where
    /// there is no such thing.
    ///
    /// # Errors
    /// When the server refuses or the connection breaks.
    fn installed_extensions(&mut self) -> Result<Vec<InstalledExtension>, DatabaseError> {
        Ok(Vec::new())
    }

    /// A text that is another one after every change to the catalog, and much cheaper than reading it: while it is the same,
    /// [`Database::catalog`] would say the same of this database. Asked before a reading, it is never newer than what was read.
    /// None: there is no such thing on this server.
    ///
    /// # Errors
    /// When the server refuses or the connection breaks.
    fn catalog_version(&mut self, _request: &CatalogRequest) -> Result<Option<String>, DatabaseError> {
        Ok(None)
    }
}

/// Opens the database at `url` for the version table `table` of `service`, whose name the connection shows to the
/// server; `environment` answers for environment variables (`PGPASSWORD`, `MYSQL_PWD`).
///
/// # Errors
/// [`DatabaseError::Url`] and [`DatabaseError::Connect`]; neither holds a password.
pub fn open(
    url: &DatabaseUrl,
    table: &VersionTable,
    service: &str,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Box<dyn Database>, DatabaseError> {
    let application_name = format!("aludel {service}");
    match url.dialect() {
        #[cfg(feature = "sqlite")]
        Dialect::Sqlite => sqlite::open(url, table, environment),
        #[cfg(feature = "mysql")]
        Dialect::Mysql => mysql::open(url, table, &application_name, environment),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => postgres::open(url, table, &application_name, environment),
        #[allow(unreachable_patterns)]
        dialect => {
            let _ = (table, application_name, environment);
            Err(left_out(dialect))
        }
    }
}

/// The library was built without this database.
#[allow(dead_code)]
pub fn left_out(dialect: Dialect) -> DatabaseError {
    let feature = match dialect {
        Dialect::Sqlite => "sqlite",
        Dialect::Mysql => "mysql",
        Dialect::Postgres => "postgres",
    };
    DatabaseError::Url(format!("this program was built without the feature `{feature}` of aludel"))
}

/// The version rows as ids, in order of id.
#[must_use]
pub fn ids(rows: &[String]) -> Vec<RevisionId> {
    let ids: std::collections::BTreeSet<_> = rows.iter().map(|row| RevisionId::from_row(row)).collect();
    ids.into_iter().collect()
}
