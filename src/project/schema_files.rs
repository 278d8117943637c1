//! Schema and seed files: which are meant, and their text.

use std::path::{Path, PathBuf};

use super::error::ProjectResult;
use super::read::{self, unreadable};
use super::walk::is_sql_file;

/// The texts of `paths`, a folder standing for its `*.sql` files in order of their paths, those in folders within it too.
///
/// # Errors
/// What cannot be read, and what git left a conflict in.
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
        let text = read::text(&path)?;
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
