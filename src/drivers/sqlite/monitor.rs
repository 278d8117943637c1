//! Processes that hold locks on a file, from `/proc/locks` (proc(5)), because SQLite has no list of its own.

use std::path::PathBuf;

use crate::database::DatabaseError;
use crate::database::monitor::{Blocker, SessionMonitor};

/// Monitor of the processes that hold locks on the files of a database.
pub(super) struct FileMonitor {
    pub(super) files: Vec<PathBuf>,
}

impl SessionMonitor for FileMonitor {
    fn blockers(&mut self) -> Result<Vec<Blocker>, DatabaseError> {
        Ok(holders(&self.files))
    }
}

/// Other systems provide no such list.
#[cfg(not(target_os = "linux"))]
fn holders(_paths: &[PathBuf]) -> Vec<Blocker> {
    Vec::new()
}

/// Returns the processes other than this one that hold or await a lock on one of `paths`.
#[cfg(target_os = "linux")]
fn holders(paths: &[PathBuf]) -> Vec<Blocker> {
    use std::os::unix::fs::MetadataExt as _;
    let inodes: Vec<u64> = paths.iter().filter_map(|path| Some(std::fs::metadata(path).ok()?.ino())).collect();
    let text = std::fs::read_to_string("/proc/locks").unwrap_or_default();
    let own = i64::from(std::process::id());
    let mut ids: Vec<i64> = text.lines().filter_map(|line| holder(line, &inodes)).filter(|id| *id != own).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().map(described).collect()
}

/// Parses `1: POSIX  ADVISORY  WRITE 1234 08:01:5678 0 EOF`; a waiting process has `->` after the number.
#[cfg(target_os = "linux")]
fn holder(line: &str, inodes: &[u64]) -> Option<i64> {
    let words: Vec<&str> = line.split_whitespace().filter(|word| *word != "->").collect();
    let inode = words.get(5)?.rsplit(':').next()?.parse().ok()?;
    inodes.contains(&inode).then_some(())?;
    words.get(4)?.parse().ok().filter(|id| *id > 0)
}

#[cfg(target_os = "linux")]
fn described(id: i64) -> Blocker {
    let application = std::fs::read_to_string(format!("/proc/{id}/comm")).ok();
    let application = application.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    Blocker { id, application, is_certain: true, ..Blocker::default() }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn lines_of_proc_locks_are_read() {
        assert_eq!(holder("3: POSIX  ADVISORY  WRITE 4711 fe:01:1234 1073741824 1073741825", &[1234]), Some(4711));
        assert_eq!(holder("3: -> POSIX  ADVISORY  READ 4711 fe:01:1234 0 EOF", &[1234]), Some(4711));
        assert_eq!(holder("3: POSIX  ADVISORY  WRITE 4711 fe:01:1235 0 EOF", &[1234]), None);
        assert_eq!(holder("nonsense", &[1234]), None);
    }
}
