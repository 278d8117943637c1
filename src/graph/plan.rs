//! The plan: the ordered steps that bring the version rows from one state to another.

use crate::id::RevisionId;

/// What a step does with its revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// Runs the upgrade section.
    Upgrade,
    /// Runs the downgrade section.
    Downgrade,
    /// Changes the version rows only.
    Stamp,
}

impl Operation {
    /// `upgrade`, `downgrade` or `stamp`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
            Self::Stamp => "stamp",
        }
    }
}

/// What a step changes in the version table: rows that go and rows that come.
/// A driver may turn one of each into an UPDATE. An id never stands on both sides.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowChange {
    /// Rows that go, in order of id.
    pub delete: Vec<RevisionId>,
    /// Rows that come, in order of id.
    pub insert: Vec<RevisionId>,
}

/// One revision to run (or to stamp), and what it does to the version table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The revision.
    pub revision: RevisionId,
    /// What is done with it.
    pub operation: Operation,
    /// The rows that go and come with it.
    pub change: RowChange,
}

/// An ordered list of steps, with the rows before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The direction of the whole.
    pub direction: Operation,
    /// The version rows it starts from, in order of id.
    pub from: Vec<RevisionId>,
    /// The steps, in the order in which they run.
    pub steps: Vec<Step>,
    /// The version rows it ends with, in order of id.
    pub to: Vec<RevisionId>,
}

impl Plan {
    /// Whether nothing is to be done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.from == self.to
    }

    /// The version rows after each step, in order of id: one item per step.
    pub fn rows_after_steps(&self) -> impl Iterator<Item = Vec<RevisionId>> + '_ {
        let mut rows: std::collections::BTreeSet<RevisionId> = self.from.iter().cloned().collect();
        self.steps.iter().map(move |step| {
            for id in &step.change.delete {
                rows.remove(id);
            }
            rows.extend(step.change.insert.iter().cloned());
            rows.iter().cloned().collect()
        })
    }
}
