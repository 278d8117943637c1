//! What `check` finds by replaying the history: revisions that do not run, and a database that took another order.

use serde_json::{Value, json};

use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    a_pending_revision_that_does_not_run_is_found_before_it_reaches_a_database,
    a_database_that_took_another_order_is_no_database_changed_by_hand,
    a_change_by_hand_is_no_order_drift,
}

fn finding(project: &Project, check: &str) -> Value {
    let document = project.json(&["check"]);
    let checks = document["services"][0]["checks"].as_array().unwrap_or_else(|| panic!("{document}"));
    checks.iter().find(|finding| finding["check"] == check).unwrap_or_else(|| panic!("{document}")).clone()
}

fn a_pending_revision_that_does_not_run_is_found_before_it_reaches_a_database(kind: Kind) {
    let (project, _) = Project::with_database(kind);
    project.revision("a111", "", "CREATE TABLE t (id int);", "DROP TABLE t;");
    project.ok(&["upgrade", "head"]);
    assert_eq!(finding(&project, "history")["ok"], true);
    project.revision("b111", "a111", "CREATE TABLE u (id int);\nINSERT INTO nowhere VALUES (1);", "DROP TABLE u;");
    let run = project.run(&["check"]);
    assert_eq!(run.status, 3, "{}", run.stderr);
    assert!(run.stdout.contains("WRONG  history  the revisions do not run"), "{}", run.stdout);
    assert!(run.stdout.contains("b111.sql:6:") && run.stdout.contains("nowhere"), "{}", run.stdout);
    let history = finding(&project, "history");
    assert_eq!(
        (&history["error"]["code"], &history["error"]["line"]),
        (&json!("replay-failed"), &json!(6)),
        "{history}"
    );
    assert_eq!(finding(&project, "drift")["ok"], true, "the database is at the revision before");
}

/// Creates two parallel revisions that do not commute, of which a replay runs `b111` first.
fn parallel(kind: Kind) -> (Project, String) {
    let (project, url) = Project::with_database(kind);
    project.revision("a111", "", "CREATE TABLE t (id int);", "DROP TABLE t;");
    project.revision("b111", "a111", "CREATE TABLE u AS SELECT * FROM t;", "DROP TABLE u;");
    project.revision("c111", "a111", "ALTER TABLE t ADD COLUMN z int;", "ALTER TABLE t DROP COLUMN z;");
    project.revision("d111", "[b111, c111]", "-- nothing to do", "");
    (project, url)
}

fn a_database_that_took_another_order_is_no_database_changed_by_hand(kind: Kind) {
    let (project, url) = parallel(kind);
    project.ok(&["upgrade", "c111"]);
    project.ok(&["upgrade", "head"]);
    let run = project.run(&["check"]);
    assert_eq!(run.status, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("order drift: this database ran c111 before b111"), "{}", run.stdout);
    assert!(run.stdout.contains("-- depends_on: b111"), "{}", run.stdout);
    let drift = finding(&project, "drift");
    assert_eq!((&drift["ok"], &drift["order"]), (&json!(false), &json!(["a111", "c111", "b111", "d111"])), "{drift}");
    assert_eq!(drift["changes"].as_array().unwrap().len(), 1, "{drift}");
    assert_eq!(drift["changes"][0]["name"], "u.z");
    let statements = project.ok(&["diff", "database", "current", "--sql"]);
    project.shell(kind, &url, &statements);
    project.ok(&["check"]);

    // A database that took the order of a replay has no drift.
    let (other, _) = parallel(kind);
    other.ok(&["upgrade", "head"]);
    other.ok(&["check"]);
}

fn a_change_by_hand_is_no_order_drift(kind: Kind) {
    let (project, url) = parallel(kind);
    project.ok(&["upgrade", "c111"]);
    project.ok(&["upgrade", "head"]);
    project.shell(kind, &url, "CREATE TABLE by_hand (id int);");
    let drift = finding(&project, "drift");
    assert_eq!((&drift["ok"], &drift["order"]), (&json!(false), &Value::Null), "{drift}");
    assert!(drift["text"].as_str().unwrap().contains("the database does not match"), "{drift}");
}
