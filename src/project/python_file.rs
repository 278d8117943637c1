//! Python revisions on disk: decodes files like Python and extracts the header.

use std::path::Path;

use crate::config::Service;
use crate::diagnostic::{Location, Span};
use crate::formats::alembic::{self, PythonError, PythonRevision};
use crate::revision::{DependencyReference, Header};

use super::error::{ProjectError, ProjectResult};
use super::read::{not_utf8, unreadable};

/// Result of reading a Python file.
pub(super) enum PythonFile {
    /// The file is a revision.
    Revision(Box<Header>),
    /// The file is a revision that cannot be read without running it. Holds its id if that could be read.
    Unreadable(Option<String>, Box<ProjectError>),
    /// The file is not a revision.
    Nothing,
}

/// Reads the header of a Python revision.
pub(super) fn header(path: &Path, text: String, service: &Service) -> PythonFile {
    let name = path.file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    match alembic::read(&name, &text, &service.constants) {
        Ok(Some(revision)) => PythonFile::Revision(Box::new(header_of(revision))),
        Ok(None) => PythonFile::Nothing,
        Err(error) => PythonFile::Unreadable(error.revision.clone(), wrong(path, text, error)),
    }
}

/// Reads the text of a Python file. It must be UTF-8 unless an encoding declaration names a single-byte encoding (PEP
/// 263, PEP 3120).
pub(super) fn read_python(path: &Path) -> ProjectResult<String> {
    let bytes = std::fs::read(path).map_err(|error| unreadable(path, error))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        Err(error) if has_latin_cookie(error.as_bytes()) => {
            Ok(error.as_bytes().iter().map(|byte| char::from(*byte)).collect())
        }
        Err(error) => Err(not_utf8(path, error.as_bytes(), error.utf8_error().valid_up_to())),
    }
}

/// Returns `true` if one of the first two lines declares a single-byte encoding. Such a file is decoded as Latin-1: the
/// values read from a revision are nearly always ASCII, and only characters like `€` in a message may be wrong.
fn has_latin_cookie(bytes: &[u8]) -> bool {
    let lines = bytes.split(|byte| *byte == b'\n').take(2);
    lines.filter(|line| line.starts_with(b"#")).any(|line| {
        let line = String::from_utf8_lossy(line).to_ascii_lowercase().replace('_', "-");
        let encoding =
            line.split_once("coding").map_or("", |(_, rest)| rest.trim_start_matches([':', '=']).trim_start());
        ["latin", "iso-8859", "iso8859", "cp125", "windows-125", "l1"].iter().any(|name| encoding.starts_with(name))
    })
}

fn header_of(revision: PythonRevision) -> Header {
    let PythonRevision { revision, down_revisions, depends_on, branch_labels, message, created } = revision;
    let own = |symbol| DependencyReference { service: None, symbol };
    let mut header = Header {
        down_revisions,
        depends_on: depends_on.into_iter().map(own).collect(),
        message,
        created,
        ..Header::new(revision)
    };
    header.set_branch_labels(branch_labels);
    header
}

fn wrong(path: &Path, text: String, error: PythonError) -> Box<ProjectError> {
    let span = if error.span.start > text.len() { Span::default() } else { error.span };
    let location = Location { path: path.to_owned(), text, span };
    Box::new(ProjectError::Python { location, error })
}
