//! Targets of upgrades, and the names that all targets consist of.
use super::*;

#[test]
fn names_are_whole_ids_labels_or_the_beginning_of_one() {
    let graph = services();
    assert_eq!(graph.up("", "bill1"), "auth1 bill1 -> bill1");
    assert_eq!(graph.up("", "billing"), "auth1 bill1 -> bill1");
    assert_eq!(graph.up("", "au"), "auth1 -> auth1");
    assert_eq!(graph.up("", "logs1"), "auth1 bill1 logs1 -> logs1");
}

#[test]
fn an_ambiguous_beginning_lists_the_candidates() {
    let error = services().up_error("", "bill");
    let candidates = ["bill1", "bill2", "billing"].map(str::to_owned).to_vec();
    assert_eq!(error, TargetError::Ambiguous { symbol: "bill".into(), candidates });
    assert_eq!(error.code().as_str(), "revision-ambiguous");
}

#[test]
fn two_names_of_one_revision_are_not_ambiguous() {
    let graph = graph("abcd1 abcd-label\n b1 < abcd1");
    assert_eq!(graph.up("", "abcd"), "abcd1 -> abcd1");
}

#[test]
fn names_shorter_than_four_characters_are_never_abbreviated() {
    let graph = graph("abc\n abde < abc");
    assert_eq!(graph.up("", "ab"), "abc abde -> abde");
    assert!(matches!(graph.up_error("", "abcx"), TargetError::NotFound { .. }));
}

#[test]
fn a_name_that_is_not_found_comes_with_the_nearest() {
    let error = services().up_error("", "bilings");
    let TargetError::NotFound { symbol, nearest } = &error else { panic!("{error:?}") };
    assert_eq!((symbol.as_str(), nearest[0].as_str()), ("bilings", "billing"));
    assert_eq!(error.code().as_str(), "revision-not-found");
}

#[test]
fn head_is_the_only_head_and_heads_are_all() {
    let graph = services();
    let error = graph.up_error("", "head");
    assert_eq!(error, TargetError::MultipleHeads { heads: ids("join1 logs2"), branch: None });
    assert_eq!(error.code().as_str(), "multiple-heads");
    assert_eq!(graph.up("", "heads"), "auth1 bill1 bill2 chat1 chat2 join1 logs1 logs2 -> join1 logs2");
    assert_eq!(graph.up("", "logs@head"), "auth1 bill1 logs1 logs2 -> logs2");
    assert_eq!(graph.up("chat1", "billing@head"), "bill1 bill2 chat2 join1 -> join1");
    assert!(matches!(services_open().up_error("", "auth1@head"), TargetError::MultipleHeads { branch: Some(_), .. }));
    assert_eq!(services_open().up("", "auth1@heads"), "auth1 chat1 bill1 bill2 -> bill2 chat1");
}

fn services_open() -> Graph {
    graph("auth1\n bill1 billing < auth1\n chat1 chat < auth1\n bill2 < bill1\n logs1 logs")
}

#[test]
fn heads_that_are_dependencies_are_pulled_in() {
    let graph = graph("a1\n b1 ; a1");
    assert_eq!(graph.heads(), ids("a1 b1"));
    assert_eq!(graph.effective_heads(), ids("b1"));
    assert_eq!(graph.up("", "heads"), "a1 b1 -> b1");
}

#[test]
fn a_target_with_a_branch_must_share_its_lineage() {
    let graph = services();
    assert_eq!(graph.up("", "billing@join1"), "auth1 bill1 bill2 chat1 chat2 join1 -> join1");
    let error = graph.up_error("", "billing@chat1");
    assert_eq!(error, TargetError::NotInLineage { revision: id("chat1"), branch: "billing".into() });
    assert_eq!(error.code().as_str(), "not-in-lineage");
    assert_eq!(graph.up("", "chat@chat1"), "auth1 chat1 -> chat1");
}

#[test]
fn the_beginning_of_an_id_is_searched_in_the_lineage_only() {
    let graph = graph("aaaa1 one\n beef1 < aaaa1\n cccc1 two\n beef2 < cccc1");
    assert_eq!(graph.up("", "two@beef"), "cccc1 beef2 -> beef2");
    assert!(matches!(graph.up_error("", "beef"), TargetError::Ambiguous { .. }));
}

#[test]
fn what_is_applied_already_or_base_is_nothing_to_do() {
    let graph = services();
    for target in ["auth1", "base", "billing@base", "join1", "join1-3+1-1", "current"] {
        if target.contains('+') {
            assert!(matches!(graph.up_error("join1", target), TargetError::Malformed { .. }));
        } else {
            assert_eq!(graph.up("join1", target), "-> join1", "{target}");
        }
    }
}

#[test]
fn steps_count_from_the_one_row_or_from_before_the_base() {
    let graph = services_open();
    assert_eq!(graph.up("bill1", "+1"), "bill2 -> bill2");
    let error = graph.up_error("bill1", "+3");
    let expected =
        TargetError::RelativeOutOfRange { target: "+3".into(), from: Some(id("bill1")), asked: 3, possible: 1 };
    assert_eq!((error.code().as_str(), error), ("relative-out-of-range", expected));
    assert_eq!(services_open().up("", "billing@+2"), "auth1 bill1 -> bill1");
    assert_eq!(graph.up("logs1", "chat@+2"), "auth1 chat1 -> chat1 logs1");
    assert!(matches!(graph.up_error("", "+99999999999999999999999"), TargetError::Fork { .. }));
}

