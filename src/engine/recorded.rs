//! Fits a history to a database: chooses between revisions and what they replace, and adds the applied revisions that
//! have no file but a definition in the journal, because a newer release has applied them. Costs nothing while every
//! version row has a file.

use std::collections::{BTreeMap, BTreeSet};

use super::check::lost_heads;
use super::replaced::{choose_view, translate};
use crate::config::AheadPolicy;
use crate::database::definition::select_definitions;
use crate::database::journal::journal_name;
use crate::database::{self, Database, DatabaseError, HistoryState};
use crate::id::RevisionId;
use crate::project::History;
use crate::project::recorded::{RecordedRevision, complete};

use super::error::EngineError;

/// Reads the state of the database, and returns it with the history, which contains the applied revisions without a
/// file as far as the journal describes them. A row that is in neither of the two stays unknown. If some of the revisions
/// that another one replaces are applied, the history contains them too; if all are, the state has the replacement.
/// While version rows seem to be lost, reads again until two results are equal.
///
/// Drivers read the version table and the journal with two statements of one message. If another runner commits between
/// them, the rows are older than the journal, which looks like a lost row.
///
/// # Errors
/// If the database cannot be read.
pub fn read_history<'h>(
    history: &'h History,
    database: &mut dyn Database,
) -> Result<(&'h History, HistoryState), DatabaseError> {
    let mut state = database.state()?;
    loop {
        let before = (!history.replaces_nothing()).then(|| state.clone());
        let known = fit(history, &mut state, database)?;
        if lost_heads(&known.graph, &state).is_empty() {
            return Ok((known, state));
        }
        let again = database.state()?;
        if again == *before.as_ref().unwrap_or(&state) {
            return Ok((known, state));
        }
        state = again;
    }
}

/// Returns the history that fits the database, and translates the state to its revisions.
///
/// # Errors
/// If the database cannot be read.
pub(super) fn fit<'h>(
    history: &'h History,
    state: &mut HistoryState,
    database: &mut dyn Database,
) -> Result<&'h History, DatabaseError> {
    let mut expanded = BTreeSet::new();
    if !history.replaces_nothing() {
        let view = choose_view(history, state);
        translate(history, &view, state);
        expanded = view.expanded;
    }
    let recorded = recorded(history, state, database)?;
    if recorded.is_empty() && expanded.is_empty() {
        return Ok(history);
    }
    let table = database.resolve_version_table()?;
    Ok(history.with_recorded(&journal_name(&table), recorded, &expanded).unwrap_or(history))
}

/// Returns the applied revisions that have no file, as far as the journal describes them.
fn recorded(
    history: &History,
    state: &HistoryState,
    database: &mut dyn Database,
) -> Result<Vec<RecordedRevision>, DatabaseError> {
    let mut unknown = history.graph.unknown_rows(&database::ids(&state.rows));
    unknown.retain(|row| !history.is_known(row.as_str()));
    if unknown.is_empty() || !state.keeps_definitions {
        return Ok(Vec::new());
    }
    let mut reader = DefinitionReader { history, found: BTreeMap::new(), order: Vec::new(), asked: BTreeSet::new() };
    let mut wanted = needed_by(history, unknown, state);
    while !wanted.is_empty() {
        reader.read(&wanted, database)?;
        wanted = reader.missing();
    }
    Ok(complete(history, reader.found, &reader.order))
}

/// Returns `rows` and the revisions without a file below them, as far as the part of the journal that was read anyway
/// contains them, so that in most cases one query reads all definitions.
fn needed_by(history: &History, rows: Vec<RevisionId>, state: &HistoryState) -> BTreeSet<String> {
    let below: BTreeMap<&str, &[String]> = state
        .settled
        .iter()
        .filter(|row| row.operation != "stamp")
        .filter_map(|row| Some((row.revision.as_str(), row.parents.as_deref()?)))
        .collect();
    let mut waiting: Vec<String> = rows.iter().map(ToString::to_string).collect();
    let mut needed = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        let parents = below.get(id.as_str()).copied().unwrap_or_default();
        if needed.insert(id) {
            waiting.extend(parents.iter().filter(|id| !history.is_known(id)).cloned());
        }
    }
    needed
}

struct DefinitionReader<'h> {
    history: &'h History,
    found: BTreeMap<String, RecordedRevision>,
    /// Ids in the order in which the revisions were applied.
    order: Vec<String>,
    asked: BTreeSet<String>,
}

impl DefinitionReader<'_> {
    fn read(&mut self, wanted: &BTreeSet<String>, database: &mut dyn Database) -> Result<(), DatabaseError> {
        let (dialect, table) = (database.server().dialect, database.resolve_version_table()?);
        let results = database.execute(&select_definitions(dialect, &table, wanted.iter().map(String::as_str)))?;
        self.asked.extend(wanted.iter().cloned());
        for row in results.into_iter().flatten() {
            let Ok([Some(id), Some(definition), Some(applied_at), Some(os_user), Some(host)]) =
                <[Option<String>; 5]>::try_from(row)
            else {
                continue;
            };
            if let Some(revision) = RecordedRevision::parse(&id, definition, [applied_at, os_user, host]) {
                self.order.retain(|other| *other != id);
                self.order.push(id.clone());
                self.found.insert(id, revision);
            }
        }
        Ok(())
    }

    /// Returns the prerequisites that have no file and were not read yet.
    fn missing(&self) -> BTreeSet<String> {
        let service = &*self.history.service.name;
        let needs = self.found.values().flat_map(|revision| revision.needs(service));
        let is_missing = |id: &&str| !self.history.is_known(id) && !self.asked.contains(*id);
        needs.filter(is_missing).map(str::to_owned).collect()
    }
}

/// Refuses to upgrade a database that is ahead of the files, if the config asks for it.
///
/// # Errors
/// [`EngineError::DatabaseAhead`].
pub(super) fn refuse_ahead(history: &History) -> Result<(), EngineError> {
    let ahead: Vec<RevisionId> = history.recorded().map(|revision| revision.header.revision.clone()).collect();
    match history.service.gentle.ahead {
        AheadPolicy::Refuse if !ahead.is_empty() => Err(EngineError::DatabaseAhead { revisions: ahead }),
        AheadPolicy::Refuse | AheadPolicy::Allow => Ok(()),
    }
}
