//! `squash` itself: a database that the new revision makes is the one that the old revisions make.

use std::fs;

use serde_json::json;

use super::{ids, position, service, version_rows};
use crate::support;
use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    the_new_revision_makes_the_same_schema_rows_and_counters,
    the_texts_one_after_the_other_make_the_same,
    a_database_at_every_revision_ends_up_equal,
}

/// Statements of one revision for this kind of database.
fn adapted(kind: Kind, text: &str) -> String {
    let (id, bytes, binary, double) = match kind {
        Kind::Sqlite => ("integer PRIMARY KEY AUTOINCREMENT", "blob", "x'00ff27'", "real"),
        Kind::Postgres => ("int GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "bytea", "'\\x00ff27'", "double precision"),
        Kind::Mariadb => ("int AUTO_INCREMENT PRIMARY KEY", "blob", "x'00ff27'", "double"),
    };
    text.replace("ID", id).replace("BYTES", bytes).replace("BINARY", binary).replace("DOUBLE", double)
}

/// Lookup rows, rows that refer to each other, counters, and values that are hard to write.
fn project(kind: Kind) -> (Project, String) {
    let (project, url) = Project::with_database(kind);
    let drop_index = if kind == Kind::Mariadb { "DROP INDEX r_n ON roles;" } else { "DROP INDEX r_n;" };
    for (id, down, upgrade, downgrade) in [
        (
            "a111",
            "",
            "CREATE TABLE users (id ID, name varchar(50) NOT NULL, boss int REFERENCES users (id));\n\
             INSERT INTO users (name) VALUES ('root');",
            "DROP TABLE users;",
        ),
        (
            "b111",
            "a111",
            "CREATE TABLE roles (id int PRIMARY KEY, name varchar(50));\n\
             INSERT INTO roles VALUES (2, 'it''s'), (1, 'a\nb \\ \"c\" é')",
            "DROP TABLE roles;",
        ),
        (
            "c111",
            "b111",
            "CREATE TABLE members (id ID, role int NOT NULL REFERENCES roles (id), note varchar(50));\n\
             INSERT INTO members (role, note) VALUES (1, NULL), (2, ''), (2, 'gone');\n\
             DELETE FROM members WHERE note = 'gone';\n\
             INSERT INTO users (name, boss) VALUES ('Ada', 1);\nINSERT INTO users (name, boss) VALUES ('Bob', 2);",
            "DELETE FROM users WHERE boss = 2;\nDELETE FROM users WHERE boss = 1;\nDROP TABLE members;",
        ),
        (
            "d111",
            "c111",
            "CREATE TABLE facts (b BYTES, f DOUBLE, n numeric(20,10), d date);\n\
             INSERT INTO facts VALUES (BINARY, 0.1, 12345.0000000001, '2024-02-29'), (NULL, 1e300, NULL, NULL);\n\
             INSERT INTO facts VALUES (NULL, 1e300, NULL, NULL);",
            "DROP TABLE facts;",
        ),
        (
            "e111",
            "d111",
            "CREATE INDEX r_n ON roles (name);\nUPDATE members SET note = 'x' WHERE note = '';",
            drop_index,
        ),
        ("f111", "e111", "CREATE TABLE last (id int);", "DROP TABLE last;"),
    ] {
        project.revision(id, down, &adapted(kind, upgrade), downgrade);
    }
    (project, url)
}

/// Returns everything in the database but aludel's own tables, as the database's own programs print it.
fn everything(project: &Project, kind: Kind, url: &str) -> String {
    let bytes = if kind == Kind::Postgres { "b" } else { "HEX(b)" };
    let tables = ["users", "roles", "members", "last"];
    let rows = tables.map(|table| format!("SELECT '{table}', {table}.* FROM {table};")).concat();
    let rows = format!("{rows} SELECT {bytes}, f, n, d FROM facts;");
    let schema = match kind {
        Kind::Sqlite => project.shell(
            kind,
            url,
            "SELECT m.name, m.type, p.name, p.type, p.\"notnull\", p.dflt_value, p.pk FROM sqlite_schema m \
             LEFT JOIN pragma_table_info(m.name) p WHERE m.tbl_name NOT LIKE 'aludel%'; \
             SELECT * FROM sqlite_sequence WHERE name NOT LIKE 'aludel%';",
        ),
        Kind::Postgres => {
            let dump = support::postgres().dump(url, &["--exclude-table=aludel*", "--exclude-table=*_aludel*"]);
            let dump = dump.lines().filter(|line| !line.contains("restrict ")).collect::<Vec<_>>().join("\n");
            let counters = "SELECT sequencename, last_value FROM pg_sequences WHERE sequencename NOT LIKE 'aludel%';";
            dump + "\n" + &project.shell(kind, url, counters)
        }
        Kind::Mariadb => {
            let made = tables.map(|table| format!("SHOW CREATE TABLE {table};")).concat();
            project.shell(kind, url, &format!("{made} SHOW CREATE TABLE facts;"))
        }
    };
    let text = format!("{schema}\n{}", project.shell(kind, url, &rows));
    let mut lines: Vec<&str> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    // Rows of a table have no order.
    lines.sort_unstable();
    lines.join("\n")
}

/// Upgrades a fresh database with the project's files, and returns what is in it.
fn made(project: &Project, kind: Kind, name: &str) -> String {
    let url = project.new_database(kind, name);
    project.write("fresh.yaml", &format!("services:\n  app:\n    url: \"{url}\"\n    revisions: r\n"));
    project.ok(&["-c", "fresh.yaml", "upgrade", "head"]);
    everything(project, kind, &url)
}

fn squashed(kind: Kind, by: &str) {
    let (project, _) = project(kind);
    let before = made(&project, kind, "before");
    let document = service(&project, &["squash", "b111:e111", "-m", "Roles", "--rev-id", "s111", "--by", by]);
    assert_eq!(document["proof"]["verdict"], "equal", "{document}");
    assert_eq!(document["changed"][0]["revision"], "f111", "{document}");
    let child = fs::read_to_string(project.path("r/f111.sql")).unwrap();
    assert!(child.contains("-- down_revision: s111\n"), "{child}");
    assert_eq!(made(&project, kind, "after"), before);
    project.ok(&["-c", "fresh.yaml", "downgrade", "a111", "--yes"]);
    project.ok(&["-c", "fresh.yaml", "check"]);
    let url = fs::read_to_string(project.path("fresh.yaml")).unwrap();
    let url = url.split('"').nth(1).unwrap();
    assert_eq!(project.shell(kind, url, "SELECT name FROM users;").lines().last(), Some("root"));
}

fn the_new_revision_makes_the_same_schema_rows_and_counters(kind: Kind) {
    squashed(kind, "schema");
}

fn the_texts_one_after_the_other_make_the_same(kind: Kind) {
    squashed(kind, "text");
}

fn a_database_at_every_revision_ends_up_equal(kind: Kind) {
    let mut results = Vec::new();
    for at in ["base", "a111", "b111", "c111", "d111", "e111", "f111"] {
        let (project, url) = project(kind);
        if at != "base" {
            project.ok(&["upgrade", at]);
        }
        project.ok(&["squash", "b111:e111", "-m", "Roles", "--rev-id", "s111"]);
        let is_in_the_middle = ["b111", "c111", "d111"].contains(&at);
        let status = service(&project, &["squash", "--status"]);
        let needs = match at {
            "e111" => "row",
            _ if is_in_the_middle => "middle",
            _ => "none",
        };
        assert_eq!(status["needs"], needs, "{at}");
        let pruned = project.run(&["squash", "--prune"]);
        assert_eq!(pruned.status, if needs == "none" { 0 } else { 3 }, "{at}: {}", pruned.stdout);
        assert_eq!(project.path("r/b111.sql").exists(), needs != "none", "{at}");
        project.ok(&["upgrade", "head"]);
        assert_eq!(version_rows(&project, kind, &url), "f111", "{at}");
        project.ok(&["squash", "--prune"]);
        assert!(!project.path("r/b111.sql").exists(), "{at}");
        assert_eq!(position(&project), json!([["f111"], []]), "{at}");
        results.push((at, everything(&project, kind, &url)));
    }
    for (at, result) in &results {
        assert_eq!(result, &results[0].1, "{at}");
    }
}

/// A service whose revisions depend on those of another one.
#[test]
fn what_other_services_depend_on() {
    let kind = Kind::Sqlite;
    let (project, url) = project(kind);
    let other = project.new_database(kind, "other");
    project.write(
        "aludel.yaml",
        &format!(
            "services:\n  app:\n    url: \"{url}\"\n    revisions: r\n  other:\n    url: \"{other}\"\n    revisions: o\n"
        ),
    );
    let dependent = |on: &str| {
        let text = format!("-- revision: x111\n-- depends_on: app:{on}\n\n-- @upgrade\nCREATE TABLE x (id int);\n");
        project.write("o/x111.sql", &text);
    };
    dependent("c111");
    let refused = project.json(&["squash", "-s", "app", "b111:e111", "-m", "Roles"]);
    assert_eq!(refused["error"]["code"], "squash-invalid");
    assert_eq!(refused["error"]["notes"][0], "x111 of other depends on c111", "{refused}");
    dependent("e111");
    project.ok(&["squash", "-s", "app", "b111:e111", "-m", "Roles", "--rev-id", "s111"]);
    let refused = project.json(&["upgrade", "-s", "other", "head"]);
    assert_eq!(refused["error"]["code"], "dependency-missing", "{refused}");
    project.ok(&["upgrade", "--all", "head"]);
    assert_eq!(version_rows(&project, kind, &other), "x111");
    let status = service(&project, &["status", "-s", "app"]);
    assert_eq!(ids(&status["current"]), ["f111"]);
}

#[test]
fn on_sqlite_a_value_that_varies_hides_no_difference_in_another_row() {
    let (project, _) = Project::with_database(Kind::Sqlite);
    let table = "CREATE TABLE t (id integer PRIMARY KEY, v text);\n\
                 INSERT INTO t VALUES (1, hex(randomblob(8))), (2, 'x');";
    project.revision("a111", "", table, "DROP TABLE t;");
    project.revision("b111", "a111", "CREATE TABLE last (id int);", "DROP TABLE last;");
    let document = project.json(&["squash", ":b111", "-m", "One", "--dry-run"]);
    let proof = &document["services"][0]["proof"];
    assert_eq!((&proof["verdict"], &proof["volatile"]), (&json!("equal"), &json!(["t.v"])), "{document:#}");
    // In the new revision the trigger is there before the rows, and changes both.
    let trigger = "CREATE TRIGGER mark AFTER INSERT ON t BEGIN UPDATE t SET v = v || '!' WHERE id = NEW.id; END;";
    project.revision("c111", "b111", trigger, "DROP TRIGGER mark;");
    let run = project.run(&["squash", ":c111", "-m", "One"]);
    assert_eq!(run.status, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("+ row of t: id = 2, v = 'x!'"), "{}{}", run.stdout, run.stderr);
}
