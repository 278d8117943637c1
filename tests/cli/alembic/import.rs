//! `import alembic`: converts Python revisions to SQL files and proves that both create the same database.

use crate::support::alembic::{self, ok, revision, table};
use crate::support::project::{Kind, Project, until};

fn columns(kind: Kind) -> &'static str {
    match kind {
        Kind::Mariadb => "sa.Column('name', sa.String(50), nullable=False, server_default='it''s 50% a:b')",
        _ => "sa.Column('name', sa.Text(), nullable=False, server_default='it''s 50% a:b')",
    }
}

/// Writes a history with tables, an index, rows, a merge, labels and dependencies.
fn history(project: &Project, kind: Kind) {
    let made = format!(
        "users = op.create_table('users', sa.Column('id', sa.Integer, primary_key=True), {})\n\
         op.create_index('users_name', 'users', [{}])\n\
         op.bulk_insert(users, [{{'id': 1, 'name': 'O\\'Hara; 100%'}}, {{'id': 2, 'name': 'Größe'}}])",
        columns(kind),
        if kind == Kind::Mariadb { "sa.text('name(10)')" } else { "'name'" }
    );
    revision(project, "aaa1", "", &made, "op.drop_index('users_name', 'users')\nop.drop_table('users')");
    table(project, "bbb2", "aaa1", "tb");
    table(project, "ccc3", "aaa1", "tc");
    revision(project, "ddd4", "bbb2,ccc3", "pass", "pass");
    revision(
        project,
        "eee5",
        "ddd4",
        "op.execute(\"UPDATE users SET name = replace(name, 'e', 'e!') WHERE id = 2\")",
        "pass",
    );
    let path = project.path("mig/versions/ccc3_step.py");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(
        &path,
        text.replace("branch_labels = None\ndepends_on = None", "branch_labels = ('side',)\ndepends_on = 'aaa1'"),
    )
    .unwrap();
}

/// Returns the number of databases on the server that an import created.
fn scratch_databases(kind: Kind) -> usize {
    let sql = match kind {
        Kind::Sqlite => return 0,
        Kind::Postgres => "SELECT datname FROM pg_database WHERE datname LIKE 'aludel_shadow%';",
        Kind::Mariadb => "SHOW DATABASES LIKE 'aludel_shadow%';",
    };
    kind.server().unwrap().shell("", sql).lines().filter(|line| !line.trim().is_empty()).count()
}

fn an_import_is_proved(kind: Kind) {
    let (project, url) = alembic::project(kind);
    history(&project, kind);
    ok(&project, &["upgrade", "bbb2"]);
    let before = project.json(&["history"]);
    let done = project.json(&["import", "alembic"]);
    let service = &done["services"][0];
    assert_eq!(service["applied"], true, "{done}");
    assert_eq!(service["left"].as_array().unwrap().len(), 0, "{done}");
    assert_eq!(service["proof"]["differences"].as_array().unwrap().len(), 0, "{done}");
    assert_eq!((&service["proof"]["revisions"], &service["proof"]["tables"]), (&5.into(), &3.into()), "{done}");
    assert!(service["proof"]["rows"].as_u64().unwrap() >= 2, "{done}");
    // The graph and the current revisions are the same.
    let after = project.json(&["history"]);
    let pairs = before["services"][0]["revisions"]
        .as_array()
        .unwrap()
        .iter()
        .zip(after["services"][0]["revisions"].as_array().unwrap());
    for (before, after) in pairs {
        for key in [
            "revision",
            "down_revision",
            "depends_on",
            "branch_labels",
            "message",
            "created",
            "is_head",
            "is_merge_point",
        ] {
            assert_eq!(before[key], after[key], "{key}");
        }
        assert_eq!(after["path"].as_str().unwrap(), before["path"].as_str().unwrap().replace(".py", ".sql"));
    }
    assert_eq!(project.json(&["current"])["services"][0]["rows"][0], "bbb2");
    // Alembic is no longer needed.
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    project.write("aludel.yaml", config.split("    python:").next().unwrap());
    project.ok(&["upgrade", "head"]);
    let names = project.shell(kind, &url, "SELECT name FROM users ORDER BY id;");
    assert_eq!(names.lines().next().unwrap(), "O'Hara; 100%");
    assert!(ok(&project, &["current"]).contains("eee5 (head)"), "Alembic still works");
    project.ok(&["downgrade", "base", "--yes"]);
}

