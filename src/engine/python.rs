//! Steps of Python revisions. The service's Alembic renders their SQL, all of a plan's together; what has no SQL is
//! left to Alembic if the config allows it.

use std::collections::BTreeMap;

use super::error::{EngineError, RevisionRefusal};
use super::online;
use super::prepare::{PreparedStep, Setting, parents, refuse_what_would_fail, refused};
use super::timeouts;
use crate::diagnostic::{Location, Span};
use crate::formats::alembic::SectionSql;
use crate::graph::{Operation, Plan, Step};
use crate::id::RevisionId;
use crate::project::render::{RenderRequest, Unrendered, render};
use crate::project::{History, HistoryEntry, ProjectError};
use crate::revision::Rendered;
use crate::sql;

/// SQL of the Python revisions of a plan.
#[derive(Debug, Default)]
pub(super) struct Scripts {
    /// Rendered SQL, by revision.
    sql: BTreeMap<RevisionId, SectionSql>,
    /// Revisions that Alembic itself has to run.
    online: BTreeMap<RevisionId, Unrendered>,
}

/// Renders the Python revisions of `plan`, if it has any.
///
/// # Errors
/// [`RevisionRefusal::Python`] if there is no Alembic to do so and the plan is to be run; a revision that cannot be
/// rendered.
pub(super) fn scripts(history: &History, plan: &Plan, setting: Setting<'_>) -> Result<Scripts, EngineError> {
    let is_python = |step: &&Step| history.entry(&step.revision).is_ok_and(HistoryEntry::is_python);
    let steps: Vec<&Step> = plan.steps.iter().filter(is_python).collect();
    let Some(first) = steps.first() else { return Ok(Scripts::default()) };
    let Some(python) = &history.service.python else {
        if setting.looking {
            return Ok(Scripts::default());
        }
        let path = history.entry(&first.revision)?.path.clone();
        let location = Location { path, text: String::new(), span: Span::default() };
        return Err(refused(first, location, RevisionRefusal::Python { revisions: steps.len() }));
    };
    let revisions: Vec<RevisionId> = steps.iter().map(|step| step.revision.clone()).collect();
    let (operation, dialect) = (first.operation, setting.dialect);
    let mut rendering = render(RenderRequest { history, python, operation, revisions: &revisions, dialect })?;
    // What could not be rendered is run by Alembic itself.
    let online = if python.online { std::mem::take(&mut rendering.failures) } else { BTreeMap::new() };
    for revision in revisions {
        if let Some(unrendered) = rendering.failures.remove(&revision) {
            let path = history.entry(&revision)?.path.clone();
            let by_hand = by_hand(history, &revision, operation, &python.command.join(" "));
            return Err(Box::new(ProjectError::Unrendered { revision, unrendered, path, by_hand }).into());
        }
    }
    Ok(Scripts { sql: rendering.sql, online })
}

/// Returns the command that runs the revision with Alembic. For a downgrade it names the revision below.
fn by_hand(history: &History, revision: &RevisionId, operation: Operation, command: &str) -> String {
    if operation != Operation::Downgrade {
        return format!("{command} upgrade {revision}");
    }
    let parents = history.graph.get(revision.as_str()).map(|node| node.down_revisions.as_slice()).unwrap_or_default();
    format!("{command} downgrade {}", parents.first().map_or("base", RevisionId::as_str))
}

/// Creates the step with its SQL; the SQL is empty if it was not rendered. Errors are located in that SQL.
///
/// # Errors
/// SQL that cannot be split, or that is refused.
pub(super) fn prepared(
    history: &History,
    step: &Step,
    scripts: &Scripts,
    setting: Setting<'_>,
) -> Result<PreparedStep, EngineError> {
    let entry = history.entry(&step.revision)?;
    if let Some(unrendered) = scripts.online.get(&step.revision) {
        return online::prepared(history, step, unrendered, setting);
    }
    let (sql, transaction) = match scripts.sql.get(&step.revision) {
        Some(script) => (script.sql.clone(), script.transaction),
        None => (String::new(), true),
    };
    let name = if step.operation == Operation::Downgrade { "downgrade" } else { "upgrade" };
    let path = format!("{} ({name} --sql)", entry.path.display()).into();
    let section = Rendered::of_text(&sql);
    let pieces = sql::split(&sql, setting.dialect).map_err(|error| {
        let location = Location { path: std::path::PathBuf::clone(&path), text: sql.clone(), span: error.span };
        refused(step, location, RevisionRefusal::Split(error))
    })?;
    let prepared = PreparedStep {
        message: entry.header.message.clone().unwrap_or_default(),
        path,
        checksum: sql::fingerprint(&sql, setting.dialect),
        parents: parents(history, &step.revision),
        transaction,
        timeouts: timeouts::timeouts(&history.service.gentle, &entry.header, &pieces, &sql, setting.dialect),
        require: None,
        verify: None,
        online: None,
        file: sql.into(),
        section,
        pieces,
    };
    refuse_what_would_fail(step, &prepared, setting)?;
    Ok(prepared)
}
