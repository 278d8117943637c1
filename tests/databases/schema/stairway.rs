//! `test` finds what a downgrade does wrong, names it, and goes on behind it.

use serde_json::{Value, json};

use super::tested;
use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    a_history_whose_downgrades_lead_back_passes,
    each_kind_of_wrong_downgrade_is_found_and_named,
    a_long_history_is_walked_in_parts_with_the_results_of_one_walk,
    what_is_behind_a_revision_that_cannot_be_applied_is_not_called_tested,
    the_database_of_the_service_is_not_touched,
    a_revision_that_resets_the_session_changes_no_verdict,
    the_example_of_this_repository_passes,
    a_schema_that_depends_on_rows_or_the_time_is_found_to_differ_the_second_time,
}

fn with_a_table(kind: Kind) -> (Project, String) {
    let (project, url) = Project::with_database(kind);
    let upgrade = "CREATE TABLE t (id int PRIMARY KEY, y int DEFAULT 5);\nINSERT INTO t VALUES (1, 1), (2, 2);";
    project.revision("a111", "", upgrade, "DROP TABLE t;");
    (project, url)
}

fn a_history_whose_downgrades_lead_back_passes(kind: Kind) {
    let (project, _) = with_a_table(kind);
    project.revision("b111", "a111", "ALTER TABLE t ADD COLUMN z int;", "ALTER TABLE t DROP COLUMN z;");
    project.revision("c111", "a111", "CREATE TABLE c (id int);", "DROP TABLE c;");
    project.revision("d111", "[b111, c111]", "INSERT INTO t (id) VALUES (3);", "DELETE FROM t WHERE id = 3;");
    project.write("r/e.sql", "-- revision: e111\n-- down_revision: d111\n\n-- @upgrade\nDROP TABLE c;\n");
    let (status, text, document) = tested(&project, &[]);
    assert_eq!(status, 0, "{text}");
    assert!(text.contains("4 revisions up, down and up again; 1 one-way, without a downgrade"), "{text}");
    assert_eq!((&document["ok"], &document["passed"], &document["one_way"]), (&json!(true), &json!(4), &json!(1)));
    let (_, text, document) = tested(&project, &["-k", "c11"]);
    assert_eq!((&document["passed"], &document["one_way"]), (&json!(1), &json!(0)), "{text}");
}

fn a_long_history_is_walked_in_parts_with_the_results_of_one_walk(kind: Kind) {
    let (project, _) = Project::with_database(kind);
    let unique = if kind == Kind::Mariadb { "DROP INDEX by_y ON t;" } else { "DROP INDEX by_y;" };
    let mut wanted = Vec::new();
    // Two parts on a machine with two cores.
    for number in 0..90 {
        let (view, drop) = (format!("CREATE VIEW v{number} AS SELECT {number} AS a;"), format!("DROP VIEW v{number};"));
        let (upgrade, downgrade, result) = match number {
            0 => {
                ("CREATE TABLE t (id int PRIMARY KEY, y int);\nINSERT INTO t VALUES (1, 1);", "DROP TABLE t;", "passed")
            }
            3 => (&*view, "-- forgotten", "remains"),
            50 => (&*view, "DELETE FROM t;\nDROP VIEW v50;", "rows-lost"),
            60 => ("CREATE UNIQUE INDEX by_y ON t (y);", unique, "passed"),
            80 => ("INSERT INTO nowhere VALUES (1);", "DELETE FROM nowhere;", "upgrade-failed"),
            _ => (&*view, &*drop, "passed"),
        };
        let down = if number == 0 { String::new() } else { format!("a{:03}", number - 1) };
        project.revision(&format!("a{number:03}"), &down, upgrade, downgrade);
        wanted.extend((number <= 80).then(|| json!({ "revision": format!("a{number:03}"), "result": result })));
    }
    // Rows that are in the way of a revision of the second part, so that it cannot begin.
    let fixture = "-- @fixture a001\nINSERT INTO t VALUES (2, 1);\n";
    for with_fixture in [false, true] {
        if with_fixture {
            project.write("tests/rows.sql", fixture);
        }
        let (status, text, document) = tested(&project, &[]);
        let fields = |one: &Value| json!({ "revision": one["revision"], "result": one["result"] });
        let found: Vec<_> = document["revisions"].as_array().unwrap().iter().map(fields).collect();
        assert_eq!((status, &document["not_tried"]), (3, &json!(9)), "{text}");
        assert_eq!(found, wanted, "{text}");
    }
}

