//! The folder that backups are kept in: names, finding one, throwing old ones away.

use std::path::{Path, PathBuf};

use super::Order;
use super::error::BackupError;
use super::part::remove;
use super::record::{self, Record};

/// A backup on the shelf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The file or folder.
    pub path: PathBuf,
    /// What stands beside it.
    pub record: Record,
}

/// What the names of a service's backups begin with.
pub(super) fn prefix(service: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || "._".contains(c) { c } else { '_' };
    // A name must not begin with a dot: such files are no backups.
    format!("{}-", service.chars().map(plain).collect::<String>().trim_start_matches('.'))
}

/// A name that no backup has yet: service, time, how it is written, what it went through.
pub(super) fn new_path(order: &Order<'_>, created: &str, ending: &str) -> PathBuf {
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

/// The backup that `name` says: a path, a name in `folder`, or `latest` of the service.
///
/// # Errors
/// [`BackupError::NotFound`], [`BackupError::NoRecord`].
pub fn find(name: &str, folder: &Path, service: Option<&str>) -> Result<Backup, BackupError> {
    let mine =
        || known(folder).into_iter().filter(|backup| service.is_none_or(|service| backup.record.service == service));
    if name == "latest"
        && let Some(newest) = mine().next()
    {
        return Ok(newest);
    }
    let places = [PathBuf::from(name), folder.join(name)];
    match places.into_iter().find(|path| path.exists() && path != folder) {
        Some(path) => Ok(Backup { record: Record::read(&path)?, path }),
        None => Err(BackupError::NotFound {
            name: name.to_owned(),
            folder: folder.to_owned(),
            known: mine().map(|backup| file_name(&backup.path)).collect(),
        }),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// All backups of a folder that have their record, newest first.
fn known(folder: &Path) -> Vec<Backup> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let backup = |path: PathBuf| {
        let is_hidden = file_name(&path).starts_with('.');
        let record = (!is_hidden && record::path(&path).exists()).then(|| Record::read(&path).ok()).flatten()?;
        Some(Backup { path, record })
    };
    let mut backups: Vec<_> = entries.filter_map(backup).collect();
    backups.sort_by(|a, b| (&b.record.created, &b.path).cmp(&(&a.record.created, &a.path)));
    backups
}

/// Throws away all but the newest `keep` of the service's backups of this database; `new` always stays.
pub(super) fn prune(folder: &Path, new: &Backup, keep: usize) -> (Vec<PathBuf>, Vec<String>) {
    let (mut removed, mut warnings) = (Vec::new(), Vec::new());
    let same = |backup: &Backup| {
        (&backup.record.service, &backup.record.database) == (&new.record.service, &new.record.database)
    };
    for old in known(folder).into_iter().filter(same).skip(keep).filter(|backup| backup.path != new.path) {
        // Without its record a backup is none: that goes last, so that what is left half removed is found again.
        let gone = remove(&old.path).and_then(|()| std::fs::remove_file(record::path(&old.path)));
        match gone {
            Ok(()) => removed.push(old.path),
            Err(error) => warnings.push(format!("{} could not be removed: {error}", old.path.display())),
        }
    }
    (removed, warnings)
}
