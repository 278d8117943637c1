//! Queries that only read, and what verify queries find. Must not know units' statements or the journal.

use mysql::prelude::Queryable as _;
use mysql::{Conn, Row, Value};

use super::error::{is_connection_lost, plain, server_error};
use crate::database::{FailureCause, Finding, Found, Rows, RunFailure, SHOWN_ROWS};

/// The first `limit` rows of a query, in a transaction that can only read.
pub(super) fn query(conn: &mut Conn, sql: &str, limit: usize) -> Result<Rows, mysql::Error> {
    conn.query_drop("START TRANSACTION READ ONLY")?;
    let rows = ask(conn, sql, limit);
    // What a query that failed says is what counts.
    let ended = conn.query_drop("ROLLBACK");
    let rows = rows?;
    ended.map(|()| rows)
}

/// The unit's verify queries, in its transaction when it has one open.
pub(super) fn check(conn: &mut Conn, queries: &[&str]) -> Result<(), RunFailure> {
    for (number, sql) in queries.iter().enumerate() {
        let found = match ask(conn, sql, SHOWN_ROWS) {
            Ok(rows) if rows.rows.is_empty() => continue,
            Ok(rows) => Found::Rows(rows),
            Err(error) if is_connection_lost(&error) => {
                return Err(RunFailure::new(FailureCause::ConnectionLost(plain(&error)), None));
            }
            Err(error) => Found::Refused(server_error(&error)),
        };
        return Err(RunFailure::new(FailureCause::Unverified(Finding { query: number, found }), None));
    }
    Ok(())
}

/// The driver reads an answer to its end in any case.
fn ask(conn: &mut Conn, sql: &str, limit: usize) -> Result<Rows, mysql::Error> {
    let mut found = Rows::default();
    let mut result = conn.query_iter(sql)?;
    while let Some(set) = result.iter() {
        found.columns = set.columns().as_ref().iter().map(|column| column.name_str().into_owned()).collect();
        for row in set {
            let row = row?;
            found.keep(limit, || texts(row));
        }
    }
    Ok(found)
}

/// In the text protocol every value is text.
fn texts(row: Row) -> Vec<Option<String>> {
    let text = |value: Value| match value {
        Value::NULL => None,
        Value::Bytes(bytes) => Some(match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => error.as_bytes().iter().fold("0x".to_owned(), |text, byte| text + &format!("{byte:02x}")),
        }),
        other => Some(other.as_sql(true).trim_matches('\'').to_owned()),
    };
    row.unwrap_raw().into_iter().map(|value| value.and_then(text)).collect()
}
