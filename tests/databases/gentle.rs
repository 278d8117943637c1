//! Safety on a busy database: timeouts, retries, reports of blocking sessions, phases.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};

use crate::support;
use crate::support::on_each_database;
use crate::support::project::{Kind, Project, Run, until};

on_each_database! {
    a_revision_that_never_gets_its_lock_names_who_has_it_and_leaves_nothing,
    a_revision_that_gets_its_lock_late_is_done,
    outside_a_transaction_only_the_refused_statement_is_tried_again,
    a_pause_ends_when_the_user_wants_to_stop,
    a_statement_that_takes_too_long_is_stopped,
}

/// The real client, holding a lock on the table `t` until it is dropped.
struct Holder(Child);

impl Holder {
    fn of(kind: Kind, url: &str, sql: &str) -> Self {
        let name = url.rsplit('/').next().unwrap();
        let mut command = match kind.server() {
            Some(server) if kind == Kind::Postgres => server.psql(name),
            Some(server) => server.mariadb_client(name),
            None => {
                let mut command = Command::new("sqlite3");
                command.arg(url.trim_start_matches("sqlite:"));
                command
            }
        };
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        writeln!(child.stdin.as_mut().unwrap(), "{sql}").unwrap();
        child.stdin.as_mut().unwrap().flush().unwrap();
        Self(child)
    }

