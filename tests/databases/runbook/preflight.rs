//! `preflight`: obstacles are found before anything runs.

use crate::support::on_each_database;
use serde_json::Value;

use super::*;

on_each_database! {
    nothing_stands_in_the_way_of_a_fresh_database,
    the_plan_shows_locks_and_sizes,
    an_unknown_row_stands_in_the_way,
    a_server_that_does_not_answer_stands_in_the_way,
}

const USERS: &str = "CREATE TABLE users (id int PRIMARY KEY, email varchar(40));\nINSERT INTO users VALUES (1, 'a@b');";

fn item<'d>(document: &'d Value, check: &str) -> &'d Value {
    let checks = document["services"][0]["checks"].as_array().unwrap_or_else(|| panic!("{document}"));
    checks.iter().find(|item| item["check"] == check).unwrap_or_else(|| panic!("{check}: {document}"))
}

fn nothing_stands_in_the_way_of_a_fresh_database(kind: Kind) {
    let (project, _) = project(kind, "");
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    let text = project.ok(&["preflight", "--report", "p.md"]);
    assert!(text.contains("nothing blocks the upgrade") && text.contains("1 revision to run"), "{text}");
    assert!(std::fs::read_to_string(project.path("p.md")).unwrap().contains("| ok | connection |"));
    assert!(!project.path("app.db").exists(), "looking makes nothing");
}

fn the_plan_shows_locks_and_sizes(kind: Kind) {
    let (project, _) = project(kind, "");
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    project.ok(&["upgrade", "head"]);
    project.revision("bbbb", "aaaa", "ALTER TABLE users ADD COLUMN family int;\nCREATE TABLE families (id int);", "");
    let document = project.json(&["preflight"]);
    let plan = item(&document, "plan");
    let rows = plan["rows"].as_array().unwrap();
    assert_eq!(rows[0][1], "ALTER TABLE");
    assert_eq!(rows[0][2], "users");
    let lock = match kind {
        Kind::Postgres => ("ACCESS EXCLUSIVE", "everything"),
        Kind::Mariadb => ("metadata, instant", "ddl"),
        Kind::Sqlite => ("the whole file", "writes"),
    };
    assert_eq!((rows[0][3].as_str().unwrap(), rows[0][4].as_str().unwrap()), lock);
    assert!(rows[0][6].as_str().unwrap().ends_with('B'), "{plan}");
    assert_eq!((&rows[1][1], &rows[1][2]), (&"CREATE TABLE".into(), &"families".into()));
}

