//! Random graphs, rows and targets for the property tests.
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

/// Random choices for one revision: down revisions, dependencies, label or not.
type Draft = (Vec<Index>, Vec<Index>, bool);

/// Up to 40 revisions with branches, merges, several bases, dependencies and labels, in a shuffled file order.
pub(super) fn nodes() -> impl Strategy<Value = Vec<GraphNode>> {
    let down = prop_oneof![
        1 => Just(0usize),
        8 => Just(1usize),
        2 => Just(2usize),
        1 => Just(3usize),
    ]
    .prop_flat_map(|count| proptest::collection::vec(any::<Index>(), count));
    let dependencies = prop_oneof![3 => Just(0usize), 1 => 1..3usize]
        .prop_flat_map(|count| proptest::collection::vec(any::<Index>(), count));
    let draft = (down, dependencies, proptest::bool::weighted(0.2));
    proptest::collection::vec(draft, 0..40).prop_map(|drafts| from_drafts(&drafts)).prop_shuffle()
}

/// Picks one of the last few revisions, so that long branches grow.
fn earlier(index: &Index, count: usize) -> usize {
    let span = count.min(4);
    count - 1 - index.index(span)
}

fn from_drafts(drafts: &[Draft]) -> Vec<GraphNode> {
    let name = |number: usize| id(&format!("{:04x}r{number:02}", number * 40_503 % 65_536));
    let build = |(number, (down, dependencies, label)): (usize, &Draft)| {
        let far = |index: &Index| name(index.index(number)).to_string();
        GraphNode {
            id: name(number),
            down_revisions: down.iter().filter(|_| number > 0).map(|index| name(earlier(index, number))).collect(),
            depends_on: dependencies.iter().filter(|_| number > 0).map(far).collect(),
            branch_labels: if *label { vec![format!("label{number}")] } else { Vec::new() },
        }
    };
    drafts.iter().enumerate().map(build).collect()
}

/// Targets of every form, made of existing names, keywords, near misses and noise.
pub(super) fn target() -> impl Strategy<Value = Target> {
    let number = prop_oneof![0..4usize, Just(usize::MAX)];
    let part = prop_oneof![
        4 => any::<Index>().prop_map(Part::Id),
        2 => any::<Index>().prop_map(Part::Label),
        2 => (any::<Index>(), 0..5usize).prop_map(|(index, length)| Part::Beginning(index, length)),
        4 => proptest::sample::select(vec!["head", "heads", "base", "current", "", "zz"]).prop_map(Part::Word),
        1 => "[-+@:0-9a-z ]{0,6}".prop_map(Part::Noise),
    ];
    let steps = proptest::option::of((proptest::sample::select(vec!["+", "-", "+-", ""]), number));
    (proptest::option::of(part.clone()), part, steps).prop_map(|(branch, symbol, steps)| Target {
        branch,
        symbol,
        steps,
    })
}

/// Target whose names are chosen later, from the graph.
#[derive(Debug, Clone)]
pub(super) struct Target {
    branch: Option<Part>,
    symbol: Part,
    steps: Option<(&'static str, usize)>,
}

#[derive(Debug, Clone)]
enum Part {
    Id(Index),
    Label(Index),
    Beginning(Index, usize),
    Word(&'static str),
    Noise(String),
}

impl Target {
    pub(super) fn text(&self, nodes: &[GraphNode]) -> String {
        let branch = self.branch.as_ref().map(|part| part.text(nodes) + "@").unwrap_or_default();
        let steps = self.steps.map(|(sign, count)| format!("{sign}{count}")).unwrap_or_default();
        format!("{branch}{}{steps}", self.symbol.text(nodes))
    }
}

impl Part {
    fn text(&self, nodes: &[GraphNode]) -> String {
        let labels: Vec<&String> = nodes.iter().flat_map(|node| &node.branch_labels).collect();
        match self {
            Self::Id(index) if !nodes.is_empty() => index.get(nodes).id.to_string(),
            Self::Label(index) if !labels.is_empty() => (*index.get(&labels)).clone(),
            Self::Beginning(index, length) if !nodes.is_empty() => {
                index.get(nodes).id.as_str().chars().take(*length).collect()
            }
            Self::Word(word) => (*word).to_owned(),
            Self::Noise(noise) => noise.clone(),
            _ => "head".to_owned(),
        }
    }
}

/// Maximal revisions of the closure of some random ones: version rows that a database may contain.
pub(super) fn rows(graph: &Graph, picks: &[Index]) -> Vec<RevisionId> {
    if graph.is_empty() {
        return Vec::new();
    }
    let picked: Vec<RevisionId> = picks.iter().map(|index| index.get(graph.nodes()).id.clone()).collect();
    let applied = graph.applied(&picked);
    maximal(graph, &applied.into_iter().collect())
}

/// Version rows by their definition, computed from the nodes alone, independently of the graph's own code.
pub(super) fn maximal(graph: &Graph, applied: &std::collections::BTreeSet<RevisionId>) -> Vec<RevisionId> {
    let needed: std::collections::BTreeSet<RevisionId> =
        graph.nodes().iter().filter(|node| applied.contains(&node.id)).flat_map(needs).collect();
    applied.difference(&needed).cloned().collect()
}

pub(super) fn needs(node: &GraphNode) -> Vec<RevisionId> {
    node.down_revisions.iter().cloned().chain(node.depends_on.iter().map(|need| id(need))).collect()
}
