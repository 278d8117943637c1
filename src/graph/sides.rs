//! Revisions that one of two revisions needs and the other does not. Dependencies count as down revisions do,
//! because both decide what has to run.

use super::Graph;
use crate::id::RevisionId;

/// Revisions that two lines of a history share, and those of one line only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sides {
    /// Revisions that both need, in plan order.
    pub common: Vec<RevisionId>,
    /// Revisions that only the first needs, in plan order.
    pub one: Vec<RevisionId>,
    /// Revisions that only the second needs, in plan order.
    pub other: Vec<RevisionId>,
}

impl Graph {
    /// Returns what `one` and `other` need, themselves included. A side is empty if the other revision needs it.
    #[must_use]
    pub fn sides(&self, one: &RevisionId, other: &RevisionId) -> Sides {
        let needed = |id: &RevisionId| self.edges.needed_for(self.index_of(id.as_str()));
        let (for_one, for_other) = (needed(one), needed(other));
        let matching = |is_wanted: &dyn Fn(usize) -> bool| {
            self.order.iter().copied().filter(|index| is_wanted(*index)).map(|index| self.id_at(index)).collect()
        };
        Sides {
            common: matching(&|index| for_one.has(index) && for_other.has(index)),
            one: matching(&|index| for_one.has(index) && !for_other.has(index)),
            other: matching(&|index| for_other.has(index) && !for_one.has(index)),
        }
    }
}
