//! Classification of errors of MySQL and MariaDB servers.

use crate::database::{DatabaseError, ErrorKind, FailureCause, ServerError};

/// Table does not exist (`ER_NO_SUCH_TABLE`).
pub(super) const NO_SUCH_TABLE: u16 = 1146;
/// Privilege on a table that is missing (`ER_TABLEACCESS_DENIED_ERROR`).
pub(super) const TABLE_ACCESS_DENIED: u16 = 1142;
/// Unknown column (`ER_BAD_FIELD_ERROR`).
const BAD_FIELD: u16 = 1054;
/// Value out of range (`ER_DATA_OUT_OF_RANGE`).
pub(super) const OUT_OF_RANGE: u16 = 1690;
/// Duplicate entry for a key (`ER_DUP_ENTRY`).
const DUPLICATE: [u16; 2] = [1062, 1586];
/// Deadlock: the transaction was rolled back (`ER_LOCK_DEADLOCK`).
const DEADLOCK: u16 = 1213;
/// The statement was stopped by KILL QUERY (`ER_QUERY_INTERRUPTED`; in the middle of a sort `ER_FILSORT_ABORT`).
const QUERY_INTERRUPTED: [i64; 2] = [1317, 1028];
/// Server shutdown, connection killed (MySQL, MariaDB), packets too large or out of order, idle for too long: the
/// server ends the connection with these.
const CONNECTION_ENDS: [u16; 6] = [1053, 1927, 3169, 1153, 1156, 4031];

pub(super) fn server_error(error: &mysql::Error) -> ServerError {
    match error {
        mysql::Error::MySqlError(error) => ServerError {
            message: error.message.clone(),
            sqlstate: Some(error.state.clone()),
            number: Some(i64::from(error.code)),
            kind: kind(error.code).or_else(|| kind_of_cause(error.code, &error.message)),
            advice: advice(error.code),
            ..ServerError::default()
        },
        other => ServerError { message: plain(other), ..ServerError::default() },
    }
}

/// Returns the kind of an error (MySQL's and MariaDB's error references); `None` if nothing depends on it.
const fn kind(number: u16) -> Option<ErrorKind> {
    match number {
        // ER_DB_CREATE_EXISTS.
        1007 => Some(ErrorKind::AlreadyExistsOnServer),
        // Table, column, index, routine, trigger, event; name of a foreign key or check constraint.
        1050 | 1060 | 1061 | 1304 | 1359 | 1537 | 1826 | 3822 => Some(ErrorKind::AlreadyExists),
        // ER_NO_SUCH_TABLE, ER_BAD_DB_ERROR.
        1146 | 1049 => Some(ErrorKind::NoSuchTable),
        // ER_BAD_FIELD_ERROR, ER_SP_DOES_NOT_EXIST.
        1054 | 1305 => Some(ErrorKind::NoSuchObject),
        // --read-only (and other options that refuse a statement: the caller queries the server's state before
        // reporting this), a read-only transaction, a server in read-only mode.
        1290 | 1792 | 1836 => Some(ErrorKind::ReadOnly),
        // KILL QUERY, max_statement_time (MariaDB), max_execution_time (MySQL).
        1317 | 1969 | 3024 => Some(ErrorKind::Cancelled),
        // ER_LOCK_WAIT_TIMEOUT, ER_LOCK_DEADLOCK; in a replication group ER_TRANSACTION_ROLLBACK_DURING_COMMIT: another
        // node was first.
        1205 | 1213 | 3101 => Some(ErrorKind::LockRefused),
        // ER_DBACCESS_DENIED, ER_TABLEACCESS_DENIED, ER_COLUMNACCESS_DENIED, ER_SPECIFIC_ACCESS_DENIED.
        1044 | 1142 | 1143 | 1227 => Some(ErrorKind::PermissionDenied),
        // ER_DISK_FULL, ER_RECORD_FILE_FULL, ER_ERROR_ON_WRITE.
        1021 | 1114 | 1026 => Some(ErrorKind::DiskFull),
        _ => None,
    }
}

/// Returns the kind of an error whose message has the reason: that of the storage engine, or the name of a statement.
fn kind_of_cause(number: u16, message: &str) -> Option<ErrorKind> {
    // ER_CANNOT_USER: no other reason is given for a user or role that exists.
    if number == 1396 && ["CREATE USER", "CREATE ROLE"].iter().any(|statement| message.contains(statement)) {
        return Some(ErrorKind::AlreadyExistsOnServer);
    }
    // ER_CANT_CREATE_TABLE; ENOSPC of the system, HA_ERR_RECORD_FILE_FULL of an engine.
    let is_full = number == 1005 && ["errno: 28 ", "errno: 135 "].iter().any(|cause| message.contains(cause));
    is_full.then_some(ErrorKind::DiskFull)
}

/// Returns advice for an error that the revision can avoid.
const fn advice(number: u16) -> Option<&'static str> {
    match number {
        // ER_ALTER_OPERATION_NOT_SUPPORTED and ER_ALTER_OPERATION_NOT_SUPPORTED_REASON.
        1845 | 1846 => Some(
            "use the next algorithm that the server supports: ALGORITHM=INPLACE, LOCK=NONE, else ALGORITHM=INPLACE, \
             LOCK=SHARED (writers wait), else ALGORITHM=COPY, LOCK=SHARED (the table is rewritten, and writers wait)",
        ),
        _ => None,
    }
}

