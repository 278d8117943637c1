//! Facts, labels, order, ranges, single revisions and merges.
use super::*;

fn range(graph: &Graph, spec: &str, rows: &str) -> String {
    text(&graph.range(spec, Some(&ids(rows))).unwrap())
}

#[test]
fn facts_look_at_down_revisions_only() {
    let graph = services();
    assert_eq!(
        graph.facts("auth1"),
        RevisionFacts { is_base: true, is_branch_point: true, ..RevisionFacts::default() }
    );
    assert_eq!(graph.facts("join1"), RevisionFacts { is_head: true, is_merge_point: true, ..RevisionFacts::default() });
    assert_eq!(graph.facts("bill1"), RevisionFacts::default());
    assert!(graph.facts("logs1").is_base);
    assert_eq!(graph.branch_points(), ids("auth1"));
    assert_eq!(graph.merge_points(), ids("join1"));
    assert_eq!(graph.bases(), ids("auth1 logs1"));
    assert_eq!(graph.children("auth1"), ids("bill1 chat1"));
}

#[test]
fn one_line_is_finished_before_the_next_begins_and_ties_go_by_file_order() {
    let graph = graph("a1\n b1 < a1\n c1 < a1\n b2 < b1\n c2 < c1\n z1\n z2 < z1");
    assert_eq!(text(&graph.ordered()), "a1 b1 b2 c1 c2 z1 z2");
    let history: Vec<&str> = graph.in_order().rev().map(|node| node.id.as_str()).collect();
    assert_eq!(history.join(" "), "z2 z1 c2 c1 b2 b1 a1");
    assert_eq!(text(&services().ordered()), "auth1 bill1 bill2 chat1 chat2 join1 logs1 logs2");
}

