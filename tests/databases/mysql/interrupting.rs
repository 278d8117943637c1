//! A signal in the middle of a statement: the statement is cancelled, and the journal records what remains applied.

use std::process::Stdio;

use crate::support;
use crate::support::project::{Kind, Project, Run, until};

/// Creates a project with one revision `a1111` on a fresh database. Returns the database's URL too.
fn revision(header: &str, upgrade: &str) -> (Project, String) {
    let (project, url) = Project::with_database(Kind::Mariadb);
    project.revision_with("a1111", "", header, upgrade, "");
    (project, url)
}

/// Runs `upgrade head` and sends SIGTERM while the server executes a statement that contains `marker`.
fn stopped_in(project: &Project, url: &str, marker: &str) -> Run {
    let mut command = project.command(&["upgrade", "head"]);
    let runner = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let sql = format!(
        "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE DB = DATABASE() AND ID <> CONNECTION_ID() \
         AND COMMAND <> 'Sleep' AND INFO LIKE '%{marker}%';"
    );
    until("the statement to run", || support::mariadb().shell(url, &sql) == "1");
    std::process::Command::new("kill").args(["-TERM", &runner.id().to_string()]).status().unwrap();
    let run = Run::of(runner.wait_with_output().unwrap());
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.contains("error[interrupted]"), "{}", run.stderr);
    run
}

const JOURNAL: &str =
    "SELECT state, statements_done, statement_running, error FROM aludel_version_history ORDER BY id DESC LIMIT 1;";

#[test]
fn ddl_that_waits_for_a_lock_is_stopped_and_has_not_run() {
    let (project, url) = revision("", "CREATE TABLE u (x INT);\nALTER TABLE t ADD COLUMN late INT;");
    support::mariadb().shell(&url, "CREATE TABLE t (x INT);");
    let name = url.rsplit('/').next().unwrap();
    let mut holder = support::mariadb().mariadb_client(name).stdin(Stdio::piped()).spawn().unwrap();
    let mut hold = holder.stdin.take().unwrap();
    std::io::Write::write_all(&mut hold, b"START TRANSACTION; SELECT * FROM t; SELECT SLEEP(600) AS holder;\n")
        .unwrap();
    let holds = "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO = 'SELECT SLEEP(600) AS holder' AND DB = DATABASE();";
    until("the lock to be held", || support::mariadb().shell(&url, holds) == "1");
    stopped_in(&project, &url, "ADD COLUMN late");
    assert_eq!(support::mariadb().shell(&url, JOURNAL), "failed\t1\tNULL\tinterrupted");
    holder.kill().unwrap();
    holder.wait().unwrap();
    let columns =
        "SELECT COUNT(*) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND COLUMN_NAME = 'late';";
    assert_eq!(support::mariadb().shell(&url, columns), "0");
    let end = "SELECT GROUP_CONCAT('KILL ', ID, ';' SEPARATOR ' ') FROM information_schema.PROCESSLIST WHERE INFO = 'SELECT SLEEP(600) AS holder' AND DB = DATABASE();";
    let end = support::mariadb().shell(&url, end);
    if end != "NULL" {
        let _ = support::mariadb().try_shell(&url, &end);
    }
    project.ok(&["upgrade", "head"]);
    assert_eq!(support::mariadb().shell(&url, columns), "1");
}

#[test]
fn rows_of_a_stopped_statement_are_rolled_back_and_written_once() {
    let sleep = "SELECT 1 FROM (SELECT 1) AS one WHERE sleep(60)";
    let (project, url) =
        revision("", &format!("CREATE TABLE t (x INT);\nINSERT INTO t VALUES (1);\nINSERT INTO t {sleep};"));
    stopped_in(&project, &url, "sleep(60)");
    assert_eq!(support::mariadb().shell(&url, JOURNAL), "failed\t2\tNULL\tinterrupted");
    let text = std::fs::read_to_string(project.path("r/a1111.sql")).unwrap();
    project.write("r/a1111.sql", &text.replace(sleep, "VALUES (2)"));
    project.ok(&["upgrade", "head"]);
    assert_eq!(support::mariadb().shell(&url, "SELECT GROUP_CONCAT(x ORDER BY x) FROM t;"), "1,2");
}

