//! Classification of SQLite's errors.

use rusqlite::ffi;

use crate::database::{DatabaseError, ErrorKind, FailureCause, ServerError};

/// Converts SQLite's error with its extended result code (<https://www.sqlite.org/rescode.html>).
pub(super) fn server_error(error: &rusqlite::Error) -> ServerError {
    let message = match error {
        rusqlite::Error::SqliteFailure(_, Some(message)) => message.clone(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    };
    let code = extended_code(error);
    let kind = code.and_then(|code| kind(code, &message));
    let message =
        if is_busy(error) { format!("another program holds the database's write lock ({message})") } else { message };
    ServerError { message, number: code.map(i64::from), kind, ..ServerError::default() }
}

/// Returns the kind of an error (<https://www.sqlite.org/rescode.html>); `None` if nothing depends on it. SQLite has one
/// code for all errors in a statement, so its message is parsed.
fn kind(number: i32, message: &str) -> Option<ErrorKind> {
    let exists = message.ends_with(" already exists") || message.starts_with("duplicate column name: ");
    match number & 0xFF {
        1 if exists => Some(ErrorKind::AlreadyExists),
        1 if message.starts_with("no such table") => Some(ErrorKind::NoSuchTable),
        1 if message.starts_with("no such column") || message.starts_with("no such function") => {
            Some(ErrorKind::NoSuchObject)
        }
        8 => Some(ErrorKind::ReadOnly),
        13 => Some(ErrorKind::DiskFull),
        // BUSY and LOCKED, with or without an extended code.
        5 | 6 => Some(ErrorKind::LockRefused),
        _ => None,
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_on_which_more_depends_has_a_kind() {
        for (number, message, expected) in [
            (1, "table t already exists", Some(ErrorKind::AlreadyExists)),
            (1, "duplicate column name: c", Some(ErrorKind::AlreadyExists)),
            (1, "no such table: t", Some(ErrorKind::NoSuchTable)),
            (261, "database is locked", Some(ErrorKind::LockRefused)),
            (1, "no such column: t", Some(ErrorKind::NoSuchObject)),
            (1, "near \"SELEC\": syntax error", None),
        ] {
            assert_eq!(kind(number, message), expected, "{message}");
        }
    }
}
