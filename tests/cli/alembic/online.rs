//! Revisions that read the database, run by Alembic itself under aludel's lock and journal (`python: {online: true}`).

use std::process::{Child, Stdio};

use crate::support::alembic::{self, ok, revision, table};
use crate::support::project::{Kind, Project, Run, until};

/// Body of an upgrade that reads the rows of `ta` and writes one row for each into `tb`.
const READS: &str = "bind = op.get_bind()\n\
    op.create_table('tb', sa.Column('id', sa.Integer, primary_key=True))\n\
    for row in bind.execute(sa.text('SELECT id FROM ta ORDER BY id')).fetchall():\n    \
    bind.execute(sa.text('INSERT INTO tb VALUES (%d)' % (row[0] * 10)))";
const READS_BACK: &str =
    "assert op.get_bind().execute(sa.text('SELECT count(*) FROM tb')).scalar() == 2\nop.drop_table('tb')";

/// Allows in the config that Alembic runs revisions without SQL. `more` are additional keys.
fn allow_online(project: &Project, more: &str) {
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    let online = format!("    python: {{run: {}, online: true{more}}}", alembic::program().display());
    let line = |line: &str| if line.contains("python:") { online.clone() } else { line.to_owned() };
    let config: Vec<String> = config.lines().map(line).collect();
    project.write("aludel.yaml", &(config.join("\n") + "\n"));
}

/// Creates a project: `aaa1` creates `ta` with two rows, `bbb2` is the given revision, `ccc3` creates `tc`.
fn project_with(kind: Kind, upgrade: &str, downgrade: &str) -> (Project, String) {
    let (project, url) = alembic::project(kind);
    allow_online(&project, "");
    let rows = "op.create_table('ta', sa.Column('id', sa.Integer, primary_key=True))\n\
        op.execute('INSERT INTO ta VALUES (1)')\nop.execute('INSERT INTO ta VALUES (2)')";
    revision(&project, "aaa1", "", rows, "op.drop_table('ta')");
    revision(&project, "bbb2", "aaa1", upgrade, downgrade);
    table(&project, "ccc3", "bbb2", "tc");
    (project, url)
}

fn rows(project: &Project, kind: Kind, url: &str) -> String {
    project.shell(kind, url, "SELECT version_num FROM alembic_version ORDER BY version_num;").trim().to_owned()
}

/// Returns the states of the journal entries of `bbb2`, oldest first.
fn states(project: &Project, kind: Kind, url: &str) -> String {
    let query = "SELECT state FROM alembic_version_history WHERE revision = 'bbb2' ORDER BY id;";
    project.shell(kind, url, query).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn what_reads_the_database_runs_in_its_turn(kind: Kind) {
    let (project, url) = project_with(kind, READS, READS_BACK);
    let plan = project.ok(&["upgrade", "head", "--dry-run"]);
    assert!(plan.contains("bbb2 Step bbb2 (run by Alembic)") && plan.contains("ccc3"), "{plan}");
    let done = project.json(&["upgrade", "head"]);
    assert_eq!(done["services"][0]["steps"].as_array().unwrap().len(), 3, "{done}");
    assert_eq!(
        project.shell(kind, &url, "SELECT id FROM tb ORDER BY id;").split_whitespace().collect::<Vec<_>>(),
        ["10", "20"]
    );
    assert_eq!((rows(&project, kind, &url).as_str(), states(&project, kind, &url).as_str()), ("ccc3", "done"));
    assert!(ok(&project, &["current"]).contains("ccc3 (head)"));
    project.ok(&["downgrade", "base", "--yes"]);
    assert_eq!((rows(&project, kind, &url).as_str(), states(&project, kind, &url).as_str()), ("", "done done"));
    let left: Vec<_> = std::fs::read_dir(project.path("")).unwrap().flatten().map(|entry| entry.file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with(".aludel-")), "{left:?}");
}

