//! Tests of `inspect` and `diff`.

use super::{desiring, same};
use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    what_inspect_prints_makes_the_same_schema_with_the_real_client,
    every_side_can_be_named,
    the_statements_of_a_diff_lead_from_one_side_to_the_other,
    a_difference_is_an_exit_status_only_when_it_is_asked_for,
    what_neighbours_keep_in_the_database_is_no_difference,
    databases_are_compared_without_a_config,
}

fn example(kind: Kind) -> (Project, String, String) {
    let project = Project::example();
    let (auth, chat) = (project.new_database(kind, "auth"), project.new_database(kind, "chat"));
    let text = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    let text = text.replace("${AUTH_DATABASE_URL:-sqlite:auth.db}", &auth);
    project.write("aludel.yaml", &text.replace("${CHAT_DATABASE_URL:-sqlite:chat.db}", &chat));
    project.ok(&["upgrade", "head", "--all"]);
    (project, auth, chat)
}

fn what_inspect_prints_makes_the_same_schema_with_the_real_client(kind: Kind) {
    let (project, ..) = example(kind);
    for service in ["auth", "chat2chart"] {
        let printed = project.ok(&["inspect", "-s", service]);
        assert_eq!(printed, project.ok(&["inspect", "-s", service]), "the order is always the same");
        let fresh = project.new_database(kind, &format!("fresh_{service}"));
        project.shell(kind, &fresh, &printed);
        let run = project.run(&["diff", "database", &fresh, "-s", service, "--exit-code"]);
        assert_eq!(run.status, 0, "{}{}\n{printed}", run.stdout, run.stderr);
        let again = project.ok(&["inspect", &fresh, "-s", service]);
        assert_eq!(again, printed);
        let mermaid = project.ok(&["inspect", "-s", service, "--format", "mermaid"]);
        assert!(mermaid.starts_with("erDiagram\n"), "{mermaid}");
    }
}

fn every_side_can_be_named(kind: Kind) {
    let (project, url) = desiring(kind, "CREATE TABLE a (x integer);\nCREATE TABLE b (y integer);\n");
    project.revision("aaaa", "", "CREATE TABLE a (x integer);", "DROP TABLE a;");
    project.revision("bbbb", "aaaa", "CREATE TABLE b (y integer);", "DROP TABLE b;");
    project.ok(&["upgrade", "aaaa"]);
    project.write("files/1.sql", "CREATE TABLE a (x integer);\n");
    for side in ["aaaa", "current", "aaa", &url, "files", "files/1.sql", "head-1"] {
        same(&project, "database", side);
    }
    for side in ["head", "heads", "schema", "bbbb"] {
        same(&project, "head", side);
        let run = project.run(&["diff", "database", side, "--exit-code"]);
        assert_eq!((run.status, run.stdout.contains("+ table b")), (3, true), "{side}: {}", run.stdout);
    }
    assert!(project.ok(&["diff", "base", "database"]).contains("+ table a"));
}

fn the_statements_of_a_diff_lead_from_one_side_to_the_other(kind: Kind) {
    let (project, url) = desiring(
        kind,
        "CREATE TABLE a (x integer NOT NULL PRIMARY KEY, note varchar(20));\n\
         CREATE TABLE c (z integer REFERENCES a (x));\nCREATE INDEX c_z ON c (z);\n",
    );
    project.revision("aaaa", "", "CREATE TABLE a (x integer NOT NULL PRIMARY KEY);\nCREATE TABLE b (y integer);", "");
    project.ok(&["upgrade", "head"]);
    let statements = project.ok(&["diff", "database", "schema", "--sql"]);
    assert!(statements.contains("-- LOSES all rows of b"), "{statements}");
    project.shell(kind, &url, &statements);
    same(&project, "database", "schema");
}

fn a_difference_is_an_exit_status_only_when_it_is_asked_for(kind: Kind) {
    let (project, _) = desiring(kind, "CREATE TABLE a (x integer);\n");
    assert_eq!(project.run(&["diff", "base", "schema"]).status, 0);
    assert_eq!(project.run(&["diff", "base", "schema", "--exit-code"]).status, 3);
    let document = project.json(&["diff", "base", "schema"]);
    assert_eq!(document["services"][0]["equal"], false);
    assert_eq!(document["services"][0]["changes"][0]["name"], "a");
    assert!(document["services"][0]["sql"].as_str().unwrap().starts_with("CREATE TABLE"), "{document}");
}

fn what_neighbours_keep_in_the_database_is_no_difference(kind: Kind) {
    let project = Project::new();
    let url = project.new_database(kind, "both");
    let service = |name: &str| {
        format!("  {name}:\n    url: \"{url}\"\n    revisions: {name}\n    version_table: {name}_version\n")
    };
    project.write("aludel.yaml", &format!("services:\n{}{}", service("one"), service("two")));
    for name in ["one", "two"] {
        let text = format!(
            "-- revision: {name}1111\n-- down_revision: null\n\n-- @upgrade\nCREATE TABLE of_{name} (x integer);\n\n-- @downgrade\nDROP TABLE of_{name};\n"
        );
        project.write(&format!("{name}/1.sql"), &text);
    }
    project.ok(&["upgrade", "head", "--all"]);
    let run = project.run(&["diff", "head", "database", "-s", "one", "--exit-code"]);
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    for arguments in [&["check"][..], &["check", "--drift"]] {
        let run = project.run(arguments);
        assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    }
    project.shell(kind, &url, "CREATE TABLE by_hand (x integer);");
    let run = project.run(&["diff", "head", "database", "-s", "one", "--exit-code"]);
    assert_eq!(run.status, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("by_hand") && !run.stdout.contains("of_two"), "{}", run.stdout);
}

fn databases_are_compared_without_a_config(kind: Kind) {
    let project = Project::new();
    let (one, two) = (project.new_database(kind, "one"), project.new_database(kind, "two"));
    project.shell(kind, &one, "CREATE TABLE a (x integer, y integer);");
    project.shell(kind, &two, "CREATE TABLE a (x integer);");
    let statements = project.ok(&["diff", &two, &one, "--sql"]);
    assert!(statements.contains("ADD COLUMN"), "{statements}");
    assert_eq!(project.run(&["diff", &one, &one, "--exit-code"]).status, 0);
    assert_eq!(project.ok(&["inspect", &one]), project.ok(&["inspect", "--url", &one]));
    assert_eq!(project.json(&["diff", "nothing.sql", "head"])["error"]["code"], "config-not-found");
    // A comparison of two URLs needs no choice of a service.
    let config = format!("services:\n  a: {{url: \"{one}\", revisions: r}}\n  b: {{url: \"{two}\", revisions: s}}\n");
    project.write("aludel.yaml", &config);
    project.write("r/.keep", "");
    project.write("s/.keep", "");
    assert_eq!(project.ok(&["diff", &two, &one, "--sql"]), statements);
    assert_eq!(project.json(&["diff", "database", &one])["error"]["code"], "usage");
}
