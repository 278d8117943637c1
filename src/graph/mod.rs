//! Revision graph: resolves targets, plans upgrades, downgrades and stamps, and computes the version rows that result.
//! Works on ids and edges only; SQL, files and databases are out of scope. petgraph is confined to `edges`.
//!
//! Internally a revision is identified by its position in file order. [`Graph::build`] validates the history;
//! afterwards
//! only targets and version rows can be invalid, never the graph itself.

mod build;
mod downgrade;
mod edges;
mod error;
mod filter;
mod labels;
mod marks;
mod merge;
mod names;
mod order;
mod plan;
mod range;
mod rebase;
mod replaces;
mod resolve;
mod reverse;
mod rows;
mod sides;
mod squash;
mod stamp;
mod target;
#[cfg(test)]
mod tests;
mod upgrade;
mod walk;

use std::sync::OnceLock;

pub use error::{GraphError, Malformation, TargetError};
pub use merge::{MergeSide, MergeSides};
pub use plan::{Operation, Plan, RowChange, Step};
pub use range::ScriptRange;
pub use rebase::{RebaseError, RebasePlan};
pub use replaces::{ReplacementView, Replacements};
pub use sides::Sides;
pub use squash::{MiddleReference, SquashError, SquashPlan};

use crate::id::RevisionId;

/// Node of the revision graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphNode {
    /// Revision id; unique in the graph.
    pub id: RevisionId,
    /// Down revisions: empty for a base, several for a merge.
    pub down_revisions: Vec<RevisionId>,
    /// Ids or labels of this graph that must be applied first. [`Graph::build`] resolves labels to ids.
    pub depends_on: Vec<String>,
    /// Branch labels declared in the revision's file.
    pub branch_labels: Vec<String>,
}

/// Position of a revision in the graph, by down revisions only (dependencies do not count).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RevisionFacts {
    /// No other revision has it as a down revision.
    pub is_head: bool,
    /// It has no down revision.
    pub is_base: bool,
    /// Several revisions have it as a down revision.
    pub is_branch_point: bool,
    /// It has several down revisions.
    pub is_merge_point: bool,
}

/// Directed acyclic graph of one service's revisions.
#[derive(Debug)]
pub struct Graph {
    nodes: Vec<GraphNode>,
    names: names::RevisionNames,
    edges: edges::Edges,
    /// All positions in topological order, prerequisites first.
    order: Vec<usize>,
    /// Number of revisions with a file: the first ones. The others are known from a journal only.
    files: usize,
    /// Labels that cover each revision; computed on first use.
    coverage: OnceLock<labels::Coverage>,
}

impl Graph {
    /// Builds the graph. `nodes` are given in file order, which breaks ties in the topological order.
    ///
    /// # Errors
    /// [`GraphError`] for the first problem found, with the positions of the nodes involved.
    pub fn build(nodes: Vec<GraphNode>) -> Result<Self, GraphError> {
        build::build(nodes)
    }

    /// Builds the graph of revisions with files, the first `files` of `nodes`, and others that are only known from a
    /// journal. Those are never heads, and do not keep another revision from being one.
    ///
    /// # Errors
    /// As [`Graph::build`].
    pub fn build_with_recorded(nodes: Vec<GraphNode>, files: usize) -> Result<Self, GraphError> {
        Ok(Self { files, ..build::build(nodes)? })
    }

    /// Number of revisions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns `true` if the graph has no revision.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Returns the position in file order: the index into the `nodes` that the graph was built from.
    #[must_use]
    pub fn index_of(&self, id: &str) -> Option<usize> {
        self.names.id(id)
    }

    /// Returns the node at a position in file order, its dependencies resolved to ids; `None` past the end.
    #[must_use]
    pub fn node(&self, index: usize) -> Option<&GraphNode> {
        self.nodes.get(index)
    }

