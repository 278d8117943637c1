//! Atomic writing of files: a temporary file in the same folder is written, synced and renamed.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::error::{ProjectError, ProjectResult};
use super::read;
use crate::system::file::{ordinary_permissions, sync_folder};

/// Writes a new file. Never overwrites an existing one.
///
/// # Errors
/// [`ProjectError::Exists`], or [`ProjectError::Write`] with the error of the operating system.
pub fn write_new(path: &Path, text: &str) -> ProjectResult<()> {
    let temporary = temporary(path, text, None).map_err(|error| unwritable(path, error))?;
    temporary.persist_noclobber(path).map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => Box::new(ProjectError::Exists { path: path.to_owned() }),
        _ => unwritable(path, error.error),
    })?;
    sync_folder_of(path);
    read_back(path, text).inspect_err(|_| remove_all(&[path]))
}

/// Removes files after a failure, which is what is reported. A file that cannot be removed here is reported as existing
/// by the next attempt.
pub(super) fn remove_all(paths: &[&Path]) {
    paths.iter().for_each(|path| drop(fs::remove_file(path)));
}

/// Reads a new file back and compares it, so that success is reported only if the file has the intended content.
fn read_back(path: &Path, text: &str) -> ProjectResult<()> {
    if read::read_text(path)? == text {
        return Ok(());
    }
    Err(unwritable(path, io::Error::other("it reads back differently from what was written")))
}

/// Writes new files: all or none. Never overwrites an existing one.
///
/// # Errors
/// [`ProjectError::Exists`], or [`ProjectError::Write`] with the error of the operating system. If a file cannot be
/// created or read back, all are removed.
pub fn write_all_new(files: &[(&Path, &str)]) -> ProjectResult<()> {
    let mut ready = Vec::with_capacity(files.len());
    for (path, text) in files {
        // Closed immediately: there may be more files than a process may have open.
        let temporary = temporary(path, text, None).map_err(|error| unwritable(path, error))?.into_temp_path();
        ready.push((temporary, *path));
    }
    let mut written: Vec<&Path> = Vec::with_capacity(files.len());
    for (temporary, path) in ready {
        if let Err(error) = temporary.persist_noclobber(path) {
            remove_all(&written);
            return Err(match error.error.kind() {
                io::ErrorKind::AlreadyExists => Box::new(ProjectError::Exists { path: path.to_owned() }),
                _ => unwritable(path, error.error),
            });
        }
        written.push(path);
    }
    // Usually all files are in one folder, which needs only one sync.
    let mut folders = written.clone();
    folders.dedup_by_key(|path| folder_of(path).to_owned());
    folders.iter().for_each(|path| sync_folder_of(path));
    let all = files.iter().try_for_each(|(path, text)| read_back(path, text));
    all.inspect_err(|_| remove_all(&written))
}

/// Replaces a file if its content still is `expected`. Keeps its permissions.
///
/// # Errors
/// [`ProjectError::Changed`] if the content has changed, or the error of the operating system.
pub fn replace(path: &Path, expected: &str, text: &str) -> ProjectResult<()> {
    if read::read_text(path)? != expected {
        return Err(Box::new(ProjectError::Changed { path: path.to_owned() }));
    }
    // A symbolic link is kept; its target is replaced.
    let real = path.canonicalize().map_err(|error| read::unreadable(path, error))?;
    let permissions = fs::metadata(&real).map_err(|error| read::unreadable(path, error))?.permissions();
    let temporary = temporary(&real, text, Some(permissions)).map_err(|error| unwritable(path, error))?;
    temporary.persist(&real).map_err(|error| unwritable(path, error.error))?;
    sync_folder_of(&real);
    Ok(())
}

/// Replaces files, each given as path, expected content and new content: all or none.
///
/// # Errors
/// As [`replace`]. The files that were replaced before have their old content again.
pub fn replace_all(files: &[(&Path, &str, &str)]) -> ProjectResult<()> {
    for (path, expected, _) in files {
        if read::read_text(path)? != *expected {
            return Err(Box::new(ProjectError::Changed { path: (*path).to_owned() }));
        }
    }
    for (index, (path, expected, text)) in files.iter().enumerate() {
        if let Err(error) = replace(path, expected, text) {
            // The first error is returned. What cannot be undone shows in the working tree.
            let undo = |(path, expected, text): &(&Path, &str, &str)| drop(replace(path, text, expected));
            files.iter().take(index).for_each(undo);
            return Err(error);
        }
    }
    Ok(())
}

/// Deletes files: all or none.
///
/// # Errors
/// The error of the operating system. The files that were deleted before are there again, with their content.
pub fn delete_all(paths: &[&Path]) -> ProjectResult<()> {
    let mut deleted: Vec<(&Path, String)> = Vec::new();
    for path in paths {
        let removed = read::read_text(path).and_then(|text| {
            fs::remove_file(path).map_err(|error| unwritable(path, error))?;
            Ok(text)
        });
        match removed {
            Ok(text) => deleted.push((path, text)),
            Err(error) => {
                // The first error is returned. What cannot be undone shows in the working tree.
                deleted.iter().for_each(|(path, text)| drop(write_new(path, text)));
                return Err(error);
            }
        }
    }
    paths.iter().for_each(|path| sync_folder_of(path));
    Ok(())
}

/// Writes a file. Overwrites an existing one.
///
/// # Errors
/// [`ProjectError::Write`] with the error of the operating system.
pub fn write_over(path: &Path, text: &str) -> ProjectResult<()> {
    let temporary = temporary(path, text, None).map_err(|error| unwritable(path, error))?;
    temporary.persist(path).map_err(|error| unwritable(path, error.error))?;
    sync_folder_of(path);
    Ok(())
}

/// Creates a folder and its missing parents.
///
/// # Errors
/// [`ProjectError::Write`] with the error of the operating system.
pub fn make_folder(path: &Path) -> ProjectResult<()> {
    fs::create_dir_all(path).map_err(|error| unwritable(path, error))
}

fn temporary(path: &Path, text: &str, permissions: Option<fs::Permissions>) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    // Hidden, so that a concurrent reader of the folder does not take it for a revision.
    builder.prefix(".aludel-").suffix(".tmp");
    if let Some(permissions) = ordinary_permissions() {
        builder.permissions(permissions);
    }
    // Only the kind of the error is kept: its message names the temporary file, which means nothing to the user.
    let mut file = builder.tempfile_in(folder_of(path)).map_err(|error| io::Error::from(error.kind()))?;
    file.write_all(text.as_bytes())?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.as_file().sync_all()?;
    Ok(file)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Syncs the folder of the file at `path`, so that a new name survives a crash.
fn sync_folder_of(path: &Path) {
    sync_folder(folder_of(path));
}

pub(super) fn unwritable(path: &Path, error: io::Error) -> Box<ProjectError> {
    Box::new(ProjectError::Write { path: path.to_owned(), error })
}
