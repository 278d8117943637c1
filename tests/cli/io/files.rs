//! Revision files: their contents are preserved, and files that are not revisions are reported.

use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    lines_that_look_like_sections_are_imported_as_they_are,
    comments_that_look_like_sections_are_generated_and_read_back,
    a_conflict_of_git_is_refused_before_anything_runs,
    a_template_that_nobody_filled_in_is_refused_or_warned_of,
}

const LOOKALIKES: &str = "-- @upgrade\n-- @downgrade\n-- revision: b\n-- message: c\n";

fn lines_that_look_like_sections_are_imported_as_they_are(kind: Kind) {
    let (project, url) = Project::with_database(kind);
    let mut upgrade = format!("CREATE TABLE t (x varchar(200));\nINSERT INTO t VALUES ('{LOOKALIKES}');\n");
    if kind == Kind::Postgres {
        upgrade += "COPY t FROM stdin;\n-- @downgrade\n-- @verify\n\\.\n";
    }
    project.write("old/0001_t.up.sql", &upgrade);
    project.write("old/0001_t.down.sql", "DROP TABLE t;\n");
    project.ok(&["import", "golang-migrate", "old"]);
    project.ok(&["upgrade", "head"]);
    let copied = if kind == Kind::Postgres { "2" } else { "0" };
    assert_eq!(project.shell(kind, &url, &format!("SELECT count(*) FROM t WHERE x = '{LOOKALIKES}';")), "1");
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM t WHERE x IN ('-- @downgrade', '-- @verify');"), copied);
    // A second import of the same files changes nothing.
    project.ok(&["import", "golang-migrate", "old"]);
    project.ok(&["downgrade", "base", "--yes"]);
}

fn comments_that_look_like_sections_are_generated_and_read_back(kind: Kind) {
    let (project, url) = Project::with_database(kind);
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    project.write("aludel.yaml", &format!("{config}    schema: schema.sql\n"));
    let quote = if kind == Kind::Mariadb { '`' } else { '"' };
    let named = format!("CREATE TABLE {quote}/* FILL IN */{quote} (x integer NOT NULL PRIMARY KEY);\n");
    let commented = match kind {
        Kind::Sqlite => "CREATE TABLE c (x integer NOT NULL PRIMARY KEY, y varchar(20) DEFAULT '\n-- @verify\n');\n",
        Kind::Postgres => "CREATE TABLE c (x integer NOT NULL PRIMARY KEY);\nCOMMENT ON TABLE c IS '\n-- @verify\n';\n",
        Kind::Mariadb => "CREATE TABLE c (x integer NOT NULL PRIMARY KEY) COMMENT '\n-- @verify\n';\n",
    };
    project.write("schema.sql", &format!("{named}{commented}"));
    project.ok(&["revision", "--autogenerate", "-m", "All"]);
    project.ok(&["upgrade", "head"]);
    let comment = match kind {
        Kind::Sqlite => "INSERT INTO c (x) VALUES (1); SELECT y FROM c;",
        Kind::Postgres => "SELECT obj_description('c'::regclass);",
        Kind::Mariadb => {
            "SELECT replace(table_comment, '\\n', '\n') FROM information_schema.tables WHERE table_name = 'c' AND table_schema = DATABASE();"
        }
    };
    assert!(project.shell(kind, &url, comment).contains("-- @verify"));
    assert_eq!(project.shell(kind, &url, &format!("SELECT count(*) FROM {quote}/* FILL IN */{quote};")), "0");
    project.ok(&["downgrade", "base", "--yes"]);
}

fn a_conflict_of_git_is_refused_before_anything_runs(kind: Kind) {
    let (project, url) = Project::with_database(kind);
    project.revision("aaaa", "", "CREATE TABLE a (x integer);", "DROP TABLE a;");
    let conflict = "CREATE TABLE b (x integer);\n<<<<<<< HEAD\nSELECT 1;\n=======\nSELECT 2;\n>>>>>>> feature";
    project.revision("bbbb", "aaaa", conflict, "");
    for arguments in [&["heads", "--check"][..], &["upgrade", "head"]] {
        let run = project.run(arguments);
        assert!(run.status == 1 && run.stderr.contains("error[revision-invalid]"), "{arguments:?} {}", run.stderr);
        assert!(
            run.stderr.contains("git left a merge conflict here") && run.stderr.contains("<<<<<<< HEAD"),
            "{}",
            run.stderr
        );
    }
    project.write("r/bbbb.sql", "-- revision: bbbb\n<<<<<<< HEAD\n-- down_revision: aaaa\n=======\n-- down_revision: null\n>>>>>>> feature\n\n-- @upgrade\n");
    for arguments in [&["heads"][..], &["upgrade", "head"]] {
        let run = project.run(arguments);
        assert!(
            run.status == 1 && run.stderr.contains("git left a merge conflict here"),
            "{arguments:?} {}",
            run.stderr
        );
    }
    for left in [
        "CREATE TABLE b (x integer);\n=======\nCREATE TABLE c (x integer);",
        "CREATE TABLE b (x integer);\nSELECT 1,\n>>>>>>> feature\n2;",
    ] {
        project.revision("bbbb", "aaaa", left, "");
        let run = project.run(&["upgrade", "head"]);
        assert!(run.status == 1 && run.stderr.contains("git left a merge conflict here"), "{left} {}", run.stderr);
    }
    let quoted = "CREATE TABLE b (x varchar(40));\nINSERT INTO b VALUES ('\n>>>>>>> a mail\n=======\n');";
    project.revision("bbbb", "aaaa", quoted, "DROP TABLE b;");
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM a;"), "0");
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM b;"), "1");
}