/// What follows from the catalog alone is not compared a second time; this does not.
fn a_schema_that_depends_on_rows_or_the_time_is_found_to_differ_the_second_time(kind: Kind) {
    let upgrades: &[&str] = match kind {
        Kind::Postgres => &[
            "DO $$BEGIN IF EXISTS (SELECT FROM t WHERE id = 9) THEN CREATE TABLE x (b int); ELSE CREATE TABLE x (a int); \
             END IF; INSERT INTO t (id) VALUES (9) ON CONFLICT DO NOTHING; END$$;",
            "CREATE TABLE x (at timestamp DEFAULT 'now');",
        ],
        Kind::Mariadb => &[
            "SET @made = IF((SELECT COUNT(*) FROM t WHERE id = 9), 'CREATE TABLE x (b int)', 'CREATE TABLE x (a int)');\n\
                            PREPARE made FROM @made;\nEXECUTE made;\nINSERT IGNORE INTO t (id) VALUES (9);",
        ],
        // No statement of SQLite computes one.
        Kind::Sqlite => &[],
    };
    for upgrade in upgrades {
        let (project, _) = with_a_table(kind);
        project.revision("b111", "a111", upgrade, "DROP TABLE x;");
        let (status, text, document) = tested(&project, &[]);
        let found = (status, &document["revisions"][1]["result"]);
        assert_eq!(found, (3, &json!("again-differs")), "{upgrade}: {text}");
    }
}

/// Roles belong to the server, which is shared by the shadows of a walk in parts.
#[test]
fn on_postgres_a_long_history_with_roles_passes() {
    let (project, _) = Project::with_database(Kind::Postgres);
    let role = |name: &str| {
        let name = format!("walker_{name}_{}", std::process::id());
        let make = format!("DO $$BEGIN IF to_regrole('{name}') IS NULL THEN CREATE ROLE {name}; END IF; END$$;");
        (make, format!("DROP ROLE IF EXISTS {name};"))
    };
    for number in 0..84 {
        let (upgrade, downgrade) = match number {
            1 => role("one"),
            80 => role("two"),
            _ => (format!("CREATE VIEW v{number} AS SELECT {number} AS a;"), format!("DROP VIEW v{number};")),
        };
        let down = if number == 0 { String::new() } else { format!("a{:03}", number - 1) };
        project.revision(&format!("a{number:03}"), &down, &upgrade, &downgrade);
    }
    let (status, text, document) = tested(&project, &[]);
    let left = ["one", "two"].map(|name| role(name).1).concat();
    crate::support::postgres().shell("", &left);
    assert_eq!((status, &document["passed"]), (0, &json!(84)), "{text}");
}

