//! Files that revisions at a git ref include, and those of a merge.

use std::path::{Component, Path, PathBuf};

use crate::config::Service;
use crate::revision::{IncludeProblem, IncludeReader, IncludedFile};

use super::git::Git;
use super::included::{DiskReader, resolve};

/// Reads files at a git ref.
pub(super) struct GitReader<'a> {
    service: &'a Service,
    reference: &'a str,
    /// Text in front of the paths shown in messages.
    prefix: String,
}

impl<'a> GitReader<'a> {
    pub(super) const fn new(service: &'a Service, reference: &'a str, prefix: String) -> Self {
        Self { service, reference, prefix }
    }

    /// Returns the folder of revisions whose repository has `path`.
    fn folder(&self, path: &Path) -> &'a Path {
        let folders = || self.service.revisions.iter();
        let own = folders().find(|folder| path.starts_with(folder)).or_else(|| folders().next());
        own.map_or(Path::new(""), PathBuf::as_path)
    }

    fn is_inside(&self, path: &Path) -> bool {
        let leaves = path.components().next() == Some(Component::ParentDir);
        let is_below = |folder: &PathBuf| path.starts_with(folder) && !(folder.as_os_str().is_empty() && leaves);
        [&self.service.folder].into_iter().chain(&self.service.revisions).any(is_below)
    }
}

impl IncludeReader for GitReader<'_> {
    fn read(&self, from: &Path, path: &str) -> Result<IncludedFile, IncludeProblem> {
        let from = from.to_string_lossy();
        let from = PathBuf::from(from.strip_prefix(&self.prefix).unwrap_or(&from));
        let file = resolve(&from, path)?;
        if !self.is_inside(&file) {
            return Err(IncludeProblem::Outside);
        }
        let folder = self.folder(&file);
        let unreadable = |reason: String| IncludeProblem::Unreadable(reason);
        let relative = relative(folder, &file).to_string_lossy().replace('\\', "/");
        let content =
            Git::at(folder).content(self.reference, &relative).map_err(|error| unreadable(error.to_string()))?;
        let missing = || unreadable(format!("{} has no such file", self.reference));
        let text = String::from_utf8(content.ok_or_else(missing)?).map_err(|_| IncludeProblem::NotUtf8)?;
        let path = PathBuf::from(format!("{}{}", self.prefix, file.display()));
        Ok(IncludedFile { path, identity: file, text })
    }
}

/// Reads the files that a merge with the ref would result in. Where both sides changed a file, it is the local one.
pub(super) struct MergedReader<'a> {
    theirs: &'a GitReader<'a>,
    /// `None` if the merge base is not known.
    base: Option<String>,
}

impl<'a> MergedReader<'a> {
    pub(super) fn new(service: &Service, theirs: &'a GitReader<'a>) -> Self {
        let git = Git::at(service.revisions.first().map_or(Path::new(""), PathBuf::as_path));
        let base = git.commit(theirs.reference).and_then(|commit| git.common(&commit)).ok().flatten();
        Self { theirs, base }
    }
}

impl IncludeReader for MergedReader<'_> {
    fn read(&self, from: &Path, path: &str) -> Result<IncludedFile, IncludeProblem> {
        let ours = DiskReader::new(self.theirs.service).read(from, path);
        let Ok(theirs) = self.theirs.read(from, path) else { return ours };
        let base = self.base.as_deref().and_then(|base| {
            let reader = GitReader { reference: base, prefix: String::new(), ..*self.theirs };
            reader.read(from, path).ok()
        });
        let text = |file: &IncludedFile| file.text.clone();
        match &ours {
            Ok(here) if Some(text(here)) != base.as_ref().map(text) => ours,
            _ => Ok(theirs),
        }
    }
}

/// Returns the path from a folder to a file. Both are absolute or have the same start.
fn relative(folder: &Path, file: &Path) -> PathBuf {
    let shared = folder.components().zip(file.components()).take_while(|(one, other)| one == other).count();
    let up = folder.components().skip(shared).map(|_| Component::ParentDir);
    up.chain(file.components().skip(shared)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_leads_from_a_folder_to_a_file() {
        for (folder, file, expected) in
            [("db/r", "db/sql/a.sql", "../sql/a.sql"), ("r", "r/a.sql", "a.sql"), ("", "sql/a.sql", "sql/a.sql")]
        {
            assert_eq!(relative(Path::new(folder), Path::new(file)), Path::new(expected));
        }
    }
}
