//! Pairs of files named by time (`layout: pairs`): reads them in place as revisions, and creates new ones.

use std::path::{Path, PathBuf};

use crate::config::Service;
use crate::diagnostic::Span;
use crate::formats::{in_place, pairs};
use crate::revision::{Header, Revision, Section, SkeletonContext, slug};
use crate::sql::Dialect;

use super::error::{ProjectError, ProjectResult};
use super::files::RevisionFiles;
use super::new_file::rendered_skeleton;
use super::read;
use super::walk::is_sql_file;
use super::write::write_all_new;
use super::{History, HistoryEntry};

/// Returns the revisions of the files, ordered by time. Reads no file.
pub(super) fn entries(files: Vec<PathBuf>) -> ProjectResult<Vec<HistoryEntry>> {
    let is_sql = |path: &PathBuf| path.file_name().is_some_and(is_sql_file);
    let files: Vec<PathBuf> = files.into_iter().filter(is_sql).collect();
    let shown: Vec<String> = files.iter().map(|path| path.to_string_lossy().replace('\\', "/")).collect();
    let (found, others) = pairs::pairs(shown.iter().map(String::as_str))
        .map_err(|error| Box::new(ProjectError::Foreign { path: PathBuf::from(&error.path), error }))?;
    if let Some(path) = others.first().and_then(|index| files.get(*index)) {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_rollback = pairs::PairFileName::parse(name).is_some();
        return Err(Box::new(ProjectError::NotAPair { path: path.clone(), is_rollback }));
    }
    let path = |index: usize| files.get(index).cloned().unwrap_or_default();
    let entry = |pair: pairs::Pair| HistoryEntry {
        header: Header {
            down_revisions: pair.parent.into_iter().collect(),
            message: pair.message,
            created: pair.created,
            ..Header::new(pair.id)
        },
        path: path(pair.up),
        rollback: pair.down.map(path),
        recorded: None,
        own_down_revisions: None,
    };
    Ok(found.into_iter().map(entry).collect())
}

/// Reads both files of a revision as one text.
pub(super) fn read(entry: &HistoryEntry, files: &RevisionFiles, dialect: Option<Dialect>) -> ProjectResult<Revision> {
    let (_, mut revision) = read_section(entry, files, Section::Upgrade, dialect)?;
    if entry.rollback.is_some() {
        let (_, back) = read_section(entry, files, Section::Downgrade, dialect)?;
        revision.downgrade = back.downgrade.map(|span| span.shifted(revision.text.len()));
        revision.text = format!("{}{}", &*revision.text, &*back.text).into();
    }
    Ok(revision)
}

/// Reads one of the two files as a revision that has only this section. Without a rollback file, a downgrade is read
/// from the upgrade file and has no section.
pub(super) fn read_section(
    entry: &HistoryEntry,
    files: &RevisionFiles,
    section: Section,
    dialect: Option<Dialect>,
) -> ProjectResult<(PathBuf, Revision)> {
    let file = match section {
        Section::Downgrade => entry.rollback.as_ref(),
        Section::Require | Section::Upgrade | Section::Verify => Some(&entry.path),
    };
    let path = file.unwrap_or(&entry.path).clone();
    let text = files.text(&path)?.into_owned();
    read::refuse_conflict(&path, &text)?;
    let (span, transaction) =
        dialect.map_or_else(|| (Span::new(0, text.len()), true), |dialect| in_place(&text, dialect));
    let span = file.map(|_| span);
    let header = Header { transaction, ..entry.header.clone() };
    let (upgrade, downgrade) = if section == Section::Downgrade { (None, span) } else { (span, None) };
    Ok((path, Revision { header, text: text.into(), require: None, upgrade, downgrade, verify: None }))
}

/// Writes a new pair, named by the header's id (`YYYYMMDD_HHMMSS`) and message, with the sections of a template. Writes
/// both files or none and returns their paths.
///
/// # Errors
/// [`ProjectError`] if the template cannot be rendered or the files cannot be written.
pub fn write_pair(
    history: &History,
    header: &Header,
    skeleton: &str,
    folder: Option<&Path>,
    dialect: Option<Dialect>,
) -> ProjectResult<[PathBuf; 2]> {
    let service: &Service = &history.service;
    let context = SkeletonContext {
        header,
        service: &service.name,
        dialect,
        schema: service.version_schema.as_deref(),
        env: service.env.as_deref(),
    };
    let text = rendered_skeleton(service, skeleton, &context)?;
    let folder = folder.or(service.revisions.first().map(PathBuf::as_path)).unwrap_or(Path::new(""));
    let stem = format!("{}_{}", header.revision, slug(header.message.as_deref().unwrap_or_default()));
    let paths = [folder.join(format!("{stem}.sql")), folder.join(format!("{stem}{}.sql", pairs::ROLLBACK))];
    let revision = Revision::parse(&text).map_err(|error| read::wrong(&paths[0], &text, error))?;
    let body = |section| revision.body(section).unwrap_or_default().trim_start().to_owned();
    let texts = [body(Section::Upgrade), body(Section::Downgrade)];
    write_all_new(&[(&paths[0], &texts[0]), (&paths[1], &texts[1])])?;
    Ok(paths)
}
