//! The folder of backups: file names, lookup and deletion of old ones.

use std::path::{Path, PathBuf};

use super::BackupContext;
use super::error::BackupError;
use super::partial_file::remove;
use super::record::{self, Record};

/// An existing backup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredBackup {
    /// Path of the file or folder.
    pub path: PathBuf,
    /// Record of the backup.
    pub record: Record,
}

/// Returns the prefix of the names of a service's backups.
pub(super) fn prefix(service: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || "._".contains(c) { c } else { '_' };
    // No leading dot: hidden files are not taken for backups.
    format!("{}-", service.chars().map(plain).collect::<String>().trim_start_matches('.'))
}

/// Returns an unused path, made of service, time, format and the programs of the pipe.
pub(super) fn new_path(order: &BackupContext<'_>, created: &str, ending: &str) -> PathBuf {
    let digits: String = created.chars().filter(|c| c.is_ascii_digit() || *c == 'T').take(15).collect();
    let pipe = order.service.backup.pipe.iter().filter_map(|program| program.first());
    let endings: String = pipe.map(|program| pipe_ending(program)).collect();
    let stem = format!("{}{digits}Z", prefix(&order.service.name));
    let folder = &order.service.backup.folder;
    let path = |number: u32| {
        let number = if number == 1 { String::new() } else { format!("-{number}") };
        folder.join(format!("{stem}{number}.{ending}{endings}"))
    };
    let is_free = |path: &PathBuf| !path.exists() && !record::path(path).exists();
    (1..).map(path).find(is_free).unwrap_or_else(|| path(1))
}

fn pipe_ending(program: &str) -> &'static str {
    let name = Path::new(program).file_name().unwrap_or_default().to_string_lossy().into_owned();
    match name.as_str() {
        "gzip" | "pigz" => ".gz",
        "zstd" => ".zst",
        "xz" => ".xz",
        "bzip2" => ".bz2",
        "lz4" => ".lz4",
        "age" | "rage" => ".age",
        "gpg" | "gpg2" => ".gpg",
        "openssl" => ".enc",
        _ => ".piped",
    }
}

/// Finds a backup by its path, by its name in `folder`, or the newest one of the service (`latest`).
///
/// # Errors
/// [`BackupError::NotFound`], [`BackupError::NoRecord`].
pub fn find(name: &str, folder: &Path, service: Option<&str>) -> Result<StoredBackup, BackupError> {
    let mine = || {
        list_recorded(folder)
            .into_iter()
            .filter(|backup| service.is_none_or(|service| backup.record.service == service))
    };
    if name == "latest"
        && let Some(newest) = mine().next()
    {
        return Ok(newest);
    }
    let places = [PathBuf::from(name), folder.join(name)];
    // A pipe or a device is not a backup: it is read twice, for its checksum and for the restore.
    let is_backup = |path: &PathBuf| (path.is_file() || path.is_dir()) && path != folder;
    match places.into_iter().find(is_backup) {
        Some(path) => Ok(StoredBackup { record: Record::read(&path)?, path }),
        None => Err(BackupError::NotFound {
            name: name.to_owned(),
            folder: folder.to_owned(),
            known: mine().map(|backup| file_name(&backup.path)).collect(),
        }),
    }
}

/// Returns the backups of a service in `folder`, newest first.
#[must_use]
pub fn stored(folder: &Path, service: &str) -> Vec<StoredBackup> {
    list_recorded(folder).into_iter().filter(|backup| backup.record.service == service).collect()
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// Returns all backups of a folder that have a record, newest first.
fn list_recorded(folder: &Path) -> Vec<StoredBackup> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let backup = |path: PathBuf| {
        let is_hidden = file_name(&path).starts_with('.');
        let record = (!is_hidden && record::path(&path).exists()).then(|| Record::read(&path).ok()).flatten()?;
        Some(StoredBackup { path, record })
    };
    let mut backups: Vec<_> = entries.filter_map(backup).collect();
    backups.sort_by(|a, b| (&b.record.created, &b.path).cmp(&(&a.record.created, &a.path)));
    backups
}

/// Deletes all but the newest `keep` backups of the service and database of `new`. Never deletes `new`. Returns the
/// deleted paths, and warnings.
pub(super) fn prune(folder: &Path, new: &StoredBackup, keep: usize) -> (Vec<PathBuf>, Vec<String>) {
    let (mut removed, mut warnings) = (Vec::new(), Vec::new());
    let same = |backup: &StoredBackup| {
        (&backup.record.service, &backup.record.database) == (&new.record.service, &new.record.database)
    };
    for old in list_recorded(folder).into_iter().filter(same).skip(keep).filter(|backup| backup.path != new.path) {
        // The record goes last: a backup is found by its record, so that one which was only partly deleted is found and
        // deleted again.
        let gone = remove(&old.path).and_then(|()| std::fs::remove_file(record::path(&old.path)));
        match gone {
            Ok(()) => removed.push(old.path),
            Err(error) => warnings.push(format!("{} could not be removed: {error}", old.path.display())),
        }
    }
    (removed, warnings)
}