#[test]
fn an_import_is_proved_on_sqlite() {
    an_import_is_proved(Kind::Sqlite);
}

#[test]
fn an_import_is_proved_on_postgres_and_leaves_no_database_behind() {
    an_import_is_proved(Kind::Postgres);
}

#[test]
fn an_import_is_proved_on_mariadb() {
    an_import_is_proved(Kind::Mariadb);
}

#[test]
fn what_has_no_sql_stays_python_with_the_reason() {
    let (project, _) = alembic::project(Kind::Postgres);
    table(&project, "aaa1", "", "ta");
    revision(
        &project,
        "bbb2",
        "aaa1",
        "rows = op.get_bind().execute(sa.text('SELECT 1')).fetchall()\nop.execute('INSERT INTO ta VALUES (%d)' % len(rows))",
        "pass",
    );
    table(&project, "ccc3", "bbb2", "tc");
    revision(&project, "ddd4", "ccc3", "op.execute('INSERT INTO tc VALUES (1)')", "raise NotImplementedError('never')");
    revision(&project, "eee5", "ddd4", "raise Exception('no more')", "pass");
    table(&project, "fff6", "ddd4", "tf");
    let rehearsed = project.json(&["import", "alembic", "--dry-run"]);
    assert_eq!(rehearsed["services"][0]["applied"], false, "{rehearsed}");
    assert!(!project.path("mig/versions/aaa1_step.sql").exists());
    // Neither Alembic nor aludel can run eee5. Without it the rest is proved.
    std::fs::remove_file(project.path("mig/versions/eee5_step.py")).unwrap();
    let run = project.run(&["import", "alembic", "--json"]);
    let done: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let service = &done["services"][0];
    assert_eq!(service["applied"], true, "{done}\n{}", run.stderr);
    let left = service["left"].as_array().unwrap();
    assert_eq!((left.len(), left[0]["revision"].as_str()), (1, Some("bbb2")), "{done}");
    assert!(left[0]["path"].as_str().unwrap().starts_with("mig/versions/bbb2_step.py:"), "{done}");
    assert!(left[0]["reason"].as_str().unwrap().contains("Error"), "{done}");
    let ids: Vec<_> =
        service["imported"].as_array().unwrap().iter().map(|one| one["revision"].as_str().unwrap()).collect();
    assert_eq!(ids, ["aaa1", "ccc3", "ddd4", "fff6"]);
    let text = std::fs::read_to_string(project.path("mig/versions/ddd4_step.sql")).unwrap();
    assert!(!text.contains("@downgrade"), "{text}");
    assert!(run.stderr.contains("ddd4 gets no downgrade: NotImplementedError: never"), "{}", run.stderr);
    until("no scratch database is left", || scratch_databases(Kind::Postgres) == 0);
    let failures = rehearsed["services"][0]["left"].as_array().unwrap();
    let ids: Vec<_> = failures.iter().map(|left| left["revision"].as_str().unwrap()).collect();
    assert_eq!(ids, ["bbb2", "eee5"], "{rehearsed}");
}

#[test]
fn a_difference_is_told_and_nothing_is_written() {
    let (project, _) = alembic::project(Kind::Postgres);
    table(&project, "aaa1", "", "ta");
    let body = "from alembic import context\nif context.is_offline_mode():\n    op.execute('INSERT INTO ta VALUES (1)')\nelse:\n    op.execute('INSERT INTO ta VALUES (2)')\n    op.execute('CREATE INDEX ta_id ON ta (id)')";
    revision(&project, "bbb2", "aaa1", body, "pass");
    let run = project.run(&["import", "alembic"]);
    assert_eq!(run.status, 3, "{}{}", run.stdout, run.stderr);
    for line in [
        "the schema differs",
        "+ Alembic: CREATE INDEX ta_id ON public.ta USING btree (id);",
        "table public.ta differs",
        "- imported: 1",
        "+ Alembic: 2",
    ] {
        assert!(run.stderr.contains(line), "{line}\n{}", run.stderr);
    }
    assert!(!project.path("mig/versions/aaa1_step.sql").exists());
    let run = project.run(&["import", "alembic", "--unproven"]);
    assert_eq!(run.stdout, "mig/versions/aaa1_step.sql\nmig/versions/bbb2_step.sql\n", "{}", run.stderr);
    let again = project.run(&["import", "alembic"]);
    assert!(again.status == 0 && again.stderr.contains("no revision is written in Python"), "{}", again.stderr);
}

