//! Temporary database files. Each has a locked file beside it. The operating system releases the lock with the process,
//! which distinguishes the leftovers of a killed process from files in use.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use super::scratch::ScratchPurpose;
use super::scratch_database::ScratchError;
use crate::system::file::for_owner_only;

/// Number of attempts to create a file that sweeps of other processes delete.
const ATTEMPTS: usize = 20;

/// Temporary file, removed with the value.
#[derive(Debug)]
pub struct ScratchFile {
    /// Path of the file.
    pub path: PathBuf,
    lock_path: PathBuf,
    _lock: File,
}

impl ScratchFile {
    /// Removes the leftovers of dead processes and creates an empty file in the system's folder of temporary files.
    ///
    /// # Errors
    /// [`ScratchError::File`].
    pub fn new(purpose: ScratchPurpose) -> Result<Self, ScratchError> {
        let folder = std::env::temp_dir();
        sweep(&folder, purpose.file_prefix());
        make(&folder, purpose.file_prefix()).map_err(|error| ScratchError::File { path: folder, error })
    }
}

fn make(folder: &Path, prefix: &str) -> io::Result<ScratchFile> {
    for _ in 0..ATTEMPTS {
        let named = tempfile::Builder::new().prefix(prefix).suffix(".lock").tempfile_in(folder)?;
        if !is_secured(named.as_file(), named.path()) {
            continue;
        }
        let (lock, lock_path) = named.keep().map_err(|error| error.error)?;
        // Exists from here on, so that an error removes both files.
        let scratch = ScratchFile { path: lock_path.with_extension("db"), lock_path, _lock: lock };
        let mut options = File::options();
        options.write(true).create_new(true);
        // The file may hold a copy of real data. SQLite gives its journals the permissions of the database.
        for_owner_only(&mut options);
        options.open(&scratch.path)?;
        return Ok(scratch);
    }
    Err(io::Error::other("another process deletes it whenever it is created"))
}

/// Locks the new file at `path`. Returns `false` if a sweep of another process, which locked it first, deletes it.
fn is_secured(file: &File, path: &Path) -> bool {
    match file.try_lock() {
        Ok(()) => path.exists(),
        Err(TryLockError::WouldBlock) => false,
        // Some file systems do not support locks. Nothing is swept there.
        Err(TryLockError::Error(_)) => true,
    }
}

impl Drop for ScratchFile {
    fn drop(&mut self) {
        remove(&self.path);
        let _ = fs::remove_file(&self.lock_path);
    }
}

/// Removes the file and those that SQLite may have left beside it.
fn remove(path: &Path) {
    for suffix in ["", "-journal", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        // Most of these files do not exist; errors do not matter.
        let _ = fs::remove_file(PathBuf::from(name));
    }
}

/// Removes the leftovers of dead processes. Errors are ignored because a file may belong to another user.
fn sweep(folder: &Path, prefix: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !(name.starts_with(prefix) && name.ends_with(".lock")) {
            continue;
        }
        // The lock is held until the file is gone: its creator may not have locked it yet.
        if let Ok(file) = File::open(&path)
            && file.try_lock().is_ok()
        {
            remove(&path.with_extension("db"));
            let _ = fs::remove_file(&path);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const PREFIX: &str = "aludel-shadow-";

    #[test]
    fn what_a_dead_process_left_is_swept_and_what_is_in_use_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let alive = make(folder.path(), PREFIX).unwrap();
        assert!(!crate::system::file::is_open_to_others(&fs::metadata(&alive.path).unwrap()));
        let dead = folder.path().join(format!("{PREFIX}dead.lock"));
        fs::write(&dead, "").unwrap();
        fs::write(dead.with_extension("db"), "x").unwrap();
        sweep(folder.path(), PREFIX);
        assert!(!dead.exists() && !dead.with_extension("db").exists());
        assert!(alive.lock_path.exists());
        let path = alive.lock_path.clone();
        drop(alive);
        assert!(!path.exists());
    }
}
