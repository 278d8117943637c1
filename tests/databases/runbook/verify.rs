//! `verify`, and verify sections at the end of an upgrade.

use super::*;
use crate::support::on_each_database;

on_each_database! {
    a_failed_verify_section_fails_its_revision,
    a_verify_query_that_the_server_refuses_fails_its_revision,
    a_verify_section_that_finds_nothing_lets_the_revision_through,
    rows_alone_are_rolled_back_by_a_failed_verification,
    a_revision_without_a_transaction_is_verified_before_its_row_is_written,
    verify_shows_the_rows_and_exits_with_3,
    at_most_20_rows_are_shown,
    values_limits_and_times_are_checked,
    a_check_cannot_write,
    a_statement_that_is_no_query_is_refused_before_anything_runs,
    a_query_that_writes_is_refused_at_its_word_before_anything_runs,
    verify_of_an_empty_database_makes_nothing,
}

const USERS: &str = "CREATE TABLE users (id int PRIMARY KEY, email varchar(40));\nINSERT INTO users VALUES (1, 'a@b'), (2, NULL), (3, NULL);";
const WITHOUT_MAIL: &str = "SELECT id, email FROM users WHERE email IS NULL ORDER BY id;";

fn tables(project: &Project, kind: Kind, url: &str) -> String {
    let sql = match kind {
        Kind::Sqlite => "SELECT count(*) FROM sqlite_schema WHERE name = 'users';",
        Kind::Postgres => "SELECT count(*) FROM pg_tables WHERE tablename = 'users';",
        Kind::Mariadb => {
            "SELECT count(*) FROM information_schema.tables WHERE table_schema = database() AND table_name = 'users';"
        }
    };
    project.shell(kind, url, sql)
}

fn version_rows(project: &Project, kind: Kind, url: &str) -> String {
    project.shell(kind, url, "SELECT count(*) FROM aludel_version;")
}

fn journal(project: &Project, kind: Kind, url: &str) -> String {
    let sql = "SELECT error FROM aludel_version_history WHERE state = 'failed' ORDER BY id DESC LIMIT 1;";
    project.shell(kind, url, sql)
}

