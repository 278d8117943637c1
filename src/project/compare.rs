//! Comparison of a service's revisions with those at another git ref, read without checking it out, and the result of a
//! git merge of both. Determines which version of a file wins; must not depend on how that is reported.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::config::Service;
use crate::revision::IncludeReader;

use super::error::{ProjectError, ProjectResult};
use super::git::{Git, GitFiles};
use super::included_in_git::{GitReader, MergedReader};
use super::{History, read, walk};

/// Two histories of one service, and their merge.
#[derive(Debug)]
pub struct Comparison {
    /// History at the other ref. The paths of its entries are those at the ref; the working tree may have other files
    /// there.
    pub there: History,
    /// History that a merge of the two commits would result in, or the error if it is invalid.
    pub merged: ProjectResult<History>,
    /// Files that were changed on both sides in different ways, which git would report as conflicts. `merged` contains
    /// the local version.
    pub conflicts: Vec<PathBuf>,
    /// `true` if the merge base is known. If not (a shallow clone), files that exist on only one side are treated as
    /// new there.
    pub has_common: bool,
}

/// Compares the service's files in the working tree, committed or not, with those at the git ref `reference`.
///
/// # Errors
/// [`ProjectError::Git`] and [`ProjectError::NoSuchRef`]; errors in the files at the ref, with `REF:` in front of the
/// path.
pub fn compare(service: &Service, reference: &str) -> ProjectResult<Comparison> {
    compared(service, reference, false)
}

/// Does the same as [`compare`], and keeps the texts of all files, so that the revisions of both histories can be read.
///
/// # Errors
/// As [`compare`].
pub fn compare_with_texts(service: &Service, reference: &str) -> ProjectResult<Comparison> {
    compared(service, reference, true)
}

fn compared(service: &Service, reference: &str, keeps_texts: bool) -> ProjectResult<Comparison> {
    let mut folders = Vec::new();
    for folder in &service.revisions {
        folders.push(FolderComparison::read(service, folder, reference)?);
    }
    let load = |pick: &dyn Fn(&FolderComparison<'_>) -> GitFiles, shown: &str, reader: &dyn IncludeReader| {
        history(service, &folders, pick, shown, keeps_texts.then_some(reader))
    };
    let theirs = GitReader::new(service, reference, String::new());
    Ok(Comparison {
        there: load(&|folder| folder.theirs.clone(), &format!("{reference}:"), &theirs)?,
        merged: load(&|folder| folder.merged.clone(), "", &MergedReader::new(service, &theirs)),
        conflicts: folders.iter().flat_map(FolderComparison::conflicts).collect(),
        has_common: folders.iter().all(|folder| folder.has_common),
    })
}

/// One folder of revisions, on both sides.
struct FolderComparison<'a> {
    place: &'a Path,
    theirs: GitFiles,
    merged: GitFiles,
    conflicts: Vec<String>,
    has_common: bool,
    /// Content of the files that differ from the working tree, by object name.
    contents: BTreeMap<String, Vec<u8>>,
}

impl<'a> FolderComparison<'a> {
    fn read(service: &Service, place: &'a Path, reference: &str) -> ProjectResult<Self> {
        let git = Git::at(place);
        let commit = git.commit(reference)?;
        let common = git.common(&commit)?;
        let ours = git.names(&on_disk(service, place)?)?;
        let theirs = revisions(git.files(&commit)?, &ours);
        let base = common.as_ref().map(|common| git.files(common)).transpose()?.unwrap_or_default();
        let (merged, conflicts) = merged(&revisions(base, &ours), &ours, &theirs);
        let other = theirs.iter().filter(|(path, name)| ours.get(*path) != Some(name)).map(|(_, name)| name.as_str());
        let contents = git.contents(&other.collect::<BTreeSet<_>>())?;
        Ok(Self { place, theirs, merged, conflicts, has_common: common.is_some(), contents })
    }

    fn conflicts(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.conflicts.iter().map(|path| self.place.join(path))
    }

    /// Writes the files to an empty folder.
    fn lay_out(&self, files: &GitFiles, folder: &Path) -> ProjectResult<()> {
        std::fs::create_dir_all(folder).map_err(|error| unwritable(folder, error))?;
        for (path, name) in files {
            let to = folder.join(path);
            if let Some(parent) = to.parent() {
                std::fs::create_dir_all(parent).map_err(|error| unwritable(parent, error))?;
            }
            match self.contents.get(name) {
                Some(content) => std::fs::write(&to, content).map_err(|error| unwritable(&to, error))?,
                None => {
                    let from = self.place.join(path);
                    std::fs::copy(&from, &to).map(|_| ()).map_err(|error| read::unreadable(&from, error))?;
                }
            }
        }
        Ok(())
    }
}

