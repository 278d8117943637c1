//! Targets of downgrades: the revisions that are reverted or kept, and the targets that are rejected.
use super::*;

#[test]
fn the_descendants_of_the_target_go_and_what_depends_on_them() {
    let graph = services();
    assert_eq!(graph.down("join1 logs2", "auth1"), "logs2 logs1 join1 chat2 chat1 bill2 bill1 -> auth1");
    assert_eq!(graph.down("join1 logs2", "bill1"), "join1 bill2 -> chat2 logs2");
    assert_eq!(graph.down("join1 logs2", "base"), "logs2 logs1 join1 chat2 chat1 bill2 bill1 auth1 ->");
}

#[test]
fn what_merely_depends_on_the_target_stays() {
    let graph = graph("a1\n a2 < a1\n b1 ; a1");
    assert_eq!(graph.down("a2 b1", "a1"), "a2 -> b1");
}

#[test]
fn dependencies_nobody_needs_any_more_get_their_row_back() {
    let graph = graph("a1\n b1\n b2 < b1 ; a1");
    assert_eq!(graph.up("", "heads"), "b1 a1 b2 -> b2");
    assert_eq!(graph.down("b2", "b1"), "b2 -> a1 b1");
}

#[test]
fn a_branch_limits_what_goes_to_its_line() {
    let graph = services();
    assert_eq!(graph.down("bill2 chat2", "billing@auth1"), "bill2 bill1 -> chat2");
    assert_eq!(graph.down("bill2 chat2 logs1", "logs@base"), "logs1 -> bill2 chat2");
    let error = graph.down_error("bill2 chat2", "logs@auth1");
    assert_eq!(error.code().as_str(), "not-in-lineage");
    assert!(matches!(error, TargetError::NotOnTheLine { .. }));
}

#[test]
fn nothing_to_drop_is_fine_on_a_row_and_refused_elsewhere() {
    let graph = services();
    assert_eq!(graph.down("bill1", "bill1"), "-> bill1");
    assert_eq!(graph.down("", "base"), "->");
    let error = graph.down_error("chat1", "bill1");
    assert!(matches!(error, TargetError::NothingToDowngrade { applied: false, .. }));
    assert_eq!(error.code().as_str(), "not-in-lineage");
    assert!(matches!(graph.down_error("logs1", "bill1"), TargetError::NothingToDowngrade { applied: true, .. }));
}

#[test]
fn steps_count_down_from_the_one_row() {
    let graph = services();
    assert_eq!(graph.down("bill2", "-1"), "bill2 -> bill1");
    assert_eq!(graph.down("bill2", "-3"), "bill2 bill1 auth1 ->");
    let error = graph.down_error("bill2", "-4");
    let expected =
        TargetError::RelativeOutOfRange { target: "-4".into(), from: Some(id("bill2")), asked: 4, possible: 3 };
    assert_eq!(error, expected);
    assert!(matches!(graph.down_error("", "-1"), TargetError::RelativeOutOfRange { possible: 0, .. }));
}

#[test]
fn steps_down_leave_the_lines_beside_alone() {
    let graph = graph("a1\n b1 < a1\n c1 < a1 ; b1");
    assert_eq!(graph.down("c1", "-1"), "c1 -> b1");
}

#[test]
fn a_merge_point_on_the_way_down_is_refused_with_its_parents() {
    let error = services().down_error("join1", "-1");
    let expected =
        TargetError::MergePointOnTheWay { target: "-1".into(), at: id("join1"), parents: ids("bill2 chat2") };
    assert_eq!((error.code().as_str(), error), ("relative-ambiguous", expected));
}

#[test]
fn several_rows_are_refused_with_ways_that_work() {
    let graph = services();
    let error = graph.down_error("bill2 chat2", "-1");
    let TargetError::SeveralRows { ways, .. } = &error else { panic!("{error:?}") };
    assert_eq!(*ways, ["billing@-1", "chat@-1"]);
    assert_eq!(graph.down("bill2 chat2", &ways[1]), "chat2 -> bill2 chat1");
}

#[test]
fn a_branch_counts_from_its_row_or_from_its_newest_applied_revision() {
    let graph = services();
    assert_eq!(graph.down("bill2 chat2", "billing@-1"), "bill2 -> bill1 chat2");
    // bill1 is applied, but it is not a row, because logs1 depends on it; so logs1 is downgraded as well.
    assert_eq!(graph.down("logs1", "billing@-1"), "logs1 bill1 -> auth1");
}

#[test]
fn steps_from_a_symbol() {
    let graph = services();
    assert_eq!(graph.down("bill2 logs2", "logs@head-1"), "logs2 -> bill2 logs1");
    assert_eq!(graph.down("bill2", "auth1+0"), "bill2 bill1 -> auth1");
    assert_eq!(graph.down("bill2", "bill2-1"), "bill2 -> bill1");
    assert_eq!(graph.down("bill2", "auth1-1"), "bill2 bill1 auth1 ->");
    assert!(matches!(graph.down_error("bill2", "auth1-2"), TargetError::RelativeOutOfRange { .. }));
    assert!(matches!(graph.down_error("bill2", "base-1"), TargetError::RelativeOutOfRange { possible: 0, .. }));
}