#[test]
fn what_reads_a_sqlite_database_runs_in_its_turn() {
    what_reads_the_database_runs_in_its_turn(Kind::Sqlite);
}

#[test]
fn what_reads_a_postgres_database_runs_in_its_turn() {
    what_reads_the_database_runs_in_its_turn(Kind::Postgres);
}

#[test]
fn what_reads_a_mariadb_database_runs_in_its_turn() {
    what_reads_the_database_runs_in_its_turn(Kind::Mariadb);
}

#[test]
fn only_the_named_revision_goes_down_where_several_stand_on_its_parent() {
    let (project, url) = project_with(Kind::Postgres, READS, READS_BACK);
    table(&project, "ddd4", "aaa1", "td");
    let path = "mig/versions/bbb2_step.py";
    let text = std::fs::read_to_string(project.path(path)).unwrap();
    project.write(path, &text.replace("branch_labels = None", "branch_labels = ('reads',)"));
    project.ok(&["upgrade", "heads"]);
    project.ok(&["downgrade", "reads@aaa1", "--yes"]);
    assert_eq!(rows(&project, Kind::Postgres, &url), "ddd4");
}

#[test]
fn a_dependency_that_has_no_row_is_no_sign_of_another_database() {
    let (project, url) = project_with(Kind::Sqlite, READS, READS_BACK);
    table(&project, "ddd4", "", "td");
    let path = "mig/versions/bbb2_step.py";
    let text = std::fs::read_to_string(project.path(path)).unwrap();
    project.write(path, &text.replace("depends_on = None", "depends_on = 'ddd4'"));
    revision(&project, "ccc3", "bbb2", "assert op.get_bind().execute(sa.text('SELECT 1')).scalar() == 1", "pass");
    project.ok(&["upgrade", "heads"]);
    assert_eq!(rows(&project, Kind::Sqlite, &url), "ccc3");
}

