//! Monitors a busy connection through a second one: sessions that block it, and the server's progress. Independent of
//! units and retries.

#[cfg(target_os = "linux")]
mod files;
mod mysql;
mod postgres;

use std::path::PathBuf;
use std::time::Duration;

use super::session::{DEADLINE, Opener, Session, TextRows};
use super::{DatabaseError, ServerError};
use crate::sql::Dialect;

/// Session that holds a lock another session waits for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Blocker {
    /// Process (PostgreSQL), connection (MySQL, MariaDB) or operating system process (SQLite).
    pub id: i64,
    /// User name.
    pub user: Option<String>,
    /// Application name.
    pub application: Option<String>,
    /// Client address.
    pub address: Option<String>,
    /// Age of its transaction.
    pub since: Option<Duration>,
    /// State in the server's terms: `active`, `idle in transaction` and the like.
    pub state: Option<String>,
    /// Current or last query; truncated.
    pub query: Option<String>,
    /// True if the server reports it as the blocker; otherwise it is one of several candidates.
    pub is_certain: bool,
}

/// Progress of one long statement, as reported by the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerProgress {
    /// Current phase in the server's terms (`building index: scanning table`).
    pub phase: String,
    /// Amount of work done.
    pub done: u64,
    /// Total amount of work; 0 if not known.
    pub total: u64,
    /// Unit of work: `blocks`, `tuples`, `bytes`, `lockers`.
    pub unit: &'static str,
}

/// Sessions to monitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionSelector {
    /// The session with this id.
    Id(i64),
    /// Sessions whose application name has this prefix (behind a pooler the id changes).
    Application(String),
    /// Processes that hold a lock on one of these files.
    Files(Vec<PathBuf>),
}

/// Monitor for a server's sessions, on a connection of its own, which is opened on first use.
pub struct SessionMonitor {
    dialect: Dialect,
    target: SessionSelector,
    opener: Option<Opener>,
    session: Option<Box<dyn Session>>,
    replicas: Vec<Replica>,
}

/// Replica that is queried directly.
struct Replica {
    name: String,
    opener: Opener,
    session: Option<Box<dyn Session>>,
}

/// Lag of the replicas, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lag {
    /// Largest lag; `None` if there are no replicas, or none reports its lag.
    pub most: Option<Duration>,
    /// Replicas that did not report their lag, each with the reason.
    pub unknown: Vec<String>,
}

impl SessionMonitor {
    /// Creates a monitor for `target` on a connection opened by `opener`.
    #[must_use]
    pub fn new(dialect: Dialect, target: SessionSelector, opener: Opener) -> Self {
        Self { dialect, target, opener: Some(opener), session: None, replicas: Vec::new() }
    }

    /// Adds replicas to query, each with its display name.
    #[must_use]
    pub fn with_replicas(mut self, replicas: Vec<(String, Opener)>) -> Self {
        self.replicas = replicas.into_iter().map(|(name, opener)| Replica { name, opener, session: None }).collect();
        self
    }

    /// Creates a monitor for the files of a SQLite database.
    #[must_use]
    pub fn of_files(files: Vec<PathBuf>) -> Self {
        Self {
            dialect: Dialect::Sqlite,
            target: SessionSelector::Files(files),
            opener: None,
            session: None,
            replicas: Vec::new(),
        }
    }

    /// Returns the sessions that hold the lock the target waits for; empty if it does not wait.
    ///
    /// # Errors
    /// When the connection fails or the server refuses the query.
    pub fn blockers(&mut self) -> Result<Vec<Blocker>, DatabaseError> {
        let (dialect, target) = (self.dialect, self.target.clone());
        if let SessionSelector::Files(files) = &target {
            return Ok(holders(files));
        }
        let session = self.session()?;
        match (dialect, target) {
            (Dialect::Postgres, target) => postgres::blockers(session, &target),
            (Dialect::Mysql, SessionSelector::Id(id)) => mysql::blockers(session, id),
            _ => Ok(Vec::new()),
        }
    }

    /// Returns the progress of the target's statement, if the server reports it.
    ///
    /// # Errors
    /// When the connection fails or the server refuses the query.
    pub fn progress(&mut self) -> Result<Option<ServerProgress>, DatabaseError> {
        let (dialect, target) = (self.dialect, self.target.clone());
        if dialect == Dialect::Sqlite {
            return Ok(None);
        }
        let session = self.session()?;
        match (dialect, target) {
            (Dialect::Postgres, target) => postgres::progress(session, &target),
            (Dialect::Mysql, SessionSelector::Id(id)) => mysql::progress(session, id),
            _ => Ok(None),
        }
    }

