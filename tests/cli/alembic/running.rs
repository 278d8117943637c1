//! Python revisions, rendered by the service's Alembic and run by aludel like SQL revisions.

use std::path::Path;

use crate::support::alembic::{self, ok, revision, table};
use crate::support::project::{Kind, Project};

/// Returns the rows of the version table.
fn rows(project: &Project, kind: Kind, url: &str) -> String {
    project.shell(kind, url, "SELECT version_num FROM alembic_version ORDER BY version_num;").trim().to_owned()
}

/// Writes a script that runs Alembic and appends the arguments of each call to the file `calls`.
pub(super) fn write_wrapper(project: &Project) {
    let script = format!(
        "#!/bin/sh\necho \"$@\" >> {}\nexec {} \"$@\"\n",
        project.path("calls").display(),
        alembic::program().display()
    );
    project.write("counted.sh", &script);
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(project.path("counted.sh"), permissions).unwrap();
}

/// Configures the project to call Alembic through that script.
fn counted(project: &Project) {
    write_wrapper(project);
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    let config: String = config
        .lines()
        .map(
            |line| if line.contains("python:") { "    python: ./counted.sh\n".to_owned() } else { format!("{line}\n") },
        )
        .collect();
    project.write("aludel.yaml", &config);
}

fn calls(project: &Project) -> Vec<String> {
    std::fs::read_to_string(project.path("calls")).unwrap_or_default().lines().map(str::to_owned).collect()
}

/// Writes the revisions a - b - d (merge) - e, with c parallel to b.
fn diamond(project: &Project) {
    table(project, "aaa1", "", "ta");
    table(project, "bbb2", "aaa1", "tb");
    table(project, "ccc3", "aaa1", "tc");
    revision(project, "ddd4", "bbb2,ccc3", "pass", "pass");
    table(project, "eee5", "ddd4", "te");
}

fn both_tools_move_one_database(kind: Kind) {
    let (project, url) = alembic::project(kind);
    diamond(&project);
    counted(&project);
    let done = project.json(&["upgrade", "head"]);
    assert_eq!(done["services"][0]["to"][0], "eee5", "{done}");
    assert_eq!(calls(&project), ["upgrade base:eee5 --sql"], "all in one run");
    assert!(ok(&project, &["current"]).contains("eee5 (head)"));
    ok(&project, &["downgrade", "bbb2"]);
    let current = project.json(&["current"]);
    assert_eq!(current["services"][0]["rows"].as_array().unwrap().len(), rows(&project, kind, &url).lines().count());
    project.ok(&["upgrade", "head"]);
    project.ok(&["downgrade", "aaa1"]);
    assert_eq!(rows(&project, kind, &url), "aaa1");
    ok(&project, &["upgrade", "head"]);
    assert_eq!(project.json(&["current"])["services"][0]["is_head"], true);
    project.ok(&["downgrade", "base"]);
    assert_eq!(rows(&project, kind, &url), "");
    let log = project.ok(&["log"]);
    assert!(log.contains("downgrade aaa1") && log.contains("upgrade   ddd4"), "{log}");
}

#[test]
fn both_tools_move_one_sqlite_database() {
    both_tools_move_one_database(Kind::Sqlite);
}

#[test]
fn both_tools_move_one_postgres_database() {
    both_tools_move_one_database(Kind::Postgres);
}

#[test]
fn both_tools_move_one_mariadb_database() {
    both_tools_move_one_database(Kind::Mariadb);
}

#[test]
fn the_answers_are_alembics() {
    let (project, _) = alembic::project(Kind::Postgres);
    diamond(&project);
    table(&project, "fff6", "aaa1", "tf");
    let heads = |project: &Project| -> Vec<String> {
        let document = project.json(&["heads"]);
        let heads = document["services"][0]["heads"].as_array().unwrap();
        heads.iter().map(|head| head["revision"].as_str().unwrap().to_owned()).collect()
    };
    let theirs = |arguments: &[&str]| {
        let said = ok(&project, arguments);
        let mut ids: Vec<_> =
            said.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
        ids.sort();
        ids
    };
    let mut ours = heads(&project);
    ours.sort();
    assert_eq!(ours, theirs(&["heads"]));
    project.ok(&["upgrade", "heads"]);
    let current = project.json(&["current"]);
    let mut rows: Vec<_> =
        current["services"][0]["rows"].as_array().unwrap().iter().map(|row| row.as_str().unwrap().to_owned()).collect();
    rows.sort();
    assert_eq!(rows, theirs(&["current"]));
    // A stamp by one tool is read by the other.
    project.ok(&["stamp", "bbb2", "--purge"]);
    assert_eq!(theirs(&["current"]), ["bbb2"]);
    ok(&project, &["stamp", "ccc3", "--purge"]);
    assert_eq!(project.json(&["current"])["services"][0]["rows"][0], "ccc3");
}