#[test]
fn rows_with_the_time_of_the_run_are_the_same() {
    for kind in [Kind::Sqlite, Kind::Postgres, Kind::Mariadb] {
        let (project, _) = alembic::project(kind);
        let body = "op.create_table('t', sa.Column('id', sa.Integer, primary_key=True), sa.Column('at', sa.DateTime, server_default=sa.func.now()))\nop.execute('INSERT INTO t (id) VALUES (1)')";
        revision(&project, "aaa1", "", body, "op.drop_table('t')");
        let done = project.json(&["import", "alembic"]);
        let proof = &done["services"][0]["proof"];
        assert_eq!((&proof["times_left_out"], &done["services"][0]["applied"]), (&true.into(), &true.into()), "{done}");
    }
}

#[test]
fn what_was_applied_from_python_is_not_taken_for_edited() {
    let (project, _) = alembic::project(Kind::Postgres);
    history(&project, Kind::Postgres);
    project.ok(&["upgrade", "bbb2"]);
    project.ok(&["import", "alembic"]);
    assert_eq!(project.json(&["status"])["services"][0]["changed"].as_array().unwrap().len(), 0);
    project.ok(&["upgrade", "head"]);
}

#[test]
fn a_project_that_reads_its_url_elsewhere_is_told_and_never_touched() {
    let (project, url) = alembic::project(Kind::Postgres);
    table(&project, "aaa1", "", "ta");
    let environment = alembic::environment("").replace(
        "config = context.config\n",
        &format!("import os\nconfig = context.config\nconfig.set_main_option('sqlalchemy.url', os.environ.get('SHOP_URL', '{}'))\n", alembic::url(&url)),
    );
    project.write("mig/env.py", &environment);
    let refused = project.json(&["import", "alembic"]);
    assert_eq!(refused["error"]["code"], "alembic-elsewhere", "{refused}");
    assert!(refused["error"]["hints"].to_string().contains("--url-variable"), "{refused}");
    let tables = project.shell(Kind::Postgres, &url, "SELECT count(*) FROM pg_tables WHERE tablename = 'ta';");
    assert_eq!(tables.trim(), "0", "the real database was not touched");
    until("no scratch database is left", || scratch_databases(Kind::Postgres) == 0);
    let done = project.json(&["import", "alembic", "--url-variable", "SHOP_URL"]);
    assert_eq!(done["services"][0]["applied"], true, "{done}");
    let tables = project.shell(Kind::Postgres, &url, "SELECT count(*) FROM pg_tables WHERE tablename = 'ta';");
    assert_eq!(tables.trim(), "0", "the real database was not touched");
}

#[test]
fn five_hundred_revisions_are_rendered_in_one_run_each_way() {
    let (project, _) = alembic::project(Kind::Sqlite);
    for number in 0..500 {
        let down = if number == 0 { String::new() } else { format!("r{:04}", number - 1) };
        table(&project, &format!("r{number:04}"), &down, &format!("t{number}"));
    }
    let done = project.json(&["import", "alembic", "--unproven"]);
    assert_eq!(done["services"][0]["imported"].as_array().unwrap().len(), 500);
    assert_eq!(done["services"][0]["alembic_runs"], 2, "one upgrade, one downgrade");
}

#[test]
fn a_proofs_databases_have_the_extensions_that_no_revision_creates() {
    let (project, url) = alembic::project(Kind::Postgres);
    alembic::revision(
        &project,
        "aaa1",
        "",
        "op.execute('CREATE TABLE names (name citext)')",
        "op.execute('DROP TABLE names')",
    );
    // An administrator creates the extension.
    project.shell(Kind::Postgres, &url, "CREATE EXTENSION citext;");
    let run = project.run(&["import", "alembic"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    assert!(run.stderr.contains("1 table and 0 rows") && run.stderr.contains("and proved"), "{}", run.stderr);
    std::fs::remove_file(project.path("mig/versions/aaa1_step.sql")).ok();
    project.shell(Kind::Postgres, &url, "DROP EXTENSION citext;");
    project.write("setup.sql", "CREATE DOMAIN citext AS text;");
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    project.write("aludel.yaml", &format!("{config}    shadow_setup: setup.sql\n"));
    let run = project.run(&["import", "alembic"]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    until("no scratch database is left", || scratch_databases(Kind::Postgres) == 0);
}
