//! The runners' lock: a file beside the database with a lock of the operating system, which is released with the
//! process. The database file itself is never opened here, because closing a second descriptor of it would release
//! SQLite's own locks (<https://www.sqlite.org/howtocorrupt.html>, "POSIX advisory locks canceled by a separate thread
//! doing close()").

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::database::{LockHolder, VersionTable};
use crate::system::file::{LOCK_FILES_ARE_REMOVED, leads_to};

/// An acquired lock, released on drop.
#[derive(Debug)]
pub(super) struct FileLock {
    file: File,
    path: PathBuf,
}

/// Returns the path of the lock file: beside the database, one for each version table. Follows symbolic links, so that
/// all names of a database share one lock.
pub(super) fn path(database: &Path, table: &VersionTable) -> io::Result<PathBuf> {
    let database = real_path(database)?;
    let mut name = database.file_name().unwrap_or_default().to_os_string();
    let schema = table.schema.as_deref().filter(|schema| !schema.eq_ignore_ascii_case("main"));
    // SQLite's table names are case-insensitive.
    let full = format!("{}{}", schema.map_or_else(String::new, |schema| format!("{schema}.")), table.name);
    name.push(format!("-{}.lock", file_name(&full.to_ascii_lowercase())));
    Ok(database.with_file_name(name))
}

fn real_path(database: &Path) -> io::Result<PathBuf> {
    if database.exists() {
        return database.canonicalize();
    }
    let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    Ok(folder.canonicalize()?.join(database.file_name().unwrap_or_default()))
}

/// Escapes all characters that are not allowed in file names on every system.
fn file_name(text: &str) -> String {
    text.bytes().fold(String::new(), |name, byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' => name + &char::from(byte).to_string(),
        _ => name + &format!("%{byte:02x}"),
    })
}

/// Tries to acquire the lock at `path`, and writes `description` into the file for waiting processes.
pub(super) fn attempt(path: &Path, description: &str) -> io::Result<Result<FileLock, LockHolder>> {
    loop {
        let mut file = open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Err(holder(&mut file))),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        // The previous holder may have removed the file after it was opened and before it was locked here. Then another
        // process would lock a new file of the same name: try again with that one.
        if leads_to(path, &file) {
            // The description is optional: another user's file cannot be written, but it is locked all the same.
            let _ = describe(&mut file, description);
            return Ok(Ok(FileLock { file, path: path.to_owned() }));
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    match opened {
        Err(error) if is_not_ours_to_write(&error) && path.exists() => File::open(path),
        other => other,
    }
}

/// Returns whether the file belongs to another user, or the file system is mounted read-only.
fn is_not_ours_to_write(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

fn describe(file: &mut File, description: &str) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(description.as_bytes())
}

fn holder(file: &mut File) -> LockHolder {
    let mut text = String::new();
    // With mandatory locks (Windows) a locked file cannot be read.
    let _ = file.read_to_string(&mut text);
    let since = file.metadata().and_then(|metadata| metadata.modified()).ok();
    let since = since.and_then(|time| jiff::Timestamp::try_from(time).ok());
    let since = since.map_or_else(String::new, |time| format!(" since {time:.0}"));
    let who = if text.trim().is_empty() { "another process" } else { text.trim() };
    LockHolder { description: format!("{who}{since}"), end: None }
}

impl FileLock {
    /// Returns whether the locked file is still the one that others would lock.
    pub(super) fn is_held(&self) -> bool {
        leads_to(&self.path, &self.file)
    }
}

impl Drop for FileLock {
    /// Removes the file while it is locked. That is safe, because whoever locks it next checks whether it still has its
    /// name. The lock ends when the file is closed.
    fn drop(&mut self) {
        if LOCK_FILES_ARE_REMOVED && self.is_held() {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_second_one_is_told_who_holds_it_and_gets_it_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lock");
        let first = attempt(&path, "pid 1").unwrap().unwrap();
        let holder = attempt(&path, "pid 2").unwrap().unwrap_err();
        assert!(holder.description.starts_with("pid 1 since 2"), "{holder:?}");
        drop(first);
        assert!(!path.exists());
        assert!(attempt(&path, "pid 2").unwrap().is_ok());
    }

    #[test]
    fn a_file_left_by_a_dead_process_is_no_lock() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lock");
        std::fs::write(&path, "pid 1, dead for a long time").unwrap();
        let lock = attempt(&path, "pid 2").unwrap().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "pid 2");
        assert!(lock.is_held());
    }

    #[test]
    fn many_at_once_never_hold_it_together() {
        use std::sync::atomic::{AtomicUsize, Ordering};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.lock");
        let (inside, taken) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while taken.load(Ordering::SeqCst) < 50 {
                        if let Ok(_lock) = attempt(&path, "x").unwrap() {
                            assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                            (0..20).for_each(|_| std::thread::yield_now());
                            taken.fetch_add(1, Ordering::SeqCst);
                            inside.fetch_sub(1, Ordering::SeqCst);
                        }
                    }
                });
            }
        });
    }

    #[test]
    fn each_version_table_has_its_own_file() {
        let folder = tempfile::tempdir().unwrap();
        let of = |schema: Option<&str>, name: &str| {
            let table = VersionTable { schema: schema.map(str::to_owned), name: name.to_owned() };
            path(&folder.path().join("a.db"), &table).unwrap().file_name().unwrap().to_owned()
        };
        assert_eq!(of(None, "aludel_version"), "a.db-aludel_version.lock");
        assert_eq!(of(Some("main"), "Aludel_version"), "a.db-aludel_version.lock");
        assert_eq!(of(None, "a/ö"), "a.db-a%2f%c3%b6.lock");
    }
}
