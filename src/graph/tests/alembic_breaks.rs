//! Histories and targets on which Alembic crashes or corrupts its rows, one test for each kind that the graph handles.
use super::*;

#[test]
fn a_merge_that_also_depends_on_an_implied_ancestor_works() {
    for merge in ["m1 < b1 c1 ; a1", "m1 < b1 c1 a1"] {
        let graph = graph(&format!("a1\n b1 < a1\n c1 < a1\n {merge}"));
        assert_eq!(graph.up("", "head"), "a1 b1 c1 m1 -> m1");
        assert_eq!(graph.up("b1 c1", "head"), "m1 -> m1");
        assert_eq!(graph.down("m1", "base"), "m1 c1 b1 a1 ->");
        assert_eq!(graph.down("m1", "b1"), "m1 -> b1 c1");
    }
}

#[test]
fn a_downgrade_with_another_head_present_leaves_rows_that_the_next_upgrade_takes() {
    let graph = graph("a1\n b1 ; a1\n m1 < a1 b1\n z1");
    assert_eq!(graph.up("", "heads"), "a1 b1 m1 z1 -> m1 z1");
    assert_eq!(graph.down("m1 z1", "b1"), "m1 -> b1 z1");
    assert_eq!(graph.up("b1 z1", "heads"), "m1 -> m1 z1");
}

#[test]
fn stamps_below_one_row_and_of_ancestor_with_descendant_leave_rows_that_work() {
    let graph = graph("a1\n b1 < a1\n c1 < a1\n m1 < b1 c1");
    assert_eq!(graph.stamp("m1", &["b1", "c1"]), "b1 c1");
    assert_eq!(graph.stamp("", &["a1", "m1"]), "m1");
    assert_eq!(graph.stamp("", &["m1", "a1"]), "a1");
    assert_eq!(graph.up("a1", "head"), "b1 c1 m1 -> m1");
}

#[test]
fn what_lies_past_the_ends_is_an_error_that_says_so() {
    let graph = graph("a1 label\n b1 < a1\n z1 other\n z2 < z1");
    let out_of_range = |target: &str, from: &str, possible: usize| {
        let TargetError::RelativeOutOfRange { from: start, possible: found, .. } = graph.up_error("", target) else {
            panic!("{target}")
        };
        assert_eq!((start, found), (Some(id(from)), possible), "{target}");
    };
    out_of_range("label@head+1", "b1", 0);
    out_of_range("b1+1", "b1", 0);
    out_of_range("a1-1", "a1", 0);
    out_of_range("b1-3", "b1", 1);
    assert_eq!(graph.up_error("", "").code().as_str(), "target-invalid");
    assert_eq!(graph.up_error("", "label@").code().as_str(), "target-invalid");
    let error = graph.down_error("z2", "label@-1");
    assert_eq!(error, TargetError::NoRowInLineage { branch: "label".into(), rows: ids("z2") });
    assert_eq!(error.code().as_str(), "not-in-lineage");
    assert!(matches!(graph.down_error("", "label@-1"), TargetError::NoRowInLineage { .. }));
}

#[test]
fn head_past_the_only_head_is_an_error() {
    let graph = graph("a1\n b1 < a1");
    assert!(matches!(graph.up_error("a1", "head+1"), TargetError::RelativeOutOfRange { possible: 0, .. }));
    assert!(matches!(graph.down_error("b1", "head+1"), TargetError::RelativeOutOfRange { possible: 0, .. }));
}

#[test]
fn broken_histories_give_one_clear_error_with_the_places() {
    for (text, code, places) in [
        ("a1 one\n b1 one", "duplicate-label", vec![0, 1]),
        ("a1\n a1", "duplicate-revision", vec![0, 1]),
        ("a1\n b1 < gone", "missing-down-revision", vec![1]),
        ("a1\n b1 ; gone", "missing-dependency", vec![1]),
    ] {
        let error = Graph::build(nodes(text)).unwrap_err();
        assert_eq!((error.code().as_str(), error.nodes()), (code, places), "{text}");
    }
}

#[test]
fn an_ambiguous_prefix_lists_the_candidates() {
    let graph = graph("abcd1\n abcd2 < abcd1");
    let candidates = vec!["abcd1".to_owned(), "abcd2".to_owned()];
    assert_eq!(graph.up_error("", "abcd"), TargetError::Ambiguous { symbol: "abcd".into(), candidates });
}

#[test]
fn at_head_compares_what_is_applied_with_what_is_required() {
    let graph = graph("a1\n b1 ; a1");
    assert_eq!(graph.heads(), ids("a1 b1"));
    assert!(graph.is_at_head(&ids("b1")), "a1 is a head too, and applied, though it is no row");
    assert!(!graph.is_at_head(&ids("a1")) && !graph.is_at_head(&[]));
}

#[test]
fn a_hundred_thousand_revisions_take_no_deep_stack() {
    let line = |number: usize| {
        let down_revisions = number.checked_sub(1).map(|before| id(&format!("r{before:06}")));
        let down_revisions = down_revisions.into_iter().collect();
        let id = id(&format!("r{number:06}"));
        GraphNode { id, down_revisions, depends_on: Vec::new(), branch_labels: Vec::new() }
    };
    let mut nodes: Vec<GraphNode> = (0..100_000).map(line).collect();
    nodes.reverse();
    let graph = Graph::build(nodes.clone()).unwrap();
    assert_eq!(graph.plan_upgrade(&[], "head").unwrap().steps.len(), 100_000);
    assert_eq!(graph.plan_downgrade(&ids("r099999"), "base").unwrap().steps.len(), 100_000);
    assert!(matches!(graph.down_error("r099999", "-100001"), TargetError::RelativeOutOfRange { .. }));
    assert_eq!(graph.range(":", None).unwrap().len(), 100_000);
    nodes[99_999].down_revisions = ids("r099999");
    let GraphError::Cycle { revisions, .. } = Graph::build(nodes).unwrap_err() else { panic!() };
    assert_eq!(revisions.len(), 100_000);
}
