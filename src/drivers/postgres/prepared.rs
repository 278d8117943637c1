//! Prepared statements for the parts that all revisions share, used once a run is longer than a few revisions: the
//! change of one version row to another, the comparison of the rows at the end, and the journal row. Parsing and
//! planning them each time takes a tenth of the server's time for a small revision.
//!
//! Used only in the session that holds the advisory lock: with a lease there may be a pooler, which assigns each
//! transaction to another session. The names contain the session's process id, so that statements left behind in a
//! pooler's session are never taken for those of another session. A revision can remove them (`DEALLOCATE ALL`); then
//! it is sent again without them.

use super::Postgres;
use super::errors::ConnectionError;
use super::message::StatementRole;
use super::version_guard;
use crate::database::VersionTable;
use crate::database::journal::{JournalEntry, Took, insert_journal_of_arguments, journal_arguments};
use crate::database::statements::{text_literal, version_table};
use crate::graph::RowChange;
use crate::id::RevisionId;
use crate::sql::Dialect;

const DIALECT: Dialect = Dialect::POSTGRES;

/// Number of revisions after which preparing pays off.
const ENOUGH: usize = 3;

/// State of the prepared statements in this session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PreparedState {
    /// Not prepared yet; holds the number of revisions sent without them.
    After(usize),
    /// Prepared.
    Ready,
    /// Failed once, and not tried again.
    Never,
}

/// Names of the prepared statements of one session.
#[derive(Debug, Clone, Copy)]
pub(super) struct PreparedStatements {
    process: i64,
    /// True if they still have to be prepared.
    pub(super) are_new: bool,
    /// True if the journal can keep definitions.
    has_definition: bool,
}

impl PreparedState {
    /// Counts a revision that was sent without prepared statements.
    fn counted(self) -> Self {
        match self {
            Self::After(count) => Self::After(count + 1),
            other => other,
        }
    }
}

impl Postgres<'_> {
    /// Returns the prepared statements for the next revision; `None` to send it without.
    pub(super) fn prepared(&mut self) -> Option<PreparedStatements> {
        let process = self.known.process.filter(|_| self.lease_time.is_none() && self.link.lender().is_none())?;
        let before = self.prepared;
        self.prepared = before.counted();
        let has_definition = self.found.as_ref().is_some_and(|found| found.keeps_definitions);
        match before {
            PreparedState::After(count) if count < ENOUGH => None,
            PreparedState::After(_) => Some(PreparedStatements { process, are_new: true, has_definition }),
            PreparedState::Ready => Some(PreparedStatements { process, are_new: false, has_definition }),
            PreparedState::Never => None,
        }
    }
}

impl PreparedStatements {
    /// Returns the PREPARE statements.
    pub(super) fn prepare(self, table: &VersionTable) -> [String; 3] {
        let version = version_table(DIALECT, table);
        let update = version_guard::update(&version, "$1", "$2", Some(self.process));
        let holds = version_guard::holds(&version, "$1");
        let insert = insert_journal_of_arguments(DIALECT, table, Took::SinceBegin, self.has_definition);
        [(self.change(), update), (self.rows(), holds), (self.journal(), insert)]
            .map(|(name, statement)| format!("PREPARE {name} AS {statement}"))
    }

    /// Executes the comparison of the version rows.
    pub(super) fn execute_holds(self, rows: &[RevisionId]) -> String {
        format!("EXECUTE {}({})", self.rows(), version_guard::rows_text(rows))
    }

    /// Executes the change of the version rows; `None` unless it changes one row to another.
    pub(super) fn execute_change(self, change: &RowChange) -> Option<String> {
        let ([old], [new]) = (change.delete.as_slice(), change.insert.as_slice()) else { return None };
        let [old, new] = [old, new].map(|id| text_literal(DIALECT, id.as_str()));
        Some(format!("EXECUTE {}({old}, {new}) {}", self.change(), version_guard::END))
    }

    /// Executes the insertion of the journal row, with the time since the start of the transaction.
    pub(super) fn execute_journal(self, entry: &JournalEntry<'_>) -> String {
        format!("EXECUTE {}({})", self.journal(), journal_arguments(DIALECT, entry, self.has_definition))
    }

    fn change(self) -> String {
        format!("aludel_version_{}", self.process)
    }

    fn rows(self) -> String {
        format!("aludel_rows_{}", self.process)
    }

    fn journal(self) -> String {
        format!("aludel_journal_{}", self.process)
    }
}

/// Returns whether a part failed because of prepared statements: PREPARE failed, the statement is gone
/// (`invalid_sql_statement_name`), or its table was changed (`feature_not_supported`: "cached plan must not change
/// result type").
pub(super) fn is_at_fault(part: Option<StatementRole>, trouble: &ConnectionError) -> bool {
    match part {
        Some(StatementRole::Prepare) => {
            matches!(trouble, ConnectionError::Server { fatal: false, .. }) && !trouble.is_cancel()
        }
        Some(StatementRole::Fence | StatementRole::Rows | StatementRole::Journal) => {
            matches!(trouble.sqlstate(), Some("26000" | "0A000"))
        }
        _ => false,
    }
}
