//! Files of a squash: the new revision, and those of the revisions that follow it.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use crate::config::Layout;
use crate::graph::SquashPlan;
use crate::revision::{Header, Section, render};

use super::History;
use super::error::{ProjectResult, not_rendered};
use super::new_file::new_path;
use super::rebase::{NotRewritten, RebasedFile, with_changes};
use super::write::{delete_all, remove_all, replace_all, write_new};

/// Files that a squash writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SquashFiles {
    /// Path of the new revision.
    pub path: PathBuf,
    /// Text of the new revision.
    pub text: String,
    /// Files of the revisions that follow the range.
    pub children: Vec<RebasedFile>,
}

/// Returns the files of a squash; `header` and `sections` are those of the new revision.
///
/// # Errors
/// A file cannot be read, or the new one cannot be rendered. The inner error is the reason why a file cannot be
/// rewritten.
pub fn squash_files(
    history: &History,
    plan: &SquashPlan,
    header: &Header,
    sections: &[(Section, &str)],
) -> ProjectResult<Result<SquashFiles, NotRewritten>> {
    if history.service.layout == Layout::Pairs {
        return Ok(Err(NotRewritten::Pairs));
    }
    for id in &plan.replaced {
        if history.entry(id)?.is_python() {
            return Ok(Err(NotRewritten::Python(id.clone())));
        }
    }
    let last = plan.replaced.last();
    let mut changes = Vec::new();
    for id in &plan.children {
        let mut downs = history.entry(id)?.header.down_revisions.clone();
        downs.iter_mut().filter(|down| Some(&**down) == last).for_each(|down| *down = header.revision.clone());
        changes.push((id.clone(), downs));
    }
    let children = match with_changes(history, &changes)? {
        Ok(children) => children,
        Err(reason) => return Ok(Err(reason)),
    };
    let path = new_path(history, header, None)?;
    let text = render(header, sections).map_err(|error| not_rendered(&path, error))?;
    Ok(Ok(SquashFiles { path, text, children }))
}

impl History {
    /// Returns the history with the files of a squash. Reads all other files.
    ///
    /// # Errors
    /// A file cannot be read, or the revisions do not form a graph.
    pub fn with_squash(&self, files: &SquashFiles) -> ProjectResult<Self> {
        let mut texts = self.texts_with(&files.children)?;
        texts.insert(files.path.clone(), Cow::Owned(files.text.clone()));
        self.with_texts(texts)
    }
}

/// Writes the files: all or none. Each state between is a valid history: what follows the last replaced revision
/// follows the new one.
///
/// # Errors
/// The new file exists, a file was changed meanwhile, or one cannot be written; then all are as before.
pub fn write_squash(files: &SquashFiles) -> ProjectResult<()> {
    write_new(&files.path, &files.text)?;
    let children: Vec<_> =
        files.children.iter().map(|file| (file.path.as_path(), &*file.before, &*file.after)).collect();
    replace_all(&children).inspect_err(|_| remove_all(&[&files.path]))
}

/// Deletes files of replaced revisions: all or none.
///
/// # Errors
/// A file cannot be read or deleted; then those deleted before are written again.
pub fn prune(paths: &[&Path]) -> ProjectResult<()> {
    delete_all(paths)
}
