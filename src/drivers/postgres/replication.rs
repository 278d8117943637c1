//! Replicas of the server and their lag.

use std::time::Duration;

use crate::database::refusable::{number, try_query};
use crate::database::{Database, DatabaseError, Replication};
use crate::units::format_bytes;

/// Index of the column `lag_seconds`.
const LAG: usize = 2;

/// Index of the column `behind`.
const BEHIND: usize = 3;

/// Reads the replicas that are connected.
pub(super) fn read(database: &mut dyn Database) -> Result<Replication, DatabaseError> {
    let sql = "SELECT coalesce(nullif(application_name, ''), client_addr::text, 'replica') AS replica, state, \
               coalesce(round(extract(epoch FROM replay_lag)), 0)::bigint AS lag_seconds, \
               pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint AS behind \
               FROM pg_catalog.pg_stat_replication ORDER BY 1";
    let Some(mut rows) = try_query(database, sql)? else {
        return Ok(Replication::NotReported("the server does not report replicas"));
    };
    let slowest = rows.rows.iter().filter_map(|row| number(row, LAG)).fold(0.0, f64::max);
    // Not pg_size_pretty, whose kB has 1024 bytes: all sizes of a report have the same units.
    for behind in rows.rows.iter_mut().filter_map(|row| row.get_mut(BEHIND)?.as_mut()) {
        if let Ok(bytes) = behind.parse() {
            *behind = format_bytes(bytes);
        }
    }
    Ok(Replication::Replicas { rows, lag: Duration::try_from_secs_f64(slowest).unwrap_or_default() })
}
