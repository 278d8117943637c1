//! Statements that run in batches: completed, killed halfway, stopped, refused; on each database.

use std::process::{Command, Stdio};

use crate::support::on_each_database;
use crate::support::project::{Kind, Project, until};

on_each_database! {
    each_row_is_reached_once_and_each_batch_is_committed,
    rows_are_inserted_and_deleted_in_batches_too,
    a_killed_backfill_goes_on_behind_its_last_batch,
    a_backfill_that_is_stopped_goes_on_behind_its_last_batch,
    an_edited_backfill_begins_anew,
    a_script_has_one_statement_for_all_keys,
    an_empty_table_is_nothing_to_do,
    a_backfill_that_fails_says_what_is_committed_and_goes_on_from_there,
    keys_with_fractions_between_whole_ones_do_not_end_a_backfill_as_done,
    a_batch_that_exceeds_the_statement_timeout_is_not_called_interrupted,
}

/// Creates a project whose table `t` has `rows` rows, with gaps between the keys and negative keys.
fn project(kind: Kind, rows: u32) -> (Project, String) {
    let (project, url) = Project::with_database(kind);
    let make = format!(
        "CREATE TABLE t (id bigint primary key, x int not null, done int not null);\nINSERT INTO t \
         WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {rows}) SELECT i * 3 - 50, i, 0 FROM n;"
    );
    let make = if kind == Kind::Mariadb { format!("SET max_recursive_iterations = 100000;\n{make}") } else { make };
    project.revision(
        "a1111",
        "",
        if rows == 0 { "CREATE TABLE t (id bigint primary key, x int, done int);" } else { &make },
        "",
    );
    project.ok(&["upgrade", "head"]);
    (project, url)
}

fn backfill(project: &Project, line: &str, statement: &str) {
    let upgrade = format!("-- why this is done\n-- @batch table=t key=id {line}\n{statement};");
    project.revision("a2222", "a1111", &upgrade, "");
}

const UPDATE: &str = "UPDATE t SET done = done + 1 -- :low and :high are the range\nWHERE id BETWEEN :low AND :high";

fn each_row_is_reached_once_and_each_batch_is_committed(kind: Kind) {
    let (project, url) = project(kind, 1003);
    backfill(&project, "size=100 target=0", UPDATE);
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.shell(kind, &url, "SELECT COUNT(*) FROM t WHERE done = 1;"), "1003");
    let cursor = project.shell(kind, &url, "SELECT batch_cursor FROM aludel_version_history ORDER BY id DESC LIMIT 1;");
    assert!(cursor.ends_with(" 2959 1003"), "{cursor}");
    project.ok(&["current", "--check-heads"]);
}

fn rows_are_inserted_and_deleted_in_batches_too(kind: Kind) {
    let (project, url) = project(kind, 500);
    let upgrade = "CREATE TABLE u (id bigint, x int);\n\
                   -- @batch table=t key=id size=70\nINSERT INTO u SELECT id, x FROM t WHERE id BETWEEN :low AND :high;\n\
                   -- @batch table=t key=id size=70\nDELETE FROM t WHERE x % 2 = 0 AND id BETWEEN :low AND :high;\n\
                   CREATE INDEX u_x ON u (x);";
    project.revision("a2222", "a1111", upgrade, "");
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.shell(kind, &url, "SELECT COUNT(*) FROM u;"), "500");
    assert_eq!(project.shell(kind, &url, "SELECT COUNT(*) FROM t;"), "250");
}

/// Starts a runner and waits until a slow backfill has done some batches.
fn slow(project: &Project, kind: Kind, url: &str) -> std::process::Child {
    backfill(project, "size=20 pause=30ms target=0", UPDATE);
    let mut command = project.command(&["upgrade", "head"]);
    let runner = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // SQLite's shell does not wait for locks by default.
    let wait = if kind == Kind::Sqlite { ".timeout 5000\n" } else { "" };
    let done = format!("{wait}SELECT COUNT(*) FROM t WHERE done = 1;");
    until("some batches", || project.shell(kind, url, &done).parse::<u32>().unwrap() >= 60);
    runner
}

fn goes_on(project: &Project, kind: Kind, url: &str) {
    let before: u32 = project.shell(kind, url, "SELECT COUNT(*) FROM t WHERE done = 1;").parse().unwrap();
    assert!((60..2000).contains(&before), "{before}");
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.shell(kind, url, "SELECT COUNT(*) FROM t WHERE done = 1;"), "2000");
    project.ok(&["current", "--check-heads"]);
}

fn a_killed_backfill_goes_on_behind_its_last_batch(kind: Kind) {
    let (project, url) = project(kind, 2000);
    let mut runner = slow(&project, kind, &url);
    runner.kill().unwrap();
    runner.wait().unwrap();
    goes_on(&project, kind, &url);
}

fn a_backfill_that_is_stopped_goes_on_behind_its_last_batch(kind: Kind) {
    let (project, url) = project(kind, 2000);
    let runner = slow(&project, kind, &url);
    Command::new("kill").args(["-INT", &runner.id().to_string()]).status().unwrap();
    let output = runner.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.code() == Some(1) && stderr.contains("error[interrupted]"), "{stderr}");
    goes_on(&project, kind, &url);
}

