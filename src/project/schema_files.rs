//! Schema and seed files: expands folders and reads the texts.

use std::path::{Path, PathBuf};

use super::error::ProjectResult;
use super::read::{self, unreadable};
use super::walk::is_sql_file;

/// Returns the texts of `paths`. A folder stands for all `*.sql` files in it and its subfolders, sorted by path.
///
/// # Errors
/// [`ProjectError`](super::ProjectError) if a file cannot be read or contains git's conflict markers.
pub fn sql_files(paths: &[PathBuf]) -> ProjectResult<Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            collect(path, &mut files)?;
        } else {
            files.push(path.clone());
        }
    }
    let text = |path: PathBuf| {
        let text = read::read_text(&path)?;
        read::refuse_conflict(&path, &text)?;
        Ok((path, text))
    };
    files.into_iter().map(text).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> ProjectResult<()> {
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(|error| unreadable(folder, error))?.path());
    }
    paths.sort();
    for path in paths {
        let hidden = path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
        if hidden {
            continue;
        }
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.file_name().is_some_and(is_sql_file) {
            files.push(path);
        }
    }
    Ok(())
}
