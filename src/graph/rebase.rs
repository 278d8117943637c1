//! Rebase: revisions move after another one, and only `down_revision` changes. Files are out of scope.

use super::{Graph, GraphNode};
use crate::id::RevisionId;

/// Revisions that a rebase moves, and the down revisions that change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RebasePlan {
    /// The first revision and everything that comes after it by down revision, oldest first.
    pub moved: Vec<RevisionId>,
    /// Revisions whose files change, with their new down revisions. A merge of the moved line with the one that it now
    /// follows is among them, without the down revision that another one contains.
    pub changes: Vec<(RevisionId, Vec<RevisionId>)>,
}

/// Reason why revisions cannot be moved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RebaseError {
    /// The target is the revision itself, or comes after it.
    #[error("{onto} is, or comes after, {first}: the history would be a cycle")]
    OntoItself {
        /// Revision that should move.
        first: RevisionId,
        /// Target.
        onto: RevisionId,
    },
    /// A revision that moves is needed by the target through a dependency.
    #[error("{onto} depends on {needed}, which would move after it")]
    NeededBelow {
        /// Revision that should move.
        needed: RevisionId,
        /// Target.
        onto: RevisionId,
    },
    /// The revision follows the target already.
    #[error("{first} follows {onto} already")]
    AlreadyThere {
        /// Revision that should move.
        first: RevisionId,
        /// Target; `base` for none.
        onto: String,
    },
    /// The revision joins several lines, so it is not clear which of them should be replaced.
    #[error("{first} is a merge of {}", .downs.iter().map(ToString::to_string).collect::<Vec<_>>().join(" and "))]
    OfMerge {
        /// The merge.
        first: RevisionId,
        downs: Vec<RevisionId>,
    },
}

impl Graph {
    /// Plans the rebase of `first` and all that comes after it onto `onto` (`None` for before every revision). Both are
    /// revisions of this graph.
    ///
    /// # Errors
    /// [`RebaseError`].
    pub fn plan_rebase(&self, first: &RevisionId, onto: Option<&RevisionId>) -> Result<RebasePlan, RebaseError> {
        let start: Vec<usize> = self.index_of(first.as_str()).into_iter().collect();
        let moving = self.edges.descendants(start.iter().copied());
        let downs = self.get(first.as_str()).map(|node| node.down_revisions.clone()).unwrap_or_default();
        let name = || onto.map_or_else(|| "base".to_owned(), ToString::to_string);
        if downs.iter().eq(onto) {
            return Err(RebaseError::AlreadyThere { first: first.clone(), onto: name() });
        }
        if downs.len() > 1 {
            return Err(RebaseError::OfMerge { first: first.clone(), downs });
        }
        if let Some(onto) = onto
            && let Some(index) = self.index_of(onto.as_str())
        {
            if moving.has(index) {
                return Err(RebaseError::OntoItself { first: first.clone(), onto: onto.clone() });
            }
            let needed = self.edges.needed_for([index]);
            if let Some(needed) = self.order.iter().find(|index| moving.has(**index) && needed.has(**index)) {
                return Err(RebaseError::NeededBelow { needed: self.id_at(*needed), onto: onto.clone() });
            }
        }
        let moved = self.order.iter().copied().filter(|index| moving.has(*index)).collect::<Vec<_>>();
        let mut changes = vec![(first.clone(), onto.cloned().into_iter().collect::<Vec<_>>())];
        changes.extend(self.joined_lines(&moved, &changes));
        Ok(RebasePlan { moved: self.ids_at(&moved), changes })
    }

    /// Returns the merges among `moved` that join a line with one that it contains after `changes`, with what remains
    /// of their down revisions.
    fn joined_lines(
        &self,
        moved: &[usize],
        changes: &[(RevisionId, Vec<RevisionId>)],
    ) -> Vec<(RevisionId, Vec<RevisionId>)> {
        let Ok(after) = Self::build(self.with_down_revisions(changes)) else { return Vec::new() };
        let below = |id: &RevisionId| {
            let index = after.index_of(id.as_str());
            after.edges.ancestors(index.into_iter().flat_map(|index| after.edges.parents(index).collect::<Vec<_>>()))
        };
        let mut joined = Vec::new();
        for node in moved.iter().map(|index| &self.nodes[*index]).filter(|node| node.down_revisions.len() > 1) {
            let downs = &node.down_revisions;
            let is_contained = |down: &RevisionId| {
                let index = after.index_of(down.as_str());
                downs.iter().any(|other| other != down && index.is_some_and(|index| below(other).has(index)))
            };
            let rest: Vec<RevisionId> = downs.iter().filter(|down| !is_contained(down)).cloned().collect();
            if rest.len() < downs.len() {
                joined.push((node.id.clone(), rest));
            }
        }
        joined
    }

    /// Returns the nodes with other down revisions.
    fn with_down_revisions(&self, changes: &[(RevisionId, Vec<RevisionId>)]) -> Vec<GraphNode> {
        let mut nodes = self.nodes.clone();
        for (id, downs) in changes {
            if let Some(index) = self.index_of(id.as_str()) {
                nodes[index].down_revisions.clone_from(downs);
            }
        }
        nodes
    }
}
