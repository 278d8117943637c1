//! SQLite, with the bundled library. rusqlite is used in this folder only.
//!
//! The first write creates the file; reading never does. The directory is never created.

mod borrowed;
mod catalog;
mod copy;
mod driver;
mod dump;
mod errors;
mod foreign_keys;
mod group;
mod health;
mod lifecycle;
mod limit;
mod lock;
mod monitor;
mod observe;
mod privileges;
mod read;
mod readable;
mod repeated_reads;
mod rows_query;
mod run;
mod scratch;
mod settings;
mod table_sizes;
mod verify;

pub use driver::SqliteDriver;
pub use rows_query::{QueriedTable, query_rows};

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use self::borrowed::SqliteConnection;
use self::errors::database_error;
use self::group::RevisionGroup;
use self::monitor::FileMonitor;
use self::repeated_reads::RepeatedReads;
use crate::config::{DatabaseUrl, instead_of_parameter};
use crate::database::definition::add_definition;
use crate::database::journal::{self, create_journal};
use crate::database::statements::create_version_table;
use crate::database::{
    Database, DatabaseError, FailureCause, HistoryState, JournalRow, LockAttempt, ManualEntry, QueryRows,
    ReadOnlyServer, RevisionExecution, RevisionSession, RunFailure, Server, ServerError, SessionMonitor, StopSignal,
    TextRows, Timeouts, VersionTable,
};
use crate::dialects::sqlite::flavour::SqliteFlavour;
use crate::sql::{CatalogObject, Dialect};

/// Maximum wait for another program's write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// A SQLite database; not connected until its file exists or has to be created.
#[derive(Debug)]
struct Sqlite<'c> {
    place: DatabaseLocation,
    table: VersionTable,
    server: Server,
    connection: Option<SqliteConnection<'c>>,
    /// Revisions that are not committed yet.
    group: RevisionGroup,
    lock: Option<SqliteLock>,
    timeouts: Timeouts,
    warnings: Vec<String>,
    /// `None` if nothing is read repeatedly.
    repeated: Option<RepeatedReads>,
}

#[derive(Debug)]
enum DatabaseLocation {
    Memory,
    File(PathBuf),
}

#[derive(Debug)]
enum SqliteLock {
    /// A database in memory cannot be shared.
    Memory,
    /// A read-only file system: nothing can be written and no lock file created, so a reader blocks no other process.
    ReadOnly,
    File(lock::FileLock),
}

/// Opens `sqlite:PATH` or `sqlite::memory:`. A missing file is an empty database, not an error.
///
/// # Errors
/// [`DatabaseError::Url`] if the URL names no file, [`DatabaseError::Connect`] if the file cannot be opened.
pub fn open(
    url: &DatabaseUrl,
    table: &VersionTable,
    _environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Box<dyn Database>, DatabaseError> {
    let mut sqlite = Sqlite::new(database_location(url)?, table, None);
    if sqlite.existing()?.is_none() {
        sqlite.warnings.extend(slashes(url));
    }
    Ok(Box::new(sqlite))
}

/// Returns a warning for a missing file with a URL that is a relative path in SQLAlchemy.
fn slashes(url: &DatabaseUrl) -> Option<String> {
    let relative = url.expose().strip_prefix("sqlite:///").filter(|path| !path.starts_with('/'))?;
    Some(format!(
        "/{relative} does not exist, and the first write creates it: `sqlite:///` is an absolute path. Write \
         `sqlite:{relative}` for a path relative to the config, or `sqlite:/{relative}` for this one"
    ))
}

fn database_location(url: &DatabaseUrl) -> Result<DatabaseLocation, DatabaseError> {
    if let Some((name, _)) = url.parameters().first() {
        let instead = instead_of_parameter(Dialect::SQLITE, name);
        return Err(DatabaseError::UrlParameter {
            name: name.clone(),
            product: SqliteFlavour::DEFAULT.product(),
            known: &[],
            instead,
        });
    }
    match url.path() {
        None => Err(DatabaseError::Url("the SQLite URL names no file (sqlite:PATH or sqlite::memory:)".to_owned())),
        Some(path) if path.as_os_str() == ":memory:" => Ok(DatabaseLocation::Memory),
        // SQLite would interpret such a name as a URI.
        Some(path) if path.as_os_str().as_encoded_bytes().starts_with(b"file:") => {
            Ok(DatabaseLocation::File(Path::new(".").join(path)))
        }
        Some(path) => Ok(DatabaseLocation::File(path.to_owned())),
    }
}

fn connect(place: &DatabaseLocation, create: OpenFlags) -> Result<Connection, DatabaseError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
    let connection = match place {
        DatabaseLocation::Memory => Connection::open_in_memory_with_flags(flags),
        DatabaseLocation::File(path) => Connection::open_with_flags(path, flags),
    };
    let prepare = |connection: Connection| set_up(&connection).map(|()| connection);
    connection.and_then(prepare).map_err(|error| cannot_open(place, &error))
}

