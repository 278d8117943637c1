//! Resolves by hand what neither the journal nor the catalog shows: that a statement ran or did not, or that a changed
//! file is correct. The journal records the resolution and the operator.

use std::sync::Arc;

use super::changed::{RevisionEdit, changed_revisions};
use super::error::{EngineError, NoRepair};
use super::lock::with_lock;
use super::observer::Observer;
use super::prepare::{PreparedStep, Setting, parents, prepare};
use super::resume::{hashes, refuse_changed_beginning};
use super::run::Options;
use crate::database::journal::{JournalEntry, JournalState, Started, Took};
use crate::database::{Database, HistoryState, Incomplete, ManualEntry, RemarkChange};
use crate::graph::{Operation, Plan, RowChange, Step};
use crate::id::RevisionId;
use crate::project::History;

/// Resolution by the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Repair {
    /// The statement that was running when the runner died has run.
    StatementApplied(Option<RevisionId>),
    /// It did not run.
    StatementNotApplied(Option<RevisionId>),
    /// The changed file of the revision is correct.
    Accept(RevisionId),
}

/// Result of a repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    pub revision: RevisionId,
    /// Number of statements that count as run; only for an incomplete revision.
    pub statements_done: Option<u64>,
    /// Total number of statements.
    pub statements_total: u64,
    /// Change that was accepted; only for an applied revision.
    pub accepted: Option<RevisionEdit>,
}

/// Records a resolution in the journal.
///
/// # Errors
/// [`EngineError::NothingToRepair`] if the resolution does not apply; a lock that cannot be acquired; an error of the
/// database.
pub fn repair(
    history: &History,
    database: &mut dyn Database,
    what: &Repair,
    (setting, options): (Setting<'_>, &Options<'_>),
    observer: &dyn Observer,
) -> Result<Repaired, EngineError> {
    let service = &history.service.name;
    with_lock(database, service, options.lock_timeout, observer, |database| {
        let state = database.state()?;
        match what {
            Repair::StatementApplied(id) => statement(history, database, &state, id.as_ref(), true, (setting, options)),
            Repair::StatementNotApplied(id) => {
                statement(history, database, &state, id.as_ref(), false, (setting, options))
            }
            Repair::Accept(id) => accept(history, database, &state, id, (setting, options)),
        }
    })
}

fn statement(
    history: &History,
    database: &mut dyn Database,
    state: &HistoryState,
    id: Option<&RevisionId>,
    ran: bool,
    (setting, options): (Setting<'_>, &Options<'_>),
) -> Result<Repaired, EngineError> {
    let half = the_incomplete(state, id)?;
    let revision = RevisionId::from_row(&half.revision);
    let nothing = |reason| EngineError::NothingToRepair { revision: Some(revision.clone()), reason };
    let running = half.running.ok_or_else(|| nothing(NoRepair::NoneUnknown))?;
    if ran {
        // The user refers to the statement in the file, so that must be the one that was sent.
        refuse_changed_beginning(half, &*half_prepared(history, half, setting)?, setting.dialect)?;
    }
    let done = u64::from(if ran { running } else { running.saturating_sub(1) });
    let error = if ran { "statement marked as applied" } else { "statement marked as not applied" };
    let started = (options.now)();
    let entry = JournalEntry {
        state: JournalState::Noted,
        statements_done: done,
        statements_total: half.statements_total.into(),
        error: Some(error),
        ..entry(&revision, options, &started)
    };
    let change = Some(RemarkChange::Done { id: half.id, statements: done });
    database.remark(&ManualEntry { entry, change })?;
    let (statements_done, statements_total) = (Some(done), half.statements_total.into());
    Ok(Repaired { revision, statements_done, statements_total, accepted: None })
}

fn the_incomplete<'s>(state: &'s HistoryState, id: Option<&RevisionId>) -> Result<&'s Incomplete, EngineError> {
    let nothing = |reason| EngineError::NothingToRepair { revision: id.cloned(), reason };
    let mut found = state.incomplete.iter().filter(|half| id.is_none_or(|id| id.as_str() == half.revision));
    let first = found.next().ok_or_else(|| nothing(NoRepair::NotIncomplete))?;
    if found.next().is_some() { Err(nothing(NoRepair::Several)) } else { Ok(first) }
}

/// Prepares the text of an incomplete revision.
///
/// # Errors
/// A file that cannot be read, or is refused.
pub fn half_prepared(
    history: &History,
    half: &Incomplete,
    setting: Setting<'_>,
) -> Result<Arc<PreparedStep>, EngineError> {
    let revision = RevisionId::from_row(&half.revision);
    let operation =
        if half.operation == Operation::Downgrade.name() { Operation::Downgrade } else { Operation::Upgrade };
    // Only the text is used, so the step needs no change of the version rows.
    let step = Step { revision, operation, change: RowChange::default() };
    let plan = Plan { direction: operation, from: Vec::new(), steps: vec![step.clone()], to: Vec::new() };
    prepare(history, &plan, setting)?.get(&step, 0)
}

fn accept(
    history: &History,
    database: &mut dyn Database,
    state: &HistoryState,
    id: &RevisionId,
    (setting, options): (Setting<'_>, &Options<'_>),
) -> Result<Repaired, EngineError> {
    let started = (options.now)();
    if let Some(half) = state.incomplete.iter().find(|half| half.revision == id.as_str()) {
        let prepared = half_prepared(history, half, setting)?;
        let hashes = hashes(&prepared, setting.dialect);
        let error = Some("changed statements accepted");
        let entry = JournalEntry { state: JournalState::Noted, error, ..entry(id, options, &started) };
        database.remark(&ManualEntry { entry, change: Some(RemarkChange::Hashes { id: half.id, hashes: &hashes }) })?;
        let (done, total) = (u64::from(half.statements_done), prepared.statements() as u64);
        return Ok(Repaired {
            revision: id.clone(),
            statements_done: Some(done),
            statements_total: total,
            accepted: None,
        });
    }
    let changed = changed_revisions(history, state, setting.dialect)?;
    let Some(changed) = changed.into_iter().find(|changed| changed.revision == *id) else {
        return Err(EngineError::NothingToRepair { revision: Some(id.clone()), reason: NoRepair::NotChanged });
    };
    let (now, needs) = match changed.what {
        RevisionEdit::Vanished => (None, None),
        RevisionEdit::Edited | RevisionEdit::Inserted => {
            (Some(history.upgrade_fingerprint(id, setting.dialect)?), Some(parents(history, id)))
        }
    };
    let error = Some(format!("{} file accepted", changed.what.name()));
    let entry = JournalEntry {
        checksum: now.as_deref(),
        parents: needs.as_deref(),
        error: error.as_deref(),
        ..entry(id, options, &started)
    };
    database.remark(&ManualEntry { entry, change: None })?;
    Ok(Repaired { revision: id.clone(), statements_done: None, statements_total: 0, accepted: Some(changed.what) })
}

/// Returns a journal entry that no statement ran for.
pub(super) fn entry<'e>(id: &'e RevisionId, options: &'e Options<'_>, started: &'e str) -> JournalEntry<'e> {
    JournalEntry {
        revision: id.as_str(),
        operation: "repair",
        state: JournalState::Done,
        started: Started::At(started),
        took: Took::Milliseconds(0),
        checksum: None,
        statements_done: 0,
        statements_total: 0,
        running: None,
        hashes: None,
        parents: None,
        definition: None,
        os_user: &options.operator.os_user,
        host: &options.operator.host,
        tool_version: &options.operator.tool_version,
        error: None,
    }
}
