//! During a revision the synchronous standby of the primary is promoted, and the primary is killed.

use std::process::{Child, Stdio};

use super::*;
use crate::support;
use crate::support::project::{Project, until};
use crate::support::{PostgresOptions, Server};

/// Starts a primary whose commits wait for its standby, and that standby.
pub(super) fn primary_and_standby() -> (Server, Server) {
    let settings = vec![("synchronous_commit".to_owned(), "on".to_owned())];
    let hba = vec!["host replication all all trust".to_owned()];
    let primary = support::start_postgres(&PostgresOptions { settings, hba, ..PostgresOptions::default() });
    let standby = support::start_postgres_replica(&primary, &PostgresOptions::default());
    // Set after the standby is connected, because without one no commit would ever return.
    primary.shell("", "ALTER SYSTEM SET synchronous_standby_names = '*';\nSELECT pg_reload_conf();");
    let synchronous = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync';";
    until("a synchronous standby", || primary.shell("", synchronous) == "1");
    (primary, standby)
}

/// Starts a session that holds the advisory lock 77 until it is killed.
fn hold_lock(server: &Server, url: &str) -> Child {
    use std::io::Write as _;
    let name = url.rsplit('/').next().unwrap();
    let mut holder = server.psql(name).stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    holder.stdin.as_mut().unwrap().write_all(b"SELECT pg_advisory_lock(77);\n").unwrap();
    until("the lock", || locks(server, url, true) == "1");
    holder
}

fn locks(server: &Server, url: &str, is_granted: bool) -> String {
    let sign = if is_granted { "" } else { "NOT " };
    let sql = format!("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77 AND {sign}granted;");
    server.shell(url, &sql)
}

/// A commit that reached the old primary but not the standby was no success: it is repeated on the new primary, once.
fn promoted_in_the_middle(header: &str) {
    let (primary, standby) = primary_and_standby();
    let url = primary.new_database();
    let name = url.rsplit('/').next().unwrap();
    let project = Project::new();
    let ports = [&primary, &standby].map(|server| server.address.port);
    project.write(
        "aludel.yaml",
        &format!(
            "services:\n  app:\n    url: \"postgres://postgres@127.0.0.1:{},127.0.0.1:{}/{name}?target_session_attrs=read-write\"\n    \
             revisions: r\n",
            ports[0], ports[1]
        ),
    );
    project.revision("a1111", "", "CREATE TABLE led (x int);", "DROP TABLE led;");
    project.ok(&["upgrade", "head"]);
    let statements = "INSERT INTO led VALUES (1);\nSELECT pg_advisory_xact_lock(77);\nINSERT INTO led VALUES (2);";
    project.revision_with("b2222", "a1111", header, statements, "DELETE FROM led;");
    let mut holder = hold_lock(&primary, &url);
    let mut command = project.command(&["upgrade", "head"]);
    let mut runner = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    until("the revision waits for the lock", || locks(&primary, &url, false) == "1");
    standby.shell("", "SELECT pg_promote();");
    holder.kill().unwrap();
    holder.wait().unwrap();
    let waiting = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep';";
    until("a commit waits for the standby", || primary.shell(&url, waiting) == "t");
    assert!(runner.try_wait().unwrap().is_none(), "it did not wait for the standby");
    primary.stop();
    let run = Run::of(runner.wait_with_output().unwrap());
    assert_eq!(run.status, 1, "{}{}", run.stdout, run.stderr);
    project.ok(&["upgrade", "head"]);
    assert_eq!(standby.shell(name, "SELECT x FROM led ORDER BY x;"), "1\n2");
    assert_eq!(standby.shell(name, "SELECT version_num FROM aludel_version;"), "b2222");
    assert_eq!(project.json(&["status"])["services"][0]["incomplete"], serde_json::Value::Null);
}

#[test]
fn postgres_with_a_promotion_in_the_middle_of_a_transaction() {
    promoted_in_the_middle("");
}

#[test]
fn postgres_with_a_promotion_in_the_middle_of_statements_outside_a_transaction() {
    promoted_in_the_middle("-- transaction: false");
}
