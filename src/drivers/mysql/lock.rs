//! The runners' lock: GET_LOCK, which the server releases with the connection.

use mysql::{Conn, Row};
use sha2::{Digest as _, Sha256};

use super::session::{send, value};
use crate::database::statements::text_literal;
use crate::database::{LockAttempt, LockHolder, VersionTable};
use crate::hexadecimal::hexadecimal;
use crate::sql::Dialect;

/// Returns the lock's name. Names are global for the server and have at most 64 characters
/// (<https://dev.mysql.com/doc/refman/8.4/en/locking-functions.html>).
pub(super) fn name(table: &VersionTable) -> String {
    let mut hash = Sha256::new();
    for part in ["aludel", table.schema.as_deref().unwrap_or_default(), &table.name] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    format!("aludel:{}", &hexadecimal(hash.finalize())[..48])
}

/// Tries to acquire the lock without waiting.
pub(super) fn attempt(conn: &mut Conn, name: &str) -> Result<LockAttempt, mysql::Error> {
    let name = text_literal(Dialect::MYSQL, name);
    let sql = format!(
        "SELECT GET_LOCK({name}, 0); SELECT IS_USED_LOCK({name}); \
         SELECT ID, USER, HOST, DB, TIME, INFO FROM information_schema.PROCESSLIST WHERE ID = IS_USED_LOCK({name})"
    );
    let outcomes = send(conn, &sql).map_err(|failed| failed.error)?;
    let row = |index: usize| outcomes.get(index).and_then(|outcome| outcome.rows.first());
    if row(0).and_then(|row| value::<i64>(row, 0)) == Some(1) {
        return Ok(LockAttempt::Acquired);
    }
    let id: Option<u64> = row(1).and_then(|row| value(row, 0));
    Ok(LockAttempt::HeldBy(row(2).map_or_else(|| unknown(id), described)))
}

/// Acquires the lock in addition to a lease, so that the next owner can find this session. Returns the session that has
/// it if that session is still executing a statement: such a statement is not in a transaction with the lease, so
/// it must not run again before it has ended. An idle session is harmless, because its next message checks the lease.
///
/// If the server refuses GET_LOCK (Percona's strict mode for clusters), there is no way to find it.
pub(super) fn mark_session(conn: &mut Conn, name: &str) -> Result<LockAttempt, mysql::Error> {
    match attempt(conn, name) {
        Err(mysql::Error::MySqlError(_)) | Ok(LockAttempt::Acquired) => Ok(LockAttempt::Acquired),
        Ok(LockAttempt::HeldBy(_)) => Ok(busy_holder(conn, name)?.map_or(LockAttempt::Acquired, LockAttempt::HeldBy)),
        Err(error) => Err(error),
    }
}

fn busy_holder(conn: &mut Conn, name: &str) -> Result<Option<LockHolder>, mysql::Error> {
    let name = text_literal(Dialect::MYSQL, name);
    let sql = format!(
        "SELECT ID, USER, HOST, DB, TIME, INFO FROM information_schema.PROCESSLIST \
         WHERE ID = IS_USED_LOCK({name}) AND COMMAND <> 'Sleep'"
    );
    let outcomes = send(conn, &sql).map_err(|failed| failed.error)?;
    let holder = outcomes.first().and_then(|outcome| outcome.rows.first()).map(described);
    Ok(holder.map(|holder| LockHolder {
        description: format!("the session of a runner that lost its lease: {}", holder.description),
        ..holder
    }))
}

/// Releases the lock. Returns `false` if it was not held.
pub(super) fn release(conn: &mut Conn, name: &str) -> Result<bool, mysql::Error> {
    let sql = format!("SELECT RELEASE_LOCK({})", text_literal(Dialect::MYSQL, name));
    let outcomes = send(conn, &sql).map_err(|failed| failed.error)?;
    let row = outcomes.first().and_then(|outcome| outcome.rows.first());
    Ok(row.and_then(|row| value::<i64>(row, 0)) == Some(1))
}

/// Describes a holder that is not in the process list: without the privilege PROCESS it shows the user's own
/// connections only.
fn unknown(id: Option<u64>) -> LockHolder {
    let description = id.map_or_else(|| "another connection".to_owned(), |id| format!("connection {id}"));
    LockHolder { description, end: id.map(end) }
}

/// Statement that terminates a connection, which releases its locks.
fn end(id: u64) -> String {
    format!("KILL {id};")
}

fn described(row: &Row) -> LockHolder {
    let text = |index: usize| value::<String>(row, index).unwrap_or_default();
    let seconds: i64 = value(row, 4).unwrap_or_default();
    let mut description = format!("connection {}, user {} from {}", text(0), text(1), text(2));
    match value::<String>(row, 5) {
        Some(query) => {
            let query: String = query.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect();
            description += &format!(", running for {seconds} s: {query}");
        }
        None => description += &format!(", idle for {seconds} s"),
    }
    LockHolder { description, end: value(row, 0).map(end) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_fits_and_tells_databases_and_tables_apart() {
        let of =
            |schema: &str, table: &str| name(&VersionTable { schema: Some(schema.to_owned()), name: table.to_owned() });
        assert!(of("a", "b").len() <= 64);
        assert_ne!(of("a", "b"), of("a", "c"));
        assert_ne!(of("ab", "c"), of("a", "bc"));
    }
}
