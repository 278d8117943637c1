//! Features of servers only: routines, triggers and events, extensions, schemas, passwords.

use super::*;
use crate::support;

#[test]
fn routines_triggers_and_events_come_back_and_a_rehearsal_makes_no_event() {
    let kind = Kind::Mariadb;
    let (project, url) = filled(kind);
    let database = url.rsplit('/').next().unwrap();
    project.shell(
        kind,
        &url,
        "CREATE TABLE log (x int);
         CREATE FUNCTION twice(x int) RETURNS int DETERMINISTIC RETURN 2 * x;
         CREATE TRIGGER noted AFTER INSERT ON parent FOR EACH ROW INSERT INTO log VALUES (NEW.id);
         CREATE EVENT often ON SCHEDULE EVERY 1 YEAR DO DELETE FROM log;",
    );
    // MySQL has no sequences.
    let mut next = "";
    if support::is_mariadb() {
        project.shell(kind, &url, "CREATE SEQUENCE numbers; SELECT nextval(numbers);");
        next = "SELECT nextval(numbers) > 1;";
    }
    let all = "SELECT routine_name FROM information_schema.routines WHERE routine_schema = database();
               SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = database();
               SELECT event_name, status FROM information_schema.events WHERE event_schema = database();
               SELECT twice(21);";
    let all = &format!("{all} {next}");
    let before = project.shell(kind, &url, all);
    let general = "SET GLOBAL log_output = 'TABLE'; SET GLOBAL general_log = 1;";
    project.shell(kind, &url, general);
    backed_up(&project, &["--verify"]);
    project.shell(kind, &url, "SET GLOBAL general_log = 0;");
    // The log has the statements of all connections. Only a real restore may create the event, not a verification.
    let events = "SELECT count(*) FROM mysql.general_log WHERE argument LIKE '%CREATE%EVENT%often%' AND argument NOT LIKE '%general_log%' AND command_type = 'Query' AND argument NOT LIKE 'SHOW%' AND argument NOT LIKE 'CREATE EVENT often ON%';";
    assert_eq!(project.shell(kind, &url, events), "0");
    project.shell(
        kind,
        &url,
        "DROP EVENT often; DROP TRIGGER noted; DROP FUNCTION twice; CREATE PROCEDURE extra() SELECT 1;",
    );
    project.ok(&["restore", "latest", "--yes"]);
    assert_eq!(project.shell(kind, &url, all), before, "{database}");
}

#[test]
fn schemas_types_functions_and_extensions_come_back_and_leftovers_go() {
    let kind = Kind::Postgres;
    let (project, url) = filled(kind);
    project.shell(
        kind,
        &url,
        "CREATE SCHEMA shop; CREATE TYPE shop.mood AS ENUM ('sad', 'ok'); CREATE DOMAIN public.short AS text CHECK (length(value) < 9);
         CREATE TABLE shop.t (id int GENERATED ALWAYS AS IDENTITY, m shop.mood, s public.short) PARTITION BY RANGE (id);
         CREATE TABLE shop.t1 PARTITION OF shop.t FOR VALUES FROM (0) TO (10);
         INSERT INTO shop.t (m, s) VALUES ('ok', 'x');
         CREATE FUNCTION public.twice(int) RETURNS int LANGUAGE sql AS 'SELECT 2 * $1';
         CREATE AGGREGATE public.total(int) (SFUNC = int4pl, STYPE = int);
         CREATE OPERATOR public.=== (LEFTARG = int, RIGHTARG = int, PROCEDURE = int4eq);
         CREATE STATISTICS public.st ON id, parent_id FROM child;
         CREATE EXTENSION pgcrypto; CREATE MATERIALIZED VIEW public.mv AS SELECT count(*) FROM shop.t;
         CREATE SEQUENCE public.lonely; SELECT nextval('lonely'); CREATE PUBLICATION pub FOR TABLE child;",
    );
    let all = "SELECT type, identity FROM pg_depend d JOIN pg_namespace n ON d.refobjid = n.oid AND d.refclassid = 'pg_namespace'::regclass,
               pg_identify_object(d.classid, d.objid, 0) WHERE nspname IN ('public', 'shop') ORDER BY 1, 2;
               SELECT * FROM shop.t; SELECT extname FROM pg_extension ORDER BY 1; SELECT pubname FROM pg_publication; SELECT twice(21), 1 === 1;
               SELECT nextval('lonely') > 1; SELECT nspacl, nspowner::regrole FROM pg_namespace WHERE nspname = 'public';";
    let before = project.shell(kind, &url, all);
    backed_up(&project, &["--verify"]);
    project.shell(
        kind,
        &url,
        "CREATE SCHEMA leftover; CREATE TABLE leftover.x (id int REFERENCES child (id)); CREATE TABLE more (m shop.mood);
         CREATE VIEW of_child AS SELECT * FROM child; CREATE PROCEDURE proc() LANGUAGE sql AS 'SELECT 1';
         CREATE TYPE pair AS (a int, b int); DROP TABLE shop.t1; CREATE COLLATION coll FROM \"C\";",
    );
    project.ok(&["restore", "latest", "--yes"]);
    assert_eq!(project.shell(kind, &url, all), before);
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM pg_namespace WHERE nspname = 'leftover';"), "0");
}