/// Returns the paths of the service's revision files in one of its folders, relative to it.
fn on_disk(service: &Service, place: &Path) -> ProjectResult<Vec<String>> {
    let only = Service { revisions: vec![place.to_owned()], ..service.clone() };
    let files = walk::revision_files(&only)?;
    let relative = |path: &PathBuf| Some(path.strip_prefix(place).ok()?.to_string_lossy().replace('\\', "/"));
    Ok(files.iter().filter_map(relative).collect())
}

/// Keeps the files that may be revisions. A symbolic link counts as the local file at its path.
fn revisions(files: GitFiles, ours: &GitFiles) -> GitFiles {
    let is_revision = |path: &str| path.ends_with(".sql") || path.ends_with(".py");
    let followed = |(path, name): (String, String)| {
        let name = if name.is_empty() { ours.get(&path)?.clone() } else { name };
        Some((path, name))
    };
    files.into_iter().filter(|(path, _)| is_revision(path)).filter_map(followed).collect()
}

/// Merges file by file: the side that changed a file wins. Also returns the files that both sides changed.
fn merged(base: &GitFiles, ours: &GitFiles, theirs: &GitFiles) -> (GitFiles, Vec<String>) {
    let mut merged = GitFiles::new();
    let mut conflicts = Vec::new();
    let paths: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    for path in paths {
        let [was, here, there] = [base, ours, theirs].map(|files| files.get(path));
        let (winner, is_conflict) = match () {
            () if here == there || there == was => (here, false),
            () if here == was => (there, false),
            // If one side deleted the file and the other changed it, the changed file is kept.
            () => (here.or(there), true),
        };
        if is_conflict {
            conflicts.push(path.clone());
        }
        merged.extend(winner.map(|name| (path.clone(), name.clone())));
    }
    (merged, conflicts)
}

/// Loads the history of the picked files. Its paths are those of the service's folders, with the prefix `shown` in
/// errors.
fn history(
    service: &Service,
    folders: &[FolderComparison<'_>],
    pick: &dyn Fn(&FolderComparison<'_>) -> GitFiles,
    shown: &str,
    included: Option<&dyn IncludeReader>,
) -> ProjectResult<History> {
    let scratch = tempfile::tempdir().map_err(|error| unwritable(&std::env::temp_dir(), error))?;
    let mut places = Vec::new();
    for (number, folder) in folders.iter().enumerate() {
        let laid_out = scratch.path().join(number.to_string());
        folder.lay_out(&pick(folder), &laid_out)?;
        places.push((laid_out, folder.place));
    }
    let own = |path: &Path| {
        let found = places.iter().find_map(|(laid_out, place)| Some(place.join(path.strip_prefix(laid_out).ok()?)));
        found.unwrap_or_else(|| path.to_owned())
    };
    let told = |path: &Path| PathBuf::from(format!("{shown}{}", own(path).display()));
    let elsewhere =
        Service { revisions: places.iter().map(|(laid_out, _)| laid_out.clone()).collect(), ..service.clone() };
    let failed = |error: Box<ProjectError>| Box::new(error.with_paths(&told));
    let mut history = History::load(&elsewhere).map_err(failed)?;
    if let Some(reader) = included {
        history.files = history.files.in_memory(&elsewhere, &own, reader).map_err(failed)?;
    }
    history.service = service.clone();
    for entry in history.entries.iter_mut().chain(&mut history.squashed.entries) {
        entry.path = own(&entry.path);
        entry.rollback = entry.rollback.as_deref().map(own);
    }
    Ok(history)
}

fn unwritable(path: &Path, error: std::io::Error) -> Box<ProjectError> {
    Box::new(ProjectError::Write { path: path.to_owned(), error })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(text: &str) -> GitFiles {
        let pair = |word: &str| word.split_once('=').map(|(path, name)| (path.to_owned(), name.to_owned()));
        text.split_whitespace().filter_map(pair).collect()
    }

    #[test]
    fn who_changed_a_file_wins_and_two_who_did_are_a_conflict() {
        for (base, ours, theirs, wanted, conflicts) in [
            ("", "a=1", "b=2", "a=1 b=2", ""),
            ("a=1", "a=1", "a=2", "a=2", ""),
            ("a=1", "a=2", "a=1", "a=2", ""),
            ("a=1 b=1", "a=1", "a=1 b=1", "a=1", ""),
            ("a=1 b=1", "a=1 b=1", "b=1", "b=1", ""),
            ("", "a=1", "a=1", "a=1", ""),
            ("a=1", "a=2", "a=3", "a=2", "a"),
            ("", "a=2", "a=3", "a=2", "a"),
            ("a=1", "", "a=3", "a=3", "a"),
        ] {
            let found = merged(&files(base), &files(ours), &files(theirs));
            let conflicts: Vec<String> = conflicts.split_whitespace().map(str::to_owned).collect();
            assert_eq!(found, (files(wanted), conflicts), "{base} / {ours} / {theirs}");
        }
    }
}
