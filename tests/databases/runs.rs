//! Complete runs of the binary on real databases: the example, scripts, parallel runners, killed runners.

#[path = "runs/half_done.rs"]
mod half_done_journal;

use crate::support;
use crate::support::on_each_database;
use crate::support::project::{Kind, Project, Run, until};

on_each_database! {
    the_example_goes_up_down_and_up_again,
    two_services_share_one_database,
    a_script_does_what_the_run_does,
    a_downgrade_script_does_what_the_run_does,
    eight_runners_at_once_do_the_work_once,
    a_runner_that_waits_too_long_names_the_holder,
    a_killed_runner_leaves_no_lock_behind,
    a_stop_ends_the_statement_that_runs_and_says_where,
    a_service_waits_for_the_revision_it_depends_on,
    what_another_service_needs_is_not_downgraded,
    ids_that_do_not_fit_are_refused_before_anything_runs,
    an_alembic_table_is_taken_over_as_it_stands,
    a_failed_statement_is_mended_and_the_run_goes_on_behind_what_ran,
    what_ran_must_still_stand_in_the_file,
    other_branches_go_on_beside_a_half_done_revision,
    a_downgrade_that_stopped_goes_on,
    an_edited_a_vanished_and_an_inserted_file_are_told,
}

fn with_urls(project: &Project, arguments: &[&str], auth: &str, chat: &str) -> Run {
    let mut command = project.command(arguments);
    command.env("AUTH_DATABASE_URL", auth).env("CHAT_DATABASE_URL", chat);
    Run::of(command.output().unwrap())
}

fn the_example_goes_up_down_and_up_again(kind: Kind) {
    let project = Project::example();
    let (auth, chat) = (project.new_database(kind, "auth"), project.new_database(kind, "chat"));
    for (arguments, rows) in [
        (["upgrade", "head", "--all"], "1"),
        (["downgrade", "base", "--all"], "0"),
        (["upgrade", "head", "--all"], "1"),
    ] {
        let run = with_urls(&project, &arguments, &auth, &chat);
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert_eq!(project.shell(kind, &auth, "SELECT count(*) FROM alembic_version;"), rows);
        assert_eq!(project.shell(kind, &chat, "SELECT count(*) FROM chat2chart_alembic_version;"), rows);
    }
    let run = with_urls(&project, &["current", "--check-heads"], &auth, &chat);
    assert_eq!(run.status, 0, "{}", run.stdout);
}

fn two_services_share_one_database(kind: Kind) {
    let project = Project::example();
    let both = project.new_database(kind, "both");
    for arguments in [["upgrade", "head", "--all"], ["downgrade", "base", "--all"], ["upgrade", "head", "--all"]] {
        let run = with_urls(&project, &arguments, &both, &both);
        assert_eq!(run.status, 0, "{}", run.stderr);
    }
    let rows =
        "SELECT version_num FROM alembic_version UNION SELECT version_num FROM chat2chart_alembic_version ORDER BY 1;";
    assert_eq!(project.shell(kind, &both, rows), "7268ff7729ee\naab471adcfc5");
}

/// Returns the schema as the database's own tools print it, with the version rows and the journal, without times.
fn picture(project: &Project, kind: Kind, url: &str) -> String {
    let tables = match kind {
        Kind::Sqlite => "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name;",
        Kind::Postgres => {
            "SELECT table_name, column_name, data_type, is_nullable, column_default FROM information_schema.columns \
             WHERE table_schema = 'public' ORDER BY 1, ordinal_position; \
             SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1; \
             SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint ORDER BY 1, 2;"
        }
        Kind::Mariadb => {
            "SELECT table_name, column_name, column_type, is_nullable, column_default, column_key FROM \
             information_schema.columns WHERE table_schema = database() ORDER BY 1, ordinal_position; \
             SELECT table_name, index_name, column_name FROM information_schema.statistics \
             WHERE table_schema = database() ORDER BY 1, 2, seq_in_index;"
        }
    };
    let journal = "SELECT revision, operation, state, checksum, statements_done, statements_total, os_user, host, \
                   tool_version FROM aludel_version_history ORDER BY id;";
    let rows = "SELECT version_num FROM aludel_version ORDER BY 1;";
    [tables, rows, journal].map(|sql| project.shell(kind, url, sql)).join("\n")
}

