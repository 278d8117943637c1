//! Checks before a deploy for anything that would block it. Read-only.

mod disk;
mod plan;
mod privileges;
mod requirements;
mod server;
mod sessions;
mod tables;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::database::{Database, DatabaseError, QueryRows, TableFacts, VersionTable};
use crate::engine::{self, EngineError, PreparedStep, RunTarget, Setting};
use crate::graph::Plan;
use crate::project::History;
use crate::sql::TableName;

/// Severity of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// No problem.
    Ok,
    /// Needs attention; the deploy may continue.
    Warning,
    /// Blocks the deploy.
    Stop,
}

impl Level {
    /// Returns the name for output: `ok`, `warning`, `stop`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Stop => "stop",
        }
    }
}

/// Result of one check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Name of the check: `connection`, `server`, `privileges`...
    pub check: &'static str,
    /// Severity.
    pub level: Level,
    /// Description of the result.
    pub text: String,
    /// Remedies: statements for the server.
    pub remedies: Vec<String>,
    /// Details as a table.
    pub rows: Option<QueryRows>,
}

impl Item {
    /// Creates an item without details.
    #[must_use]
    pub fn new(check: &'static str, level: Level, text: impl Into<String>) -> Self {
        Self { check, level, text: text.into(), remedies: Vec::new(), rows: None }
    }

    fn with_rows(self, rows: QueryRows) -> Self {
        Self { rows: (!rows.rows.is_empty()).then_some(rows), ..self }
    }
}

/// Limits above which something is reported.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Age of an open transaction.
    pub transaction_age: Duration,
    /// Lag of a replica.
    pub replication_lag: Duration,
    /// Number of rows from which a table counts as large.
    pub large_table: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            transaction_age: Duration::from_secs(60),
            replication_lag: Duration::from_secs(30),
            large_table: 1_000_000,
        }
    }
}

/// Result of a preflight.
#[derive(Debug)]
pub struct Preflight {
    /// Items in the order of the checks.
    pub items: Vec<Item>,
    /// Facts about the tables that the plan touches.
    pub tables: BTreeMap<TableName, TableFacts>,
    /// Pending plan; `None` if the survey failed or was not possible.
    pub plan: Option<Plan>,
    /// Error of the survey; not included in the items.
    pub error: Option<EngineError>,
}

impl Preflight {
    /// Returns the highest severity.
    #[must_use]
    pub fn level(&self) -> Level {
        let failed = if self.error.is_some() { Level::Stop } else { Level::Ok };
        self.items.iter().map(|item| item.level).max().unwrap_or(Level::Ok).max(failed)
    }
}

/// Runs all checks.
///
/// # Errors
/// When the connection breaks. What the server refuses to report is an item.
pub fn preflight(
    history: &History,
    database: &mut dyn Database,
    table: &VersionTable,
    run_target: &RunTarget,
    setting: Setting<'_>,
    limits: Limits,
) -> Result<Preflight, DatabaseError> {
    let mut items = server::items(database)?;
    let (history, state) = match engine::read_history(history, database) {
        Ok(read) => read,
        Err(DatabaseError::Server(error)) => {
            items.push(privileges::no_state(database, table, &error)?);
            return Ok(Preflight { items, tables: BTreeMap::new(), plan: None, error: None });
        }
        Err(error) => return Err(error),
    };
    items.push(server::version_table(history, &state, table));
    items.push(heads(history));
    items.push(server::checksums(history, &state, setting.dialect));
    let (planned, error) = match planned(history, database, run_target, setting) {
        Ok(planned) => (Some(planned), None),
        Err(EngineError::Database(error)) => return Err(error),
        Err(error) => (None, Some(error)),
    };
    let mut facts = BTreeMap::new();
    if let Some((plan, prepared)) = &planned {
        let touched = tables::Touched::new(prepared, setting.dialect);
        let known = tables::look_up(database, &touched)?;
        items.push(privileges::item(database, &touched, &known, table, &state)?);
        items.extend(privileges::language(database, prepared)?);
        items.push(disk::item(database, &touched, &known)?);
        items.push(sessions::item(database, &touched, limits)?);
        items.push(server::replication(database, limits)?);
        items.extend(requirements::items(database, (history, &state), (plan, prepared), setting.dialect)?);
        items.push(plan::item((plan, prepared), setting.dialect, &known, limits));
        facts = known;
    }
    Ok(Preflight { items, tables: facts, plan: planned.map(|(plan, _)| plan), error })
}

/// Returns the pending plan with the texts of its steps.
fn planned(
    history: &History,
    database: &mut dyn Database,
    run_target: &RunTarget,
    setting: Setting<'_>,
) -> Result<(Plan, Vec<Arc<PreparedStep>>), EngineError> {
    let survey = engine::survey(history, database, run_target, setting)?;
    let prepared = survey.prepared.whole(&survey.plan.steps).map(|step| step.map(|(_, prepared)| prepared));
    let prepared = prepared.collect::<Result<_, _>>()?;
    Ok((survey.plan, prepared))
}

fn heads(history: &History) -> Item {
    let heads = history.graph.heads();
    let names: Vec<_> = heads.iter().map(ToString::to_string).collect();
    match names.as_slice() {
        [] => Item::new("heads", Level::Ok, "there are no revisions"),
        [one] => Item::new("heads", Level::Ok, format!("one head, {one}")),
        several => Item::new(
            "heads",
            Level::Warning,
            format!("{} heads: {}; `head` means none of them until they are merged", several.len(), several.join(", ")),
        ),
    }
}
