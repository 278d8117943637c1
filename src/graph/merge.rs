//! Preview of a merge: for each side, the revisions that only this side has. The text of the merge revision is out of
//! scope.

use super::{Graph, TargetError};
use crate::id::RevisionId;

/// One side of a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeSide {
    /// Revision that becomes a down revision of the merge.
    pub head: RevisionId,
    /// The head and those of its ancestors by down revision that no other side has, oldest first.
    pub revisions: Vec<RevisionId>,
}

/// Sides of a merge and their common ancestors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergeSides {
    /// Sides, in the order in which they were given.
    pub sides: Vec<MergeSide>,
    /// Nearest common ancestors, oldest first: revisions shared by several sides that have no child of which the same
    /// is true. Empty if the sides start from different bases.
    pub common: Vec<RevisionId>,
}

/// Side that a revision belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Owner {
    Unowned,
    Side(usize),
    Several,
}

impl Owner {
    const fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Unowned, one) | (one, Self::Unowned) => one,
            (Self::Side(one), Self::Side(other)) if one == other => Self::Side(one),
            _ => Self::Several,
        }
    }
}

impl Graph {
    /// Computes the two or more sides of a merge of these revisions, by down revisions.
    ///
    /// # Errors
    /// [`TargetError::MergeNeedsTwo`], [`TargetError::MergeWithItself`], [`TargetError::MergeWithAncestor`], and
    /// [`TargetError::NotFound`] for an unknown id.
    pub fn merge_sides(&self, ids: &[RevisionId]) -> Result<MergeSides, TargetError> {
        let heads = self.merge_heads(ids)?;
        let owners = self.owners(&heads)?;
        let mut sides: Vec<MergeSide> =
            ids.iter().map(|id| MergeSide { head: id.clone(), revisions: Vec::new() }).collect();
        let mut common = Vec::new();
        for index in &self.order {
            match owners[*index] {
                Owner::Side(side) => sides[side].revisions.push(self.id_at(*index)),
                // A revision shared by several sides; it is a nearest common ancestor unless one of its children is
                // shared, too.
                Owner::Several if !self.edges.children(*index).any(|child| owners[child] == Owner::Several) => {
                    common.push(self.id_at(*index));
                }
                _ => {}
            }
        }
        Ok(MergeSides { sides, common })
    }

    fn merge_heads(&self, ids: &[RevisionId]) -> Result<Vec<usize>, TargetError> {
        let mut heads = Vec::with_capacity(ids.len());
        let mut seen = std::collections::BTreeSet::new();
        for id in ids {
            let not_found =
                || TargetError::NotFound { symbol: id.to_string(), nearest: self.names.nearest(id.as_str()) };
            let index = self.names.id(id.as_str()).ok_or_else(not_found)?;
            if !seen.insert(index) {
                return Err(TargetError::MergeWithItself { revision: id.clone() });
            }
            heads.push(index);
        }
        if heads.len() < 2 {
            return Err(TargetError::MergeNeedsTwo);
        }
        Ok(heads)
    }

    /// Propagates each revision's owner to its down revisions, from the newest to the oldest. If a head does not end up
    /// with its own side as the only owner, another head descends from it.
    fn owners(&self, heads: &[usize]) -> Result<Vec<Owner>, TargetError> {
        let mut owners = vec![Owner::Unowned; self.len()];
        for (side, head) in heads.iter().enumerate() {
            owners[*head] = Owner::Side(side);
        }
        for index in self.order.iter().rev().copied() {
            for parent in self.edges.parents(index) {
                owners[parent] = owners[parent].and(owners[index]);
            }
        }
        match heads.iter().enumerate().find(|(side, head)| owners[**head] != Owner::Side(*side)) {
            Some((_, ancestor)) => Err(self.merge_with_ancestor(*ancestor, heads)),
            None => Ok(owners),
        }
    }

    fn merge_with_ancestor(&self, ancestor: usize, heads: &[usize]) -> TargetError {
        let after = self.edges.descendants([ancestor]);
        let descendant = heads.iter().copied().find(|head| *head != ancestor && after.has(*head)).unwrap_or(ancestor);
        TargetError::MergeWithAncestor { ancestor: self.id_at(ancestor), descendant: self.id_at(descendant) }
    }
}
