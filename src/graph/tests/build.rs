//! Invalid histories and the facts that each error carries.
use super::*;

fn error(text: &str) -> GraphError {
    Graph::build(nodes(text)).unwrap_err()
}

#[test]
fn a_duplicate_id_knows_all_places() {
    let error = error("a1\n b1 < a1\n a1\n a1");
    assert_eq!(error, GraphError::DuplicateRevision { id: id("a1"), nodes: vec![0, 2, 3] });
    assert_eq!(error.code().as_str(), "duplicate-revision");
    assert_eq!(error.nodes(), [0, 2, 3]);
}

#[test]
fn a_duplicate_id_that_closes_a_circle_is_told_as_the_circle() {
    let error = error("a1\n b1 < a1\n c1 < b1\n b1 < c1");
    assert_eq!(error, GraphError::Cycle { revisions: ids("b1 c1"), nodes: vec![1, 3, 2], by_dependency: false });
}

#[test]
fn a_label_twice_or_a_label_that_is_an_id_names_both_places() {
    let twice = error("a1 one\n b1 one");
    assert_eq!(
        twice,
        GraphError::DuplicateLabel { label: "one".into(), first: id("a1"), second: id("b1"), nodes: [0, 1] }
    );
    let same = error("a1\n b1 a1");
    assert_eq!(same, GraphError::LabelIsRevision { label: "a1".into(), revision: id("b1"), nodes: [1, 0] });
    assert_eq!((twice.code().as_str(), same.code().as_str()), ("duplicate-label", "duplicate-label"));
    assert!(Graph::build(nodes("a1 one one")).is_ok(), "one file may repeat itself");
}

#[test]
fn labels_that_no_target_could_mean_are_refused() {
    for label in ["head", "heads", "base", "current", "a@b", "a:b"] {
        let error = error(&format!("a1 {label}"));
        assert!(matches!(&error, GraphError::InvalidLabel { label: named, node: 0, .. } if named == label), "{error}");
        assert_eq!(error.code().as_str(), "label-invalid");
    }
    assert!(Graph::build(nodes("a1 obscore-config")).is_ok());
}

#[test]
fn a_missing_down_revision_is_named_with_who_names_it_and_the_nearest() {
    let error = error("91be55c20c11\n 3f2a9c1b7d40 < 91be55c20c12");
    let GraphError::MissingDownRevision { revision, node: 1, missing, nearest } = &error else { panic!("{error:?}") };
    assert_eq!((revision.as_str(), missing.as_str()), ("3f2a9c1b7d40", "91be55c20c12"));
    assert_eq!(nearest, &Some(id("91be55c20c11")));
    assert_eq!(error.code().as_str(), "missing-down-revision");
}

#[test]
fn a_dependency_is_a_full_id_or_label_and_else_missing() {
    let built = graph("aaaa1 label\n b1 ; label\n c1 ; aaaa1 label");
    assert_eq!(built.get("b1").unwrap().depends_on, ["aaaa1"]);
    assert_eq!(built.get("c1").unwrap().depends_on, ["aaaa1"]);
    let error = error("aaaa1 label\n b1 ; lab");
    assert_eq!(error.code().as_str(), "missing-dependency");
    assert!(matches!(error, GraphError::MissingDependency { node: 1, .. }));
}

#[test]
fn a_cycle_names_all_revisions_on_it_and_no_other() {
    let error = error("a1\n b1 < a1 d1\n c1 < b1\n d1 < c1\n e1 < d1");
    let expected = GraphError::Cycle { revisions: ids("b1 d1 c1"), nodes: vec![1, 3, 2], by_dependency: false };
    assert_eq!(error, expected);
    assert_eq!(error.code().as_str(), "cycle");
}

#[test]
fn a_cycle_may_go_through_dependencies() {
    let error = error("a1 ; c1\n b1 < a1\n c1 < b1");
    assert_eq!(error, GraphError::Cycle { revisions: ids("a1 c1 b1"), nodes: vec![0, 2, 1], by_dependency: true });
}

#[test]
fn a_revision_that_needs_itself_is_a_cycle_of_one() {
    for text in ["a1\n b1 < b1", "a1\n b1 < a1 ; b1", "a1\n b1 one < a1 ; one"] {
        let GraphError::Cycle { revisions, nodes, .. } = error(text) else { panic!("{text}") };
        assert_eq!((revisions, nodes), (ids("b1"), vec![1]), "{text}");
    }
}

#[test]
fn the_shortest_cycle_through_the_first_file_is_told() {
    let GraphError::Cycle { revisions, .. } = error("a1 < b1 c1\n b1 < c1\n c1 < d1\n d1 < a1 b1") else { panic!() };
    assert_eq!(revisions, ids("a1 c1 d1"));
}

#[test]
fn a_need_named_twice_counts_once() {
    let graph = graph("a1\n b1 < a1 a1 ; a1");
    assert_eq!(graph.up("", "head"), "a1 b1 -> b1");
    assert!(!graph.facts("b1").is_merge_point);
    assert!(!graph.facts("a1").is_branch_point);
}

#[test]
fn an_empty_graph_answers_everything() {
    let graph = Graph::build(Vec::new()).unwrap();
    assert!(graph.is_empty() && graph.is_at_head(&[]));
    for target in ["head", "heads", "base"] {
        assert_eq!(graph.up("", target), "->");
        assert_eq!(graph.down("", target), "->");
    }
    assert!(graph.range(":", None).unwrap().is_empty());
}
