//! A message of internal statements and at most one statement of the revision, in one round trip.
//!
//! ```text
//! check of the lease; journal note; START TRANSACTION;  UPDATE ...;  journal note; COMMIT
//! statements                                            theirs       after
//! ```
//!
//! If one of the first group fails, the revision's statement does not run. The last group only ends its transaction.

use mysql::Conn;

use super::errors;
use super::session::{FailedStatement, StatementOutcome, send_keeping};
use crate::database::lease;
use crate::database::statements::RowStatement;
use crate::database::{FailureCause, RunFailure};

/// Fails (error 1690) unless the statement before it changed one row.
pub(super) const ONE_ROW: &str = "SELECT POW(2, IF(ROW_COUNT() = 1, 1, 5000))";

/// Statements of aludel's own, to be sent with what comes next.
#[derive(Debug, Default)]
pub(super) struct MysqlMessage {
    statements: Vec<String>,
    checks: Vec<usize>,
    /// Statements after the revision's.
    after: Vec<String>,
    /// Index of the check of the lease in `after`.
    lease_after: Option<usize>,
    /// Index of the comparison of the version rows with the unit's expected result.
    rows_after: Option<usize>,
    /// Index of the check of the lease.
    lease: Option<usize>,
    /// True if the revision's statement is sent without this message if it fails.
    is_optional: bool,
}

impl MysqlMessage {
    pub(super) fn of(sql: &str) -> Self {
        let mut message = Self::default();
        message.add(sql);
        message
    }

    /// Creates a message whose failure is ignored.
    pub(super) fn optional(sql: &str) -> Self {
        Self { is_optional: true, ..Self::of(sql) }
    }

    /// Returns the length in bytes.
    pub(super) fn len(&self) -> usize {
        self.statements.iter().chain(&self.after).map(|sql| sql.len() + 2).sum()
    }

    /// Adds a statement after the revision's.
    pub(super) fn add_after(&mut self, sql: &str) {
        self.after.push(sql.to_owned());
    }

    /// Adds the renewal of the lease behind the revision's statement, and the check that it was held.
    pub(super) fn add_lease_after(&mut self, renewal: &str) {
        self.add_after(renewal);
        self.lease_after = Some(self.after.len());
        self.add_after(ONE_ROW);
    }

    /// Returns the text after the revision's statement, as it is sent.
    pub(super) fn tail(&self) -> String {
        self.after.iter().fold(String::new(), |tail, sql| tail + "; " + sql)
    }

    pub(super) fn add(&mut self, sql: &str) {
        self.statements.push(sql.to_owned());
    }

    /// Adds statements with the number of rows they must affect; with any other number the rest of the message does not
    /// run.
    ///
    /// The check computes 2 to the power of 5000, which is out of range in every SQL mode (error 1690). It is a SELECT,
    /// which is not written to the binary log.
    pub(super) fn add_checked(&mut self, rows: &[RowStatement]) {
        for row in rows {
            self.add(&row.sql);
            self.checks.push(self.statements.len());
            self.add(&format!("SELECT POW(2, IF(ROW_COUNT() = {}, 1, 5000))", row.rows));
        }
    }

    /// Returns the index of the next statement's outcome.
    pub(super) fn next_place(&self) -> usize {
        self.statements.len()
    }

    /// Adds the comparison of the version table with the unit's expected result, as a condition that fails in the same
    /// way.
    pub(super) fn add_rows_after(&mut self, condition: &str) {
        self.rows_after = Some(self.statements.len());
        self.add(&format!("SELECT POW(2, IF({condition}, 1, 5000))"));
    }

    /// Adds the check of the lease.
    pub(super) fn add_lease(&mut self, condition: &str) {
        self.lease = Some(self.statements.len());
        self.add(&format!("SELECT POW(2, IF({condition}, 1, 5000))"));
    }

    /// Sends the message, with a statement of the revision if there is one. Returns the outcomes of the internal
    /// statements. Does not send an empty message.
    pub(super) fn send(&self, conn: &mut Conn, theirs: Option<&str>) -> Result<Vec<StatementOutcome>, SendFailure> {
        let all: Vec<&str> = self
            .statements
            .iter()
            .map(String::as_str)
            .chain(theirs)
            .chain(self.after.iter().map(String::as_str))
            .collect();
        let own = self.statements.len();
        let sent = match all.as_slice() {
            [] => return Ok(Vec::new()),
            [one] => send_keeping(conn, one, own),
            all => send_keeping(conn, &all.join("; "), own),
        };
        sent.or_else(|FailedStatement { index, error, outcomes }| {
            if index == own {
                return Err(SendFailure::Theirs(error, outcomes));
            }
            let is_lease_after = self.lease_after.is_some_and(|after| theirs.is_some() && index == own + 1 + after);
            if is_lease_after && errors::code(&error) == Some(errors::OUT_OF_RANGE) {
                return Err(SendFailure::Own(RunFailure::new(FailureCause::LockLost(lease::lost()), None)));
            }
            if index > own {
                return Err(SendFailure::After(RunFailure::new(errors::cause(&error), None)));
            }
            let is_lease = self.lease == Some(index);
            // For example, the revision has revoked the right to write the journal: run its statement without the note.
            if self.is_optional && !is_lease && !errors::is_connection_lost(&error) {
                return Self::default().send(conn, theirs);
            }
            if is_lease && errors::code(&error) == Some(errors::OUT_OF_RANGE) {
                return Err(SendFailure::Own(RunFailure::new(FailureCause::LockLost(lease::lost()), None)));
            }
            if self.rows_after == Some(index) && errors::is_own_table_changed(&error) {
                return Err(SendFailure::OwnTableChanged);
            }
            let is_check = self.checks.contains(&index) && errors::code(&error) == Some(errors::OUT_OF_RANGE);
            Err(if is_check || errors::is_duplicate(&error) {
                SendFailure::Own(RunFailure::new(FailureCause::RowsMoved, None))
            } else {
                SendFailure::Own(RunFailure::new(errors::cause(&error), None))
            })
        })
    }
}

/// Failure of a message, by the origin of the failed statement.
#[derive(Debug)]
pub(super) enum SendFailure {
    /// An internal statement failed; the revision's did not run.
    Own(RunFailure),
    /// An internal statement after the revision's failed.
    After(RunFailure),
    /// The version table does not hold the expected rows.
    OwnTableChanged,
    /// The revision's statement failed; with the outcomes of the internal statements before it.
    Theirs(mysql::Error, Vec<StatementOutcome>),
}

impl SendFailure {
    /// Converts the failure of a message without a statement of the revision; `table` is the version table.
    pub(super) fn own(self, table: &str) -> RunFailure {
        match self {
            Self::OwnTableChanged => {
                RunFailure::new(FailureCause::VersionTableChanged { table: table.to_owned() }, None)
            }
            Self::Own(failure) | Self::After(failure) => failure,
            Self::Theirs(error, _) => RunFailure::new(errors::cause(&error), None),
        }
    }
}