#[test]
fn sql_grows_on_top_of_python() {
    let (project, url) = alembic::project(Kind::Postgres);
    diamond(&project);
    let path = project.ok(&["revision", "-m", "Names", "--rev-id", "sss1"]);
    assert!(path.trim().ends_with(".sql") && path.starts_with("mig/versions/"), "{path}");
    let text = std::fs::read_to_string(project.path(path.trim())).unwrap();
    assert!(text.contains("-- down_revision: eee5\n"), "{text}");
    let text = format!(
        "{}-- @upgrade\nALTER TABLE ta ADD COLUMN name TEXT;\n\n-- @downgrade\nALTER TABLE ta DROP COLUMN name;\n",
        text.split("-- @").next().unwrap()
    );
    project.write(path.trim(), &text);
    project.ok(&["upgrade", "head"]);
    assert_eq!(rows(&project, Kind::Postgres, &url), "sss1");
    project.ok(&["downgrade", "ccc3"]);
    project.ok(&["upgrade", "head"]);
    let fork = project.ok(&["revision", "-m", "Beside", "--rev-id", "sss2", "--head", "bbb2", "--splice"]);
    assert!(project.path(fork.trim()).exists());
    project.ok(&["merge", "-m", "Join", "--rev-id", "sss3"]);
    assert_eq!(project.json(&["heads"])["services"][0]["heads"][0]["revision"], "sss3");
    // An SQL file with the id of a Python revision replaces it, and Alembic is not called for it.
    counted(&project);
    project.ok(&["downgrade", "base"]);
    std::fs::remove_file(project.path("calls")).unwrap();
    project.write("mig/versions/eee5.sql", "-- revision: eee5\n-- down_revision: ddd4\n\n-- @upgrade\nCREATE TABLE te (id BIGINT);\n\n-- @downgrade\nDROP TABLE te;\n");
    project.ok(&["upgrade", "eee5"]);
    assert_eq!(calls(&project), ["upgrade base:ddd4 --sql"]);
    let kind = project.shell(
        Kind::Postgres,
        &url,
        "SELECT data_type FROM information_schema.columns WHERE table_name = 'te';",
    );
    assert_eq!(kind.trim(), "bigint");
}

#[test]
fn a_dry_run_needs_no_alembic_and_a_run_says_the_two_ways_out() {
    let (project, _) = alembic::project(Kind::Sqlite);
    diamond(&project);
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    project.write("aludel.yaml", config.split("    python:").next().unwrap());
    let plan = project.json(&["upgrade", "head", "--dry-run"]);
    assert_eq!(plan["services"][0]["steps"].as_array().unwrap().len(), 5, "{plan}");
    let refused = project.json(&["upgrade", "head"]);
    assert_eq!(refused["error"]["code"], "python-revision", "{refused}");
    let hints = refused["error"]["hints"].to_string();
    assert!(hints.contains("python: alembic") && hints.contains("aludel import alembic"), "{hints}");
    assert!(!Path::new(&project.path("app.db")).exists(), "nothing was made");
}

#[test]
fn an_error_of_the_server_points_into_the_rendered_sql() {
    let (project, url) = alembic::project(Kind::Postgres);
    table(&project, "aaa1", "", "ta");
    revision(
        &project,
        "bbb2",
        "aaa1",
        "op.execute('CREATE TABLE tb (id INT)')\nop.execute('INSERT INTO nowhere VALUES (1)')",
        "pass",
    );
    let failed = project.json(&["upgrade", "head"]);
    let error = &failed["error"];
    assert_eq!(
        (error["code"].as_str(), error["sqlstate"].as_str()),
        (Some("statement-failed"), Some("42P01")),
        "{failed}"
    );
    assert_eq!(error["path"], "mig/versions/bbb2_step.py (upgrade --sql)", "{failed}");
    assert_eq!(error["line"], 3, "{failed}");
    assert_eq!(rows(&project, Kind::Postgres, &url), "aaa1", "the revision is a transaction");
    let tables = project.shell(Kind::Postgres, &url, "SELECT count(*) FROM pg_tables WHERE tablename = 'tb';");
    assert_eq!(tables.trim(), "0");
}

