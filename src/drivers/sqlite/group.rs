//! Consecutive revisions that share one transaction, each in a savepoint: a commit of SQLite waits for the disk several
//! times, and a small revision takes little other time.
//!
//! A revision that fails is rolled back to its savepoint, and those before it are committed. Where the transaction
//! itself is lost (SQLite ends it after some errors, or cannot commit it), they are rolled back with it and counted in
//! [`RevisionGroup::undone`]; the runner then runs each of them again by itself.

use std::time::{Duration, Instant};

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use crate::database::{RevisionExecution, Transaction};
use crate::sql::{Dialect, StatementKind, keywords};

/// Limits of a group: what a crash loses at most, and how long others wait who want to write.
const MOST_REVISIONS: usize = 100;
const LONGEST: Duration = Duration::from_millis(200);
const MOST_BYTES: u64 = 8_000_000;

/// Statements whose effect is not the savepoint's to undo, or which could end it. `OR ROLLBACK` and `RAISE(ROLLBACK)`
/// end the transaction with all revisions in it.
const EXCLUDED: [&str; 6] = ["ATTACH", "DETACH", "VACUUM", "SAVEPOINT", "RELEASE", "ROLLBACK"];

/// The revisions of a connection that share a transaction, if one is open.
#[derive(Debug, Default)]
pub(super) struct RevisionGroup {
    open: Option<OpenGroup>,
    undone: usize,
}

#[derive(Debug)]
struct OpenGroup {
    since: Instant,
    /// Number of revisions that have run in it.
    revisions: usize,
    /// Size of the database when it began, with the log or rollback journal.
    size: u64,
    /// True while the savepoint of a revision is open.
    has_savepoint: bool,
}

/// Returns whether a revision may share a transaction.
pub(super) fn may_share(connection: &Connection, unit: &RevisionExecution<'_>) -> bool {
    // Violations of deferred foreign keys would only be found by COMMIT, which cannot name the revision. aludel does not
    // enforce foreign keys, so this is only for a build of SQLite where the setting cannot be changed.
    let has_foreign_keys = connection.db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY).unwrap_or(true);
    unit.transaction == Transaction::Own
        && !has_foreign_keys
        && !unit.statements().any(|(_, piece)| {
            matches!(piece.kind, StatementKind::Setting | StatementKind::TransactionControl)
                || keywords(piece.sql.slice(unit.text), Dialect::SQLITE).any(|word| EXCLUDED.contains(&word.as_str()))
        })
}

impl RevisionGroup {
    pub(super) const fn is_open(&self) -> bool {
        self.open.is_some()
    }

    /// Returns the number of revisions that have run in the open transaction.
    pub(super) fn revisions(&self) -> usize {
        self.open.as_ref().map_or(0, |open| open.revisions)
    }

    /// Returns the number of revisions that had run and were rolled back since [`RevisionGroup::forget_undone`].
    pub(super) const fn undone(&self) -> usize {
        self.undone
    }

    pub(super) const fn forget_undone(&mut self) {
        self.undone = 0;
    }

    /// Begins a revision: in a transaction of its own if none is open.
    pub(super) fn begin_revision(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if self.open.is_none() {
            connection.execute_batch("BEGIN IMMEDIATE")?;
            self.open = Some(OpenGroup { since: Instant::now(), revisions: 0, size: 0, has_savepoint: false });
            let size = size(connection)?;
            if let Some(open) = &mut self.open {
                open.size = size;
            }
        }
        connection.execute_batch("SAVEPOINT aludel_revision")?;
        if let Some(open) = &mut self.open {
            open.has_savepoint = true;
        }
        Ok(())
    }

    /// Ends a revision that has run. Commits the group if `commits` or if a limit is reached; if that fails, all
    /// revisions of it are rolled back.
    pub(super) fn end_revision(&mut self, connection: &Connection, commits: bool) -> rusqlite::Result<()> {
        if commits || self.is_full(connection) {
            return self.commit(connection);
        }
        connection.execute_batch("RELEASE aludel_revision")?;
        if let Some(open) = &mut self.open {
            open.revisions += 1;
            open.has_savepoint = false;
        }
        Ok(())
    }

    /// Rolls back the revision that has failed, and commits those before it.
    pub(super) fn roll_back_revision(&mut self, connection: &Connection) {
        let Some(open) = &self.open else { return };
        // What the statement's error has ended already cannot be kept.
        let kept = !connection.is_autocommit() && open.revisions > 0;
        let undo = "ROLLBACK TO aludel_revision; RELEASE aludel_revision";
        if !kept || (open.has_savepoint && connection.execute_batch(undo).is_err()) {
            self.roll_back(connection);
        } else {
            // If it fails, the revisions are counted as undone.
            let _ = self.commit(connection);
        }
    }

    /// Commits the transaction, if one is open. If that fails, all revisions of it are rolled back.
    pub(super) fn commit(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        if self.open.is_none() {
            return Ok(());
        }
        let committed = connection.execute_batch("COMMIT");
        match committed {
            Ok(()) => self.open = None,
            Err(_) => self.roll_back(connection),
        }
        committed
    }

    fn roll_back(&mut self, connection: &Connection) {
        if !connection.is_autocommit() {
            let _ = connection.execute_batch("ROLLBACK");
        }
        self.undone += self.open.take().map_or(0, |open| open.revisions);
    }

    /// Returns whether no revision may follow the one that is about to end, or that has ended.
    pub(super) fn is_full(&self, connection: &Connection) -> bool {
        self.open.as_ref().is_some_and(|open| {
            open.since.elapsed() >= LONGEST
                || open.revisions + usize::from(open.has_savepoint) >= MOST_REVISIONS
                || size(connection).map_or(true, |size| size.saturating_sub(open.size) >= MOST_BYTES)
        })
    }
}

/// Returns the bytes of the database's pages, with the open transaction, and of its log or rollback journal. Within a
/// transaction the pages grow by what is new, and the journal by the old pages that have changed. The log grows by what
/// the page cache (2 MB) cannot hold, unless it is rewritten from its start after a checkpoint: old pages that change
/// are then limited by the time only. SQLite's own count of dirty pages (`sqlite3_db_status`) is not in rusqlite.
fn size(connection: &Connection) -> rusqlite::Result<u64> {
    let number = |sql| connection.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0)).map(i64::unsigned_abs);
    let length = |path: &str, suffix: &str| std::fs::metadata(format!("{path}{suffix}")).map_or(0, |file| file.len());
    let pages = number("PRAGMA page_count")? * number("PRAGMA page_size")?;
    // A database in memory has no path, and a file not both of these.
    let path = connection.path().filter(|path| !path.is_empty());
    Ok(pages + path.map_or(0, |path| length(path, "-journal") + length(path, "-wal")))
}
