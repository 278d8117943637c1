//! `rebase`: what is proved before a file is written, and what is refused.

use std::fs;

use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    a_rebased_line_gives_what_a_merge_gives_and_runs_everywhere,
    an_order_that_changes_the_schema_is_not_written_unasked,
    a_line_that_needs_what_it_leaves_is_not_written,
    what_is_applied_does_not_move,
}

/// Creates two lines from `a111`: `b111`, `b222` and `c111`.
fn fork(kind: Kind) -> (Project, String) {
    let (project, url) = Project::with_database(kind);
    project.revision("a111", "", "CREATE TABLE t (id int);", "DROP TABLE t;");
    project.revision("b111", "a111", "CREATE TABLE b (id int);", "DROP TABLE b;");
    project.revision("b222", "b111", "ALTER TABLE b ADD COLUMN z int;", "ALTER TABLE b DROP COLUMN z;");
    project.revision("c111", "a111", "ALTER TABLE t ADD COLUMN y int;", "ALTER TABLE t DROP COLUMN y;");
    (project, url)
}

fn texts(project: &Project) -> Vec<(String, String)> {
    let entries = fs::read_dir(project.path("r")).unwrap().map(|entry| entry.unwrap().path());
    let mut texts: Vec<_> =
        entries.map(|path| (path.display().to_string(), fs::read_to_string(&path).unwrap())).collect();
    texts.sort();
    texts
}

/// Runs a rebase that has to fail with this code, and checks that no file has changed.
fn refused(project: &Project, arguments: &[&str], code: &str) -> String {
    let before = texts(project);
    let run = project.run(&[&["rebase"], arguments].concat());
    assert_eq!(run.status, 1, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains(&format!("error[{code}]")), "{}", run.stderr);
    assert!(run.stderr.contains("no file was written"), "{}", run.stderr);
    assert_eq!(texts(project), before);
    run.stderr
}

fn a_rebased_line_gives_what_a_merge_gives_and_runs_everywhere(kind: Kind) {
    let (project, url) = fork(kind);
    let before = texts(&project);
    let run = project.run(&["rebase", "b111", "--onto", "c111"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("give the schema that a merge would give"), "{}", run.stderr);
    let changed: Vec<_> = before.into_iter().zip(texts(&project)).filter(|(before, after)| before != after).collect();
    let [((_, before), (_, after))] = changed.as_slice() else { panic!("{changed:?}") };
    assert_eq!(*after, before.replace("-- down_revision: a111", "-- down_revision: c111"));
    project.ok(&["heads", "--check"]);
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.shell(kind, &url, "SELECT COUNT(*) FROM b;").trim(), "0");
}

fn an_order_that_changes_the_schema_is_not_written_unasked(kind: Kind) {
    let (project, _) = fork(kind);
    project.revision("d111", "c111", "CREATE TABLE u AS SELECT * FROM b;", "DROP TABLE u;");
    project.revision_with("b333", "b222", "", "ALTER TABLE b ADD COLUMN x int;", "ALTER TABLE b DROP COLUMN x;");
    // `u` copies the columns that `b` has when it is made.
    let text = fs::read_to_string(project.path("r/d111.sql")).unwrap();
    fs::write(project.path("r/d111.sql"), text.replace("-- down_revision: c111", "-- down_revision: b222")).unwrap();
    let said = refused(&project, &["b333", "--onto", "d111"], "rebase-differs");
    assert!(said.contains("column u.x"), "{said}");
    project.ok(&["rebase", "b333", "--onto", "d111", "--yes"]);
    project.ok(&["upgrade", "heads"]);
}

fn a_line_that_needs_what_it_leaves_is_not_written(kind: Kind) {
    let (project, _) = fork(kind);
    let said = refused(&project, &["b222", "--onto", "c111"], "replay-failed");
    assert!(said.contains("b222.sql:5:"), "{said}");
    project.ok(&["rebase", "b222", "--onto", "c111", "--no-prove"]);
}

fn what_is_applied_does_not_move(kind: Kind) {
    let (project, _) = fork(kind);
    project.ok(&["upgrade", "b111"]);
    let said = refused(&project, &["b111", "--onto", "c111"], "rebase-applied");
    assert!(said.contains("aludel downgrade b111-1"), "{said}");
    project.ok(&["rebase", "b222", "--onto", "c111", "--no-prove"]);
    project.ok(&["rebase", "b111", "--onto", "c111", "--applied-too", "--no-prove"]);
}
