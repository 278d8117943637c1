//! Properties that hold for every graph, all version rows and all targets.
use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::Index;

use super::random::{maximal, needs, nodes, rows, target};
use super::*;

/// Executes a plan on a set of applied revisions and checks every step.
fn run(graph: &Graph, plan: &Plan, applied: &mut BTreeSet<RevisionId>) {
    assert_eq!(plan.from, maximal(graph, applied));
    for (step, rows) in plan.steps.iter().zip(plan.rows_after_steps()) {
        let node = graph.get(step.revision.as_str()).unwrap();
        match step.operation {
            Operation::Upgrade => {
                assert!(needs(node).iter().all(|need| applied.contains(need)), "needs first");
                assert!(applied.insert(node.id.clone()), "once");
            }
            _ => {
                assert!(applied.remove(&node.id), "once");
                let needed = |other: &GraphNode| applied.contains(&other.id) && needs(other).contains(&node.id);
                assert!(!graph.nodes().iter().any(needed), "what needs it first");
            }
        }
        assert_eq!(rows, maximal(graph, applied), "the rows are the maximal applied revisions");
        assert!(step.change.delete.iter().all(|row| !step.change.insert.contains(row)));
    }
    assert_eq!(plan.to, maximal(graph, applied));
}

fn picks() -> impl Strategy<Value = Vec<Index>> {
    proptest::collection::vec(any::<Index>(), 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_holds_every_revision_once_after_what_it_needs(nodes in nodes()) {
        let graph = Graph::build(nodes).unwrap();
        let mut seen = BTreeSet::new();
        for node in graph.in_order() {
            prop_assert!(needs(node).iter().all(|need| seen.contains(need)));
            prop_assert!(seen.insert(node.id.clone()));
        }
        prop_assert_eq!(seen.len(), graph.len());
    }

    #[test]
    fn up_to_heads_and_down_to_base_returns_to_the_start(nodes in nodes(), picks in picks()) {
        let graph = Graph::build(nodes).unwrap();
        let start = rows(&graph, &picks);
        let mut applied: BTreeSet<RevisionId> = graph.applied(&start).into_iter().collect();
        let up = graph.plan_upgrade(&start, "heads").unwrap();
        prop_assert_eq!(
            up.steps.iter().map(|step| step.revision.clone()).collect::<Vec<_>>(), graph.pending(&start)
        );
        run(&graph, &up, &mut applied);
        prop_assert_eq!(applied.len(), graph.len());
        prop_assert!(graph.is_at_head(&up.to));
        run(&graph, &graph.plan_downgrade(&up.to, "base").unwrap(), &mut applied);
        prop_assert!(applied.is_empty());
    }

    #[test]
    fn any_moves_keep_the_rows_true(nodes in nodes(), moves in proptest::collection::vec((any::<bool>(), target()), 1..12)) {
        let graph = Graph::build(nodes).unwrap();
        let mut applied = BTreeSet::new();
        let mut current = Vec::new();
        for (up, target) in moves {
            let target = target.text(graph.nodes());
            let plan = if up { graph.plan_upgrade(&current, &target) } else { graph.plan_downgrade(&current, &target) };
            if let Ok(plan) = plan {
                run(&graph, &plan, &mut applied);
                current = plan.to;
            }
        }
    }

    #[test]
    fn a_stamp_leaves_the_rows_of_the_real_move(nodes in nodes(), picks in picks(), to in any::<Index>()) {
        let graph = Graph::build(nodes).unwrap();
        prop_assume!(!graph.is_empty());
        let start = rows(&graph, &picks);
        let place = to.get(graph.nodes()).id.clone();
        let stamped = graph.plan_stamp(&start, &[place.as_str()], false).unwrap();
        let applied = graph.applied(&start).contains(&place);
        let moved = if applied {
            graph.plan_downgrade(&start, place.as_str())
        } else {
            graph.plan_upgrade(&start, place.as_str())
        };
        // A revision that is applied only as a dependency cannot be the target of a downgrade; a stamp leaves the rows
        // as they are.
        prop_assert_eq!(&stamped.to, &moved.map_or(start, |plan| plan.to));
        let last = stamped.rows_after_steps().last().unwrap_or_else(|| stamped.from.clone());
        prop_assert_eq!(last, stamped.to);
    }

    #[test]
    fn ranges_and_merges_agree_with_the_sets_they_are_made_of(nodes in nodes(), picks in picks()) {
        let graph = Graph::build(nodes).unwrap();
        let all: BTreeSet<RevisionId> = graph.range(":", None).unwrap().into_iter().collect();
        prop_assert_eq!(all.len(), graph.len());
        let heads = rows(&graph, &picks);
        if let Ok(merge) = graph.merge_sides(&heads) {
            let listed: Vec<&RevisionId> = merge.sides.iter().flat_map(|side| &side.revisions).collect();
            let once: BTreeSet<&RevisionId> = listed.iter().copied().collect();
            prop_assert_eq!(listed.len(), once.len());
            for side in &merge.sides {
                prop_assert_eq!(side.revisions.last(), Some(&side.head));
            }
        }
    }

    #[test]
    fn no_target_panics(nodes in nodes(), picks in picks(), near in target(), other in target(), noise in ".*") {
        let graph = Graph::build(nodes).unwrap();
        let rows = rows(&graph, &picks);
        for text in [near.text(graph.nodes()), noise] {
            let second = other.text(graph.nodes());
            let range = format!("{text}:{second}");
            for target in [text.as_str(), range.as_str()] {
                let _ = graph.plan_upgrade(&rows, target).map_err(|error| error.to_string());
                let _ = graph.plan_downgrade(&rows, target).map_err(|error| error.to_string());
                let _ = graph.plan_stamp(&rows, &[target, second.as_str()], false).map_err(|error| error.to_string());
                let _ = graph.plan_stamp(&rows, &[target, second.as_str()], true).map_err(|error| error.code());
                let _ = graph.resolve(target, Some(&rows));
                let _ = graph.resolve_many(target, None);
                let _ = graph.range(target, Some(&rows));
                let _ = graph.script_range(target);
            }
        }
    }

    #[test]
    fn the_ways_that_an_error_offers_are_targets(nodes in nodes(), picks in picks(), near in target()) {
        let graph = Graph::build(nodes).unwrap();
        let rows = rows(&graph, &picks);
        let text = near.text(graph.nodes());
        for (up, plan) in [(true, graph.plan_upgrade(&rows, &text)), (false, graph.plan_downgrade(&rows, &text))] {
            let Err(TargetError::SeveralRows { ways, .. } | TargetError::Fork { ways, .. }) = plan else { continue };
            prop_assert!(ways.len() > 1);
            for way in ways {
                let next = if up { graph.plan_upgrade(&rows, &way) } else { graph.plan_downgrade(&rows, &way) };
                let nonsense = matches!(next, Err(TargetError::Malformed { .. } | TargetError::NotFound { .. } | TargetError::Ambiguous { .. }));
                prop_assert!(!nonsense, "{} offers {}", text, way);
            }
        }
    }

    #[test]
    fn build_never_panics_whatever_the_edges(
        edges in proptest::collection::vec((0..8usize, 0..9usize, any::<bool>()), 0..20), count in 0..9usize,
    ) {
        let name = |number: usize| id(&format!("r{}", number % 8));
        let mut nodes: Vec<GraphNode> = (0..count)
            .map(|number| GraphNode { id: name(number), down_revisions: vec![], depends_on: vec![], branch_labels: vec![] })
            .collect();
        for (from, to, down) in edges {
            if let Some(node) = nodes.get_mut(from) {
                if down { node.down_revisions.push(name(to)) } else { node.depends_on.push(name(to).to_string()) }
            }
        }
        match Graph::build(nodes.clone()) {
            Ok(graph) => prop_assert_eq!(graph.ordered().len(), nodes.len()),
            Err(GraphError::Cycle { revisions, .. }) => {
                for (at, revision) in revisions.iter().enumerate() {
                    let next = &revisions[(at + 1) % revisions.len()];
                    prop_assert!(nodes.iter().any(|node| node.id == *revision && needs(node).contains(next)));
                }
            }
            Err(error) => prop_assert!(!error.nodes().is_empty() && !error.to_string().is_empty()),
        }
    }
}