/// Applies the settings that revisions can rely on.
fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    // The default is ON in the bundled library, and OFF in every other build. With ON, DROP TABLE deletes the rows that
    // reference the table.
    connection.execute_batch("PRAGMA foreign_keys = OFF")
}

fn cannot_open(place: &DatabaseLocation, error: &rusqlite::Error) -> DatabaseError {
    let why = errors::server_error(error).message;
    let message = match place {
        DatabaseLocation::Memory => why,
        DatabaseLocation::File(path) => match missing_folder(path) {
            Some(folder) => format!("the folder {} does not exist", folder.display()),
            None => format!("{} cannot be opened: {why}", path.display()),
        },
    };
    DatabaseError::Connect { message, sqlstate: None }
}

fn missing_folder(path: &Path) -> Option<&Path> {
    path.parent().filter(|folder| !folder.as_os_str().is_empty() && !folder.is_dir())
}

impl<'c> Sqlite<'c> {
    fn new(place: DatabaseLocation, table: &VersionTable, connection: Option<SqliteConnection<'c>>) -> Self {
        Self {
            place,
            table: table.clone(),
            server: Server {
                dialect: Dialect::SQLITE,
                flavour: SqliteFlavour::DEFAULT.handle(),
                product: SqliteFlavour::DEFAULT.product().to_owned(),
                version: rusqlite::version().to_owned(),
            },
            connection,
            group: RevisionGroup::default(),
            lock: None,
            timeouts: Timeouts::default(),
            warnings: Vec::new(),
            repeated: None,
        }
    }

    /// Commits the revisions that share a transaction: nothing but the next of them uses it.
    fn commit_group(&mut self) -> Result<(), DatabaseError> {
        match &self.connection {
            Some(connection) => self.group.commit(connection).map_err(|error| database_error(&error)),
            None => Ok(()),
        }
    }

    /// Returns the connection if the database exists.
    fn existing(&mut self) -> Result<Option<&mut Connection>, DatabaseError> {
        self.commit_group()?;
        let is_there = match &self.place {
            DatabaseLocation::Memory => true,
            DatabaseLocation::File(path) => path.exists(),
        };
        if self.connection.is_none() && is_there {
            self.connection = Some(SqliteConnection::Own(connect(&self.place, OpenFlags::empty())?));
        }
        Ok(self.connection.as_deref_mut())
    }

    /// Returns the connection; creates the file if it does not exist.
    fn created(&mut self) -> Result<&mut Connection, DatabaseError> {
        self.commit_group()?;
        self.connected().map(|(connection, _)| &mut **connection)
    }

    /// Returns the connection as [`Sqlite::created`] does, with the revisions that are not committed.
    fn connected(&mut self) -> Result<(&mut SqliteConnection<'c>, &mut RevisionGroup), DatabaseError> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => SqliteConnection::Own(connect(&self.place, OpenFlags::SQLITE_OPEN_CREATE)?),
        };
        Ok((self.connection.insert(connection), &mut self.group))
    }

    fn execute(&mut self, sql: &str) -> Result<(), DatabaseError> {
        self.created()?.execute_batch(sql).map_err(|error| database_error(&error))
    }
}

