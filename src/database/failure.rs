//! What can go wrong on a connection, and what stays when a unit did not run to its end. Must not know drivers.

#[cfg(doc)]
use super::Unit;
use super::answer::Finding;

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
    /// Everything ran, and the version table does not hold what the unit was to leave, or is not there any more.
    VersionTableChanged {
        /// The version table's name.
        table: String,
    },
    /// The session is not, or no longer, the one that holds the runners' lock.
    LockLost(ServerError),
    /// The connection broke; what it says.
    ConnectionLost(String),
    /// The user asked to stop.
    Interrupted,
    /// Everything ran, and a query of [`Unit::verify`] says that it is not right.
    Unverified(Finding),
}

/// Why the database could not be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// The URL cannot be read or asks for something that is not there. Never holds a password.
    #[error("{0}")]
    Url(String),
    /// The URL has a parameter that this database does not have.
    #[error("the URL parameter \"{name}\" is not supported for {product}")]
    UrlParameter {
        /// The parameter's name.
        name: String,
        /// The product, as people call it.
        product: &'static str,
        /// The parameters that there are; empty: none.
        known: &'static [&'static str],
        /// What to write instead, where another tool has a parameter of this name.
        instead: Option<&'static str>,
    },
    /// No connection could be made. Never holds a password.
    #[error("{message}")]
    Connect {
        /// What was said.
        message: String,
        /// SQLSTATE where a server said it.
        sqlstate: Option<String>,
    },
    /// The second connection, which a lease needs beside the one that works, could not be made or got no answer.
    #[error("`lock: lease` needs two connections, and the second could not be had: {message}")]
    NoSecondConnection {
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