#[test]
fn what_reads_the_database_is_refused_at_its_line_before_anything_runs() {
    let (project, _) = alembic::project(Kind::Sqlite);
    table(&project, "aaa1", "", "ta");
    let body = "bind = op.get_bind()\nfor row in bind.execute(sa.text('SELECT id FROM ta')).fetchall():\n    pass";
    revision(&project, "bbb2", "aaa1", body, "pass");
    table(&project, "ccc3", "bbb2", "tc");
    let refused = project.json(&["upgrade", "head"]);
    let error = &refused["error"];
    assert_eq!(
        (error["code"].as_str(), error["revision"].as_str()),
        (Some("python-unrendered"), Some("bbb2")),
        "{refused}"
    );
    let text = std::fs::read_to_string(project.path("mig/versions/bbb2_step.py")).unwrap();
    let line = text.lines().position(|line| line.contains("bind.execute")).unwrap() + 1;
    assert_eq!(error["line"], line, "{refused}");
    assert!(!project.path("app.db").exists(), "nothing ran");
    // After Alembic has run that revision, aludel continues with the next one.
    project.ok(&["upgrade", "aaa1"]);
    ok(&project, &["upgrade", "bbb2"]);
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.json(&["current"])["services"][0]["is_head"], true);
}

#[test]
fn what_commits_in_between_runs_statement_by_statement() {
    let (project, url) = alembic::project(Kind::Postgres);
    table(&project, "aaa1", "", "ta");
    let body = "with op.get_context().autocommit_block():\n    op.execute('CREATE INDEX CONCURRENTLY ta_id ON ta (id)')\nop.execute('INSERT INTO ta VALUES (7)')";
    revision(&project, "bbb2", "aaa1", body, "op.execute('DROP INDEX ta_id')");
    revision(
        &project,
        "ccc3",
        "bbb2",
        "op.execute('COMMIT')\nop.execute('CREATE INDEX CONCURRENTLY ta_id2 ON ta (id)')",
        "pass",
    );
    project.ok(&["upgrade", "head"]);
    assert_eq!(rows(&project, Kind::Postgres, &url), "ccc3");
    let found = project.shell(
        Kind::Postgres,
        &url,
        "SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid::regclass::text LIKE 'ta_id%';",
    );
    assert_eq!(found.trim(), "2");
}

#[test]
fn one_transaction_for_each_revision_is_rendered_the_same() {
    let (project, url) = alembic::project(Kind::Postgres);
    project.write(
        "mig/env.py",
        &alembic::environment(
            "transaction_per_migration=True, version_table='their_version', version_table_schema='s'",
        ),
    );
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    project.write(
        "aludel.yaml",
        &config.replace("version_table: alembic_version", "version_table: their_version\n    version_schema: s"),
    );
    project.shell(Kind::Postgres, &url, "CREATE SCHEMA s;");
    diamond(&project);
    project.ok(&["upgrade", "head"]);
    assert!(ok(&project, &["current"]).contains("eee5 (head)"));
    project.ok(&["downgrade", "base"]);
    assert_eq!(project.shell(Kind::Postgres, &url, "SELECT count(*) FROM s.their_version;").trim(), "0");
    // With the wrong table name, Alembic's statements for its version table would become part of the revision.
    project.write(
        "aludel.yaml",
        &config.replace("version_table: alembic_version", "version_table: other\n    version_schema: s"),
    );
    let refused = project.json(&["upgrade", "head"]);
    assert_eq!(refused["error"]["code"], "alembic-failed", "{refused}");
    assert!(refused["error"]["hints"].to_string().contains("version_table"), "{refused}");
}

#[test]
fn an_alembic_for_another_kind_of_database_is_refused() {
    let (project, _) = alembic::project(Kind::Sqlite);
    table(&project, "aaa1", "", "ta");
    project
        .write("alembic.ini", "[alembic]\nscript_location = mig\nsqlalchemy.url = postgresql://nobody@localhost/x\n");
    let refused = project.json(&["upgrade", "head"]);
    assert_eq!(refused["error"]["code"], "alembic-failed", "{refused}");
    assert!(refused["error"]["message"].as_str().unwrap().contains("Postgresql"), "{refused}");
}