#[test]
fn a_label_covers_descendants_and_the_ancestors_down_to_a_branch_or_merge_point() {
    let graph = graph(
        "a1
         b1 < a1
         c1 < a1
         b2 < b1
         b3 blue < b2
         b4 < b3
         b5 < b3
         m1 < b4 c1
         m2 mint < m1
         m3 < m2",
    );
    let covered = |label: &str| {
        let has = |id: &&RevisionId| graph.labels_covering(id.as_str()).contains(&label.to_owned());
        graph.ordered().iter().filter(has).map(RevisionId::as_str).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(covered("blue"), "b1 b2 b3 b5 b4 m1 m2 m3");
    assert_eq!(covered("mint"), "m2 m3");
    assert_eq!(graph.labels_covering("m3"), ["blue", "mint"]);
    assert!(graph.labels_covering("nothing").is_empty());
}

#[test]
fn ranges_hold_both_ends_newest_first() {
    let graph = services();
    assert_eq!(range(&graph, "auth1:bill2", ""), "bill2 bill1 auth1");
    assert_eq!(range(&graph, ":chat1", ""), "chat1 auth1");
    assert_eq!(range(&graph, "chat2:", ""), "join1 chat2");
    assert_eq!(range(&graph, ":", ""), "logs2 logs1 join1 chat2 chat1 bill2 bill1 auth1");
    assert_eq!(range(&graph, "base:heads", ""), range(&graph, ":", ""));
    let error = graph.range("chat1:bill2", None).unwrap_err();
    assert_eq!(error, TargetError::NotARangeOfOneLine { from: id("chat1"), to: "bill2".into() });
}

#[test]
fn ranges_may_count_from_their_other_end_and_end_with_the_history() {
    let graph = services();
    assert_eq!(range(&graph, "-1:current", "bill2"), "bill2 bill1");
    assert_eq!(range(&graph, "-9:current", "bill2"), "bill2 bill1 auth1");
    assert_eq!(range(&graph, "bill1:+1", ""), "bill2 bill1");
    assert_eq!(range(&graph, "logs1:+9", ""), "logs2 logs1");
    assert_eq!(range(&graph, ":logs@+1", ""), "logs1 bill1 auth1");
    assert_eq!(range(&graph, "current:", "chat2"), "join1 chat2");
    assert_eq!(range(&graph, ":current", "bill1 chat1"), "chat1 bill1 auth1");
    assert_eq!(range(&graph, "bill2-1:bill2", ""), "bill2 bill1");
    assert_eq!(graph.range("-3:current", None), Err(TargetError::RowsNotKnown { target: "current".into() }));
}

#[test]
fn the_base_of_a_branch_begins_its_range() {
    let graph = services();
    assert_eq!(range(&graph, "logs@base:", ""), "logs2 logs1");
    assert_eq!(range(&graph, "logs@base:logs@head", ""), "logs2 logs1");
}

#[test]
fn texts_that_are_no_range_are_refused() {
    let graph = services();
    for spec in ["auth1", "a:b:c", "-1:+1", "+1:", ":-1", "x@:", ":nothing"] {
        assert!(graph.range(spec, None).is_err(), "{spec}");
    }
}

#[test]
fn script_ranges_give_the_rows_to_start_from() {
    let graph = services();
    let range = |spec: &str| graph.script_range(spec).map(|range| (range.from.map(|rows| text(&rows)), range.target));
    assert_eq!(range("bill1:heads").unwrap(), (Some("bill1".into()), "heads".into()));
    assert_eq!(range("base:head").unwrap(), (Some(String::new()), "head".into()));
    assert_eq!(range(":head").unwrap(), (Some(String::new()), "head".into()));
    assert_eq!(range("head").unwrap(), (None, "head".into()));
    assert_eq!(range("heads:base").unwrap(), (Some("join1 logs2".into()), "base".into()));
    assert!(range("bill1:").is_err() && range("nothing:head").is_err());
    assert_eq!(graph.starting_rows(&["chat1", "bill1"]).unwrap(), ids("bill1 chat1"));
    assert_eq!(graph.starting_rows(&["base"]).unwrap(), ids(""));
}

#[test]
fn one_name_is_one_revision() {
    let graph = services();
    let resolve = |symbol: &str| graph.resolve(symbol, Some(&ids("bill2"))).map(|id| id.to_string());
    for (symbol, revision) in [
        ("bill1", "bill1"),
        ("logs@head", "logs2"),
        ("logs@head-1", "logs1"),
        ("logs@base", "logs1"),
        ("current", "bill2"),
        ("-1", "bill1"),
        ("bill1+1", "bill2"),
    ] {
        assert_eq!(resolve(symbol).as_deref(), Ok(revision), "{symbol}");
    }
    assert!(matches!(resolve("base"), Err(TargetError::NoRevision { .. })));
    assert!(matches!(resolve("heads"), Err(TargetError::SeveralRevisions { .. })));
    assert_eq!(graph.resolve("-1", None), Err(TargetError::RowsNotKnown { target: "-1".into() }));
    assert_eq!(graph.resolve_many("heads", None).unwrap(), ids("join1 logs2"));
    assert_eq!(graph.resolve_many("base", None).unwrap(), ids(""));
    assert_eq!(graph.named("billing"), Some(id("bill1")));
}

#[test]
fn a_merge_knows_what_each_side_brings() {
    let graph = services();
    let merge = graph.merge_sides(&ids("bill2 chat1")).unwrap();
    assert_eq!(text(&merge.sides[0].revisions), "bill1 bill2");
    assert_eq!(text(&merge.sides[1].revisions), "chat1");
    assert_eq!(merge.sides[1].head, id("chat1"));
    assert_eq!(merge.common, ids("auth1"));
    assert!(graph.merge_sides(&ids("join1 logs2")).unwrap().common.is_empty());
    assert_eq!(graph.merge_sides(&ids("join1 logs2")).unwrap().sides[1].revisions, ids("logs1 logs2"));
}

#[test]
fn a_merge_needs_two_that_are_not_of_one_line() {
    let graph = services();
    let error = |list: &str| graph.merge_sides(&ids(list)).unwrap_err();
    assert_eq!(error("bill1"), TargetError::MergeNeedsTwo);
    assert_eq!(error("bill1 bill1"), TargetError::MergeWithItself { revision: id("bill1") });
    assert_eq!(error("chat1 join1"), TargetError::MergeWithAncestor { ancestor: id("chat1"), descendant: id("join1") });
    assert!(matches!(error("bill1 gone"), TargetError::NotFound { .. }));
    assert_eq!(error("bill1").code().as_str(), "merge-invalid");
}
