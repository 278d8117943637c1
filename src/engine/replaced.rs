//! Version rows of revisions that another one replaces: the first run under the lock writes the replacement in their
//! place. Nothing of a revision runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::definition::definition;
use super::error::EngineError;
use super::observer::{Event, Observer};
use super::prepare::{PreparedStep, Setting, parents, section_of};
use super::repair::entry as manual_entry;
use super::run::Options;
use super::stamp::Unwatched;
use super::unit::{UnitBuilder, failed};
use crate::database::journal::{JournalEntry, journal_table};
use crate::database::statements::text_literal;
use crate::database::{self, Database, DatabaseError, HistoryState, ManualEntry, Timeouts, Transaction};
use crate::graph::{Operation, ReplacementView, RowChange, Step};
use crate::id::RevisionId;
use crate::project::History;
use crate::revision::{Rendered, Revision, Section};

/// Chooses the view of the history for the state of a database.
pub(super) fn choose_view(history: &History, state: &HistoryState) -> ReplacementView {
    let half: Vec<RevisionId> = state.incomplete.iter().map(|half| RevisionId::from_row(&half.revision)).collect();
    history.replacement_view(&database::ids(&state.rows), &half)
}

/// Translates the state of a database to the revisions that the view contains.
pub(super) fn translate(history: &History, view: &ReplacementView, state: &mut HistoryState) {
    let now = |row: &String| {
        let moved = view.moved.iter().find(|(before, _)| before.as_str() == row);
        moved.map_or_else(|| row.clone(), |(_, now)| now.to_string())
    };
    state.moved_rows = view.moved.iter().map(|(row, now)| (row.to_string(), now.to_string())).collect();
    state.rows = state.rows.iter().map(now).collect();
    state.rows.sort_unstable();
    // The journal's rows about revisions that are not in the view have no meaning for those that are.
    let hidden = history.hidden_in(view);
    state.settled.retain(|row| !hidden.contains(&RevisionId::from_row(&row.revision)));
    for row in &mut state.settled {
        for parent in row.parents.iter_mut().flatten() {
            *parent = history.meant(parent).to_owned();
        }
    }
}

/// Changes the version rows of replaced revisions to those of their replacements, and notes that in the journal: all in one
/// transaction. Must be called with the lock held. `state` is what the database contains. Returns `true` if it changed.
///
/// # Errors
/// A file that cannot be read, or an error of the database; then nothing has changed.
pub(super) fn settle(
    history: &History,
    database: &mut dyn Database,
    state: &HistoryState,
    variables: &BTreeMap<String, String>,
    (service, options, observer): (&str, &Options<'_>, &dyn Observer),
) -> Result<bool, EngineError> {
    let ReplacementView { expanded, moved } = choose_view(history, state);
    if moved.is_empty() {
        return Ok(false);
    }
    // A replacement that another one replaces is in this view only.
    let view = if expanded.is_empty() { None } else { history.with_recorded("", Vec::new(), &expanded) };
    let history = view.unwrap_or(history);
    let dialect = database.server().dialect;
    let setting = Setting { dialect, variables, single_transaction: false, looking: false };
    database.begin()?;
    let written = moved.iter().try_for_each(|moved| write(history, database, state, moved, (setting, options)));
    if written.is_err() {
        // The first error is returned. If the rollback fails, the connection is gone, and the transaction with it.
        let _ = database.rollback();
        return written.map(|()| false);
    }
    database.commit()?;
    for (row, replacement) in &moved {
        observer.event(service, &Event::Replaced { row, replacement });
    }
    Ok(true)
}

fn write(
    history: &History,
    database: &mut dyn Database,
    state: &HistoryState,
    (row, replacement): &(RevisionId, RevisionId),
    (setting, options): (Setting<'_>, &Options<'_>),
) -> Result<(), EngineError> {
    let change = RowChange { delete: vec![row.clone()], insert: vec![replacement.clone()] };
    let step = Step { revision: replacement.clone(), operation: Operation::Upgrade, change };
    let prepared = nothing_to_run(history, &step, history.read_section(replacement, Section::Upgrade)?, setting);
    let definition = definition(history, &step, &prepared, setting).filter(|_| state.keeps_definitions);
    let unit = UnitBuilder::new((&step, &prepared), None, (Transaction::Shared, 0), setting.dialect, options)
        .defined(definition.as_deref());
    super::execute::run(database, &unit.unit(None), &mut Unwatched)
        .map_err(|failure| failed(&step, &prepared, failure, 0))?;
    Ok(note(database, row, replacement)?)
}

/// Returns the step of a revision of which only the version row changes: what it replaces is applied.
pub(super) fn nothing_to_run(
    history: &History,
    step: &Step,
    (path, revision): (PathBuf, Revision),
    setting: Setting<'_>,
) -> PreparedStep {
    let Revision { header, text: file, .. } = &revision;
    PreparedStep {
        message: header.message.clone().unwrap_or_default(),
        path,
        file: file.clone(),
        section: Rendered::of_text("-- nothing to do\n"),
        pieces: Vec::new(),
        // A later edit of the file is noticed, although it was not what ran.
        checksum: revision.fingerprint(section_of(step.operation).0, setting.dialect),
        parents: parents(history, &step.revision),
        transaction: true,
        timeouts: Timeouts::default(),
        require: None,
        verify: None,
        online: None,
    }
}

/// Returns the replaced revisions that the journal records as applied.
pub(super) fn recorded(history: &History, state: &HistoryState) -> BTreeSet<RevisionId> {
    let applied = state.recorded_as_applied().into_iter().map(RevisionId::from_row);
    applied.filter(|id| history.replaced_by(id).is_some()).collect()
}

/// Adds to the journal that what a replacement replaces was reverted with it, as far as it is among `applied`: an older
/// release, which has only those files, would find them applied by the journal and not by the version rows.
///
/// # Errors
/// The database refuses, or the connection breaks.
pub(super) fn note_reverted<'s>(
    history: &History,
    database: &mut dyn Database,
    done: impl Iterator<Item = &'s Step>,
    applied: &BTreeSet<RevisionId>,
    options: &Options<'_>,
) -> Result<(), EngineError> {
    for step in done.filter(|step| step.operation == Operation::Downgrade) {
        for id in history.replaces(&step.revision).iter().filter(|id| applied.contains(*id)).rev() {
            let (started, note) = ((options.now)(), format!("reverted with {}, which replaces it", step.revision));
            let entry = JournalEntry {
                operation: Operation::Downgrade.name(),
                error: Some(&note),
                ..manual_entry(id, options, &started)
            };
            database.remark(&ManualEntry { entry, change: None })?;
        }
    }
    Ok(())
}

/// Adds to the journal row of the replacement why nothing ran.
fn note(database: &mut dyn Database, row: &RevisionId, replacement: &RevisionId) -> Result<(), DatabaseError> {
    let dialect = database.server().dialect;
    let journal = journal_table(dialect, &database.resolve_version_table()?);
    let name = text_literal(dialect, replacement.as_str());
    // Two statements, because MySQL cannot read the table that an UPDATE changes (ER_UPDATE_TABLE_USED).
    let newest = database.execute(&format!("SELECT MAX(id) FROM {journal} WHERE revision = {name}"))?;
    let id = newest.last().and_then(|rows| rows.first()?.first()?.clone());
    if let Some(id) = id.and_then(|id| id.trim().parse::<i64>().ok()) {
        let note = text_literal(dialect, &format!("nothing ran: it replaces {row}, which was applied"));
        database.execute(&format!("UPDATE {journal} SET note = {note} WHERE id = {id}"))?;
    }
    Ok(())
}
