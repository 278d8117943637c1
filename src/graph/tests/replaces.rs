//! Which revisions a graph contains when some replace others.

use super::*;

/// Reads lines `S: a b c`.
fn replacements(text: &str) -> Result<Replacements, GraphError> {
    let lists: Vec<(RevisionId, Vec<RevisionId>)> =
        text.lines().map(|line| line.split_once(':').unwrap()).map(|(own, list)| (id(own.trim()), ids(list))).collect();
    Replacements::new(lists.iter().map(|(own, list)| (own, list.as_slice())))
}

/// Formats the view of rows: hidden revisions, expanded replacements, moved rows.
fn view(replacements: &Replacements, rows: &str) -> String {
    let view = replacements.view(&ids(rows), &[]);
    let list = |ids: Vec<String>| ids.join(" ");
    let hidden = list(replacements.hidden(&view.expanded).into_iter().map(ToString::to_string).collect());
    let expanded = list(view.expanded.iter().map(ToString::to_string).collect());
    let moved = list(view.moved.iter().map(|(row, now)| format!("{row}={now}")).collect());
    format!("hidden [{hidden}] expanded [{expanded}] moved [{moved}]")
}

#[test]
fn what_is_replaced_is_hidden_unless_a_part_of_it_is_applied() {
    let one = replacements("s: a b c").unwrap();
    assert_eq!(view(&one, ""), "hidden [a b c] expanded [] moved []");
    assert_eq!(view(&one, "z"), "hidden [a b c] expanded [] moved []");
    assert_eq!(view(&one, "s"), "hidden [a b c] expanded [] moved []");
    assert_eq!(view(&one, "c x"), "hidden [a b c] expanded [] moved [c=s]");
    assert_eq!(view(&one, "b"), "hidden [] expanded [s] moved []");
    assert_eq!(view(&one, "a b"), "hidden [] expanded [s] moved []");
    assert_eq!(view(&one, "c s"), "hidden [] expanded [s] moved []", "rows that overlap are for the planner to refuse");
}

#[test]
fn a_half_applied_revision_is_in_the_middle() {
    let one = replacements("s: a b c").unwrap();
    assert_eq!(one.view(&ids("c"), &ids("c")).expanded, BTreeSet::from([id("s")]));
    assert_eq!(one.view(&ids(""), &ids("a")).expanded, BTreeSet::from([id("s")]));
    assert_eq!(one.view(&ids("c"), &ids("x")).moved, [(id("c"), id("s"))]);
}

#[test]
fn a_replaced_replacement_is_a_part_of_the_range() {
    let nested = replacements("t: s d\ns: a b c").unwrap();
    assert_eq!(nested.replaced(&id("t")), ids("a b c s d"), "flattened, so that a row at `a` is always recognized");
    assert_eq!(view(&nested, ""), "hidden [a b c d s] expanded [] moved []");
    assert_eq!(view(&nested, "d"), "hidden [a b c d s] expanded [] moved [d=t]");
    assert_eq!(view(&nested, "s"), "hidden [a b c] expanded [t] moved []");
    assert_eq!(view(&nested, "c"), "hidden [a b c] expanded [t] moved [c=s]");
    assert_eq!(view(&nested, "b"), "hidden [] expanded [s t] moved []");
    let at_the_end = replacements("s: b c\nt: a s").unwrap();
    assert_eq!(view(&at_the_end, "c"), "hidden [a b c s] expanded [] moved [c=t]");
    assert_eq!(nested.replaced_by(&id("a")), Some(&id("t")));
}

#[test]
fn a_need_for_the_end_is_one_for_the_replacement() {
    let nested = replacements("s: b c\nt: a s").unwrap();
    let need = |revision: &str, needed: &str| nested.prerequisite(&id(revision), &id(needed)).to_string();
    assert_eq!(need("x", "c"), "t");
    assert_eq!(need("x", "b"), "b", "the middle is none");
    assert_eq!(need("s", "c"), "c");
    assert_eq!(need("c", "b"), "b");
    assert_eq!(need("t", "s"), "s");
    assert_eq!(nested.meant("c"), "t");
}

#[test]
fn lists_that_contradict_are_refused() {
    let refused = |text: &str| replacements(text).unwrap_err().to_string();
    assert_eq!(refused("s: a b\nt: b c"), "both s and t replace revision b");
    assert_eq!(refused("s: a s"), "revision s cannot replace s: it is that revision");
    assert_eq!(refused("s: a a"), "revision s cannot replace a: it lists it twice");
    assert!(refused("s: t\nt: s").contains("cannot replace"));
    assert!(refused("s: t\nt: u\nu: s").contains("cannot replace"));
}
