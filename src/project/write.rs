//! Writing files whole or not at all: a temporary file in the same folder, synced, then moved to its name.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::error::{ProjectError, ProjectResult};
use super::read;

/// Writes a new file; never over one that is there.
///
/// # Errors
/// [`ProjectError::Exists`], or what the system says.
pub fn write_new(path: &Path, text: &str) -> ProjectResult<()> {
    let temporary = temporary(path, text, None).map_err(|error| unwritable(path, error))?;
    temporary.persist_noclobber(path).map_err(|error| match error.error.kind() {
        io::ErrorKind::AlreadyExists => Box::new(ProjectError::Exists { path: path.to_owned() }),
        _ => unwritable(path, error.error),
    })?;
    sync_folder(path);
    read_back(path, text)
}

/// Reads a new file and compares, so that a file is reported only when it is there as it was meant.
fn read_back(path: &Path, text: &str) -> ProjectResult<()> {
    if read::text(path)? == text {
        return Ok(());
    }
    Err(unwritable(path, io::Error::other("what is read back is not what was written")))
}

/// Writes new files: all of them, or none. Never over one that is there.
///
/// # Errors
/// [`ProjectError::Exists`], or what the system says; what was written of them is gone again.
pub fn write_all_new(files: &[(&Path, &str)]) -> ProjectResult<()> {
    let mut ready = Vec::with_capacity(files.len());
    for (path, text) in files {
        // Closed at once: there may be more of them than a process may have open.
        let temporary = temporary(path, text, None).map_err(|error| unwritable(path, error))?.into_temp_path();
        ready.push((temporary, *path));
    }
    let mut written: Vec<&Path> = Vec::with_capacity(files.len());
    for (temporary, path) in ready {
        if let Err(error) = temporary.persist_noclobber(path) {
            // The failure is what counts; a file that cannot be taken away again is told by the next attempt.
            written.iter().for_each(|path| drop(fs::remove_file(path)));
            return Err(match error.error.kind() {
                io::ErrorKind::AlreadyExists => Box::new(ProjectError::Exists { path: path.to_owned() }),
                _ => unwritable(path, error.error),
            });
        }
        written.push(path);
    }
    // They are all in one folder, or in few.
    written.dedup_by_key(|path| folder_of(path).to_owned());
    written.iter().for_each(|path| sync_folder(path));
    files.iter().try_for_each(|(path, text)| read_back(path, text))
}

/// Replaces a file that is still `expected`, keeping its permissions.
///
/// # Errors
/// [`ProjectError::Changed`] when it is something else by now, or what the system says.
pub fn replace(path: &Path, expected: &str, text: &str) -> ProjectResult<()> {
    if read::text(path)? != expected {
        return Err(Box::new(ProjectError::Changed { path: path.to_owned() }));
    }
    // A link stays one: what it leads to is replaced.
    let real = path.canonicalize().map_err(|error| read::unreadable(path, error))?;
    let permissions = fs::metadata(&real).map_err(|error| read::unreadable(path, error))?.permissions();
    let temporary = temporary(&real, text, Some(permissions)).map_err(|error| unwritable(path, error))?;
    temporary.persist(&real).map_err(|error| unwritable(path, error.error))?;
    sync_folder(&real);
    Ok(())
}

/// Writes a file, also over one that is there.
///
/// # Errors
/// What the system says.
pub fn write_over(path: &Path, text: &str) -> ProjectResult<()> {
    let temporary = temporary(path, text, None).map_err(|error| unwritable(path, error))?;
    temporary.persist(path).map_err(|error| unwritable(path, error.error))?;
    sync_folder(path);
    Ok(())
}

/// Makes a folder and those above it, where they are missing.
///
/// # Errors
/// What the system says.
pub fn make_folder(path: &Path) -> ProjectResult<()> {
    fs::create_dir_all(path).map_err(|error| unwritable(path, error))
}

fn temporary(path: &Path, text: &str, permissions: Option<fs::Permissions>) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    // Hidden, so that nobody who reads the folder meanwhile takes it for a revision.
    builder.prefix(".aludel-").suffix(".tmp");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // What an ordinary new file gets; the umask takes its part away.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    // Without the temporary file's name, which nobody knows.
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

/// Makes the new name last. Not every system can; the file itself is safe either way.
fn sync_folder(path: &Path) {
    if let Ok(folder) = File::open(folder_of(path)) {
        let _ = folder.sync_all();
    }
}

pub(super) fn unwritable(path: &Path, error: io::Error) -> Box<ProjectError> {
    Box::new(ProjectError::Write { path: path.to_owned(), error })
}