/// Runs `script` in the real client, as it is meant to be used.
fn run_script(project: &Project, kind: Kind, url: &str, script: &str) {
    project.shell(kind, url, script);
}

/// Creates a project with the chat service of the example only, on a fresh database: triggers, templates, a merge, a
/// revision without a transaction; its dependency on another service is removed. No snapshots, which a script cannot
/// store.
fn chat_alone(kind: Kind) -> (Project, String) {
    let project = Project::example();
    let url = project.new_database(kind, "chat");
    project.write(
        "aludel.yaml",
        &format!("services:\n  chat:\n    url: \"{url}\"\n    revisions: r\n    snapshot: false\n"),
    );
    std::fs::create_dir(project.path("r")).unwrap();
    for folder in ["auth", "chat2chart"] {
        for file in std::fs::read_dir(project.path("revisions").join(folder)).unwrap().flatten() {
            let text = std::fs::read_to_string(file.path()).unwrap().replace("auth:", "");
            std::fs::write(project.path("r").join(file.file_name()), text).unwrap();
        }
    }
    (project, url)
}

fn a_script_does_what_the_run_does(kind: Kind) {
    let (project, online) = chat_alone(kind);
    project.ok(&["upgrade", "heads"]);
    let scripted = project.new_database(kind, "scripted");
    let script = project.ok(&["upgrade", "heads", "--sql"]);
    run_script(&project, kind, &scripted, &script);
    assert_eq!(picture(&project, kind, &scripted), picture(&project, kind, &online));
}

fn a_downgrade_script_does_what_the_run_does(kind: Kind) {
    let (project, online) = chat_alone(kind);
    project.ok(&["upgrade", "heads"]);
    let scripted = project.new_database(kind, "scripted");
    run_script(&project, kind, &scripted, &project.ok(&["upgrade", "heads", "--sql"]));
    run_script(&project, kind, &scripted, &project.ok(&["downgrade", "base", "--sql", "--from", "heads"]));
    project.ok(&["downgrade", "base"]);
    assert_eq!(picture(&project, kind, &scripted), picture(&project, kind, &online));
}

fn eight_runners_at_once_do_the_work_once(kind: Kind) {
    let (project, url) = Project::with_database(kind);
    project.revision("a1111", "", "CREATE TABLE t (x int);", "DROP TABLE t;");
    for number in 2..=6 {
        let (id, down) = (format!("a{number}111"), format!("a{}111", number - 1));
        project.revision(&id, &down, &format!("INSERT INTO t VALUES ({number});"), "");
    }
    let runners: Vec<_> = (0..8)
        .map(|_| {
            let mut command = project.command(&["upgrade", "head"]);
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    let runs: Vec<_> = runners.into_iter().map(|runner| Run::of(runner.wait_with_output().unwrap())).collect();
    for run in &runs {
        assert_eq!(run.status, 0, "{}", run.stderr);
    }
    let workers = runs.iter().filter(|run| run.stderr.contains("[6/6] upgrade")).count();
    assert_eq!(workers, 1, "{runs:?}");
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM t;"), "5");
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM aludel_version_history;"), "6");
}

/// Returns a statement that takes about half a minute.
fn long_statement(kind: Kind) -> &'static str {
    match kind {
        Kind::Postgres => "SELECT pg_sleep(30);",
        // On MySQL a plain SELECT sleep(30) that is killed ends without an error.
        Kind::Mariadb => "SELECT 1 FROM (SELECT 1) AS one WHERE sleep(30);",
        Kind::Sqlite => {
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 300000000) SELECT max(x) FROM n;"
        }
    }
}

