//! `test --queries` and `test --from-tags`: what the release before would meet.

use serde_json::{Value, json};

use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    a_query_that_a_revision_breaks_is_shown_with_that_revision,
    the_contract_phase_may_break_a_query_and_no_other,
    the_check_begins_where_all_queries_can_be_prepared,
    databases_of_earlier_releases_get_the_schema_of_an_empty_one,
    a_release_whose_revisions_were_changed_is_named,
}

/// Runs `test` and returns its exit status, its text, and the document of the service.
fn tested(project: &Project, arguments: &[&str]) -> (i32, String, Value) {
    let run = project.run(&[&["test"], arguments].concat());
    let document = project.json(&[&["test"], arguments].concat());
    assert!(document["error"].is_null(), "{document}");
    (run.status, run.stdout, document["services"][0].clone())
}

fn parameter(kind: Kind) -> &'static str {
    if kind == Kind::Postgres { "$1" } else { "?" }
}

/// A table whose column `nick` becomes `name`, one revision after `name` was added.
fn renamed_in_steps(kind: Kind, last: &str) -> Project {
    let (project, _) = Project::with_database(kind);
    project.revision("a111", "", "CREATE TABLE old (id int);", "DROP TABLE old;");
    project.revision("b111", "a111", "CREATE TABLE t (id int PRIMARY KEY, nick varchar(20));", "DROP TABLE t;");
    project.revision("c111", "b111", "DROP TABLE old;", "CREATE TABLE old (id int);");
    project.revision("d111", "c111", "ALTER TABLE t ADD COLUMN name varchar(20);", "ALTER TABLE t DROP COLUMN name;");
    let back = "ALTER TABLE t ADD COLUMN nick varchar(20);";
    project.revision_with("e111", "d111", last, "ALTER TABLE t DROP COLUMN nick;", back);
    let one = parameter(kind);
    let queries = format!(
        "SELECT id FROM t WHERE id = {one};\n\nSELECT nick\n  FROM t WHERE id = {one};\nINSERT INTO t (id) VALUES ({one})\n"
    );
    project.write("app.sql", &queries);
    project
}

fn a_query_that_a_revision_breaks_is_shown_with_that_revision(kind: Kind) {
    let project = renamed_in_steps(kind, "-- message: Drop nick");
    let (status, text, document) = tested(&project, &["--queries", "app.sql"]);
    assert_eq!(status, 3, "{text}");
    let results: Vec<_> =
        document["queries"].as_array().unwrap().iter().map(|query| query["result"].as_str().unwrap()).collect();
    assert_eq!(results, ["passed", "broken", "passed"], "{text}");
    let broken = &document["queries"][1];
    assert_eq!((&broken["broken_by"], &broken["line"]), (&json!("e111"), &json!(3)), "{broken}");
    assert!(broken["error"]["message"].as_str().unwrap().contains("nick"), "{broken}");
    assert_eq!((&document["queries_from"], &document["query_states"]), (&json!("b111"), &json!(4)));
    assert!(
        text.contains("is broken by e111") && text.contains("2 queries prepared in 4 states, from b111 on; 1 failed"),
        "{text}"
    );
}

fn the_contract_phase_may_break_a_query_and_no_other(kind: Kind) {
    let project = renamed_in_steps(kind, "-- phase: contract");
    let (status, text, document) = tested(&project, &["--queries", "app.sql"]);
    assert_eq!(status, 0, "{text}");
    assert_eq!(document["queries"][1]["contracted_by"], "e111", "{document}");
}

fn the_check_begins_where_all_queries_can_be_prepared(kind: Kind) {
    let project = renamed_in_steps(kind, "");
    // It ended long before the application was written.
    project.write("app.sql", "SELECT id FROM t;\nSELECT name FROM t;\n");
    let (status, text, document) = tested(&project, &["--queries", "app.sql"]);
    assert_eq!((status, &document["queries_from"]), (0, &json!("d111")), "{text}");
    let (status, text, document) = tested(&project, &["--queries", "app.sql", "--queries-from", "b111"]);
    assert_eq!((status, &document["queries"][1]["result"]), (3, &json!("never")), "{text}");
    assert!(text.contains("cannot be prepared at b111"), "{text}");
    project.write("app.sql", "SELECT id FROM t;\nSELECT nowhere FROM t;\n");
    let (status, text, document) = tested(&project, &["--queries", "app.sql"]);
    assert_eq!(
        (status, &document["queries_from"], &document["queries"][0]["result"]),
        (3, &Value::Null, &json!("passed"))
    );
    assert!(text.contains("cannot be prepared together with the others"), "{text}");
}

fn git(project: &Project, arguments: &[&str]) {
    let mut command = std::process::Command::new("git");
    command.args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(arguments);
    let output = command.current_dir(project.path("")).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn release(project: &Project, tag: &str) {
    git(project, &["add", "-A", "r"]);
    git(project, &["commit", "-q", "--allow-empty", "-m", tag]);
    git(project, &["tag", tag]);
}

fn released(kind: Kind) -> Project {
    let (project, _) = Project::with_database(kind);
    git(&project, &["init", "-q"]);
    release(&project, "v0.1");
    project.revision("a111", "", "CREATE TABLE t (id int PRIMARY KEY);", "DROP TABLE t;");
    release(&project, "v1.0");
    project.revision("b111", "a111", "ALTER TABLE t ADD COLUMN y int;", "ALTER TABLE t DROP COLUMN y;");
    release(&project, "v1.10");
    release(&project, "other");
    project.revision("c111", "b111", "CREATE TABLE c (id int);", "DROP TABLE c;");
    project
}

fn results(document: &Value) -> Vec<String> {
    let releases = document["releases"].as_array().unwrap().iter();
    releases.map(|one| format!("{} {}", one["tag"].as_str().unwrap(), one["result"].as_str().unwrap())).collect()
}

fn databases_of_earlier_releases_get_the_schema_of_an_empty_one(kind: Kind) {
    let project = released(kind);
    let (status, text, document) = tested(&project, &["--from-tags", "v*"]);
    assert_eq!((status, results(&document)), (0, vec!["v1.0 passed".to_owned(), "v1.10 passed".to_owned()]), "{text}");
    assert!(text.contains("2 releases upgraded to today's heads; 1 tag without revisions"), "{text}");
    assert_eq!(project.json(&["test", "--from-tags", "w*"])["error"]["code"], "ref-not-found");
}

fn a_release_whose_revisions_were_changed_is_named(kind: Kind) {
    let project = released(kind);
    // Edited: a database of the last release has another column than a new one.
    project.revision("b111", "a111", "ALTER TABLE t ADD COLUMN z int;", "ALTER TABLE t DROP COLUMN z;");
    let (status, text, document) = tested(&project, &["--from-tags", "v*"]);
    assert_eq!((status, results(&document)), (3, vec!["v1.0 passed".to_owned(), "v1.10 failed".to_owned()]), "{text}");
    let last = &document["releases"][1];
    assert_eq!((&last["edited"], &last["gone"]), (&json!(["b111"]), &json!([])), "{last}");
    assert!(last["changes"].to_string().contains("t.y"), "{last}");
    assert!(text.contains("edited since: b111"), "{text}");
    // Gone: an upgrade of such a database has nothing to begin with.
    std::fs::remove_file(project.path("r/b111.sql")).unwrap();
    project.revision("c111", "a111", "CREATE TABLE c (id int);", "DROP TABLE c;");
    let (_, text, document) = tested(&project, &["--from-tags", "v1.10"]);
    assert_eq!(document["releases"][0]["gone"], json!(["b111"]), "{text}");
}
