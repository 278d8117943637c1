//! The runners' lock: a session advisory lock, so that a lost connection loses the lock and the work together. Polled
//! instead of awaited: a backend that waits inside `pg_advisory_lock()` holds a snapshot, and a `CREATE INDEX
//! CONCURRENTLY` of the lock's holder would wait for that snapshot, which is a deadlock.

use sha2::{Digest as _, Sha256};

use super::wire::WireRows;
use crate::database::{LockHolder, ServerError, VersionTable};

/// Returns the key. Advisory locks are local to a database, so the database's name is not part of the key; schema and
/// version table are.
pub(super) fn key(table: &VersionTable) -> i64 {
    let mut hash = Sha256::new();
    for part in ["aludel lock", table.schema.as_deref().unwrap_or_default(), &table.name] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().take(8).fold(0, |key, byte| (key << 8) | i64::from(*byte))
}

/// Statement that prepares the session of a runner.
///
/// The server detects within two seconds that this client is gone, where it can (PostgreSQL 14 and later on Linux) and
/// unless the setting has been changed. A role's timeouts for idle sessions and transactions (PostgreSQL 9.6, 14 and
/// 17) must not end a runner that waits for another one or for its lock; limits of statements stay. On a silent
/// network, which the first check does not detect, the server closes the session after two minutes instead of the
/// system's two hours.
///
/// A query instead of a `DO` block, because the language plpgsql may be dropped or not available to everyone. The check
/// for Linux is needed because version 14 refuses any interval but 0 elsewhere, and a query cannot catch that error.
pub(super) const SET_UP: &str = "SELECT CASE \
     WHEN pg_catalog.current_setting('client_connection_check_interval', true) = '0' AND pg_catalog.version() LIKE '%linux%' \
     THEN pg_catalog.set_config('client_connection_check_interval', '2s', false) END, CASE \
     WHEN pg_catalog.current_setting('idle_session_timeout', true) <> '0' \
     THEN pg_catalog.set_config('idle_session_timeout', '0', false) END, CASE \
     WHEN pg_catalog.current_setting('idle_in_transaction_session_timeout', true) <> '0' \
     THEN pg_catalog.set_config('idle_in_transaction_session_timeout', '0', false) END, CASE \
     WHEN pg_catalog.current_setting('transaction_timeout', true) <> '0' \
     THEN pg_catalog.set_config('transaction_timeout', '0', false) END, CASE \
     WHEN pg_catalog.version() LIKE '%linux%' AND CAST(pg_catalog.current_setting('tcp_keepalives_idle') AS integer) > 60 \
     THEN pg_catalog.set_config('tcp_keepalives_idle', '60', false) || pg_catalog.set_config('tcp_keepalives_interval', '10', false) \
     || pg_catalog.set_config('tcp_keepalives_count', '6', false) END";

/// Two statements: one attempt to acquire the lock, and a query for its holder.
pub(super) fn try_lock(key: i64) -> String {
    // Shows a runner's query from behind the guard on, which would fill the line.
    // pg_locks shows a bigint key as two halves (manual, "pg_locks").
    let (high, low) = (key >> 32 & 0xFFFF_FFFF, key & 0xFFFF_FFFF);
    format!(
        "SELECT pg_catalog.pg_try_advisory_lock({key}), pg_catalog.pg_backend_pid();\n\
         SELECT a.pid, a.usename, a.application_name, coalesce(host(a.client_addr), 'a local socket'), \
         to_char(a.backend_start AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS \"UTC\"'), a.state, \
         left(regexp_replace(coalesce(nullif(substring(a.query FROM 'without the lock \\*/\\s*;\\s*(.*)$'), ''), a.query), '\\s+', ' ', 'g'), 120) \
         FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid \
         WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
         AND l.classid::bigint = {high} AND l.objid::bigint = {low} \
         AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())"
    )
}

/// Returns the process that holds the lock now if [`try_lock`] succeeded.
pub(super) fn taken(rows: Option<&WireRows>) -> Option<i64> {
    let row = rows?.first()?;
    (row.first()?.as_deref() == Some("t")).then_some(())?;
    row.get(1)?.as_deref()?.parse().ok()
}

/// Returns the holder from the second result of [`try_lock`].
pub(super) fn holder(rows: Option<&WireRows>) -> LockHolder {
    let Some(row) = rows.and_then(|rows| rows.first()) else {
        return LockHolder { description: "a runner that has just released it".to_owned(), end: None };
    };
    let column = |index: usize| row.get(index).and_then(Option::as_deref).filter(|text| !text.is_empty());
    let mut description = format!("process {}", column(0).unwrap_or("?"));
    for (label, index) in [("user", 1), ("application", 2), ("from", 3), ("connected since", 4)] {
        if let Some(value) = column(index) {
            description = format!("{description}, {label} {value}");
        }
    }
    if let Some(query) = column(6) {
        let word = if column(5) == Some("active") { "runs" } else { "last ran" };
        description = format!("{description}, {word}: {query}");
    }
    let process = column(0).and_then(|process| process.parse().ok());
    LockHolder { description, end: process.map(end) }
}

/// Statement that terminates the session of `process`, which releases its locks.
pub(super) fn end(process: i64) -> String {
    format!("SELECT pg_terminate_backend({process});")
}

/// Error for a session other than the one that acquired the lock, whose process is `holder`.
pub(super) fn lost(message: &str, holder: Option<i64>) -> ServerError {
    let orphaned = holder.map(|process| {
        format!(
            " The pooler still has the session that holds the lock, process {process}; this ends it: {}",
            end(process)
        )
    });
    ServerError {
        message: message.to_owned(),
        detail: Some(
            "There seems to be a connection pooler in transaction mode in between: each transaction may go to another session."
                .to_owned()
                + &orphaned.unwrap_or_default(),
        ),
        hint: Some(
            "Connect to the server itself, or through a pool in session mode; or set `lock: lease` in the config."
                .to_owned(),
        ),
        ..ServerError::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_table_has_its_own_key() {
        let table = |schema: Option<&str>, name: &str| VersionTable {
            schema: schema.map(str::to_owned),
            name: name.to_owned(),
        };
        let keys = [key(&table(None, "a")), key(&table(Some("a"), "")), key(&table(Some("s"), "a"))];
        assert!(keys[0] != keys[1] && keys[1] != keys[2] && keys[0] != keys[2]);
        assert_eq!(keys[0], key(&table(None, "a")));
    }
}