fn wait_until_it_runs(project: &Project, kind: Kind, url: &str) {
    until("the long statement to run", || match kind {
        Kind::Postgres => {
            let sql = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%pg_sleep%' AND pid <> pg_backend_pid();";
            project.shell(kind, url, sql) == "1"
        }
        Kind::Mariadb => {
            let sql = "SELECT count(*) FROM information_schema.processlist WHERE db = database() AND info LIKE '%sleep(30)%' AND id <> connection_id();";
            project.shell(kind, url, sql) == "1"
        }
        Kind::Sqlite => std::path::Path::new(&format!("{}-journal", url.trim_start_matches("sqlite:"))).exists(),
    });
}

/// Starts a runner and waits until it executes its second statement.
fn busy_runner(kind: Kind) -> (Project, String, std::process::Child) {
    let (project, url) = Project::with_database(kind);
    let upgrade = format!("CREATE TABLE t (x int);\n{}\n", long_statement(kind));
    project.revision("a1111", "", &upgrade, "DROP TABLE t;");
    let mut command = project.command(&["upgrade", "head"]);
    let runner = command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    wait_until_it_runs(&project, kind, &url);
    (project, url, runner)
}

fn a_runner_that_waits_too_long_names_the_holder(kind: Kind) {
    let (project, _, mut runner) = busy_runner(kind);
    let run = project.run(&["upgrade", "head", "--lock-timeout", "0", "--json"]);
    runner.kill().unwrap();
    assert_eq!(run.status, 1);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["error"]["code"], "locked", "{}", run.stdout);
    assert!(run.stderr.contains("held by"), "{}", run.stderr);
    runner.wait().unwrap();
}

fn a_killed_runner_leaves_no_lock_behind(kind: Kind) {
    if kind == Kind::Postgres && !notices_lost_clients(support::postgres()) {
        support::cases::say("the server notices a killed client only when the client's statement has ended");
        return;
    }
    let (project, url, mut runner) = busy_runner(kind);
    runner.kill().unwrap();
    runner.wait().unwrap();
    if kind == Kind::Mariadb {
        // The table exists already, because DDL is not rolled back; the next run resumes after it.
        let half = project.json(&["status"])["services"][0]["incomplete"].clone();
        assert_eq!(half["revision"], "a1111", "{half}");
    } else {
        project.revision("a1111", "", "CREATE TABLE t (x int);", "DROP TABLE t;");
    }
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.json(&["status"])["services"][0]["incomplete"], serde_json::Value::Null);
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM t;"), "0");
    assert_eq!(project.shell(kind, &url, "SELECT version_num FROM aludel_version;"), "a1111");
}

/// Returns `true` if the server checks for lost clients during a statement (PostgreSQL 14 and later).
fn notices_lost_clients(server: &support::Server) -> bool {
    server.shell("", "SELECT count(*) FROM pg_settings WHERE name = 'client_connection_check_interval';") == "1"
}

fn a_stop_ends_the_statement_that_runs_and_says_where(kind: Kind) {
    let (project, _, runner) = busy_runner(kind);
    let pid = i32::try_from(runner.id()).unwrap();
    let interrupted = std::process::Command::new("kill").args(["-INT", &pid.to_string()]).status().unwrap();
    assert!(interrupted.success());
    let run = Run::of(runner.wait_with_output().unwrap());
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.contains("error[interrupted]"), "{}", run.stderr);
    let tables = project.run(&["current"]);
    assert!(tables.stdout.contains("base"), "{}", tables.stdout);
    // The lock is released immediately.
    project.revision("a1111", "", "CREATE TABLE t (x int);", "DROP TABLE t;");
    let again = project.json(&["upgrade", "head", "--lock-timeout", "0"]);
    assert_eq!(again["services"][0]["to"][0], "a1111", "{again}");
}

