//! Changes the version rows without running anything.

use std::collections::BTreeMap;

use super::check::{lost_heads, refuse_long_ids};
use super::error::EngineError;
use super::lock::with_lock;
use super::observer::Observer;
use super::recorded::fit;
use super::replaced::settle;
use super::run::Options;
use super::unit::facts;
use crate::database::journal::journal_table;
use crate::database::statements::text_literal;
use crate::database::{
    self, Database, Durability, HistoryState, Incomplete, JournalFacts, RevisionExecution, Transaction, Watch,
};
use crate::graph::{Plan, RowChange, Step};
use crate::id::RevisionId;
use crate::project::History;

/// Parameters of a stamp.
#[derive(Debug, Clone, Copy)]
pub struct StampRequest<'a> {
    /// Targets, stamped one after the other.
    pub targets: &'a [&'a str],
    /// True to empty the version table first.
    pub purge: bool,
}

/// Result of a stamp.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    /// Change of the version rows.
    pub plan: Plan,
    /// Incomplete revisions that the stamp settled; they will not be resumed.
    pub settled: Vec<String>,
    /// Revisions that the journal recorded as applied although no version row covered them. They no longer count as
    /// applied.
    pub forgotten: Vec<String>,
}

impl StampRequest<'_> {
    /// Returns the plan from the version rows `rows`.
    ///
    /// # Errors
    /// A target that does not exist; rows without a revision file, unless `purge` is set.
    pub fn plan(&self, history: &History, rows: &[RevisionId]) -> Result<Plan, EngineError> {
        Ok(history.graph.plan_stamp(rows, self.targets, self.purge)?)
    }
}

/// Stamps the database. All version rows and their journal rows change in one transaction.
///
/// # Errors
/// A target that does not exist, rows without a revision file, a lock that cannot be acquired, an error of the
/// database.
pub fn stamp(
    history: &History,
    database: &mut dyn Database,
    stamp: StampRequest<'_>,
    options: &Options<'_>,
    observer: &dyn Observer,
) -> Result<Stamped, EngineError> {
    let service = &history.service.name;
    with_lock(database, service, options.lock_timeout, observer, |database| {
        database.ensure_tables()?;
        let mut state = database.state()?;
        if settle(history, database, &state, &BTreeMap::new(), (service, options, observer))? {
            state = database.state()?;
        }
        let history = fit(history, &mut state, database)?;
        let plan = stamp.plan(history, &database::ids(&state.rows))?;
        refuse_long_ids(&plan, &history.service.version_table, state.id_capacity)?;
        // A stamp that does not change the rows confirms that they are correct.
        let leads_nowhere = plan.to.is_empty() || plan.is_empty();
        let forgotten = if leads_nowhere { lost_heads(&history.graph, &state) } else { Vec::new() };
        let replaced = replaced(&state);
        let settled: Vec<String> = state.incomplete.into_iter().map(|half| half.revision).collect();
        if plan.is_empty() && settled.is_empty() && forgotten.is_empty() {
            return Ok(Stamped { plan, settled, forgotten });
        }
        database.begin()?;
        let stamped = write(database, &plan, options).and_then(|()| note_replaced(database, replaced.as_deref()));
        if stamped.is_err() {
            // The first error is returned. If the rollback fails, the connection is gone, and the transaction with it.
            let _ = database.rollback();
        }
        stamped?;
        database.commit()?;
        Ok(Stamped { plan, settled, forgotten })
    })
}

/// Describes what the stamp replaces, in one line: the rows, and the progress of incomplete revisions. `None` if there
/// is nothing.
fn replaced(state: &HistoryState) -> Option<String> {
    let rows = (!state.rows.is_empty()).then(|| format!("it was at {}", state.rows.join(", ")));
    let halves = state.incomplete.iter().map(|half| {
        let Incomplete { operation, revision, statements_done, statements_total, .. } = half;
        format!(
            "the {operation} of {revision} was half-applied: {statements_done} of {statements_total} statements ran"
        )
    });
    let parts: Vec<String> = rows.into_iter().chain(halves).collect();
    (!parts.is_empty()).then(|| parts.join("; "))
}

/// Adds that description to the stamp's last journal row, which by itself contains only the new state.
fn note_replaced(database: &mut dyn Database, replaced: Option<&str>) -> Result<(), EngineError> {
    let Some(replaced) = replaced else { return Ok(()) };
    let dialect = database.server().dialect;
    let journal = journal_table(dialect, &database.resolve_version_table()?);
    // Two statements, because MySQL cannot read the table that an UPDATE changes (ER_UPDATE_TABLE_USED).
    let newest = database.execute(&format!("SELECT MAX(id) FROM {journal} WHERE operation = 'stamp'"))?;
    let id = newest.last().and_then(|rows| rows.first()?.first()?.clone());
    if let Some(id) = id.and_then(|id| id.trim().parse::<i64>().ok()) {
        let note = text_literal(dialect, replaced);
        database.execute(&format!("UPDATE {journal} SET note = {note} WHERE id = {id}"))?;
    }
    Ok(())
}

fn write(database: &mut dyn Database, plan: &Plan, options: &Options<'_>) -> Result<(), EngineError> {
    for (step, left) in plan.steps.iter().zip(plan.rows_after_steps()) {
        write_step(database, step.revision.as_str(), (Some(step), &left), options)?;
    }
    // The rows stay as they are. The journal row settles incomplete revisions and those without a row.
    if plan.steps.is_empty() {
        write_step(database, plan.to.first().map_or("base", RevisionId::as_str), (None, &plan.to), options)?;
    }
    Ok(())
}

/// Returns the version rows after a stamp in the format of its journal row. Without them, a stamp at a revision could
/// not be distinguished from one that removed its row.
pub(super) fn rows_left(rows: &[RevisionId]) -> String {
    rows.iter().map(RevisionId::as_str).collect::<Vec<_>>().join(" ")
}

fn write_step(
    database: &mut dyn Database,
    revision: &str,
    (step, left): (Option<&Step>, &[RevisionId]),
    options: &Options<'_>,
) -> Result<(), EngineError> {
    let (started_at, text) = ((options.now)(), rows_left(left));
    let nothing = RowChange::default();
    let unit = RevisionExecution {
        revision,
        operation: crate::graph::Operation::Stamp,
        text: "",
        pieces: &[],
        require: &[],
        verify: &[],
        change: step.map_or(&nothing, |step| &step.change),
        rows_after: Some(left),
        transaction: Transaction::Shared,
        skip: 0,
        hashes: "",
        journal: Some(JournalFacts { parents: Some(&text), ..facts(options.operator, &started_at, "") }),
        durability: Durability::Immediate,
        next: None,
    };
    super::execute::run(database, &unit, &mut Unwatched).map_err(|failure| EngineError::Failed {
        revision: RevisionId::from_row(revision),
        operation: crate::graph::Operation::Stamp,
        path: std::path::PathBuf::new(),
        location: None,
        statement: None,
        statements: 0,
        batched: 0,
        failure: Box::new(failure),
    })?;
    Ok(())
}

/// A stamp has no statements to report and cannot be interrupted.
pub(super) struct Unwatched;

impl Watch for Unwatched {
    fn statements(&mut self, _done: usize, _total: usize) {}

    fn interrupted(&self) -> bool {
        false
    }
}
