//! A verify query as a statement that first gives its rows and then fails, when there are any: in the middle of a message that
//! goes on to COMMIT, only a failure of the server's keeps the rest from running. And queries by themselves.

use super::errors::Trouble;
use super::fence::text;
use super::link::{Link, Listener, Reply};
use crate::database::{Finding, Found, Rows, SHOWN_ROWS, ServerError};

/// Stands in the server's message when a verify query found rows.
const FOUND: &str = "aludel: the verify query found rows";

/// The statement. The branches of UNION ALL run one after the other, and the condition of the second one, which looks at
/// the row so that it is not worked out before there is one, is a cast that fails. No value of a row
/// gets into the message, as the server's log would keep it.
pub(super) fn fence(query: &str) -> String {
    let limit = SHOWN_ROWS + 1;
    format!(
        "WITH aludel_found AS MATERIALIZED (\n{query}\n) (SELECT * FROM aludel_found LIMIT {limit}) UNION ALL (SELECT * FROM \
         aludel_found WHERE CAST({} || pg_catalog.left(aludel_found::text, 0) AS integer) = 1 LIMIT 1)",
        text(FOUND)
    )
}

/// The same query where each statement is sent by itself: what it gives is looked at before the next one.
pub(super) fn plain(query: &str) -> String {
    let limit = SHOWN_ROWS + 1;
    format!("WITH aludel_found AS MATERIALIZED (\n{query}\n) SELECT * FROM aludel_found LIMIT {limit}")
}

/// What the server would say of rows that [`plain`] gave, had it been asked with [`fence`].
pub(super) fn found() -> Trouble {
    let (message, sqlstate) = (FOUND.to_owned(), Some("22P02".to_owned()));
    Trouble::Server { error: ServerError { message, sqlstate, ..ServerError::default() }, position: None, fatal: false }
}

/// What the failure of the statement that [`fence`] made means.
pub(super) fn finding(query: usize, trouble: &Trouble, rows: Option<Rows>) -> Option<Finding> {
    let Trouble::Server { error, fatal: false, .. } = trouble else { return None };
    let is_ours = error.sqlstate.as_deref() == Some("22P02") && error.message.contains(FOUND);
    let found = if is_ours { Found::Rows(rows.unwrap_or_default()) } else { Found::Refused(error.clone()) };
    Some(Finding { query, found })
}

/// The rows that a failed statement gave before it failed.
pub(super) fn rows(reply: &mut Reply) -> Rows {
    let rows = std::mem::take(&mut reply.unfinished);
    Rows { columns: std::mem::take(&mut reply.columns), rows, has_more: reply.has_more }
}

/// How long a query waits for a lock. Even asking for a table's size waits for whoever has it locked against everything.
const LOCK_TIMEOUT: &str = "SET LOCAL lock_timeout = '5s'";

/// Asks one query in a transaction that can only read: one round trip, and one more when it is refused.
pub(super) fn query(link: &mut Link<'_>, sql: &str, limit: usize) -> Result<Rows, Trouble> {
    let message = format!("BEGIN READ ONLY;\n{LOCK_TIMEOUT};\n{sql}\n;\nROLLBACK");
    let mut reply = link.say(&message, &mut Limited(limit));
    if let Some(trouble) = reply.trouble.take() {
        // A connection that is gone has rolled back.
        let _ = link.ask("ROLLBACK");
        return Err(trouble);
    }
    let rows = if reply.results.len() > 2 { reply.results.swap_remove(2) } else { Vec::new() };
    Ok(Rows { columns: reply.columns, rows, has_more: reply.has_more })
}

struct Limited(usize);

impl Listener for Limited {
    fn wants_rows(&self) -> bool {
        true
    }

    fn limit(&self) -> usize {
        self.0
    }
}
