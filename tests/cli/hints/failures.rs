//! Failures that the revision file did not cause, with the suggested remedies.

use crate::support;
use crate::support::project::{Kind, Project, until};

const KINDS: [Kind; 3] = [Kind::Sqlite, Kind::Postgres, Kind::Mariadb];

fn hints(document: &serde_json::Value) -> String {
    document["error"]["hints"].to_string()
}

/// Creates a project and runs `sql` in its database before the first run.
fn prepared(kind: Kind, sql: &str) -> (Project, String) {
    let (project, url) = Project::with_database(kind);
    project.shell(kind, &url, sql);
    (project, url)
}

#[test]
fn what_is_there_already_leads_to_stamp_detect() {
    for kind in KINDS {
        for upgrade in ["CREATE TABLE t (i int);", "ALTER TABLE t ADD COLUMN i int;"] {
            let (project, _) = prepared(kind, "CREATE TABLE t (i int);");
            project.revision("aaaa1111", "", upgrade, "");
            let failed = project.json(&["upgrade", "head"]);
            assert_eq!(failed["error"]["code"], "statement-failed", "{failed}");
            assert!(hints(&failed).contains("`aludel stamp --detect`"), "{kind:?} {upgrade}: {failed}");
        }
    }
}

#[test]
fn stamp_detect_settles_what_the_hint_is_about() {
    for kind in [Kind::Sqlite, Kind::Mariadb] {
        let (project, _) = prepared(kind, "CREATE TABLE t (i int);");
        project.revision("aaaa1111", "", "CREATE TABLE t (i int);", "DROP TABLE t;");
        assert_eq!(project.run(&["upgrade", "head"]).status, 1);
        project.ok(&["stamp", "--detect"]);
        project.ok(&["current", "--check-heads"]);
    }
}

#[test]
fn rows_that_no_file_explains_lead_to_stamp_detect() {
    let sql = "CREATE TABLE aludel_version (version_num varchar(255) PRIMARY KEY); INSERT INTO aludel_version VALUES ('zzzz');";
    let (project, _) = prepared(Kind::Sqlite, sql);
    project.revision("aaaa1111", "", "SELECT 1;", "");
    let failed = project.json(&["upgrade", "head"]);
    assert_eq!(failed["error"]["code"], "unknown-row");
    assert!(hints(&failed).contains("aludel stamp --detect"), "{failed}");
}

#[test]
fn a_killed_statement_is_told_with_the_servers_message() {
    let (project, url) = Project::with_database(Kind::Mariadb);
    project.revision("aaaa1111", "", "SELECT sleep(60);", "");
    let mut runner = project.command(&["upgrade", "head", "--json"]);
    let runner = runner.stdout(std::process::Stdio::piped()).spawn().unwrap();
    let name = url.rsplit('/').next().unwrap();
    let id = format!(
        "SELECT id FROM information_schema.processlist WHERE db = '{name}' AND info LIKE 'SELECT sleep%' LIMIT 1"
    );
    let mut found = String::new();
    until("the statement to run", || {
        found = project.shell(Kind::Mariadb, &url, &id).trim().to_owned();
        !found.is_empty()
    });
    project.shell(Kind::Mariadb, &url, &format!("KILL QUERY {found}"));
    let output = runner.wait_with_output().unwrap();
    let failed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(failed["error"]["code"], "statement-failed", "{failed}");
    assert_eq!(failed["error"]["message"], "Query execution was interrupted");
    assert!(!hints(&failed).contains("fix the file"), "{failed}");
}

#[test]
fn foreign_keys_off_is_to_be_taken_out() {
    let (project, _) = Project::with_database(Kind::Sqlite);
    project.revision("aaaa1111", "", "PRAGMA foreign_keys=OFF;\nCREATE TABLE t (i int);", "");
    let failed = project.json(&["upgrade", "head"]);
    assert_eq!(failed["error"]["code"], "revision-refused");
    assert!(hints(&failed).contains("remove it: foreign keys are not enforced while revisions run"), "{failed}");
    assert!(!hints(&failed).contains("transaction: false"), "{failed}");
}

/// Returns the hints of `upgrade` and of `preflight` on a read-only server.
fn read_only(project: &Project, url: &str) -> (String, String) {
    let failed = project.json(&["upgrade", "head", "--url", url]);
    assert_eq!(failed["error"]["code"], "read-only-server", "{failed}");
    assert!(!hints(&failed).contains("fix the file"), "{failed}");
    let preflight = project.run(&["preflight", "--url", url]);
    assert_eq!(preflight.status, 3, "{}", preflight.stdout);
    assert!(preflight.stdout.contains("the server accepts no writes"), "{}", preflight.stdout);
    (format!("{} {}", failed["error"]["message"], hints(&failed)), preflight.stdout)
}

