//! A revision as a driver runs it, with the accessors that all drivers use: statements and journal row. Independent of
//! the dialect.

use std::time::Duration;

use crate::database::journal::{JournalEntry, JournalState, Started, Took};
use crate::database::{ErrorKind, FailureCause, QueryFinding, QueryOutcome, RunFailure, SectionQuery, ServerError};
use crate::graph::{Operation, RowChange};
use crate::id::RevisionId;
use crate::sql::{self, Dialect, Piece, StatementKind};

/// Relation of a unit to transactions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transaction {
    /// The unit is one transaction of its own.
    Own,
    /// The unit runs inside the transaction opened by [`super::Database::begin`]. If it fails, the whole transaction is rolled
    /// back at once, so that the failure can be written to the journal; a later [`super::Database::rollback`] does nothing and
    /// succeeds.
    Shared,
    /// Statements run one by one outside a common transaction; the journal is written before the first one and updated
    /// at the end.
    None,
}

/// Moment at which the commit of a revision with a transaction of its own is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// When the revision is reported as done, with all revisions before it.
    Immediate,
    /// Later: with the next commit that is [`Durability::Immediate`], or with [`super::Database::make_durable`]. Until
    /// then a crash may lose the last revisions with their version rows and journal rows, each as a whole. A driver that
    /// gains nothing by it may commit durably all the same; one that gains more may also commit later
    /// ([`super::Database::uncommitted`]).
    Deferred,
}

/// Everything that is needed to run one revision, so that a driver can send it in as few messages as its protocol
/// allows.
#[derive(Debug, Clone)]
pub struct RevisionExecution<'a> {
    /// Id of the revision (`base` for `stamp base`).
    pub revision: &'a str,
    /// Operation to run.
    pub operation: Operation,
    /// Text that `pieces` are spans of.
    pub text: &'a str,
    /// Statements of the text, in order. Those of [`crate::sql::StatementKind::Nothing`] are neither sent nor counted.
    pub pieces: &'a [Piece],
    /// Change of the version rows.
    pub change: &'a RowChange,
    /// Version rows that the table must hold afterwards, in order of id; compared before the commit. `None` if they are
    /// not known.
    pub rows_after: Option<&'a [RevisionId]>,
    /// Queries that must return no rows before the statements. They run in the revision's transaction or, without one,
    /// before its journal row. Empty if statements of the revision ran in an earlier attempt.
    pub require: &'a [&'a str],
    /// Queries that must return no rows after the statements. They run before the transaction ends or, without a
    /// transaction, before the version rows change.
    pub verify: &'a [&'a str],
    /// Relation to transactions.
    pub transaction: Transaction,
    /// Number of statements that ran in earlier attempts and are skipped. Settings among them are repeated.
    pub skip: usize,
    /// Hashes of the statements, [`super::HASH_LENGTH`] characters each; only outside a transaction.
    pub hashes: &'a str,
    /// Values for the journal; `None` for a rehearsal, which leaves version rows and journal alone.
    pub journal: Option<JournalFacts<'a>>,
    /// Moment at which its commit is durable.
    pub durability: Durability,
    /// Unit that follows immediately if this one succeeds. A driver may announce it in the transaction that ends this
    /// one, which saves a commit; nothing of it runs here.
    pub next: Option<&'a RevisionExecution<'a>>,
}

/// Values for the journal that the runner provides. The driver adds the duration.
#[derive(Debug, Clone)]
pub struct JournalFacts<'a> {
    /// Start time: RFC 3339, UTC, microseconds.
    pub started_at: &'a str,
    /// Fingerprint of the section that runs (SHA-256 in lower-case hexadecimal).
    pub checksum: &'a str,
    /// Revisions that this one depends on (down revisions and dependencies in its own service); for a stamp, the
    /// resulting version rows. Ids separated by spaces; `None` if the journal is not to record them.
    pub parents: Option<&'a str>,
    /// Definition of the revision; `None` if the journal is not to keep one.
    pub definition: Option<&'a str>,
    /// Name of the operating system's user.
    pub os_user: &'a str,
    /// Host name.
    pub host: &'a str,
    /// Version of aludel.
    pub tool_version: &'a str,
    /// Operation to record if it is not a revision's; `None` for the unit's operation.
    pub operation: Option<&'a str>,
}

