//! Errors of the in-memory database, with PostgreSQL's SQLSTATEs.

use crate::database::{DatabaseError, ErrorKind, FailureCause, ServerError, StepFailure};
use crate::dialects::memory::MemorySyntaxError;

/// Error of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MemoryError {
    pub(super) sqlstate: &'static str,
    message: String,
    /// Byte of the statement at which it was found, if it cannot be read.
    offset: Option<usize>,
}

impl MemoryError {
    pub(super) const SYNTAX: &str = "42601";
    pub(super) const NO_TABLE: &str = "42P01";
    pub(super) const NO_COLUMN: &str = "42703";
    pub(super) const TABLE_EXISTS: &str = "42P07";
    pub(super) const DUPLICATE: &str = "23505";
    pub(super) const NULL_VALUE: &str = "23502";
    pub(super) const TOO_LONG: &str = "22001";
    pub(super) const CONFLICT: &str = "40001";
    pub(super) const WRONG_STATE: &str = "25000";

    pub(super) fn new(sqlstate: &'static str, message: impl Into<String>) -> Self {
        Self { sqlstate, message: message.into(), offset: None }
    }

    /// Returns the failure of a step whose statement starts at the byte `start` of the revision's text.
    pub(super) fn into_failure(self, start: Option<usize>) -> StepFailure {
        let offset = start.zip(self.offset).map(|(start, offset)| start + offset);
        StepFailure { offset, ..StepFailure::new(0, FailureCause::Statement(self.into())) }
    }

    /// Returns the failure of a step on the version table or the journal.
    pub(super) fn into_own_failure(self) -> StepFailure {
        match self.sqlstate {
            Self::DUPLICATE => StepFailure::new(0, FailureCause::RowsMoved),
            Self::NO_TABLE | Self::NO_COLUMN => StepFailure { is_own_table: true, ..self.into_failure(None) },
            _ => self.into_failure(None),
        }
    }
}

impl From<MemorySyntaxError> for MemoryError {
    fn from(error: MemorySyntaxError) -> Self {
        Self { sqlstate: Self::SYNTAX, message: error.message, offset: Some(error.offset) }
    }
}

impl From<MemoryError> for ServerError {
    fn from(error: MemoryError) -> Self {
        let kind = match error.sqlstate {
            MemoryError::NO_TABLE => Some(ErrorKind::NoSuchTable),
            MemoryError::NO_COLUMN => Some(ErrorKind::NoSuchObject),
            MemoryError::TABLE_EXISTS => Some(ErrorKind::AlreadyExists),
            MemoryError::CONFLICT => Some(ErrorKind::LockRefused),
            _ => None,
        };
        Self { message: error.message, sqlstate: Some(error.sqlstate.to_owned()), kind, ..Self::default() }
    }
}

impl From<MemoryError> for DatabaseError {
    fn from(error: MemoryError) -> Self {
        Self::Server(error.into())
    }
}