/// Creates two services; a revision of `b` depends on one of `a`.
fn two_services(kind: Kind) -> Project {
    let project = Project::new();
    let (a, b) = (project.new_database(kind, "a"), project.new_database(kind, "b"));
    let config =
        format!("services:\n  a:\n    url: \"{a}\"\n    revisions: a\n  b:\n    url: \"{b}\"\n    revisions: b\n");
    project.write("aludel.yaml", &config);
    project
        .write("a/1.sql", "-- revision: a1111\n\n-- @upgrade\nCREATE TABLE t (x int);\n-- @downgrade\nDROP TABLE t;\n");
    project
        .write("b/1.sql", "-- revision: b1111\n\n-- @upgrade\nCREATE TABLE t (x int);\n-- @downgrade\nDROP TABLE t;\n");
    project.write(
        "b/2.sql",
        "-- revision: b2222\n-- down_revision: b1111\n-- depends_on: [a:a1111]\n\n-- @upgrade\nCREATE TABLE u (x int);\n-- @downgrade\nDROP TABLE u;\n",
    );
    project
}

fn a_service_waits_for_the_revision_it_depends_on(kind: Kind) {
    let project = two_services(kind);
    let refused = project.json(&["upgrade", "head", "-s", "b"]);
    assert_eq!(refused["error"]["code"], "dependency-missing");
    assert_eq!(refused["error"]["hints"][0], "aludel upgrade a1111 -s a");
    project.ok(&["upgrade", "b1111", "-s", "b"]);
    project.ok(&["upgrade", "head", "--all", "--jobs", "1"]);
    project.ok(&["current", "--check-heads"]);
    project.ok(&["downgrade", "base", "--all"]);
    project.ok(&["upgrade", "head", "--all", "--jobs", "8"]);
    project.ok(&["current", "--check-heads"]);
}

fn what_another_service_needs_is_not_downgraded(kind: Kind) {
    let project = two_services(kind);
    project.ok(&["upgrade", "head", "--all"]);
    let refused = project.json(&["downgrade", "base", "-s", "a"]);
    assert_eq!(refused["error"]["code"], "dependency-needed", "{refused}");
    project.ok(&["downgrade", "b1111", "-s", "b"]);
    project.ok(&["downgrade", "base", "-s", "a"]);
}

fn ids_that_do_not_fit_are_refused_before_anything_runs(kind: Kind) {
    let (project, url) = Project::with_database(kind);
    project.shell(kind, &url, "CREATE TABLE aludel_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);");
    let id = "a".repeat(33);
    project.revision(&id, "", "CREATE TABLE t (x int);", "");
    let refused = project.json(&["upgrade", "head"]);
    if kind == Kind::Sqlite {
        // SQLite accepts text of any length, whatever the type of the column ("Datatypes In SQLite", section 3.1).
        assert_eq!(refused["services"][0]["to"][0], id, "{refused}");
        return;
    }
    assert_eq!(refused["error"]["code"], "id-too-long", "{refused}");
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM aludel_version;"), "0");
}

fn an_alembic_table_is_taken_over_as_it_stands(kind: Kind) {
    let (project, url) = Project::with_database(kind);
    let alembic = "CREATE TABLE aludel_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT aludel_version_pkc PRIMARY KEY (version_num)); \
                   INSERT INTO aludel_version VALUES ('a1111'); CREATE TABLE t (x int);";
    project.shell(kind, &url, alembic);
    project.revision("a1111", "", "CREATE TABLE t (x int);", "DROP TABLE t;");
    project.revision("a2222", "a1111", "INSERT INTO t VALUES (1);", "DELETE FROM t;");
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.shell(kind, &url, "SELECT version_num FROM aludel_version;"), "a2222");
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM t;"), "1");
}

