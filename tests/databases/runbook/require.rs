//! Require sections: queries that must find nothing before a revision runs.

use serde_json::Value;

use super::*;
use crate::support::on_each_database;

on_each_database! {
    a_found_row_stops_before_anything_runs,
    a_requirement_on_a_table_of_the_same_run_is_checked_when_its_turn_comes,
    a_table_that_nothing_pending_makes_is_in_the_way,
    preflight_shows_the_rows_and_deploy_stops_before_its_first_step,
    rows_that_an_earlier_pending_revision_changes_are_a_warning,
    a_revision_that_continues_is_not_asked_again,
    a_backfill_that_continues_is_not_asked_again,
    a_downgrade_requires_nothing,
    a_single_transaction_is_rolled_back_as_a_whole,
    a_requirement_that_writes_is_refused_before_anything_runs,
    scripts_have_requirements_as_comments,
}

const USERS: &str = "CREATE TABLE users (id int PRIMARY KEY, email varchar(40));\nINSERT INTO users VALUES (1, 'a@b'), (2, NULL), (3, NULL);";
const WITHOUT_MAIL: &str = "SELECT id, email FROM users WHERE email IS NULL ORDER BY id;";
const PUT_RIGHT: &str = "UPDATE users SET email = 'x@y' WHERE email IS NULL;";

/// Writes revision `id` after `down` with a require section.
fn required_revision(project: &Project, (id, down, header): (&str, &str, &str), upgrade: &str, require: &str) {
    project.revision_with(id, down, header, upgrade, &format!("\n-- @require\n{require}"));
}

fn versions(project: &Project, kind: Kind, url: &str) -> String {
    project.shell(kind, url, "SELECT version_num FROM aludel_version ORDER BY 1;")
}

/// Returns state, number of statements and error of the journal's rows about a revision, with `none` for NULL.
fn journal(project: &Project, kind: Kind, url: &str, id: &str) -> Vec<(String, String, String)> {
    let cell = |column: &str| {
        let sql = format!(
            "SELECT coalesce({column}, 'none') FROM aludel_version_history WHERE revision = '{id}' ORDER BY id;"
        );
        project.shell(kind, url, &sql).lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let done = "CAST(statements_done + coalesce(statement_running, 0) AS char(9))";
    let (states, done, errors) = (cell("state"), cell(done), cell("error"));
    let row = |((state, done), error): ((String, String), String)| (state, done.trim().to_owned(), error);
    states.into_iter().zip(done).zip(errors).map(row).collect()
}

fn item<'d>(document: &'d Value, check: &str) -> &'d Value {
    let checks = document["services"][0]["checks"].as_array().unwrap_or_else(|| panic!("{document}"));
    checks.iter().find(|item| item["check"] == check).unwrap_or_else(|| panic!("{check}: {document}"))
}

fn a_found_row_stops_before_anything_runs(kind: Kind) {
    for (header, upgrade) in [
        ("", "UPDATE users SET email = 'new' WHERE id = 1;"),
        ("", "CREATE TABLE extra (id int);\nUPDATE users SET email = 'new' WHERE id = 1;"),
        ("-- transaction: false\n", "UPDATE users SET email = 'new' WHERE id = 1;\nCREATE TABLE extra (id int);"),
    ] {
        let (project, url) = project(kind, "");
        project.revision("aaaa", "", USERS, "DROP TABLE users;");
        project.ok(&["upgrade", "head"]);
        let queries = format!("SELECT id FROM users WHERE id > 5;\n{WITHOUT_MAIL}");
        required_revision(&project, ("bbbb", "aaaa", header), upgrade, &queries);
        let run = project.run(&["upgrade", "head"]);
        assert_eq!(run.status, 1, "{}", run.stderr);
        for part in ["error[require-failed]", "r/bbbb.sql:", "2 rows", "SELECT id, email", "id  email", " 3  NULL"] {
            assert!(run.stderr.contains(part), "{part}\n{}", run.stderr);
        }
        assert!(run.stderr.contains("nothing of the revision was run"), "{}", run.stderr);
        assert!(run.stderr.contains("hint: put right what the query found"), "{}", run.stderr);
        assert_eq!(versions(&project, kind, &url), "aaaa");
        let failed = ("failed".to_owned(), "0".to_owned(), "requirement not met: query 2 found 2 rows".to_owned());
        assert_eq!(journal(&project, kind, &url, "bbbb"), std::slice::from_ref(&failed));
        assert_eq!(project.shell(kind, &url, "SELECT email FROM users WHERE id = 1;"), "a@b");
        project.shell(kind, &url, PUT_RIGHT);
        project.ok(&["upgrade", "head"]);
        assert_eq!(versions(&project, kind, &url), "bbbb");
        assert_eq!(project.shell(kind, &url, "SELECT email FROM users WHERE id = 1;"), "new");
        let rows = journal(&project, kind, &url, "bbbb");
        assert_eq!((&rows[0], rows[1].0.as_str(), rows.len()), (&failed, "done", 2));
    }
}

