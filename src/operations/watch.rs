//! One observation of a database after a deploy: checks, lock waits, long queries, connections, sizes. Reports what
//! exceeds its limits.

use std::time::Duration;

use super::ask::{ask, ask_value};
use super::checks::{Verdict, run_checks};
use crate::config::Check;
use crate::database::{Database, DatabaseError, QueryRows};
use crate::sql::Dialect;
use crate::units::format_rough_duration;

/// Maximum number of tables to report, the largest first.
const SHOWN_TABLES: usize = 20;

/// Limits that must not be exceeded.
#[derive(Debug, Clone, Copy)]
pub struct WatchLimits {
    /// Maximum wait of a session for a lock.
    pub wait: Duration,
    /// Maximum duration of a query.
    pub query: Duration,
    /// Maximum number of open connections, in percent of the server's limit.
    pub connections: u64,
}

/// Result of an observation.
#[derive(Debug, Clone, Default)]
pub struct Observation {
    /// Results of the checks from the config.
    pub verdicts: Vec<Verdict>,
    /// Sessions that wait for a lock for longer than the limit; on PostgreSQL with the sessions that they wait for.
    pub waiting: QueryRows,
    /// Queries that run for longer than the limit.
    pub long: QueryRows,
    /// Number of open connections and the server's limit, if it reports them.
    pub connections: Option<(u64, u64)>,
    /// Largest tables.
    pub sizes: Vec<Size>,
    /// Exceeded limits, one line each.
    pub breaches: Vec<String>,
}

/// Size of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Size {
    /// Name of the table, with its schema if it is not on the search path.
    pub table: String,
    /// Approximate number of rows, if known.
    pub rows: Option<u64>,
    /// Size of the table itself in bytes.
    pub table_bytes: u64,
    /// Size of its indexes in bytes.
    pub index_bytes: u64,
}

/// Observes the database once.
///
/// # Errors
/// When the connection breaks. What the server refuses to report is left out.
pub fn observe(
    database: &mut dyn Database,
    checks: &[Check],
    limits: WatchLimits,
) -> Result<Observation, DatabaseError> {
    let mut seen = Observation { verdicts: run_checks(database, checks)?, ..Observation::default() };
    let dialect = database.server().dialect;
    seen.waiting = first_of(database, &waiting(dialect, limits.wait))?;
    seen.long = first_of(database, &long(dialect, limits.query))?;
    seen.connections = connections(database)?;
    seen.sizes = sizes(database)?;
    seen.breaches = breaches(&seen, limits);
    Ok(seen)
}

fn breaches(seen: &Observation, limits: WatchLimits) -> Vec<String> {
    let mut breaches = Vec::new();
    let wrong = seen.verdicts.iter().filter(|verdict| verdict.wrong.is_some()).count();
    if wrong > 0 {
        breaches.push(format!("{wrong} of {} checks found a problem", seen.verdicts.len()));
    }
    if !seen.waiting.rows.is_empty() {
        let (waiting, wait) = (seen.waiting.rows.len(), format_rough_duration(limits.wait));
        let wait_for = if waiting == 1 { "session waits" } else { "sessions wait" };
        breaches.push(format!("{waiting} {wait_for} for a lock for more than {wait}"));
    }
    if !seen.long.rows.is_empty() {
        let (long, time) = (seen.long.rows.len(), format_rough_duration(limits.query));
        let run_for = if long == 1 { "query runs" } else { "queries run" };
        breaches.push(format!("{long} {run_for} for more than {time}"));
    }
    if let Some((open, most)) = seen.connections.filter(|(open, most)| open * 100 > most * limits.connections) {
        breaches.push(format!("{open} of {most} connections are open"));
    }
    breaches
}

/// Returns the rows of the first query that the server does not refuse.
fn first_of(database: &mut dyn Database, questions: &[String]) -> Result<QueryRows, DatabaseError> {
    for sql in questions {
        if let Some(rows) = ask(database, sql)? {
            return Ok(rows);
        }
    }
    Ok(QueryRows::default())
}

fn waiting(dialect: Dialect, limit: Duration) -> Vec<String> {
    let seconds = limit.as_secs_f64();
    match dialect {
        Dialect::Postgres => vec![format!(
            "SELECT a.pid, a.usename AS \"user\", a.application_name AS application, \
             extract(epoch FROM clock_timestamp() - a.query_start)::bigint AS seconds, \
             left(regexp_replace(a.query, '\\s+', ' ', 'g'), 60) AS query, b.pid AS waits_for, b.state, \
             left(regexp_replace(b.query, '\\s+', ' ', 'g'), 60) AS its_query FROM pg_catalog.pg_stat_activity a \
             JOIN pg_catalog.pg_stat_activity b ON b.pid = ANY (pg_blocking_pids(a.pid)) \
             WHERE a.datname = current_database() AND a.wait_event_type = 'Lock' \
             AND a.query_start < clock_timestamp() - interval '{seconds} seconds' ORDER BY a.query_start, b.pid"
        )],
        // The process list is the only view that always shows waits for metadata locks, and no such view shows the
        // blocking session. INNODB_TRX requires the privilege PROCESS.
        Dialect::Mysql => {
            let rows = "p.id IN (SELECT t.trx_mysql_thread_id FROM information_schema.INNODB_TRX t \
                        WHERE t.trx_state = 'LOCK WAIT')";
            let question = |or: &str| {
                format!(
                    "SELECT p.id, p.user, p.host, p.time AS seconds, p.state, LEFT(p.info, 60) AS query \
                     FROM information_schema.PROCESSLIST p WHERE p.id <> CONNECTION_ID() AND p.time >= {seconds} \
                     AND (p.state LIKE 'Waiting for%lock%'{or}) ORDER BY p.time DESC"
                )
            };
            vec![question(&format!(" OR {rows}")), question("")]
        }
        Dialect::Sqlite => Vec::new(),
    }
}

