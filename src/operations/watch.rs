//! One observation of a database after a deploy: checks, lock waits, long queries, connections, sizes. Reports what
//! exceeds its limits.

use std::time::Duration;

use super::checks::{Verdict, run_checks};
use crate::config::Check;
use crate::database::{ConnectionCount, Database, DatabaseError, QueryRows, TableSize};
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
    /// Number of open connections, if the server reports it.
    pub connections: Option<ConnectionCount>,
    /// Largest tables.
    pub sizes: Vec<TableSize>,
    /// Exceeded limits, one line each.
    pub breaches: Vec<String>,
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
    let driver = database.driver();
    seen.waiting = driver.lock_waits(database, limits.wait)?;
    seen.long = driver.long_queries(database, limits.query)?;
    seen.connections = driver.connections(database)?;
    seen.sizes = driver.largest_tables(database, SHOWN_TABLES)?;
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
    let is_beyond = |count: &ConnectionCount| count.open * 100 > count.limit * limits.connections;
    if let Some(ConnectionCount { open, limit }) = seen.connections.filter(is_beyond) {
        breaches.push(format!("{open} of {limit} connections are open"));
    }
    breaches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaches_are_what_is_beyond_a_limit() {
        let limits = WatchLimits { wait: Duration::from_secs(10), query: Duration::from_secs(60), connections: 90 };
        let mut seen =
            Observation { connections: Some(ConnectionCount { open: 90, limit: 100 }), ..Observation::default() };
        assert!(breaches(&seen, limits).is_empty());
        seen.connections = Some(ConnectionCount { open: 91, limit: 100 });
        assert_eq!(breaches(&seen, limits), ["91 of 100 connections are open"]);
        seen.long.rows.push(Vec::new());
        assert_eq!(breaches(&seen, limits).len(), 2);
    }
}