#[test]
fn the_step_below_a_base_is_never_counted_as_possible() {
    let graph = graph("one\ntwo < one");
    for (target, possible) in [("two-2", 1), ("two-3", 1), ("two-9", 1), ("one-1", 0), ("one-2", 0)] {
        let TargetError::RelativeOutOfRange { possible: found, .. } = graph.up_error("", target) else {
            panic!("{target}");
        };
        assert_eq!(found, possible, "{target}");
    }
}

#[test]
fn several_rows_are_refused_with_the_ways() {
    let graph = services_open();
    let error = graph.up_error("bill1 logs1", "+1");
    let TargetError::SeveralRows { rows, ways, .. } = &error else { panic!("{error:?}") };
    assert_eq!(*rows, ids("bill1 logs1"));
    assert_eq!(*ways, ["billing@+1", "logs@+1"]);
    assert_eq!(graph.up("bill1 logs1", &ways[0]), "bill2 -> bill2 logs1");
}

#[test]
fn a_fork_is_refused_with_the_ways_and_each_way_works() {
    let graph = services_open();
    let error = graph.up_error("auth1", "+1");
    let TargetError::Fork { at, choices, ways, .. } = &error else { panic!("{error:?}") };
    assert_eq!((at.as_ref().unwrap().as_str(), text(choices)), ("auth1", "bill1 chat1".to_owned()));
    assert_eq!(*ways, ["billing@+1", "chat@+1"]);
    assert_eq!(graph.up("auth1", &ways[1]), "chat1 -> chat1");
    let TargetError::Fork { at: None, ways, .. } = graph.up_error("", "+2") else { panic!() };
    assert_eq!(ways, ["auth1@+2", "logs@+2"]);
}

#[test]
fn a_branch_without_a_row_goes_on_from_its_newest_applied_ancestor() {
    let graph = services();
    assert_eq!(graph.up("chat2", "billing@+1"), "bill1 -> bill1 chat2");
    assert_eq!(graph.up("logs1", "billing@+1"), "bill2 -> bill2 logs1", "the row went into its dependent");
}

#[test]
fn steps_from_a_symbol_go_both_ways() {
    let graph = services();
    assert_eq!(graph.up("", "bill1+1"), "auth1 bill1 bill2 -> bill2");
    assert_eq!(graph.up("", "bill2-1"), "auth1 bill1 -> bill1");
    assert_eq!(graph.up("", "logs@head-1"), "auth1 bill1 logs1 -> logs1");
    assert_eq!(graph.up("", "billing@auth1+2"), "auth1 bill1 bill2 -> bill2");
    assert_eq!(graph.up("", "logs@base+2"), "auth1 bill1 logs1 logs2 -> logs2");
    assert_eq!(graph.up("auth1", "chat1+0"), "chat1 -> chat1");
    assert!(matches!(graph.up_error("", "join1-1"), TargetError::MergePointOnTheWay { .. }));
}

#[test]
fn down_is_no_way_up() {
    let error = services().up_error("auth1", "-1");
    assert_eq!(error, TargetError::WrongDirection { target: "-1".into(), direction: Operation::Upgrade });
    assert!(matches!(services().down_error("auth1", "+1"), TargetError::WrongDirection { .. }));
}

#[test]
fn unknown_rows_stop_every_move() {
    let graph = services();
    let expected = TargetError::UnknownRows { rows: ids("gone1 gone2") };
    assert_eq!(graph.up_error("gone2 auth1 gone1", "heads"), expected);
    assert_eq!(graph.down_error("gone2 gone1", "base"), expected);
    assert_eq!(graph.plan_stamp(&ids("gone1 gone2"), &["auth1"], false), Err(expected.clone()));
    assert_eq!(expected.code().as_str(), "unknown-row");
    assert_eq!(graph.unknown_rows(&ids("gone2 auth1 gone1")), ids("gone1 gone2"));
}

#[test]
fn rows_that_contradict_each_other_stop_an_upgrade_and_heal_in_a_downgrade() {
    let graph = services();
    let error = graph.up_error("bill2 auth1", "heads");
    assert_eq!(error, TargetError::OverlappingRows { row: id("auth1"), needed_by: id("bill2") });
    assert_eq!(graph.down("bill2 auth1", "bill1"), "bill2 -> bill1");
    assert_eq!(graph.down("bill2 bill1", "bill1"), "bill2 -> bill1");
    assert_eq!(graph.stamp("bill2 auth1", &["bill2"]), "bill2");
}

#[test]
fn pending_is_what_upgrade_heads_would_run() {
    let graph = services();
    assert_eq!(graph.pending(&ids("join1")), ids("logs1 logs2"));
    assert_eq!(graph.pending(&ids("join1 logs2 gone")), ids(""));
    assert_eq!(graph.applied(&ids("logs1")), ids("auth1 bill1 logs1"));
}

#[test]
fn revisions_that_only_a_journal_knows_are_no_heads_and_not_pending() {
    let graph = Graph::build_with_recorded(nodes("a\nb < a\ny < b\nz < y"), 2).unwrap();
    assert_eq!((graph.heads(), graph.effective_heads()), (ids("b"), ids("b")));
    let ahead = ids("z");
    assert!(graph.plan_upgrade(&ahead, "head").unwrap().is_empty() && graph.is_at_head(&ahead));
    assert!(graph.pending(&ahead).is_empty());
    assert_eq!(graph.pending(&[]), ids("a b"));
    let down = graph.plan_downgrade(&ahead, "b").unwrap();
    assert_eq!(down.steps.iter().map(|step| step.revision.as_str()).collect::<Vec<_>>(), ["z", "y"]);
    assert_eq!(graph.range(":", None).unwrap().len(), 4);
    assert_eq!(graph.range(":head", None).unwrap(), ids("b a"));
}
