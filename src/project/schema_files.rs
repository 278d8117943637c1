//! Schema and seed files: which are meant, and their text.

use std::path::{Path, PathBuf};

use super::error::ProjectResult;
use super::read::{self, unreadable};

/// The texts of `paths`, a folder standing for its `*.sql` files in order of their paths, those in folders within it too.
///
/// # Errors
/// What cannot be read.
pub fn sql_files(paths: &[PathBuf]) -> ProjectResult<Vec<(PathBuf, String)>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            collect(path, &mut files)?;
        } else {
            files.push(path.clone());
        }
    }
    files.into_iter().map(|path| read::text(&path).map(|text| (path, text))).collect()
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
        } else if path.extension().is_some_and(|extension| extension == "sql") {
            files.push(path);
        }
    }
    Ok(())
}