/// Creates a revision without a transaction whose third statement fails, and runs it.
fn half_done(kind: Kind) -> (Project, String) {
    let (project, url) = Project::with_database(kind);
    project.revision("a1111", "", "CREATE TABLE n (n int); INSERT INTO n VALUES (0);", "DROP TABLE n;");
    let up = "CREATE TABLE t (x int);\nUPDATE n SET n = n + 1;\nINSERT INTO t (nothing) VALUES (1);\n";
    project.revision_with("b1111", "a1111", "-- transaction: false", up, "DROP TABLE t;");
    let failed = project.json(&["upgrade", "head"]);
    assert_eq!(failed["error"]["code"], "statement-failed", "{failed}");
    (project, url)
}

fn a_failed_statement_is_mended_and_the_run_goes_on_behind_what_ran(kind: Kind) {
    let (project, url) = half_done(kind);
    let half = project.json(&["status"])["services"][0]["incomplete"].clone();
    assert_eq!((&half["revision"], &half["statement"]), (&"b1111".into(), &3.into()), "{half}");
    assert!(half["error"].as_str().unwrap().contains("nothing"), "{half}");
    assert!(half["sql"].as_str().unwrap().starts_with("INSERT INTO t (nothing)"), "{half}");
    assert_eq!(half["hints"][0], "aludel upgrade b1111 -s app");
    // Comments and white space in the executed part are ignored; the rest may change and may have more statements.
    let up = "-- mended\nCREATE TABLE  t (x int);\n\nUPDATE n SET n = n + 1;\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);\n";
    project.revision_with("b1111", "a1111", "-- transaction: false", up, "DROP TABLE t;");
    let run = project.run(&["upgrade", "head"]);
    assert!(run.stderr.contains("upgrade of b1111 continues, 2 of 4 statements ran before"), "{}", run.stderr);
    assert_eq!(project.shell(kind, &url, "SELECT n FROM n UNION ALL SELECT sum(x) FROM t;"), "1\n3");
    assert_eq!(project.json(&["status"])["services"][0]["incomplete"], serde_json::Value::Null);
}

fn what_ran_must_still_stand_in_the_file(kind: Kind) {
    let (project, url) = half_done(kind);
    let write = |up: &str| project.revision_with("b1111", "a1111", "-- transaction: false", up, "DROP TABLE t;");
    write("CREATE TABLE t (x int);");
    let refused = project.json(&["upgrade", "head"]);
    assert_eq!(refused["error"]["code"], "incomplete-changed", "{refused}");
    write("CREATE TABLE t (x int);\nUPDATE n SET n = n + 7;\nINSERT INTO t VALUES (1);\n");
    let refused = project.json(&["upgrade", "head"]);
    assert_eq!(
        (&refused["error"]["code"], &refused["error"]["line"]),
        (&"incomplete-changed".into(), &6.into()),
        "{refused}"
    );
    project.ok(&["current"]);
    project.ok(&["repair", "--accept", "b1111"]);
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.shell(kind, &url, "SELECT n FROM n;"), "1");
    let journal = project.json(&["log"]);
    let repair = journal["services"][0]["journal"].as_array().unwrap().iter().find(|row| row["operation"] == "repair");
    assert!(repair.is_some_and(|row| !row["os_user"].as_str().unwrap().is_empty()), "{journal}");
    assert_eq!(project.json(&["repair", "--statement-applied"])["error"]["code"], "nothing-to-repair");
}

fn other_branches_go_on_beside_a_half_done_revision(kind: Kind) {
    let (project, url) = half_done(kind);
    project.revision("c1111", "a1111", "CREATE TABLE c (x int);", "DROP TABLE c;");
    project.ok(&["upgrade", "c1111"]);
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM c;"), "0");
    assert_eq!(project.json(&["downgrade", "base"])["error"]["code"], "incomplete-revision");
    project.ok(&["downgrade", "c1111-1"]);
    assert_eq!(project.json(&["upgrade", "heads"])["error"]["code"], "statement-failed");
}

