//! Accessors of a [`RevisionExecution`] that all drivers use: statements and journal row. Independent of the dialect.

use std::time::Duration;

use crate::database::journal::{JournalEntry, JournalState, Started, Took};
use crate::database::{ErrorKind, FailureCause, RevisionExecution, RunFailure, ServerError};
use crate::sql::{self, Dialect, Piece, StatementKind};

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

    /// Creates the unit's journal row.
    #[must_use]
    pub fn entry<'e>(&self, state: JournalState, took: Took, done: usize, error: Option<&'e str>) -> JournalEntry<'e>
    where
        'a: 'e,
    {
        JournalEntry {
            revision: self.revision,
            operation: self.journal.operation.unwrap_or(self.operation.name()),
            state,
            started: Started::At(self.journal.started_at),
            took,
            checksum: (!self.journal.checksum.is_empty()).then_some(self.journal.checksum),
            statements_done: done as u64,
            statements_total: self.total() as u64,
            running: None,
            hashes: (state != JournalState::Done && !self.hashes.is_empty()).then_some(self.hashes),
            parents: self.journal.parents,
            os_user: self.journal.os_user,
            host: self.journal.host,
            tool_version: self.journal.tool_version,
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
        matches!(&self.cause, FailureCause::Statement(error) if error.kind == Some(ErrorKind::LockRefused))
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
            FailureCause::Unverified(finding) => finding.summary(),
        }
    }
}

/// Converts a duration to whole milliseconds for the journal.
#[must_use]
pub fn milliseconds(elapsed: Duration) -> Took {
    Took::Milliseconds(i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX))
}
