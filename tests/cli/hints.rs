//! Suggested commands: they name the service if there are several, and they work.

mod command_line;
mod config;
mod display;
mod failures;
mod sessions;

use crate::support::project::Project;

/// Creates two services; a revision of `auth` is half applied.
fn half_done() -> Project {
    let project = Project::new();
    let service = |name: &str| format!("  {name}:\n    url: sqlite:{name}.db\n    revisions: {name}\n");
    project.write("aludel.yaml", &format!("services:\n{}{}", service("auth"), service("chat")));
    let half = "-- revision: aaaa1111\n-- down_revision: null\n-- transaction: false\n\n-- @upgrade\n\
                CREATE TABLE a (x int);\nCREATE TABLE a (x int);\n\n-- @downgrade\nDROP TABLE a;\n";
    project.write("auth/aaaa1111.sql", half);
    let above = "-- revision: aaaa2222\n-- down_revision: aaaa1111\n\n-- @upgrade\nSELECT 1;\n\n-- @downgrade\n";
    project.write("auth/aaaa2222.sql", above);
    project
        .write("chat/bbbb1111.sql", "-- revision: bbbb1111\n-- down_revision: null\n\n-- @upgrade\n\n-- @downgrade\n");
    project
}

#[test]
fn lines_to_type_name_the_service_where_there_are_several() {
    let project = half_done();
    let failed = project.json(&["upgrade", "head", "-s", "auth"]);
    let hints = failed["error"]["hints"].to_string();
    assert!(hints.contains("aludel stamp aaaa1111 -s auth"), "{hints}");
    let alone = project.json(&["upgrade", "head", "--revisions", "auth", "--url", "sqlite:other.db", "-s", "auth"]);
    assert!(alone["error"]["hints"].to_string().contains("aludel stamp aaaa1111 -s auth"), "{alone}");
}

#[test]
fn a_stamp_that_only_settles_what_is_half_done_says_so() {
    let project = half_done();
    assert_eq!(project.run(&["upgrade", "head", "-s", "auth"]).status, 1);
    let run = project.run(&["stamp", "current", "-s", "auth"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("auth: aaaa1111, which was half-applied, is not continued; at base"), "{}", run.stderr);
    assert!(!run.stderr.contains("nothing to do"), "{}", run.stderr);
    let again = project.run(&["stamp", "current", "-s", "auth"]);
    assert!(again.stderr.contains("auth: nothing to do, at base"), "{}", again.stderr);
}

#[test]
fn a_stamp_that_moves_the_rows_says_what_it_settles_too() {
    let project = half_done();
    assert_eq!(project.run(&["upgrade", "head", "-s", "auth"]).status, 1);
    let stamped = project.json(&["stamp", "aaaa1111", "-s", "auth"]);
    assert_eq!(stamped["services"][0]["settled"], serde_json::json!(["aaaa1111"]), "{stamped}");
    assert_eq!(stamped["services"][0]["to"], serde_json::json!(["aaaa1111"]));
}
