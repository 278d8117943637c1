//! Information about other connections in MySQL and MariaDB. The sources differ between the two, and each may be
//! disabled or not permitted: refused queries are skipped.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::database::monitor::{Blocker, Lag, LazySession, ServerProgress, SessionMonitor};
use crate::database::monitor_rows::{blockers_of, is_refusal, number};
use crate::database::session::{Opener, Session, TextRows};
use crate::database::{DatabaseError, ServerError};

/// Monitor that reads the server's list of connections and locks.
pub(super) struct MysqlMonitor {
    /// Id of the monitored connection.
    id: i64,
    session: LazySession,
    replicas: Vec<Replica>,
}

/// Replica that is queried directly, because the source does not report its lag.
struct Replica {
    name: String,
    session: LazySession,
}

impl MysqlMonitor {
    /// Creates a monitor for the connection `id`; `replicas` are queried for their lag, each with its display name.
    pub(super) fn new(id: i64, opener: Opener, replicas: Vec<(String, Opener)>) -> Self {
        let replica = |(name, opener)| Replica { name, session: LazySession::new(opener) };
        Self { id, session: LazySession::new(opener), replicas: replicas.into_iter().map(replica).collect() }
    }
}

impl SessionMonitor for MysqlMonitor {
    fn blockers(&mut self) -> Result<Vec<Blocker>, DatabaseError> {
        blockers(self.session.get()?, self.id)
    }

    fn progress(&mut self) -> Result<Option<ServerProgress>, DatabaseError> {
        progress(self.session.get()?, self.id)
    }

    fn waiting(&mut self) -> Result<u64, DatabaseError> {
        waiting(self.session.get()?)
    }

    fn replica_lag(&mut self) -> Result<Lag, DatabaseError> {
        let mut lag = Lag::default();
        for replica in &mut self.replicas {
            match replica.session.get().and_then(replica_delay) {
                Ok(delay) => lag.most = lag.most.max(Some(delay)),
                Err(error) => {
                    replica.session.close();
                    lag.unknown.push(format!("{}: {error}", replica.name));
                }
            }
        }
        Ok(lag)
    }

    fn kill(&mut self, blocker: &Blocker) -> Result<(), DatabaseError> {
        kill(self.session.get()?, blocker.id)
    }

    fn forget(&mut self) {
        self.session.close();
    }
}

/// Queries for the holders of row locks. MariaDB has `innodb_lock_waits`; MySQL 8 moved it to `performance_schema`.
const ROW_LOCKS: [&str; 2] = [
    "SELECT DISTINCT b.trx_mysql_thread_id FROM information_schema.INNODB_LOCK_WAITS w \
     JOIN information_schema.INNODB_TRX r ON r.trx_id = w.requesting_trx_id \
     JOIN information_schema.INNODB_TRX b ON b.trx_id = w.blocking_trx_id WHERE r.trx_mysql_thread_id = ",
    "SELECT DISTINCT b.trx_mysql_thread_id FROM performance_schema.data_lock_waits w \
     JOIN information_schema.INNODB_TRX r ON r.trx_id = w.REQUESTING_ENGINE_TRANSACTION_ID \
     JOIN information_schema.INNODB_TRX b ON b.trx_id = w.BLOCKING_ENGINE_TRANSACTION_ID WHERE r.trx_mysql_thread_id = ",
];

/// Queries for the holders of metadata locks: `performance_schema.metadata_locks` if it is enabled (MySQL: always,
/// MariaDB: with `performance_schema`), else MariaDB's plugin `metadata_lock_info`, which lists holders but not who
/// waits for which.
const METADATA_LOCKS: [&str; 2] = [
    "SELECT DISTINCT h.PROCESSLIST_ID FROM performance_schema.metadata_locks w \
     JOIN performance_schema.threads t ON t.THREAD_ID = w.OWNER_THREAD_ID \
     JOIN performance_schema.metadata_locks g ON g.OBJECT_TYPE = w.OBJECT_TYPE AND g.OBJECT_SCHEMA = w.OBJECT_SCHEMA \
     AND g.OBJECT_NAME = w.OBJECT_NAME AND g.LOCK_STATUS = 'GRANTED' AND g.OWNER_THREAD_ID <> w.OWNER_THREAD_ID \
     JOIN performance_schema.threads h ON h.THREAD_ID = g.OWNER_THREAD_ID \
     WHERE w.LOCK_STATUS = 'PENDING' AND h.PROCESSLIST_ID IS NOT NULL AND t.PROCESSLIST_ID = ",
    "SELECT DISTINCT m.THREAD_ID FROM information_schema.METADATA_LOCK_INFO m JOIN information_schema.PROCESSLIST p \
     ON LOCATE(m.TABLE_NAME, p.INFO) > 0 AND m.THREAD_ID <> p.ID WHERE m.TABLE_NAME <> '' AND p.ID = ",
];

/// Query for possible holders of a metadata lock: connections with an open transaction, or with a running statement in
/// the same database.
fn suspects(id: i64) -> String {
    format!(
        "SELECT trx_mysql_thread_id FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id NOT IN (0, {id}) \
         UNION SELECT p.ID FROM information_schema.PROCESSLIST p JOIN information_schema.PROCESSLIST w ON w.ID = {id} \
         WHERE p.ID NOT IN ({id}, CONNECTION_ID()) AND p.DB = w.DB AND p.COMMAND NOT IN ('Sleep', 'Daemon') \
         AND p.STATE NOT LIKE 'Waiting for%lock'"
    )
}

