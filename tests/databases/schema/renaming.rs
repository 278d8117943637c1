//! Renames: confirmed at a prompt, by a flag or by a comment, never guessed.

use super::{all_is_well, desiring, generate, on_a_terminal};
use crate::support::on_each_database;
use crate::support::project::Kind;

on_each_database! {
    nothing_is_guessed_where_nobody_can_be_asked,
    a_flag_tells_a_rename_and_the_rows_stay,
    a_comment_in_the_schema_file_tells_a_rename_and_the_rows_stay,
    at_a_terminal_it_is_asked,
    a_marker_that_names_nothing_is_an_error_with_its_place,
}

const OLD: &str = "CREATE TABLE people (id integer NOT NULL PRIMARY KEY, name varchar(80));\nCREATE INDEX people_name ON people (name);";
const NEW: &str = "CREATE TABLE people (id integer NOT NULL PRIMARY KEY, full_name varchar(80));\nCREATE INDEX people_name ON people (full_name);";

fn team(kind: Kind, schema: &str) -> (super::Project, String) {
    let (project, url) = desiring(kind, schema);
    project.revision("aaaa", "", OLD, "DROP TABLE people;");
    project.ok(&["upgrade", "head"]);
    project.shell(kind, &url, "INSERT INTO people VALUES (1, 'Ada');");
    (project, url)
}

fn nothing_is_guessed_where_nobody_can_be_asked(kind: Kind) {
    let (project, _) = team(kind, NEW);
    let run = project.run(&["revision", "--autogenerate", "-m", "x", "--yes"]);
    assert!(run.stderr.contains("--rename people.name=full_name"), "{}", run.stderr);
    let text: String = run.stdout.lines().map(|path| std::fs::read_to_string(project.path(path)).unwrap()).collect();
    assert!(!text.contains("RENAME COLUMN") && text.contains("-- LOSES the values of people.name"), "{text}");
}

fn a_flag_tells_a_rename_and_the_rows_stay(kind: Kind) {
    let (project, url) = team(kind, NEW);
    let texts = generate(&project, &["--rename", "people.name=full_name"]);
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert!(texts[0].contains("RENAME COLUMN") && !texts[0].contains("INDEX"), "{}", texts[0]);
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.shell(kind, &url, "SELECT full_name FROM people;"), "Ada");
    all_is_well(&project);
    project.ok(&["downgrade", "-1"]);
    assert_eq!(project.shell(kind, &url, "SELECT name FROM people;"), "Ada");
}

fn a_comment_in_the_schema_file_tells_a_rename_and_the_rows_stay(kind: Kind) {
    let (project, url) = team(
        kind,
        "-- renamed from: people\nCREATE TABLE persons (\n    id integer NOT NULL PRIMARY KEY,\n    \
         full_name varchar(80) -- renamed from: name\n);\nCREATE INDEX people_name ON persons (full_name);\n",
    );
    generate(&project, &[]);
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.shell(kind, &url, "SELECT full_name FROM persons;"), "Ada");
    // The comment stays in the file, and has no further effect.
    all_is_well(&project);
    assert!(project.ok(&["revision", "--autogenerate", "-m", "again"]).is_empty());
}

fn at_a_terminal_it_is_asked(kind: Kind) {
    let (project, url) = team(kind, NEW);
    let (shown, status) = on_a_terminal(&project, "revision --autogenerate -m renamed", "y\n");
    assert!(status == 0 && shown.contains("is this a rename? [y/N]"), "{shown}");
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.shell(kind, &url, "SELECT full_name FROM people;"), "Ada");
}

fn a_marker_that_names_nothing_is_an_error_with_its_place(kind: Kind) {
    let schema =
        "CREATE TABLE people (id integer NOT NULL PRIMARY KEY, full_name varchar(80)); -- renamed from: nobody\n";
    let (project, _) = team(kind, schema);
    // The table exists under its new name, so the rename was done before.
    project.ok(&["revision", "--autogenerate", "-m", "x"]);
    project.write(
        "schema.sql",
        "CREATE TABLE people (\n  id integer NOT NULL PRIMARY KEY, more varchar(80) -- renamed from: nobody\n);\n",
    );
    for command in [&["revision", "--autogenerate", "-m", "y"][..], &["push", "--yes"]] {
        let run = project.run(command);
        assert!(run.status == 1 && run.stderr.contains("error[schema-invalid]"), "{}", run.stderr);
        assert!(
            run.stderr.contains("schema.sql:2:53") && run.stderr.contains("no such column of people"),
            "{}",
            run.stderr
        );
    }
}
