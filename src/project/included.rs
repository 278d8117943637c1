//! Files that revisions and templates include: on disk within the project, or in memory beside texts in memory.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use crate::config::Service;
use crate::revision::{IncludeError, IncludeProblem, IncludeReader, IncludedFile, Revision, may_include};

use super::error::{ProjectError, ProjectResult};

/// Texts by the path shown in messages.
pub type Texts = BTreeMap<PathBuf, Cow<'static, str>>;

/// Result of reading included files.
type KeptIncluded = BTreeMap<(PathBuf, String), Result<IncludedFile, IncludeProblem>>;

/// Storage of the files that others include.
#[derive(Debug, Clone, Default)]
pub enum IncludedFiles {
    /// The files are on disk, below the folder of the config or a folder of revisions.
    #[default]
    Disk,
    /// Each file is in memory, by the file that includes it and the path written there.
    Memory(Arc<KeptIncluded>),
}

impl IncludedFiles {
    /// Returns those of `included` that the revisions include. Paths are those shown in messages.
    #[must_use]
    pub fn among(revisions: &Texts, included: &Texts) -> Self {
        Self::of_texts(revisions, &TextReader { texts: included })
    }

    /// Reads all files that these revisions include.
    pub(super) fn of_texts(revisions: &Texts, reader: &dyn IncludeReader) -> Self {
        let collector = Collector { reader, found: RefCell::default() };
        for (path, text) in revisions.iter().filter(|(_, text)| may_include(text)) {
            // Errors are reported when the revision is read.
            let _ = Revision::parse_with_included(text, path, &collector);
        }
        Self::Memory(Arc::new(collector.found.into_inner()))
    }

    /// Parses the text of a revision file, with what it includes.
    pub(super) fn revision(&self, text: &str, path: &Path, service: &Service) -> ProjectResult<Revision> {
        let parsed = match self {
            Self::Disk => Revision::parse_with_included(text, path, &DiskReader::new(service)),
            Self::Memory(files) => Revision::parse_with_included(text, path, &MemoryReader { files }),
        };
        parsed.map_err(|error| project_error(*error))
    }
}

/// Converts an error in a file that includes others.
pub(super) fn project_error(error: IncludeError) -> Box<ProjectError> {
    let IncludeError { location, error } = error;
    Box::new(ProjectError::Revision { location, error })
}

/// Reads files on disk.
pub(super) struct DiskReader<'a> {
    service: &'a Service,
}

impl<'a> DiskReader<'a> {
    pub(super) const fn new(service: &'a Service) -> Self {
        Self { service }
    }

    /// Folders whose files may be included, with links resolved.
    fn roots(&self) -> impl Iterator<Item = PathBuf> + '_ {
        let folders = [&self.service.folder].into_iter().chain(&self.service.revisions).chain(&self.service.templates);
        folders.filter_map(|folder| or_here(folder).canonicalize().ok())
    }
}

impl IncludeReader for DiskReader<'_> {
    fn read(&self, from: &Path, path: &str) -> Result<IncludedFile, IncludeProblem> {
        let shown = resolve(from, path)?;
        let unreadable = |error: std::io::Error| IncludeProblem::Unreadable(error.to_string());
        let folder = or_here(from.parent().unwrap_or(Path::new(""))).canonicalize().map_err(unreadable)?;
        let is_inside = |file: &Path| self.roots().any(|root| file.starts_with(root));
        // Before the disk is asked: whether a file exists elsewhere is not to be found out.
        if !is_inside(&normalized(&folder.join(path))) {
            return Err(IncludeProblem::Outside);
        }
        let file = folder.join(path).canonicalize().map_err(unreadable)?;
        if !is_inside(&file) {
            return Err(IncludeProblem::Outside);
        }
        if !file.is_file() {
            return Err(IncludeProblem::NotAFile);
        }
        let bytes = std::fs::read(&file).map_err(unreadable)?;
        let text = String::from_utf8(bytes).map_err(|_| IncludeProblem::NotUtf8)?;
        Ok(IncludedFile { path: shown, identity: file, text })
    }
}

/// Reads texts in memory.
struct MemoryReader<'a> {
    files: &'a KeptIncluded,
}

impl IncludeReader for MemoryReader<'_> {
    fn read(&self, from: &Path, path: &str) -> Result<IncludedFile, IncludeProblem> {
        let found = self.files.get(&(from.to_owned(), path.to_owned()));
        found.cloned().unwrap_or_else(|| Err(not_in_memory()))
    }
}

/// Reads files and keeps them.
struct Collector<'a> {
    reader: &'a dyn IncludeReader,
    found: RefCell<KeptIncluded>,
}

impl IncludeReader for Collector<'_> {
    fn read(&self, from: &Path, path: &str) -> Result<IncludedFile, IncludeProblem> {
        let file = self.reader.read(from, path);
        self.found.borrow_mut().insert((from.to_owned(), path.to_owned()), file.clone());
        file
    }
}

/// Finds included files among texts by their paths.
pub(super) struct TextReader<'a> {
    /// The texts, by the path shown in messages.
    pub texts: &'a Texts,
}

impl IncludeReader for TextReader<'_> {
    fn read(&self, from: &Path, path: &str) -> Result<IncludedFile, IncludeProblem> {
        let path = resolve(from, path)?;
        let text = self.texts.get(&path).ok_or_else(not_in_memory)?.to_string();
        Ok(IncludedFile { identity: path.clone(), path, text })
    }
}

fn not_in_memory() -> IncludeProblem {
    IncludeProblem::Unreadable("it is not among the files in memory".to_owned())
}

/// Returns the path for messages of the file that `from` names as `path`. Reads nothing.
pub(super) fn resolve(from: &Path, path: &str) -> Result<PathBuf, IncludeProblem> {
    let is_absolute = path.starts_with(['/', '\\']) || path.as_bytes().get(1) == Some(&b':');
    if is_absolute || Path::new(path).is_absolute() {
        return Err(IncludeProblem::Absolute);
    }
    Ok(normalized(&from.parent().unwrap_or(Path::new("")).join(path)))
}

/// Removes `.`, and `..` with what is before it.
fn normalized(path: &Path) -> PathBuf {
    let mut kept = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir if matches!(kept.components().next_back(), Some(Component::Normal(_))) => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    kept
}

fn or_here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_file_that_names_them() {
        let found = |from: &str, path: &str| resolve(Path::new(from), path).map(|path| path.display().to_string());
        assert_eq!(found("r/1.sql", "../sql/./a.sql"), Ok("sql/a.sql".to_owned()));
        assert_eq!(found("1.sql", "../a.sql"), Ok("../a.sql".to_owned()));
        for path in ["/etc/passwd", "C:/a.sql", "\\\\host\\a.sql"] {
            assert_eq!(found("r/1.sql", path), Err(IncludeProblem::Absolute), "{path}");
        }
    }
}
