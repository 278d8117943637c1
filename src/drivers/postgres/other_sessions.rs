//! Other sessions of the server: open transactions, waits for locks, long queries.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::database::refusable::{cell, first_accepted, try_query, try_value};
use crate::database::statements::text_literal;
use crate::database::{ConnectionCount, Database, DatabaseError, OpenTransactions, QueryRows, TouchedTables};
use crate::sql::{Dialect, TableName, qualified};

/// Index of the column `holds` in the rows of [`open_transactions`].
const HOLDS: usize = 5;

/// Reads the transactions that are open for longer than `age`, each with the touched tables that it has locked. A
/// statement that changes a table, or locks it against writes, may have to wait for any transaction that has used it.
pub(super) fn open_transactions(
    database: &mut dyn Database,
    touched: &TouchedTables<'_>,
    age: Duration,
) -> Result<OpenTransactions, DatabaseError> {
    let locked = regclasses(&touched.locked);
    // An ACCESS EXCLUSIVE lock of another session blocks readers as well, so it matters for all tables that are named.
    let named = regclasses(&touched.named);
    let sql = format!(
        "SELECT a.pid, a.usename AS \"user\", a.application_name AS application, \
         extract(epoch FROM clock_timestamp() - a.xact_start)::bigint AS seconds, a.state, \
         (SELECT string_agg(DISTINCT l.relation::regclass::text, ', ') FROM pg_catalog.pg_locks l \
          WHERE l.pid = a.pid AND l.granted \
          AND (l.relation IN ({locked}) OR (l.mode = 'AccessExclusiveLock' AND l.relation IN ({named}))) \
          AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())) AS holds, \
         left(regexp_replace(a.query, '\\s+', ' ', 'g'), 60) AS query \
         FROM pg_catalog.pg_stat_activity a WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() \
         AND a.xact_start < clock_timestamp() - interval '{} seconds' ORDER BY a.xact_start",
        age.as_secs_f64()
    );
    let Some(rows) = try_query(database, &sql)? else { return Ok(OpenTransactions::Refused) };
    let blocking = rows.rows.iter().filter(|row| !cell(row, HOLDS).is_empty()).count();
    Ok(OpenTransactions::Listed { rows, blocking })
}

/// Returns the tables as a list for `IN`.
fn regclasses(tables: &[&TableName]) -> String {
    let dialect = Dialect::POSTGRES;
    let regclass = |table: &&TableName| {
        let name = qualified(table.schema.as_deref(), &table.name, dialect);
        format!("to_regclass({})", text_literal(dialect, &name))
    };
    let all: BTreeSet<_> = tables.iter().map(regclass).collect();
    if all.is_empty() { "NULL".to_owned() } else { all.into_iter().collect::<Vec<_>>().join(", ") }
}

/// Reads the sessions that wait for a lock for longer than `limit`, each with those that it waits for.
pub(super) fn lock_waits(database: &mut dyn Database, limit: Duration) -> Result<QueryRows, DatabaseError> {
    let sql = format!(
        "SELECT a.pid, a.usename AS \"user\", a.application_name AS application, \
         extract(epoch FROM clock_timestamp() - a.query_start)::bigint AS seconds, \
         left(regexp_replace(a.query, '\\s+', ' ', 'g'), 60) AS query, b.pid AS waits_for, b.state, \
         left(regexp_replace(b.query, '\\s+', ' ', 'g'), 60) AS its_query FROM pg_catalog.pg_stat_activity a \
         JOIN pg_catalog.pg_stat_activity b ON b.pid = ANY (pg_blocking_pids(a.pid)) \
         WHERE a.datname = current_database() AND a.wait_event_type = 'Lock' \
         AND a.query_start < clock_timestamp() - interval '{} seconds' ORDER BY a.query_start, b.pid",
        limit.as_secs_f64()
    );
    first_accepted(database, &[sql])
}

/// Reads the queries that run for longer than `limit`.
pub(super) fn long_queries(database: &mut dyn Database, limit: Duration) -> Result<QueryRows, DatabaseError> {
    let sql = format!(
        "SELECT pid, usename AS \"user\", application_name AS application, \
         extract(epoch FROM clock_timestamp() - query_start)::bigint AS seconds, state, \
         left(regexp_replace(query, '\\s+', ' ', 'g'), 60) AS query FROM pg_catalog.pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' \
         AND backend_type = 'client backend' \
         AND query_start < clock_timestamp() - interval '{} seconds' ORDER BY query_start",
        limit.as_secs_f64()
    );
    first_accepted(database, &[sql])
}

/// Reads the number of open connections and their maximum.
pub(super) fn connections(database: &mut dyn Database) -> Result<Option<ConnectionCount>, DatabaseError> {
    let open = "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'";
    let limit = "SELECT setting FROM pg_catalog.pg_settings WHERE name = 'max_connections'";
    let (open, limit) = (try_value(database, open)?, try_value(database, limit)?);
    Ok(ConnectionCount::from_texts(open, limit))
}
