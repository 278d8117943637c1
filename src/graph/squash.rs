//! Squash: one revision takes the place of a range of them. Files and their contents are out of scope.

use std::collections::BTreeSet;

use super::{Graph, TargetError};
use crate::id::RevisionId;

/// Range of revisions that one new revision replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SquashPlan {
    /// Replaced revisions, each after those that it needs; the last one is the end of the range.
    pub replaced: Vec<RevisionId>,
    /// Down revisions of the new revision: those of the first replaced one.
    pub down_revisions: Vec<RevisionId>,
    /// Ids of this graph outside the range that the new revision depends on.
    pub depends_on: Vec<String>,
    /// Revisions that follow the range.
    pub children: Vec<RevisionId>,
}

/// Reference to a revision in the middle of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MiddleReference {
    /// Revision outside the range.
    pub revision: RevisionId,
    /// Revision in the range that it needs, which is not the last one.
    pub needed: RevisionId,
    /// True for a dependency, false for a down revision.
    pub is_dependency: bool,
}

/// Reason why a range cannot be replaced by one revision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SquashError {
    /// An end of the range cannot be resolved, or the second does not come after the first.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The range is a single revision.
    #[error("the range is only one revision: {0}")]
    OneRevision(RevisionId),
    /// A revision of the range joins a line that does not begin in the range.
    #[error("{revision} comes after {down} too, which is not in the range")]
    JoinsAnotherLine {
        /// Revision in the range, not its first.
        revision: RevisionId,
        /// Down revision outside the range.
        down: RevisionId,
    },
    /// Revisions outside the range need one in its middle.
    #[error("revisions outside the range need one in its middle")]
    MiddleNeeded(Vec<MiddleReference>),
}

impl Graph {
    /// Plans the squash of the revisions from `first` (`None`: all that `last` needs) to `last`.
    ///
    /// # Errors
    /// [`SquashError`].
    pub fn plan_squash(&self, first: Option<&RevisionId>, last: &RevisionId) -> Result<SquashPlan, SquashError> {
        let from = first.map_or("base", RevisionId::as_str);
        let mut replaced = self.range(&format!("{from}:{last}"), None)?;
        replaced.reverse();
        if let [one] = replaced.as_slice() {
            return Err(SquashError::OneRevision(one.clone()));
        }
        let inside: BTreeSet<&RevisionId> = replaced.iter().collect();
        let mut depends_on: Vec<String> = Vec::new();
        for node in replaced.iter().filter_map(|id| self.get(id.as_str())) {
            let outside = node.down_revisions.iter().find(|down| !inside.contains(down));
            if let (Some(down), true) = (outside, Some(&node.id) != first) {
                return Err(SquashError::JoinsAnotherLine { revision: node.id.clone(), down: down.clone() });
            }
            let needed = node.depends_on.iter().filter(|id| !inside.contains(&RevisionId::from_row(id)));
            for id in needed {
                if !depends_on.contains(id) {
                    depends_on.push(id.clone());
                }
            }
        }
        let references = self.middle_references(&inside, last);
        if !references.is_empty() {
            return Err(SquashError::MiddleNeeded(references));
        }
        let node = first.and_then(|first| self.get(first.as_str()));
        let down_revisions = node.map(|node| node.down_revisions.clone()).unwrap_or_default();
        let children = self.children(last.as_str());
        Ok(SquashPlan { replaced, down_revisions, depends_on, children })
    }

    fn middle_references(&self, inside: &BTreeSet<&RevisionId>, last: &RevisionId) -> Vec<MiddleReference> {
        let mut references = Vec::new();
        for node in self.nodes.iter().filter(|node| !inside.contains(&node.id)) {
            let downs = node.down_revisions.iter().map(|down| (down.clone(), false));
            let dependencies = node.depends_on.iter().map(|id| (RevisionId::from_row(id), true));
            for (needed, is_dependency) in downs.chain(dependencies) {
                if needed != *last && inside.contains(&needed) {
                    references.push(MiddleReference { revision: node.id.clone(), needed, is_dependency });
                }
            }
        }
        references
    }
}
