//! SQLite: the backup API writes a file beside the others, and copies one over the database in a single transaction.

use std::path::{Path, PathBuf};

use super::error::{BackupError, Refusal};
use super::{Order, Phase, Watch};
#[cfg(feature = "sqlite")]
use crate::database::sqlite::{self, Onto, Pages};
#[cfg(feature = "sqlite")]
use crate::database::{DatabaseError, ServerError};

/// The database's file.
pub(super) fn database_file(order: &Order<'_>) -> Result<PathBuf, BackupError> {
    match order.url()?.path() {
        Some(path) if path.as_os_str() != ":memory:" => Ok(path.to_owned()),
        _ => Err(Refusal::InMemory.into()),
    }
}

/// Copies a whole database; `watch` sees bytes, a page being about as large as `size` says. `go_on` is asked again and again,
/// with true before the copy is committed: where it says no, all is as it was, and the copy counts as interrupted.
#[cfg(feature = "sqlite")]
pub(super) fn copy(
    from: &Path,
    to: &Path,
    phase: Phase,
    watch: &dyn Watch,
    go_on: &mut dyn FnMut(bool) -> bool,
) -> Result<(), BackupError> {
    let onto = if phase == Phase::Dumping { Onto::NewFile } else { Onto::Database };
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

/// There is no SQLite here that could.
#[cfg(not(feature = "sqlite"))]
pub(super) fn copy(
    _from: &Path,
    _to: &Path,
    _phase: Phase,
    _watch: &dyn Watch,
    _go_on: &mut dyn FnMut(bool) -> bool,
) -> Result<(), BackupError> {
    Err(crate::database::left_out(crate::sql::Dialect::Sqlite).into())
}

/// SQLITE_IOERR and SQLITE_FULL (<https://www.sqlite.org/rescode.html>): the low byte of an extended code is the plain one.
#[cfg(feature = "sqlite")]
fn is_of_the_disk(error: &ServerError) -> bool {
    error.number.is_some_and(|number| matches!(number & 0xFF, 10 | 13))
}
