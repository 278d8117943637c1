//! Converts a step of a plan to the unit that a database runs, and the failure of a unit to an [`EngineError`]. Must
//! not depend on locks, retries or other services.

use super::error::EngineError;
use super::operator::Operator;
use super::prepare::PreparedStep;
use super::resume::hashes;
use super::run::Options;
use super::section_queries::SectionQueries;
use crate::database::{
    Durability, FailureCause, JournalFacts, RevisionExecution, RunFailure, SectionQuery, Transaction,
};
use crate::diagnostic::{Location, Span};
use crate::graph::Step;
use crate::id::RevisionId;
use crate::sql::Dialect;

/// A step with the values that its unit borrows.
pub(super) struct UnitBuilder<'a> {
    step: &'a Step,
    prepared: &'a PreparedStep,
    rows_after: Option<&'a [RevisionId]>,
    transaction: Transaction,
    skip: usize,
    require: Vec<&'a str>,
    verify: Vec<&'a str>,
    durability: Durability,
    definition: Option<&'a str>,
    hashes: String,
    started_at: String,
    operator: &'a Operator,
}

impl<'a> UnitBuilder<'a> {
    /// Creates the builder for a step that starts now. The first `skip` statements are left out; `rows_after` are the
    /// version rows after the step.
    pub(super) fn new(
        (step, prepared): (&'a Step, &'a PreparedStep),
        rows_after: Option<&'a [RevisionId]>,
        (transaction, skip): (Transaction, usize),
        dialect: Dialect,
        options: &Options<'a>,
    ) -> Self {
        let hashes = match transaction {
            Transaction::None => hashes(prepared, dialect),
            Transaction::Own | Transaction::Shared => String::new(),
        };
        let queries = |section: &'a Option<Box<SectionQueries>>| section.as_deref().map(SectionQueries::queries);
        let (require, verify) = (queries(&prepared.require), queries(&prepared.verify));
        let (started_at, operator) = ((options.now)(), options.operator);
        let (durability, definition) = (Durability::Immediate, None);
        Self {
            step,
            prepared,
            rows_after,
            transaction,
            skip,
            require: require.unwrap_or_default(),
            verify: verify.unwrap_or_default(),
            durability,
            definition,
            hashes,
            started_at,
            operator,
        }
    }

    /// Sets when the commit has to be durable.
    pub(super) const fn durable(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Leaves the require queries out if statements of the revision may have run: they may have changed the answers.
    pub(super) fn begun(mut self, has_begun: bool) -> Self {
        if has_begun {
            self.require.clear();
        }
        self
    }

    /// Sets the definition that the journal keeps.
    pub(super) const fn defined(mut self, definition: Option<&'a str>) -> Self {
        self.definition = definition;
        self
    }

    /// Returns the unit; `next` is the unit that follows immediately.
    pub(super) fn unit<'u>(&'u self, next: Option<&'u RevisionExecution<'u>>) -> RevisionExecution<'u> {
        RevisionExecution {
            revision: self.step.revision.as_str(),
            operation: self.step.operation,
            text: &self.prepared.section.text,
            pieces: &self.prepared.pieces,
            require: &self.require,
            verify: &self.verify,
            change: &self.step.change,
            rows_after: self.rows_after,
            transaction: self.transaction,
            skip: self.skip,
            hashes: &self.hashes,
            journal: Some(JournalFacts {
                parents: Some(&self.prepared.parents),
                definition: self.definition,
                ..facts(self.operator, &self.started_at, &self.prepared.checksum)
            }),
            durability: self.durability,
            next,
        }
    }
}

/// Creates the values for the journal, without parents and operation.
pub(super) fn facts<'a>(operator: &'a Operator, started_at: &'a str, checksum: &'a str) -> JournalFacts<'a> {
    let Operator { os_user, host, tool_version } = operator;
    JournalFacts { started_at, checksum, parents: None, definition: None, os_user, host, tool_version, operation: None }
}

/// Converts a failure and locates it in the file. `batched` is the number of keys of the failed statement that were
/// committed in batches before.
pub(super) fn failed(step: &Step, prepared: &PreparedStep, failure: RunFailure, batched: u64) -> EngineError {
    // The failed batch was rolled back, but the batches before it remain.
    let failure = RunFailure { rolled_back: failure.rolled_back && batched == 0, ..failure };
    let piece = failure.piece.and_then(|index| prepared.pieces.get(index));
    let span = match (failure.offset, piece) {
        (Some(offset), _) => Some(Span::word_at(&prepared.section.text, offset)),
        (None, Some(piece)) => Some(piece.sql),
        (None, None) => None,
    };
    let sent = |piece: &&crate::sql::Piece| piece.kind != crate::sql::StatementKind::Nothing;
    let before = failure.piece.map(|index| prepared.pieces.iter().take(index).filter(sent).count());
    EngineError::Failed {
        revision: step.revision.clone(),
        operation: step.operation,
        path: prepared.path.clone(),
        location: span.map(|span| prepared.locate(span)).or_else(|| failed_query(prepared, &failure)).map(Box::new),
        statement: before.map(|before| before + 1),
        statements: prepared.statements(),
        batched,
        failure: Box::new(failure),
    }
}

/// Locates the require or verify query that failed.
fn failed_query(prepared: &PreparedStep, failure: &RunFailure) -> Option<Location> {
    let (FailureCause::Unmet(finding) | FailureCause::Unverified(finding)) = &failure.cause else { return None };
    match finding.query {
        SectionQuery::Require(index) => prepared.require.as_ref()?.locate(index),
        SectionQuery::Verify(index) => prepared.verify.as_ref()?.locate(index),
    }
}
