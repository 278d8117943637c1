//! Copies of whole databases with SQLite's backup API (<https://www.sqlite.org/backup.html>): from a database in use,
//! and into another one in a single transaction, so that a copy that is killed leaves the old content.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::errors::database_error;
use super::{BUSY_TIMEOUT, cannot_open};
use crate::database::DatabaseError;
use crate::database::dump::{CopyProgress, CopyTarget};

/// Number of pages that are copied between two calls of the callback.
const PAGES: i32 = 2_000;
const PAUSE: Duration = Duration::from_millis(20);

/// Copies the database file `from` over the content of `to`, which is created if it does not exist. Calls `go_on`
/// before each step, which returns whether to continue. Returns `false` if the copy was stopped; `to` is unchanged
/// then.
///
/// # Errors
/// When a file cannot be opened, or another program keeps it locked.
pub(super) fn copy(
    from: &Path,
    to: &Path,
    target_kind: CopyTarget,
    go_on: &mut dyn FnMut(CopyProgress) -> bool,
) -> Result<bool, DatabaseError> {
    let source =
        open(from, OpenFlags::SQLITE_OPEN_READ_WRITE).or_else(|_| open(from, OpenFlags::SQLITE_OPEN_READ_ONLY))?;
    let mut target = open(to, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    if target_kind == CopyTarget::NewFile {
        target
            .execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF")
            .map_err(|error| database_error(&error))?;
    }
    // One read transaction for all steps, because otherwise each concurrent write would restart the copy.
    source.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema").map_err(|error| database_error(&error))?;
    let backup = Backup::new(&source, &mut target).map_err(|error| database_error(&error))?;
    let mut busy_since: Option<Instant> = None;
    // Copies nothing, but determines the number of pages.
    backup.step(0).map_err(|error| database_error(&error))?;
    loop {
        let progress = backup.progress();
        let [remaining, all] = [progress.remaining, progress.pagecount].map(|pages| u64::try_from(pages).unwrap_or(0));
        let ends = progress.remaining <= PAGES;
        if !go_on(CopyProgress { done: all.saturating_sub(remaining), all, ends }) {
            return Ok(false);
        }
        match backup.step(PAGES).map_err(|error| database_error(&error))? {
            StepResult::Done => break,
            StepResult::More => busy_since = None,
            _ if busy_since.get_or_insert_with(Instant::now).elapsed() < BUSY_TIMEOUT => std::thread::sleep(PAUSE),
            _ => {
                return Err(DatabaseError::Connect {
                    message: format!("{} is locked by another program", to.display()),
                    sqlstate: None,
                });
            }
        }
    }
    drop(backup);
    if target_kind == CopyTarget::NewFile {
        // A file in WAL mode is not readable in a directory where its additional files cannot be created.
        target.execute_batch("PRAGMA journal_mode = DELETE").map_err(|error| database_error(&error))?;
    }
    Ok(true)
}

/// Copies the database of one connection over that of another, in one step. Only this process uses them.
///
/// # Errors
/// When there is not enough memory.
pub(super) fn into_memory(from: &Connection, to: &mut Connection) -> Result<(), DatabaseError> {
    let backup = Backup::new(from, to).map_err(|error| database_error(&error))?;
    backup.step(-1).map(drop).map_err(|error| database_error(&error))
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection, DatabaseError> {
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(path, flags);
    let opened = opened.and_then(|connection| connection.busy_timeout(BUSY_TIMEOUT).map(|()| connection));
    opened.map_err(|error| cannot_open(&super::DatabaseLocation::File(path.to_owned()), &error))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn database(path: &Path, sql: &str) -> Connection {
        let connection = Connection::open(path).unwrap();
        connection.execute_batch(sql).unwrap();
        connection
    }

    #[test]
    fn a_copy_that_is_stopped_leaves_the_target_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from.db"), folder.path().join("to.db"));
        let fill = "CREATE TABLE t AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 200000) \
                    SELECT x, hex(randomblob(60)) AS y FROM n";
        database(&from, fill);
        database(&to, "CREATE TABLE old (x); INSERT INTO old VALUES (1)");
        assert!(!copy(&from, &to, CopyTarget::Database, &mut |_| false).unwrap());
        let old: i64 = database(&to, "").query_row("SELECT count(*) FROM old", [], |row| row.get(0)).unwrap();
        assert_eq!(old, 1);
        assert!(copy(&from, &to, CopyTarget::Database, &mut |_| true).unwrap());
        let new: i64 = database(&to, "").query_row("SELECT count(*) FROM t", [], |row| row.get(0)).unwrap();
        assert_eq!(new, 200_000);
    }

    #[test]
    fn the_last_question_comes_before_anything_is_committed() {
        let folder = tempfile::tempdir().unwrap();
        for rows in [1, 200_000] {
            let (from, to) = (folder.path().join(format!("from{rows}.db")), folder.path().join(format!("to{rows}.db")));
            let fill = "CREATE TABLE t AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < ROWS) \
                        SELECT x, hex(randomblob(60)) AS y FROM n";
            database(&from, &fill.replace("ROWS", &rows.to_string()));
            database(&to, "CREATE TABLE old (x)");
            assert!(!copy(&from, &to, CopyTarget::Database, &mut |pages| !pages.ends).unwrap());
            let name: String =
                database(&to, "").query_row("SELECT name FROM sqlite_schema", [], |row| row.get(0)).unwrap();
            assert_eq!(name, "old");
            let mut asked = Vec::new();
            let mut note = |pages: CopyProgress| {
                asked.push(pages.ends);
                true
            };
            assert!(copy(&from, &to, CopyTarget::Database, &mut note).unwrap());
            assert_eq!(asked.iter().filter(|ends| **ends).count(), 1);
            assert_eq!(asked.last(), Some(&true));
        }
    }

    #[test]
    fn what_is_no_database_is_not_copied() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("text.db"), folder.path().join("to.db"));
        std::fs::write(&from, "a text of some length, and not a database at all".repeat(100)).unwrap();
        database(&to, "CREATE TABLE old (x)");
        assert!(copy(&from, &to, CopyTarget::Database, &mut |_| true).is_err());
        assert_eq!(
            database(&to, "").query_row("SELECT name FROM sqlite_schema", [], |row| row.get(0)),
            Ok("old".to_owned())
        );
    }
}
