//! `wait`, `--create-database`, `create-database` and `drop-database`.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStderr, Stdio};

use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    databases_are_created_and_dropped,
    a_deploy_and_a_push_create_the_database,
    waiting_ends_when_another_job_has_migrated,
    waiting_creates_what_is_missing,
}

/// Creates a project with a revision whose database does not exist. Returns it with the database's URL.
fn project_without_database(kind: Kind) -> (Project, String) {
    let project = Project::new();
    let url = match kind.server() {
        Some(server) => {
            let url = server.new_database();
            drop_by_hand(kind, &url);
            url
        }
        None => format!("sqlite:{}", project.path("data/deep/app.db").display()),
    };
    project.write("aludel.yaml", &format!("services:\n  app:\n    url: \"{url}\"\n    revisions: r\n"));
    project.revision("aaaa1111", "", "CREATE TABLE users (id INTEGER);", "DROP TABLE users;");
    (project, url)
}

fn name(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or_default()
}

fn drop_by_hand(kind: Kind, url: &str) {
    kind.server().unwrap().shell("", &format!("DROP DATABASE {};", name(url)));
}

fn databases_are_created_and_dropped(kind: Kind) {
    let (project, url) = project_without_database(kind);
    if kind != Kind::Sqlite {
        let refused = project.json(&["upgrade", "head"]);
        assert!(refused["error"]["hints"].to_string().contains("aludel create-database"), "{refused}");
    }
    let dry = project.run(&["upgrade", "head", "--create-database", "--dry-run"]);
    assert_eq!(dry.status, 2, "{}", dry.stderr);
    let run = project.run(&["upgrade", "head", "--create-database"]);
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    assert!(run.stderr.contains("app: created the database"), "{}", run.stderr);
    let again = project.run(&["upgrade", "head", "--create-database"]);
    assert!(again.status == 0 && !again.stderr.contains("created"), "{}", again.stderr);
    let exists = project.json(&["create-database"]);
    assert_eq!(exists["services"][0]["created"], false, "{exists}");
    let unconfirmed = project.run(&["drop-database"]);
    assert_eq!(unconfirmed.status, 2, "{}", unconfirmed.stderr);
    project.ok(&["current", "--check-heads"]);
    let dropped = project.json(&["drop-database", "--yes"]);
    assert_eq!(dropped["services"][0]["dropped"], true, "{dropped}");
    assert_eq!(project.json(&["drop-database", "--yes"])["services"][0]["dropped"], false);
    assert_eq!(project.json(&["create-database"])["services"][0]["created"], true);
    assert_eq!(project.shell(kind, &url, "SELECT 1;"), "1");
}

fn a_deploy_and_a_push_create_the_database(kind: Kind) {
    let (project, url) = project_without_database(kind);
    project.ok(&["deploy", "head", "--create-database", "--no-backup"]);
    project.ok(&["current", "--check-heads"]);
    project.ok(&["drop-database", "--yes"]);
    project.write("schema.sql", "CREATE TABLE pushed (id INTEGER PRIMARY KEY);\n");
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    project.write("aludel.yaml", &format!("{config}    schema: schema.sql\n"));
    project.ok(&["push", "--create-database", "--yes"]);
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM pushed;"), "0");
}

#[test]
fn a_protected_database_and_one_that_it_shares_are_not_dropped() {
    let project = Project::new();
    let service = |name: &str, rest: &str| {
        format!("  {name}:\n    url: sqlite:app.db\n    revisions: r\n    version_table: {name}\n{rest}")
    };
    let config = |rest: &str| format!("services:\n{}{}", service("auth", ""), service("chat", rest));
    project.write("aludel.yaml", &config("    protected: true\n"));
    project.write("r/a.sql", "-- revision: aaaa1111\n\n-- @upgrade\n\n-- @downgrade\n");
    project.ok(&["create-database", "--all"]);
    for service in ["auth", "chat"] {
        let refused = project.json(&["drop-database", "-s", service, "--yes"]);
        assert_eq!(refused["error"]["code"], "protected", "{refused}");
    }
    assert!(project.path("app.db").exists());
    project.write("aludel.yaml", &config(""));
    let run = project.run(&["drop-database", "-s", "auth", "--yes"]);
    assert!(run.status == 0 && run.stderr.contains("the service chat has its tables in the same"), "{}", run.stderr);
    assert!(!project.path("app.db").exists());
}

