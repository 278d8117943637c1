//! Case files of `aludel test`: finds, reads and parses them.

use std::path::{Path, PathBuf};

use crate::config::Service;
use crate::diagnostic::{Location, Span};
use crate::revision::{CaseFile, has_case_marker};
use crate::sql::Dialect;

use super::error::{ProjectError, ProjectResult};
use super::schema_files::sql_files;

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
}

/// Reads the case files of a service: those of `tests` in the config, else of the folder `tests/SERVICE` beside the
/// first folder of revisions, else of `tests` there. In a folder that no config names, a file without any marker is
/// something else and left out.
///
/// # Errors
/// [`ProjectError`] if a file cannot be read, or is not a valid case file.
pub fn case_files(service: &Service, dialect: Dialect) -> ProjectResult<Vec<CaseSource>> {
    let (paths, is_configured) = match &service.schema.tests {
        Some(paths) => (paths.clone(), true),
        None => (beside_revisions(service).into_iter().collect(), false),
    };
    let files = sql_files(&paths)?.into_iter().filter(|(_, text)| is_configured || has_case_marker(text));
    files.map(|(path, text)| parsed(path, text, dialect)).collect()
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
