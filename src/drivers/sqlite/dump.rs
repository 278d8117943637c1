//! Dumps and restores with the backup API, which copies a whole database in a single transaction.

use std::path::{Path, PathBuf};

use super::{SqliteDriver, copy, readable};
use crate::config::DatabaseUrl;
use crate::database::dump::{ContentsRequest, CopyProgress, CopyTarget, DatabaseContents, DumpMethod, FileCopier};
use crate::database::{Database, DatabaseError, DumpError, Dumper, ServerError};

impl Dumper for SqliteDriver {
    fn dump_method(&self) -> DumpMethod {
        DumpMethod::Copy(&Self)
    }

    fn dump_formats(&self) -> &'static [&'static str] {
        &["sqlite"]
    }

    fn dumped_tables(&self) -> Option<&'static str> {
        Some("SELECT NULL, name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    }

    fn read_contents(
        &self,
        database: &mut dyn Database,
        request: &ContentsRequest<'_>,
    ) -> Result<DatabaseContents, DumpError> {
        Ok(readable::contents(database, request)?)
    }
}

impl FileCopier for SqliteDriver {
    fn format(&self) -> &'static str {
        "sqlite"
    }

    fn ending(&self) -> &'static str {
        "db"
    }

    fn database_file(&self, url: &DatabaseUrl) -> Result<PathBuf, DumpError> {
        match url.path() {
            Some(path) if path.as_os_str() != ":memory:" => Ok(path.to_owned()),
            _ => Err(DumpError::InMemory),
        }
    }

    fn copy(
        &self,
        from: &Path,
        to: &Path,
        target: CopyTarget,
        go_on: &mut dyn FnMut(CopyProgress) -> bool,
    ) -> Result<bool, DumpError> {
        copy::copy(from, to, target, go_on).map_err(|error| match error {
            DatabaseError::Server(error) if is_of_the_disk(&error) => {
                DumpError::Unwritable { path: to.to_owned(), reason: error.message }
            }
            error => error.into(),
        })
    }
}

/// Returns `true` for SQLITE_IOERR and SQLITE_FULL. The low byte of an extended result code is the primary one
/// (<https://www.sqlite.org/rescode.html>).
fn is_of_the_disk(error: &ServerError) -> bool {
    error.number.is_some_and(|number| matches!(number & 0xFF, 10 | 13))
}