fn a_downgrade_that_stopped_goes_on(kind: Kind) {
    let (project, url) = Project::with_database(kind);
    let up = "CREATE TABLE t (x int);\nCREATE TABLE u (x int);\nINSERT INTO u VALUES (0);\n";
    let write = |down: &str| project.revision_with("a1111", "", "-- transaction: false", up, down);
    write("DROP TABLE t;\nUPDATE u SET x = x + 1;\nDROP TABLE nothing;\n");
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.json(&["downgrade", "base"])["error"]["code"], "statement-failed");
    assert_eq!(project.json(&["upgrade", "head"])["error"]["code"], "incomplete-revision");
    write("DROP TABLE t;\nUPDATE u SET x = x + 1;\n");
    project.ok(&["downgrade", "base"]);
    assert_eq!(project.shell(kind, &url, "SELECT x FROM u;"), "1");
    project.shell(kind, &url, "DROP TABLE u;");
    project.ok(&["upgrade", "head"]);
}

fn an_edited_a_vanished_and_an_inserted_file_are_told(kind: Kind) {
    let (project, _) = Project::with_database(kind);
    project.revision("a1111", "", "CREATE TABLE a (x int);", "DROP TABLE a;");
    project.revision("b1111", "a1111", "CREATE TABLE b (x int);", "DROP TABLE b;");
    project.revision("c1111", "b1111", "CREATE TABLE c (x int);", "DROP TABLE c;");
    project.ok(&["upgrade", "head"]);
    project.revision("a1111", "", "-- a comment\nCREATE TABLE a\n  (x int)", "DROP TABLE a; -- and no downgrade");
    project.ok(&["upgrade", "head"]);
    // b is removed, d is added in its place, a is edited.
    std::fs::remove_file(project.path("r/b1111.sql")).unwrap();
    project.revision("a1111", "", "CREATE TABLE a (x bigint);", "DROP TABLE a;");
    project.revision("d1111", "a1111", "CREATE TABLE d (x int);", "DROP TABLE d;");
    project.revision("c1111", "d1111", "CREATE TABLE c (x int);", "DROP TABLE c;");
    let refused = project.json(&["upgrade", "head"]);
    assert_eq!(refused["error"]["code"], "checksum-mismatch", "{refused}");
    let seen = project.run(&["current", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&seen.stdout).unwrap();
    let what = |index: usize| {
        let changed = &document["services"][0]["changed"][index];
        format!("{} {}", changed["revision"].as_str().unwrap(), changed["what"].as_str().unwrap())
    };
    assert_eq!([what(0), what(1), what(2)], ["a1111 edited", "d1111 inserted", "b1111 vanished"], "{document}");
    assert!(seen.stderr.contains("warning: app: a1111 was edited"), "{}", seen.stderr);
    project.ok(&["repair", "--accept", "a1111", "--accept", "d1111", "--accept", "b1111"]);
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.json(&["status"])["services"][0]["changed"], serde_json::json!([]));
}

#[test]
fn a_statement_that_nobody_can_tell_of_is_asked_for() {
    let (project, url) = Project::with_database(Kind::Mariadb);
    project.shell(Kind::Mariadb, &url, "CREATE TABLE n (n int) ENGINE = MyISAM; INSERT INTO n VALUES (0);");
    let up = "CREATE TABLE t (x int);\nUPDATE n SET n = n + 1 + SLEEP(30);\nINSERT INTO t VALUES (1);\n";
    project.revision("a1111", "", up, "");
    let mut command = project.command(&["upgrade", "head"]);
    let mut runner = command.stderr(std::process::Stdio::null()).spawn().unwrap();
    wait_until_it_runs(&project, Kind::Mariadb, &url);
    runner.kill().unwrap();
    runner.wait().unwrap();
    let refused = project.json(&["upgrade", "head"]);
    assert_eq!(
        (&refused["error"]["code"], &refused["error"]["line"]),
        (&"statement-unknown".into(), &6.into()),
        "{refused}"
    );
    let ran = project.shell(Kind::Mariadb, &url, "SELECT n FROM n;") != "0";
    let flag = if ran { "--statement-applied" } else { "--statement-not-applied" };
    let mended = up.replace(" + SLEEP(30)", "");
    if !ran {
        project.revision("a1111", "", &mended, "");
    }
    project.ok(&["repair", flag]);
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.shell(Kind::Mariadb, &url, "SELECT count(*) FROM t;"), "1");
}

