//! Plan: the ordered steps that move the version rows from one state to another.

use crate::id::RevisionId;

/// Kind of action that a step performs on its revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// Executes the upgrade section.
    Upgrade,
    /// Executes the downgrade section.
    Downgrade,
    /// Changes the version rows only.
    Stamp,
}

impl Operation {
    /// Returns `upgrade`, `downgrade` or `stamp`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
            Self::Stamp => "stamp",
        }
    }
}

/// Rows that a step deletes from and inserts into the version table. No id is in both lists. A driver may combine one
/// deletion and one insertion into an UPDATE.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowChange {
    /// Rows to delete, sorted by id.
    pub delete: Vec<RevisionId>,
    /// Rows to insert, sorted by id.
    pub insert: Vec<RevisionId>,
}

/// Execution (or stamp) of one revision, with its change of the version table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Revision that is executed or stamped.
    pub revision: RevisionId,
    /// Action performed on the revision.
    pub operation: Operation,
    /// Change of the version rows that results from it.
    pub change: RowChange,
}

/// Ordered list of steps, with the version rows before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Direction of all steps.
    pub direction: Operation,
    /// Version rows before the first step, sorted by id.
    pub from: Vec<RevisionId>,
    /// Steps in order of execution.
    pub steps: Vec<Step>,
    /// Version rows after the last step, sorted by id.
    pub to: Vec<RevisionId>,
}

impl Plan {
    /// Returns `true` if there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.from == self.to
    }

    /// Version rows after each step, sorted by id: one item per step.
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