    /// Returns the number of sessions that wait for a lock.
    ///
    /// # Errors
    /// When the connection fails or the server refuses the query.
    pub fn waiting(&mut self) -> Result<u64, DatabaseError> {
        let dialect = self.dialect;
        let session = self.session()?;
        match dialect {
            Dialect::Postgres => postgres::waiting(session),
            Dialect::Mysql => mysql::waiting(session),
            Dialect::Sqlite => Ok(0),
        }
    }

    /// Returns the lag of the replicas. PostgreSQL's primary reports it; replicas of MySQL and MariaDB are queried
    /// directly.
    ///
    /// # Errors
    /// When the connection fails or the server refuses the query.
    pub fn replica_lag(&mut self) -> Result<Lag, DatabaseError> {
        match self.dialect {
            Dialect::Postgres => Ok(Lag { most: postgres::replica_lag(self.session()?)?, unknown: Vec::new() }),
            Dialect::Mysql => Ok(self.ask_replicas()),
            Dialect::Sqlite => Ok(Lag::default()),
        }
    }

    fn ask_replicas(&mut self) -> Lag {
        let mut lag = Lag::default();
        for replica in &mut self.replicas {
            match replica.delay() {
                Ok(delay) => lag.most = lag.most.max(Some(delay)),
                Err(error) => {
                    replica.session = None;
                    lag.unknown.push(format!("{}: {error}", replica.name));
                }
            }
        }
        lag
    }

    /// Terminates a session.
    ///
    /// # Errors
    /// When the connection fails or the user lacks the privilege.
    pub fn kill(&mut self, blocker: &Blocker) -> Result<(), DatabaseError> {
        let dialect = self.dialect;
        let session = self.session()?;
        match dialect {
            Dialect::Postgres => postgres::kill(session, blocker.id),
            Dialect::Mysql => mysql::kill(session, blocker.id),
            Dialect::Sqlite => Ok(()),
        }
    }

    fn session(&mut self) -> Result<&mut dyn Session, DatabaseError> {
        let session = match self.session.take() {
            Some(session) => session,
            None => self.opener.as_ref().ok_or_else(nowhere)?(DEADLINE)?,
        };
        Ok(&mut **self.session.insert(session))
    }

    /// Closes a connection that failed; the next query opens another one.
    pub fn forget(&mut self) {
        self.session = None;
    }
}

impl Replica {
    fn delay(&mut self) -> Result<Duration, DatabaseError> {
        let session = match self.session.take() {
            Some(session) => session,
            None => (self.opener)(DEADLINE)?,
        };
        mysql::replica_delay(&mut **self.session.insert(session))
    }
}

fn nowhere() -> DatabaseError {
    DatabaseError::ConnectionLost("there is nothing to connect to".to_owned())
}

#[cfg(target_os = "linux")]
fn holders(files: &[PathBuf]) -> Vec<Blocker> {
    files::holders(files)
}

/// Other systems provide no such list.
#[cfg(not(target_os = "linux"))]
fn holders(_files: &[PathBuf]) -> Vec<Blocker> {
    Vec::new()
}

/// Returns the first column of the first row as a number.
fn number(rows: Option<&TextRows>) -> Option<u64> {
    rows?.first()?.first()?.as_deref()?.parse().ok()
}

/// Parses rows of: id, user, application, address, milliseconds, state, query.
fn blockers_of(rows: &TextRows, is_certain: bool) -> Vec<Blocker> {
    let text =
        |row: &[Option<String>], index: usize| row.get(index).cloned().flatten().filter(|text| !text.trim().is_empty());
    let blocker = |row: &Vec<Option<String>>| {
        Some(Blocker {
            id: text(row, 0)?.parse().ok()?,
            user: text(row, 1),
            application: text(row, 2),
            address: text(row, 3),
            since: text(row, 4).and_then(|time| time.parse().ok()).map(Duration::from_millis),
            state: text(row, 5),
            query: text(row, 6).map(|query| shortened(&query)),
            is_certain,
        })
    };
    rows.iter().filter_map(blocker).collect()
}

/// Returns a query in one line of at most 200 characters.
fn shortened(query: &str) -> String {
    query.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect()
}

/// Returns whether the server refused the query, as opposed to a connection failure.
fn is_refusal(error: &DatabaseError) -> bool {
    matches!(error, DatabaseError::Server(ServerError { .. }))
}
