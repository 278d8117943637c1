//! Errors of a connection, and failures of a unit with the effects that remain. Independent of the drivers.

#[cfg(doc)]
use super::RevisionExecution;
use super::answer::QueryFinding;
use super::error_kind::ErrorKind;
use crate::config::{CredentialError, UrlError};

/// Error message of a server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerError {
    pub message: String,
    /// SQLSTATE; `None` for SQLite.
    pub sqlstate: Option<String>,
    /// The server's own number (MySQL error number, SQLite extended result code).
    pub number: Option<i64>,
    /// Kind, if more depends on the error than its message.
    pub kind: Option<ErrorKind>,
    /// PostgreSQL's DETAIL.
    pub detail: Option<String>,
    /// PostgreSQL's HINT.
    pub hint: Option<String>,
    /// PostgreSQL's CONTEXT.
    pub context: Option<String>,
    /// The driver's advice for this error.
    pub advice: Option<&'static str>,
}

/// Failure of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFailure {
    /// Cause of the failure.
    pub cause: FailureCause,
    /// Failed piece (index into [`RevisionExecution::pieces`]); `None` if the failed statement was not one of the unit's own.
    pub piece: Option<usize>,
    /// Byte offset in [`RevisionExecution::text`] of the error's position, if the server reported one.
    pub offset: Option<usize>,
    /// Number of the unit's statements that ran and were not rolled back.
    pub applied: usize,
    /// True if everything of the unit was rolled back.
    pub rolled_back: bool,
}

/// Causes of a failed run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FailureCause {
    /// The server refused a statement.
    Statement(ServerError),
    /// The version rows were not the ones that the plan started from: another process changed them in the meantime.
    RowsMoved,
    /// All statements ran, but the version table does not hold the expected rows, or does not exist any more.
    VersionTableChanged {
        /// The version table's name.
        table: String,
    },
    /// The session does not, or no longer, hold the runners' lock.
    LockLost(ServerError),
    /// The connection broke; holds the driver's message.
    ConnectionLost(String),
    /// The user interrupted the run.
    Interrupted,
    /// A query of [`RevisionExecution::require`] failed, so no statement ran.
    Unmet(QueryFinding),
    /// All statements ran, but a query of [`RevisionExecution::verify`] failed.
    Unverified(QueryFinding),
}

/// Errors of database operations.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatabaseError {
    /// The URL is invalid, or asks for a feature that is not available. Never contains a password.
    #[error("{0}")]
    Url(String),
    /// The URL has a parameter that this database does not support.
    #[error("the URL parameter \"{name}\" is not supported for {product}")]
    UrlParameter {
        /// Name of the parameter.
        name: String,
        /// Display name of the product.
        product: &'static str,
        /// Supported parameters; may be empty.
        known: &'static [&'static str],
        /// Replacement, for a parameter of this name that other tools support.
        instead: Option<&'static str>,
    },
    /// The program of `url_command`, or `password_file`, gave no password. Never contains one.
    #[error(transparent)]
    Credentials(#[from] CredentialError),
    /// The connection failed. Never contains a password.
    #[error("{message}")]
    Connect {
        /// Message of the server, driver or operating system.
        message: String,
        /// SQLSTATE, if the server sent one.
        sqlstate: Option<String>,
    },
    /// The second connection, which a lease needs beside the one that works, could not be made or got no answer.
    #[error("`lock: lease` needs two connections, and the second one failed: {message}")]
    NoSecondConnection {
        /// Text of the answer.
        message: String,
        /// SQLSTATE where a server said it.
        sqlstate: Option<String>,
    },
    /// The server refused one of aludel's own statements.
    #[error("{}", .0.message)]
    Server(ServerError),
    #[error("{0}")]
    ConnectionLost(String),
}

impl From<&UrlError> for DatabaseError {
    fn from(error: &UrlError) -> Self {
        match error {
            UrlError::Credentials(error) => Self::Credentials(error.clone()),
            error => Self::Url(error.to_string()),
        }
    }
}
