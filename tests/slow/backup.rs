//! Backups and restores on real databases: restored contents, effects of failures, secrecy of passwords.

mod configured;
mod faults;
mod servers;
mod versions;

use std::path::PathBuf;

use crate::support::on_each_database;
use crate::support::project::{Kind, Project, Run, until};

on_each_database! {
    a_restore_brings_back_what_was_backed_up,
    a_restore_into_an_emptied_database_is_whole,
    the_journal_has_backup_and_restore,
    a_verified_backup_leaves_no_scratch_database,
    only_as_many_as_wanted_are_kept,
    a_pipe_goes_both_ways,
    a_damaged_backup_changes_nothing,
    the_wrong_name_changes_nothing,
    a_protected_service_is_restored_only_when_that_is_said,
    a_pipe_is_no_backup_to_restore,
    while_a_runner_holds_the_lock_there_is_no_backup,
    a_deploy_that_fails_restores_its_own_backup,
}

/// Tables that refer to each other, a view, text that needs quoting. `fill` adds 500 rows.
const SCHEMA: &str = "CREATE TABLE parent (id int PRIMARY KEY, name varchar(100));
CREATE TABLE child (id int PRIMARY KEY, parent_id int REFERENCES parent (id), note varchar(100));
CREATE VIEW names AS SELECT name FROM parent;
INSERT INTO parent VALUES (1, 'O''Neill; \"x\" -- größe'), (2, NULL);";

/// Creates a project at `a1111` with rows.
fn filled(kind: Kind) -> (Project, String) {
    let (project, url) = Project::with_database(kind);
    fill(&project);
    (project, url)
}

fn fill(project: &Project) {
    let rows: Vec<_> = (1..=500).map(|id| format!("({id}, {}, 'row {id}')", id % 2 + 1)).collect();
    let upgrade = format!("{SCHEMA}\nINSERT INTO child VALUES {};", rows.join(", "));
    project.revision("a1111", "", &upgrade, "DROP VIEW names; DROP TABLE child; DROP TABLE parent;");
    let later =
        "CREATE TABLE later (x int PRIMARY KEY, child_id int REFERENCES child (id)); DELETE FROM child WHERE id > 100;";
    project.revision("b2222", "a1111", later, "DROP TABLE later;");
    project.ok(&["upgrade", "a1111"]);
}

/// Returns a summary of all rows.
fn content(project: &Project, kind: Kind, url: &str) -> String {
    let questions = [
        "SELECT count(*), sum(id), min(note), max(note) FROM child;",
        "SELECT id, name FROM parent ORDER BY id;",
        "SELECT count(*) FROM names;",
        "SELECT version_num FROM aludel_version;",
        tables(kind),
    ];
    questions.map(|sql| project.shell(kind, url, sql)).join("\n")
}

const fn tables(kind: Kind) -> &'static str {
    match kind {
        Kind::Sqlite => "SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY 1;",
        Kind::Postgres => "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1;",
        Kind::Mariadb => "SELECT table_name FROM information_schema.tables WHERE table_schema = database() ORDER BY 1;",
    }
}

/// Takes a backup and returns its path.
fn backed_up(project: &Project, arguments: &[&str]) -> PathBuf {
    let path = project.ok(&[&["backup"], arguments].concat());
    project.path(path.trim())
}

