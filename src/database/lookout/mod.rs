//! Looks at a working connection from outside: who stands in its way, how far the server is with what it does.
//! Must not know units or retries.

#[cfg(target_os = "linux")]
mod files;
mod mysql;
mod postgres;

use std::path::PathBuf;
use std::time::Duration;

use super::session::{DEADLINE, Opener, Session, TextRows};
use super::{DatabaseError, ServerError};
use crate::sql::Dialect;

/// A session that holds what another one waits for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Blocker {
    /// Its process (PostgreSQL), connection (MySQL, MariaDB) or operating system's process (SQLite).
    pub id: i64,
    /// Its user.
    pub user: Option<String>,
    /// What it calls itself.
    pub application: Option<String>,
    /// Where it connects from.
    pub address: Option<String>,
    /// How old its transaction is.
    pub since: Option<Duration>,
    /// `active`, `idle in transaction` and the like, in the server's words.
    pub state: Option<String>,
    /// What it runs, or ran last; cut.
    pub query: Option<String>,
    /// Whether the server names it; otherwise it is one of those that may be it.
    pub is_certain: bool,
}

/// How far the server says it is with one long statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerProgress {
    /// What is done now, in the server's words (`building index: scanning table`).
    pub phase: String,
    /// How much is done.
    pub done: u64,
    /// Of how much; 0: not known.
    pub total: u64,
    /// What is counted: `blocks`, `tuples`, `bytes`, `lockers`.
    pub unit: &'static str,
}

/// Which sessions are looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The one with this number.
    Id(i64),
    /// Those that show an application name which begins so (behind a pooler the number changes).
    Application(String),
    /// Processes that hold one of these files.
    Files(Vec<PathBuf>),
}

/// Looks at a server's sessions on a connection of its own, which is made when it is first needed.
pub struct Lookout {
    dialect: Dialect,
    target: Target,
    opener: Option<Opener>,
    session: Option<Box<dyn Session>>,
    replicas: Vec<Replica>,
}

/// A replica that is asked itself.
struct Replica {
    name: String,
    opener: Opener,
    session: Option<Box<dyn Session>>,
}

/// How far replicas are behind, as far as is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lag {
    /// The one that is furthest behind; none: there is none, or none that tells.
    pub most: Option<Duration>,
    /// Those that were to be asked and do not tell, with why.
    pub unknown: Vec<String>,
}

impl Lookout {
    /// Looks at `target` through what `opener` opens.
    #[must_use]
    pub fn new(dialect: Dialect, target: Target, opener: Opener) -> Self {
        Self { dialect, target, opener: Some(opener), session: None, replicas: Vec::new() }
    }

    /// Also asks these replicas, each with the name that it is told by.
    #[must_use]
    pub fn with_replicas(mut self, replicas: Vec<(String, Opener)>) -> Self {
        self.replicas = replicas.into_iter().map(|(name, opener)| Replica { name, opener, session: None }).collect();
        self
    }

    /// Looks at who holds the files of a SQLite database.
    #[must_use]
    pub fn of_files(files: Vec<PathBuf>) -> Self {
        Self {
            dialect: Dialect::Sqlite,
            target: Target::Files(files),
            opener: None,
            session: None,
            replicas: Vec::new(),
        }
    }

    /// Who holds what the target waits for now; none: it does not wait.
    ///
    /// # Errors
    /// No connection, or the server refuses to tell.
    pub fn blockers(&mut self) -> Result<Vec<Blocker>, DatabaseError> {
        let (dialect, target) = (self.dialect, self.target.clone());
        if let Target::Files(files) = &target {
            return Ok(holders(files));
        }
        let session = self.session()?;
        match (dialect, target) {
            (Dialect::Postgres, target) => postgres::blockers(session, &target),
            (Dialect::Mysql, Target::Id(id)) => mysql::blockers(session, id),
            _ => Ok(Vec::new()),
        }
    }

    /// How far the server is with the target's statement, where it tells.
    ///
    /// # Errors
    /// No connection, or the server refuses to tell.
    pub fn progress(&mut self) -> Result<Option<ServerProgress>, DatabaseError> {
        let (dialect, target) = (self.dialect, self.target.clone());
        if dialect == Dialect::Sqlite {
            return Ok(None);
        }
        let session = self.session()?;
        match (dialect, target) {
            (Dialect::Postgres, target) => postgres::progress(session, &target),
            (Dialect::Mysql, Target::Id(id)) => mysql::progress(session, id),
            _ => Ok(None),
        }
    }

    /// How many sessions wait for locks that the target holds.
    ///
    /// # Errors
    /// No connection, or the server refuses to tell.
    pub fn waiting(&mut self) -> Result<u64, DatabaseError> {
        let dialect = self.dialect;
        let session = self.session()?;
        match dialect {
            Dialect::Postgres => postgres::waiting(session),
            Dialect::Mysql => mysql::waiting(session),
            Dialect::Sqlite => Ok(0),
        }
    }

    /// How far the replicas are behind. PostgreSQL knows its own; those of MySQL and MariaDB are asked themselves.
    ///
    /// # Errors
    /// No connection, or the server refuses to tell.
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

    /// Ends a session.
    ///
    /// # Errors
    /// No connection, no right to do so.
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

    /// Forgets a connection that failed; the next question opens another.
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

/// Elsewhere nobody tells.
#[cfg(not(target_os = "linux"))]
fn holders(_files: &[PathBuf]) -> Vec<Blocker> {
    Vec::new()
}

/// The first column of the first row as a number.
fn number(rows: Option<&TextRows>) -> Option<u64> {
    rows?.first()?.first()?.as_deref()?.parse().ok()
}

/// Rows of: id, user, application, address, milliseconds, state, query.
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

/// A query in one line of at most 200 characters.
fn shortened(query: &str) -> String {
    query.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect()
}

/// Whether the server said no, not the connection.
fn is_refusal(error: &DatabaseError) -> bool {
    matches!(error, DatabaseError::Server(ServerError { .. }))
}