#[test]
fn a_restore_that_fails_leaves_postgres_as_it_was() {
    let kind = Kind::Postgres;
    let (project, url) = filled(kind);
    project.shell(kind, &url, "CREATE ROLE gone_role; ALTER TABLE parent OWNER TO gone_role;");
    backed_up(&project, &[]);
    project.shell(kind, &url, "ALTER TABLE parent OWNER TO postgres; DROP ROLE gone_role;");
    project.ok(&["upgrade", "head"]);
    let before = content(&project, kind, &url);
    let failed = project.json(&["restore", "latest", "--yes"]);
    assert_eq!(failed["error"]["code"], "restore-failed", "{failed}");
    let notes = failed["error"]["notes"].to_string();
    assert!(notes.contains("gone_role") && notes.contains("the database is unchanged"), "{failed}");
    assert_eq!(content(&project, kind, &url), before);
    project.ok(&["upgrade", "head"]);
}

/// Returns the command lines of the commands of `project` and of what they started, which inherits their environment.
/// Other tests run at the same time, and their servers and shells may have a URL in their command lines.
fn command_lines(project: &Project) -> String {
    let home = format!("HOME={}\0", project.path("r").parent().unwrap().display());
    let processes = std::fs::read_dir("/proc").unwrap().flatten().map(|entry| entry.path());
    let is_ours = |process: &std::path::PathBuf| {
        std::fs::read(process.join("environ"))
            .is_ok_and(|variables| String::from_utf8_lossy(&variables).contains(home.as_str()))
    };
    let lines = processes.filter(is_ours).filter_map(|process| std::fs::read(process.join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " ") + "\n").collect()
}

#[test]
#[cfg(target_os = "linux")]
fn a_password_is_on_no_command_line_and_in_no_output() {
    let secrets = ["pass@word/%", "pass%40word", "mariadb-secret"];
    for kind in [Kind::Postgres, Kind::Mariadb] {
        let (project, url) = filled(kind);
        let url = url.replace("postgres@", "locked:pass%40word%2F%25@");
        let program = if kind == Kind::Postgres { "pg_dump --no-password" } else { "dump --no-defaults" };
        let slow = project.path("slow");
        // The pipe blocks the dump while the file exists.
        let script = format!("#!/bin/sh\nwhile [ -e {0} ]; do sleep 0.02; done\nexec cat\n", slow.display());
        project.write("bin/hold", &script);
        std::fs::set_permissions(project.path("bin/hold"), std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .unwrap();
        project.write("slow", "");
        project.shell(kind, url.as_str(), "CREATE TABLE big (x text);");
        let big = match kind {
            Kind::Postgres => {
                "INSERT INTO big SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 400000) n GROUP BY n % 200;"
            }
            _ => {
                "INSERT INTO big SELECT repeat(sha2(concat(n, k), 256), 50) FROM (WITH RECURSIVE s (n) AS \
                 (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 1000) SELECT n FROM s) numbers, \
                 (SELECT 1 k UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5) five;"
            }
        };
        project.shell(kind, url.as_str(), big);
        configure(&project, &url, &format!("{{pipe: {}, unpipe: cat}}", project.path("bin/hold").display()));
        let child = project
            .command(&["backup", "-v"])
            .stderr(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn();
        let mut child = child.unwrap();
        let mut seen = String::new();
        until("the dump program runs", || {
            seen += &command_lines(&project);
            seen.contains(program) || child.try_wait().unwrap().is_some()
        });
        for _ in 0..20 {
            seen += &command_lines(&project);
        }
        std::fs::remove_file(&slow).unwrap();
        let run = Run::of(child.wait_with_output().unwrap());
        assert!(run.status == 0 && seen.contains(program), "{}\n{seen}", run.stderr);
        let restored = project.run(&["restore", "latest", "--yes", "--json"]);
        assert_eq!(restored.status, 0, "{}", restored.stderr);
        let record = shelf(&project).into_iter().find(|name| name.ends_with(".json")).unwrap();
        let record = std::fs::read_to_string(project.path("backups").join(record)).unwrap();
        let output =
            [run.stdout, run.stderr, restored.stdout, restored.stderr, record, project.ok(&["log", "--json"])].concat();
        for secret in secrets {
            assert!(!seen.contains(secret), "{seen}");
            assert!(!output.contains(secret), "{output}");
        }
    }
}

#[test]
fn a_wrong_password_is_a_refused_connection() {
    let (project, url) = filled(Kind::Postgres);
    configure(&project, &url.replace("postgres@", "locked:wrong@"), "{}");
    let refused = project.json(&["backup"]);
    assert_eq!(refused["error"]["code"], "connection-failed", "{refused}");
    assert!(shelf(&project).is_empty());
    let (project, url) = filled(Kind::Mariadb);
    configure(&project, &url.replace("mariadb-secret", "wrong"), "{}");
    assert_eq!(project.json(&["backup"])["error"]["code"], "connection-failed");
}

#[test]
fn a_sqlite_database_in_wal_mode_stays_in_it_and_its_backup_is_a_plain_file() {
    let (project, url) = filled(Kind::Sqlite);
    project.shell(Kind::Sqlite, &url, "PRAGMA journal_mode = WAL;");
    let before = content(&project, Kind::Sqlite, &url);
    let path = backed_up(&project, &["--verify"]);
    assert_eq!(shelf(&project).len(), 2, "{:?}", shelf(&project));
    assert_eq!(support::sqlite_shell(&path, "PRAGMA journal_mode;"), "delete");
    project.ok(&["upgrade", "head"]);
    project.ok(&["restore", "latest", "--yes"]);
    assert_eq!(content(&project, Kind::Sqlite, &url), before);
    assert_eq!(project.shell(Kind::Sqlite, &url, "PRAGMA journal_mode;"), "wal");
}
