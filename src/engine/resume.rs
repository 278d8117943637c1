//! Resumes incomplete revisions: finds out which statements have run, and where to continue. Never guesses: what
//! neither the journal nor the catalog shows is an error that the user has to resolve.

use std::collections::{BTreeMap, BTreeSet};

use super::error::{EngineError, FileDifference};
use super::prepare::PreparedStep;
use super::prepared_steps::PreparedSteps;
use crate::database::{Database, HASH_LENGTH, Incomplete};
use crate::diagnostic::Location;
use crate::graph::{Graph, Operation, Plan, Step};
use crate::id::RevisionId;
use crate::sql::{self, Dialect, Effect, Piece, StatementKind, TransactionControl};

/// Name in the journal of the operation that replaces a whole database by a backup.
const RESTORE: &str = "restore";

/// Point at which an incomplete revision is resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resumption {
    /// Number of statements that have run.
    pub skip: usize,
    /// Result of looking up the statement that was running when the runner died: true if it has run; `None` if there
    /// was none.
    pub found: Option<bool>,
}

/// Returns the hashes of a section's statements in the journal's format.
#[must_use]
pub fn hashes(prepared: &PreparedStep, dialect: Dialect) -> String {
    let text = &prepared.section.text;
    let all = prepared.sent().map(|piece| {
        let mut hash = sql::statement_fingerprint(text, piece, dialect);
        hash.truncate(HASH_LENGTH);
        hash
    });
    all.collect()
}

/// Returns the resumption of each incomplete revision of the plan. Must be called with the lock held; without it, a
/// live runner may be at work on them.
///
/// # Errors
/// [`EngineError::Incomplete`] if a restore is incomplete or the plan would build on an incomplete revision that is not
/// one of its steps, [`EngineError::IncompleteChanged`] if the file no longer begins with what has run,
/// [`EngineError::StatementUnknown`] if only the user can find out whether a statement ran,
/// [`EngineError::SessionLost`] if the remaining statements need the session of the earlier ones.
pub fn resumptions(
    graph: &Graph,
    plan: &Plan,
    prepared: &PreparedSteps<'_>,
    incomplete: &[Incomplete],
    database: &mut dyn Database,
) -> Result<BTreeMap<RevisionId, Resumption>, EngineError> {
    let mut found = BTreeMap::new();
    for half in incomplete {
        if half.operation == RESTORE {
            return Err(EngineError::Incomplete(Box::new(half.clone())));
        }
        let id = RevisionId::from_row(&half.revision);
        let is_it = |step: &Step| step.revision == id && step.operation.name() == half.operation;
        match plan.steps.iter().enumerate().find(|(_, step)| is_it(step)) {
            Some((index, step)) => {
                found.insert(id, resumption(half, &*prepared.get(step, index)?, database)?);
            }
            None => refuse_to_build_on(graph, plan, half, &id)?,
        }
    }
    Ok(found)
}

/// Refuses a plan that builds on an incomplete revision without completing it. Other branches are not affected.
fn refuse_to_build_on(graph: &Graph, plan: &Plan, half: &Incomplete, id: &RevisionId) -> Result<(), EngineError> {
    if graph.index_of(id.as_str()).is_none() {
        return Err(changed(half, None, FileDifference::Vanished));
    }
    // An incomplete downgrade has not changed the version rows: its revision counts as applied, so that even an empty
    // upgrade would build on it.
    let in_the_way = if half.operation == Operation::Downgrade.name() {
        plan.direction == Operation::Upgrade && (plan.is_empty() || steps_upon(graph, plan, id))
    } else {
        let needed: BTreeSet<_> = graph.applied(std::slice::from_ref(id)).into_iter().collect();
        plan.direction == Operation::Downgrade && plan.steps.iter().any(|step| needed.contains(&step.revision))
    };
    if in_the_way { Err(EngineError::Incomplete(Box::new(half.clone()))) } else { Ok(()) }
}

/// Returns `true` if a step of the plan needs `id`, directly or through earlier steps.
fn steps_upon(graph: &Graph, plan: &Plan, id: &RevisionId) -> bool {
    let mut upon: BTreeSet<&str> = BTreeSet::from([id.as_str()]);
    for step in &plan.steps {
        let Some(node) = graph.get(step.revision.as_str()) else { continue };
        let parents =
            node.down_revisions.iter().map(RevisionId::as_str).chain(node.depends_on.iter().map(String::as_str));
        if parents.into_iter().any(|parent| upon.contains(parent)) {
            upon.insert(step.revision.as_str());
        }
    }
    upon.len() > 1
}