#[test]
fn a_revision_in_one_transaction_is_rolled_back_as_a_whole() {
    let (project, url) = revision(
        "",
        "INSERT INTO t VALUES (1);\nUPDATE t SET x = 1 + (SELECT 1 FROM (SELECT 1) AS one WHERE sleep(60));",
    );
    support::mariadb().shell(&url, "CREATE TABLE t (x INT);");
    stopped_in(&project, &url, "sleep(60)");
    assert_eq!(support::mariadb().shell(&url, "SELECT COUNT(*) FROM t;"), "0");
    assert_eq!(support::mariadb().shell(&url, "SELECT COUNT(*) FROM aludel_version;"), "0");
    let again = project.json(&["status"]);
    assert_eq!(again["services"][0]["incomplete"], serde_json::Value::Null, "{again}");
}

/// A statement that cannot be rolled back may be half done, so the next run stops with an error instead of repeating
/// it.
#[test]
fn a_statement_that_may_be_half_done_is_asked_about() {
    for (before, statement, marker) in [
        (
            "CREATE TABLE t (x INT) ENGINE=MyISAM;",
            "INSERT INTO t SELECT 1 FROM (SELECT 1) AS one WHERE sleep(60);",
            "sleep(60)",
        ),
        (
            "CREATE TABLE t (x INT);\nDELIMITER //\nCREATE PROCEDURE p() BEGIN INSERT INTO t VALUES (1); INSERT INTO t SELECT 2 FROM (SELECT 1) AS one WHERE sleep(60); END//\nDELIMITER ;",
            "CALL p();",
            "sleep(60)",
        ),
    ] {
        let (project, url) = revision("-- transaction: false", &format!("{before}\n{statement}\nSELECT 2;"));
        stopped_in(&project, &url, marker);
        let journal = support::mariadb().shell(&url, JOURNAL);
        let done = before.matches("CREATE").count();
        assert_eq!(journal, format!("failed\t{done}\t{}\tinterrupted", done + 1), "{statement}");
        let rows = support::mariadb().shell(&url, "SELECT COUNT(*) FROM t;");
        let unknown = project.json(&["upgrade", "head"]);
        assert_eq!(unknown["error"]["code"], "statement-unknown", "{unknown}");
        assert!(unknown["error"]["notes"].to_string().contains("interrupted, and a part of its effect"), "{unknown}");
        project.ok(&["repair", "--statement-applied", "a1111"]);
        project.ok(&["upgrade", "head"]);
        assert_eq!(support::mariadb().shell(&url, "SELECT COUNT(*) FROM t;"), rows, "{statement}");
    }
}

#[test]
fn a_verify_query_is_stopped_too() {
    let (project, url) = Project::with_database(Kind::Mariadb);
    let query = "SELECT 1 FROM (SELECT 1) AS one WHERE sleep(60);";
    project.verified_revision(("a1111", "", ""), "CREATE TABLE t (x INT);", "", query);
    stopped_in(&project, &url, "sleep(60)");
    assert_eq!(support::mariadb().shell(&url, JOURNAL), "failed\t1\tNULL\tinterrupted");
}

#[test]
fn a_batch_is_stopped_and_the_next_run_goes_on_behind_those_before_it() {
    let (project, url) = Project::with_database(Kind::Mariadb);
    support::mariadb()
        .shell(&url, "CREATE TABLE t (id INT PRIMARY KEY, x INT); INSERT INTO t VALUES (1, 0), (2, 0), (3, 0);");
    let update = "-- @batch table=t key=id size=1\nUPDATE t SET x = x + 1 + IF(id = 2, sleep(60), 0) WHERE id BETWEEN :low AND :high;";
    project.revision_with("a1111", "", "-- transaction: false", update, "");
    stopped_in(&project, &url, "sleep(60)");
    assert_eq!(support::mariadb().shell(&url, "SELECT GROUP_CONCAT(x ORDER BY id) FROM t;"), "1,0,0");
}
