//! The graph of revisions: what targets mean, what has to run, which rows the version table then holds.
//! Knows ids and edges; must not know SQL, files or databases. petgraph stays inside (`edges`).
//!
//! Inside, a revision is its position in file order. [`Graph::build`] checks everything that makes a history a graph;
//! after that nothing about the graph can fail, only targets and rows can be wrong.

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
mod resolve;
mod reverse;
mod rows;
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

use crate::id::RevisionId;

/// A revision as the graph sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its id.
    pub id: RevisionId,
    /// Its down revisions: none for a base, several for a merge.
    pub down_revisions: Vec<RevisionId>,
    /// Ids or labels that must be applied first (of this graph only). In a built graph: ids.
    pub depends_on: Vec<String>,
    /// The labels it declares.
    pub branch_labels: Vec<String>,
}

/// The place of a revision in the graph, by down revisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Facts {
    /// No down-revision child.
    pub is_head: bool,
    /// No down revision.
    pub is_base: bool,
    /// Several down-revision children.
    pub is_branch_point: bool,
    /// Several down revisions.
    pub is_merge_point: bool,
}

/// The directed acyclic graph of one service's revisions.
#[derive(Debug)]
pub struct Graph {
    nodes: Vec<Node>,
    names: names::Names,
    edges: edges::Edges,
    /// All positions, needs first.
    order: Vec<usize>,
    /// Which labels cover what; made when it is first asked for.
    coverage: OnceLock<labels::Coverage>,
}

impl Graph {
    /// Builds the graph; `nodes` come in file order, which breaks ties.
    ///
    /// # Errors
    /// [`GraphError`]: the first thing that is wrong, with the positions of the nodes concerned.
    pub fn build(nodes: Vec<Node>) -> Result<Self, GraphError> {
        build::build(nodes)
    }

    /// How many revisions there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is no revision.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The position in file order (the index into the `nodes` it was built from).
    #[must_use]
    pub fn index_of(&self, id: &str) -> Option<usize> {
        self.names.id(id)
    }

    /// The node at a position in file order, its dependencies resolved to ids; `None` past the end.
    #[must_use]
    pub fn node(&self, index: usize) -> Option<&Node> {
        self.nodes.get(index)
    }

    /// The node with this id, its dependencies resolved to ids.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&Node> {
        self.index_of(id).and_then(|index| self.node(index))
    }

    /// All nodes in file order.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The revision that has this id or declares this label, written in full.
    #[must_use]
    pub fn named(&self, id_or_label: &str) -> Option<RevisionId> {
        self.names.exact(id_or_label).map(|index| self.id_at(index))
    }

    /// The place of a revision; nothing holds for an id that is none.
    #[must_use]
    pub fn facts(&self, id: &str) -> Facts {
        let Some(index) = self.index_of(id) else { return Facts::default() };
        Facts {
            is_head: self.edges.children(index).next().is_none(),
            is_base: self.edges.parents(index).next().is_none(),
            is_branch_point: self.edges.children(index).nth(1).is_some(),
            is_merge_point: self.edges.parents(index).nth(1).is_some(),
        }
    }

    /// All labels that cover the revision, in order: those of its ancestors by down revision, its own, and those of
    /// descendants with no branch point or merge point on the way.
    #[must_use]
    pub fn labels_covering(&self, id: &str) -> Vec<String> {
        self.index_of(id).map_or_else(Vec::new, |index| self.labels_at(index))
    }

    /// Revisions without a child by down revision, in file order.
    #[must_use]
    pub fn heads(&self) -> Vec<RevisionId> {
        self.head_indexes().map(|index| self.id_at(index)).collect()
    }

    /// Heads that are nobody's dependency either, in file order: the rows after `upgrade heads`.
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

    /// The children of a revision by down revision, in file order.
    #[must_use]
    pub fn children(&self, id: &str) -> Vec<RevisionId> {
        let children = self.index_of(id).map(|index| self.edges.children_in_order(index));
        self.ids_at(&children.unwrap_or_default())
    }

    /// All revisions, down revisions and dependencies first, one line finished before the next starts, ties by file
    /// order. A history, newest first, is this reversed (see [`Graph::in_order`]).
    #[must_use]
    pub fn ordered(&self) -> Vec<RevisionId> {
        self.ids_at(&self.order)
    }

    /// The nodes in [`Graph::ordered`] order; reversed (`rev`) they are the history, newest first.
    pub fn in_order(&self) -> impl DoubleEndedIterator<Item = &Node> + ExactSizeIterator {
        self.order.iter().map(|index| &self.nodes[*index])
    }

    /// The one revision that `symbol` names, for `show`, `edit`, `revision --head`, `merge`; `X@base` is the base of
    /// that branch. `rows` are the version rows where they are known (`current`, bare relative forms).
    ///
    /// # Errors
    /// [`TargetError`] when it names none ([`TargetError::NoRevision`] for `base`) or several.
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

    /// The revisions that a symbol of `merge`, `stamp` or `revision --head` names: `heads`, `X@heads` and `current` may be several,
    /// `base` none.
    ///
    /// # Errors
    /// [`TargetError`] when it means nothing here.
    pub fn resolve_many(&self, symbol: &str, rows: Option<&[RevisionId]>) -> Result<Vec<RevisionId>, TargetError> {
        Ok(self.ids_at(&self.anywhere(symbol, rows)?))
    }

    /// Rows that no revision explains, in order of id.
    #[must_use]
    pub fn unknown_rows(&self, rows: &[RevisionId]) -> Vec<RevisionId> {
        rows::sorted(rows.iter().filter(|row| self.names.id(row.as_str()).is_none()).cloned().collect())
    }

    /// All revisions that `rows` say are applied (rows and all they need, by down revision and dependency), in
    /// [`Graph::ordered`] order. Unknown rows are passed over.
    #[must_use]
    pub fn applied(&self, rows: &[RevisionId]) -> Vec<RevisionId> {
        let applied = self.edges.needed_for(self.rows_that_are_known(rows));
        self.order.iter().filter(|index| applied.has(**index)).map(|index| self.id_at(*index)).collect()
    }

    /// Whether everything is applied: every effective head is among what `rows` say is applied. Unknown rows are
    /// passed over.
    #[must_use]
    pub fn is_at_head(&self, rows: &[RevisionId]) -> bool {
        let applied = self.edges.needed_for(self.rows_that_are_known(rows));
        self.effective_head_indexes().all(|head| applied.has(head))
    }

    fn head_indexes(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len()).filter(|index| self.edges.children(*index).next().is_none())
    }

    fn effective_head_indexes(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.len()).filter(|index| self.edges.needed_by(*index).next().is_none())
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
