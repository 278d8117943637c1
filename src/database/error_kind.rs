//! The meaning of a server's error where it decides what a person does next. Knows the codes of the three databases.

use super::ServerError;

/// Errors for which the file is not, or not only, what has to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A statement would create what is there.
    AlreadyExists,
    /// The server, or the transaction, takes no writes.
    ReadOnly,
    /// Another session or a timeout cancelled the statement.
    Cancelled,
}

impl ServerError {
    /// The kind, or `None` where codes and message do not tell one.
    ///
    /// Sources: PostgreSQL, appendix A; MySQL's and MariaDB's error references; SQLite's result codes. SQLite has one code
    /// for every error of a statement, so its message is read.
    #[must_use]
    pub fn kind(&self) -> Option<ErrorKind> {
        match (self.sqlstate.as_deref(), self.number) {
            (None, Some(number)) => sqlite(number, &self.message),
            (Some(_), Some(number)) => mysql(number),
            (Some(sqlstate), None) => postgres(sqlstate),
            (None, None) => None,
        }
    }
}

fn postgres(sqlstate: &str) -> Option<ErrorKind> {
    match sqlstate {
        // Schema, table, column, function, any other object; a database.
        "42P06" | "42P07" | "42701" | "42723" | "42710" | "42P04" => Some(ErrorKind::AlreadyExists),
        "25006" => Some(ErrorKind::ReadOnly),
        "57014" => Some(ErrorKind::Cancelled),
        _ => None,
    }
}

fn mysql(number: i64) -> Option<ErrorKind> {
    match number {
        // Database, table, column, index, routine, trigger, event; a foreign key's and a check's name.
        1007 | 1050 | 1060 | 1061 | 1304 | 1359 | 1537 | 1826 | 3822 => Some(ErrorKind::AlreadyExists),
        // --read-only (and other options that refuse a statement: the server is asked for its state before this is told),
        // a read-only transaction, a server in read-only mode.
        1290 | 1792 | 1836 => Some(ErrorKind::ReadOnly),
        // KILL QUERY, max_statement_time (MariaDB), max_execution_time (MySQL).
        1317 | 1969 | 3024 => Some(ErrorKind::Cancelled),
        _ => None,
    }
}

fn sqlite(number: i64, message: &str) -> Option<ErrorKind> {
    let exists = message.ends_with(" already exists") || message.starts_with("duplicate column name: ");
    match number & 0xFF {
        1 if exists => Some(ErrorKind::AlreadyExists),
        8 => Some(ErrorKind::ReadOnly),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(sqlstate: Option<&str>, number: Option<i64>, message: &str) -> ServerError {
        let sqlstate = sqlstate.map(str::to_owned);
        ServerError { sqlstate, number, message: message.to_owned(), ..ServerError::default() }
    }

    #[test]
    fn what_is_there_already_is_recognised_on_every_database() {
        for error in [
            error(Some("42P07"), None, "relation \"t\" already exists"),
            error(Some("42701"), None, "column \"c\" of relation \"t\" already exists"),
            error(Some("42S01"), Some(1050), "Table 't' already exists"),
            error(Some("42S21"), Some(1060), "Duplicate column name 'c'"),
            error(None, Some(1), "table t already exists"),
            error(None, Some(1), "duplicate column name: c"),
        ] {
            assert_eq!(error.kind(), Some(ErrorKind::AlreadyExists), "{error:?}");
        }
        assert_eq!(error(Some("42703"), None, "column does not exist").kind(), None);
        assert_eq!(error(None, Some(1), "no such table: t").kind(), None);
    }
}