/// Returns the connections that hold the lock the connection `id` waits for.
fn blockers(session: &mut dyn Session, id: i64) -> Result<Vec<Blocker>, DatabaseError> {
    for sql in ROW_LOCKS {
        let found = ids(&asked(session, &format!("{sql}{id}"))?);
        if !found.is_empty() {
            return described(session, &found, true);
        }
    }
    let state = asked(session, &format!("SELECT STATE FROM information_schema.PROCESSLIST WHERE ID = {id}"))?;
    let state = state.first().and_then(|row| row.first()).cloned().flatten().unwrap_or_default();
    if !(state.starts_with("Waiting for") && state.ends_with("lock")) {
        return Ok(Vec::new());
    }
    for sql in METADATA_LOCKS {
        let found = ids(&asked(session, &format!("{sql}{id}"))?);
        if !found.is_empty() {
            return described(session, &found, true);
        }
    }
    let found = ids(&asked(session, &suspects(id))?);
    described(session, &found, false)
}

fn described(session: &mut dyn Session, ids: &BTreeSet<i64>, certain: bool) -> Result<Vec<Blocker>, DatabaseError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let list = ids.iter().map(i64::to_string).collect::<Vec<_>>().join(", ");
    let sql = |application: &str| {
        format!(
            "SELECT p.ID, p.USER, {application}, p.HOST, \
             1000 * COALESCE(TIMESTAMPDIFF(SECOND, t.trx_started, NOW()), p.TIME), \
             IF(p.COMMAND = 'Sleep' AND t.trx_started IS NOT NULL, 'idle in transaction', LOWER(p.COMMAND)), p.INFO \
             FROM information_schema.PROCESSLIST p LEFT JOIN information_schema.INNODB_TRX t ON t.trx_mysql_thread_id = p.ID \
             WHERE p.ID IN ({list}) ORDER BY 5 DESC, 1 LIMIT 20"
        )
    };
    let name = "(SELECT MAX(a.ATTR_VALUE) FROM performance_schema.session_connect_attrs a \
                WHERE a.PROCESSLIST_ID = p.ID AND a.ATTR_NAME = 'program_name')";
    let rows = match session.run_query(&sql(name)) {
        Err(error) if is_refusal(&error) => asked(session, &sql("NULL"))?,
        rows => rows?.into_iter().next().unwrap_or_default(),
    };
    Ok(blockers_of(&rows, certain))
}

/// Returns the progress of an ALTER on the connection `id`; MariaDB reports it in hundredths of a percent of a stage.
fn progress(session: &mut dyn Session, id: i64) -> Result<Option<ServerProgress>, DatabaseError> {
    let sql = format!(
        "SELECT STATE, ROUND(PROGRESS * 100), STAGE, MAX_STAGE FROM information_schema.PROCESSLIST \
         WHERE ID = {id} AND MAX_STAGE > 0"
    );
    let rows = asked(session, &sql)?;
    let Some(row) = rows.first() else { return Ok(None) };
    let text = |index: usize| row.get(index).cloned().flatten().unwrap_or_default();
    let done = text(1).parse().unwrap_or(0);
    let phase = format!("{} (stage {} of {})", text(0), text(2), text(3));
    Ok(Some(ServerProgress { phase, done, total: 10_000, unit: "of 10,000" }))
}

/// Returns the number of transactions that wait for row locks plus connections that wait for table locks.
fn waiting(session: &mut dyn Session) -> Result<u64, DatabaseError> {
    let rows = asked(session, "SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT'")?;
    let tables = asked(
        session,
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE LIKE 'Waiting for table%lock'",
    )?;
    Ok(number(Some(&rows)).unwrap_or(0) + number(Some(&tables)).unwrap_or(0))
}

/// Index of `Seconds_Behind_Source` (`Seconds_Behind_Master`) in the result of `SHOW REPLICA STATUS`, in MySQL 8 and
/// MariaDB.
const SECONDS_BEHIND: usize = 32;

/// Returns the lag that the replica itself reports; with several channels the largest. The source cannot report it: at
/// best (semi-synchronous replication) it receives the confirmation that a change has arrived, not that it is visible.
fn replica_delay(session: &mut dyn Session) -> Result<Duration, DatabaseError> {
    let rows = match session.run_query("SHOW REPLICA STATUS") {
        // Before MySQL 8.0.22 and MariaDB 10.5.
        Err(DatabaseError::Server(error)) if error.number == Some(1064) => session.run_query("SHOW SLAVE STATUS")?,
        rows => rows?,
    };
    let channels = rows.into_iter().next().unwrap_or_default();
    let seconds = channels.iter().map(|row| row.get(SECONDS_BEHIND)?.as_deref()?.parse::<u64>().ok());
    match seconds.collect::<Option<Vec<_>>>().map(|seconds| seconds.into_iter().max()) {
        Some(Some(seconds)) => Ok(Duration::from_secs(seconds)),
        Some(None) => Err(silent("it is not a replica")),
        None => Err(silent("its replication is not running")),
    }
}

fn silent(why: &str) -> DatabaseError {
    DatabaseError::Server(ServerError { message: why.to_owned(), ..ServerError::default() })
}

fn kill(session: &mut dyn Session, id: i64) -> Result<(), DatabaseError> {
    session.run_query(&format!("KILL {id}")).map(|_| ())
}

/// Returns the rows of one query; empty if the server refuses it.
fn asked(session: &mut dyn Session, sql: &str) -> Result<TextRows, DatabaseError> {
    match session.run_query(sql) {
        Ok(rows) => Ok(rows.into_iter().next().unwrap_or_default()),
        Err(error) if is_refusal(&error) => Ok(TextRows::new()),
        Err(error) => Err(error),
    }
}

fn ids(rows: &TextRows) -> BTreeSet<i64> {
    rows.iter().filter_map(|row| row.first()?.as_deref()?.parse().ok()).collect()
}
