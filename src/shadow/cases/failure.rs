//! Failures of cases, as facts.

use crate::database::{QueryRows, RunFailure, ServerError};
use crate::diagnostic::Location;
use crate::engine::EngineError;
use crate::graph::TargetError;
use crate::revision::ExpectedTable;
use crate::shadow::ProofError;

/// Reason why a case failed.
#[derive(Debug)]
pub enum CaseFailure {
    /// The history has no such target, or cannot go there.
    Target {
        /// Position of the target.
        location: Location,
        /// Cause.
        error: Box<TargetError>,
    },
    /// A revision cannot be applied or reverted with the rows of the case, or the shadow cannot be used.
    Shadow(Box<ProofError>),
    /// The server refused a statement of the case.
    Statement {
        /// Position of the statement, or of the word that the server reported.
        location: Location,
        /// Failure of the statement.
        failure: Box<RunFailure>,
    },
    /// The server refused a query of the case.
    Query {
        /// Position of the query.
        location: Location,
        /// Error of the server.
        error: ServerError,
    },
    /// A query found rows, and has to find none.
    Found {
        /// Position of the query.
        location: Location,
        /// The first rows.
        found: QueryRows,
    },
    /// A query found other rows than it has to.
    Differs {
        /// Position of the query.
        location: Location,
        /// Rows that the case file lists.
        expected: ExpectedTable,
        /// Rows that the query found.
        found: QueryRows,
    },
}

impl From<ProofError> for CaseFailure {
    fn from(error: ProofError) -> Self {
        Self::Shadow(Box::new(error))
    }
}

impl CaseFailure {
    /// The user stopped the command.
    pub(super) fn stopped() -> Self {
        ProofError::Replay(EngineError::Interrupted).into()
    }

    /// Passes a request to stop on as an error; everything else is a result.
    pub(super) fn unless_stopped(self) -> Result<Self, ProofError> {
        match self {
            Self::Shadow(error) if error.is_interruption() => Err(*error),
            other => Ok(other),
        }
    }
}
