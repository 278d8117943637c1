//! Replay of a history on a shadow, up to given revisions.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::error::ProofError;
use super::shadow_database::Shadow;
use crate::database::StopSignal;
use crate::diagnostic::{Location, Span};
use crate::engine::{self, PreparedStep, PreparedSteps, Setting};
use crate::graph::{Operation, Plan, RowChange, Step};
use crate::id::RevisionId;
use crate::project::History;
use crate::sql::{self, Dialect, Lexer, TokenKind};

/// Settings of a replay.
#[derive(Clone)]
pub struct Replay<'a> {
    /// Template variables that the user set with `KEY=VALUE`.
    pub variables: &'a BTreeMap<String, String>,
    /// Signal that the user wants to stop.
    pub stop: StopSignal,
}

/// One revision in one direction, with its text.
pub(super) struct PreparedRevision<'p> {
    steps: Vec<Step>,
    prepared: PreparedSteps<'p>,
}

impl PreparedRevision<'_> {
    /// Returns the text as it runs.
    pub(super) fn text(&self) -> Result<Arc<PreparedStep>, ProofError> {
        Ok(self.prepared.get(&self.steps[0], 0)?)
    }
}

impl Replay<'_> {
    /// Executes the upgrades from the version rows `from` to the revisions `to` on the shadow, with everything they
    /// depend on. Require and verify sections are skipped, because the shadow has no rows.
    ///
    /// # Errors
    /// A file cannot be read, or the shadow refuses a statement.
    pub fn run(
        &self,
        shadow: &mut Shadow,
        history: &History,
        from: &[RevisionId],
        to: &[RevisionId],
    ) -> Result<(), ProofError> {
        let mut rows = from.to_vec();
        for target in to {
            let plan = history.graph.plan_upgrade(&rows, target.as_str()).map_err(engine::EngineError::from)?;
            self.plan(shadow, history, &plan)?;
            rows = plan.to;
        }
        Ok(())
    }

    /// Executes the upgrades of exactly these revisions on the shadow, in this order, in which each must follow those
    /// that it depends on. Verify sections are skipped.
    ///
    /// # Errors
    /// As [`Replay::run`].
    pub fn run_in_order(&self, shadow: &mut Shadow, history: &History, order: &[RevisionId]) -> Result<(), ProofError> {
        self.plan(shadow, history, &plan_of(order, Operation::Upgrade))
    }

    /// Executes one revision on the shadow, in either direction.
    ///
    /// # Errors
    /// As [`Replay::run`].
    pub fn run_one(
        &self,
        shadow: &mut Shadow,
        history: &History,
        id: &RevisionId,
        operation: Operation,
    ) -> Result<(), ProofError> {
        self.plan(shadow, history, &plan_of(std::slice::from_ref(id), operation))
    }

    /// Executes the upgrade of one revision on the shadow, or only the `pieces` with these indexes.
    ///
    /// # Errors
    /// As [`Replay::run`].
    pub fn run_part(
        &self,
        shadow: &mut Shadow,
        history: &History,
        id: &RevisionId,
        pieces: Option<&Range<usize>>,
    ) -> Result<(), ProofError> {
        let Some(pieces) = pieces else { return self.run_one(shadow, history, id, Operation::Upgrade) };
        let plan = plan_of(std::slice::from_ref(id), Operation::Upgrade);
        let prepared = self.prepared_plan(shadow.url().dialect(), history, &plan)?;
        refuse_names_elsewhere(&plan.steps, &prepared, shadow)?;
        let stage = shadow.stage();
        Ok(engine::rehearse_pieces(shadow.database()?, (&plan.steps, &prepared), pieces, &stage, &self.stop)?)
    }

    /// Returns the text of a revision's upgrade as a replay on a database of `dialect` runs it.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn prepared(
        &self,
        dialect: Dialect,
        history: &History,
        id: &RevisionId,
    ) -> Result<Arc<PreparedStep>, ProofError> {
        self.prepared_run(dialect, history, id, Operation::Upgrade)?.text()
    }

    /// Reads a revision, to be executed several times on databases of `dialect`.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn prepared_run<'p>(
        &'p self,
        dialect: Dialect,
        history: &'p History,
        id: &RevisionId,
        operation: Operation,
    ) -> Result<PreparedRevision<'p>, ProofError> {
        let plan = plan_of(std::slice::from_ref(id), operation);
        let prepared = self.prepared_plan(dialect, history, &plan)?;
        Ok(PreparedRevision { steps: plan.steps, prepared })
    }

    /// Executes a revision that was read.
    ///
    /// # Errors
    /// The shadow refuses a statement.
    pub(super) fn run_prepared(&self, shadow: &mut Shadow, run: &PreparedRevision<'_>) -> Result<(), ProofError> {
        self.steps(shadow, &run.steps, &run.prepared)
    }

    /// Executes the steps of a plan on the shadow, in either direction.
    ///
    /// # Errors
    /// As [`Replay::run`].
    pub fn plan(&self, shadow: &mut Shadow, history: &History, plan: &Plan) -> Result<(), ProofError> {
        let prepared = self.prepared_plan(shadow.url().dialect(), history, plan)?;
        self.steps(shadow, &plan.steps, &prepared)
    }

    fn prepared_plan<'p>(
        &'p self,
        dialect: Dialect,
        history: &'p History,
        plan: &Plan,
    ) -> Result<PreparedSteps<'p>, ProofError> {
        let setting = Setting { dialect, variables: self.variables, single_transaction: false, looking: false };
        Ok(engine::prepare(history, plan, setting)?)
    }

    /// Executes steps whose files were read already.
    ///
    /// # Errors
    /// The shadow refuses a statement.
    pub fn steps(&self, shadow: &mut Shadow, steps: &[Step], prepared: &PreparedSteps<'_>) -> Result<(), ProofError> {
        refuse_names_elsewhere(steps, prepared, shadow)?;
        let stage = shadow.stage();
        Ok(engine::rehearse(shadow.database()?, steps, prepared, &stage, &self.stop)?)
    }
}