    /// Returns the node with this id, its dependencies resolved to ids.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&GraphNode> {
        self.index_of(id).and_then(|index| self.node(index))
    }

    /// All nodes in file order, their dependencies resolved to ids.
    #[must_use]
    pub fn nodes(&self) -> &[GraphNode] {
        &self.nodes
    }

    /// Returns the revision with this exact id or branch label. Abbreviations are not accepted.
    #[must_use]
    pub fn named(&self, id_or_label: &str) -> Option<RevisionId> {
        self.names.exact(id_or_label).map(|index| self.id_at(index))
    }

    /// Returns the position of a revision in the graph; every field is `false` for an unknown id.
    #[must_use]
    pub fn facts(&self, id: &str) -> RevisionFacts {
        let Some(index) = self.index_of(id) else { return RevisionFacts::default() };
        RevisionFacts {
            is_head: self.is_head(index),
            is_base: self.edges.parents(index).next().is_none(),
            is_branch_point: self.edges.children(index).nth(1).is_some(),
            is_merge_point: self.edges.parents(index).nth(1).is_some(),
        }
    }

    /// Labels that cover the revision, sorted: those of its ancestors by down revision, its own, and those of
    /// descendants that are reached without passing a branch point or merge point.
    #[must_use]
    pub fn labels_covering(&self, id: &str) -> Vec<String> {
        self.index_of(id).map_or_else(Vec::new, |index| self.labels_at(index))
    }

    /// Revisions without a child by down revision, in file order.
    #[must_use]
    pub fn heads(&self) -> Vec<RevisionId> {
        self.head_indexes().map(|index| self.id_at(index)).collect()
    }

    /// Heads that no other revision depends on, in file order: the version rows after `upgrade heads`.
    #[must_use]
    pub fn effective_heads(&self) -> Vec<RevisionId> {
        self.effective_head_indexes().map(|index| self.id_at(index)).collect()
    }

    /// Revisions without down revisions, in file order.
    #[must_use]
    pub fn bases(&self) -> Vec<RevisionId> {
        self.base_indexes().map(|index| self.id_at(index)).collect()
    }

    /// Revisions with several children by down revision, in file order.
    #[must_use]
    pub fn branch_points(&self) -> Vec<RevisionId> {
        let several = |index: &usize| self.edges.children(*index).nth(1).is_some();
        (0..self.len()).filter(several).map(|index| self.id_at(index)).collect()
    }

    /// Revisions with several down revisions, in file order.
    #[must_use]
    pub fn merge_points(&self) -> Vec<RevisionId> {
        let several = |index: &usize| self.edges.parents(*index).nth(1).is_some();
        (0..self.len()).filter(several).map(|index| self.id_at(index)).collect()
    }

    /// Children of a revision by down revision, in file order.
    #[must_use]
    pub fn children(&self, id: &str) -> Vec<RevisionId> {
        let children = self.index_of(id).map(|index| self.edges.children_in_order(index));
        self.ids_at(&children.unwrap_or_default())
    }

    /// All revisions in topological order: down revisions and dependencies first, each branch completed before the next
    /// one starts, ties broken by file order. Reversed, this is the history, newest first (see [`Graph::in_order`]).
    #[must_use]
    pub fn ordered(&self) -> Vec<RevisionId> {
        self.ids_at(&self.order)
    }

    /// Nodes in the order of [`Graph::ordered`]; `.rev()` gives the history, newest first.
    pub fn in_order(&self) -> impl DoubleEndedIterator<Item = &GraphNode> + ExactSizeIterator {
        self.order.iter().map(|index| &self.nodes[*index])
    }

    /// Resolves `symbol` to exactly one revision (for `show`, `edit`, `revision --head`, `merge`). `X@base` is the base
    /// of that branch. `rows` are the version rows if they are known; `current` and bare relative targets (`+1`, `-1`)
    /// need them.
    ///
    /// # Errors
    /// [`TargetError`] if the symbol resolves to no revision ([`TargetError::NoRevision`] for `base`) or to several.
    pub fn resolve(&self, symbol: &str, rows: Option<&[RevisionId]>) -> Result<RevisionId, TargetError> {
        let target = self.parse(symbol)?;
        let mut found = self.anywhere(symbol, rows)?;
        if found.is_empty() && target.branch.is_some() && target.symbol == Some(target::Symbol::Base) {
            found = self.bases_within(self.branch(&target)?.as_ref());
        }
        match found.as_slice() {
            [] => Err(TargetError::NoRevision { target: symbol.to_owned() }),
            [index] => Ok(self.id_at(*index)),
            several => {
                Err(TargetError::SeveralRevisions { target: symbol.to_owned(), revisions: self.ids_at(several) })
            }
        }
    }

    /// Resolves a symbol of `merge`, `stamp` or `revision --head` to its revisions: possibly several for `heads`,
    /// `X@heads` and `current`, none for `base`.
    ///
    /// # Errors
    /// [`TargetError`] if the symbol cannot be resolved.
    pub fn resolve_many(&self, symbol: &str, rows: Option<&[RevisionId]>) -> Result<Vec<RevisionId>, TargetError> {
        Ok(self.ids_at(&self.anywhere(symbol, rows)?))
    }

    /// Version rows that match no revision of the graph, sorted by id.
    #[must_use]
    pub fn unknown_rows(&self, rows: &[RevisionId]) -> Vec<RevisionId> {
        rows::sorted(rows.iter().filter(|row| self.names.id(row.as_str()).is_none()).cloned().collect())
    }

    /// All revisions that are applied according to `rows`: the rows and their prerequisites (down revisions and
    /// dependencies, transitively), in the order of [`Graph::ordered`]. Unknown rows are ignored.
    #[must_use]
    pub fn applied(&self, rows: &[RevisionId]) -> Vec<RevisionId> {
        let applied = self.edges.needed_for(self.rows_that_are_known(rows));
        self.order.iter().filter(|index| applied.has(**index)).map(|index| self.id_at(*index)).collect()
    }

    /// Returns `true` if every effective head is applied according to `rows`. Unknown rows are ignored.
    #[must_use]
    pub fn is_at_head(&self, rows: &[RevisionId]) -> bool {
        let applied = self.edges.needed_for(self.rows_that_are_known(rows));
        self.effective_head_indexes().all(|head| applied.has(head))
    }

    fn head_indexes(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.files).filter(|index| self.is_head(*index))
    }

    fn is_head(&self, index: usize) -> bool {
        index < self.files && self.edges.children(index).all(|child| child >= self.files)
    }

    fn effective_head_indexes(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.files).filter(|index| self.edges.needed_by(*index).all(|other| other >= self.files))
    }

    fn base_indexes(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len()).filter(|index| self.edges.parents(*index).next().is_none())
    }

    fn id_at(&self, index: usize) -> RevisionId {
        self.nodes[index].id.clone()
    }

    fn ids_at(&self, indexes: &[usize]) -> Vec<RevisionId> {
        indexes.iter().map(|index| self.id_at(*index)).collect()
    }
}
