//! A backup that is being written: under a name that no backup has, locked while its writer lives. Dropped before
//! [`Part::keep`], it is gone; one whose writer was killed is swept away by the next.

use std::fs::File;
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use super::digest::Sum;
use super::error::BackupError;

const ENDING: &str = ".part";

/// A file or a folder that is being written.
pub(super) struct Part {
    path: PathBuf,
    target: PathBuf,
    /// The file; for a folder, only its lock.
    file: File,
    kept: bool,
    writing_out: Option<JoinHandle<()>>,
}

impl Part {
    /// Begins the file that will be `target`.
    pub(super) fn file(target: &Path) -> Result<Self, BackupError> {
        let path = part_path(target);
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|error| BackupError::file("written", &path, &error))?;
        Self::locked(path, target, file)
    }

    /// Begins the folder that will be `target`.
    pub(super) fn folder(target: &Path) -> Result<Self, BackupError> {
        let path = part_path(target);
        let failed = |error: std::io::Error| BackupError::file("written", &path, &error);
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).map_err(failed)?;
        let file = File::open(&path).map_err(failed)?;
        Self::locked(path, target, file)
    }

    fn locked(path: PathBuf, target: &Path, file: File) -> Result<Self, BackupError> {
        let part = Self { path, target: target.to_owned(), file, kept: false, writing_out: None };
        // A file system without locks is no reason to have no backup.
        let _ = part.file.try_lock();
        Ok(part)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The file as another program's output.
    pub(super) fn output(&self) -> Result<std::process::Stdio, BackupError> {
        let file = self.file.try_clone().map_err(|error| BackupError::file("written", &self.path, &error))?;
        Ok(file.into())
    }

    /// Writes to the file, and counts it in.
    pub(super) fn write(&mut self, bytes: &[u8], sum: &mut Sum) -> Result<(), BackupError> {
        self.file.write_all(bytes).map_err(|error| BackupError::file("written", &self.path, &error))?;
        sum.add(bytes);
        Ok(())
    }

    /// What stands in the file from byte `at` on; none: nothing (yet).
    pub(super) fn read_from<'p>(&self, at: u64, piece: &'p mut [u8]) -> Result<Option<&'p [u8]>, BackupError> {
        // A handle of its own: the position of ours is where others go on writing.
        let mut read = || {
            let mut reader = File::open(&self.path)?;
            reader.seek(std::io::SeekFrom::Start(at))?;
            reader.read(piece)
        };
        let read = read().map_err(|error| BackupError::file("read", &self.path, &error))?;
        Ok(piece.get(..read).filter(|bytes| !bytes.is_empty()))
    }

    /// Lets the system write to the disk what stands in the file, while others go on; [`Part::keep`] then waits less.
    pub(super) fn write_out(&mut self) {
        if self.writing_out.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return;
        }
        // Whether it went well, the sync at the end says.
        let file = self.file.try_clone();
        self.writing_out = file.ok().map(|file| std::thread::spawn(move || drop(file.sync_data())));
    }

    /// On the disk for good, under its own name.
    pub(super) fn keep(mut self) -> Result<PathBuf, BackupError> {
        let failed = |error: std::io::Error| BackupError::file("written", &self.target, &error);
        self.file.sync_all().map_err(failed)?;
        std::fs::rename(&self.path, &self.target).map_err(failed)?;
        self.kept = true;
        // Not every file system can sync a folder; the rename is done all the same.
        let _ = self.target.parent().map(|folder| File::open(folder).and_then(|folder| folder.sync_all()));
        Ok(self.target.clone())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.kept {
            // What cannot be removed now is swept away by the next backup.
            let _ = remove(&self.path);
        }
    }
}

/// Removes a file, or a folder with its files.
pub(super) fn remove(path: &Path) -> std::io::Result<()> {
    if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) }
}

fn part_path(target: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(ENDING);
    target.with_file_name(name)
}

/// Removes what writers that were killed left in `folder` of backups whose names begin with `prefix`.
pub(super) fn sweep(folder: &Path, prefix: &str) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with(&format!(".{prefix}")) && name.contains(ENDING) && is_abandoned(&path) {
            // It is no backup, whether it can be removed or not.
            let _ = remove(&path);
        }
    }
}

fn is_abandoned(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| file.try_lock().is_ok())
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
        drop(Part::file(&target).unwrap());
        assert!(names(folder.path()).is_empty());
        let mut part = Part::file(&target).unwrap();
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
}