fn a_requirement_on_a_table_of_the_same_run_is_checked_when_its_turn_comes(kind: Kind) {
    for (header, is_met) in
        [("", true), ("", false), ("-- transaction: false\n", true), ("-- transaction: false\n", false)]
    {
        let (project, url) = project(kind, "");
        project.revision("aaaa", "", "CREATE TABLE first (id int);", "");
        let users = if is_met { format!("{USERS}\n{PUT_RIGHT}") } else { USERS.to_owned() };
        project.revision("bbbb", "aaaa", &users, "DROP TABLE users;");
        required_revision(&project, ("cccc", "bbbb", header), "CREATE TABLE extra (id int);", WITHOUT_MAIL);
        project.revision("dddd", "cccc", "CREATE TABLE last (id int);", "");
        let document = project.json(&["preflight"]);
        let found = item(&document, "requirements");
        let text = found["text"].as_str().unwrap();
        assert_eq!(found["level"], "ok", "{found}");
        assert!(text.starts_with("not asked yet, as their tables") && text.contains("r/cccc.sql:"), "{text}");
        let run = project.run(&["upgrade", "head"]);
        assert_eq!(run.status, i32::from(!is_met), "{}", run.stderr);
        assert_eq!(versions(&project, kind, &url), if is_met { "dddd" } else { "bbbb" });
        let running = "SELECT count(*) FROM aludel_version_history WHERE state = 'running';";
        assert_eq!(project.shell(kind, &url, running), "0");
        project.shell(kind, &url, PUT_RIGHT);
        project.ok(&["upgrade", "head"]);
        assert_eq!(versions(&project, kind, &url), "dddd");
    }
}

fn a_table_that_nothing_pending_makes_is_in_the_way(kind: Kind) {
    let (project, url) = project(kind, "");
    required_revision(&project, ("aaaa", "", ""), "CREATE TABLE extra (id int);", "SELECT id FROM misspelt;");
    let document = project.json(&["preflight"]);
    let found = item(&document, "requirements");
    assert_eq!(found["level"], "stop", "{found}");
    assert!(found["text"].as_str().unwrap().contains("misspelt"), "{found}");
    let run = project.run(&["upgrade", "head"]);
    assert!(run.stderr.contains("error[require-failed]") && run.stderr.contains("misspelt"), "{}", run.stderr);
    assert!(run.stderr.contains("hint: fix the query"), "{}", run.stderr);
    assert_eq!(versions(&project, kind, &url), "");
}

