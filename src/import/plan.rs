//! Conversion of Python revisions to SQL files: drafts of the files, revisions that stay Python, and writing the files.

use std::path::{Path, PathBuf};

use crate::config::Python;
use crate::engine::EngineError;
use crate::formats::alembic::SectionSql;
use crate::graph::{Operation, Plan};
use crate::id::RevisionId;
use crate::project::render::{RenderRequest, Rendering, Unrendered, render};
use crate::project::{History, HistoryEntry, write_new};
use crate::revision::{self, Section};
use crate::sql::Dialect;

use super::error::ImportAlembicError;

/// SQL file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedFile {
    /// Id of the revision.
    pub revision: RevisionId,
    /// Path of the Python file.
    pub from: PathBuf,
    /// Path of the SQL file, in the same folder.
    pub path: PathBuf,
    /// Text of the SQL file.
    pub text: String,
    /// Reason why it has no downgrade section.
    pub no_downgrade: Option<Unrendered>,
    /// If `true`, the revision runs in a transaction.
    pub transaction: bool,
    /// If `true`, its SQL contains `%%`: Alembic doubles each `%` unless `env.py` sets `paramstyle` to `named`.
    pub doubled_percent: bool,
}

/// Revision that stays Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemainingPython {
    /// Id of the revision.
    pub revision: RevisionId,
    /// Path of its file.
    pub path: PathBuf,
    /// Reason why it cannot be rendered.
    pub unrendered: Unrendered,
}

/// Files that an import would write.
#[derive(Debug, Clone, Default)]
pub struct ImportPlan {
    /// SQL files, parents first.
    pub files: Vec<ImportedFile>,
    /// Revisions that stay Python, parents first.
    pub left: Vec<RemainingPython>,
    /// Number of runs of Alembic.
    pub runs: usize,
}

/// Renders all Python revisions of the history, without writing any file.
///
/// # Errors
/// Alembic cannot be run, or renders for another database. A revision without SQL is not an error.
pub fn draft(history: &History, python: &Python, dialect: Dialect) -> Result<ImportPlan, ImportAlembicError> {
    let plan = history.graph.plan_upgrade(&[], "heads").map_err(EngineError::from)?;
    let ups = python_revisions(history, &plan);
    let downs: Vec<RevisionId> = ups.iter().rev().cloned().collect();
    let order = |operation, revisions| RenderRequest { history, python, operation, revisions, dialect };
    let (mut up, mut down) = (render(order(Operation::Upgrade, &ups))?, render(order(Operation::Downgrade, &downs))?);
    let mut draft = ImportPlan { runs: up.runs + down.runs, ..ImportPlan::default() };
    for id in &ups {
        let entry = history.entry(id)?;
        match file(entry, &mut up, &mut down) {
            Ok(file) => draft.files.push(file),
            Err(unrendered) => {
                draft.left.push(RemainingPython { revision: id.clone(), path: entry.path.clone(), unrendered });
            }
        }
    }
    Ok(draft)
}

fn python_revisions(history: &History, plan: &Plan) -> Vec<RevisionId> {
    let is_python = |id: &&RevisionId| history.entry(id).is_ok_and(HistoryEntry::is_python);
    plan.steps.iter().map(|step| &step.revision).filter(is_python).cloned().collect()
}

fn file(entry: &HistoryEntry, up: &mut Rendering, down: &mut Rendering) -> Result<ImportedFile, Unrendered> {
    let id = &entry.header.revision;
    let none = || Unrendered { reason: "Alembic does not write it".to_owned(), location: None };
    let upgrade = up.sql.remove(id).ok_or_else(|| up.failures.remove(id).unwrap_or_else(none))?;
    let downgrade = down.sql.remove(id);
    let no_downgrade = match downgrade {
        Some(_) => None,
        None => Some(down.failures.remove(id).unwrap_or_else(none)),
    };
    let empty = SectionSql { sql: String::new(), transaction: true };
    let lower = downgrade.as_ref().unwrap_or(&empty);
    let transaction = upgrade.transaction && lower.transaction;
    let header = revision::Header { transaction, ..entry.header.clone() };
    let mut sections = vec![(Section::Upgrade, upgrade.sql.as_str())];
    sections.extend(downgrade.as_ref().map(|down| (Section::Downgrade, down.sql.as_str())));
    let text = revision::render(&header, &sections).map_err(|error| Unrendered {
        reason: format!("its SQL cannot be written as a revision: {error}"),
        location: None,
    })?;
    let doubled_percent = upgrade.sql.contains("%%") || lower.sql.contains("%%");
    let (from, path) = (entry.path.clone(), entry.path.with_extension("sql"));
    Ok(ImportedFile { revision: id.clone(), from, path, text, no_downgrade, transaction, doubled_percent })
}

/// Writes the files into `folder`, or, without one, each beside its Python file.
///
/// # Errors
/// A file exists already, or cannot be written.
pub fn write(draft: &ImportPlan, folder: Option<&Path>) -> Result<(), ImportAlembicError> {
    for file in &draft.files {
        let path = match (folder, file.path.file_name()) {
            // Files of two folders may have the same name, but not the same id.
            (Some(folder), Some(_)) => folder.join(format!("{}.sql", draft_name(&file.revision))),
            _ => file.path.clone(),
        };
        write_new(&path, &file.text)?;
    }
    Ok(())
}

fn draft_name(id: &RevisionId) -> String {
    id.as_str().replace(|c: char| !(c.is_alphanumeric() || "._".contains(c)), "_")
}