    /// Locks a row of `t` (which blocks DDL) or, on SQLite, takes the write lock, and waits until it is held.
    fn busy(project: &Project, kind: Kind, url: &str) -> Self {
        // The probe below may hold the lock for a moment.
        let begin = if kind == Kind::Sqlite { ".timeout 5000\nBEGIN IMMEDIATE;" } else { "BEGIN;" };
        let holder = Self::of(kind, url, &format!("{begin} UPDATE t SET x = 2; SELECT x FROM t;"));
        until("the lock to be held", || match kind {
            Kind::Postgres => {
                project.shell(
                    kind,
                    url,
                    "SELECT count(*) FROM pg_locks WHERE relation = 't'::regclass AND mode = 'RowExclusiveLock';",
                ) == "1"
            }
            // INNODB_TRX is no use here: its contents are cached while it is read more often than every 100 ms.
            Kind::Mariadb => support::mariadb().try_shell(url, "SELECT x FROM t FOR UPDATE NOWAIT;").is_err(),
            Kind::Sqlite => {
                let path = url.trim_start_matches("sqlite:");
                let probe = Command::new("sqlite3").args([path, "BEGIN IMMEDIATE; COMMIT;"]).output().unwrap();
                !probe.status.success()
            }
        });
        holder
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Creates a project with the table `t` and a short lock timeout.
fn project(kind: Kind, settings: &str) -> (Project, String) {
    let (project, url) = Project::with_database(kind);
    let config = format!("lock_timeout: 300ms\n{settings}services:\n  app:\n    url: \"{url}\"\n    revisions: r\n");
    project.write("aludel.yaml", &config);
    project.revision("a1111", "", "CREATE TABLE t (x int);\nINSERT INTO t VALUES (1);", "");
    project.ok(&["upgrade", "head"]);
    (project, url)
}

fn a_revision_that_never_gets_its_lock_names_who_has_it_and_leaves_nothing(kind: Kind) {
    let (project, url) = project(kind, "lock_retries: 1\n");
    project.revision("a2222", "a1111", "CREATE TABLE u (x int);\nALTER TABLE t ADD COLUMN y int;", "");
    let holder = Holder::busy(&project, kind, &url);
    let run = project.run(&["upgrade", "head", "--json"]);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!((run.status, &document["error"]["code"]), (1, &"locked".into()), "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("try 1 of 1 again in"), "{}", run.stderr);
    let who = match kind {
        Kind::Postgres => "user postgres, application psql, from 127.0.0.1, idle in transaction for",
        Kind::Mariadb => "user tester",
        Kind::Sqlite => "application sqlite3",
    };
    assert!(run.stderr.contains(who), "{}", run.stderr);
    assert!(document["error"]["notes"].to_string().contains(who), "{}", run.stdout);
    if kind != Kind::Mariadb {
        assert!(document["error"]["notes"].to_string().contains("nothing of this upgrade was applied"), "{document}");
    }
    drop(holder);
    if kind == Kind::Sqlite {
        assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM sqlite_master WHERE name = 'u';"), "0");
    }
    if kind == Kind::Postgres {
        assert_eq!(project.shell(kind, &url, "SELECT to_regclass('u') IS NULL;"), "t");
        project.ok(&["upgrade", "head"]);
    }
}

/// Runs `upgrade head`, and releases the lock after the first attempt failed.
fn with_a_late_lock(project: &Project, kind: Kind, url: &str) -> Run {
    let holder = Holder::busy(project, kind, url);
    let mut command = project.command(&["upgrade", "head"]);
    let mut runner = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = std::io::BufReader::new(runner.stderr.take().unwrap());
    let mut said = String::new();
    while !said.contains("did not get its lock") {
        assert_ne!(std::io::BufRead::read_line(&mut stderr, &mut said).unwrap(), 0, "{said}");
    }
    drop(holder);
    std::io::Read::read_to_string(&mut stderr, &mut said).unwrap();
    let output = runner.wait_with_output().unwrap();
    Run { stderr: said, ..Run::of(output) }
}

fn a_revision_that_gets_its_lock_late_is_done(kind: Kind) {
    let (project, url) = project(kind, "");
    project.revision("a2222", "a1111", "UPDATE t SET x = x + 10;", "");
    let run = with_a_late_lock(&project, kind, &url);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(project.shell(kind, &url, "SELECT x FROM t;"), "11");
}

fn outside_a_transaction_only_the_refused_statement_is_tried_again(kind: Kind) {
    let (project, url) = project(kind, "");
    let upgrade = "CREATE TABLE u (x int);\nALTER TABLE t ADD COLUMN y int;\nINSERT INTO u VALUES (1);";
    project.revision_with("a2222", "a1111", "-- transaction: false", upgrade, "");
    let run = with_a_late_lock(&project, kind, &url);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM u;"), "1");
    let journal = project.shell(kind, &url, "SELECT count(*) FROM aludel_version_history WHERE state = 'done';");
    assert_eq!(journal, "2");
}

fn a_pause_ends_when_the_user_wants_to_stop(kind: Kind) {
    let (project, url) = project(kind, "lock_retries: 1000\n");
    project.revision("a2222", "a1111", "UPDATE t SET x = x + 10;", "");
    let _holder = Holder::busy(&project, kind, &url);
    let mut command = project.command(&["upgrade", "head"]);
    let mut runner = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = std::io::BufReader::new(runner.stderr.take().unwrap());
    let mut said = String::new();
    // The pause before the fourth attempt is at least one second.
    while !said.contains("try 4 of 1000") {
        assert_ne!(std::io::BufRead::read_line(&mut stderr, &mut said).unwrap(), 0, "{said}");
    }
    Command::new("kill").args(["-INT", &runner.id().to_string()]).status().unwrap();
    let status = runner.wait().unwrap();
    std::io::Read::read_to_string(&mut stderr, &mut said).unwrap();
    assert_eq!(status.code(), Some(1), "{said}");
    assert!(said.contains("error[interrupted]") && !said.contains("try 5"), "{said}");
}

fn a_statement_that_takes_too_long_is_stopped(kind: Kind) {
    let (project, _) = project(kind, "statement_timeout: 1h\n");
    let long = match kind {
        Kind::Postgres => "SELECT pg_sleep(60);",
        Kind::Mariadb => "SELECT sleep(60);",
        Kind::Sqlite => "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n;",
    };
    project.revision_with("a2222", "a1111", "-- statement_timeout: 200ms", long, "");
    let refused = project.json(&["upgrade", "head"]);
    assert_eq!(refused["error"]["code"], "statement-failed", "{refused}");
}

#[test]
fn postgres_waits_five_seconds_for_a_lock_where_nobody_says_otherwise() {
    let (project, url) = Project::with_database(Kind::Postgres);
    let shown =
        "CREATE TABLE shown AS SELECT current_setting('lock_timeout') AS l, current_setting('statement_timeout') AS s;";
    project.revision("a1111", "", shown, "");
    let more = "INSERT INTO shown SELECT current_setting('lock_timeout'), current_setting('statement_timeout');";
    project.revision_with("a2222", "a1111", "-- lock_timeout: 0\n-- statement_timeout: 2m", more, "");
    project.revision_with("a3333", "a2222", "-- transaction: false", more, "");
    project.revision("a4444", "a3333", more, "");
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.shell(Kind::Postgres, &url, "SELECT l, s FROM shown;"), "5s|0\n0|2min\n5s|0\n5s|0");
}

#[test]
fn mariadb_is_told_the_same_in_its_own_settings() {
    let (project, url) = Project::with_database(Kind::Mariadb);
    let now = "SELECT @@lock_wait_timeout AS l, @@innodb_lock_wait_timeout AS i, @@max_statement_time AS s";
    project.revision("a1111", "", &format!("CREATE TABLE shown AS {now};"), "");
    project.revision_with(
        "a2222",
        "a1111",
        "-- lock_timeout: 7s\n-- statement_timeout: 2m",
        &format!("INSERT INTO shown {now};"),
        "",
    );
    project.revision("a3333", "a2222", &format!("INSERT INTO shown {now};"), "");
    project.ok(&["upgrade", "head"]);
    let shown = project.shell(Kind::Mariadb, &url, "SELECT l, i, ROUND(s) FROM shown;");
    assert_eq!(shown, "5\t5\t0\n7\t7\t120\n5\t5\t0");
}

#[test]
fn mariadb_has_the_timeouts_also_after_a_revision_with_settings_of_its_own() {
    let (project, url) = Project::with_database(Kind::Mariadb);
    let now = "SELECT @@lock_wait_timeout AS l, @@innodb_lock_wait_timeout AS i, @@max_statement_time AS s";
    let more = format!("INSERT INTO shown {now};");
    project.revision("a1111", "", &format!("SET @x = 1;\nCREATE TABLE shown AS {now};"), "");
    project.revision_with("a2222", "a1111", "-- statement_timeout: 2m", &more, "");
    project.revision("a3333", "a2222", &format!("SET @x = 1;\n{more}"), "");
    project.revision("a4444", "a3333", &more, "");
    project.ok(&["upgrade", "head"]);
    let shown = project.shell(Kind::Mariadb, &url, "SELECT l, i, ROUND(s) FROM shown;");
    assert_eq!(shown, "5\t5\t0\n5\t5\t120\n5\t5\t0\n5\t5\t0");
}

#[test]
fn those_in_the_way_are_ended_only_when_that_is_asked_for() {
    let upgrade: &[&str] = &["upgrade", "head", "--kill-blockers"];
    let deploy: &[&str] = &["deploy", "head", "--no-backup", "--kill-blockers"];
    for (kind, arguments) in
        [(Kind::Postgres, upgrade), (Kind::Mariadb, upgrade), (Kind::Postgres, deploy), (Kind::Mariadb, deploy)]
    {
        let (project, url) = project(kind, "lock_retries: 3\n");
        project.revision("a2222", "a1111", "UPDATE t SET x = x + 10;", "");
        let _holder = Holder::busy(&project, kind, &url);
        let run = project.run(arguments);
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert!(run.stderr.contains("app: ended pid"), "{}", run.stderr);
        assert_eq!(project.shell(kind, &url, "SELECT x FROM t;"), "11");
    }
}

/// a1 (expand) < b1 (migrate) < c1 (contract) < d1 (expand); a1 < e1 (expand).
fn phased() -> Project {
    let (project, _) = Project::with_database(Kind::Sqlite);
    for (id, down, phase) in [
        ("a1111", "", "expand"),
        ("b1111", "a1111", "migrate"),
        ("c1111", "b1111", "contract"),
        ("d1111", "c1111", "expand"),
        ("e1111", "a1111", "expand"),
    ] {
        project.revision_with(id, down, &format!("-- phase: {phase}"), &format!("CREATE TABLE {id} (x int);"), "");
    }
    project
}

#[test]
fn a_phase_runs_up_to_the_first_revision_of_a_later_one_on_each_line() {
    let project = phased();
    let rows = |phase: &str| project.json(&["upgrade", "heads", "--phase", phase])["services"][0]["to"].to_string();
    assert_eq!(rows("expand"), r#"["e1111"]"#);
    assert_eq!(rows("expand"), r#"["e1111"]"#, "nothing more to do");
    assert_eq!(rows("migrate"), r#"["b1111","e1111"]"#);
    assert_eq!(rows("contract"), r#"["d1111","e1111"]"#);
}

#[test]
fn status_shows_what_waits_for_which_phase() {
    let project = phased();
    project.ok(&["upgrade", "heads", "--phase", "expand"]);
    let text = project.ok(&["status"]);
    assert!(text.contains("b1111 (waits for the phase migrate)"), "{text}");
    assert!(text.contains("d1111 (head) (waits for the phase contract)"), "{text}");
    let phases = &project.json(&["status"])["services"][0]["phases"];
    assert_eq!(*phases, serde_json::json!({ "b1111": "migrate", "c1111": "contract", "d1111": "contract" }));
}

#[test]
fn a_contract_revision_refuses_while_a_migrate_revision_it_needs_has_not_run() {
    let project = phased();
    let refused = project.json(&["upgrade", "heads", "--phase", "contract"]);
    assert_eq!(refused["error"]["code"], "phase-too-early", "{refused}");
    assert_eq!(refused["error"]["revision"], "c1111");
    // Without a phase all revisions run in order, because a new database has no old code that uses it.
    project.ok(&["upgrade", "heads"]);
}
