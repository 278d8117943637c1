//! Shadow databases in commands: swept after a kill, dropped after an interrupt, and replaced where none can be
//! created.

use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use super::{configure, desiring, generate};
use crate::support::project::{Kind, Project, until};
use crate::support::{self};

/// Starts a command that replays a history that sleeps in the shadow. Returns the project, the command and the shadow's
/// name.
fn sleeping(kind: Kind) -> (Project, Child, String) {
    let (project, _) = Project::with_database(kind);
    let (sleep, ask) = match kind {
        Kind::Mariadb => (
            "DO SLEEP(60);",
            "SELECT db FROM information_schema.processlist WHERE info LIKE '%SLEEP(60)%' AND db LIKE 'aludel\\_shadow%' LIMIT 1;",
        ),
        _ => (
            "SELECT pg_sleep(60);",
            "SELECT datname FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)%' AND datname LIKE 'aludel\\_shadow%' AND state = 'active' LIMIT 1;",
        ),
    };
    static COUNT: AtomicU32 = AtomicU32::new(1);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let marked = |sleep: &str| sleep.replace("60", &format!("60.{number}"));
    project.revision("aaaa", "", &format!("CREATE TABLE a (x integer);\n{}", marked(sleep)), "");
    // On PostgreSQL it is under way too.
    project.revision("bbbb", "aaaa", "CREATE TABLE b (x integer);", "");
    let mut command = project.command(&["inspect", "head"]);
    let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let ask = marked(ask);
    let mut shadow = String::new();
    until("the shadow", || {
        shadow = kind.server().unwrap().shell("", &ask);
        !shadow.is_empty()
    });
    (project, child, shadow)
}

fn is_there(kind: Kind, shadow: &str) -> bool {
    let ask = match kind {
        Kind::Mariadb => format!("SELECT count(*) FROM information_schema.schemata WHERE schema_name = '{shadow}';"),
        _ => format!("SELECT count(*) FROM pg_database WHERE datname = '{shadow}';"),
    };
    kind.server().unwrap().shell("", &ask) == "1"
}

/// Ends `DO SLEEP` on MariaDB; the statement counts as executed.
fn kill_on_mariadb(shadow: &str, how: &str) {
    let server = support::mariadb();
    let ids = server.shell("", &format!("SELECT id FROM information_schema.processlist WHERE db = '{shadow}';"));
    for id in ids.lines() {
        let _ = server.try_shell("", &format!("{how} {id};"));
    }
}

/// Ends the sleep in the shadow, so that the server notices the end of the sleeper's session.
fn wake(kind: Kind, shadow: &str) {
    let server = kind.server().unwrap();
    match kind {
        Kind::Mariadb => kill_on_mariadb(shadow, "KILL"),
        _ => {
            server.shell(
                "",
                &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{shadow}';"),
            );
        }
    }
}

fn a_killed_commands_shadow_is_swept_by_the_next(kind: Kind) {
    let (_project, mut child, shadow) = sleeping(kind);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(is_there(kind, &shadow));
    wake(kind, &shadow);
    let (next, _) = desiring(kind, "CREATE TABLE a (x integer);\n");
    until("the sweep", || {
        // The server notices the end of the session after a moment. Another schema is needed each time, because results
        // are cached.
        next.write(
            "schema.sql",
            &format!("CREATE TABLE a{} (x integer);\n", std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos()),
        );
        next.ok(&["inspect", "schema"]);
        !is_there(kind, &shadow)
    });
}

