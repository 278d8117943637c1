//! Permissions, identity and locks of files.

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::path::{Path, PathBuf};

/// True if the name of a locked file can be removed while others wait for it. Where it cannot, a lock file stays, and
/// its name always leads to it.
pub const LOCK_FILES_ARE_REMOVED: bool = cfg!(unix);

/// Makes the file that `options` creates readable and writable by its owner only. Elsewhere than on Unix it has the
/// access list of its folder.
pub fn for_owner_only(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

/// Makes the folder that `builder` creates accessible by its owner only, as [`for_owner_only`].
pub fn folder_for_owner_only(builder: &mut DirBuilder) {
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(builder, 0o700);
    #[cfg(not(unix))]
    let _ = builder;
}

/// Returns the permissions of an ordinary new file before the umask is applied; `None` where there is no such thing.
#[must_use]
pub fn ordinary_permissions() -> Option<Permissions> {
    #[cfg(unix)]
    return Some(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    #[cfg(not(unix))]
    None
}

/// Returns `true` if the permissions let group or others do anything with the file. Access lists are not examined: on
/// Windows the answer is `false`, as libpq's.
#[must_use]
pub fn is_open_to_others(metadata: &Metadata) -> bool {
    #[cfg(unix)]
    return std::os::unix::fs::MetadataExt::mode(metadata) & 0o077 != 0;
    #[cfg(not(unix))]
    {
        let _ = metadata;
        false
    }
}

/// Returns `true` as [`is_open_to_others`], except that root's files may be readable by a group.
#[must_use]
pub fn is_key_open_to_others(metadata: &Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let forbidden = if metadata.uid() == 0 { 0o027 } else { 0o077 };
        metadata.mode() & forbidden != 0
    }
    #[cfg(not(unix))]
    is_open_to_others(metadata)
}

/// Returns `true` if `path` still refers to the open `file`: another process may have removed it meanwhile.
#[must_use]
pub fn leads_to(path: &Path, file: &File) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        match (std::fs::metadata(path), file.metadata()) {
            (Ok(named), Ok(held)) => (named.dev(), named.ino()) == (held.dev(), held.ino()),
            _ => false,
        }
    }
    #[cfg(not(unix))]
    {
        let _ = (path, file);
        !LOCK_FILES_ARE_REMOVED
    }
}

/// Opens a folder, to lock it or to sync it.
///
/// # Errors
/// The error of the operating system.
pub fn open_folder(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true);
    #[cfg(windows)]
    {
        // CreateFileW opens folders with this flag only.
        const FILE_FLAG_BACKUP_SEMANTICS: u32 = 0x0200_0000;
        std::os::windows::fs::OpenOptionsExt::custom_flags(&mut options, FILE_FLAG_BACKUP_SEMANTICS);
    }
    options.open(path)
}

/// Syncs an open file, or a folder where the system can sync one.
///
/// # Errors
/// The error of the operating system.
pub fn sync_all(file: &File) -> io::Result<()> {
    match file.sync_all() {
        // FlushFileBuffers requires a handle with write access, which a folder cannot have.
        Err(_) if cfg!(windows) && file.metadata()?.is_dir() => Ok(()),
        result => result,
    }
}

/// Syncs a folder, so that a new name in it survives a crash. Best effort: not every system or file system can, and the
/// content of the files does not depend on it.
pub fn sync_folder(path: &Path) {
    if let Ok(folder) = open_folder(path) {
        let _ = folder.sync_all();
    }
}

/// A process that holds or awaits a lock on a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockOwner {
    pub id: i64,
    /// Name of its program.
    pub program: Option<String>,
}

/// Returns the processes other than this one that hold or await a lock on one of `paths`, from `/proc/locks` (proc(5)).
/// Systems other than Linux have no such list: there is none then.
#[must_use]
pub fn lock_owners(paths: &[PathBuf]) -> Vec<LockOwner> {
    #[cfg(target_os = "linux")]
    {
        use std::os::unix::fs::MetadataExt as _;
        let inodes: Vec<u64> = paths.iter().filter_map(|path| Some(std::fs::metadata(path).ok()?.ino())).collect();
        let text = std::fs::read_to_string("/proc/locks").unwrap_or_default();
        let own = i64::from(std::process::id());
        let owners = text.lines().filter_map(|line| lock_owner(line, &inodes)).filter(|id| *id != own);
        let owners: std::collections::BTreeSet<i64> = owners.collect();
        owners.into_iter().map(|id| LockOwner { id, program: program_name(id) }).collect()
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = paths;
        Vec::new()
    }
}

/// Parses `1: POSIX  ADVISORY  WRITE 1234 08:01:5678 0 EOF`; a waiting process has `->` after the number.
#[cfg(target_os = "linux")]
fn lock_owner(line: &str, inodes: &[u64]) -> Option<i64> {
    let words: Vec<&str> = line.split_whitespace().filter(|word| *word != "->").collect();
    let inode = words.get(5)?.rsplit(':').next()?.parse().ok()?;
    inodes.contains(&inode).then_some(())?;
    words.get(4)?.parse().ok().filter(|id| *id > 0)
}

#[cfg(target_os = "linux")]
fn program_name(id: i64) -> Option<String> {
    let name = std::fs::read_to_string(format!("/proc/{id}/comm")).ok()?;
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    #[cfg(target_os = "linux")]
    fn lines_of_proc_locks_are_read() {
        assert_eq!(lock_owner("3: POSIX  ADVISORY  WRITE 4711 fe:01:1234 1073741824 1073741825", &[1234]), Some(4711));
        assert_eq!(lock_owner("3: -> POSIX  ADVISORY  READ 4711 fe:01:1234 0 EOF", &[1234]), Some(4711));
        assert_eq!(lock_owner("3: POSIX  ADVISORY  WRITE 4711 fe:01:1235 0 EOF", &[1234]), None);
        assert_eq!(lock_owner("nonsense", &[1234]), None);
    }

    #[test]
    fn a_path_leads_to_its_file_until_another_has_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let file = File::create(&path).unwrap();
        assert!(leads_to(&path, &file));
        if LOCK_FILES_ARE_REMOVED {
            std::fs::remove_file(&path).unwrap();
            assert!(!leads_to(&path, &file));
            let _other = File::create(&path).unwrap();
            assert!(!leads_to(&path, &file));
        }
    }

    #[test]
    #[cfg(unix)]
    fn what_is_for_the_owner_is_not_open_to_others() {
        let folder = tempfile::tempdir().unwrap();
        let (inside, path) = (folder.path().join("inside"), folder.path().join("inside/file"));
        let mut builder = DirBuilder::new();
        folder_for_owner_only(&mut builder);
        builder.create(&inside).unwrap();
        let mut options = File::options();
        options.write(true).create_new(true);
        for_owner_only(&mut options);
        let file = options.open(&path).unwrap();
        assert!(!is_open_to_others(&inside.metadata().unwrap()) && !is_open_to_others(&file.metadata().unwrap()));
        file.set_permissions(ordinary_permissions().unwrap()).unwrap();
        assert!(is_open_to_others(&file.metadata().unwrap()) && is_key_open_to_others(&file.metadata().unwrap()));
    }

    #[test]
    fn a_folder_can_be_opened_and_synced() {
        let folder = tempfile::tempdir().unwrap();
        assert!(open_folder(folder.path()).is_ok());
        sync_folder(folder.path());
        sync_folder(&folder.path().join("missing"));
    }
}