fn an_unknown_row_stands_in_the_way(kind: Kind) {
    let (project, url) = project(kind, "");
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    project.ok(&["upgrade", "head"]);
    project.shell(kind, &url, "UPDATE aludel_version SET version_num = 'dead';");
    let run = project.run(&["preflight"]);
    assert_eq!(run.status, 3, "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("STOP"), "{}", run.stdout);
}

fn a_server_that_does_not_answer_stands_in_the_way(kind: Kind) {
    let project = Project::new();
    let url = match kind {
        Kind::Sqlite => format!("sqlite:{}", project.path("no/such/folder/a.db").display()),
        Kind::Postgres => "postgres://u:secret-word@127.0.0.1:1/x".to_owned(),
        Kind::Mariadb => "mysql://u:secret-word@127.0.0.1:1/x".to_owned(),
    };
    project.write("aludel.yaml", &format!("services:\n  app:\n    url: \"{url}\"\n    revisions: r\n"));
    project.revision("aaaa", "", USERS, "");
    let run = project.run(&["preflight", "--json"]);
    assert!(!run.stdout.contains("secret-word") && !run.stderr.contains("secret-word"));
    if kind != Kind::Sqlite {
        assert_eq!(run.status, 3, "{}{}", run.stdout, run.stderr);
        let document: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(item(&document, "connection")["level"], "stop");
    }
}

#[test]
fn postgres_names_the_missing_grants() {
    let (project, url) = project(Kind::Postgres, "");
    let server = Kind::Postgres.server().unwrap();
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    project.ok(&["upgrade", "head"]);
    let role = format!("migrator_{}", std::process::id());
    let name = url.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
    server.shell(&url, &format!("CREATE ROLE {role} LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT CONNECT ON DATABASE {name} TO {role}"));
    let upgrade = "CREATE TABLE rooms (u int REFERENCES users (id));\nALTER TABLE users ADD family int;\nUPDATE users SET family = 1;";
    project.revision("bbbb", "aaaa", upgrade, "");
    let own = url.replacen("postgres@", &format!("{role}@"), 1);
    let document = project.json(&["--url", &own, "preflight"]);
    assert_eq!(item(&document, "connection")["level"], "ok", "{document}");
    let item_of = |document: &Value| item(document, "privileges").clone();
    // Without SELECT on the version table there is no plan yet, so only that privilege is reported.
    let remedies: Vec<String> = serde_json::from_value(item(&document, "version-table")["remedies"].clone()).unwrap();
    server.shell(&url, &remedies.join("\n"));
    let document = project.json(&["--url", &own, "preflight"]);
    let remedies: Vec<String> = serde_json::from_value(item_of(&document)["remedies"].clone()).unwrap();
    for remedy in
        [format!("GRANT CREATE ON SCHEMA \"public\" TO \"{role}\";"), format!("GRANT \"postgres\" TO \"{role}\";")]
    {
        assert!(
            remedies.iter().any(|found| found.replace('"', "") == remedy.replace('"', "")),
            "{remedy} {remedies:?}"
        );
    }
    assert_eq!(project.run(&["--url", &own, "preflight"]).status, 3);
    // Each remedy is a statement that solves the problem.
    server.shell(&url, &remedies.join("\n"));
    let document = project.json(&["--url", &own, "preflight"]);
    assert_eq!(item_of(&document)["level"], "ok", "{document}");
    project.ok(&["--url", &own, "upgrade", "head"]);
}

#[test]
fn mariadb_names_the_missing_grants() {
    let (project, url) = project(Kind::Mariadb, "");
    let server = Kind::Mariadb.server().unwrap();
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    project.ok(&["upgrade", "head"]);
    let name = url.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
    let user = format!("migrator_{}", std::process::id());
    server.shell(&url, &format!("CREATE USER '{user}'@'%' IDENTIFIED BY 'secret-word'; GRANT SELECT, INSERT, UPDATE, DELETE ON `{name}`.* TO '{user}'@'%'"));
    project.revision(
        "bbbb",
        "aaaa",
        "ALTER TABLE users ADD family int;\nCREATE TABLE rooms (id int);\nDROP TABLE users;",
        "",
    );
    let (_, place) = url.split_once('@').unwrap();
    let own = format!("mysql://{user}:secret-word@{place}");
    let document = project.json(&["--url", &own, "preflight"]);
    let remedies: Vec<String> = serde_json::from_value(item(&document, "privileges")["remedies"].clone()).unwrap();
    assert_eq!(
        remedies,
        [
            format!("GRANT ALTER ON `{name}`.`users` TO '{user}'@'%';"),
            format!("GRANT CREATE ON `{name}`.* TO '{user}'@'%';"),
            format!("GRANT DROP ON `{name}`.`users` TO '{user}'@'%';"),
        ]
    );
    server.shell(&url, &remedies.join("\n"));
    let document = project.json(&["--url", &own, "preflight"]);
    assert_eq!(item(&document, "privileges")["level"], "ok", "{document}");
    project.ok(&["--url", &own, "upgrade", "head"]);
}

#[test]
fn a_transaction_that_holds_a_pending_table_stands_in_the_way() {
    let (project, url) = project(Kind::Postgres, "");
    project.revision("aaaa", "", USERS, "DROP TABLE users;");
    project.ok(&["upgrade", "head"]);
    let config: ::postgres::Config = url.parse().unwrap();
    let mut holder = config.connect(::postgres::NoTls).unwrap();
    let mut transaction = holder.transaction().unwrap();
    transaction.execute("SELECT * FROM users", &[]).unwrap();
    project.revision("bbbb", "aaaa", "CREATE TABLE other (id int);", "DROP TABLE other;");
    let look = ["preflight", "--max-transaction-age", "0"];
    let document = project.json(&look);
    assert_eq!(item(&document, "sessions")["level"], "warning", "{document}");
    project.revision("cccc", "bbbb", "ALTER TABLE users ADD family int;", "");
    let document = project.json(&look);
    assert_eq!(item(&document, "sessions")["level"], "stop", "{document}");
    assert_eq!(item(&document, "sessions")["rows"][0][5], "users");
    assert_eq!(
        item(&project.json(&["preflight"]), "sessions")["level"],
        "ok",
        "young transactions are nobody's business"
    );
    transaction.rollback().unwrap();
    assert_eq!(project.run(&look).status, 0);
}

#[test]
fn a_transaction_that_keeps_readers_out_stands_in_the_way_of_those_who_read() {
    let (project, url) = project(Kind::Postgres, "");
    project.revision("aaaa", "", &format!("{USERS}\nCREATE TABLE copy (id int);"), "DROP TABLE users;");
    project.ok(&["upgrade", "head"]);
    project.revision("bbbb", "aaaa", "INSERT INTO copy SELECT id FROM users;", "");
    let config: ::postgres::Config = url.parse().unwrap();
    let mut holder = config.connect(::postgres::NoTls).unwrap();
    let mut transaction = holder.transaction().unwrap();
    transaction.batch_execute("SELECT * FROM users").unwrap();
    let look = ["preflight", "--max-transaction-age", "0"];
    assert_eq!(item(&project.json(&look), "sessions")["level"], "warning");
    transaction.batch_execute("LOCK TABLE users IN ACCESS EXCLUSIVE MODE").unwrap();
    assert_eq!(item(&project.json(&look), "sessions")["level"], "stop");
    transaction.rollback().unwrap();
}