#[test]
fn where_alembic_cannot_run_it_nothing_runs() {
    let (project, url) = project_with(Kind::Postgres, READS, READS_BACK);
    let refused = |arguments: &[&str]| {
        let refused = project.json(arguments);
        assert_eq!(refused["error"]["code"], "python-unrendered", "{refused}");
        assert_eq!(refused["error"]["revision"], "bbb2", "{refused}");
        assert!(refused["error"]["line"].is_number(), "{refused}");
    };
    refused(&["upgrade", "base:head", "--sql"]);
    refused(&["upgrade", "head", "--single-transaction"]);
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    project.write("aludel.yaml", &format!("lock: lease\n{config}"));
    refused(&["upgrade", "head"]);
    let tables = project.shell(Kind::Postgres, &url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public';");
    assert_eq!(tables.trim(), "0");
}

#[test]
fn what_fails_on_postgres_is_rolled_back_and_runs_again() {
    let (project, url) = project_with(Kind::Postgres, &format!("{READS}\nraise ValueError('not today')"), READS_BACK);
    let failed = project.json(&["upgrade", "head"]);
    let error = &failed["error"];
    assert_eq!((&error["code"], &error["revision"]), (&"python-failed".into(), &"bbb2".into()), "{failed}");
    assert!(error["message"].as_str().unwrap().contains("ValueError: not today"), "{failed}");
    let text = std::fs::read_to_string(project.path("mig/versions/bbb2_step.py")).unwrap();
    let line = text.lines().position(|line| line.contains("raise ValueError")).unwrap() + 1;
    assert_eq!(error["line"], line, "{failed}");
    assert_eq!(
        (rows(&project, Kind::Postgres, &url).as_str(), states(&project, Kind::Postgres, &url).as_str()),
        ("aaa1", "failed")
    );
    assert!(project.json(&["status"])["services"][0]["incomplete"].is_null());
    revision(&project, "bbb2", "aaa1", READS, READS_BACK);
    project.ok(&["upgrade", "head"]);
    assert_eq!(rows(&project, Kind::Postgres, &url), "ccc3");
}

#[test]
fn what_fails_where_ddl_stays_waits_for_a_persons_word() {
    for (word, kind) in [("--statement-not-applied", Kind::Mariadb), ("--statement-applied", Kind::Mariadb)] {
        let (project, url) = project_with(kind, &format!("{READS}\nraise ValueError('not today')"), READS_BACK);
        assert_eq!(project.json(&["upgrade", "head"])["error"]["code"], "python-failed");
        assert_eq!(states(&project, kind, &url), "failed");
        let again = project.json(&["upgrade", "head"]);
        assert_eq!(again["error"]["code"], "statement-unknown", "{again}");
        if word == "--statement-not-applied" {
            project.shell(kind, &url, "DROP TABLE tb;");
            revision(&project, "bbb2", "aaa1", READS, READS_BACK);
        }
        project.ok(&["repair", word, "bbb2"]);
        project.ok(&["upgrade", "head"]);
        assert_eq!(rows(&project, kind, &url), "ccc3", "{word}");
        assert!(project.json(&["status"])["services"][0]["incomplete"].is_null());
    }
}

#[test]
fn a_killed_python_is_told_and_what_it_left_is_not_guessed() {
    // Another connection commits while the revision's own transaction is open, so the database file changes.
    let commits = "import os, sqlite3, signal\nop.get_bind().execute(sa.text('SELECT 1')).fetchall()\n\
        other = sqlite3.connect(op.get_bind().engine.url.database)\nother.execute('CREATE TABLE left_over (id INT)')\nother.commit()\n\
        os.kill(os.getpid(), signal.SIGKILL)";
    let dies = "import os, signal\nop.get_bind().execute(sa.text('SELECT 1')).fetchall()\nos.kill(os.getpid(), signal.SIGKILL)";
    for (body, next) in [(commits, "statement-unknown"), (dies, "python-failed")] {
        let (project, url) = project_with(Kind::Sqlite, body, "pass");
        let killed = project.json(&["upgrade", "head"]);
        assert_eq!(killed["error"]["code"], "python-failed", "{killed}");
        assert!(killed["error"]["message"].as_str().unwrap().contains("killed"), "{killed}");
        assert_eq!(
            (rows(&project, Kind::Sqlite, &url).as_str(), states(&project, Kind::Sqlite, &url).as_str()),
            ("aaa1", "failed")
        );
        let again = project.json(&["upgrade", "head"]);
        assert_eq!(again["error"]["code"], next, "{again}");
    }
}

/// Returns an upgrade that creates the file `here` and waits until the file `go` exists.
fn waiting(project: &Project) -> String {
    let (here, go) = (project.path("here"), project.path("go"));
    format!(
        "import os, time\n{READS}\nopen('{}', 'w').close()\nwhile not os.path.exists('{}'):\n    time.sleep(0.01)",
        here.display(),
        go.display()
    )
}

fn started(project: &Project) -> Child {
    let mut command = project.command(&["upgrade", "head"]);
    let mut runner = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Alembic is started three times before that, which takes long on a busy machine.
    while !project.path("here").exists() {
        assert!(runner.try_wait().unwrap().is_none(), "the run ended without Alembic");
        std::thread::yield_now();
    }
    runner
}

#[test]
fn an_interrupted_run_is_rolled_back() {
    let (project, url) = project_with(Kind::Postgres, "pass", READS_BACK);
    revision(&project, "bbb2", "aaa1", &waiting(&project), READS_BACK);
    let runner = started(&project);
    let sent = std::process::Command::new("kill").args(["-TERM", &runner.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let run = Run::of(runner.wait_with_output().unwrap());
    assert!(run.status != 0 && run.stderr.contains("interrupted"), "{}", run.stderr);
    assert_eq!(
        (rows(&project, Kind::Postgres, &url).as_str(), states(&project, Kind::Postgres, &url).as_str()),
        ("aaa1", "failed")
    );
    project.write("go", "");
    project.ok(&["upgrade", "head"]);
    assert_eq!(rows(&project, Kind::Postgres, &url), "ccc3");
}

#[test]
fn a_run_that_outlives_its_killed_runner_is_found_by_the_version_rows() {
    let (project, url) = project_with(Kind::Postgres, "pass", READS_BACK);
    revision(&project, "bbb2", "aaa1", &waiting(&project), READS_BACK);
    let mut runner = started(&project);
    runner.kill().unwrap();
    runner.wait().unwrap();
    let meanwhile = project.json(&["upgrade", "head", "--lock-timeout", "30"]);
    assert_eq!(meanwhile["error"]["code"], "statement-unknown", "Alembic is still at work: {meanwhile}");
    assert_eq!(states(&project, Kind::Postgres, &url), "running");
    project.write("go", "");
    until("Alembic to come to its end", || rows(&project, Kind::Postgres, &url) == "bbb2");
    project.ok(&["upgrade", "head"]);
    assert_eq!(
        (rows(&project, Kind::Postgres, &url).as_str(), states(&project, Kind::Postgres, &url).as_str()),
        ("ccc3", "done")
    );
    assert_eq!(project.shell(Kind::Postgres, &url, "SELECT count(*) FROM tb;").trim(), "2");
}

#[test]
fn an_alembic_that_works_on_another_database_is_found_before_it_runs() {
    let (project, url) = project_with(Kind::Postgres, READS, READS_BACK);
    let other = project.new_database(Kind::Postgres, "other");
    let engine =
        "engine = sa.create_engine(__import__('os').environ.get('THEIR_URL', 'OTHER'), poolclass=pool.NullPool)"
            .replace("OTHER", &alembic::url(&other));
    let environment = alembic::environment("");
    let line = environment.lines().find(|line| line.contains("engine_from_config(")).unwrap().to_owned();
    let environment = environment.replace(&line, &format!("    import sqlalchemy as sa\n    {engine}"));
    project.write("mig/env.py", &environment);
    project.ok(&["upgrade", "aaa1"]);
    let refused = project.json(&["upgrade", "head"]);
    assert_eq!(refused["error"]["code"], "alembic-elsewhere", "{refused}");
    assert!(refused["error"]["hints"].to_string().contains("url_variable"), "{refused}");
    assert_eq!(states(&project, Kind::Postgres, &url), "");
    let tables = |url: &str| {
        project.shell(
            Kind::Postgres,
            url,
            "SELECT count(*) FROM pg_tables WHERE tablename IN ('ta', 'tb', 'alembic_version');",
        )
    };
    assert_eq!(tables(&other).trim(), "0");
    allow_online(&project, ", url_variable: THEIR_URL");
    project.ok(&["upgrade", "head"]);
    assert_eq!((rows(&project, Kind::Postgres, &url).as_str(), tables(&other).trim()), ("ccc3", "0"));
}

#[test]
fn no_password_is_in_an_argument_or_an_answer() {
    let (project, _) =
        project_with(Kind::Postgres, &format!("{READS}\nraise ValueError(bind.engine.url.password)"), "pass");
    super::running::write_wrapper(&project);
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    let config = config.replace(&alembic::program().display().to_string(), "./counted.sh");
    let config = config
        .replace("postgres://postgres@", "postgres://postgres:sesame@")
        .replace("postgresql://postgres@", "postgresql://postgres:sesame@");
    assert!(config.contains(":sesame@"), "{config}");
    project.write("aludel.yaml", &config);
    let run = project.run(&["upgrade", "head"]);
    let calls = std::fs::read_to_string(project.path("calls")).unwrap();
    assert!(run.stderr.contains("error[python-failed]"), "{}", run.stderr);
    assert!(calls.contains("upgrade bbb2"), "{calls}");
    assert!(!format!("{}{}{calls}", run.stdout, run.stderr).contains("sesame"), "{}{calls}", run.stderr);
    assert!(!project.ok(&["log"]).contains("sesame"));
}
