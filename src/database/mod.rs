//! One trait for three databases. Each folder below keeps its driver to itself: what goes out are the values here.
//! Knows connections and SQL text; must not know revision files or graphs of revisions beyond ids and row changes.

pub mod mysql;
pub mod note;
pub mod postgres;
pub mod sqlite;
pub mod statements;
mod unit;

pub use unit::milliseconds;

use std::sync::Arc;
use std::time::Duration;

use crate::config::DatabaseUrl;
use crate::graph::{Operation, RowChange};
use crate::id::RevisionId;
use crate::sql::{Dialect, Piece};

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

/// What the version table and the journal hold. Reading it never creates or writes anything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct State {
    /// The rows of the version table; empty when there is no table.
    pub rows: Vec<String>,
    /// Whether the version table exists.
    pub version_table_exists: bool,
    /// Whether the journal exists.
    pub journal_exists: bool,
    /// How many characters an id may have in the version table (`VARCHAR(32)` in Alembic's); none: no limit.
    pub id_capacity: Option<usize>,
    /// The newest journal entry of a revision that started and did not end well and left something behind.
    pub incomplete: Option<Incomplete>,
}

/// A revision that was started outside a transaction and did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incomplete {
    /// The revision.
    pub revision: String,
    /// What was being done.
    pub operation: String,
    /// How many statements are known to have run.
    pub statements_done: u32,
    /// Of how many.
    pub statements_total: u32,
    /// The error that was recorded; none when the runner died before it could.
    pub error: Option<String>,
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
    /// How it relates to transactions.
    pub transaction: Transaction,
    /// What the journal says of it.
    pub journal: JournalFacts<'a>,
}

/// What the runner knows of a run for the journal. The database adds the duration.
#[derive(Debug, Clone)]
pub struct JournalFacts<'a> {
    /// When it started: RFC 3339, UTC, microseconds.
    pub started_at: &'a str,
    /// The fingerprint of the section that runs (lower-case hexadecimal SHA-256).
    pub checksum: &'a str,
    /// The operating system's user.
    pub os_user: &'a str,
    /// The machine's name.
    pub host: &'a str,
    /// aludel's version.
    pub tool_version: &'a str,
}

/// One row of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalRow {
    /// Its number; grows.
    pub id: i64,
    /// The revision.
    pub revision: String,
    /// `upgrade`, `downgrade`, `stamp`.
    pub operation: String,
    /// `running`, `done`, `failed`.
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

/// What a server said of a failed statement.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerError {
    /// The message.
    pub message: String,
    /// SQLSTATE (for SQLite: none).
    pub sqlstate: Option<String>,
    /// The server's own number (MySQL error number, SQLite extended result code).
    pub number: Option<i64>,
    /// PostgreSQL's DETAIL.
    pub detail: Option<String>,
    /// PostgreSQL's HINT.
    pub hint: Option<String>,
    /// PostgreSQL's CONTEXT.
    pub context: Option<String>,
}

/// Why a unit did not run to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFailure {
    /// What went wrong.
    pub cause: FailureCause,
    /// The piece (index into [`Unit::pieces`]) that failed; none when it was none of the unit's own statements.
    pub piece: Option<usize>,
    /// The byte in [`Unit::text`] that the server points at, when it does.
    pub offset: Option<usize>,
    /// How many of the unit's statements had run and stay (0 when all was rolled back).
    pub applied: usize,
    /// Whether everything of the unit was rolled back.
    pub rolled_back: bool,
}

/// The kinds of failure of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailureCause {
    /// The server refused a statement.
    Statement(ServerError),
    /// The version rows were not what the plan started from: somebody else moved them meanwhile.
    RowsMoved,
    /// The connection broke; what it says.
    ConnectionLost(String),
    /// The user asked to stop.
    Interrupted,
}

/// Says whether the user asked to stop; may be asked by another thread, thousands of times a second.
pub type StopSignal = Arc<dyn Fn() -> bool + Send + Sync>;

/// Whoever watches a unit run.
pub trait Watch {
    /// `done` of the unit's `total` statements have run.
    fn statements(&mut self, done: usize, total: usize);
    /// Whether the user asked to stop.
    fn interrupted(&self) -> bool;
    /// The same question for the middle of a statement, where a driver can stop there; none: it is not asked.
    fn stop_signal(&self) -> Option<StopSignal> {
        None
    }
}

/// Who holds the lock, as far as the database tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LockHolder {
    /// A line for a person: pid, user, application, address, since when, what it runs.
    pub description: String,
}

/// Why the database could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// The URL cannot be read or asks for something that is not there. Never holds a password.
    #[error("{0}")]
    Url(String),
    /// No connection could be made. Never holds a password.
    #[error("{message}")]
    Connect {
        /// What was said.
        message: String,
        /// SQLSTATE where a server said it.
        sqlstate: Option<String>,
    },
    /// The server refused one of aludel's own statements.
    #[error("{}", .0.message)]
    Server(ServerError),
    /// The connection broke.
    #[error("{0}")]
    ConnectionLost(String),
}

/// Rows with every value as text; NULL is none.
pub type TextRows = Vec<Vec<Option<String>>>;

/// What the engine asks of a database. One value is one connection.
pub trait Database: Send {
    /// What the server says it is.
    fn server(&self) -> &Server;

    /// What the user should know of how the connection was made (a password file that was not used).
    fn warnings(&self) -> &[String] {
        &[]
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

    /// The newest `limit` rows of the journal, newest first; empty when there is none.
    ///
    /// # Errors
    /// When the server refuses or the connection breaks.
    fn journal(&mut self, limit: usize) -> Result<Vec<JournalRow>, DatabaseError>;
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
        Dialect::Sqlite => sqlite::open(url, table, environment),
        Dialect::Mysql => mysql::open(url, table, &application_name, environment),
        Dialect::Postgres => postgres::open(url, table, &application_name, environment),
    }
}

/// The version rows as ids, in order of id.
#[must_use]
pub fn ids(rows: &[String]) -> Vec<RevisionId> {
    let ids: std::collections::BTreeSet<_> = rows.iter().map(|row| RevisionId::from_row(row)).collect();
    ids.into_iter().collect()
}
