//! The graph of revisions: what targets mean, what has to run, which rows the version table then holds.
//! Knows ids and edges; must not know SQL, files or databases. petgraph stays inside.

mod plan;

pub use plan::{Operation, Plan, RowChange, Step};

use crate::id::RevisionId;

/// A revision as the graph sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its id.
    pub id: RevisionId,
    /// Its down revisions: none for a base, several for a merge.
    pub down_revisions: Vec<RevisionId>,
    /// Ids or labels that must be applied first (of this graph only).
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
pub struct Graph {}

/// Why revisions form no graph. (The command line names the files.)
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {}

/// Why a target means nothing here, or cannot be reached.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {}

#[allow(clippy::todo, unused_variables, missing_docs, clippy::missing_errors_doc)]
impl Graph {
    /// Builds the graph; `nodes` come in file order, which breaks ties.
    pub fn build(nodes: Vec<Node>) -> Result<Self, GraphError> {
        todo!()
    }
    pub fn len(&self) -> usize {
        todo!()
    }
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// The position in file order (the index into the `nodes` it was built from).
    pub fn index_of(&self, id: &str) -> Option<usize> {
        todo!()
    }
    /// The resolved node at a position in file order.
    pub fn node(&self, index: usize) -> &Node {
        todo!()
    }
    pub fn facts(&self, id: &str) -> Facts {
        todo!()
    }
    /// All labels that cover the revision.
    pub fn labels_covering(&self, id: &str) -> Vec<String> {
        todo!()
    }
    pub fn heads(&self) -> Vec<RevisionId> {
        todo!()
    }
    /// Heads that are nobody's dependency either.
    pub fn effective_heads(&self) -> Vec<RevisionId> {
        todo!()
    }
    pub fn bases(&self) -> Vec<RevisionId> {
        todo!()
    }
    pub fn branch_points(&self) -> Vec<RevisionId> {
        todo!()
    }
    pub fn children(&self, id: &str) -> Vec<RevisionId> {
        todo!()
    }
    /// All revisions, parents and dependencies first, one branch finished before the next starts.
    pub fn ordered(&self) -> Vec<RevisionId> {
        todo!()
    }
    /// The one revision that `symbol` names, for `show`, `edit`, `revision --head`, `merge`. `rows` are the
    /// version rows where they are known (`current`, bare relative forms).
    pub fn resolve(&self, symbol: &str, rows: Option<&[RevisionId]>) -> Result<RevisionId, TargetError> {
        todo!()
    }
    /// The revisions that a symbol of `merge` or `stamp` names: `heads` and `X@heads` may be several, `base` none.
    pub fn resolve_many(&self, symbol: &str, rows: Option<&[RevisionId]>) -> Result<Vec<RevisionId>, TargetError> {
        todo!()
    }
    pub fn plan_upgrade(&self, rows: &[RevisionId], target: &str) -> Result<Plan, TargetError> {
        todo!()
    }
    pub fn plan_downgrade(&self, rows: &[RevisionId], target: &str) -> Result<Plan, TargetError> {
        todo!()
    }
    pub fn plan_stamp(&self, rows: &[RevisionId], targets: &[&str], purge: bool) -> Result<Plan, TargetError> {
        todo!()
    }
    /// The revisions of a range `A:B`, `A:`, `:B`, newest first. `rows` where the range names `current` or bare relative forms.
    pub fn range(&self, spec: &str, rows: Option<&[RevisionId]>) -> Result<Vec<RevisionId>, TargetError> {
        todo!()
    }
    /// Rows that no revision explains, in order of id.
    pub fn unknown_rows(&self, rows: &[RevisionId]) -> Vec<RevisionId> {
        todo!()
    }
    /// All revisions that `rows` say are applied (rows and all they need, by down revision and dependency), in `ordered` order.
    pub fn applied(&self, rows: &[RevisionId]) -> Vec<RevisionId> {
        todo!()
    }
    /// Whether everything is applied: every effective head is in the applied set.
    pub fn is_at_head(&self, rows: &[RevisionId]) -> bool {
        todo!()
    }
}
