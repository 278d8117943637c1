//! A backup that is being written: a hidden file or folder with a temporary name, locked while its writer is alive. It
//! is deleted when dropped before [`PartialFile::keep`]; one left by a killed process is deleted by the next backup.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use super::digest::Sum;
use super::error::BackupError;
use crate::system::file::{folder_for_owner_only, for_owner_only, open_folder, sync_all, sync_folder};

const ENDING: &str = ".part";

/// Number of attempts to create a file that sweeps of other processes delete.
const ATTEMPTS: usize = 20;

/// A partially written file or folder.
pub(super) struct PartialFile {
    path: PathBuf,
    target: PathBuf,
    /// The file; for a folder, a handle that only holds its lock.
    file: File,
    kept: bool,
    writing_out: Option<JoinHandle<()>>,
}

impl PartialFile {
    /// Creates the temporary file for `target`, readable only by its owner.
    pub(super) fn file(target: &Path) -> Result<Self, BackupError> {
        Self::create(target, &|path| {
            let mut options = File::options();
            options.write(true).create_new(true);
            for_owner_only(&mut options);
            options.open(path)
        })
    }

    /// Creates the temporary folder for `target`, accessible only by its owner.
    pub(super) fn folder(target: &Path) -> Result<Self, BackupError> {
        Self::create(target, &|path| {
            let mut builder = std::fs::DirBuilder::new();
            folder_for_owner_only(&mut builder);
            builder.create(path)?;
            open_folder(path)
        })
    }

    /// Creates the temporary file or folder with `open` and locks it.
    fn create(target: &Path, open: &dyn Fn(&Path) -> std::io::Result<File>) -> Result<Self, BackupError> {
        let path = part_path(target);
        let failed = |error: std::io::Error| BackupError::file("written", &path, &error);
        for _ in 0..ATTEMPTS {
            match open(&path) {
                Ok(file) if is_secured(&file, &path) => {
                    return Ok(Self { path, target: target.to_owned(), file, kept: false, writing_out: None });
                }
                Ok(_) => {}
                // A folder may be removed before it is opened.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound && folder_exists(target) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Err(failed(std::io::Error::other("another process deletes it whenever it is created")))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the file as the standard output of another program.
    pub(super) fn output(&self) -> Result<std::process::Stdio, BackupError> {
        let file = self.file.try_clone().map_err(|error| BackupError::file("written", &self.path, &error))?;
        Ok(file.into())
    }

    /// Appends bytes to the file and to the checksum.
    pub(super) fn write(&mut self, bytes: &[u8], sum: &mut Sum) -> Result<(), BackupError> {
        self.file.write_all(bytes).map_err(|error| BackupError::file("written", &self.path, &error))?;
        sum.add(bytes);
        Ok(())
    }

    /// Reads from position `at`. Returns `None` if the file has no bytes there (yet).
    pub(super) fn read_from<'p>(&self, at: u64, piece: &'p mut [u8]) -> Result<Option<&'p [u8]>, BackupError> {
        // Opened again, because clones of a handle share one position, and that is where other programs write.
        let mut read = || {
            let mut reader = File::open(&self.path)?;
            reader.seek(std::io::SeekFrom::Start(at))?;
            reader.read(piece)
        };
        let read = read().map_err(|error| BackupError::file("read", &self.path, &error))?;
        Ok(piece.get(..read).filter(|bytes| !bytes.is_empty()))
    }

    /// Starts flushing the file to disk in the background, so that [`PartialFile::keep`] waits less at the end.
    pub(super) fn write_out(&mut self) {
        if self.writing_out.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return;
        }
        // An error is ignored here: the sync in `keep` reports it.
        let file = self.file.try_clone();
        self.writing_out = file.ok().map(|file| std::thread::spawn(move || drop(file.sync_data())));
    }

    /// Syncs the file to disk and renames it to its final name.
    pub(super) fn keep(mut self) -> Result<PathBuf, BackupError> {
        let failed = |error: std::io::Error| BackupError::file("written", &self.target, &error);
        sync_all(&self.file).map_err(failed)?;
        std::fs::rename(&self.path, &self.target).map_err(failed)?;
        self.kept = true;
        self.target.parent().iter().for_each(|folder| sync_folder(folder));
        Ok(self.target.clone())
    }
}

impl Drop for PartialFile {
    fn drop(&mut self) {
        if !self.kept {
            // A file that cannot be deleted now is deleted by the next backup.
            let _ = remove(&self.path);
        }
    }
}

/// Locks the new file at `path`. Returns `false` if a sweep of another process, which locked it first, deletes it.
fn is_secured(file: &File, path: &Path) -> bool {
    match file.try_lock() {
        Ok(()) => path.exists(),
        Err(std::fs::TryLockError::WouldBlock) => {
            // The sweep holds the lock until the file is gone.
            let _ = file.lock();
            false
        }
        // Some file systems do not support locks; that must not prevent a backup. Nothing is swept there.
        Err(std::fs::TryLockError::Error(_)) => true,
    }
}

fn folder_exists(target: &Path) -> bool {
    target.parent().is_some_and(|folder| folder.as_os_str().is_empty() || folder.is_dir())
}

/// Removes a file, or a folder with its contents.
pub(super) fn remove(path: &Path) -> std::io::Result<()> {
    if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }
}

fn part_path(target: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(ENDING);
    target.with_file_name(name)
}

/// Removes temporary files in `folder` that killed processes left behind, if their names start with `prefix`.
pub(super) fn sweep(folder: &Path, prefix: &str) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.starts_with(&format!(".{prefix}")) || !name.contains(ENDING) {
            continue;
        }
        // The lock is held until the file is gone: its writer may have created it just now, and not locked it yet.
        if let Some(_lock) = abandoned(&path) {
            // An error is ignored: a temporary file is never mistaken for a backup.
            let _ = remove(&path);
        }
    }
}

/// Returns the locked file if no writer holds its lock.
fn abandoned(path: &Path) -> Option<File> {
    let file = if path.is_dir() { open_folder(path) } else { File::open(path) }.ok()?;
    file.try_lock().is_ok().then_some(file)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    #[test]
    fn only_what_is_kept_stays_and_the_living_are_not_swept() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("app-1.sql");
        drop(PartialFile::file(&target).unwrap());
        assert!(names(folder.path()).is_empty());
        let mut part = PartialFile::file(&target).unwrap();
        sweep(folder.path(), "app-");
        part.write(b"text", &mut Sum::default()).unwrap();
        part.keep().unwrap();
        assert_eq!(names(folder.path()), ["app-1.sql"]);
        std::fs::write(folder.path().join(".app-2.sql.part"), "left").unwrap();
        std::fs::create_dir(folder.path().join(".app-3.dir.part")).unwrap();
        std::fs::write(folder.path().join(".apple-2.sql.part"), "another's").unwrap();
        sweep(folder.path(), "app-");
        assert_eq!(names(folder.path()).len(), 2);
    }

    #[test]
    fn a_sweep_between_creation_and_lock_deletes_nothing_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("app-1.sql");
        let attempts = std::cell::Cell::new(0);
        let part = PartialFile::create(&target, &|path| {
            let file = File::options().write(true).create_new(true).open(path)?;
            attempts.set(attempts.get() + 1);
            if attempts.get() == 1 {
                sweep(folder.path(), "app-");
            }
            Ok(file)
        });
        let part = part.unwrap();
        assert!(part.path().exists() && attempts.get() == 2);
        part.keep().unwrap();
    }
}
