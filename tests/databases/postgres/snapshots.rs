//! The schema that a run keeps is read and stored behind its report, without its lock.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, ChildStderr, Stdio};

use crate::support::project::{Kind, Project, until};

/// A project whose database has a view, and a snapshot after two revisions; a third one is pending.
fn project() -> (Project, String) {
    let (project, url) = Project::with_database(Kind::Postgres);
    project.revision("aaaa", "", "CREATE TABLE a (x integer);", "DROP TABLE a;");
    let function = "CREATE FUNCTION make() RETURNS void LANGUAGE sql AS 'CREATE TABLE e (x integer)';";
    let view = format!("CREATE VIEW v AS SELECT x FROM a; {function}");
    project.revision("bbbb", "aaaa", &view, "DROP FUNCTION make(); DROP VIEW v;");
    project.ok(&["upgrade", "head"]);
    project.revision("cccc", "bbbb", "CREATE TABLE c (x integer);", "DROP TABLE c;");
    (project, url)
}

/// Starts `upgrade head`, and waits for its summary.
fn until_reported(project: &Project) -> (Child, BufReader<ChildStderr>) {
    let mut run = project.command(&["upgrade", "head"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(run.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("now at cccc") {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "the run ended without a summary");
    }
    (run, stderr)
}

fn snapshot(project: &Project, url: &str) -> String {
    project.shell(Kind::Postgres, url, "SELECT version_rows, content LIKE '%\"c\"%' FROM aludel_version_schema;")
}

/// Opens a session that keeps the view locked, so that nobody can read its definition.
fn with_locked_view(url: &str) -> postgres::Client {
    let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
    client.batch_execute("BEGIN; LOCK TABLE v IN ACCESS EXCLUSIVE MODE").unwrap();
    client
}

fn until_it_waits(project: &Project, url: &str) {
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'v'::regclass;";
    until("the reading of the catalog", || project.shell(Kind::Postgres, url, waiting) == "1");
}

#[test]
fn the_lock_is_released_and_the_run_reported_before_the_schema_is_read() {
    let (project, url) = project();
    let mut client = with_locked_view(&url);
    let (mut run, mut stderr) = until_reported(&project);
    until_it_waits(&project, &url);
    let locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database \
                 WHERE datname = current_database());";
    assert_eq!(project.shell(Kind::Postgres, &url, locks), "0");
    assert_eq!(snapshot(&project, &url), "bbbb|f");
    client.batch_execute("COMMIT").unwrap();
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert!(run.wait().unwrap().success(), "{rest}");
    assert_eq!((&*rest, &*snapshot(&project, &url)), ("", "cccc|t"));
    project.ok(&["check", "--drift"]);
}

#[test]
fn nothing_is_stored_where_another_run_has_begun_meanwhile() {
    let (project, url) = project();
    let mut client = with_locked_view(&url);
    let (mut run, mut stderr) = until_reported(&project);
    until_it_waits(&project, &url);
    let columns = "revision, operation, started_at, statements_done, statements_total, os_user, host, tool_version";
    client
        .batch_execute(&format!(
            "INSERT INTO aludel_version_history (state, {columns}) SELECT 'running', {columns} FROM aludel_version_history \
             ORDER BY id DESC LIMIT 1; COMMIT"
        ))
        .unwrap();
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    assert!(run.wait().unwrap().success(), "{rest}");
    assert_eq!((&*rest, &*snapshot(&project, &url)), ("", "bbbb|f"));
}

#[test]
fn a_run_that_changes_rows_only_keeps_the_schema_that_is_stored() {
    let (project, url) = project();
    project.ok(&["upgrade", "head"]);
    // Another name in the stored text shows that it was not written again.
    project.shell(
        Kind::Postgres,
        &url,
        "UPDATE aludel_version_schema SET content = replace(content, '\"c\"', '\"c2\"');",
    );
    project.revision("dddd", "cccc", "INSERT INTO c VALUES (1);", "DELETE FROM c;");
    project.ok(&["upgrade", "head"]);
    let stored = "SELECT version_rows, content LIKE '%\"c2\"%' FROM aludel_version_schema;";
    assert_eq!(project.shell(Kind::Postgres, &url, stored), "dddd|t");
    // A function that a query calls may change the schema all the same.
    project.revision("eeee", "dddd", "SELECT make();", "DROP TABLE e;");
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.shell(Kind::Postgres, &url, stored), "eeee|f");
    project.ok(&["check", "--drift"]);
}

#[test]
fn a_run_that_may_not_create_the_snapshots_table_says_so_and_succeeds() {
    let (project, url) = project();
    let name = url.rsplit('/').next().unwrap();
    let (role, server) = (format!("keeper_{name}"), Kind::Postgres.server().unwrap());
    server.shell(
        &url,
        &format!(
            "DROP TABLE aludel_version_schema; REVOKE CREATE ON SCHEMA public FROM PUBLIC; \
             CREATE ROLE {role} LOGIN PASSWORD 'x'; GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}; \
             GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role};"
        ),
    );
    project.revision("cccc", "bbbb", "INSERT INTO a VALUES (1);", "DELETE FROM a;");
    let limited = format!("postgres://{role}:x@{}:{}/{name}", server.address.host, server.address.port);
    let run = project.run(&["upgrade", "head", "--url", &limited]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(
        run.stderr.contains("the schema could not be saved for `check --drift` (permission denied"),
        "{}",
        run.stderr
    );
    project.ok(&["current", "--check-heads"]);
    server.shell(&url, &format!("DROP OWNED BY {role}; DROP ROLE {role};"));
}

/// The other service may take hours, in which `check` has to know the schema of this one.
#[test]
fn a_service_that_ends_while_another_one_runs_stores_its_snapshot_at_once() {
    let server = Kind::Postgres.server().unwrap();
    let (project, urls) = (Project::new(), [server.new_database(), server.new_database()]);
    let service = |name: &str, url: &str| format!("  {name}:\n    url: \"{url}\"\n    revisions: {name}\n");
    project.write("aludel.yaml", &format!("services:\n{}{}", service("quick", &urls[0]), service("slow", &urls[1])));
    let text = |id: &str, sql: &str| format!("-- revision: {id}\n-- down_revision: null\n\n-- @upgrade\n{sql}\n");
    project.write("quick/1.sql", &text("aaaa", "CREATE TABLE a (x integer);"));
    project.write("slow/1.sql", &text("bbbb", "SELECT pg_advisory_lock(7);"));
    let mut client = postgres::Client::connect(&urls[1], postgres::NoTls).unwrap();
    client.batch_execute("SELECT pg_advisory_lock(7)").unwrap();
    let mut run = project.command(&["upgrade", "head", "--all"]).stderr(Stdio::null()).spawn().unwrap();
    let stored = "SELECT count(*) FROM pg_class WHERE relname = 'aludel_version_schema';";
    until("the snapshot of the quick one", || project.shell(Kind::Postgres, &urls[0], stored) == "1");
    let rows = "SELECT version_rows FROM aludel_version_schema;";
    until("its rows", || project.shell(Kind::Postgres, &urls[0], rows) == "aaaa");
    assert!(run.try_wait().unwrap().is_none());
    client.batch_execute("SELECT pg_advisory_unlock(7)").unwrap();
    assert!(run.wait().unwrap().success());
    assert_eq!(project.shell(Kind::Postgres, &urls[1], rows), "bbbb");
}
