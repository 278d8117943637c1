//! Conversion of the driver's errors to those of [`crate::database`]. They never contain a password: the driver keeps
//! it out of its messages, and of the URL only host, port, user and database are repeated.

use std::error::Error as _;

use postgres::error::{DbError, ErrorPosition, Severity, SqlState};

use crate::database::{DatabaseError, ErrorKind, ServerError};

/// Failure of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ConnectionError {
    /// The server reported an error.
    Server {
        error: ServerError,
        /// Position in the message, in characters from 1.
        position: Option<u32>,
        /// The server closed the connection, so any open transaction was rolled back.
        fatal: bool,
    },
    /// The connection broke.
    Lost(String),
}

impl ConnectionError {
    pub(super) fn new(error: &postgres::Error) -> Self {
        match error.as_db_error() {
            Some(server) => {
                let position = match server.position() {
                    Some(ErrorPosition::Original(position)) => Some(*position),
                    Some(ErrorPosition::Internal { .. }) | None => None,
                };
                let fatal = matches!(server.parsed_severity(), Some(Severity::Fatal | Severity::Panic));
                Self::Server { error: server_error(server), position, fatal }
            }
            None => Self::Lost(sentence(error)),
        }
    }

    /// Creates an error with a message of aludel's own.
    pub(super) fn ours(message: &str) -> Self {
        let error = ServerError { message: message.to_owned(), ..ServerError::default() };
        Self::Server { error, position: None, fatal: false }
    }

    /// Adds `characters` to the position, for a statement that was sent separately from a longer message.
    pub(super) fn shifted(self, characters: usize) -> Self {
        match self {
            Self::Server { error, position, fatal } => {
                let before = u32::try_from(characters).unwrap_or(u32::MAX);
                Self::Server { error, position: position.map(|position| position.saturating_add(before)), fatal }
            }
            lost @ Self::Lost(_) => lost,
        }
    }

    pub(super) fn sqlstate(&self) -> Option<&str> {
        match self {
            Self::Server { error, .. } => error.sqlstate.as_deref(),
            Self::Lost(_) => None,
        }
    }

    pub(super) fn is_cancel(&self) -> bool {
        self.sqlstate() == Some(SqlState::QUERY_CANCELED.code())
    }

    pub(super) fn is_aborted_transaction(&self) -> bool {
        self.sqlstate() == Some(SqlState::IN_FAILED_SQL_TRANSACTION.code())
    }
}

impl From<ConnectionError> for DatabaseError {
    fn from(trouble: ConnectionError) -> Self {
        match trouble {
            ConnectionError::Server { error, fatal: true, .. } => Self::ConnectionLost(error.message),
            ConnectionError::Server { error, .. } => Self::Server(error),
            ConnectionError::Lost(message) => Self::ConnectionLost(message),
        }
    }
}

fn server_error(error: &DbError) -> ServerError {
    ServerError {
        message: error.message().to_owned(),
        sqlstate: Some(error.code().code().to_owned()),
        kind: kind(error.code().code(), error.routine()),
        number: None,
        detail: error.detail().map(str::to_owned),
        hint: error.hint().map(str::to_owned),
        context: error.where_().map(str::to_owned),
        advice: None,
    }
}

/// Functions of the server that create and rename what its databases share (manual, "Error and Notice Message Fields").
/// A role has the SQLSTATE of any other object.
const OF_WHOLE_SERVER: [&str; 4] = ["CreateRole", "RenameRole", "CreateTableSpace", "RenameTableSpace"];

/// Returns the kind of an error (manual, appendix A), which a function of the server reported; `None` if nothing depends
/// on it.
fn kind(sqlstate: &str, routine: Option<&str>) -> Option<ErrorKind> {
    match sqlstate {
        "42710" if routine.is_some_and(|routine| OF_WHOLE_SERVER.contains(&routine)) => {
            Some(ErrorKind::AlreadyExistsOnServer)
        }
        // `duplicate_database`.
        "42P04" => Some(ErrorKind::AlreadyExistsOnServer),
        // Schema, table, column, function, any other object.
        "42P06" | "42P07" | "42701" | "42723" | "42710" => Some(ErrorKind::AlreadyExists),
        // `undefined_table`, `invalid_schema_name`.
        "42P01" | "3F000" => Some(ErrorKind::NoSuchTable),
        // `undefined_column`, `undefined_function`, `undefined_object`.
        "42703" | "42883" | "42704" => Some(ErrorKind::NoSuchObject),
        "25006" => Some(ErrorKind::ReadOnly),
        "57014" => Some(ErrorKind::Cancelled),
        // `lock_not_available`, `deadlock_detected`.
        "55P03" | "40P01" => Some(ErrorKind::LockRefused),
        // `insufficient_privilege`, `disk_full`.
        "42501" => Some(ErrorKind::PermissionDenied),
        "53100" => Some(ErrorKind::DiskFull),
        _ => None,
    }
}

/// Joins the chain of causes into one line.
pub(super) fn sentence(error: &postgres::Error) -> String {
    if let Some(server) = error.as_db_error() {
        return server.message().to_owned();
    }
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_on_which_more_depends_has_a_kind() {
        for (sqlstate, expected) in [
            ("42P07", Some(ErrorKind::AlreadyExists)),
            ("42701", Some(ErrorKind::AlreadyExists)),
            ("42710", Some(ErrorKind::AlreadyExists)),
            ("42P04", Some(ErrorKind::AlreadyExistsOnServer)),
            ("42P01", Some(ErrorKind::NoSuchTable)),
            ("3F000", Some(ErrorKind::NoSuchTable)),
            ("55P03", Some(ErrorKind::LockRefused)),
            ("40P01", Some(ErrorKind::LockRefused)),
            ("42703", Some(ErrorKind::NoSuchObject)),
            ("42601", None),
        ] {
            assert_eq!(kind(sqlstate, Some("DefineRelation")), expected, "{sqlstate}");
        }
        assert_eq!(kind("42710", Some("CreateRole")), Some(ErrorKind::AlreadyExistsOnServer));
    }
}
