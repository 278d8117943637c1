//! Search for the revision files of a service, in file order: folders as configured, then by path.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, DirEntry};
use std::path::{Path, PathBuf};

use crate::config::Service;
use crate::formats::alembic;

use super::error::{ProjectError, ProjectResult};
use super::read::unreadable;

/// Folder in which Python stores compiled files.
const PYTHON_CACHE: &str = "__pycache__";

/// Returns the revision files of a service: visible `*.sql` files (in any case), and the `.py` files that Alembic would
/// read.
pub(super) fn revision_files(service: &Service) -> ProjectResult<Vec<PathBuf>> {
    let mut walk = FolderWalk { recursive: service.recursive, folders: BTreeSet::new(), files: Vec::new() };
    for folder in &service.revisions {
        if !folder.is_dir() {
            let (service, path) = (service.name.clone(), folder.clone());
            return Err(Box::new(ProjectError::NoFolder { service, path }));
        }
        walk.folder(folder)?;
    }
    Ok(walk.found())
}

struct FolderWalk {
    recursive: bool,
    /// Folders read so far, as canonical paths. A folder that is listed twice or reached by a cycle of links is read
    /// once.
    folders: BTreeSet<PathBuf>,
    /// Files, those that were reached through a link with their canonical path.
    files: Vec<(PathBuf, Option<PathBuf>)>,
}

impl FolderWalk {
    fn folder(&mut self, folder: &Path) -> ProjectResult<()> {
        let real = folder.canonicalize().map_err(|error| unreadable(folder, error))?;
        if !self.folders.insert(real) {
            return Ok(());
        }
        let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<DirEntry>, _>>);
        let mut entries = entries.map_err(|error| unreadable(folder, error))?;
        entries.sort_by_cached_key(DirEntry::file_name);
        for entry in entries {
            self.entry(&entry)?;
        }
        Ok(())
    }

    fn entry(&mut self, entry: &DirEntry) -> ProjectResult<()> {
        let name = entry.file_name();
        let is_revision = is_revision_file(&name);
        if !is_revision && (!self.recursive || is_hidden(&name) || name == PYTHON_CACHE) {
            return Ok(());
        }
        let path = entry.path();
        let kind = entry.file_type().map_err(|error| unreadable(&path, error))?;
        if kind.is_symlink() {
            return self.link(path, is_revision);
        }
        if kind.is_dir() && self.recursive {
            return self.folder(&path);
        }
        if kind.is_file() && is_revision {
            self.files.push((path, None));
        }
        Ok(())
    }

    /// Follows a link.
    fn link(&mut self, path: PathBuf, is_revision: bool) -> ProjectResult<()> {
        let real = path.canonicalize().map_err(|error| unreadable(&path, error))?;
        if real.is_dir() {
            return if self.recursive { self.folder(&path) } else { Ok(()) };
        }
        if is_revision && real.is_file() {
            self.files.push((path, Some(real)));
        }
        Ok(())
    }

    /// Returns the files, each of them once. Links are judged last, because the folder of a link's target may be read
    /// after the link.
    fn found(self) -> Vec<PathBuf> {
        let Self { folders, files, .. } = self;
        let is_read_there = |real: &Path| {
            let is_folder_read = real.parent().is_some_and(|folder| folders.contains(folder));
            is_folder_read && real.file_name().is_some_and(is_revision_file)
        };
        let mut links = BTreeSet::new();
        let is_first = |(path, real): (PathBuf, Option<PathBuf>)| match real {
            Some(real) if is_read_there(&real) || !links.insert(real.clone()) => None,
            _ => Some(path),
        };
        files.into_iter().filter_map(is_first).collect()
    }
}

/// Returns `true` if the name of the path is that of a revision file.
pub(super) fn is_revision_path(path: &Path) -> bool {
    path.file_name().is_some_and(is_revision_file)
}

/// Returns `true` if a name ends with `.sql` in any case. Some file systems ignore case, and a file that is applied on
/// those must not be skipped on others.
pub(super) fn is_sql_file(name: &OsStr) -> bool {
    let end = name.as_encoded_bytes().rsplit(|byte| *byte == b'.').next();
    name.as_encoded_bytes().contains(&b'.') && end.is_some_and(|end| end.eq_ignore_ascii_case(b"sql"))
}

fn is_hidden(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b".")
}

fn is_revision_file(name: &OsStr) -> bool {
    (is_sql_file(name) && !is_hidden(name)) || alembic::is_revision_file(name.as_encoded_bytes())
}