fn a_failed_verify_section_fails_its_revision(kind: Kind) {
    let (project, url) = project(kind, "");
    project.verified_revision(("aaaa", "", ""), USERS, "DROP TABLE users;", WITHOUT_MAIL);
    let run = project.run(&["upgrade", "head"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.contains("verify-failed"), "{}", run.stderr);
    assert!(run.stderr.contains("2 rows") && run.stderr.contains("SELECT id, email"), "{}", run.stderr);
    assert!(run.stderr.contains("id  email") && run.stderr.contains(" 3  NULL"), "{}", run.stderr);
    assert_eq!(version_rows(&project, kind, &url), "0");
    // MySQL cannot roll back DDL.
    let stays = kind == Kind::Mariadb;
    assert_eq!(tables(&project, kind, &url), if stays { "1" } else { "0" });
    assert_eq!(run.stderr.contains("stay, as they could not be rolled back"), stays, "{}", run.stderr);
    assert_eq!(journal(&project, kind, &url), "verification failed: query 1 found 2 rows");
}

fn a_verify_query_that_the_server_refuses_fails_its_revision(kind: Kind) {
    let (project, url) = project(kind, "");
    let verify = "SELECT 1 FROM users WHERE id > 5;\nSELECT nothing_like_it FROM users;";
    project.verified_revision(("aaaa", "", ""), USERS, "DROP TABLE users;", verify);
    let run = project.run(&["upgrade", "head"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.contains("verify-failed") && run.stderr.contains("nothing_like_it"), "{}", run.stderr);
    assert_eq!(version_rows(&project, kind, &url), "0");
}

fn a_verify_section_that_finds_nothing_lets_the_revision_through(kind: Kind) {
    let (project, url) = project(kind, "");
    let verify =
        "SELECT id, id FROM users WHERE id > 5; -- nobody\nWITH x AS (SELECT 1 AS a) SELECT * FROM x WHERE a = 2;";
    project.verified_revision(("aaaa", "", ""), USERS, "DROP TABLE users;", verify);
    project.ok(&["upgrade", "head"]);
    assert_eq!(version_rows(&project, kind, &url), "1");
    project.verified_revision(("bbbb", "aaaa", ""), "", "", "SELECT id FROM users WHERE id = 1");
    assert_eq!(project.run(&["upgrade", "head"]).status, 1, "a revision without statements is verified too");
    project.ok(&["downgrade", "base", "--yes"]);
}

fn rows_alone_are_rolled_back_by_a_failed_verification(kind: Kind) {
    let (project, url) = project(kind, "");
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    let change = "UPDATE users SET email = 'x@y' WHERE id = 2;";
    project.verified_revision(("bbbb", "aaaa", ""), change, "", WITHOUT_MAIL);
    let run = project.run(&["upgrade", "head"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.contains("rolled back"), "{}", run.stderr);
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM users WHERE email IS NULL;"), "2");
    assert_eq!(project.shell(kind, &url, "SELECT version_num FROM aludel_version;"), "aaaa");
}

fn a_revision_without_a_transaction_is_verified_before_its_row_is_written(kind: Kind) {
    let (project, url) = project(kind, "");
    project.verified_revision(("aaaa", "", "-- transaction: false\n"), USERS, "DROP TABLE users;", WITHOUT_MAIL);
    let document = project.json(&["upgrade", "head"]);
    assert_eq!(document["error"]["code"], "verify-failed", "{document}");
    assert_eq!(version_rows(&project, kind, &url), "0");
    assert_eq!(tables(&project, kind, &url), "1");
    let done = "SELECT statements_done FROM aludel_version_history WHERE state = 'failed';";
    assert_eq!(project.shell(kind, &url, done), "2", "everything ran, only the verification is open");
    // After the data was fixed, the next run has no statement left, and the verification succeeds.
    project.shell(kind, &url, "UPDATE users SET email = 'x@y' WHERE email IS NULL;");
    project.ok(&["upgrade", "head"]);
    assert_eq!(version_rows(&project, kind, &url), "1");
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM users;"), "3");
}

fn verify_shows_the_rows_and_exits_with_3(kind: Kind) {
    let (project, url) = project(
        kind,
        "checks:\n  - name: mail\n    query: SELECT id, email FROM users WHERE email IS NULL ORDER BY id",
    );
    project.verified_revision(("aaaa", "", ""), USERS, "DROP TABLE users;", "SELECT id FROM users WHERE id > 5");
    project.ok(&["upgrade", "head"]);
    let run = project.run(&["verify"]);
    assert_eq!(run.status, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("ok     revision aaaa"), "{}", run.stdout);
    assert!(run.stdout.contains("WRONG  check mail: 2 rows") && run.stdout.contains("id  email"), "{}", run.stdout);
    let document = project.json(&["verify"]);
    let checks = &document["services"][0]["checks"];
    assert_eq!(checks[1]["rows"], serde_json::json!([["2", null], ["3", null]]));
    assert_eq!(document["services"][0]["ok"], false);
    project.shell(kind, &url, "UPDATE users SET email = 'x' WHERE email IS NULL;");
    project.ok(&["verify"]);
    project.shell(kind, &url, "INSERT INTO users VALUES (6, 'z');");
    assert_eq!(project.run(&["verify", "aaaa"]).status, 3);
    assert_eq!(project.run(&["verify", "current"]).status, 3);
    assert_eq!(project.run(&["verify", "cccc"]).status, 1);
}

fn at_most_20_rows_are_shown(kind: Kind) {
    let (project, _) = project(kind, "checks:\n  - name: many\n    query: SELECT id FROM numbers ORDER BY id");
    let values: Vec<_> = (1..=30).map(|number| format!("({number})")).collect();
    let fill = format!("CREATE TABLE numbers (id int PRIMARY KEY);\nINSERT INTO numbers VALUES {};", values.join(", "));
    project.revision("aaaa", "", &fill, "");
    project.ok(&["upgrade", "head"]);
    let check = &project.json(&["verify"])["services"][0]["checks"][0];
    assert_eq!(check["rows"].as_array().unwrap().len(), 20);
    assert_eq!(check["has_more"], true);
    project.verified_revision(("bbbb", "aaaa", ""), "", "", "SELECT id FROM numbers ORDER BY id");
    let run = project.run(&["upgrade", "head"]);
    assert!(run.stderr.contains("more than 20 rows") && !run.stderr.contains("21"), "{}", run.stderr);
}

fn values_limits_and_times_are_checked(kind: Kind) {
    let config = "checks:\n\
        \x20 - {name: three, query: SELECT count(*) FROM users, expect: value, value: 3}\n\
        \x20 - {name: four, query: SELECT count(*) FROM users, expect: value, value: 4}\n\
        \x20 - {name: few, query: SELECT count(*) FROM users, expect: at_most, value: 3}\n\
        \x20 - {name: fewer, query: SELECT count(*) FROM users, expect: at_most, value: 2}\n\
        \x20 - {name: fast, query: SELECT id FROM users WHERE id = 9, max_time: 20s}\n\
        \x20 - {name: slow, query: SELECT id FROM users WHERE id = 9, max_time: 0}";
    let (project, _) = project(kind, config);
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    project.ok(&["upgrade", "head"]);
    let document = project.json(&["verify"]);
    let checks = document["services"][0]["checks"].as_array().unwrap();
    let ok: Vec<_> = checks.iter().map(|check| check["ok"].as_bool().unwrap()).collect();
    assert_eq!(ok, [true, false, true, false, true, false], "{document}");
    assert_eq!(checks[1]["problem"], "the result is 3, expected 4");
    assert_eq!(checks[3]["problem"], "the result is 3, expected at most 2");
}

fn a_check_cannot_write(kind: Kind) {
    let config = "checks:\n  - name: sly\n    query: WITH x AS (SELECT 1) SELECT 1 FROM x; DELETE FROM users\n\
        \x20 - name: plain\n    query: DELETE FROM users";
    let (project, url) = project(kind, config);
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.run(&["verify"]).status, 3);
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM users;"), "3");
}

fn a_statement_that_is_no_query_is_refused_before_anything_runs(kind: Kind) {
    let (project, url) = project(kind, "");
    project.verified_revision(("aaaa", "", ""), USERS, "DROP TABLE users;", "DELETE FROM users;");
    let document = project.json(&["upgrade", "head"]);
    assert_eq!(document["error"]["code"], "revision-refused", "{document}");
    if kind != Kind::Sqlite {
        assert_eq!(tables(&project, kind, &url), "0");
    }
}

fn a_query_that_writes_is_refused_at_its_word_before_anything_runs(kind: Kind) {
    let writing: &[&str] = match kind {
        Kind::Sqlite => &["WITH x AS (SELECT 1 AS id) DELETE FROM users WHERE id IN (SELECT id FROM x);"],
        Kind::Postgres => &[
            "WITH gone AS (DELETE FROM users RETURNING id) SELECT id FROM gone WHERE id > 9;",
            "SELECT id INTO copied FROM users WHERE id > 9;",
        ],
        Kind::Mariadb => {
            &["SELECT id FROM users WHERE id > 9 INTO OUTFILE 'aludel-verify';", "SELECT max(id) INTO @id FROM users;"]
        }
    };
    for query in writing {
        let (project, url) = project(kind, "");
        project.verified_revision(
            ("aaaa", "", "-- transaction: false"),
            USERS,
            "DROP TABLE users;",
            &format!("SELECT 1 WHERE 0 = 1;\n{query}"),
        );
        let document = project.json(&["upgrade", "head"]);
        assert_eq!(document["error"]["code"], "revision-refused", "{query}: {document}");
        let word = ["DELETE", "INTO"].into_iter().find_map(|word| query.find(word)).unwrap();
        assert_eq!(document["error"]["column"], word + 1, "{query}: {document}");
        if kind != Kind::Sqlite {
            assert_eq!(tables(&project, kind, &url), "0");
        }
    }
}

fn verify_of_an_empty_database_makes_nothing(kind: Kind) {
    let (project, _) = project(kind, "checks:\n  - {name: one, query: SELECT 1, expect: value, value: 1}");
    project.verified_revision(("aaaa", "", ""), USERS, "DROP TABLE users;", WITHOUT_MAIL);
    project.ok(&["verify"]);
    assert!(!project.path("app.db").exists());
}
