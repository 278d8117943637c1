//! What every revision brings besides its own statements, prepared once a run is longer than a few revisions: the change of
//! one version row for another, the comparison of the rows at the end, and the journal's row. To parse and plan them anew costs the server a tenth of what a small
//! revision costs.
//!
//! Only in the session that holds the advisory lock: with a lease there may be a pooler, which gives each transaction another
//! session. The names have the session's process in them, so that what is left behind in a pooler's session is
//! never taken for another's. A revision can take them away (`DEALLOCATE ALL`); then it is sent once more, without them.

use super::Postgres;
use super::errors::Trouble;
use super::fence;
use super::message::Part;
use crate::database::VersionTable;
use crate::database::journal::{JournalEntry, Took, insert_journal_of_arguments, journal_arguments};
use crate::database::statements::{text_literal, version_table};
use crate::graph::RowChange;
use crate::id::RevisionId;
use crate::sql::Dialect;

const DIALECT: Dialect = Dialect::Postgres;

/// How many revisions are sent before it pays to prepare.
const ENOUGH: usize = 3;

/// How it stands in this session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prepared {
    /// Not yet: so many revisions were sent without.
    After(usize),
    /// They are there.
    Ready,
    /// It did not go well once, and is not tried again.
    Never,
}

/// The statements of one session.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    process: i64,
    /// Whether they have yet to be prepared.
    pub(super) are_new: bool,
}

impl Prepared {
    /// Counts a revision that was sent without.
    fn counted(self) -> Self {
        match self {
            Self::After(count) => Self::After(count + 1),
            other => other,
        }
    }
}

impl Postgres<'_> {
    /// The statements for a revision; none: it goes without.
    pub(super) fn prepared(&mut self) -> Option<Names> {
        let process = self.known.process.filter(|_| self.lease_time.is_none() && self.link.lender().is_none())?;
        let before = self.prepared;
        self.prepared = before.counted();
        match before {
            Prepared::After(count) if count < ENOUGH => None,
            Prepared::After(_) => Some(Names { process, are_new: true }),
            Prepared::Ready => Some(Names { process, are_new: false }),
            Prepared::Never => None,
        }
    }
}

impl Names {
    /// The statements that prepare.
    pub(super) fn prepare(self, table: &VersionTable) -> [String; 3] {
        let version = version_table(DIALECT, table);
        let update = fence::update(&version, "$1", "$2", Some(self.process));
        let holds = fence::holds(&version, "$1");
        let insert = insert_journal_of_arguments(DIALECT, table, Took::SinceBegin);
        [(self.change(), update), (self.rows(), holds), (self.journal(), insert)]
            .map(|(name, statement)| format!("PREPARE {name} AS {statement}"))
    }

    /// The comparison of the version rows.
    pub(super) fn execute_holds(self, rows: &[RevisionId]) -> String {
        format!("EXECUTE {}({})", self.rows(), fence::rows_text(rows))
    }

    /// The change of the version rows; none: it is not one row for another.
    pub(super) fn execute_change(self, change: &RowChange) -> Option<String> {
        let ([old], [new]) = (change.delete.as_slice(), change.insert.as_slice()) else { return None };
        let [old, new] = [old, new].map(|id| text_literal(DIALECT, id.as_str()));
        Some(format!("EXECUTE {}({old}, {new}) {}", self.change(), fence::END))
    }

    /// The journal's row, with the time since the transaction began.
    pub(super) fn execute_journal(self, entry: &JournalEntry<'_>) -> String {
        format!("EXECUTE {}({})", self.journal(), journal_arguments(DIALECT, entry))
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

/// Whether a part failed for being prepared: it could not be, or is not there any more (`invalid_sql_statement_name`), or
/// its table was changed (`feature_not_supported`: "cached plan must not change result type").
pub(super) fn is_at_fault(part: Option<Part>, trouble: &Trouble) -> bool {
    match part {
        Some(Part::Prepare) => matches!(trouble, Trouble::Server { fatal: false, .. }) && !trouble.is_cancel(),
        Some(Part::Fence | Part::Rows | Part::Journal) => matches!(trouble.sqlstate(), Some("26000" | "0A000")),
        _ => false,
    }
}
