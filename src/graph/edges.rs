//! The edges between revisions, held in a petgraph graph; positions in file order stand for revisions.
//! The only file that names petgraph. Knows positions and two kinds of edges; must not know ids, labels or targets.

use petgraph::Direction::{Incoming, Outgoing};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{DfsPostOrder, EdgeRef, Reversed};

/// What one revision is to another that needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It stands in the other's `down_revision`.
    Down,
    /// It stands in the other's `depends_on` only.
    Dependency,
}

/// What one revision needs: positions, each once.
#[derive(Debug, Default)]
pub(super) struct Needs {
    /// Its down revisions.
    pub(super) down: Vec<usize>,
    /// Its dependencies that are not down revisions too.
    pub(super) dependencies: Vec<usize>,
}

/// All edges; each points from what is needed to what needs it.
#[derive(Debug)]
pub(super) struct Edges {
    graph: DiGraph<(), Kind, u32>,
}

impl Edges {
    /// Takes what each revision needs, in file order.
    pub(super) fn new(needs: &[Needs]) -> Self {
        let count = needs.iter().map(|need| need.down.len() + need.dependencies.len()).sum();
        let mut graph = DiGraph::with_capacity(needs.len(), count);
        for _ in needs {
            graph.add_node(());
        }
        for (child, need) in needs.iter().enumerate() {
            for parent in &need.down {
                graph.add_edge(node(*parent), node(child), Kind::Down);
            }
            for parent in &need.dependencies {
                graph.add_edge(node(*parent), node(child), Kind::Dependency);
            }
        }
        Self { graph }
    }

    /// How many revisions there are.
    pub(super) fn len(&self) -> usize {
        self.graph.node_count()
    }

    /// Down revisions, in no order that may show.
    pub(super) fn parents(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        self.graph
            .edges_directed(node(index), Incoming)
            .filter(|edge| *edge.weight() == Kind::Down)
            .map(|edge| edge.source().index())
    }

    /// Revisions that name this one as a down revision, in no order that may show.
    pub(super) fn children(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        self.graph
            .edges_directed(node(index), Outgoing)
            .filter(|edge| *edge.weight() == Kind::Down)
            .map(|edge| edge.target().index())
    }

    /// The same, in file order.
    pub(super) fn children_in_order(&self, index: usize) -> Vec<usize> {
        let mut children: Vec<usize> = self.children(index).collect();
        children.sort_unstable();
        children
    }

    /// Down revisions and dependencies.
    pub(super) fn needs(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        self.graph.neighbors_directed(node(index), Incoming).map(NodeIndex::index)
    }

    /// Revisions that need this one, as a down revision or a dependency.
    pub(super) fn needed_by(&self, index: usize) -> impl Iterator<Item = usize> + '_ {
        self.graph.neighbors_directed(node(index), Outgoing).map(NodeIndex::index)
    }

    /// Walks from `tips` one after the other and lists what each needs before the tip itself, so that one line is
    /// finished before the next begins; of several needs the one that was added first goes first.
    /// What lies on a cycle comes out in an order that breaks it.
    pub(super) fn needs_first(&self, tips: &[usize]) -> Vec<usize> {
        let mut walk = DfsPostOrder::empty(&self.graph);
        let mut listed = Vec::with_capacity(self.len());
        for tip in tips {
            walk.move_to(node(*tip));
            // petgraph pushes the neighbours of a node on a stack, the latest edge first, and goes on with the
            // one it pushed last: the edge that was added first.
            while let Some(next) = walk.next(Reversed(&self.graph)) {
                listed.push(next.index());
            }
        }
        listed
    }

    /// The first revision in file order that needs itself, at once or through others.
    pub(super) fn first_on_a_cycle(&self) -> Option<usize> {
        let in_circle = |part: &Vec<NodeIndex<u32>>| match part.as_slice() {
            [alone] => self.graph.contains_edge(*alone, *alone),
            _ => true,
        };
        kosaraju_scc(&self.graph).into_iter().filter(in_circle).flatten().map(NodeIndex::index).min()
    }
}

/// Graphs come from files: there are never 2^32 of them.
fn node(index: usize) -> NodeIndex<u32> {
    NodeIndex::new(index)
}
