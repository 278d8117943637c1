//! The runners' lock: a session advisory lock, so that a lost connection loses the lock and the work together.
//! Never waited for: a backend that waits has a snapshot, and `CREATE INDEX CONCURRENTLY` would wait for the waiter.

use sha2::{Digest as _, Sha256};

use super::link::Rows;
use crate::database::{LockHolder, VersionTable};

/// Advisory locks belong to a database, so its name is not in the key; schema and version table are.
pub(super) fn key(table: &VersionTable) -> i64 {
    let mut hash = Sha256::new();
    for part in ["aludel lock", table.schema.as_deref().unwrap_or_default(), &table.name] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().take(8).fold(0, |key, byte| (key << 8) | i64::from(*byte))
}

/// Makes the server notice within two seconds that this client is gone, where it can (PostgreSQL 14 and later, not on
/// every operating system), and where nobody has set it otherwise. Behind a network that has fallen silent, which no such look
/// notices, it gives the session up after two minutes instead of the system's two hours.
pub(super) const NOTICE_LOST_CLIENTS: &str = "DO $aludel$ BEGIN \
     IF pg_catalog.current_setting('client_connection_check_interval', true) = '0' THEN \
     PERFORM pg_catalog.set_config('client_connection_check_interval', '2s', false); END IF; \
     IF CAST(pg_catalog.current_setting('tcp_keepalives_idle') AS integer) > 60 THEN \
     PERFORM pg_catalog.set_config('tcp_keepalives_idle', '60', false), \
     pg_catalog.set_config('tcp_keepalives_interval', '10', false), \
     pg_catalog.set_config('tcp_keepalives_count', '6', false); END IF; \
     EXCEPTION WHEN OTHERS THEN NULL; END $aludel$";

/// Tries once; and asks who has it. Two statements.
pub(super) fn try_lock(key: i64) -> String {
    // What a runner runs is shown from behind the fence on, which would fill the line.
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

/// Whether [`try_lock`] got it: the process that has it now.
pub(super) fn taken(rows: Option<&Rows>) -> Option<i64> {
    let row = rows?.first()?;
    (row.first()?.as_deref() == Some("t")).then_some(())?;
    row.get(1)?.as_deref()?.parse().ok()
}

/// Who has it, from the second answer to [`try_lock`].
pub(super) fn holder(rows: Option<&Rows>) -> LockHolder {
    let Some(row) = rows.and_then(|rows| rows.first()) else {
        return LockHolder { description: "somebody who has let go of it just now".to_owned() };
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
    LockHolder { description }
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
