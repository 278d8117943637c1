//! Require and verify queries as statements that return their rows and then fail if there are any: in the middle of a message, only
//! an error of the server keeps the rest including COMMIT from running. Also standalone queries.

use super::errors::ConnectionError;
use super::version_guard::quote_literal;
use super::wire::{ResponseListener, WireConnection, WireReply};
use crate::database::{QueryFinding, QueryOutcome, QueryRows, SHOWN_ROWS, SectionQuery, ServerError};

/// Part of the server's error message if a query found rows.
const FOUND: &str = "aludel: a query that must find nothing found rows";

/// Builds the statement. The branches of UNION ALL run one after the other. The condition of the second one is a cast
/// that fails; it refers to the row, so that the planner cannot evaluate it before there is one. No value of a row
/// becomes part of the error message, because the server's log would keep it.
pub(super) fn fence(query: &str) -> String {
    let limit = SHOWN_ROWS + 1;
    format!(
        "WITH aludel_found AS MATERIALIZED (\n{query}\n) (SELECT * FROM aludel_found LIMIT {limit}) UNION ALL (SELECT * FROM \
         aludel_found WHERE CAST({} || pg_catalog.left(aludel_found::text, 0) AS integer) = 1 LIMIT 1)",
        quote_literal(FOUND)
    )
}

/// Builds the query for a separate message: the client checks its rows before it sends the next statement.
pub(super) fn plain(query: &str) -> String {
    let limit = SHOWN_ROWS + 1;
    format!("WITH aludel_found AS MATERIALIZED (\n{query}\n) SELECT * FROM aludel_found LIMIT {limit}")
}

/// Error that [`fence`] would have raised for the rows returned by [`plain`].
pub(super) fn found() -> ConnectionError {
    let (message, sqlstate) = (FOUND.to_owned(), Some("22P02".to_owned()));
    ConnectionError::Server {
        error: ServerError { message, sqlstate, ..ServerError::default() },
        position: None,
        fatal: false,
    }
}

/// Returns the meaning of an error raised by [`fence`].
pub(super) fn finding(query: SectionQuery, trouble: &ConnectionError, rows: Option<QueryRows>) -> Option<QueryFinding> {
    let ConnectionError::Server { error, fatal: false, .. } = trouble else { return None };
    let is_ours = error.sqlstate.as_deref() == Some("22P02") && error.message.contains(FOUND);
    let found =
        if is_ours { QueryOutcome::Rows(rows.unwrap_or_default()) } else { QueryOutcome::Refused(error.clone()) };
    Some(QueryFinding { query, found })
}

/// Returns the rows that a failed statement returned before its error.
pub(super) fn rows(reply: &mut WireReply) -> QueryRows {
    let rows = std::mem::take(&mut reply.unfinished);
    QueryRows { columns: std::mem::take(&mut reply.columns), rows, has_more: reply.has_more }
}

/// Lock timeout of a query: even the size of a table cannot be queried while another session holds an exclusive lock on
/// it.
const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '5s'";

/// Runs one query in a read-only transaction: one round trip, and one more if it fails.
pub(super) fn query(link: &mut WireConnection<'_>, sql: &str, limit: usize) -> Result<QueryRows, ConnectionError> {
    let message = format!("BEGIN READ ONLY;\n{LOCK_TIMEOUT};\n{sql}\n;\nROLLBACK");
    let mut reply = link.say(&message, &mut Limited(limit));
    if let Some(trouble) = reply.trouble.take() {
        // Ignores errors: a lost connection has rolled back by itself.
        let _ = link.run_query("ROLLBACK");
        return Err(trouble);
    }
    let rows = if reply.results.len() > 2 { reply.results.swap_remove(2) } else { Vec::new() };
    Ok(QueryRows { columns: reply.columns, rows, has_more: reply.has_more })
}

struct Limited(usize);

impl ResponseListener for Limited {
    fn wants_rows(&self) -> bool {
        true
    }

    fn limit(&self) -> usize {
        self.0
    }
}
