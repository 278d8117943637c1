//! Creation and removal of database files.

use std::fs;
use std::path::{Path, PathBuf};

use super::SqliteDriver;
use crate::config::DatabaseUrl;
use crate::database::DatabaseError;
use crate::database::lifecycle::DatabaseLifecycle;

impl DatabaseLifecycle for SqliteDriver {
    /// Creates an empty file, which is an empty database, and the folders above it.
    fn create_database(
        &self,
        url: &DatabaseUrl,
        _environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<bool, DatabaseError> {
        let Some(path) = file(url) else { return Ok(false) };
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let created = folder.map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::File::create_new(path));
        match created {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && path.is_file() => Ok(false),
            Err(error) => Err(failed(path, "created", &error)),
        }
    }

    /// Removes the file with its journal or write-ahead log. Lock files stay: another process may wait for one.
    fn drop_database(
        &self,
        url: &DatabaseUrl,
        _environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<bool, DatabaseError> {
        let Some(path) = file(url).filter(|path| path.exists()) else { return Ok(false) };
        fs::remove_file(path).map_err(|error| failed(path, "removed", &error))?;
        for suffix in ["-journal", "-wal", "-shm"] {
            let mut name = path.as_os_str().to_owned();
            name.push(suffix);
            // Most of these files do not exist.
            let _ = fs::remove_file(PathBuf::from(name));
        }
        Ok(true)
    }
}

/// Returns the file; `None` for a database in memory.
fn file(url: &DatabaseUrl) -> Option<&Path> {
    url.path().filter(|path| path.as_os_str() != ":memory:")
}

fn failed(path: &Path, what: &str, error: &std::io::Error) -> DatabaseError {
    DatabaseError::Connect { message: format!("{} cannot be {what}: {error}", path.display()), sqlstate: None }
}
