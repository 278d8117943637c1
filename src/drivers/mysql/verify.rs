//! Read-only queries, and the check of require and verify queries.

use mysql::prelude::Queryable as _;
use mysql::{Conn, Row, Value};

use super::errors::{is_connection_lost, is_interrupt_number, plain, server_error};
use crate::database::{
    FailureCause, QueryFinding, QueryOutcome, QueryRows, RevisionExecution, SHOWN_ROWS, SectionQuery, StepFailure,
};
use crate::hexadecimal::hexadecimal;

/// Returns the first `limit` rows of a query, in a read-only transaction.
pub(super) fn query(conn: &mut Conn, sql: &str, limit: usize) -> Result<QueryRows, mysql::Error> {
    conn.query_drop("START TRANSACTION READ ONLY")?;
    let rows = read_rows(conn, sql, limit);
    // The error of a failed query takes precedence over that of ROLLBACK.
    let ended = conn.query_drop("ROLLBACK");
    let rows = rows?;
    ended.map(|()| rows)
}

/// Runs a query of the unit that must return no rows, in its transaction if it has one open.
pub(super) fn check(conn: &mut Conn, unit: &RevisionExecution<'_>, query: SectionQuery) -> Result<(), StepFailure> {
    let Some(sql) = unit.query(query) else { return Ok(()) };
    let found = match read_rows(conn, sql, SHOWN_ROWS) {
        Ok(rows) if rows.rows.is_empty() => return Ok(()),
        Ok(rows) => QueryOutcome::Rows(rows),
        Err(error) if is_connection_lost(&error) => {
            return Err(StepFailure::new(0, FailureCause::ConnectionLost(plain(&error))));
        }
        Err(error) => QueryOutcome::Refused(server_error(&error)),
    };
    let is_cancel = match &found {
        QueryOutcome::Refused(error) => error.number.is_some_and(is_interrupt_number),
        QueryOutcome::Rows(_) => false,
    };
    let cause = QueryFinding { query, found }.into_cause();
    Err(StepFailure { is_cancel, ..StepFailure::new(0, cause) })
}

/// Runs a query. The driver reads a result to its end in any case.
fn read_rows(conn: &mut Conn, sql: &str, limit: usize) -> Result<QueryRows, mysql::Error> {
    let mut found = QueryRows::default();
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

/// Converts a row; in the text protocol every value is text.
fn texts(row: Row) -> Vec<Option<String>> {
    let text = |value: Value| match value {
        Value::NULL => None,
        Value::Bytes(bytes) => Some(match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => format!("0x{}", hexadecimal(error.as_bytes())),
        }),
        other => Some(other.as_sql(true).trim_matches('\'').to_owned()),
    };
    row.unwrap_raw().into_iter().map(|value| value.and_then(text)).collect()
}