impl Database for Sqlite<'_> {
    fn driver(&self) -> &'static dyn crate::database::Driver {
        &SqliteDriver
    }

    fn server(&self) -> &Server {
        &self.server
    }

    fn warnings(&self) -> &[String] {
        &self.warnings
    }

    fn set_timeouts(&mut self, timeouts: Timeouts) {
        self.timeouts = timeouts;
    }

    fn monitor(&self) -> Option<Box<dyn SessionMonitor>> {
        let DatabaseLocation::File(path) = &self.place else { return None };
        // In WAL mode the locks are on the index of the log.
        let mut index = path.as_os_str().to_owned();
        index.push("-shm");
        Some(Box::new(FileMonitor { files: vec![path.clone(), index.into()] }))
    }

    fn resolve_version_table(&mut self) -> Result<VersionTable, DatabaseError> {
        Ok(self.table.clone())
    }

    fn state(&mut self) -> Result<HistoryState, DatabaseError> {
        let table = self.table.clone();
        match self.existing()? {
            Some(connection) => read::state(connection, &table).map_err(|error| database_error(&error)),
            None => Ok(HistoryState::default()),
        }
    }

    fn read_only(&mut self) -> Result<Option<ReadOnlyServer>, DatabaseError> {
        let DatabaseLocation::File(path) = &self.place else { return Ok(None) };
        let refused = std::fs::OpenOptions::new().append(true).open(path).err();
        // A missing file is created by the first write.
        let refused = refused.filter(|error| error.kind() != std::io::ErrorKind::NotFound);
        Ok(refused.map(|error| ReadOnlyServer {
            reason: format!("{} cannot be written: {error}", path.display()),
            remedies: Vec::new(),
        }))
    }

    fn try_lock(&mut self) -> Result<LockAttempt, DatabaseError> {
        if self.lock.is_some() {
            return Ok(LockAttempt::Acquired);
        }
        let DatabaseLocation::File(database) = &self.place else {
            self.lock = Some(SqliteLock::Memory);
            return Ok(LockAttempt::Acquired);
        };
        let cannot_lock = |error: std::io::Error| {
            let message = match missing_folder(database) {
                Some(folder) => format!("the folder {} does not exist", folder.display()),
                None => format!("the lock file beside {} cannot be taken: {error}", database.display()),
            };
            DatabaseError::Connect { message, sqlstate: None }
        };
        let path = lock::path(database, &self.table).map_err(cannot_lock)?;
        match lock::attempt(&path, &who()) {
            Ok(Ok(lock)) => self.lock = Some(SqliteLock::File(lock)),
            Ok(Err(holder)) => return Ok(LockAttempt::HeldBy(holder)),
            Err(error) if error.kind() == std::io::ErrorKind::ReadOnlyFilesystem => {
                self.lock = Some(SqliteLock::ReadOnly)
            }
            Err(error) => return Err(cannot_lock(error)),
        }
        Ok(LockAttempt::Acquired)
    }

    fn unlock(&mut self) -> Result<(), DatabaseError> {
        let committed = self.commit_group();
        let was_held = match &self.lock {
            Some(SqliteLock::Memory | SqliteLock::ReadOnly) => true,
            Some(SqliteLock::File(lock)) => lock.is_held(),
            None => false,
        };
        self.lock = None;
        committed?;
        if was_held {
            return Ok(());
        }
        let message = "the lock was no longer held: its file was removed".to_owned();
        Err(DatabaseError::Server(ServerError { message, ..ServerError::default() }))
    }

    fn ensure_tables(&mut self) -> Result<(), DatabaseError> {
        let version = create_version_table(Dialect::SQLITE, &self.table);
        let journal = create_journal(Dialect::SQLITE, &self.table);
        let table = self.table.clone();
        let is_older = match self.existing()? {
            Some(open) => read::is_older_journal(open, &table).map_err(|error| database_error(&error))?,
            None => false,
        };
        let extend = if is_older { format!("{};\n", add_definition(Dialect::SQLITE, &table)) } else { String::new() };
        self.execute(&format!("BEGIN IMMEDIATE;\n{version};\n{journal};\n{extend}COMMIT"))
            .inspect_err(|_| self.rollback().unwrap_or_default())
    }

    fn begin(&mut self) -> Result<(), DatabaseError> {
        self.execute("BEGIN IMMEDIATE")
    }

    fn commit(&mut self) -> Result<(), DatabaseError> {
        self.execute("COMMIT")
    }

    fn rollback(&mut self) -> Result<(), DatabaseError> {
        self.commit_group()?;
        match &self.connection {
            Some(connection) if !connection.is_autocommit() => self.execute("ROLLBACK"),
            _ => Ok(()),
        }
    }

    fn copy(&mut self) -> Result<Option<Box<dyn Database>>, DatabaseError> {
        if !matches!(self.place, DatabaseLocation::Memory) {
            return Ok(None);
        }
        let mut copied = connect(&DatabaseLocation::Memory, OpenFlags::SQLITE_OPEN_CREATE)?;
        copy::into_memory(self.created()?, &mut copied)?;
        let repeated = self.repeated.as_ref().map(|before| RepeatedReads::new(&mut copied, Some(before)));
        let repeated = repeated.transpose().map_err(|error| database_error(&error))?;
        let connection = Some(SqliteConnection::Own(copied));
        Ok(Some(Box::new(Sqlite { repeated, ..Sqlite::new(DatabaseLocation::Memory, &self.table, connection) })))
    }

    fn execute(&mut self, sql: &str) -> Result<Vec<TextRows>, DatabaseError> {
        let rows = read::texts(self.created()?, sql).map_err(|error| database_error(&error))?;
        Ok(vec![rows])
    }

    fn start_revision<'r>(
        &'r mut self,
        unit: &'r RevisionExecution<'r>,
        signal: Option<StopSignal>,
    ) -> Result<Box<dyn RevisionSession + 'r>, RunFailure> {
        let (table, timeouts) = (self.table.clone(), self.timeouts);
        let connected = self.connected().map_err(|error| {
            let error = ServerError { message: error.to_string(), ..ServerError::default() };
            RunFailure::new(FailureCause::Statement(error), None)
        })?;
        Ok(Box::new(run::start(connected, table, unit, timeouts, signal)?))
    }

    fn uncommitted(&self) -> usize {
        self.group.revisions()
    }

    fn undone(&self) -> usize {
        self.group.undone()
    }

    fn make_durable(&mut self) -> Result<(), DatabaseError> {
        self.commit_group()
    }

    fn remark(&mut self, remark: &ManualEntry<'_>) -> Result<(), DatabaseError> {
        let statements = journal::remark(Dialect::SQLITE, &self.table, remark).join(";\n");
        self.execute(&format!("BEGIN IMMEDIATE;\n{statements};\nCOMMIT"))
            .inspect_err(|_| self.rollback().unwrap_or_default())
    }

    fn exists(&mut self, object: &CatalogObject) -> Result<Option<bool>, DatabaseError> {
        match self.existing()? {
            Some(connection) => read::object_exists(connection, object).map_err(|error| database_error(&error)),
            None => Ok(Some(false)),
        }
    }

    fn journal(&mut self, limit: usize) -> Result<Vec<JournalRow>, DatabaseError> {
        let table = self.table.clone();
        match self.existing()? {
            Some(connection) => read::journal(connection, &table, limit).map_err(|error| database_error(&error)),
            None => Ok(Vec::new()),
        }
    }

    fn query(&mut self, sql: &str, limit: usize) -> Result<QueryRows, DatabaseError> {
        let is_there = self.existing()?.is_some();
        // A missing file is an empty database, and a query must not create it.
        let empty =
            if is_there { None } else { Some(connect(&DatabaseLocation::Memory, OpenFlags::SQLITE_OPEN_CREATE)?) };
        match empty.as_ref().or(self.connection.as_deref()) {
            Some(connection) => verify::query(connection, sql, limit).map_err(DatabaseError::Server),
            None => Ok(QueryRows::default()),
        }
    }

    fn prepare(&mut self, statement: &str) -> Result<(), DatabaseError> {
        let prepared = self.created()?.prepare(statement).map(drop);
        prepared.map_err(|error| database_error(&error))
    }

    fn data_version(&mut self) -> Result<Option<i64>, DatabaseError> {
        let rows = read::texts(self.created()?, "PRAGMA data_version").map_err(|error| database_error(&error))?;
        let value = rows.first().and_then(|row| row.first()).cloned().flatten();
        Ok(value.and_then(|value| value.parse().ok()))
    }
}

/// Describes this process for others that wait.
fn who() -> String {
    let user = whoami::username().map_or_else(|_| String::new(), |user| format!(", user {user}"));
    let host = whoami::hostname().map_or_else(|_| String::new(), |host| format!(" on {host}"));
    format!("pid {}{user}{host}", std::process::id())
}