#[test]
fn an_invalid_index_is_dropped_and_built_again_although_it_exists() {
    let (project, url) = Project::with_database(Kind::Postgres);
    project.revision("a1111", "", "CREATE TABLE t (x int); INSERT INTO t VALUES (1), (1);", "DROP TABLE t;");
    let up = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (x);";
    project.revision_with("b1111", "a1111", "-- transaction: false", up, "");
    assert_eq!(project.json(&["upgrade", "head"])["error"]["code"], "statement-failed");
    let valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass;";
    assert_eq!(project.shell(Kind::Postgres, &url, valid), "f");
    project.shell(Kind::Postgres, &url, "UPDATE t SET x = 2 WHERE ctid = (SELECT min(ctid) FROM t);");
    let run = project.run(&["upgrade", "head"]);
    assert!(run.stderr.contains("the index public.i was left INVALID by an earlier build"), "{}", run.stderr);
    assert_eq!(project.shell(Kind::Postgres, &url, valid), "t");
}

#[test]
fn one_transaction_for_everything_leaves_nothing_when_it_fails() {
    for kind in [Kind::Sqlite, Kind::Postgres] {
        let (project, _) = Project::with_database(kind);
        project.revision("a1111", "", "CREATE TABLE t (x int);", "DROP TABLE t;");
        project.revision("a2222", "a1111", "CREATE TABLE t (x int);", "");
        let refused = project.json(&["upgrade", "head", "--single-transaction"]);
        assert_eq!(refused["error"]["code"], "statement-failed");
        assert_eq!(refused["services"][0]["steps"], serde_json::json!([]));
        assert!(project.ok(&["current"]).contains("base"));
        project.revision("a2222", "a1111", "CREATE TABLE u (x int);", "");
        project.ok(&["upgrade", "head", "--single-transaction"]);
        project.ok(&["current", "--check-heads"]);
    }
}

#[test]
fn mariadb_has_no_single_transaction_and_says_so() {
    let (project, _) = Project::with_database(Kind::Mariadb);
    project.revision("a1111", "", "CREATE TABLE t (x int);", "DROP TABLE t;");
    assert_eq!(project.json(&["upgrade", "head", "--single-transaction"])["error"]["code"], "revision-refused");
}

#[test]
fn a_dump_of_pg_dump_runs_as_a_revision() {
    let (project, url) = Project::with_database(Kind::Postgres);
    if !support::postgres().knows_sql_bodies() {
        support::cases::say("the server does not know what the dump holds");
        return;
    }
    let dump = include_str!("../dumps/pg_dump.sql");
    project.revision("d1111", "", dump, "");
    project.revision("d2222", "d1111", "CREATE TABLE after_the_dump (x int);", "DROP TABLE after_the_dump;");
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.shell(Kind::Postgres, &url, "SELECT to_regclass('public.after_the_dump') IS NOT NULL;"), "t");
}

#[test]
fn a_dump_of_mariadb_dump_runs_as_a_revision() {
    if !support::is_mariadb() {
        support::cases::say("the dump has sequences, which MySQL does not have");
        return;
    }
    let (project, _) = Project::with_database(Kind::Mariadb);
    project.revision("d1111", "", include_str!("../dumps/mariadb_dump.sql"), "");
    project.revision("d2222", "d1111", "CREATE TABLE after_the_dump (x int);", "DROP TABLE after_the_dump;");
    project.ok(&["upgrade", "head"]);
    project.ok(&["current", "--check-heads"]);
}