fn long(dialect: Dialect, limit: Duration) -> Vec<String> {
    let seconds = limit.as_secs_f64();
    match dialect {
        Dialect::Postgres => vec![format!(
            "SELECT pid, usename AS \"user\", application_name AS application, \
             extract(epoch FROM clock_timestamp() - query_start)::bigint AS seconds, state, \
             left(regexp_replace(query, '\\s+', ' ', 'g'), 60) AS query FROM pg_catalog.pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' \
             AND backend_type = 'client backend' \
             AND query_start < clock_timestamp() - interval '{seconds} seconds' ORDER BY query_start"
        )],
        Dialect::Mysql => vec![format!(
            "SELECT id, user, host, time AS seconds, state, LEFT(info, 60) AS query FROM information_schema.PROCESSLIST \
             WHERE id <> CONNECTION_ID() AND command IN ('Query', 'Execute') AND time >= {seconds} ORDER BY time DESC"
        )],
        Dialect::Sqlite => Vec::new(),
    }
}

fn connections(database: &mut dyn Database) -> Result<Option<(u64, u64)>, DatabaseError> {
    let (open, most) = match database.server().dialect {
        Dialect::Postgres => (
            "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE backend_type = 'client backend'",
            "SELECT setting FROM pg_catalog.pg_settings WHERE name = 'max_connections'",
        ),
        Dialect::Mysql => ("SELECT COUNT(*) FROM information_schema.PROCESSLIST", "SELECT @@max_connections"),
        Dialect::Sqlite => return Ok(None),
    };
    let number = |text: Option<String>| text.and_then(|text| text.parse().ok());
    let open = number(ask_value(database, open)?);
    let most = number(ask_value(database, most)?);
    Ok(open.zip(most))
}

fn sizes(database: &mut dyn Database) -> Result<Vec<Size>, DatabaseError> {
    let questions = match database.server().dialect {
        Dialect::Postgres => {
            let question = |table: &str, indexes: &str| {
                format!(
                    "SELECT c.oid::regclass::text, CASE WHEN c.reltuples >= 0 THEN c.reltuples::bigint END, {table}, \
                     {indexes} FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
                     WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') \
                     AND n.nspname NOT LIKE 'pg_temp%' ORDER BY 3 DESC, 1 LIMIT {SHOWN_TABLES}"
                )
            };
            // The size functions wait for a session with an ACCESS EXCLUSIVE lock; the estimates in the catalog do not.
            let pages = "c.relpages::bigint * current_setting('block_size')::bigint";
            let index_pages = "(SELECT coalesce(sum(i.relpages), 0)::bigint * current_setting('block_size')::bigint \
                               FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid \
                               WHERE x.indrelid = c.oid)";
            vec![question("pg_table_size(c.oid)", "pg_indexes_size(c.oid)"), question(pages, index_pages)]
        }
        Dialect::Mysql => vec![format!(
            "SELECT table_name, table_rows, data_length, index_length FROM information_schema.tables \
             WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' \
             ORDER BY data_length + index_length DESC, 1 LIMIT {SHOWN_TABLES}"
        )],
        Dialect::Sqlite => vec![format!(
            "SELECT t.name, NULL, (SELECT sum(pgsize) FROM dbstat WHERE name = t.name), \
             coalesce((SELECT sum(d.pgsize) FROM dbstat d JOIN sqlite_schema i ON i.name = d.name \
             WHERE i.type = 'index' AND i.tbl_name = t.name), 0) \
             FROM sqlite_schema t WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY 3 DESC, 1 LIMIT {SHOWN_TABLES}"
        )],
    };
    let rows = first_of(database, &questions)?;
    let size = |row: &Vec<Option<String>>| {
        let number = |index: usize| row.get(index)?.as_deref()?.parse().ok();
        Some(Size {
            table: row.first()?.clone()?,
            rows: number(1),
            table_bytes: number(2).unwrap_or(0),
            index_bytes: number(3).unwrap_or(0),
        })
    };
    Ok(rows.rows.iter().filter_map(size).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaches_are_what_is_beyond_a_limit() {
        let limits = WatchLimits { wait: Duration::from_secs(10), query: Duration::from_secs(60), connections: 90 };
        let mut seen = Observation { connections: Some((90, 100)), ..Observation::default() };
        assert!(breaches(&seen, limits).is_empty());
        seen.connections = Some((91, 100));
        assert_eq!(breaches(&seen, limits), ["91 of 100 connections are open"]);
        seen.long.rows.push(Vec::new());
        assert_eq!(breaches(&seen, limits).len(), 2);
    }
}
