//! Import of another tool's history: reads its files and writes the new revision files, either all or none.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::config::Service;
use crate::formats::{File, ForeignError, Format, Imported, ImportedHistory};
use crate::graph::{Graph, GraphNode};
use crate::id::RevisionId;
use crate::revision::{DependencyReference, Header, RenderError, Revision, Section, file_name, render};
use crate::sql::{Dialect, fingerprint};

use super::error::{ProjectError, ProjectResult, not_rendered};
use super::read::{self, unreadable};
use super::write::write_all_new;
use super::{History, HistoryEntry};

/// Folders that never contain migrations and are skipped.
pub(super) const SKIPPED: [&str; 3] = ["node_modules", "target", "vendor"];

/// Plan of an import.
#[derive(Debug, Default)]
pub struct Import {
    /// New revision files with their texts.
    pub new: Vec<NewRevision>,
    /// Revisions that exist already, with their files.
    pub known: Vec<(RevisionId, PathBuf)>,
    /// History that was read, with its warnings.
    pub reading: ImportedHistory,
}

/// A revision that does not exist yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRevision {
    /// Id of the revision.
    pub id: RevisionId,
    /// Path of the new file.
    pub path: PathBuf,
    /// Text of the new file.
    pub text: String,
}

/// Reads the history of `format` in `folder` and determines the revisions that are new for the service. Writes nothing.
///
/// # Errors
/// [`ProjectError`] if files cannot be read or are not a history, if a revision exists with different SQL, or if all
/// revisions together do not form a graph.
pub fn plan_import(history: &History, format: Format, folder: &Path, dialect: Dialect) -> ProjectResult<Import> {
    let files = files(folder, format)?;
    let reading = format.read(&files, dialect).map_err(|error| foreign(folder, error))?;
    plan_reading(history, reading)
}

/// Determines the revisions of a history that are new for the service. Writes nothing.
///
/// # Errors
/// As [`plan_import`].
pub fn plan_reading(history: &History, reading: ImportedHistory) -> ProjectResult<Import> {
    let mut import = Import { reading, ..Import::default() };
    let mut taken: BTreeMap<PathBuf, RevisionId> = BTreeMap::new();
    for imported in &import.reading.revisions {
        let new = new_revision(&history.service, imported)?;
        if let Some(entry) = find_entry(history, &new.id) {
            same_content(history, entry, &new)?;
            import.known.push((new.id, entry.path.clone()));
            continue;
        }
        if taken.insert(new.path.clone(), new.id.clone()).is_some() || new.path.exists() {
            return Err(Box::new(ProjectError::Exists { path: new.path }));
        }
        import.new.push(new);
    }
    whole(history, &import)?;
    Ok(import)
}

/// Writes the new files: all or none.
///
/// # Errors
/// [`ProjectError`] if a file cannot be written or was created in the meantime.
pub fn write_import(import: &Import) -> ProjectResult<()> {
    let files: Vec<(&Path, &str)> = import.new.iter().map(|new| (&*new.path, &*new.text)).collect();
    write_all_new(&files)
}

fn foreign(folder: &Path, error: ForeignError) -> Box<ProjectError> {
    let path = if error.path.is_empty() { folder.to_owned() } else { folder.join(&error.path) };
    Box::new(ProjectError::Foreign { path, error })
}

/// Returns all files that the reader of `format` may use, sorted by path.
fn files(folder: &Path, format: Format) -> ProjectResult<Vec<File>> {
    if !folder.is_dir() {
        let error = fs::read_dir(folder).err().unwrap_or_else(|| std::io::ErrorKind::NotADirectory.into());
        return Err(unreadable(folder, error));
    }
    let mut files = Vec::new();
    collect(folder, "", format, &mut files)?;
    Ok(files)
}

