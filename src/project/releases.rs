//! Histories of earlier releases, read from git without checking them out.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::config::Service;
use crate::id::RevisionId;

use super::error::ProjectResult;
use super::git::{FileCommit, Git};
use super::included::IncludedFiles;
use super::included_in_git::GitReader;
use super::{History, read, walk};

/// Returns the tags of the repository of the service's first folder that match a pattern of git (`v*`), by version.
///
/// # Errors
/// [`ProjectError::Git`](super::ProjectError::Git).
pub fn tags(service: &Service, pattern: &str) -> ProjectResult<Vec<String>> {
    match service.revisions.first() {
        Some(folder) => Git::at(folder).tags(pattern),
        None => Ok(Vec::new()),
    }
}

/// Returns the commit that added each revision's file; revisions whose files are not committed are left out.
///
/// # Errors
/// [`ProjectError::Git`](super::ProjectError::Git), also for a folder that is in no repository.
pub fn commits(history: &History) -> ProjectResult<BTreeMap<RevisionId, FileCommit>> {
    let mut found = BTreeMap::new();
    for folder in &history.service.revisions {
        let commits = Git::at(folder).additions()?;
        for entry in &history.entries {
            let path = entry.path.strip_prefix(folder).ok().map(|path| path.to_string_lossy().replace('\\', "/"));
            if let Some(commit) = path.and_then(|path| commits.get(&path)) {
                found.insert(entry.header.revision.clone(), commit.clone());
            }
        }
    }
    Ok(found)
}

/// Loads the history of a service as it was at a git ref. Its texts are in memory; `REF:` is in front of its paths.
///
/// # Errors
/// [`ProjectError::Git`](super::ProjectError::Git) and [`ProjectError::NoSuchRef`](super::ProjectError::NoSuchRef);
/// errors in the files at the ref.
pub fn history_at(service: &Service, reference: &str) -> ProjectResult<History> {
    let mut texts = BTreeMap::new();
    for folder in &service.revisions {
        let git = Git::at(folder);
        let commit = git.commit(reference)?;
        let mut files = git.files(&commit)?;
        let is_here = |path: &str| service.recursive || !path.contains('/');
        files.retain(|path, name| {
            is_here(path) && !name.is_empty() && walk::is_revision_path(std::path::Path::new(path))
        });
        let mut contents = git.contents(&files.values().map(String::as_str).collect::<BTreeSet<_>>())?;
        for (path, name) in files {
            let shown = PathBuf::from(format!("{reference}:{}", folder.join(path).display()));
            // Two files may have the same content.
            let content = contents.get(&name).cloned().unwrap_or_else(|| contents.remove(&name).unwrap_or_default());
            let text = String::from_utf8(content)
                .map_err(|error| read::not_utf8(&shown, error.as_bytes(), error.utf8_error().valid_up_to()))?;
            texts.insert(shown, Cow::Owned(text));
        }
    }
    let reader = GitReader::new(service, reference, format!("{reference}:"));
    let included = IncludedFiles::of_texts(&texts, &reader);
    History::of_texts(service, texts, included)
}
