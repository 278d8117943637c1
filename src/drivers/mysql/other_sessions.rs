//! Other sessions of the server: open transactions, waits for locks, long queries.

use std::time::Duration;

use crate::database::refusable::{first_accepted, try_query, try_value};
use crate::database::{ConnectionCount, Database, DatabaseError, OpenTransactions, QueryRows};

/// Reads the transactions that are open for longer than `age`. INNODB_TRX does not contain the tables that they have
/// locked, so none of them counts as blocking.
pub(super) fn open_transactions(database: &mut dyn Database, age: Duration) -> Result<OpenTransactions, DatabaseError> {
    let sql = format!(
        "SELECT t.trx_mysql_thread_id AS id, p.user AS user, p.host AS host, \
         TIMESTAMPDIFF(SECOND, t.trx_started, NOW()) AS seconds, t.trx_state AS state, t.trx_rows_locked AS rows_locked, \
         LEFT(COALESCE(t.trx_query, ''), 60) AS query \
         FROM information_schema.INNODB_TRX t LEFT JOIN information_schema.PROCESSLIST p ON p.id = t.trx_mysql_thread_id \
         WHERE t.trx_mysql_thread_id <> CONNECTION_ID() AND t.trx_started < NOW() - INTERVAL {} SECOND ORDER BY t.trx_started",
        age.as_secs()
    );
    Ok(match try_query(database, &sql)? {
        Some(rows) => OpenTransactions::Listed { rows, blocking: 0 },
        None => OpenTransactions::NotReported("not known: the user lacks the privilege PROCESS"),
    })
}

/// Reads the sessions that wait for a lock for longer than `limit`.
pub(super) fn lock_waits(database: &mut dyn Database, limit: Duration) -> Result<QueryRows, DatabaseError> {
    // The process list is the only view that always shows waits for metadata locks, and no such view shows the blocking
    // session. INNODB_TRX requires the privilege PROCESS.
    let rows = "p.id IN (SELECT t.trx_mysql_thread_id FROM information_schema.INNODB_TRX t \
                WHERE t.trx_state = 'LOCK WAIT')";
    let query = |or: &str| {
        format!(
            "SELECT p.id, p.user, p.host, p.time AS seconds, p.state, LEFT(p.info, 60) AS query \
             FROM information_schema.PROCESSLIST p WHERE p.id <> CONNECTION_ID() AND p.time >= {} \
             AND (p.state LIKE 'Waiting for%lock%'{or}) ORDER BY p.time DESC",
            limit.as_secs_f64()
        )
    };
    first_accepted(database, &[query(&format!(" OR {rows}")), query("")])
}

/// Reads the queries that run for longer than `limit`.
pub(super) fn long_queries(database: &mut dyn Database, limit: Duration) -> Result<QueryRows, DatabaseError> {
    let sql = format!(
        "SELECT id, user, host, time AS seconds, state, LEFT(info, 60) AS query FROM information_schema.PROCESSLIST \
         WHERE id <> CONNECTION_ID() AND command IN ('Query', 'Execute') AND time >= {} ORDER BY time DESC",
        limit.as_secs_f64()
    );
    first_accepted(database, &[sql])
}

/// Reads the number of open connections and their maximum.
pub(super) fn connections(database: &mut dyn Database) -> Result<Option<ConnectionCount>, DatabaseError> {
    let open = try_value(database, "SELECT COUNT(*) FROM information_schema.PROCESSLIST")?;
    let limit = try_value(database, "SELECT @@max_connections")?;
    Ok(ConnectionCount::from_texts(open, limit))
}
