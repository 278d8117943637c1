//! Stamps: the rows afterwards, and the steps that write them.
use super::*;

#[test]
fn a_stamp_leaves_the_rows_of_a_real_move() {
    let graph = services();
    assert_eq!(graph.stamp("", &["logs1"]), "logs1");
    assert_eq!(graph.stamp("bill2 chat2", &["join1"]), "join1");
    assert_eq!(graph.stamp("join1 logs2", &["bill1"]), "chat2 logs2");
    assert_eq!(graph.stamp("join1 logs2", &["auth1"]), "auth1");
    assert_eq!(graph.stamp("join1 logs2", &["base"]), "");
    assert_eq!(graph.stamp("", &["heads"]), "join1 logs2");
    assert_eq!(graph.stamp("bill2 chat2", &["billing@auth1"]), "chat2");
    assert_eq!(graph.stamp("join1", &["current"]), "join1");
    assert_eq!(graph.stamp("bill2", &["-1"]), "bill1");
    assert_eq!(graph.stamp("bill1", &["+1"]), "bill2");
    assert_eq!(graph.stamp("bill2", &["bill2-1"]), "bill1");
}

#[test]
fn several_targets_are_moved_to_one_after_the_other() {
    let graph = services();
    assert_eq!(graph.stamp("", &["bill1", "chat1"]), "bill1 chat1");
    assert_eq!(graph.stamp("join1", &["base", "chat1"]), "chat1");
    assert_eq!(graph.stamp("", &["bill2", "bill1"]), "bill1");
}

#[test]
fn each_step_says_which_rows_go_and_come() {
    let graph = services();
    let plan = graph.plan_stamp(&ids("bill2 chat2"), &["join1"], false).unwrap();
    assert_eq!(plan.direction, Operation::Stamp);
    assert_eq!(plan.steps.len(), 1);
    assert_eq!(plan.steps[0].revision, id("join1"));
    assert_eq!(plan.steps[0].change, RowChange { delete: ids("bill2 chat2"), insert: ids("join1") });
    let plan = graph.plan_stamp(&ids("bill2 chat2"), &["base"], false).unwrap();
    assert_eq!(plan.steps.iter().map(|step| step.revision.as_str()).collect::<Vec<_>>(), ["bill2", "chat2"]);
    assert_eq!(plan.rows_after_steps().last().unwrap(), ids(""));
    assert!(graph.plan_stamp(&ids("bill2"), &["bill2"], false).unwrap().is_empty());
}

#[test]
fn purge_puts_just_the_targets_in_the_place_of_any_rows() {
    let graph = services();
    let purge = |rows: &str, targets: &[&str]| graph.plan_stamp(&ids(rows), targets, true);
    let plan = purge("gone1 bill1", &["bill1", "chat1"]).unwrap();
    assert_eq!((text(&plan.from), text(&plan.to)), ("bill1 gone1".into(), "bill1 chat1".into()));
    assert_eq!(show(Ok(plan)), "bill1 chat1 -> bill1 chat1");
    assert_eq!(text(&purge("gone1 bill1", &["base"]).unwrap().to), "");
    assert_eq!(text(&purge("gone1", &["heads"]).unwrap().to), "join1 logs2");
    let error = purge("", &["bill2", "auth1"]).unwrap_err();
    assert_eq!(error, TargetError::NeedsAnother { needed: id("auth1"), needed_by: id("bill2") });
    assert_eq!(purge("gone1", &["+1"]), Err(TargetError::RowsNotKnown { target: "+1".into() }));
}
