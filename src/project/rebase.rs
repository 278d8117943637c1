//! Files of rebased revisions: the line `down_revision` of their headers changes and nothing else.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::config::Layout;
use crate::diagnostic::{Location, Span};
use crate::graph::RebasePlan;
use crate::id::RevisionId;
use crate::revision::{Header, HeaderKey, Revision, Section, render_header};

use super::History;
use super::error::ProjectResult;
use super::write::replace_all;

/// A revision file with another `down_revision`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebasedFile {
    pub revision: RevisionId,
    /// Path of its file.
    pub path: PathBuf,
    pub before: String,
    pub after: String,
}

/// Reason why a file cannot be rewritten.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRewritten {
    /// The order of pairs is in the names of their files.
    #[error("the order of pairs is that of their names")]
    Pairs,
    /// A revision in Python.
    #[error("revision {0} is written in Python")]
    Python(RevisionId),
    /// Its header is not a list of simple lines.
    #[error("the header has `down_revision` not on a line of its own")]
    Header(Box<Location>),
}

/// Returns the files that a rebase changes.
///
/// # Errors
/// A file cannot be read. The inner error is the reason why one cannot be rewritten.
pub fn rebased_files(history: &History, plan: &RebasePlan) -> ProjectResult<Result<Vec<RebasedFile>, NotRewritten>> {
    with_changes(history, &plan.changes)
}

/// Returns the files of these revisions with other down revisions.
pub(super) fn with_changes(
    history: &History,
    changes: &[(RevisionId, Vec<RevisionId>)],
) -> ProjectResult<Result<Vec<RebasedFile>, NotRewritten>> {
    if history.service.layout == Layout::Pairs {
        return Ok(Err(NotRewritten::Pairs));
    }
    let mut files = Vec::new();
    for (id, downs) in changes {
        let entry = history.entry(id)?;
        if entry.is_python() {
            return Ok(Err(NotRewritten::Python(id.clone())));
        }
        let read = history.read(id)?;
        let before = read.text.as_written().to_owned();
        let Some(after) = with_down_revisions(&before, downs) else {
            let span = Revision::place_of(&before, HeaderKey::DownRevision).unwrap_or(Span::new(0, 0));
            let location = Location { path: entry.path.clone(), text: before, span };
            return Ok(Err(NotRewritten::Header(Box::new(location))));
        };
        files.push(RebasedFile { revision: id.clone(), path: entry.path.clone(), before, after });
    }
    Ok(Ok(files))
}

/// Returns the text of the file with other down revisions; `None` if it would not read as the same revision otherwise.
fn with_down_revisions(text: &str, downs: &[RevisionId]) -> Option<String> {
    let revision = Revision::parse(text).ok()?;
    let wanted = Header { down_revisions: downs.to_vec(), ..revision.header.clone() };
    let name = HeaderKey::DownRevision.name();
    let line = render_header(&wanted).lines().find(|line| line.starts_with(&format!("-- {name}:"))).map(str::to_owned);
    let line = line.unwrap_or_else(|| format!("-- {name}: null"));
    let after = match Revision::place_of(text, HeaderKey::DownRevision) {
        Some(span) => format!("{}{line}{}", text.get(..span.start)?, text.get(span.end..)?),
        None => {
            let span = Revision::place_of(text, HeaderKey::Revision)?;
            let end = if text.get(span.end..)?.starts_with('\r') { "\r\n" } else { "\n" };
            format!("{}{end}{line}{}", text.get(..span.end)?, text.get(span.end..)?)
        }
    };
    let read = Revision::parse(&after).ok()?;
    let is_same = Section::ALL.iter().all(|section| read.body(*section) == revision.body(*section));
    (read.header == wanted && is_same).then_some(after)
}

impl History {
    /// Returns the history with the texts of these files instead of those on the disk. Reads all other files.
    ///
    /// # Errors
    /// A file cannot be read, or the revisions do not form a graph.
    pub fn with_files(&self, files: &[RebasedFile]) -> ProjectResult<Self> {
        self.with_texts(self.texts_with(files)?)
    }

    /// Does the same as [`History::with_files`], with new files beside them.
    ///
    /// # Errors
    /// As [`History::with_files`].
    pub fn with_files_and_new(&self, files: &[RebasedFile], new: &[(PathBuf, String)]) -> ProjectResult<Self> {
        let mut texts = self.texts_with(files)?;
        texts.extend(new.iter().map(|(path, text)| (path.clone(), Cow::Owned(text.clone()))));
        self.with_texts(texts)
    }

    /// Returns the texts of all files, with those of `files` instead of those on the disk.
    pub(super) fn texts_with(&self, files: &[RebasedFile]) -> ProjectResult<BTreeMap<PathBuf, Cow<'static, str>>> {
        let mut texts = BTreeMap::new();
        for entry in &self.entries {
            let changed = files.iter().find(|file| file.path == entry.path).map(|file| file.after.clone());
            let text = match changed {
                Some(text) => text,
                None => self.read(&entry.header.revision)?.text.as_written().to_owned(),
            };
            texts.insert(entry.path.clone(), Cow::Owned(text));
        }
        Ok(texts)
    }
}

/// Writes the files: all or none.
///
/// # Errors
/// A file was changed meanwhile or cannot be written; then all have their old texts.
pub fn write_rebased(files: &[RebasedFile]) -> ProjectResult<()> {
    let files: Vec<_> = files.iter().map(|file| (file.path.as_path(), &*file.before, &*file.after)).collect();
    replace_all(&files)
}