/// Formats the driver's own errors without the names of its types.
pub(super) fn plain(error: &mysql::Error) -> String {
    match error {
        mysql::Error::IoError(error) => error.to_string(),
        mysql::Error::CodecError(error) => error.to_string(),
        mysql::Error::MySqlError(error) => error.message.clone(),
        mysql::Error::DriverError(error) => error.to_string(),
        mysql::Error::TlsError(error) => error.to_string(),
        other => other.to_string(),
    }
}

pub(super) fn code(error: &mysql::Error) -> Option<u16> {
    match error {
        mysql::Error::MySqlError(error) => Some(error.code),
        _ => None,
    }
}

/// Returns whether a table or column does not exist.
pub(super) fn is_missing(error: &mysql::Error) -> bool {
    code(error).is_some_and(|code| [NO_SUCH_TABLE, BAD_FIELD].contains(&code))
}

pub(super) fn is_duplicate(error: &mysql::Error) -> bool {
    code(error).is_some_and(|code| DUPLICATE.contains(&code))
}

pub(super) fn is_connection_lost(error: &mysql::Error) -> bool {
    match error {
        mysql::Error::MySqlError(error) => CONNECTION_ENDS.contains(&error.code),
        other => other.is_connectivity_error(),
    }
}

pub(super) fn cause(error: &mysql::Error) -> FailureCause {
    if is_connection_lost(error) {
        FailureCause::ConnectionLost(plain(error))
    } else {
        FailureCause::Statement(server_error(error))
    }
}

/// Returns whether the statement was stopped by KILL QUERY, or its connection killed.
pub(super) fn is_interrupted(error: &mysql::Error) -> bool {
    code(error).is_some_and(|code| is_interrupt_number(i64::from(code)))
}

/// Returns whether the server's error `number` means that.
pub(super) fn is_interrupt_number(number: i64) -> bool {
    QUERY_INTERRUPTED.contains(&number)
}

pub(super) fn is_deadlock(error: &mysql::Error) -> bool {
    code(error) == Some(DEADLOCK)
}

pub(super) fn database_error(error: &mysql::Error) -> DatabaseError {
    if is_connection_lost(error) {
        DatabaseError::ConnectionLost(plain(error))
    } else {
        DatabaseError::Server(server_error(error))
    }
}

/// Returns the byte of `sent` at which a syntax error occurred. The server reports `near '...' at line N`: at most 80
/// characters of the remaining text. Only an unambiguous position is returned. `sent` is the statement with everything
/// that follows it in its message.
pub(super) fn offset(error: &mysql::Error, sent: &str) -> Option<usize> {
    let message = match error {
        mysql::Error::MySqlError(error) => error.message.as_str(),
        _ => return None,
    };
    let (head, line) = message.rsplit_once("' at line ")?;
    let (_, near) = head.split_once(" near '")?;
    let line: usize = line.trim().parse().ok()?;
    // MariaDB marks a truncated text with three dots.
    let near = near.strip_suffix("...").filter(|_| !sent.contains(near)).unwrap_or(near);
    if let Some(start) = sent.len().checked_sub(near.len()).filter(|_| sent.ends_with(near)) {
        return Some(start);
    }
    let on_line = |start: &usize| sent.get(..*start).is_some_and(|before| before.matches('\n').count() + 1 == line);
    let mut places = sent.match_indices(near).map(|(start, _)| start).filter(on_line);
    places.next().filter(|_| places.next().is_none() && !near.is_empty())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn syntax_error(near: &str, line: usize) -> mysql::Error {
        let message = format!("You have an error in your SQL syntax; check the manual near '{near}' at line {line}");
        mysql::Error::MySqlError(mysql::MySqlError { state: "42000".to_owned(), message, code: 1064 })
    }

    #[test]
    fn the_rest_of_the_statement_tells_the_place() {
        let sent = "CREATE TABLE t (\n  a INT,\n  b INTT\n)";
        assert_eq!(offset(&syntax_error("INTT\n)", 3), sent), sent.find("INTT"));
        assert_eq!(offset(&syntax_error("", 4), sent), Some(sent.len()));
    }

    #[test]
    fn a_cut_rest_tells_it_when_there_is_one_such_place_on_the_line() {
        let tail = "x".repeat(200);
        let sent = format!("SELECT 1\nFROM FROM {tail}\nFROM FROM {tail}");
        let near = format!("FROM {}", "x".repeat(75));
        assert_eq!(offset(&syntax_error(&near, 2), &sent), Some(14));
        assert_eq!(offset(&syntax_error("x x", 3), &format!("{sent} x x x x,")), None);
        assert_eq!(offset(&syntax_error("elsewhere", 2), &sent), None);
    }

    #[test]
    fn an_error_on_which_more_depends_has_a_kind() {
        for (number, expected) in [
            (1050, Some(ErrorKind::AlreadyExists)),
            (1060, Some(ErrorKind::AlreadyExists)),
            (1146, Some(ErrorKind::NoSuchTable)),
            (1049, Some(ErrorKind::NoSuchTable)),
            (1054, Some(ErrorKind::NoSuchObject)),
            (1205, Some(ErrorKind::LockRefused)),
            (1064, None),
        ] {
            assert_eq!(kind(number), expected, "{number}");
        }
    }
}