fn an_interrupted_command_drops_its_shadow(kind: Kind) {
    let (_project, mut child, shadow) = sleeping(kind);
    let pid = child.id().to_string();
    assert!(std::process::Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    child.wait().unwrap();
    assert!(!is_there(kind, &shadow));
}

#[test]
fn on_postgres_a_cached_schema_is_not_used_after_a_setting_of_the_database_has_changed() {
    let (project, url) = desiring(Kind::Postgres, "CREATE TABLE a (x integer);\n");
    let before = project.ok(&["inspect", "schema"]);
    assert_eq!(project.ok(&["inspect", "schema"]), before);
    let change = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = tools', current_database()); END $$";
    project.shell(Kind::Postgres, &url, change);
    let after = project.ok(&["inspect", "schema"]);
    assert!(!before.contains("tools") && after.contains("tools.a"), "{before}\n{after}");
}

#[test]
fn on_mariadb_a_cached_schema_is_not_used_after_the_character_set_of_the_database_has_changed() {
    let (project, url) = desiring(Kind::Mariadb, "CREATE TABLE a (x varchar(9));\n");
    let before = project.ok(&["inspect", "schema"]);
    project.shell(Kind::Mariadb, &url, "ALTER DATABASE CHARACTER SET latin2 COLLATE latin2_bin;");
    let after = project.ok(&["inspect", "schema"]);
    assert!(!before.contains("latin2") && after.contains("latin2"), "{before}\n{after}");
}

#[test]
fn on_postgres_a_killed_commands_shadow_is_swept_by_the_next() {
    a_killed_commands_shadow_is_swept_by_the_next(Kind::Postgres);
}

#[test]
fn on_mariadb_a_killed_commands_shadow_is_swept_by_the_next() {
    a_killed_commands_shadow_is_swept_by_the_next(Kind::Mariadb);
}

#[test]
fn on_postgres_an_interrupted_command_drops_its_shadow() {
    an_interrupted_command_drops_its_shadow(Kind::Postgres);
}

#[test]
fn on_mariadb_an_interrupted_command_drops_its_shadow() {
    an_interrupted_command_drops_its_shadow(Kind::Mariadb);
}

#[test]
fn on_postgres_everything_works_without_the_right_to_create_databases() {
    let server = support::postgres();
    let body =
        if server.knows_sql_bodies() { "BEGIN ATOMIC SELECT count(*) FROM a; END" } else { "AS 'SELECT 1::bigint'" };
    let (project, url) = desiring(
        Kind::Postgres,
        &"CREATE TYPE mood AS ENUM ('good', 'bad');\n\
         CREATE TABLE a (x integer PRIMARY KEY, m mood NOT NULL DEFAULT 'good');\nCREATE INDEX a_m ON a (m);\n\
         CREATE TABLE b (x bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a integer REFERENCES a (x));\n\
         CREATE FUNCTION total() RETURNS bigint LANGUAGE sql STABLE BODY;\n\
         CREATE VIEW good AS SELECT x FROM a WHERE m = 'good';\n"
            .replace("BODY", body),
    );
    let name = url.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
    let role = format!("poor_{name}");
    server.shell(&url, &format!("CREATE ROLE {role} LOGIN PASSWORD 'x'; GRANT CREATE ON DATABASE {name} TO {role}; GRANT CREATE ON SCHEMA public TO {role};"));
    let poor = format!("postgres://{role}:x@{}:{}/{name}", server.address.host, server.address.port);
    configure(&project, &poor, "    schema: schema.sql\n");
    generate(&project, &[]);
    project.ok(&["upgrade", "head"]);
    super::all_is_well(&project);
    // A user with all privileges gets the same result.
    configure(&project, &url, "    schema: schema.sql\n");
    super::all_is_well(&project);
    assert_eq!(server.shell(&url, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'aludel%';"), "0");
}

#[test]
fn shadows_are_made_on_the_server_that_shadow_url_names() {
    let server = support::postgres();
    let (project, url) = desiring(Kind::Postgres, "CREATE TABLE a (x integer);\n");
    let elsewhere = server.address.url("");
    // The service's own server cannot be reached.
    let unreachable = url.replace(&server.address.port.to_string(), "1");
    configure(&project, &unreachable, &format!("    schema: schema.sql\n    shadow_url: \"{elsewhere}\"\n"));
    assert_eq!(generate(&project, &[]).len(), 1);
}

#[test]
fn a_file_that_a_text_attaches_or_writes_is_not_touched_by_a_shadow() {
    let (project, _) = desiring(Kind::Sqlite, "CREATE TABLE t (id INTEGER);");
    generate(&project, &[]);
    let file = project.path("real.db");
    std::fs::write(&file, "").unwrap();
    let name = file.display();
    for text in [
        format!("ATTACH '{name}' AS x;\nCREATE TABLE x.u (id INTEGER);"),
        format!("ATTACH \"{name}\" AS x;\nCREATE TABLE x.u (id INTEGER);"),
        format!("ATTACH [{name}] AS x;\nCREATE TABLE x.u (id INTEGER);"),
        format!("VACUUM INTO '{name}';"),
    ] {
        project.write("other.sql", &text);
        let run = project.run(&["diff", "head", "other.sql"]);
        assert!(run.status == 1 && run.stderr.contains("error[shadow-database-named]"), "{text}\n{}", run.stderr);
        assert_eq!(std::fs::metadata(&file).unwrap().len(), 0, "{text}");
    }
}

fn a_user_that_exists_is_told_to_be_the_servers(kind: Kind) {
    let name = format!("shared_{}", std::process::id());
    let make = format!("CREATE USER {name};");
    let server = kind.server().unwrap();
    server.shell("", &make);
    let (project, _) = Project::with_database(kind);
    project.revision("aaaa", "", &make, &format!("DROP USER {name};"));
    let (replayed, applied) = (project.run(&["test"]), project.run(&["upgrade", "head"]));
    // A table that exists is of the database, and may be a sign of another tool.
    project.revision("aaaa", "", "CREATE TABLE t (x integer);\nCREATE TABLE t (x integer);", "DROP TABLE t;");
    let (table_replayed, table_applied) = (project.run(&["test"]), project.run(&["upgrade", "head"]));
    server.shell("", &format!("DROP USER {name};"));
    for (text, is_of_server) in
        [(replayed.stdout, true), (applied.stderr, true), (table_replayed.stdout, false), (table_applied.stderr, false)]
    {
        assert_eq!(text.contains("hint: this belongs to the whole server"), is_of_server, "{text}");
        assert!(!is_of_server || !text.contains("stamp --detect"), "{text}");
    }
}

#[test]
fn on_postgres_a_user_that_exists_is_told_to_be_the_servers() {
    a_user_that_exists_is_told_to_be_the_servers(Kind::Postgres);
}

#[test]
fn on_mariadb_a_user_that_exists_is_told_to_be_the_servers() {
    a_user_that_exists_is_told_to_be_the_servers(Kind::Mariadb);
}
