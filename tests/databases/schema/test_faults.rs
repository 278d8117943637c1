//! Ten faults of a history, each of which `test` finds and names.

use serde_json::Value;

use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    each_of_ten_faults_is_found_and_named,
}

/// A fault: what it is, how it is put into the project, arguments of `test`, and the words of the answer that name it.
type Fault = (&'static str, fn(&Project, Kind), &'static [&'static str], &'static [&'static str]);

const FAULTS: [Fault; 10] = [
    ("a type is left behind", left_behind, &[], &["FAILED b111 is not undone", "mood"]),
    ("a default gets lost on the way down", lost_default, &[], &["FAILED b111 is not undone", "t.y"]),
    (
        "an index comes back with its columns in another order",
        other_order,
        &[],
        &["FAILED b111 is not undone", "by_both"],
    ),
    ("a column comes back with another type", other_type, &[], &["FAILED b111 is not undone", "t.name"]),
    ("the downgrade deletes rows", rows_lost, &[], &["FAILED b111 takes rows", "2 before it, 1 after"]),
    ("a fixture no longer fits", unfit_fixture, &[], &["FAILED case fixtures", "tests/rows.sql:2"]),
    ("a revision cannot cope with rows that there are", unfit_rows, &[], &["FAILED case fixtures", "r/b111.sql:5"]),
    (
        "a value is changed on the way up",
        changed_value,
        &[],
        &["FAILED case values", "found, and not expected", "tests/values.sql:5"],
    ),
    (
        "a query of the release before breaks in expand",
        broken_query,
        &["--queries", "app.sql"],
        &["is broken by b111", "app.sql:1"],
    ),
    (
        "what was inserted cannot be inserted again",
        inserted_twice,
        &[],
        &["FAILED b111 cannot be applied again", "r/b111.sql:5"],
    ),
];

fn with_base(kind: Kind) -> Project {
    let (project, _) = Project::with_database(kind);
    let upgrade = "CREATE TABLE t (id int PRIMARY KEY, name varchar(20) NOT NULL, y int DEFAULT 5);\n\
                   CREATE INDEX by_both ON t (name, y);\nINSERT INTO t VALUES (1, 'a', 1), (2, 'b', 1);";
    project.revision("a111", "", upgrade, "DROP TABLE t;");
    project
}

fn each_of_ten_faults_is_found_and_named(kind: Kind) {
    let right = with_base(kind);
    right.revision("b111", "a111", "ALTER TABLE t ADD COLUMN z int;", "ALTER TABLE t DROP COLUMN z;");
    assert_eq!(right.run(&["test"]).status, 0, "without a fault");
    for (what, put, arguments, words) in FAULTS {
        let project = with_base(kind);
        put(&project, kind);
        let run = project.run(&[&["test"], arguments].concat());
        assert_eq!(run.status, 3, "{what}\n{}{}", run.stdout, run.stderr);
        for word in words {
            assert!(run.stdout.contains(word), "{what}: {word}\n{}", run.stdout);
        }
        assert_eq!(run.stdout.matches("FAILED").count(), 1, "{what}: one fault is reported once\n{}", run.stdout);
        let document = project.json(&[&["test"], arguments].concat());
        assert_eq!(document["services"][0]["ok"], Value::Bool(false), "{what}");
    }
}

fn left_behind(project: &Project, kind: Kind) {
    let (create, column) = match kind {
        Kind::Postgres => ("CREATE TYPE mood AS ENUM ('good', 'bad');\n", "mood mood"),
        // Databases without such types: a table of values.
        _ => ("CREATE TABLE mood (id int PRIMARY KEY);\n", "mood int"),
    };
    let upgrade = format!("{create}ALTER TABLE t ADD COLUMN {column};");
    project.revision("b111", "a111", &upgrade, "ALTER TABLE t DROP COLUMN mood;");
}

fn lost_default(project: &Project, kind: Kind) {
    let index = if kind == Kind::Mariadb { "DROP INDEX by_both ON t;" } else { "DROP INDEX by_both;" };
    let upgrade = format!("{index}\nALTER TABLE t DROP COLUMN y;");
    project.revision("b111", "a111", &upgrade, "ALTER TABLE t ADD COLUMN y int;\nCREATE INDEX by_both ON t (name, y);");
}

fn other_order(project: &Project, kind: Kind) {
    let index = if kind == Kind::Mariadb { "DROP INDEX by_both ON t;" } else { "DROP INDEX by_both;" };
    project.revision("b111", "a111", index, "CREATE INDEX by_both ON t (y, name);");
}

fn other_type(project: &Project, kind: Kind) {
    let change = |to: &str| match kind {
        Kind::Postgres => format!("ALTER TABLE t ALTER COLUMN name TYPE varchar({to});"),
        Kind::Mariadb => format!("ALTER TABLE t MODIFY COLUMN name varchar({to}) NOT NULL;"),
        Kind::Sqlite => format!(
            "DROP INDEX by_both;\nCREATE TABLE u (id int PRIMARY KEY, name varchar({to}) NOT NULL, y int DEFAULT 5);\n\
             INSERT INTO u SELECT * FROM t;\nDROP TABLE t;\nALTER TABLE u RENAME TO t;\nCREATE INDEX by_both ON t (name, y);"
        ),
    };
    project.revision("b111", "a111", &change("40"), &change("30"));
}

fn rows_lost(project: &Project, _: Kind) {
    project.revision("b111", "a111", "CREATE TABLE c (id int);", "DELETE FROM t WHERE id = 2;\nDROP TABLE c;");
}

fn unfit_fixture(project: &Project, _: Kind) {
    project.write("tests/rows.sql", "-- @fixture a111\nINSERT INTO t (id, name, gone) VALUES (7, 'x', 1);\n");
}

fn unfit_rows(project: &Project, kind: Kind) {
    let back = if kind == Kind::Mariadb { "DROP INDEX names ON t;" } else { "DROP INDEX names;" };
    project.revision("b111", "a111", "CREATE UNIQUE INDEX names ON t (name);", back);
    project.write("tests/rows.sql", "-- @fixture a111\nINSERT INTO t (id, name) VALUES (7, 'a');\n");
}

fn changed_value(project: &Project, _: Kind) {
    project.revision("b111", "a111", "UPDATE t SET y = y + 1;", "UPDATE t SET y = y - 1;");
    let case = "-- @at a111\nINSERT INTO t VALUES (7, 'x', NULL), (8, 'y', 3);\n-- @upgrade head\n-- @expect\n\
                SELECT id, y FROM t WHERE id > 6;\n-- | id | y |\n-- | 7 | NULL |\n-- | 8 | 3 |\n";
    project.write("tests/values.sql", case);
}

fn broken_query(project: &Project, kind: Kind) {
    let index = if kind == Kind::Mariadb { "DROP INDEX by_both ON t;" } else { "DROP INDEX by_both;" };
    let upgrade = format!("{index}\nALTER TABLE t DROP COLUMN y;");
    let back = "ALTER TABLE t ADD COLUMN y int DEFAULT 5;\nCREATE INDEX by_both ON t (name, y);";
    project.revision("b111", "a111", &upgrade, back);
    project.write("app.sql", "SELECT y FROM t;\n");
}

fn inserted_twice(project: &Project, _: Kind) {
    project.revision("b111", "a111", "INSERT INTO t (id, name) VALUES (9, 'x');", "-- nothing to do");
}
