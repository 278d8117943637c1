//! `reset`, `push` and `seed`, and their protection against unintended changes.

use super::{configure, desiring, on_a_terminal, same};
use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    reset_makes_the_database_anew_and_fills_it,
    reset_leaves_a_neighbours_tables_and_rows_alone,
    reset_and_push_leave_a_protected_database_alone,
    at_a_terminal_the_databases_name_is_asked_for,
    push_makes_the_desired_schema_without_a_revision_and_keeps_rows,
    push_refuses_what_only_a_person_knows,
    a_flag_of_push_leaves_the_markers_of_other_objects_alone,
    a_seed_file_runs_once_for_what_it_says,
    a_seed_file_that_fails_stands_in_nobodys_way,
}

const SCHEMA: &str = "CREATE TABLE a (x integer NOT NULL PRIMARY KEY, y varchar(20));\n\
    CREATE TABLE b (x integer NOT NULL PRIMARY KEY REFERENCES a (x));\nCREATE VIEW seen AS SELECT x FROM a;\n";

fn team(kind: Kind, more: &str) -> (Project, String) {
    let (project, url) = desiring(kind, SCHEMA);
    configure(&project, &url, &format!("    schema: schema.sql\n    seed: [seed]\n{more}"));
    project.revision("aaaa", "", SCHEMA, "DROP VIEW seen;\nDROP TABLE b;\nDROP TABLE a;");
    project.write("seed/1.sql", "INSERT INTO a VALUES (1, 'one');\nINSERT INTO a VALUES (2, 'two');\n");
    project.write("seed/2.sql", "INSERT INTO b VALUES (1);\n");
    project.ok(&["upgrade", "head"]);
    (project, url)
}

