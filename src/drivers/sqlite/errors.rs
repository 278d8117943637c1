//! Classification of SQLite's errors.

use rusqlite::ffi;

use crate::database::{DatabaseError, FailureCause, ServerError};

/// Converts SQLite's error with its extended result code (<https://www.sqlite.org/rescode.html>).
pub(super) fn server_error(error: &rusqlite::Error) -> ServerError {
    let message = match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    };
    let number = extended_code(error).map(i64::from);
    let message =
        if is_busy(error) { format!("another program holds the database's write lock ({message})") } else { message };
    ServerError { message, number, ..ServerError::default() }
}

fn extended_code(error: &rusqlite::Error) -> Option<i32> {
    match error {
        rusqlite::Error::SqlInputError { error, .. } => Some(error.extended_code),
        other => other.sqlite_error().map(|error| error.extended_code),
    }
}

/// Returns the byte of the statement at which the error occurred (`sqlite3_error_offset`).
pub(super) fn offset(error: &rusqlite::Error) -> Option<usize> {
    match error {
        rusqlite::Error::SqlInputError { offset, .. } => usize::try_from(*offset).ok(),
        _ => None,
    }
}

pub(super) fn cause(error: &rusqlite::Error) -> FailureCause {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::OperationInterrupted) => FailureCause::Interrupted,
        _ => FailureCause::Statement(server_error(error)),
    }
}

/// Returns whether an inserted row existed already.
pub(super) fn is_duplicate(error: &rusqlite::Error) -> bool {
    matches!(extended_code(error), Some(ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_UNIQUE))
}

/// Returns whether an internal statement failed because of a missing table or column: SQLite has no separate code for
/// that.
pub(super) fn is_missing(error: &rusqlite::Error) -> bool {
    extended_code(error) == Some(ffi::SQLITE_ERROR)
}

pub(super) fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked))
}

pub(super) fn database_error(error: &rusqlite::Error) -> DatabaseError {
    DatabaseError::Server(server_error(error))
}
