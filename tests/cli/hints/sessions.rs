//! Session settings that come from a role, a database or the server.

use std::process::Stdio;

use crate::support;
use crate::support::project::{Kind, Project, until};

/// Creates a project on PostgreSQL and changes its database with `sql`; `{db}` is its name.
fn postgres(sql: &str) -> (Project, String) {
    let (project, url) = Project::with_database(Kind::Postgres);
    project.shell(Kind::Postgres, &url, &sql.replace("{db}", url.rsplit('/').next().unwrap()));
    (project, url)
}

#[test]
fn a_string_that_ends_elsewhere_for_the_server_is_refused_with_the_setting() {
    let (project, url) = postgres("ALTER DATABASE {db} SET standard_conforming_strings = off");
    for text in ["INSERT INTO t VALUES ('a\\'); SELECT ('b');", "INSERT INTO t VALUES ('a\\');"] {
        project.revision("aaaa1111", "", &format!("CREATE TABLE t (s text);\n{text}"), "");
        let failed = project.json(&["upgrade", "head"]);
        assert_eq!(failed["error"]["code"], "revision-refused", "{failed}");
        assert!(failed["error"]["message"].as_str().unwrap().contains("standard_conforming_strings = off"), "{failed}");
        assert_eq!(failed["error"]["line"], 6, "{failed}");
    }
    // There is no error if no string depends on the setting.
    project.revision("aaaa1111", "", "CREATE TABLE t (s text);\nINSERT INTO t VALUES ('a\\\\b'), (E'it\\'s');", "");
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.shell(Kind::Postgres, &url, "SELECT min(s) FROM t"), "a\\b");
}

/// Where COMMIT would end the session too, runs commit as everywhere.
#[test]
fn no_backslash_escapes_is_named_and_a_commit_ends_no_session() {
    let server = support::start_mariadb_with(&["--sql-mode=NO_BACKSLASH_ESCAPES", "--completion-type=RELEASE"]);
    let url = server.new_database();
    let project = Project::new();
    project.write("aludel.yaml", &format!("services:\n  app:\n    url: \"{url}\"\n    revisions: r\n"));
    for text in ["INSERT INTO t VALUES ('a\\');", "INSERT INTO t VALUES ('a\\'); INSERT INTO t VALUES ('b\\');"] {
        project.revision("aaaa1111", "", &format!("CREATE TABLE t (s text);\n{text}"), "");
        let failed = project.json(&["upgrade", "head"]);
        assert_eq!(failed["error"]["code"], "revision-refused", "{failed}");
        assert!(failed["error"]["message"].as_str().unwrap().contains("NO_BACKSLASH_ESCAPES"), "{failed}");
    }
    project.revision("aaaa1111", "", "CREATE TABLE t (s text);\nINSERT INTO t VALUES ('a\\n');", "");
    project.revision("bbbb1111", "aaaa1111", "INSERT INTO t VALUES ('b');", "");
    project.ok(&["upgrade", "head"]);
}

#[test]
fn without_plpgsql_everything_runs_as_with_it() {
    let (project, _) = postgres("DROP EXTENSION plpgsql");
    // A revision with SET: aludel resets the session after it.
    project.revision("aaaa1111", "", "SET search_path = public;\nCREATE TABLE t (i int);", "DROP TABLE t;");
    assert_eq!(project.run(&["preflight"]).status, 0);
    project.ok(&["upgrade", "head"]);
    project.ok(&["downgrade", "base", "--yes"]);
}

#[test]
fn a_roles_limits_for_idle_sessions_do_not_end_a_runner_that_waits_for_the_lock() {
    let (project, url) = postgres("ALTER DATABASE {db} SET idle_session_timeout = '300ms'");
    // The pauses between two attempts grow to a second, longer than the timeout that would end the second runner's
    // session.
    project.revision("aaaa1111", "", "SELECT pg_sleep(4);", "");
    let start = || {
        let mut command = project.command(&["upgrade", "head", "--json"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let first = start();
    until("the first runner to work", || {
        let sql = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(4)%' AND pid <> pg_backend_pid() \
                   AND datname = current_database()";
        let asked = project.shell(Kind::Postgres, &url, sql);
        asked.trim() != "0"
    });
    let second = start().wait_with_output().unwrap();
    assert!(second.status.success(), "{}", String::from_utf8_lossy(&second.stderr));
    assert!(first.wait_with_output().unwrap().status.success());
}

#[test]
fn a_service_file_is_read_and_a_service_that_is_not_there_is_told() {
    let (project, url) = Project::with_database(Kind::Postgres);
    let server = support::postgres();
    let (address, name) = (&server.address, url.rsplit('/').next().unwrap());
    let service =
        format!("[mine]\nhost={}\nport={}\nuser={}\ndbname={name}\n", address.host, address.port, address.user);
    let service = match address.password.as_str() {
        "" => service,
        password => format!("{service}password={password}\n"),
    };
    project.write(".pg_service.conf", &service);
    project.revision("aaaa1111", "", "CREATE TABLE t (i int);", "");
    project.write("aludel.yaml", "services:\n  app:\n    url: \"postgres://\"\n    revisions: r\n");
    let run = |name: &str| project.command(&["upgrade", "head"]).env("PGSERVICE", name).output().unwrap();
    let refused = run("other");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("there is no service \"other\"") && said.contains(".pg_service.conf"), "{said}");
    let went = run("mine");
    assert!(went.status.success(), "{}", String::from_utf8_lossy(&went.stderr));
    assert_eq!(project.shell(Kind::Postgres, &url, "SELECT count(*) FROM aludel_version"), "1");
    project.write("aludel.yaml", "services:\n  app:\n    url: \"postgres:///?service=mine\"\n    revisions: r\n");
    assert!(project.ok(&["current"]).contains("aaaa1111"));
}

#[test]
fn preflight_tells_that_a_do_block_has_no_language() {
    let (project, url) = postgres("DROP EXTENSION plpgsql");
    project.revision("aaaa1111", "", "DO $$ BEGIN PERFORM 1; END $$;", "");
    let preflight = project.run(&["preflight"]);
    assert_eq!(preflight.status, 3, "{}", preflight.stdout);
    assert!(preflight.stdout.contains("CREATE EXTENSION plpgsql;"), "{}", preflight.stdout);
    assert_eq!(project.run(&["upgrade", "head"]).status, 1);
    project.shell(Kind::Postgres, &url, "CREATE EXTENSION plpgsql");
    assert_eq!(project.run(&["preflight"]).status, 0);
    project.ok(&["upgrade", "head"]);
}