#[test]
fn a_replica_is_told_as_one_with_its_primary() {
    let hba = vec!["host replication all all trust".to_owned()];
    let primary = support::start_postgres(&support::PostgresOptions { hba, ..support::PostgresOptions::default() });
    let url = primary.new_database();
    let replica = support::start_postgres_replica(&primary, &support::PostgresOptions::default());
    let project = Project::new();
    project.write("aludel.yaml", &format!("services:\n  app:\n    url: \"{url}\"\n    revisions: r\n"));
    project.revision("aaaa1111", "", "CREATE TABLE t (i int);", "");
    let of_replica = replica.address.url(url.rsplit('/').next().unwrap());
    until("the database to be on the replica", || project.run(&["current", "--url", &of_replica]).status == 0);
    let port = primary.address.port.to_string();
    let (upgrade, preflight) = read_only(&project, &of_replica);
    assert!(upgrade.contains("it is a replica") && upgrade.contains(&port), "{upgrade}");
    assert!(preflight.contains(&port), "{preflight}");
    // If the tables exist already, the server refuses the revision itself.
    project.ok(&["upgrade", "head"]);
    project.revision("aaaa2222", "aaaa1111", "CREATE TABLE u (i int);", "");
    until("the first revision to be on the replica", || {
        project.ok(&["current", "--url", &of_replica]).contains("aaaa1111")
    });
    read_only(&project, &of_replica);
}

#[test]
fn a_read_only_mariadb_is_told_as_one_and_not_to_whom_it_does_not_hold() {
    let server = support::start_mariadb();
    let url = server.new_database();
    let name = url.rsplit('/').next().unwrap();
    let sql = format!(
        "CREATE USER plain@'%' IDENTIFIED BY 'p'; GRANT ALL ON `{name}`.* TO plain@'%'; SET GLOBAL read_only = 1;"
    );
    server.shell("", &sql);
    let project = Project::new();
    project.write("aludel.yaml", &format!("services:\n  app:\n    url: \"{url}\"\n    revisions: r\n"));
    project.revision("aaaa1111", "", "CREATE TABLE t (i int);", "");
    let address = &server.address;
    let (upgrade, _) = read_only(&project, &format!("mysql://plain:p@{}:{}/{name}", address.host, address.port));
    assert!(upgrade.contains("read_only is on"), "{upgrade}");
    // An administrator may write in spite of read_only; preflight and upgrade both succeed.
    assert_eq!(project.run(&["preflight"]).status, 0);
    project.ok(&["upgrade", "head"]);
}

#[test]
fn behind_a_pooler_the_lock_that_is_left_comes_with_the_way_to_end_it() {
    let truth = support::postgres();
    let url = truth.new_database();
    let pooled = support::pgbouncer().address.url(url.rsplit('/').next().unwrap());
    let project = Project::new();
    project.write("aludel.yaml", &format!("services:\n  app:\n    url: \"{pooled}\"\n    revisions: r\n"));
    project.revision("aaaa1111", "", "CREATE TABLE t (i int);", "");
    // Simultaneous clients make the pooler open several sessions, so that each transaction may get another one.
    std::thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| support::pgbouncer().try_shell(url.rsplit('/').next().unwrap(), "SELECT pg_sleep(0.5);"));
        }
    });
    let failed = project.json(&["upgrade", "head", "--lock-timeout", "0"]);
    assert_eq!(failed["error"]["code"], "database-error", "{failed}");
    let said = failed["error"].to_string();
    assert!(said.contains("pg_terminate_backend("), "{said}");
    assert!(!said.contains("fix the file"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_backup_from_a_read_only_file_system_needs_no_lock_file() {
    let (project, _) = Project::with_database(Kind::Sqlite);
    project.revision("aaaa1111", "", "CREATE TABLE t (i int);", "DROP TABLE t;");
    project.ok(&["upgrade", "head"]);
    let kept = Project::new();
    let script = format!(
        "cd '{0}' && mount --bind . . && mount -o remount,bind,ro . && cd '{0}' && '{1}' backup --folder '{2}' && \
         '{1}' current && ! '{1}' downgrade base --yes",
        project.path("").display(),
        env!("CARGO_BIN_EXE_aludel"),
        kept.path("backups").display()
    );
    let mut command = std::process::Command::new("unshare");
    let output =
        command.args(["--map-root-user", "--mount", "sh", "-c", &script]).env("NO_COLOR", "1").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("error[read-only-server]"), "{said}");
    assert_eq!(std::fs::read_dir(kept.path("backups")).unwrap().count(), 2, "the backup and its record: {said}");
}
