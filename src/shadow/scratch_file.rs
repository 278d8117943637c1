//! Temporary SQLite files for other programs. Each has a locked file beside it. The operating system releases the lock
//! with the process, which distinguishes the leftovers of a killed process from files in use.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::error::ProofError;

const PREFIX: &str = "aludel-shadow-";

/// Temporary file, removed with the value.
#[derive(Debug)]
pub(super) struct ScratchFile {
    pub(super) path: PathBuf,
    lock_path: PathBuf,
    _lock: File,
}

impl ScratchFile {
    /// Removes the leftovers of dead processes and reserves a path in the system's folder of temporary files.
    pub(super) fn new() -> Result<Self, ProofError> {
        let folder = std::env::temp_dir();
        sweep(&folder);
        make(&folder).map_err(|error| ProofError::File { path: folder, error })
    }
}

fn make(folder: &Path) -> io::Result<ScratchFile> {
    let named = tempfile::Builder::new().prefix(PREFIX).suffix(".lock").tempfile_in(folder)?;
    named.as_file().lock()?;
    let (lock, lock_path) = named.keep().map_err(|error| error.error)?;
    Ok(ScratchFile { path: lock_path.with_extension("db"), lock_path, _lock: lock })
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
fn sweep(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if !(name.starts_with(PREFIX) && name.ends_with(".lock")) {
            continue;
        }
        if let Ok(file) = File::open(&path)
            && file.try_lock().is_ok()
            && is_old_enough(&file)
        {
            remove(&path.with_extension("db"));
            let _ = fs::remove_file(&path);
        }
    }
}

/// Returns `true` if the file is at least five seconds old. A younger one may have been created by another process that
/// has not locked it yet.
fn is_old_enough(file: &File) -> bool {
    let age = file.metadata().and_then(|data| data.modified()).ok().and_then(|time| time.elapsed().ok());
    age.is_some_and(|age| age.as_secs() >= 5)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_a_dead_process_left_is_swept_and_what_is_in_use_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let alive = make(folder.path()).unwrap();
        let dead = folder.path().join(format!("{PREFIX}dead.lock"));
        fs::write(&dead, "").unwrap();
        fs::write(dead.with_extension("db"), "x").unwrap();
        let long_ago = std::time::SystemTime::UNIX_EPOCH;
        File::options().write(true).open(&dead).unwrap().set_modified(long_ago).unwrap();
        alive._lock.set_modified(long_ago).unwrap();
        sweep(folder.path());
        assert!(!dead.exists() && !dead.with_extension("db").exists());
        assert!(alive.lock_path.exists());
        let path = alive.lock_path.clone();
        drop(alive);
        assert!(!path.exists());
    }
}
