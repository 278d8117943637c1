//! Backup and restore of SQLite with its backup API, which copies a whole database in a single transaction.

use std::path::{Path, PathBuf};

use super::error::{BackupError, BackupRefusal};
use super::{BackupContext, BackupPhase, BackupWatch};
#[cfg(feature = "sqlite")]
use crate::database::{DatabaseError, ServerError};
#[cfg(feature = "sqlite")]
use crate::drivers::sqlite::{self, Onto, Pages};

/// Returns the path of the database file.
pub(super) fn database_file(order: &BackupContext<'_>) -> Result<PathBuf, BackupError> {
    match order.url()?.path() {
        Some(path) if path.as_os_str() != ":memory:" => Ok(path.to_owned()),
        _ => Err(BackupRefusal::InMemory.into()),
    }
}

/// Copies a whole database. Reports progress to `watch` in bytes, estimated from the number of pages. Calls `go_on`
/// repeatedly, and with `true` before the commit. If it returns `false`, the target stays unchanged and the copy counts
/// as interrupted.
#[cfg(feature = "sqlite")]
pub(super) fn copy(
    from: &Path,
    to: &Path,
    phase: BackupPhase,
    watch: &dyn BackupWatch,
    go_on: &mut dyn FnMut(bool) -> bool,
) -> Result<(), BackupError> {
    let onto = if phase == BackupPhase::Dumping { Onto::NewFile } else { Onto::Database };
    let size = std::fs::metadata(from).map_or(0, |metadata| metadata.len());
    let mut told = |Pages { done, all, ends }| {
        watch.at(phase, size / all.max(1) * done, Some(size));
        !watch.interrupted() && go_on(ends)
    };
    match sqlite::copy(from, to, onto, &mut told) {
        Ok(true) => Ok(()),
        Ok(false) => Err(BackupError::Interrupted),
        Err(DatabaseError::Server(error)) if is_of_the_disk(&error) => {
            Err(BackupError::File { action: "written", path: to.to_owned(), reason: error.message })
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns an error: the feature `sqlite` is not enabled.
#[cfg(not(feature = "sqlite"))]
pub(super) fn copy(
    _from: &Path,
    _to: &Path,
    _phase: BackupPhase,
    _watch: &dyn BackupWatch,
    _go_on: &mut dyn FnMut(bool) -> bool,
) -> Result<(), BackupError> {
    Err(crate::drivers::left_out(crate::sql::Dialect::Sqlite).into())
}

/// Returns `true` for SQLITE_IOERR and SQLITE_FULL. The low byte of an extended result code is the primary one
/// (<https://www.sqlite.org/rescode.html>).
#[cfg(feature = "sqlite")]
fn is_of_the_disk(error: &ServerError) -> bool {
    error.number.is_some_and(|number| matches!(number & 0xFF, 10 | 13))
}