fn reset_makes_the_database_anew_and_fills_it(kind: Kind) {
    let (project, url) = team(kind, "");
    project.shell(kind, &url, "INSERT INTO a VALUES (7, 'mine'); CREATE TABLE c (x integer NOT NULL PRIMARY KEY REFERENCES b (x)); CREATE VIEW seen_too AS SELECT x FROM seen;");
    let run = project.run(&["reset", "--yes"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    same(&project, "head", "database");
    assert_eq!(project.shell(kind, &url, "SELECT x FROM a ORDER BY x;"), "1\n2");
    project.ok(&["reset", "--yes", "--no-seed"]);
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM a;"), "0");
    let run = project.run(&["reset"]);
    assert_eq!(run.status, 2, "nobody could be asked: {}", run.stderr);
}

fn reset_leaves_a_neighbours_tables_and_rows_alone(kind: Kind) {
    let project = Project::new();
    let url = project.new_database(kind, "both");
    let service = |name: &str| {
        format!("  {name}:\n    url: \"{url}\"\n    revisions: {name}\n    version_table: {name}_version\n")
    };
    project.write("aludel.yaml", &format!("services:\n{}{}", service("one"), service("two")));
    for name in ["one", "two"] {
        let text = format!(
            "-- revision: {name}1111\n-- down_revision: null\n\n-- @upgrade\nCREATE TABLE of_{name} (x integer);\nINSERT INTO of_{name} VALUES (1);\n\n-- @downgrade\nDROP TABLE of_{name};\n"
        );
        project.write(&format!("{name}/1.sql"), &text);
    }
    project.ok(&["upgrade", "head", "--all"]);
    project.shell(kind, &url, "INSERT INTO of_one VALUES (2); INSERT INTO of_two VALUES (2);");
    project.ok(&["reset", "-s", "one", "--yes"]);
    assert_eq!(project.shell(kind, &url, "SELECT x FROM of_one ORDER BY x;"), "1");
    assert_eq!(project.shell(kind, &url, "SELECT x FROM of_two ORDER BY x;"), "1\n2");
    assert_eq!(project.run(&["current", "--check-heads"]).status, 0);
    assert_eq!(project.run(&["check"]).status, 0);
}

fn reset_and_push_leave_a_protected_database_alone(kind: Kind) {
    let (project, url) = team(kind, "    protected: true\n");
    project.shell(kind, &url, "INSERT INTO a VALUES (7, 'mine');");
    project.write("schema.sql", "");
    for command in ["reset", "push"] {
        let run = project.run(&[command, "--yes"]);
        assert!(run.status == 1 && run.stderr.contains("error[protected]"), "{}", run.stderr);
    }
    assert_eq!(project.shell(kind, &url, "SELECT y FROM a;"), "mine");
    // A dry run is allowed.
    assert!(project.ok(&["push", "--dry-run"]).contains("DROP TABLE"));
}

fn at_a_terminal_the_databases_name_is_asked_for(kind: Kind) {
    let (project, url) = team(kind, "");
    project.shell(kind, &url, "INSERT INTO a VALUES (7, 'mine');");
    let (shown, status) = on_a_terminal(&project, "reset", "another\n");
    assert!(status == 1 && shown.contains("not-confirmed"), "{shown}");
    assert_eq!(project.shell(kind, &url, "SELECT y FROM a;"), "mine");
    let name = match kind {
        Kind::Sqlite => "app.db",
        _ => url.rsplit('/').next().unwrap().split('?').next().unwrap(),
    };
    let (shown, status) = on_a_terminal(&project, "reset --no-seed", &format!("{name}\n"));
    assert_eq!(status, 0, "{shown}");
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM a;"), "0");
}

fn push_makes_the_desired_schema_without_a_revision_and_keeps_rows(kind: Kind) {
    let (project, url) = team(kind, "");
    project.shell(kind, &url, "INSERT INTO a VALUES (7, 'mine');");
    project.write(
        "schema.sql",
        "CREATE TABLE a (x integer NOT NULL PRIMARY KEY, y varchar(40), z integer);\nCREATE INDEX a_z ON a (z);\n\
         CREATE VIEW seen AS SELECT x, z FROM a;\n",
    );
    let statements = project.ok(&["push", "--dry-run"]);
    assert!(statements.contains("-- LOSES all rows of b") && !statements.contains("CONCURRENTLY"), "{statements}");
    let run = project.run(&["push"]);
    assert_eq!(run.status, 2, "nobody could be asked: {}", run.stderr);
    project.ok(&["push", "--yes"]);
    same(&project, "database", "schema");
    assert_eq!(project.shell(kind, &url, "SELECT y FROM a;"), "mine");
    assert_eq!(project.shell(kind, &url, "SELECT version_num FROM aludel_version;"), "aaaa");
    assert_eq!(std::fs::read_dir(project.path("r")).unwrap().count(), 1);
    assert_eq!(project.json(&["push"])["services"][0]["applied"], false);
}

fn push_refuses_what_only_a_person_knows(kind: Kind) {
    let (project, url) = team(kind, "");
    project.write("schema.sql", &SCHEMA.replace("y varchar(20)", "y varchar(20), z integer NOT NULL"));
    let run = project.run(&["push", "--yes"]);
    assert!(run.status == 1 && run.stderr.contains("error[push-needs-revision]"), "{}", run.stderr);
    same(&project, "database", "aaaa");
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM a;"), "0");
}

fn a_seed_file_runs_once_for_what_it_says(kind: Kind) {
    let (project, url) = team(kind, "");
    project.ok(&["seed"]);
    project.ok(&["seed"]);
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM a;"), "2");
    project.write("seed/1.sql", "INSERT INTO a VALUES (3, 'three');\n");
    let document = project.json(&["seed"]);
    let ran: Vec<_> = document["services"][0]["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["ran"].as_bool().unwrap())
        .collect();
    assert_eq!(ran, [true, false]);
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM a;"), "3");
    // Seeding is not a revision.
    assert_eq!(project.run(&["current", "--check-heads"]).status, 0);
    assert_eq!(project.run(&["check"]).status, 0);
}

fn a_seed_file_that_fails_stands_in_nobodys_way(kind: Kind) {
    let (project, url) = team(kind, "");
    project.write("seed/2.sql", ";;\nINSERT INTO b VALUES (1);\nINSERT INTO b VALUES (1);\n");
    let run = project.run(&["seed"]);
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("statement 2 of 2"), "an empty statement is not counted: {}", run.stderr);
    assert!(run.stderr.contains("seed/2.sql:3") && run.stderr.contains("aludel seed"), "{}", run.stderr);
    assert!(!run.stderr.contains("aludel upgrade"), "{}", run.stderr);
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM b;"), "0");
    let status = project.ok(&["status"]);
    assert!(!status.contains("half-applied"), "{status}");
    project.revision("bbbb", "aaaa", "CREATE TABLE c (x integer);", "DROP TABLE c;");
    project.ok(&["upgrade", "head"]);
    project.write("seed/2.sql", "INSERT INTO b VALUES (1);\nINSERT INTO b VALUES (2);\n");
    project.ok(&["seed"]);
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM b;"), "2");
}

fn a_flag_of_push_leaves_the_markers_of_other_objects_alone(kind: Kind) {
    let (project, url) = super::desiring(
        kind,
        "-- renamed from: user\nCREATE TABLE persons (id integer NOT NULL PRIMARY KEY);\n\
         CREATE TABLE settings (id integer NOT NULL PRIMARY KEY);\n",
    );
    let quote = if kind == Kind::Mariadb { '`' } else { '"' };
    project.shell(
        kind,
        &url,
        &format!(
            "CREATE TABLE {quote}user{quote} (id integer NOT NULL PRIMARY KEY); \
             CREATE TABLE user_settings (id integer NOT NULL PRIMARY KEY); \
             INSERT INTO {quote}user{quote} VALUES (1); INSERT INTO user_settings VALUES (2);"
        ),
    );
    project.ok(&["push", "--yes", "--rename", "user_settings=settings"]);
    assert_eq!(project.shell(kind, &url, "SELECT id FROM persons;"), "1", "it was renamed, with its rows");
    assert_eq!(project.shell(kind, &url, "SELECT id FROM settings;"), "2");
}
