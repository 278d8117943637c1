//! Edges between revisions, stored in a petgraph graph whose nodes are positions in file order. The only file that
//! imports petgraph. Ids, labels and targets are out of scope.

use petgraph::Direction::{Incoming, Outgoing};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{DfsPostOrder, EdgeRef, Reversed};

/// Kind of an edge from a prerequisite to the revision that needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EdgeKind {
    /// The prerequisite is listed in `down_revision`.
    Down,
    /// The prerequisite is listed in `depends_on` only.
    Dependency,
}

/// Direct prerequisites of one revision, as positions without duplicates.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// Down revisions.
    pub(super) down: Vec<usize>,
    /// Dependencies that are not down revisions as well.
    pub(super) dependencies: Vec<usize>,
}

/// All edges, each pointing from a prerequisite to the revision that needs it.
#[derive(Debug)]
pub(super) struct Edges {
    graph: DiGraph<(), EdgeKind, u32>,
}

impl Edges {
    /// Builds the edges from the direct prerequisites of each revision, given in file order.
    pub(super) fn new(needs: &[Needs]) -> Self {
        let count = needs.iter().map(|need| need.down.len() + need.dependencies.len()).sum();
        let mut graph = DiGraph::with_capacity(needs.len(), count);
        for _ in needs {
            graph.add_node(());
        }
        for (child, need) in needs.iter().enumerate() {
            for parent in &need.down {
                graph.add_edge(node(*parent), node(child), EdgeKind::Down);
            }
            for parent in &need.dependencies {
                graph.add_edge(node(*parent), node(child), EdgeKind::Dependency);
            }
        }
        Self { graph }
    }

    /// Number of revisions.
    pub(super) fn len(&self) -> usize {
        self.graph.node_count()
    }

    /// Down revisions, in unspecified order: callers must not let it influence any output.
    pub(super) fn parents(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        self.graph
            .edges_directed(node(index), Incoming)
            .filter(|edge| *edge.weight() == EdgeKind::Down)
            .map(|edge| edge.source().index())
    }

    /// Revisions that have this one as a down revision, in unspecified order.
    pub(super) fn children(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        self.graph
            .edges_directed(node(index), Outgoing)
            .filter(|edge| *edge.weight() == EdgeKind::Down)
            .map(|edge| edge.target().index())
    }

    /// Children by down revision, in file order.
    pub(super) fn children_in_order(&self, index: usize) -> Vec<usize> {
        let mut children: Vec<usize> = self.children(index).collect();
        children.sort_unstable();
        children
    }

    /// Down revisions and dependencies, in unspecified order.
    pub(super) fn needs(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        self.graph.neighbors_directed(node(index), Incoming).map(NodeIndex::index)
    }

    /// Revisions that have this one as a down revision or a dependency, in unspecified order.
    pub(super) fn needed_by(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        self.graph.neighbors_directed(node(index), Outgoing).map(NodeIndex::index)
    }

    /// Depth-first post-order from each of `tips` in turn, along prerequisites: every revision comes after its
    /// prerequisites, and one branch is completed before the next one starts. Of several prerequisites, the one whose
    /// edge was added first is listed first. On a cycle, the order is broken at an arbitrary edge.
    pub(super) fn needs_first(&self, tips: &[usize]) -> Vec<usize> {
        let mut walk = DfsPostOrder::empty(&self.graph);
        let mut listed = Vec::with_capacity(self.len());
        for tip in tips {
            walk.move_to(node(*tip));
            // petgraph pushes the neighbours of a node onto a stack, the edge added last first, and then pops the top:
            // so the edge that was added first is followed first.
            while let Some(next) = walk.next(Reversed(&self.graph)) {
                listed.push(next.index());
            }
        }
        listed
    }

    /// Returns the first revision in file order that lies on a cycle (a self-loop included).
    pub(super) fn first_on_a_cycle(&self) -> Option<usize> {
        // A strongly connected component of several revisions contains a cycle; a single revision is one only with a
        // self-loop.
        let in_circle = |part: &Vec<NodeIndex<u32>>| match part.as_slice() {
            [alone] => self.graph.contains_edge(*alone, *alone),
            _ => true,
        };
        kosaraju_scc(&self.graph).into_iter().filter(in_circle).flatten().map(NodeIndex::index).min()
    }
}

/// Does not overflow: a history never has 2^32 files.
fn node(index: usize) -> NodeIndex<u32> {
    NodeIndex::new(index)
}
