//! Python revisions to SQL files: what each would become, what has to stay, and writing them.

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

/// A file that is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportedFile {
    /// The revision.
    pub revision: RevisionId,
    /// The Python file.
    pub from: PathBuf,
    /// The SQL file, beside it.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// Why it has no downgrade.
    pub no_downgrade: Option<Unrendered>,
    /// Whether it runs in a transaction.
    pub transaction: bool,
    /// Whether `%%` stands in its SQL: where env.py does not ask for `paramstyle` named, Alembic doubles each `%`.
    pub doubled_percent: bool,
}

/// A revision that stays Python.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemainingPython {
    /// The revision.
    pub revision: RevisionId,
    /// Its file.
    pub path: PathBuf,
    /// Why.
    pub unrendered: Unrendered,
}

/// What an import would write.
#[derive(Debug, Clone, Default)]
pub struct ImportPlan {
    /// The files, parents first.
    pub files: Vec<ImportedFile>,
    /// What stays Python, parents first.
    pub left: Vec<RemainingPython>,
    /// How often Alembic was called.
    pub runs: usize,
}

/// Renders all Python revisions of the history.
///
/// # Errors
/// When Alembic cannot be called or writes for another database. A revision without SQL is no error here.
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

/// Writes the files into `folder`, or each beside its Python file when there is none.
///
/// # Errors
/// When one of them is there already, or cannot be written.
pub fn write(draft: &ImportPlan, folder: Option<&Path>) -> Result<(), ImportAlembicError> {
    for file in &draft.files {
        let path = match (folder, file.path.file_name()) {
            // Two folders may have files of the same name; the id is not in both.
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
