//! A message: statements of aludel's own, and at most one of the revision's behind them. One round trip.
//!
//! A failure of one before the revision's keeps it from running. Behind it stands only what ends its transaction.

use mysql::Conn;

use super::error;
use super::session::{Failed, Outcome, send_keeping};
use crate::database::lease;
use crate::database::statements::RowStatement;
use crate::database::{FailureCause, RunFailure};

/// Fails (error 1690) unless the statement before it changed one row.
pub(super) const ONE_ROW: &str = "SELECT POW(2, IF(ROW_COUNT() = 1, 1, 5000))";

/// Statements of aludel's own, to be sent with what comes next.
#[derive(Debug, Default)]
pub(super) struct Message {
    statements: Vec<String>,
    checks: Vec<usize>,
    /// What follows the revision's statement.
    after: Vec<String>,
    /// The check of the lease among them.
    lease_after: Option<usize>,
    /// The comparison of the version rows with those that the unit leaves.
    rows_after: Option<usize>,
    /// The check of the lease.
    lease: Option<usize>,
    /// Whether the revision's statement runs without it when it fails.
    is_optional: bool,
}

impl Message {
    pub(super) fn of(sql: &str) -> Self {
        let mut message = Self::default();
        message.add(sql);
        message
    }

    /// What may as well not be said.
    pub(super) fn optional(sql: &str) -> Self {
        Self { is_optional: true, ..Self::of(sql) }
    }

    /// How many bytes it has.
    pub(super) fn len(&self) -> usize {
        self.statements.iter().chain(&self.after).map(|sql| sql.len() + 2).sum()
    }

    /// Adds what is to follow the revision's statement.
    pub(super) fn add_after(&mut self, sql: &str) {
        self.after.push(sql.to_owned());
    }

    /// Adds the renewal of the lease behind the revision's statement, and the check that it was held.
    pub(super) fn add_lease_after(&mut self, renewal: &str) {
        self.add_after(renewal);
        self.lease_after = Some(self.after.len());
        self.add_after(ONE_ROW);
    }

    /// What follows the revision's statement, as it is sent.
    pub(super) fn tail(&self) -> String {
        self.after.iter().fold(String::new(), |tail, sql| tail + "; " + sql)
    }

    pub(super) fn add(&mut self, sql: &str) {
        self.statements.push(sql.to_owned());
    }

    /// Adds statements that must touch so many rows: others do not let the rest of the message run.
    ///
    /// 2 to the power of 5000 is out of range in every mode (error 1690); asked in a SELECT, which no binary log holds.
    pub(super) fn add_checked(&mut self, rows: &[RowStatement]) {
        for row in rows {
            self.add(&row.sql);
            self.checks.push(self.statements.len());
            self.add(&format!("SELECT POW(2, IF(ROW_COUNT() = {}, 1, 5000))", row.rows));
        }
    }

    /// The place that the next statement's outcome will have.
    pub(super) fn next_place(&self) -> usize {
        self.statements.len()
    }

    /// Adds the comparison that the version table holds what the unit leaves, by a condition that fails alike.
    pub(super) fn add_rows_after(&mut self, condition: &str) {
        self.rows_after = Some(self.statements.len());
        self.add(&format!("SELECT POW(2, IF({condition}, 1, 5000))"));
    }

    /// Adds the check that the lease is held still.
    pub(super) fn add_lease(&mut self, condition: &str) {
        self.lease = Some(self.statements.len());
        self.add(&format!("SELECT POW(2, IF({condition}, 1, 5000))"));
    }

    /// Sends it, with a revision's statement behind when there is one; what the own statements gave. An
    /// empty message is not sent.
    pub(super) fn send(&self, conn: &mut Conn, theirs: Option<&str>) -> Result<Vec<Outcome>, SendFailure> {
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
        sent.or_else(|Failed { index, error, outcomes }| {
            if index == own {
                return Err(SendFailure::Theirs(error, outcomes));
            }
            let is_lease_after = self.lease_after.is_some_and(|after| theirs.is_some() && index == own + 1 + after);
            if is_lease_after && error::code(&error) == Some(error::OUT_OF_RANGE) {
                return Err(SendFailure::Own(RunFailure::new(FailureCause::LockLost(lease::lost()), None)));
            }
            if index > own {
                return Err(SendFailure::After(RunFailure::new(error::cause(&error), None)));
            }
            let is_lease = self.lease == Some(index);
            if self.is_optional && !is_lease && !error::is_connection_lost(&error) {
                return Self::default().send(conn, theirs);
            }
            if is_lease && error::code(&error) == Some(error::OUT_OF_RANGE) {
                return Err(SendFailure::Own(RunFailure::new(FailureCause::LockLost(lease::lost()), None)));
            }
            if self.rows_after == Some(index) && error::is_own_table_changed(&error) {
                return Err(SendFailure::OwnTableChanged);
            }
            let is_check = self.checks.contains(&index) && error::code(&error) == Some(error::OUT_OF_RANGE);
            Err(if is_check || error::is_duplicate(&error) {
                SendFailure::Own(RunFailure::new(FailureCause::RowsMoved, None))
            } else {
                SendFailure::Own(RunFailure::new(error::cause(&error), None))
            })
        })
    }
}

/// Whose statement of a message failed.
#[derive(Debug)]
pub(super) enum SendFailure {
    /// One of aludel's; the revision's did not run.
    Own(RunFailure),
    /// One of aludel's behind the revision's.
    After(RunFailure),
    /// The version table does not hold what the unit leaves.
    OwnTableChanged,
    /// The revision's; with what aludel's before it gave.
    Theirs(mysql::Error, Vec<Outcome>),
}

impl SendFailure {
    /// For messages without a statement of the revision's; `table` is the version table.
    pub(super) fn own(self, table: &str) -> RunFailure {
        match self {
            Self::OwnTableChanged => {
                RunFailure::new(FailureCause::VersionTableChanged { table: table.to_owned() }, None)
            }
            Self::Own(failure) | Self::After(failure) => failure,
            Self::Theirs(error, _) => RunFailure::new(error::cause(&error), None),
        }
    }
}