#[test]
fn a_database_with_sessions_is_not_dropped() {
    let (project, _) = project_without_database(Kind::Postgres);
    project.ok(&["upgrade", "head", "--create-database"]);
    let url = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    let url = url.split('"').nth(1).unwrap().to_owned();
    let session = support_session(&url);
    let refused = project.json(&["drop-database", "--yes"]);
    assert_eq!(refused["error"]["sqlstate"], "55006", "{refused}");
    drop(session);
}

/// Opens a session of the library that lasts until it is dropped.
fn support_session(url: &str) -> Box<dyn std::any::Any> {
    let table = aludel::database::VersionTable { schema: None, name: "aludel_version".to_owned() };
    let url = aludel::config::DatabaseUrl::parse(url, None).unwrap();
    Box::new(aludel::drivers::open(&url, &table, "session", &|_| None).unwrap())
}

/// Starts `wait` and returns once it has reported why it waits.
fn start_waiting(project: &Project, arguments: &[&str]) -> (Child, BufReader<ChildStderr>) {
    let mut command = project.command(&[&["wait", "--timeout", "60s"], arguments].concat());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    stderr.read_line(&mut line).unwrap();
    assert!(line.contains("app: waiting: "), "{line}");
    (child, stderr)
}

fn waiting_ends_when_another_job_has_migrated(kind: Kind) {
    let (project, _) = project_without_database(kind);
    project.ok(&["create-database"]);
    let late = project.json(&["wait", "--for", "heads", "--timeout", "2s"]);
    assert_eq!(late["error"]["code"], "wait-timeout", "{late}");
    assert!(late["error"]["notes"].to_string().contains("1 revision pending, at base"), "{late}");
    assert_eq!(late["services"][0]["ready"], false, "{late}");
    let (mut child, mut stderr) = start_waiting(&project, &["--for", "heads", "--json"]);
    project.ok(&["upgrade", "head"]);
    let mut rest = String::new();
    std::io::Read::read_to_string(&mut stderr, &mut rest).unwrap();
    assert!(child.wait().unwrap().success(), "{rest}");
    assert!(rest.contains("app: all revisions are applied, after "), "{rest}");
    let document: serde_json::Value = serde_json::from_reader(child.stdout.take().unwrap()).unwrap();
    assert_eq!((&document["services"][0]["ready"], &document["services"][0]["for"]), (&true.into(), &"heads".into()));
    project.ok(&["wait", "--for", "heads", "--timeout", "30s"]);
}

fn waiting_creates_what_is_missing(kind: Kind) {
    let (project, _) = project_without_database(kind);
    project.ok(&["wait", "--create-database"]);
    project.ok(&["upgrade", "head"]);
}

#[test]
fn waiting_for_a_server_ends_when_the_database_is_there() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let (project, url) = project_without_database(kind);
        let (mut child, mut stderr) = start_waiting(&project, &[]);
        kind.server().unwrap().shell("", &format!("CREATE DATABASE {};", name(&url)));
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut stderr, &mut rest).unwrap();
        assert!(child.wait().unwrap().success() && rest.contains("app: the server answers, after "), "{rest}");
    }
}

#[test]
fn a_database_that_is_missing_is_called_so() {
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let (project, _) = project_without_database(kind);
        let run = project.run(&["wait", "--timeout", "1s"]);
        assert!(run.status == 1 && run.stderr.contains("app: the database does not exist after 1"), "{}", run.stderr);
        assert!(run.stderr.contains("hint: `aludel wait --create-database` creates it"), "{}", run.stderr);
    }
}

#[test]
fn a_server_that_never_answers_does_not_hold_up_the_timeout() {
    // A listener that accepts nothing: the connection is made by the system, and no byte ever comes.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let project = Project::new();
    let silent = format!("  silent:\n    url: postgres://u@127.0.0.1:{port}/d\n    revisions: r\n");
    project.write("aludel.yaml", &format!("services:\n  here:\n    url: sqlite:a.db\n    revisions: r\n{silent}"));
    let started = std::time::Instant::now();
    let document = project.json(&["wait", "--timeout", "300ms"]);
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    assert_eq!(document["error"]["code"], "wait-timeout", "{document}");
    assert_eq!(document["error"]["service"], "silent", "{document}");
    let ready: Vec<_> = document["services"].as_array().unwrap().iter().map(|service| &service["ready"]).collect();
    assert_eq!(ready, [true, false]);
}
