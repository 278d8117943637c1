//! Authors of revision files, from the repository that they are in.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::config::Service;

use super::git::Git;

/// Commit that added a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileAuthor {
    /// Name of the commit's author.
    pub name: String,
    /// Time at which the author wrote it: RFC 3339.
    pub date: String,
    /// Object name of the commit.
    pub commit: String,
}

/// Returns the commits that added the files of a service, by path as [`super::History`] has it. Empty where the folders
/// are in no git repository; files that are not committed are left out.
#[must_use]
pub fn file_authors(service: &Service) -> BTreeMap<PathBuf, FileAuthor> {
    let mut authors = BTreeMap::new();
    for folder in &service.revisions {
        if let Ok(output) = Git::at(folder).additions() {
            add(&mut authors, folder, &String::from_utf8_lossy(&output));
        }
    }
    authors
}

/// Reads what [`Git::additions`] returns: for each commit, newest first, `\x01<commit>\0<name>\0<date>\0\0` and the paths,
/// each followed by `\0`.
fn add(authors: &mut BTreeMap<PathBuf, FileAuthor>, folder: &Path, output: &str) {
    for commit in output.split('\u{1}').filter(|commit| !commit.is_empty()) {
        let mut fields = commit.split('\0');
        let (Some(id), Some(name), Some(date)) = (fields.next(), fields.next(), fields.next()) else { continue };
        for path in fields.map(|path| path.trim_start_matches('\n')).filter(|path| !path.is_empty()) {
            // A file that was removed and added again belongs to the newest commit.
            authors.entry(folder.join(path)).or_insert_with(|| FileAuthor {
                name: name.to_owned(),
                date: date.to_owned(),
                commit: id.to_owned(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_belongs_to_the_newest_commit_that_added_it() {
        let output = "\u{1}c2\0Ben \"<b>\"\02026-02-01T00:00:00Z\0\0a.sql\0\u{1}c1\0Ann\02026-01-01T00:00:00Z\0\0a.sql\0b c.sql\0";
        let mut authors = BTreeMap::new();
        add(&mut authors, Path::new("r"), output);
        let of = |path: &str| authors.get(Path::new(path)).map(|author| (&*author.commit, &*author.name));
        assert_eq!(of("r/a.sql"), Some(("c2", "Ben \"<b>\"")));
        assert_eq!(of("r/b c.sql"), Some(("c1", "Ann")));
        assert_eq!(authors.len(), 2);
    }
}