fn preflight_shows_the_rows_and_deploy_stops_before_its_first_step(kind: Kind) {
    let (project, url) = project(kind, "hooks:\n  before_deploy: sh -c 'echo ran >> said'");
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    project.ok(&["upgrade", "head"]);
    // DDL on the same table puts no row right.
    project.revision("bbbb", "aaaa", "ALTER TABLE users ADD COLUMN a int;", "");
    let queries = format!("SELECT id FROM users WHERE id > 5;\n{WITHOUT_MAIL}\nSELECT a FROM users WHERE a = 1;");
    required_revision(&project, ("cccc", "bbbb", ""), "CREATE TABLE extra (id int);", &queries);
    let run = project.run(&["preflight"]);
    assert_eq!(run.status, 3, "{}{}", run.stdout, run.stderr);
    let lines = "1 query finds nothing; not asked yet, as their tables or columns do not exist: r/cccc.sql:";
    assert!(run.stdout.contains(lines), "{}", run.stdout);
    let document = project.json(&["preflight"]);
    let found = item(&document, "requirements");
    assert_eq!(found["level"], "stop", "{found}");
    assert_eq!(found["rows"], serde_json::json!([["2", null], ["3", null]]));
    let text = found["text"].as_str().unwrap();
    assert!(text.starts_with("cccc requires that r/cccc.sql:") && text.ends_with("finds nothing: 2 rows"), "{text}");
    let run = project.run(&["deploy", "--no-backup"]);
    assert_eq!(run.status, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("STOP     requirements"), "{}", run.stdout);
    assert!(!project.path("said").exists() && versions(&project, kind, &url) == "aaaa");
    project.ok(&["upgrade", "head", "--dry-run"]);
    project.shell(kind, &url, PUT_RIGHT);
    project.ok(&["deploy", "--no-backup"]);
    assert_eq!(versions(&project, kind, &url), "cccc");
}

fn rows_that_an_earlier_pending_revision_changes_are_a_warning(kind: Kind) {
    let (project, url) = project(kind, "");
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    project.ok(&["upgrade", "head"]);
    project.revision("bbbb", "aaaa", PUT_RIGHT, "");
    required_revision(&project, ("cccc", "bbbb", ""), "CREATE TABLE extra (id int);", WITHOUT_MAIL);
    let document = project.json(&["preflight"]);
    let found = item(&document, "requirements");
    assert_eq!(found["level"], "warning", "{found}");
    assert!(
        found["text"].as_str().unwrap().contains("finds 2 rows now; bbbb changes rows there before cccc"),
        "{found}"
    );
    project.ok(&["upgrade", "head"]);
    assert_eq!(versions(&project, kind, &url), "cccc");
}

fn a_revision_that_continues_is_not_asked_again(kind: Kind) {
    let (project, url) = project(kind, "");
    project.revision("aaaa", "", &format!("{USERS}\n{PUT_RIGHT}"), "DROP TABLE users;");
    project.ok(&["upgrade", "head"]);
    let revision = ("bbbb", "aaaa", "-- transaction: false\n");
    // What the first statement leaves would be in the way.
    let first = "INSERT INTO users VALUES (9, NULL);";
    required_revision(&project, revision, &format!("{first}\nSELEC 1;"), WITHOUT_MAIL);
    let run = project.run(&["upgrade", "head"]);
    assert!(run.stderr.contains("1 of 2 statements were applied"), "{}", run.stderr);
    required_revision(&project, revision, &format!("{first}\nCREATE TABLE extra (id int);"), WITHOUT_MAIL);
    let document = project.json(&["preflight"]);
    let found = item(&document, "requirements");
    assert_eq!(found["level"], "ok", "{found}");
    assert!(found["text"].as_str().unwrap().contains("continues where it stopped"), "{found}");
    project.ok(&["upgrade", "head"]);
    assert_eq!(versions(&project, kind, &url), "bbbb");
}

fn a_backfill_that_continues_is_not_asked_again(kind: Kind) {
    let (project, url) = project(kind, "");
    let numbers = "CREATE TABLE numbers (id int PRIMARY KEY, n int, CHECK (n < 3));\n\
                   INSERT INTO numbers VALUES (1, 0), (2, 0), (3, 0);";
    project.revision("aaaa", "", numbers, "DROP TABLE numbers;");
    project.ok(&["upgrade", "head"]);
    let batch = "-- @batch table=numbers key=id size=1\nUPDATE numbers SET n = id WHERE id BETWEEN :low AND :high;";
    required_revision(&project, ("bbbb", "aaaa", ""), batch, "SELECT id FROM numbers WHERE n > 0;");
    let run = project.run(&["upgrade", "head"]);
    assert!(run.stderr.contains("the first 1 row are committed"), "{}", run.stderr);
    project.shell(kind, &url, "DELETE FROM numbers WHERE id = 3;");
    project.ok(&["upgrade", "head"]);
    assert_eq!(versions(&project, kind, &url), "bbbb");
}