/// Returns the resumption of one revision.
///
/// # Errors
/// As [`resumptions`].
pub fn resumption(
    half: &Incomplete,
    prepared: &PreparedStep,
    database: &mut dyn Database,
) -> Result<Resumption, EngineError> {
    if let Some(online) = &prepared.online {
        return online.resumption(half);
    }
    let dialect = database.server().dialect;
    let done = half.statements_done as usize;
    refuse_changed_beginning(half, prepared, dialect)?;
    let Some(running) = half.running.map(|number| number as usize).filter(|number| *number > done) else {
        refuse_lost_session(half, prepared, done, dialect)?;
        return Ok(Resumption { skip: done, found: None });
    };
    let Some(piece) = prepared.sent().nth(running - 1) else {
        return Err(changed(half, None, FileDifference::Shorter));
    };
    let found = has_run(piece, &prepared.section.text, database)?;
    let Some(has_run) = found else {
        let location = Box::new(prepared.locate(piece.sql));
        return Err(EngineError::StatementUnknown { incomplete: Box::new(half.clone()), location, statement: running });
    };
    // Statements between the last one recorded and this one have run as well: otherwise this one would not have
    // started.
    let skip = if has_run { running } else { running - 1 };
    refuse_lost_session(half, prepared, skip, dialect)?;
    Ok(Resumption { skip, found: Some(has_run) })
}

/// Refuses to continue without session state that later statements use. Without some of it (`LAST_INSERT_ID()`), they
/// would run without an error and do the wrong thing.
fn refuse_lost_session(
    half: &Incomplete,
    prepared: &PreparedStep,
    skip: usize,
    dialect: Dialect,
) -> Result<(), EngineError> {
    let sent: Vec<&Piece> = prepared.sent().collect();
    match sql::lost_with_session(&prepared.section.text, &sent, skip, dialect) {
        None => Ok(()),
        Some(piece) => Err(EngineError::SessionLost {
            incomplete: Box::new(half.clone()),
            location: Box::new(prepared.locate(piece.sql)),
        }),
    }
}

/// Checks that the statements that have run, and the one that may have, are unchanged in the file.
pub(super) fn refuse_changed_beginning(
    half: &Incomplete,
    prepared: &PreparedStep,
    dialect: Dialect,
) -> Result<(), EngineError> {
    // The user who resolved a Python revision has checked the database; the file has no statements to compare.
    if prepared.online.is_some() {
        return Ok(());
    }
    let begun = half.running.unwrap_or_default().max(half.statements_done) as usize;
    let before: Vec<&str> = pieces_of(&half.hashes).take(begun).collect();
    let now = hashes(prepared, dialect);
    let now: Vec<&str> = pieces_of(&now).take(begun).collect();
    let differs = before.iter().zip(&now).position(|(before, now)| before != now);
    if let Some(index) = differs {
        let at = prepared.sent().nth(index).map(|piece| prepared.locate(piece.sql));
        return Err(changed(half, at, FileDifference::Edited { statement: index + 1 }));
    }
    if now.len() < begun {
        return Err(changed(half, None, FileDifference::Shorter));
    }
    // What cannot be compared is not taken for the same.
    if before.len() < begun {
        return Err(changed(half, None, FileDifference::Unrecorded { hashes: before.len() }));
    }
    Ok(())
}

fn pieces_of(hashes: &str) -> impl Iterator<Item = &str> {
    (0..hashes.len() / HASH_LENGTH).filter_map(|index| hashes.get(index * HASH_LENGTH..(index + 1) * HASH_LENGTH))
}

fn changed(half: &Incomplete, location: Option<Location>, difference: FileDifference) -> EngineError {
    EngineError::IncompleteChanged { incomplete: Box::new(half.clone()), location: location.map(Box::new), difference }
}

/// Returns `true` if the statement ran, judging by the catalog or by its kind; `None` if that cannot be determined.
fn has_run(piece: &Piece, text: &str, database: &mut dyn Database) -> Result<Option<bool>, EngineError> {
    let (dialect, statement) = (database.server().dialect, piece.sql.slice(text));
    match piece.kind {
        // A setting applied to its session only, so it is repeated in any case.
        StatementKind::Setting => return Ok(Some(false)),
        StatementKind::TransactionControl => return Ok(has_control_run(statement, dialect)),
        // Changed rows leave no trace in the catalog.
        StatementKind::Nothing | StatementKind::Rows | StatementKind::CopyFromStdin { .. } => return Ok(None),
        StatementKind::Other => {}
    }
    Ok(match sql::effect(statement, dialect) {
        Some(Effect::Makes(object)) => database.exists(&object)?,
        Some(Effect::Drops(object)) => database.exists(&object)?.map(|exists| !exists),
        Some(Effect::Repeatable) => Some(false),
        None => None,
    })
}

/// Returns whether a statement of transaction control ran. The note that a COMMIT is about to run belongs to the
/// transaction that it ends, so the note exists only if the commit succeeded. A BEGIN has no lasting effect and is
/// repeated. Whether a prepared transaction was committed cannot be determined.
fn has_control_run(statement: &str, dialect: Dialect) -> Option<bool> {
    match TransactionControl::parse(statement, dialect) {
        TransactionControl::Begin => Some(false),
        TransactionControl::Commit { .. } | TransactionControl::Rollback { .. } => Some(true),
        TransactionControl::Detach | TransactionControl::Finish | TransactionControl::Continue => None,
    }
}