impl<'a> RevisionExecution<'a> {
    /// Returns the pieces that are sent, each with its index into [`RevisionExecution::pieces`].
    pub fn statements(&self) -> impl Iterator<Item = (usize, &'a Piece)> + use<'a> {
        self.pieces.iter().enumerate().filter(|(_, piece)| piece.kind != StatementKind::Nothing)
    }

    /// Returns those of [`RevisionExecution::statements`] that have not run yet.
    pub fn remaining(&self) -> impl Iterator<Item = (usize, &'a Piece)> + use<'a> {
        self.statements().skip(self.skip)
    }

    /// Returns the settings among the statements that an earlier attempt ran: they applied to its session, so they have
    /// to be repeated.
    pub fn settings_before(&self) -> impl Iterator<Item = (usize, &'a Piece)> + use<'a> {
        self.statements().take(self.skip).filter(|(_, piece)| piece.kind == StatementKind::Setting)
    }

    /// Returns the statement that opened the transaction in which the remaining statements have to run, if the last one
    /// of an earlier attempt was `COMMIT AND CHAIN`.
    #[must_use]
    pub fn chain_opened_by(&self, dialect: Dialect) -> Option<(usize, &'a Piece)> {
        let before: Vec<(usize, &Piece)> = self.statements().take(self.skip).collect();
        sql::chain_opened_by(before.into_iter(), self.text, dialect)
    }

    /// Returns the text of a query that must return no rows.
    #[must_use]
    pub fn query(&self, query: SectionQuery) -> Option<&'a str> {
        match query {
            SectionQuery::Require(index) => self.require.get(index).copied(),
            SectionQuery::Verify(index) => self.verify.get(index).copied(),
        }
    }

    /// Returns the number of statements.
    #[must_use]
    pub fn total(&self) -> usize {
        self.statements().count()
    }

    /// Returns whether a statement may change how later ones run.
    #[must_use]
    pub fn has_settings(&self) -> bool {
        self.pieces.iter().any(|piece| piece.kind == StatementKind::Setting)
    }

    /// Refuses a unit with a `COPY ... FROM stdin`, which only PostgreSQL supports; `product` is what the unit runs on.
    ///
    /// # Errors
    /// [`RunFailure`] of the first such statement.
    pub fn refuse_copy(&self, product: &str) -> Result<(), RunFailure> {
        let is_copy = |piece: &Piece| matches!(piece.kind, StatementKind::CopyFromStdin { .. });
        let Some(piece) = self.pieces.iter().position(is_copy) else { return Ok(()) };
        Err(RunFailure::refused(
            &format!("COPY ... FROM stdin is PostgreSQL's; {product} has no such statement"),
            piece,
        ))
    }

    /// Returns whether the journal records the unit. If not, none of its steps concerns the journal.
    #[must_use]
    pub const fn is_recorded(&self) -> bool {
        self.journal.is_some()
    }

    /// Creates the unit's journal row.
    ///
    /// # Panics
    /// If the unit is not recorded.
    #[must_use]
    #[allow(clippy::expect_used, reason = "the runner lists no step of the journal for a unit without one")]
    pub fn entry<'e>(&self, state: JournalState, took: Took, done: usize, error: Option<&'e str>) -> JournalEntry<'e>
    where
        'a: 'e,
    {
        let journal = self.journal.as_ref().expect("only units that are recorded have steps of the journal");
        JournalEntry {
            revision: self.revision,
            operation: journal.operation.unwrap_or(self.operation.name()),
            state,
            started: Started::At(journal.started_at),
            took,
            checksum: (!journal.checksum.is_empty()).then_some(journal.checksum),
            statements_done: done as u64,
            statements_total: self.total() as u64,
            running: None,
            hashes: (state != JournalState::Done && !self.hashes.is_empty()).then_some(self.hashes),
            parents: journal.parents,
            // A revision that failed has nothing to be reverted.
            definition: journal.definition.filter(|_| state != JournalState::Failed),
            os_user: journal.os_user,
            host: journal.host,
            tool_version: journal.tool_version,
            error,
        }
    }
}

impl RunFailure {
    /// Creates a failure of the piece `piece` with nothing of the unit left; `None` if the statement was not the unit's
    /// own.
    #[must_use]
    pub const fn new(cause: FailureCause, piece: Option<usize>) -> Self {
        Self { cause, piece, offset: None, applied: 0, rolled_back: true }
    }

    /// Creates the failure for a statement that only another database supports.
    #[must_use]
    pub fn refused(message: &str, piece: usize) -> Self {
        let error = ServerError { message: message.to_owned(), ..ServerError::default() };
        Self::new(FailureCause::Statement(error), Some(piece))
    }

    /// Returns whether a lock could not be acquired, so that the statement can be tried again.
    #[must_use]
    pub fn is_lock_refused(&self) -> bool {
        // No statement runs before a require query, so the revision can be tried again as a whole.
        let (FailureCause::Statement(error)
        | FailureCause::Unmet(QueryFinding { found: QueryOutcome::Refused(error), .. })) = &self.cause
        else {
            return false;
        };
        error.kind == Some(ErrorKind::LockRefused)
    }

    /// Returns the error message for the journal, in one line.
    #[must_use]
    pub fn summary(&self) -> String {
        match &self.cause {
            FailureCause::Statement(error) | FailureCause::LockLost(error) => error.message.clone(),
            FailureCause::RowsMoved => "the version rows were changed by another session".to_owned(),
            FailureCause::VersionTableChanged { table } => {
                format!("{table} does not contain the version rows that the revision should have left")
            }
            FailureCause::ConnectionLost(message) => message.clone(),
            FailureCause::Interrupted => "interrupted".to_owned(),
            FailureCause::Unmet(finding) | FailureCause::Unverified(finding) => finding.summary(),
        }
    }
}

/// Converts a duration to whole milliseconds for the journal.
#[must_use]
pub fn milliseconds(elapsed: Duration) -> Took {
    Took::Milliseconds(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
}