/// Returns the names of the files in the folder of backups, including hidden ones.
fn shelf(project: &Project) -> Vec<String> {
    let entries = std::fs::read_dir(project.path("backups")).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn configure(project: &Project, url: &str, backup: &str) {
    project.write(
        "aludel.yaml",
        &format!("services:\n  app:\n    url: \"{url}\"\n    revisions: r\n    backup: {backup}\n"),
    );
}

fn a_restore_brings_back_what_was_backed_up(kind: Kind) {
    let (project, url) = filled(kind);
    let before = content(&project, kind, &url);
    let path = backed_up(&project, &[]);
    project.ok(&["upgrade", "head"]);
    project.shell(kind, &url, "UPDATE parent SET name = 'changed';");
    assert_ne!(content(&project, kind, &url), before);
    let run = project.run(&["restore", path.to_str().unwrap(), "--yes"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.trim_end().ends_with("now at a1111"), "{}", run.stderr);
    assert_eq!(content(&project, kind, &url), before);
    // The restored database can be upgraded.
    project.ok(&["upgrade", "head"]);
    project.ok(&["restore", "latest", "--yes"]);
    assert_eq!(content(&project, kind, &url), before);
}

fn a_restore_into_an_emptied_database_is_whole(kind: Kind) {
    let (project, url) = filled(kind);
    let before = content(&project, kind, &url);
    backed_up(&project, &[]);
    let other = project.new_database(kind, "other");
    project.ok(&["restore", "latest", "--yes", "--url", &other]);
    assert_eq!(content(&project, kind, &other), before);
    project.ok(&["upgrade", "head", "--url", &other]);
    assert_eq!(content(&project, kind, &url), before);
}

fn the_journal_has_backup_and_restore(kind: Kind) {
    let (project, _) = filled(kind);
    let taken = project.json(&["backup"])["services"][0].clone();
    assert_eq!(taken["in_journal"], true, "{taken}");
    assert_eq!(taken["rows"], serde_json::json!(["a1111"]));
    let newest = |project: &Project| project.json(&["log", "-n", "1"])["services"][0]["journal"][0].clone();
    let row = newest(&project);
    assert_eq!((row["operation"].as_str(), row["state"].as_str()), (Some("backup"), Some("done")));
    assert_eq!(row["checksum"], taken["blake3"]);
    assert!(row["note"].as_str().unwrap().contains(&format!("{} bytes", taken["size"])), "{row}");
    project.ok(&["restore", "latest", "--yes"]);
    let row = newest(&project);
    assert_eq!((row["operation"].as_str(), row["state"].as_str()), (Some("restore"), Some("done")));
    assert_eq!(row["checksum"], taken["blake3"]);
    assert_eq!(project.json(&["status"])["services"][0]["incomplete"], serde_json::Value::Null);
    assert!(project.ok(&["log"]).contains("restore"));
}

fn databases(project: &Project, kind: Kind, url: &str) -> String {
    let sql = match kind {
        Kind::Sqlite => return String::new(),
        Kind::Postgres => "SELECT datname FROM pg_database WHERE datname LIKE 'aludel_verify%';",
        Kind::Mariadb => "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'aludel_verify%';",
    };
    project.shell(kind, url, sql)
}

fn a_verified_backup_leaves_no_scratch_database(kind: Kind) {
    let (project, url) = filled(kind);
    let taken = project.json(&["backup", "--verify"])["services"][0].clone();
    // parent, child, version table, journal, snapshot: 2 + 500 + 1 + 1 + 1 rows
    assert_eq!(taken["verified"]["tables"], 5, "{taken}");
    assert_eq!(taken["verified"]["rows"], 505, "{taken}");
    until("no scratch database is left", || databases(&project, kind, &url).is_empty());
}

fn only_as_many_as_wanted_are_kept(kind: Kind) {
    let (project, url) = filled(kind);
    configure(&project, &url, "{keep: 2}");
    let first = backed_up(&project, &[]);
    for _ in 0..2 {
        backed_up(&project, &[]);
    }
    assert_eq!(shelf(&project).len(), 4, "{:?}", shelf(&project));
    assert!(!first.exists());
    // Backups of another service in the same folder are not deleted.
    let config = format!("services:\n  other:\n    url: \"{url}\"\n    revisions: r\n    version_table: v\n");
    project.write("other.yaml", &config);
    project.ok(&["backup", "-c", "other.yaml", "--keep", "1"]);
    assert_eq!(shelf(&project).len(), 6, "{:?}", shelf(&project));
    project.ok(&["backup", "--keep", "1"]);
    assert_eq!(shelf(&project).len(), 4, "{:?}", shelf(&project));
}

fn a_pipe_goes_both_ways(kind: Kind) {
    let (project, url) = filled(kind);
    configure(&project, &url, "{pipe: \"gzip -1 | cat\", unpipe: gzip -dc}");
    let before = content(&project, kind, &url);
    let path = backed_up(&project, &["--verify"]);
    assert!(path.to_str().unwrap().contains(".gz"), "{path:?}");
    assert_eq!(std::fs::read(&path).unwrap()[..2], [0x1f, 0x8b]);
    project.ok(&["upgrade", "head"]);
    project.ok(&["restore", "latest", "--yes"]);
    assert_eq!(content(&project, kind, &url), before);
    configure(&project, &url, "{pipe: gzip}");
    assert_eq!(project.json(&["restore", "latest", "--yes"])["error"]["code"], "backup-refused");
    assert_eq!(project.json(&["backup", "--verify"])["error"]["code"], "backup-refused");
}

fn a_damaged_backup_changes_nothing(kind: Kind) {
    let (project, url) = filled(kind);
    let path = backed_up(&project, &[]);
    project.ok(&["upgrade", "head"]);
    let before = content(&project, kind, &url);
    let good = std::fs::read(&path).unwrap();
    let mut bad = good.clone();
    let middle = bad.len() / 2;
    bad[middle] ^= 1;
    for damaged in [&bad[..], &good[..good.len() - 1]] {
        std::fs::write(&path, damaged).unwrap();
        let refused = project.json(&["restore", "latest", "--yes"]);
        assert_eq!(refused["error"]["code"], "backup-damaged", "{refused}");
        assert_eq!(content(&project, kind, &url), before);
    }
    std::fs::remove_file(format!("{}.json", path.display())).unwrap();
    let refused = project.json(&["restore", path.to_str().unwrap(), "--yes"]);
    assert_eq!(refused["error"]["code"], "backup-record-missing", "{refused}");
    assert_eq!(project.json(&["restore", "latest", "--yes"])["error"]["code"], "backup-not-found");
}

fn the_wrong_name_changes_nothing(kind: Kind) {
    let (project, url) = filled(kind);
    backed_up(&project, &[]);
    project.ok(&["upgrade", "head"]);
    let before = content(&project, kind, &url);
    let answer = |answer: &str| {
        use std::io::Write as _;
        let mut command = project.command(&["restore", "latest"]);
        command
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(answer.as_bytes()).unwrap();
        Run::of(child.wait_with_output().unwrap())
    };
    for wrong in ["", "yes\n"] {
        let run = answer(wrong);
        assert_eq!(run.status, 1);
        assert!(run.stderr.contains("not-confirmed"), "{}", run.stderr);
        assert_eq!(content(&project, kind, &url), before);
    }
    let name = url.rsplit('/').next().unwrap();
    let run = answer(&format!("{name}\n"));
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert_ne!(content(&project, kind, &url), before);
}

/// Reading it would wait for a writer for ever.
fn a_pipe_is_no_backup_to_restore(kind: Kind) {
    let (project, _) = filled(kind);
    let path = backed_up(&project, &[]);
    std::fs::copy(format!("{}.json", path.display()), project.path("pipe.json")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(project.path("pipe")).status().unwrap();
    assert!(made.success());
    assert_eq!(project.json(&["restore", "pipe", "--yes"])["error"]["code"], "backup-not-found");
}

fn a_protected_service_is_restored_only_when_that_is_said(kind: Kind) {
    let (project, url) = filled(kind);
    backed_up(&project, &[]);
    project.ok(&["upgrade", "head"]);
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    project.write("aludel.yaml", &config.replace("services:", "protected: true\nservices:"));
    let before = content(&project, kind, &url);
    let refused = project.json(&["restore", "latest", "--yes"]);
    assert_eq!(refused["error"]["code"], "protected", "{refused}");
    assert!(refused["error"]["hints"].to_string().contains("--allow-protected"), "{refused}");
    assert_eq!(content(&project, kind, &url), before);
    project.ok(&["restore", "latest", "--yes", "--allow-protected"]);
    assert_ne!(content(&project, kind, &url), before);
}

fn while_a_runner_holds_the_lock_there_is_no_backup(kind: Kind) {
    let (project, _) = filled(kind);
    let slow = match kind {
        Kind::Postgres => "SELECT pg_sleep(30);",
        Kind::Mariadb => "SELECT sleep(30);",
        Kind::Sqlite => {
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 300000000) SELECT max(x) FROM n;"
        }
    };
    project.revision("b2222", "a1111", slow, "");
    let mut runner = project.command(&["upgrade", "head", "-q"]).spawn().unwrap();
    // Poll with `stamp`, which holds the lock briefly: backups in close succession would keep the runner from getting
    // it.
    let stamp = ["stamp", "a1111", "--lock-timeout", "0"];
    until("the runner has the lock", || project.json(&stamp)["error"]["code"] == "locked");
    assert_eq!(project.json(&["backup", "--lock-timeout", "0"])["error"]["code"], "locked");
    let refused = project.json(&["restore", "latest", "--yes", "--lock-timeout", "0"]);
    assert!(["locked", "backup-not-found"].contains(&refused["error"]["code"].as_str().unwrap()), "{refused}");
    runner.kill().unwrap();
    runner.wait().unwrap();
}

fn a_deploy_that_fails_restores_its_own_backup(kind: Kind) {
    let (project, url) = filled(kind);
    let before = content(&project, kind, &url);
    let config = format!(
        "services:\n  app:\n    url: \"{url}\"\n    revisions: r\n    on_failure: restore\n    checks:\n      - {{name: never, query: SELECT 1 AS one}}\n"
    );
    project.write("aludel.yaml", &config);
    let run = project.run(&["deploy", "--yes"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.contains("restored"), "{}", run.stderr);
    assert_eq!(content(&project, kind, &url), before);
    assert_eq!(shelf(&project).len(), 2);
}
