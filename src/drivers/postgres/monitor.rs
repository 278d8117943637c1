//! Information about other sessions in PostgreSQL (manual, "The Cumulative Statistics System", "Progress Reporting").

use std::time::Duration;

use crate::database::DatabaseError;
use crate::database::monitor::{Blocker, Lag, LazySession, ServerProgress, SessionMonitor};
use crate::database::monitor_rows::{blockers_of, is_refusal, number};
use crate::database::session::Session;
use crate::database::statements::text_literal;
use crate::sql::Dialect;

/// Sessions to monitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SessionSelector {
    /// The session with this process id.
    Process(i64),
    /// Sessions whose application name has this prefix (behind a pooler the process changes).
    Application(String),
}

/// Monitor that reads PostgreSQL's statistics views.
pub(super) struct PostgresMonitor {
    pub(super) target: SessionSelector,
    pub(super) session: LazySession,
}

impl SessionMonitor for PostgresMonitor {
    fn blockers(&mut self) -> Result<Vec<Blocker>, DatabaseError> {
        blockers(self.session.get()?, &self.target)
    }

    fn progress(&mut self) -> Result<Option<ServerProgress>, DatabaseError> {
        progress(self.session.get()?, &self.target)
    }

    fn waiting(&mut self) -> Result<u64, DatabaseError> {
        waiting(self.session.get()?)
    }

    fn replica_lag(&mut self) -> Result<Lag, DatabaseError> {
        Ok(Lag { most: replica_lag(self.session.get()?)?, unknown: Vec::new() })
    }

    fn kill(&mut self, blocker: &Blocker) -> Result<(), DatabaseError> {
        kill(self.session.get()?, blocker.id)
    }

    fn forget(&mut self) {
        self.session.close();
    }
}

/// Returns the condition on `pg_stat_activity w` for the target.
fn condition(target: &SessionSelector) -> String {
    match target {
        SessionSelector::Process(id) => format!("w.pid = {id}"),
        SessionSelector::Application(name) => {
            let name = text_literal(Dialect::POSTGRES, name);
            format!(
                "w.datname = pg_catalog.current_database() AND w.pid <> pg_catalog.pg_backend_pid() \
                 AND pg_catalog.starts_with(w.application_name, {name}) AND w.wait_event_type = 'Lock'"
            )
        }
    }
}

/// Returns the sessions whose locks the target waits for, and those ahead of it in the queue.
fn blockers(session: &mut dyn Session, target: &SessionSelector) -> Result<Vec<Blocker>, DatabaseError> {
    let sql = format!(
        "SELECT b.pid, b.usename, b.application_name, pg_catalog.host(b.client_addr), \
         CAST(extract(epoch FROM pg_catalog.clock_timestamp() - coalesce(b.xact_start, b.backend_start)) * 1000 AS bigint), \
         b.state, b.query \
         FROM (SELECT DISTINCT pg_catalog.unnest(pg_catalog.pg_blocking_pids(w.pid)) AS pid \
         FROM pg_catalog.pg_stat_activity w WHERE {}) p \
         JOIN pg_catalog.pg_stat_activity b ON b.pid = p.pid ORDER BY b.xact_start NULLS LAST, b.pid LIMIT 20",
        condition(target)
    );
    let rows = session.run_query(&sql)?;
    Ok(rows.first().map(|rows| blockers_of(rows, true)).unwrap_or_default())
}

/// Queries of the progress views: phase, unit of work, done, total. In each, the first counter with a total is used.
const INDEX: &str = "SELECT phase, CASE WHEN blocks_total > 0 THEN 'blocks' WHEN tuples_total > 0 THEN 'tuples' ELSE 'lockers' END, \
     CASE WHEN blocks_total > 0 THEN blocks_done WHEN tuples_total > 0 THEN tuples_done ELSE lockers_done END, \
     CASE WHEN blocks_total > 0 THEN blocks_total WHEN tuples_total > 0 THEN tuples_total ELSE lockers_total END \
     FROM pg_catalog.pg_stat_progress_create_index w WHERE w.pid IN ";
const COPY: &str = "SELECT lower(command), 'bytes', bytes_processed, bytes_total FROM pg_catalog.pg_stat_progress_copy w WHERE w.pid IN ";
const VACUUM: &str = "SELECT phase, 'blocks', heap_blks_scanned, heap_blks_total FROM pg_catalog.pg_stat_progress_vacuum w WHERE w.pid IN ";
const CLUSTER: &str = "SELECT phase, 'blocks', heap_blks_scanned, heap_blks_total FROM pg_catalog.pg_stat_progress_cluster w WHERE w.pid IN ";

/// Returns the progress of a CREATE INDEX, REINDEX, COPY, VACUUM or CLUSTER of the target. (`pg_stat_progress_copy`
/// exists since version 14, so refused queries are skipped.)
fn progress(session: &mut dyn Session, target: &SessionSelector) -> Result<Option<ServerProgress>, DatabaseError> {
    let of_target = match target {
        SessionSelector::Process(id) => format!("({id})"),
        SessionSelector::Application(name) => format!(
            "(SELECT pid FROM pg_catalog.pg_stat_activity WHERE pg_catalog.starts_with(application_name, {}))",
            text_literal(Dialect::POSTGRES, name)
        ),
    };
    for view in [INDEX, COPY, VACUUM, CLUSTER] {
        match session.run_query(&format!("{view}{of_target}")) {
            Ok(rows) => {
                if let Some(progress) = rows.first().and_then(|rows| rows.first()).and_then(|row| progress_of(row)) {
                    return Ok(Some(progress));
                }
            }
            Err(error) if is_refusal(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

fn progress_of(row: &[Option<String>]) -> Option<ServerProgress> {
    let number = |index: usize| row.get(index)?.as_deref()?.parse::<u64>().ok();
    let unit = match row.get(1)?.as_deref()? {
        "blocks" => "blocks",
        "tuples" => "tuples",
        "bytes" => "bytes",
        _ => "lockers",
    };
    let phase = row.first()?.clone()?;
    Some(ServerProgress { phase, done: number(2)?, total: number(3).unwrap_or(0), unit })
}

/// Returns the number of sessions of this database that wait for a lock.
fn waiting(session: &mut dyn Session) -> Result<u64, DatabaseError> {
    let sql = "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE wait_event_type = 'Lock' \
               AND datname = pg_catalog.current_database()";
    Ok(number(session.run_query(sql)?.first()).unwrap_or(0))
}

/// Returns the replay lag of the slowest streaming replica; `None` if there is none or if it is not visible to this
/// user.
fn replica_lag(session: &mut dyn Session) -> Result<Option<Duration>, DatabaseError> {
    let sql = "SELECT CAST(extract(epoch FROM max(replay_lag)) * 1000 AS bigint) FROM pg_catalog.pg_stat_replication";
    Ok(number(session.run_query(sql)?.first()).map(Duration::from_millis))
}

fn kill(session: &mut dyn Session, id: i64) -> Result<(), DatabaseError> {
    session.run_query(&format!("SELECT pg_catalog.pg_terminate_backend({id})")).map(|_| ())
}