fn a_template_that_nobody_filled_in_is_refused_or_warned_of(kind: Kind) {
    let (project, _) = Project::with_database(kind);
    let run = project.run(&["upgrade", "head"]);
    assert!(
        run.status == 0 && run.stderr.contains("warning:") && run.stderr.contains("no revision file in"),
        "{}",
        run.stderr
    );
    for template in ["add-table", "add-column-backfill", "change-type"] {
        project.ok(&["revision", "-m", "Table", "--template", template]);
        let run = project.run(&["upgrade", "head"]);
        assert!(run.status == 1 && run.stderr.contains("error[open-gap]"), "{template}: {}", run.stderr);
        let file = std::fs::read_dir(project.path("r")).unwrap().next().unwrap().unwrap();
        std::fs::remove_file(file.path()).unwrap();
    }
    project.ok(&["revision", "-m", "Nothing", "--rev-id", "aaaa"]);
    let run = project.run(&["upgrade", "head", "--dry-run"]);
    assert!(run.stderr.contains("aaaa has no statement"), "{}", run.stderr);
    project.revision("bbbb", "aaaa", "-- Nothing to do here: done by hand.", "");
    project.ok(&["stamp", "aaaa"]);
    let run = project.run(&["upgrade", "head"]);
    assert!(run.status == 0 && !run.stderr.contains("warning"), "{}", run.stderr);
}

#[test]
fn conflicts_of_git_are_found_in_pairs_python_and_schema_files() {
    const CONFLICT: &str = "<<<<<<< HEAD\nSELECT 1;\n=======\nSELECT 2;\n>>>>>>> x\n";
    let project = Project::new();
    project.write("aludel.yaml", "url: sqlite:app.db\nrevisions: r\nlayout: pairs\n");
    project.write("r/20260101_000000_a.sql", CONFLICT);
    project.write("r/20260101_000000_a_rollback.sql", "");
    let pairs = project.run(&["heads", "--check"]);
    let project = Project::new();
    project.write("aludel.yaml", "url: sqlite:app.db\nrevisions: r\nschema: schema.sql\n");
    project.write(
        "r/a.py",
        "revision = 'aaaa'\n<<<<<<< HEAD\ndown_revision = None\n=======\ndown_revision = 'b'\n>>>>>>> x\n",
    );
    let python = project.run(&["heads"]);
    std::fs::remove_file(project.path("r/a.py")).unwrap();
    project.write("schema.sql", CONFLICT);
    let schema = project.run(&["check"]);
    for run in [pairs, python, schema] {
        assert!(
            run.status == 1 && run.stderr.contains("git left a merge conflict here"),
            "{}{}",
            run.stdout,
            run.stderr
        );
    }
}

#[test]
fn a_deploy_of_an_empty_folder_warns() {
    let (project, _) = Project::with_database(Kind::Sqlite);
    let run = project.run(&["deploy", "head", "--no-backup"]);
    assert!(run.status == 0 && run.stderr.contains("no revision file in"), "{}", run.stderr);
    std::fs::remove_dir(project.path("r")).unwrap();
    let run = project.run(&["deploy", "head", "--no-backup"]);
    assert!(run.status == 1 && run.stderr.contains("error[folder-not-found]"), "{}", run.stderr);
}

#[test]
fn files_in_capitals_are_read() {
    let (project, url) = Project::with_database(Kind::Sqlite);
    project.write(
        "r/A.SQL",
        "-- revision: aaaa\n\n-- @upgrade\nCREATE TABLE a (x integer);\n\n-- @downgrade\nDROP TABLE a;\n",
    );
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.shell(Kind::Sqlite, &url, "SELECT count(*) FROM a;"), "0");
}