fn collect(folder: &Path, prefix: &str, format: Format, files: &mut Vec<File>) -> ProjectResult<()> {
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = entries.map_err(|error| unreadable(folder, error))?;
    entries.sort_by_cached_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.') && !SKIPPED.contains(name)) else {
            continue;
        };
        let (path, relative) = (entry.path(), format!("{prefix}{name}"));
        if path.is_dir() && !path.is_symlink() {
            collect(&path, &format!("{relative}/"), format, files)?;
        } else if path.is_file() && format.wants(&relative) {
            match read::read_text(&path) {
                Ok(text) => files.push(File { path: relative, text }),
                // A Sqitch project may contain any other files, even binary ones.
                Err(error) if !matches!(*error, ProjectError::NotUtf8 { .. }) || name.ends_with(".sql") => {
                    return Err(error);
                }
                Err(_) => {}
            }
        }
    }
    Ok(())
}

/// Creates the file of an imported revision.
fn new_revision(service: &Service, imported: &Imported) -> ProjectResult<NewRevision> {
    let mut header = Header {
        down_revisions: imported.parents.clone(),
        depends_on: imported.depends_on.iter().map(own_reference).collect(),
        message: imported.message.clone(),
        created: imported.created.clone(),
        transaction: imported.transaction,
        template: imported.template,
        ..Header::new(imported.id.clone())
    };
    header.set_branch_labels(imported.labels.clone());
    let folder = service.revisions.first().cloned().unwrap_or_default();
    let name = match &imported.stem {
        Some(stem) => format!("{stem}.sql"),
        None => file_name(&service.file_template, &header)
            .map_err(|error| Box::new(ProjectError::FileName { template: service.file_template.clone(), error }))?,
    };
    let path = folder.join(name);
    let text = revision_text(&header, imported).map_err(|error| not_rendered(&path, error))?;
    Ok(NewRevision { id: imported.id.clone(), path, text })
}

fn own_reference(id: &RevisionId) -> DependencyReference {
    DependencyReference { service: None, symbol: id.to_string() }
}

fn revision_text(header: &Header, imported: &Imported) -> Result<String, RenderError> {
    let bodies = [
        (Section::Upgrade, Some(&imported.upgrade)),
        (Section::Downgrade, imported.downgrade.as_ref()),
        (Section::Verify, imported.verify.as_ref()),
    ];
    let sections: Vec<(Section, &str)> =
        bodies.iter().filter_map(|(section, body)| Some((*section, body.as_ref()?.as_str()))).collect();
    render(header, &sections)
}

fn find_entry<'h>(history: &'h History, id: &RevisionId) -> Option<&'h HistoryEntry> {
    history.graph.index_of(id.as_str()).and_then(|index| history.entries.get(index))
}

/// Returns an error unless the existing revision runs the same SQL as the imported one. Its header may have been
/// edited.
fn same_content(history: &History, entry: &HistoryEntry, new: &NewRevision) -> ProjectResult<()> {
    let differs = || ProjectError::ImportDiffers { revision: new.id.clone(), path: entry.path.clone() };
    let there = history.read(&new.id)?;
    // Statements are compared too, because earlier versions escaped comments that look like section lines differently.
    let dialect = history.service.dialect().unwrap_or_default();
    let is_same = |one: Option<&str>, other: Option<&str>| match (one, other) {
        (Some(one), Some(other)) => {
            one.trim() == other.trim() || fingerprint(one, dialect) == fingerprint(other, dialect)
        }
        (one, other) => one.is_none() && other.is_none(),
    };
    let same = Revision::parse(&new.text).is_ok_and(|revision| {
        Section::ALL.into_iter().all(|section| is_same(there.body(section), revision.body(section)))
    });
    if same { Ok(()) } else { Err(Box::new(differs())) }
}

/// Returns an error unless existing and new revisions together form a graph.
fn whole(history: &History, import: &Import) -> ProjectResult<()> {
    let there = (0..history.graph.len()).filter_map(|index| history.graph.node(index).cloned());
    let new = import.reading.revisions.iter().filter(|imported| find_entry(history, &imported.id).is_none());
    let new = new.map(|imported| GraphNode {
        id: imported.id.clone(),
        down_revisions: imported.parents.clone(),
        depends_on: imported.depends_on.iter().map(ToString::to_string).collect(),
        branch_labels: imported.labels.clone(),
    });
    let Err(error) = Graph::build(there.chain(new).collect()) else { return Ok(()) };
    Err(Box::new(ProjectError::Graph { service: history.service.name.clone(), error, files: Vec::new() }))
}
