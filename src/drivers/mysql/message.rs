//! Messages of several statements, and the mapping from the failed statement back to a step of the run.

use mysql::Conn;

use super::errors;
use super::session::{FailedStatement, StatementOutcome, send_keeping};
use crate::database::lease;
use crate::database::statements::RowStatement;
use crate::database::{FailureCause, StepFailure};

/// Statement that fails unless the one before it changed a single row.
pub(super) const ONE_ROW: &str = "SELECT POW(2, IF(ROW_COUNT() = 1, 1, 5000))";

/// Role of a statement within a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MessageRole {
    /// START TRANSACTION, SET and the like.
    Control,
    /// Change of version rows or journal, or the check that it affected the expected number of rows.
    Guard,
    /// Comparison of the version rows with the expected ones.
    Compare,
    /// Check of the lease.
    Lease,
    /// The journal row; its id is kept.
    Journal,
    /// Announcement of the next revision; its id is kept.
    Announcement,
    /// Piece of the revision, by index.
    Piece(usize),
    /// Part of a piece for one range of keys.
    Batch,
    /// COMMIT.
    Commit,
}

#[derive(Debug)]
struct MessagePart {
    step: usize,
    role: MessageRole,
    sql: String,
}

/// A message under construction. Its statements take effect one by one.
#[derive(Debug, Default)]
pub(super) struct MysqlMessage {
    parts: Vec<MessagePart>,
}

/// Failure of a message.
#[derive(Debug)]
pub(super) struct MessageFailure {
    /// The failure of the step.
    pub(super) failed: StepFailure,
    /// Role of the failed statement.
    pub(super) role: MessageRole,
    /// The server's error.
    pub(super) error: mysql::Error,
    /// Ids of the rows that were written before.
    pub(super) ids: RowIds,
}

/// Ids of rows that a message has written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RowIds {
    /// Id of the journal row.
    pub(super) journal: Option<i64>,
    /// Id of the journal row of the next revision.
    pub(super) announcement: Option<i64>,
}

impl MysqlMessage {
    pub(super) fn add(&mut self, step: usize, role: MessageRole, sql: impl Into<String>) {
        self.parts.push(MessagePart { step, role, sql: sql.into() });
    }

    /// Adds statements with the number of rows they must affect; with any other number the rest of the message does not
    /// run.
    ///
    /// The check computes 2 to the power of 5000, which is out of range in every SQL mode (error 1690). It is a SELECT,
    /// which is not written to the binary log.
    pub(super) fn add_checked(&mut self, step: usize, role: MessageRole, rows: &[RowStatement]) {
        for row in rows {
            self.add(step, role, row.sql.as_str());
            self.add(step, MessageRole::Guard, format!("SELECT POW(2, IF(ROW_COUNT() = {}, 1, 5000))", row.rows));
        }
    }

    /// Adds a condition that fails in the same way.
    pub(super) fn add_condition(&mut self, step: usize, role: MessageRole, condition: &str) {
        self.add(step, role, format!("SELECT POW(2, IF({condition}, 1, 5000))"));
    }

    /// Returns the length in bytes.
    pub(super) fn len(&self) -> usize {
        self.parts.iter().map(|part| part.sql.len() + 2).sum()
    }

    /// Returns the step of the statement with this role.
    pub(super) fn step_of(&self, role: MessageRole) -> Option<usize> {
        self.parts.iter().find(|part| part.role == role).map(|part| part.step)
    }

    /// Returns whether the message contains a statement of the revision.
    pub(super) fn has_statement(&self) -> bool {
        self.statement().is_some()
    }

    /// Returns the text from the revision's statement on, as it is sent.
    pub(super) fn text_from_statement(&self) -> String {
        self.text(self.statement().unwrap_or(0))
    }

    /// Returns the index of the revision's statement.
    fn statement(&self) -> Option<usize> {
        self.parts.iter().position(|part| matches!(part.role, MessageRole::Piece(_) | MessageRole::Batch))
    }

    fn text(&self, start: usize) -> String {
        let parts: Vec<&str> = self.parts.iter().skip(start).map(|part| part.sql.as_str()).collect();
        parts.join("; ")
    }

    /// Sends the message. (A CALL may return several results, so nothing may follow it: otherwise indexes do not
    /// correspond to statements.)
    pub(super) fn send(&self, conn: &mut Conn) -> Result<RowIds, MessageFailure> {
        let keep = self.statement().unwrap_or(self.parts.len());
        let sent = match self.parts.as_slice() {
            [] => return Ok(RowIds::default()),
            [one] => send_keeping(conn, &one.sql, keep),
            _ => send_keeping(conn, &self.text(0), keep),
        };
        match sent {
            Ok(outcomes) => Ok(self.ids(&outcomes)),
            Err(FailedStatement { index, error, outcomes }) => {
                let (step, role) = match self.parts.get(index).or(self.parts.last()) {
                    Some(part) => (part.step, part.role),
                    None => (0, MessageRole::Control),
                };
                let failed = StepFailure {
                    is_commit_sent: self.parts.iter().any(|part| part.role == MessageRole::Commit),
                    ..step_failure(step, role, &error)
                };
                Err(MessageFailure { failed, role, error, ids: self.ids(&outcomes) })
            }
        }
    }

    fn ids(&self, outcomes: &[StatementOutcome]) -> RowIds {
        let id = |role| {
            let index = self.parts.iter().position(|part| part.role == role)?;
            // The id is 0 if nothing was inserted, because the condition did not hold.
            i64::try_from(outcomes.get(index)?.last_insert_id?).ok().filter(|id| *id > 0)
        };
        RowIds { journal: id(MessageRole::Journal), announcement: id(MessageRole::Announcement) }
    }
}

/// Returns the failure of a statement by its role.
fn step_failure(step: usize, role: MessageRole, error: &mysql::Error) -> StepFailure {
    let is_out_of_range = errors::code(error) == Some(errors::OUT_OF_RANGE);
    let cause = match role {
        MessageRole::Lease if is_out_of_range => FailureCause::LockLost(lease::lost()),
        MessageRole::Compare if is_out_of_range => FailureCause::RowsMoved,
        MessageRole::Guard | MessageRole::Journal if is_out_of_range || errors::is_duplicate(error) => {
            FailureCause::RowsMoved
        }
        _ => errors::cause(error),
    };
    StepFailure {
        is_cancel: errors::is_interrupted(error),
        is_own_table: errors::is_missing(error),
        is_final: errors::is_deadlock(error),
        ..StepFailure::new(step, cause)
    }
}
