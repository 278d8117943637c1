//! Classification of server errors by the action they require from the user, with the error codes of the three
//! databases.

use super::ServerError;

/// Kinds of errors that editing the revision file may not solve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A statement creates an object that exists already.
    AlreadyExists,
    /// A statement uses a table, or a schema, that does not exist.
    NoSuchTable,
    /// The server or the transaction is read-only.
    ReadOnly,
    /// Another session or a timeout cancelled the statement.
    Cancelled,
}

impl ServerError {
    /// Returns the kind, or `None` if neither code nor message determine one.
    ///
    /// Sources: PostgreSQL, appendix A; MySQL's and MariaDB's error references; SQLite's result codes. SQLite has one
    /// code for all errors in a statement, so its message is parsed.
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
        // `undefined_table`, `invalid_schema_name`.
        "42P01" | "3F000" => Some(ErrorKind::NoSuchTable),
        "25006" => Some(ErrorKind::ReadOnly),
        "57014" => Some(ErrorKind::Cancelled),
        _ => None,
    }
}

fn mysql(number: i64) -> Option<ErrorKind> {
    match number {
        // Database, table, column, index, routine, trigger, event; name of a foreign key or check constraint.
        1007 | 1050 | 1060 | 1061 | 1304 | 1359 | 1537 | 1826 | 3822 => Some(ErrorKind::AlreadyExists),
        // ER_NO_SUCH_TABLE, ER_BAD_DB_ERROR.
        1146 | 1049 => Some(ErrorKind::NoSuchTable),
        // --read-only (and other options that refuse a statement: the caller queries the server's state before
        // reporting this), a read-only transaction, a server in read-only mode.
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
        1 if message.starts_with("no such table") => Some(ErrorKind::NoSuchTable),
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
        assert_eq!(error(None, Some(1), "no such column: t").kind(), None);
    }

    #[test]
    fn a_missing_table_is_recognised_on_every_database() {
        for error in [
            error(Some("42P01"), None, "relation \"t\" does not exist"),
            error(Some("3F000"), None, "schema \"s\" does not exist"),
            error(Some("42S02"), Some(1146), "Table 'd.t' doesn't exist"),
            error(Some("42000"), Some(1049), "Unknown database 'd'"),
            error(None, Some(1), "no such table: t"),
        ] {
            assert_eq!(error.kind(), Some(ErrorKind::NoSuchTable), "{error:?}");
        }
    }
}
