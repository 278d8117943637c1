//! Failures of a message: what they mean for the step.

use super::*;
use crate::database::{QueryFinding, QueryRows, lease};
use crate::drivers::postgres::lock;
use crate::drivers::postgres::version_guard::{self, Broken};

/// Reason why a list of steps stopped.
pub(super) struct MessageStop {
    pub(super) trouble: ConnectionError,
    pub(super) part: Option<StatementRole>,
    pub(super) step: usize,
    pub(super) offset: Option<usize>,
    /// True if COMMIT had been sent. If the connection broke, its outcome is unknown.
    pub(super) commit_sent: bool,
    /// True if another session still runs the statement, for a runner that is gone.
    pub(super) is_under_way: bool,
    /// True if it was a COPY.
    pub(super) is_copy: bool,
    /// Rows that a require or verify query returned before it failed.
    pub(super) rows: Option<QueryRows>,
}

impl MessageStop {
    pub(super) const fn new(trouble: ConnectionError, part: Option<StatementRole>, step: usize) -> Self {
        Self { trouble, part, step, offset: None, commit_sent: false, is_under_way: false, is_copy: false, rows: None }
    }

    fn finding(&self) -> Option<QueryFinding> {
        match self.part {
            Some(StatementRole::Query(query)) => verify::finding(query, &self.trouble, self.rows.clone()),
            _ => None,
        }
    }

    /// Returns whether the statement failed because of its joint transaction with the note: it must run outside one
    /// (`active_sql_transaction`, `invalid_transaction_termination`), or the note failed, or the revision's role cannot
    /// read the lease (`insufficient_privilege`).
    fn must_be_alone(&self) -> bool {
        let alone = matches!(self.trouble.sqlstate(), Some("25001" | "2D000"));
        let is_hidden = self.part == Some(StatementRole::Fence) && self.trouble.sqlstate() == Some("42501");
        alone || is_hidden || self.part == Some(StatementRole::Journal)
    }
}

impl PostgresRun<'_, '_> {
    pub(super) fn step_failure(&self, stop: MessageStop) -> StepFailure {
        let broken = if stop.part == Some(StatementRole::Fence) { version_guard::broken(&stop.trouble) } else { None };
        let cause = match broken {
            Some(Broken::Rows) => FailureCause::RowsMoved,
            Some(Broken::Session) if self.database.lease.is_some() => FailureCause::LockLost(lease::lost()),
            Some(Broken::Session) => {
                let holder = self.database.known.process;
                FailureCause::LockLost(lock::lost("this is not the session that took the lock", holder))
            }
            None => stop.finding().map_or_else(|| cause(&stop.trouble), QueryFinding::into_cause),
        };
        StepFailure {
            offset: stop.offset,
            is_commit_sent: stop.commit_sent && matches!(stop.trouble, ConnectionError::Lost(_)),
            is_cancel: stop.trouble.is_cancel(),
            is_own_table: version_guard::is_own_table_changed(&stop.trouble),
            // The transaction has failed as a whole; that of a COPY is still open.
            is_final: self.open_since.is_some() || stop.is_copy,
            must_be_alone: stop.must_be_alone(),
            is_under_way: stop.is_under_way,
            ..StepFailure::new(stop.step, cause)
        }
    }
}

pub(super) fn cause(trouble: &ConnectionError) -> FailureCause {
    match trouble {
        ConnectionError::Server { error, fatal: true, .. } => FailureCause::ConnectionLost(error.message.clone()),
        ConnectionError::Server { error, .. } if *error == lease::lost() => FailureCause::LockLost(error.clone()),
        ConnectionError::Server { error, .. } => FailureCause::Statement(error.clone()),
        ConnectionError::Lost(message) => FailureCause::ConnectionLost(message.clone()),
    }
}

/// Returns the start of the line that COPY's context names (`COPY t, line 3, column a`), as an offset in the data.
pub(super) fn data_line(context: Option<&str>, data: &str) -> Option<usize> {
    let (_, after) = context?.split_once(", line ")?;
    let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
    let line: usize = digits.parse().ok()?;
    let before = data.split_inclusive('\n').take(line.checked_sub(1)?);
    Some(before.map(str::len).sum())
}
