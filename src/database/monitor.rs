//! Monitors a busy connection from outside: sessions that block it, and the server's progress. Independent of units and
//! retries.

use std::time::Duration;

use super::DatabaseError;
use super::session::{DEADLINE, Opener, Session};

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

/// Lag of the replicas, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lag {
    /// Largest lag; `None` if there are no replicas, or none reports its lag.
    pub most: Option<Duration>,
    /// Replicas that did not report their lag, each with the reason.
    pub unknown: Vec<String>,
}

/// Monitor of a session that is busy. An implementation asks the server on a connection of its own, which it opens when it
/// is first used.
pub trait SessionMonitor: Send {
    /// Returns the sessions that hold the lock the monitored session waits for; empty if it does not wait.
    ///
    /// # Errors
    /// When the connection fails or the server refuses the query.
    fn blockers(&mut self) -> Result<Vec<Blocker>, DatabaseError>;

    /// Returns the progress of the monitored session's statement, if the server reports it.
    ///
    /// # Errors
    /// When the connection fails or the server refuses the query.
    fn progress(&mut self) -> Result<Option<ServerProgress>, DatabaseError> {
        Ok(None)
    }

    /// Returns the number of sessions that wait for a lock.
    ///
    /// # Errors
    /// When the connection fails or the server refuses the query.
    fn waiting(&mut self) -> Result<u64, DatabaseError> {
        Ok(0)
    }

    /// Returns the lag of the replicas.
    ///
    /// # Errors
    /// When the connection fails or the server refuses the query.
    fn replica_lag(&mut self) -> Result<Lag, DatabaseError> {
        Ok(Lag::default())
    }

    /// Terminates a session.
    ///
    /// # Errors
    /// When the connection fails or the user lacks the privilege.
    fn kill(&mut self, _blocker: &Blocker) -> Result<(), DatabaseError> {
        Ok(())
    }

    /// Closes a connection that failed; the next query opens another one.
    fn forget(&mut self) {}
}

/// Second connection to a server, opened when it is first used.
pub struct LazySession {
    opener: Opener,
    session: Option<Box<dyn Session>>,
}

impl LazySession {
    /// Creates a connection that `opener` opens when it is needed.
    #[must_use]
    pub fn new(opener: Opener) -> Self {
        Self { opener, session: None }
    }

    /// Returns the open connection.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn get(&mut self) -> Result<&mut dyn Session, DatabaseError> {
        let session = match self.session.take() {
            Some(session) => session,
            None => (self.opener)(DEADLINE)?,
        };
        Ok(&mut **self.session.insert(session))
    }

    /// Closes the connection; the next use opens another one.
    pub fn close(&mut self) {
        self.session = None;
    }
}
