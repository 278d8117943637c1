//! Ranges that one revision can replace.

use super::*;

/// Formats the plan as `replaced < down revisions ; dependencies > children`.
fn plan(graph: &Graph, first: &str, last: &str) -> String {
    let first = Some(first).filter(|first| !first.is_empty()).map(id);
    match graph.plan_squash(first.as_ref(), &id(last)) {
        Ok(SquashPlan { replaced, down_revisions, depends_on, children }) => {
            let (replaced, downs, children) = (text(&replaced), text(&down_revisions), text(&children));
            format!("{replaced} < {downs} ; {} > {children}", depends_on.join(" "))
        }
        Err(SquashError::MiddleNeeded(references)) => {
            let references = references.iter().map(|found| format!("{} needs {}", found.revision, found.needed));
            references.collect::<Vec<_>>().join(", ")
        }
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_range_begins_and_ends_with_one_revision() {
    let line = graph("a\nb < a\nc < b\nd < c\ne < c");
    assert_eq!(plan(&line, "b", "c"), "b c < a ;  > d e");
    assert_eq!(plan(&line, "", "c"), "a b c <  ;  > d e");
    assert_eq!(plan(&line, "a", "d"), "e needs c");
    assert_eq!(plan(&line, "b", "b"), "the range is only one revision: b");
    assert!(plan(&line, "d", "e").contains("d"), "d is not below e");
}

#[test]
fn branches_that_begin_and_end_in_the_range_are_a_part_of_it() {
    let forked = graph("z\na < z\nb < a\nc < a\nd < b c\ne < d");
    assert_eq!(plan(&forked, "a", "d"), "a b c d < z ;  > e");
    assert_eq!(plan(&forked, "b", "d"), "d comes after c too, which is not in the range");
    let joined = graph("x\na\nb < a x\nc < b");
    assert_eq!(plan(&joined, "a", "c"), "b comes after x too, which is not in the range");
    assert_eq!(plan(&joined, "b", "c"), "b c < a x ;  > ");
}

#[test]
fn what_needs_the_middle_is_listed_and_what_needs_the_end_is_not() {
    let needed = graph("a\nb < a\nc < b\nx ; b\ny ; c\nz < a");
    assert_eq!(plan(&needed, "a", "c"), "x needs b, z needs a");
    let outside = graph("o\np\na < o\nb < a ; p\nc < b ; a");
    assert_eq!(plan(&outside, "a", "c"), "a b c < o ; p > ");
}