fn an_edited_backfill_begins_anew(kind: Kind) {
    let (project, url) = project(kind, 2000);
    let mut runner = slow(&project, kind, &url);
    runner.kill().unwrap();
    runner.wait().unwrap();
    backfill(&project, "size=500", "UPDATE t SET done = 7 WHERE id BETWEEN :low AND :high");
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.shell(kind, &url, "SELECT COUNT(*) FROM t WHERE done = 7;"), "2000");
}

fn a_script_has_one_statement_for_all_keys(kind: Kind) {
    let (project, url) = project(kind, 300);
    backfill(&project, "", UPDATE);
    let script = project.ok(&["upgrade", "a1111:head", "--sql"]);
    project.shell(kind, &url, &script);
    assert_eq!(project.shell(kind, &url, "SELECT COUNT(*) FROM t WHERE done = 1;"), "300");
}

fn an_empty_table_is_nothing_to_do(kind: Kind) {
    let (project, _) = project(kind, 0);
    backfill(&project, "", UPDATE);
    project.ok(&["upgrade", "head"]);
    project.ok(&["current", "--check-heads"]);
}

fn a_backfill_that_fails_says_what_is_committed_and_goes_on_from_there(kind: Kind) {
    let (project, url) = project(kind, 1000);
    // The table rejects the last row of the twelfth batch.
    project.shell(kind, &url, "CREATE TABLE u (id bigint, d int not null check (d < 600));");
    backfill(&project, "size=50 target=0", "INSERT INTO u SELECT id, x FROM t WHERE id BETWEEN :low AND :high");
    let failed = project.json(&["upgrade", "head"]);
    assert_eq!(failed["error"]["code"], "statement-failed", "{failed}");
    let (notes, hints) = (failed["error"]["notes"].to_string(), failed["error"]["hints"].to_string());
    assert!(notes.contains("the first 550 rows are committed and stay"), "{notes}");
    assert!(!notes.contains("nothing of this upgrade") && hints.contains("after the last batch"), "{failed}");
    assert_eq!(project.shell(kind, &url, "SELECT COUNT(*) FROM u;"), "550");
    let status = project.json(&["status"]);
    assert_eq!(status["services"][0]["incomplete"]["revision"], "a2222", "{status}");
    // Committed batches must not be reported as undone.
    let deploy = project.json(&["deploy", "--no-backup", "--on-failure", "downgrade", "--yes"]);
    assert_eq!(deploy["services"][0]["aftermath"]["is_back"], false, "{deploy}");
    project.shell(kind, &url, "DELETE FROM t WHERE x >= 600;");
    let run = project.run(&["upgrade", "head"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(project.shell(kind, &url, "SELECT COUNT(*), COUNT(DISTINCT id) FROM u;").replace('\t', "|"), "599|599");
    project.ok(&["current", "--check-heads"]);
}

fn keys_with_fractions_between_whole_ones_do_not_end_a_backfill_as_done(kind: Kind) {
    let (project, url) = Project::with_database(kind);
    let make = "CREATE TABLE t (id double precision primary key, done int not null);\n\
                INSERT INTO t VALUES (1, 0), (2.5, 0), (10, 0);";
    project.revision("a1111", "", make, "");
    backfill(&project, "size=2 target=0", UPDATE);
    let failed = project.json(&["upgrade", "head"]);
    assert_eq!(failed["error"]["code"], "statement-failed", "{failed}");
    assert!(failed["error"].to_string().contains("must be a whole number"), "{failed}");
    assert_eq!(project.shell(kind, &url, "SELECT COUNT(*) FROM t WHERE done = 1;"), "0");
}

fn a_batch_that_exceeds_the_statement_timeout_is_not_called_interrupted(kind: Kind) {
    let (project, _) = project(kind, 3);
    let slow = match kind {
        Kind::Postgres => "(SELECT 0 FROM pg_sleep(60))",
        Kind::Mariadb => "sleep(60)",
        Kind::Sqlite => "(WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n)",
    };
    let upgrade = format!("-- @batch table=t key=id\nUPDATE t SET done = {slow} WHERE id BETWEEN :low AND :high;");
    project.revision_with("a2222", "a1111", "-- statement_timeout: 200ms", &upgrade, "");
    let refused = project.json(&["upgrade", "head"]);
    assert_eq!(refused["error"]["code"], "statement-failed", "{refused}");
    assert_eq!(refused["error"]["line"], 6, "{refused}");
}

#[test]
fn what_cannot_be_run_in_batches_is_refused_before_anything_runs() {
    let (project, _) = project(Kind::Sqlite, 1);
    backfill(&project, "szie=5", UPDATE);
    let refused = project.json(&["upgrade", "head"]);
    assert_eq!(refused["error"]["code"], "revision-refused", "{refused}");
    assert!(refused["error"]["hints"].to_string().contains("did you mean size=?"), "{refused}");
    assert_eq!(refused["error"]["line"], 6);
    backfill(&project, "", "UPDATE t SET done = 1");
    assert_eq!(project.json(&["upgrade", "head"])["error"]["code"], "revision-refused");
    backfill(&project, "", UPDATE);
    assert_eq!(project.json(&["upgrade", "head", "--single-transaction"])["error"]["code"], "revision-refused");
}