/// Refuses steps that name something outside the shadow.
fn refuse_names_elsewhere(steps: &[Step], prepared: &PreparedSteps<'_>, shadow: &Shadow) -> Result<(), ProofError> {
    for step in prepared.whole(steps) {
        let (_, prepared) = step?;
        if let Some((elsewhere, span)) = names_elsewhere(&prepared.section.text, shadow) {
            return Err(elsewhere.error(Box::new(prepared.locate(span))));
        }
    }
    Ok(())
}

/// Returns the plan of these revisions in this order. A shadow has no version rows, so no step changes any.
fn plan_of(order: &[RevisionId], operation: Operation) -> Plan {
    let step = |id: &RevisionId| Step { revision: id.clone(), operation, change: RowChange::default() };
    Plan { direction: operation, from: Vec::new(), steps: order.iter().map(step).collect(), to: Vec::new() }
}

/// Name in a text that refers to something outside the shadow, which the statement would change.
pub(super) enum ForeignReference {
    /// Schema other than the scratch schema, and the right to create a scratch database instead.
    Schema(String, Option<&'static str>),
    /// Database other than the scratch database, or a file.
    Database(String),
}

impl ForeignReference {
    pub(super) fn error(self, location: Box<Location>) -> ProofError {
        match self {
            Self::Schema(schema, right) => ProofError::NamesSchema { schema, location, right },
            Self::Database(database) => ProofError::NamesDatabase { database, location },
        }
    }
}

/// Returns the first name in `text` that refers to something outside the shadow, with its span.
pub(super) fn names_elsewhere(text: &str, shadow: &Shadow) -> Option<(ForeignReference, Span)> {
    let right = shadow.url().dialect().rules().shadow_right().map(|(right, _)| right);
    let schema = named_schema(text, shadow).map(|(schema, span)| (ForeignReference::Schema(schema, right), span));
    schema.or_else(|| named_database(text, shadow).map(|(database, span)| (ForeignReference::Database(database), span)))
}

fn named_database(text: &str, shadow: &Shadow) -> Option<(String, Span)> {
    let dialect = shadow.url().dialect();
    let pieces = sql::split(text, dialect).ok()?;
    pieces.iter().find_map(|piece| {
        let (name, span) = sql::named_database(piece.sql.slice(text), dialect)?;
        (shadow.url().database() != Some(name.as_str())).then(|| (name, span.shifted(piece.sql.start)))
    })
}

/// Returns the first name of a forbidden schema that is followed by a dot. There are none unless the shadow is a
/// scratch schema.
fn named_schema(text: &str, shadow: &Shadow) -> Option<(String, Span)> {
    if shadow.forbidden().is_empty() {
        return None;
    }
    let tokens = Lexer::new(text, shadow.url().dialect()).map_while(Result::ok).filter(|token| !token.kind.is_trivia());
    let mut before: Option<(String, Span)> = None;
    for token in tokens {
        let word = token.span.slice(text);
        if word == "." {
            if let Some(named) = before.take() {
                return Some(named);
            }
            continue;
        }
        let name = match token.kind {
            TokenKind::Word => word.to_lowercase(),
            TokenKind::QuotedIdentifier => word.trim_matches('"').to_owned(),
            _ => String::new(),
        };
        before = shadow.forbidden().contains(&name).then_some((name, token.span));
    }
    None
}
