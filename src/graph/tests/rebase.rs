//! Which files a rebase changes, and which ones it refuses.
use super::*;

fn plan(text: &str, first: &str, onto: &str) -> Result<String, String> {
    let onto = (onto != "base").then(|| id(onto));
    let plan = graph(text).plan_rebase(&id(first), onto.as_ref()).map_err(|error| error.to_string())?;
    let change = |(id, downs): &(RevisionId, Vec<RevisionId>)| format!("{id} < {}", super::text(downs));
    let changes: Vec<String> = plan.changes.iter().map(change).collect();
    Ok(format!("{}: {}", super::text(&plan.moved), changes.join(", ")))
}

const FORK: &str = "a
b1 < a
b2 < b1
c1 < a
c2 < c1";

#[test]
fn a_line_moves_by_the_down_revision_of_its_first_revision() {
    assert_eq!(plan(FORK, "b1", "c2").unwrap(), "b1 b2: b1 < c2");
    assert_eq!(plan(FORK, "c2", "b2").unwrap(), "c2: c2 < b2");
    assert_eq!(plan(FORK, "c1", "base").unwrap(), "c1 c2: c1 < ");
}

#[test]
fn a_merge_of_both_lines_keeps_the_one_that_contains_the_other() {
    let merged = &format!("{FORK}\nm < b2 c2\nn < m");
    assert_eq!(plan(merged, "b1", "c2").unwrap(), "b1 b2 m n: b1 < c2, m < b2");
    assert_eq!(plan(merged, "c1", "b1").unwrap(), "c1 c2 m n: c1 < b1");
}

#[test]
fn what_would_be_a_cycle_or_no_change_is_refused() {
    let refused = |text, first, onto| plan(text, first, onto).unwrap_err();
    assert!(refused(FORK, "b1", "b2").contains("would be a cycle"));
    assert!(refused(FORK, "b1", "b1").contains("would be a cycle"));
    assert!(refused(FORK, "b1", "a").contains("follows a already"));
    assert!(refused(FORK, "a", "base").contains("follows base already"));
    assert!(refused("a\nb < a\nc < a ; b", "b", "c").contains("c depends on b"));
    assert!(refused("a\nb < a\nc < a\nm < b c\nd", "m", "d").contains("m is a merge of b and c"));
}