#[test]
fn a_sqlite_url_of_sqlalchemy_is_relative_and_three_slashes_are_told() {
    let project = Project::new();
    project.write("services/aludel.yaml", "services:\n  app:\n    url: sqlite+pysqlite:///app.db\n    revisions: r\n");
    project.write("services/r/a.sql", "-- revision: aaaa\n\n-- @upgrade\nCREATE TABLE a (x integer);\n");
    project.ok(&["-c", "services/aludel.yaml", "upgrade", "head"]);
    assert!(project.path("services/app.db").is_file() && !std::path::Path::new("/app.db").exists());
    let path = project.path("new.db").display().to_string();
    let url = format!("sqlite://{path}");
    let arguments = ["upgrade", "head", "--url", &url, "--revisions", "services/r"];
    let run = project.run(&arguments);
    assert!(run.status == 0 && run.stderr.contains("warning:"), "{}", run.stderr);
    let relative = path.trim_start_matches('/');
    for spelling in [format!("`sqlite:{relative}`"), format!("`sqlite:/{relative}`")] {
        assert!(run.stderr.contains(&spelling), "{spelling} {}", run.stderr);
    }
    let run = project.run(&arguments);
    assert!(!run.stderr.contains("warning:"), "the file is there now: {}", run.stderr);
    let plain = format!("sqlite:{}", project.path("plain.db").display());
    let run = project.run(&["upgrade", "head", "--url", &plain, "--revisions", "services/r"]);
    assert!(run.status == 0 && !run.stderr.contains("warning:"), "{}", run.stderr);
}

#[test]
fn a_missing_file_of_the_config_is_shown_at_its_line() {
    let (project, url) = Project::with_database(Kind::Sqlite);
    project.write("schema/a.sql", "CREATE TABLE a (x integer);");
    let config = format!(
        "services:\n  app:\n    url: \"{url}\"\n    revisions: [r, s]\n    schema:\n      - schema/a.sql\n      - schema/b.sql\n"
    );
    project.write("aludel.yaml", &config);
    let place = |arguments: &[&str]| {
        let error = project.json(arguments)["error"].clone();
        (error["code"].clone(), error["path"].clone(), error["line"].clone(), error["column"].clone())
    };
    assert_eq!(place(&["heads"]), ("folder-not-found".into(), "aludel.yaml".into(), 4.into(), 20.into()));
    std::fs::create_dir(project.path("s")).unwrap();
    assert_eq!(
        place(&["revision", "--autogenerate", "-m", "x"]),
        ("file-unreadable".into(), "aludel.yaml".into(), 7.into(), 9.into())
    );
    let error = project.json(&["heads", "--revisions", "nowhere"])["error"].clone();
    assert!(error["line"].is_null() && error["path"] == "nowhere", "{error}");
}

/// As git gives them out on Windows: revisions, cases of tests, the config and an env file.
#[test]
fn files_with_the_line_ends_of_windows_are_the_same_files() {
    let project = Project::example();
    project.write(".env", "CHAT_DATABASE_URL=sqlite:chat.db\n");
    project.ok(&["upgrade", "head", "-s", "auth"]);
    project.ok(&["upgrade", "e6dbdc946db0", "-s", "chat2chart"]);
    let mut folders = vec![project.path("")];
    let mut changed = 0;
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if !path.to_str().unwrap().contains(".db") {
                let text = std::fs::read_to_string(&path).unwrap();
                std::fs::write(path, text.replace('\n', "\r\n")).unwrap();
                changed += 1;
            }
        }
    }
    assert!(changed > 17, "{changed}");
    project.ok(&["upgrade", "head", "--all"]);
    for arguments in [&["check"][..], &["current", "--check-heads", "--all"], &["test", "--all"], &["lint", "--all"]] {
        project.ok(arguments);
    }
    project.ok(&["downgrade", "base", "--all", "--yes"]);
}

#[cfg(unix)]
#[test]
fn a_file_is_read_once_also_when_a_link_to_it_comes_first() {
    let (project, url) = Project::with_database(Kind::Sqlite);
    project.write("aludel.yaml", &format!("services:\n  app:\n    url: \"{url}\"\n    revisions: [r, s]\n"));
    project.write("s/1.sql", "-- revision: aaaa\n\n-- @upgrade\nCREATE TABLE a (x integer);\n");
    std::fs::create_dir_all(project.path("r")).unwrap();
    std::os::unix::fs::symlink(project.path("s/1.sql"), project.path("r/1.sql")).unwrap();
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.json(&["current"])["services"][0]["rows"], serde_json::json!(["aaaa"]));
}
