//! Passwords and URLs that a program prints for each connection: a token that is valid once.

use crate::support::project::{Kind, Project};
use crate::support::{self, Server};

/// Server on which the user `token` needs a password.
fn server_with_passwords(kind: Kind) -> Server {
    match kind {
        Kind::Postgres => support::start_postgres(&support::PostgresOptions {
            hba: vec!["host all token all scram-sha-256".to_owned()],
            ..support::PostgresOptions::default()
        }),
        Kind::Mariadb => support::start_mariadb(),
        Kind::Sqlite => unreachable!("SQLite has no passwords"),
    }
}

/// A project whose program `token` changes the password of the user `token` with each call, prints it with `format`
/// (`%s`), and counts its calls.
fn project_with_tokens(kind: Kind, server: &Server, format: &str) -> Project {
    let project = Project::new();
    let mut client = match kind {
        Kind::Postgres => server.psql("postgres"),
        _ => server.mariadb_client(""),
    };
    let (create, alter) = match kind {
        Kind::Postgres => ("CREATE ROLE token LOGIN SUPERUSER PASSWORD 'none';", "ALTER ROLE token PASSWORD"),
        _ => ("CREATE USER token; GRANT ALL ON *.* TO token WITH GRANT OPTION;", "ALTER USER token IDENTIFIED BY"),
    };
    server.shell("", create);
    let words = std::iter::once(client.get_program()).chain(client.get_args());
    let words: Vec<String> = words.map(|word| format!("'{}'", word.to_string_lossy())).collect();
    let password = server.address.password.clone();
    let script = format!(
        "#!/bin/sh\nset -e\ncd \"$(dirname \"$0\")\"\necho >> calls\nn=$(wc -l < calls)\n\
         echo \"{alter} 'geheim-$n';\" | MYSQL_PWD='{password}' {} > /dev/null\necho \"call $n\" >&2\n\
         printf '{format}\\n' \"geheim-$n\"\n",
        words.join(" ")
    );
    client.stdin(std::process::Stdio::null());
    project.write("token", &script);
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(project.path("token"), mode).unwrap();
    project.revision("aaaa1111", "", "CREATE TABLE users (id INTEGER);", "DROP TABLE users;");
    project
}

fn calls(project: &Project) -> usize {
    std::fs::read_to_string(project.path("calls")).unwrap_or_default().lines().count()
}

/// Runs commands that open one and several connections, and a dump program.
fn each_connection_gets_its_own_token(project: &Project) {
    project.ok(&["history"]);
    project.ok(&["heads"]);
    assert_eq!(calls(project), 0, "no database is needed, so the program does not run");
    project.ok(&["current"]);
    assert_eq!(calls(project), 1, "one connection, one call");
    let run = project.run(&["upgrade", "head"]);
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
    assert!(calls(project) >= 3, "a lease has a connection of its own: {}", calls(project));
    let backup = project.run(&["backup", "--verify"]);
    assert_eq!(backup.status, 0, "{}{}", backup.stdout, backup.stderr);
    for run in [run, backup] {
        assert!(!format!("{}{}", run.stdout, run.stderr).contains("geheim"), "{}{}", run.stdout, run.stderr);
    }
    let status = project.ok(&["status"]);
    assert!(!status.contains("geheim") && status.contains("token"), "{status}");
}

fn tokens(kind: Kind) {
    let server = server_with_passwords(kind);
    let database = server.new_database();
    let address = support::Address::parse(&database);
    let scheme = if kind == Kind::Postgres { "postgres" } else { "mysql" };
    let place = format!("{}:{}/{}", address.host, address.port, address.database);
    let project = project_with_tokens(kind, &server, "%s");
    let config = format!("url: {scheme}://token@{place}\nurl_command: ./token\nrevisions: r\nlock: lease\n");
    project.write("aludel.yaml", &config);
    each_connection_gets_its_own_token(&project);
}

#[test]
fn postgres_takes_a_new_token_for_each_connection() {
    tokens(Kind::Postgres);
}

#[test]
fn mariadb_takes_a_new_token_for_each_connection() {
    tokens(Kind::Mariadb);
}

#[test]
fn the_whole_url_can_be_printed() {
    let server = server_with_passwords(Kind::Postgres);
    let address = support::Address::parse(&server.new_database());
    let place = format!("{}:{}/{}", address.host, address.port, address.database);
    let project = project_with_tokens(Kind::Postgres, &server, &format!("postgres://token:%s@{place}"));
    project.write("aludel.yaml", "url_command: [./token]\nrevisions: r\nlock: lease\n");
    each_connection_gets_its_own_token(&project);
    let script = project.ok(&["upgrade", "head", "--sql"]);
    assert!(script.contains("CREATE TABLE users"), "{script}");
}

#[test]
fn a_password_file_is_read_for_each_connection() {
    let project = Project::new();
    let url = support::postgres().new_database();
    let address = support::Address::parse(&url);
    let place = format!("{}:{}/{}", address.host, address.port, address.database);
    project.write("aludel.yaml", &format!("url: postgres://locked@{place}\npassword_file: secret\nrevisions: r\n"));
    project.revision("aaaa1111", "", "CREATE TABLE users (id INTEGER);", "DROP TABLE users;");
    let missing = project.json(&["current"]);
    assert_eq!(missing["error"]["code"], "password-unavailable", "{missing}");
    project.write("secret", "wrong\n");
    assert_eq!(project.json(&["current"])["error"]["code"], "connection-failed");
    project.write("secret", "pass@word/%\n");
    project.ok(&["upgrade", "head"]);
}