fn each_kind_of_wrong_downgrade_is_found_and_named(kind: Kind) {
    let (project, _) = with_a_table(kind);
    let index = if kind == Kind::Mariadb { "DROP INDEX by_y ON t;" } else { "DROP INDEX by_y;" };
    let steps = [
        // A table is left behind.
        ("b111", "CREATE TABLE left_behind (id int);", "-- forgotten", "remains"),
        // A default gets lost.
        ("b222", "ALTER TABLE t DROP COLUMN y;", "ALTER TABLE t ADD COLUMN y int;", "remains"),
        // Rows go that were there before.
        ("b333", "CREATE TABLE c (id int);", "DELETE FROM t WHERE id = 2;\nDROP TABLE c;", "rows-lost"),
        // What was inserted stays, and cannot be inserted again.
        ("b444", "INSERT INTO t (id) VALUES (7);", "-- forgotten", "again-failed"),
        // The downgrade does not run.
        ("b555", "CREATE TABLE d (id int);", "DROP TABLE nowhere;", "downgrade-failed"),
        ("b666", "ALTER TABLE t ADD COLUMN w int;", "ALTER TABLE t DROP COLUMN w;", "passed"),
    ];
    let mut down = "a111";
    for (id, upgrade, downgrade, _) in &steps {
        project.revision(id, down, upgrade, downgrade);
        down = id;
    }
    project.revision("b777", down, "CREATE INDEX by_y ON t (id);", index);
    let (status, text, document) = tested(&project, &[]);
    assert_eq!(status, 3, "{text}");
    let results = document["revisions"].as_array().unwrap();
    let found: Vec<_> =
        results.iter().map(|one| (one["revision"].as_str().unwrap(), one["result"].as_str().unwrap())).collect();
    let wanted: Vec<_> = [("a111", "passed")]
        .into_iter()
        .chain(steps.iter().map(|step| (step.0, step.3)))
        .chain([("b777", "passed")])
        .collect();
    assert_eq!(found, wanted, "{text}");
    assert_eq!((&document["passed"], &document["failed"], &document["ok"]), (&json!(3), &json!(5), &json!(false)));
    assert_eq!(results[1]["changes"][0]["name"], "left_behind", "{text}");
    assert!(results[2]["changes"].to_string().contains("t.y"), "{}", results[2]);
    assert_eq!((&results[3]["rows"][0]["before"], &results[3]["rows"][0]["after"]), (&json!(2), &json!(1)));
    assert_eq!(results[4]["error"]["line"], 5, "{}", results[4]);
    assert!(results[5]["error"]["message"].as_str().unwrap().contains("nowhere"), "{}", results[5]);
    for line in [
        "FAILED b111",
        "FAILED b333",
        "2 before it, 1 after its downgrade",
        "3 revisions up, down and up again; 5 failed",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

fn what_is_behind_a_revision_that_cannot_be_applied_is_not_called_tested(kind: Kind) {
    let (project, _) = with_a_table(kind);
    project.revision("b111", "a111", "INSERT INTO nowhere VALUES (1);", "DELETE FROM nowhere;");
    project.revision("c111", "b111", "CREATE TABLE c (id int);", "DROP TABLE c;");
    let (status, text, document) = tested(&project, &[]);
    assert_eq!(status, 3, "{text}");
    assert!(text.contains("1 revision up, down and up again; 1 failed; 1 not tried"), "{text}");
    assert_eq!((&document["not_tried"], &document["revisions"][1]["result"]), (&json!(1), &json!("upgrade-failed")));
    assert_eq!(document["revisions"][1]["error"]["line"], 5, "{document}");
}

fn the_database_of_the_service_is_not_touched(kind: Kind) {
    let (project, url) = with_a_table(kind);
    project.ok(&["upgrade", "head"]);
    project.shell(kind, &url, "INSERT INTO t VALUES (9, 9);");
    project.revision("b111", "a111", "CREATE TABLE b (id int);", "DELETE FROM t;\nDROP TABLE b;");
    assert_eq!(tested(&project, &[]).0, 3);
    assert_eq!(project.shell(kind, &url, "SELECT COUNT(*) FROM t;").trim(), "3");
}

fn a_revision_that_resets_the_session_changes_no_verdict(kind: Kind) {
    let (project, _) = with_a_table(kind);
    // Also the statements that were prepared for reading the catalog again.
    let reset = if kind == Kind::Postgres { "DEALLOCATE ALL;" } else { "" };
    let upgrade = format!("{reset}\nCREATE TABLE c (id int);");
    project.revision("b111", "a111", &upgrade, &format!("DROP TABLE c;\n{reset}"));
    project.revision("c111", "b111", &format!("{reset}\nCREATE TABLE d (id int);"), &format!("{reset}\n-- forgotten"));
    let (status, text, document) = tested(&project, &[]);
    assert_eq!((status, &document["passed"], &document["failed"]), (3, &json!(2), &json!(1)), "{text}");
    assert_eq!(document["revisions"][2]["changes"][0]["name"], "d", "{text}");
}

fn the_example_of_this_repository_passes(kind: Kind) {
    let project = Project::example();
    let (auth, chat) = (project.new_database(kind, "auth"), project.new_database(kind, "chat"));
    let mut command = project.command(&["test", "--json"]);
    let output = command.env("AUTH_DATABASE_URL", auth).env("CHAT_DATABASE_URL", chat).output().unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{document}");
    let count = |key: &str| {
        let services = document["services"].as_array().unwrap().iter();
        services.map(|service| service[key].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!((count("passed"), count("cases_passed")), (vec![5, 10], vec![1, 3]), "{document}");
}
