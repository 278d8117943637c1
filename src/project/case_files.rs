//! Case files of `aludel test`: finds, reads and parses them.

use std::path::{Path, PathBuf};

use crate::config::Service;
use crate::diagnostic::{Location, Span};
use crate::revision::{CaseFile, HeaderKey, Revision, has_case_marker};
use crate::sql::Dialect;

use super::error::{ProjectError, ProjectResult};
use super::read::unreadable;
use super::schema_files::sql_files;
use super::walk::is_sql_file;

/// Name of the folder beside the revisions.
const FOLDER: &str = "tests";

/// Case file with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseSource {
    /// Path of the file.
    pub path: PathBuf,
    /// Text of the file.
    pub text: String,
    /// Parsed text.
    pub file: CaseFile,
}

impl CaseSource {
    /// Returns a position in the file.
    #[must_use]
    pub fn at(&self, span: Span) -> Location {
        Location { path: self.path.clone(), text: self.text.clone(), span }
    }

    /// Returns the text with white space in place of everything outside a span, so that positions stay what they are.
    #[must_use]
    pub fn alone(&self, span: Span) -> String {
        let is_kept = |at: usize, character: char| character == '\n' || (span.start..span.end).contains(&at);
        let shown = |(at, character): (usize, char)| {
            let (blanks, kept) =
                if is_kept(at, character) { (0, Some(character)) } else { (character.len_utf8(), None) };
            std::iter::repeat_n(' ', blanks).chain(kept)
        };
        self.text.char_indices().flat_map(shown).collect()
    }
}

/// Reads the case files of a service: those of `tests` in the config, else of the folder `tests/SERVICE` beside the
/// first folder of revisions, else of `tests` there. A folder that no config names may hold anything: a file without any
/// marker is left out, and so are subfolders.
///
/// # Errors
/// [`ProjectError`] if a file cannot be read, or is not a valid case file.
pub fn case_files(service: &Service, dialect: Dialect) -> ProjectResult<Vec<CaseSource>> {
    let paths = match &service.schema.tests {
        Some(paths) => paths.clone(),
        None => beside_revisions(service).map(|folder| marked_files(&folder)).transpose()?.unwrap_or_default(),
    };
    sql_files(&paths)?.into_iter().map(|(path, text)| parsed(path, text, dialect)).collect()
}

/// Returns `true` for a file with a marker of cases in a folder `tests`. `@upgrade` is a marker of revisions too, whose
/// whole project may be below such a folder.
#[must_use]
pub fn is_case_file(path: &Path, text: &str) -> bool {
    let is_revision = || Revision::place_of(text, HeaderKey::Revision).is_some();
    path.components().any(|part| part.as_os_str() == FOLDER) && has_case_marker(text) && !is_revision()
}

/// Returns the SQL files in a folder that have a marker, by name.
fn marked_files(folder: &Path) -> ProjectResult<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))?;
    let mut paths = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| unreadable(folder, error))?;
        let path = entry.path();
        if !is_sql_file(&entry.file_name()) || !path.is_file() {
            continue;
        }
        let bytes = std::fs::read(&path).map_err(|error| unreadable(&path, error))?;
        if std::str::from_utf8(&bytes).is_ok_and(has_case_marker) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

fn parsed(path: PathBuf, text: String, dialect: Dialect) -> ProjectResult<CaseSource> {
    match CaseFile::parse(&text, dialect) {
        Ok(file) => Ok(CaseSource { path, text, file }),
        Err(error) => {
            let location = Location { span: error.span(), path, text };
            Err(Box::new(ProjectError::CaseFile { location, error }))
        }
    }
}

fn beside_revisions(service: &Service) -> Option<PathBuf> {
    let folder = service.revisions.first()?;
    let parent = folder.parent().unwrap_or_else(|| Path::new(""));
    let candidates = [parent.join(FOLDER).join(&service.name), parent.join(FOLDER)];
    candidates.into_iter().find(|folder| folder.is_dir())
}