#[test]
fn an_index_is_built_concurrently_while_another_runner_waits() {
    let (project, url) = Project::with_database(Kind::Postgres);
    project.revision("a1111", "", "CREATE TABLE t AS SELECT generate_series(1, 300000) AS x;", "");
    let slow = "CREATE INDEX CONCURRENTLY i ON t ((md5(x::text) || md5(md5(x::text))));";
    project.revision_with("a2222", "a1111", "-- transaction: false", slow, "");
    let runners: Vec<_> = (0..2)
        .map(|_| project.command(&["upgrade", "head"]).stderr(std::process::Stdio::piped()).spawn().unwrap())
        .collect();
    for runner in runners {
        let run = Run::of(runner.wait_with_output().unwrap());
        assert_eq!(run.status, 0, "{}", run.stderr);
    }
    assert_eq!(
        project.shell(Kind::Postgres, &url, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass;"),
        "t"
    );
}

#[test]
fn on_postgres_a_script_resets_what_its_revisions_set_for_the_session() {
    let (project, _) = Project::with_database(Kind::Postgres);
    project.revision("a1111", "", "CREATE SCHEMA other; SET search_path TO other; CREATE TABLE t (x int);", "");
    project.revision("b1111", "a1111", "SELECT set_config('search_path', 'other', false); CREATE TABLE u (x int);", "");
    let hidden = "DO $$ BEGIN PERFORM set_config('search_path', 'other', false); END $$; CREATE TABLE v (x int);";
    project.revision("c1111", "b1111", hidden, "");
    project.revision("d1111", "c1111", "CREATE TABLE w (x int);", "");
    let scripted = project.new_database(Kind::Postgres, "scripted");
    run_script(&project, Kind::Postgres, &scripted, &project.ok(&["upgrade", "head", "--sql"]));
    let places = "SELECT string_agg(table_schema || '.' || table_name, ' ' ORDER BY table_name) FROM information_schema.tables \
                  WHERE table_name IN ('t', 'u', 'v', 'w', 'aludel_version');";
    let found = project.shell(Kind::Postgres, &scripted, places);
    assert_eq!(found, "public.aludel_version other.t other.u other.v public.w");
    let rows = "SELECT count(*) FROM aludel_version_history WHERE state = 'done';";
    assert_eq!(project.shell(Kind::Postgres, &scripted, rows), "4");
}

#[test]
fn on_mariadb_a_script_restores_what_its_revisions_set_for_the_session() {
    let (project, online) = Project::with_database(Kind::Mariadb);
    project.revision("a1111", "", "CREATE TABLE t (id int, mode text, wait int, name text);", "DROP TABLE t;");
    let sets = "SET NAMES latin1, sql_mode = 'ANSI_QUOTES';\nSET @@session.wait_timeout = 77, SESSION sql_mode = '';\n\
                INSERT INTO t VALUES (1, @@sql_mode, @@wait_timeout, @@character_set_client);";
    project.revision("b1111", "a1111", sets, "DELETE FROM t;");
    let default = "INSERT INTO t VALUES (2, @@sql_mode, 0, 'ü');";
    project.revision("c1111", "b1111", default, "DELETE FROM t WHERE id = 2;");
    project.ok(&["upgrade", "head"]);
    let scripted = project.new_database(Kind::Mariadb, "scripted");
    run_script(&project, Kind::Mariadb, &scripted, &project.ok(&["upgrade", "head", "--sql"]));
    let rows = |url: &str| project.shell(Kind::Mariadb, url, "SELECT * FROM t ORDER BY id;");
    assert!(rows(&online).contains("1\t\t77\tlatin1") && rows(&online).ends_with('ü'), "{}", rows(&online));
    assert_eq!(rows(&scripted), rows(&online));
}