fn a_downgrade_requires_nothing(kind: Kind) {
    let (project, url) = project(kind, "");
    project.revision("aaaa", "", &format!("{USERS}\n{PUT_RIGHT}"), "DROP TABLE users;");
    required_revision(&project, ("bbbb", "aaaa", ""), "CREATE TABLE extra (id int);", WITHOUT_MAIL);
    project.ok(&["upgrade", "head"]);
    project.shell(kind, &url, "UPDATE users SET email = NULL;");
    project.ok(&["downgrade", "aaaa", "--yes"]);
    assert_eq!(versions(&project, kind, &url), "aaaa");
}

fn a_single_transaction_is_rolled_back_as_a_whole(kind: Kind) {
    if kind == Kind::Mariadb {
        return; // It refuses --single-transaction.
    }
    let (project, url) = project(kind, "");
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    required_revision(&project, ("bbbb", "aaaa", ""), "CREATE TABLE extra (id int);", WITHOUT_MAIL);
    let document = project.json(&["upgrade", "head", "--single-transaction"]);
    assert_eq!(document["error"]["code"], "require-failed", "{document}");
    assert_eq!(versions(&project, kind, &url), "");
    let users = match kind {
        Kind::Sqlite => "SELECT count(*) FROM sqlite_schema WHERE name = 'users';",
        _ => "SELECT count(*) FROM pg_tables WHERE tablename = 'users';",
    };
    assert_eq!(project.shell(kind, &url, users), "0");
}

fn a_requirement_that_writes_is_refused_before_anything_runs(kind: Kind) {
    let (project, url) = project(kind, "");
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    project.ok(&["upgrade", "head"]);
    project.revision("bbbb", "aaaa", "CREATE TABLE extra (id int);", "DROP TABLE extra;");
    required_revision(&project, ("cccc", "bbbb", ""), "", "SELECT 1 WHERE 0 = 1;\nDELETE FROM users;");
    let run = project.run(&["upgrade", "head"]);
    assert!(run.stderr.contains("error[revision-refused]") && run.stderr.contains("`-- @require`"), "{}", run.stderr);
    assert_eq!(versions(&project, kind, &url), "aaaa");
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM users;"), "3");
}

fn scripts_have_requirements_as_comments(kind: Kind) {
    let (project, _) = project(kind, "");
    let query = "SELECT id\nFROM users;";
    required_revision(&project, ("aaaa", "", ""), "CREATE TABLE extra (id int);", query);
    let script = project.ok(&["upgrade", "head", "--sql"]);
    let comment = "-- before it runs, this must find nothing:\n--   SELECT id\n--   FROM users\n";
    assert!(script.contains(comment), "{script}");
}

#[test]
fn a_requirement_that_waits_for_a_lock_is_tried_again_and_then_reported_as_locked() {
    let (project, url) = project(Kind::Postgres, "lock_retries: 1");
    project.revision("aaaa", "", &format!("{USERS}\n{PUT_RIGHT}"), "DROP TABLE users;");
    project.ok(&["upgrade", "head"]);
    let config: ::postgres::Config = url.parse().unwrap();
    for header in ["-- lock_timeout: 100ms\n", "-- lock_timeout: 100ms\n-- transaction: false\n"] {
        required_revision(&project, ("bbbb", "aaaa", header), "CREATE TABLE extra (id int);", WITHOUT_MAIL);
        let mut holder = config.connect(::postgres::NoTls).unwrap();
        let mut transaction = holder.transaction().unwrap();
        transaction.batch_execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE").unwrap();
        let document = project.json(&["upgrade", "head"]);
        assert_eq!(document["error"]["code"], "locked", "{document}");
        assert!(document["error"]["message"].as_str().unwrap().contains("tried again once"), "{document}");
        transaction.rollback().unwrap();
    }
    project.ok(&["upgrade", "head"]);
}
