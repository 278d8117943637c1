//! Upgrades that leave out some revisions.

use super::*;

/// Plan of `upgrade heads` from `rows` without the revisions `held`.
fn without(rows: &str, held: &str) -> String {
    let held = ids(held);
    show(services().plan_upgrade_without(&ids(rows), "heads", &|id| held.contains(id)))
}

#[test]
fn each_line_stops_before_the_first_revision_that_is_held_back() {
    assert_eq!(without("", ""), services().up("", "heads"));
    assert_eq!(without("", "bill2"), "auth1 bill1 chat1 chat2 logs1 logs2 -> chat2 logs2");
    assert_eq!(without("", "bill1"), "auth1 chat1 chat2 -> chat2", "what depends on it waits too");
    assert_eq!(without("", "auth1"), "->", "nothing is left");
}

#[test]
fn the_rows_are_those_of_what_runs() {
    assert_eq!(without("auth1", "bill1"), "chat1 chat2 -> chat2");
    assert_eq!(without("bill2 chat2", "join1"), "logs1 logs2 -> bill2 chat2 logs2");
}

#[test]
fn what_is_applied_holds_nothing_back() {
    assert_eq!(without("bill1", "bill1 auth1"), services().up("bill1", "heads"));
}

#[test]
fn the_greatest_spreads_along_the_edges() {
    let own = |of: &RevisionId| u8::from(of.as_str() == "bill1") * 7;
    let all = services().spread(&services().ordered(), &own);
    let sevens: Vec<&str> = all.iter().filter(|(_, value)| **value == 7).map(|(id, _)| id.as_str()).collect();
    assert_eq!(sevens, ["bill1", "bill2", "join1", "logs1", "logs2"]);
}
