//! Files that sections and templates include: part of the revision wherever it is read, and never from outside of the
//! project.

use crate::heads::{commit, git};
use crate::support::on_each_database;
use crate::support::project::{Kind, Project};

on_each_database! {
    an_included_file_runs_as_if_it_was_written_there,
    a_change_of_an_included_file_is_a_change_of_the_revision,
    an_error_of_the_server_is_shown_in_the_included_file,
}

const HEAD: &str = "-- revision: aaaa1111\n-- message: First\n\n";

/// A revision that includes two files in its upgrade, one of them through the other, and one in its downgrade.
fn including(kind: Kind) -> (Project, String) {
    let (project, url) = Project::with_database(kind);
    project.write("sql/table.sql", "CREATE TABLE t (x integer);\n-- @include more/rows.sql\n");
    project.write("sql/more/rows.sql", "INSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);");
    project.write("sql/drop.sql", "DROP TABLE t;\n");
    let body = "-- @upgrade\n-- @include ../sql/table.sql\nINSERT INTO t VALUES (3);\n\n";
    project.write("r/1.sql", &format!("{HEAD}{body}-- @downgrade\n-- @include ../sql/drop.sql\n"));
    (project, url)
}

fn an_included_file_runs_as_if_it_was_written_there(kind: Kind) {
    let (project, url) = including(kind);
    let shown = project.ok(&["show", "head"]);
    assert!(shown.contains("VALUES (2);\nINSERT INTO t VALUES (3)") && !shown.contains("@include"), "{shown}");
    assert!(project.ok(&["upgrade", "head", "--sql"]).contains("INSERT INTO t VALUES (1)"));
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.shell(kind, &url, "SELECT count(*) FROM t;"), "3");
    // What an older release needs to go back has the text too.
    let kept = "SELECT count(*) FROM aludel_version_history WHERE definition LIKE '%DROP TABLE t%';";
    assert_eq!(project.shell(kind, &url, kept), "1");
    project.ok(&["downgrade", "base", "--yes"]);
    project.ok(&["check"]);
}

fn a_change_of_an_included_file_is_a_change_of_the_revision(kind: Kind) {
    let (project, _) = including(kind);
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.run(&["check"]).status, 0);
    project.write(
        "sql/more/rows.sql",
        "-- a comment counts as little as in the file itself\nINSERT INTO t VALUES (1);\nINSERT INTO t VALUES (2);",
    );
    assert_eq!(project.run(&["check"]).status, 0);
    project.write("sql/more/rows.sql", "INSERT INTO t VALUES (1);");
    let run = project.run(&["check"]);
    assert!(run.status != 0 && (run.stdout.clone() + &run.stderr).contains("aaaa1111"), "{}{}", run.stdout, run.stderr);
}

fn an_error_of_the_server_is_shown_in_the_included_file(kind: Kind) {
    let (project, _) = including(kind);
    project.write("sql/more/rows.sql", "INSERT INTO t VALUES (1);\nINSERT INTO missing VALUES (2);\n");
    let run = project.run(&["upgrade", "head"]);
    assert_eq!(run.status, 1);
    assert!(run.stderr.contains("sql/more/rows.sql:2"), "{}", run.stderr);
    project.write("sql/more/rows.sql", "INSERT INTO t VALUES ('open);\n");
    let run = project.run(&["upgrade", "head"]);
    assert!(run.stderr.contains("sql/more/rows.sql:1"), "{}", run.stderr);
}

/// Prints what `show` refuses for a revision whose upgrade has these lines.
fn refusal(project: &Project, body: &str) -> String {
    project.write("r/1.sql", &format!("{HEAD}-- @upgrade\n{body}"));
    let run = project.run(&["show", "head"]);
    assert_eq!(run.status, 1, "{body}: {}", run.stdout);
    assert!(run.stderr.contains("error[revision-invalid]"), "{}", run.stderr);
    run.stderr
}

#[test]
fn nothing_from_outside_of_the_project_is_included() {
    let (project, _) = Project::with_database(Kind::Sqlite);
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret.sql"), "geheim\n").unwrap();
    project.write("sql/a.sql", "-- @include ../../x.sql\n");
    let absolute = format!("-- @include {}\n", outside.path().join("secret.sql").display());
    for (body, expected) in [
        (&*absolute, "r/1.sql:5:13"),
        ("-- @include ../../../../etc/passwd\n", "outside of the project"),
        ("-- @include ../missing/../../x.sql\n", "outside of the project"),
        ("-- @include ../sql/a.sql\n", "sql/a.sql:1:13"),
    ] {
        let stderr = refusal(&project, body);
        assert!(stderr.contains(expected) && stderr.contains("^^^") && !stderr.contains("geheim"), "{body}: {stderr}");
    }
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(outside.path(), project.path("sql/link")).unwrap();
        let stderr = refusal(&project, "-- @include ../sql/link/secret.sql\n");
        assert!(stderr.contains("outside of the project") && !stderr.contains("geheim"), "{stderr}");
        std::os::unix::fs::symlink(project.path("sql/b.sql"), project.path("sql/inside.sql")).unwrap();
        project.write("sql/b.sql", "SELECT 1;\n");
        project.write("r/1.sql", &format!("{HEAD}-- @upgrade\n-- @include ../sql/inside.sql\n"));
        assert!(project.ok(&["show", "head"]).contains("SELECT 1"));
    }
}

#[test]
fn what_cannot_be_included_is_refused_at_its_line() {
    let (project, _) = Project::with_database(Kind::Sqlite);
    project.write("sql/cycle.sql", "SELECT 1;\n-- @include cycle.sql\n");
    project.write("sql/marker.sql", "SELECT 1;\n-- @downgrade\n");
    project.write("sql/conflict.sql", "SELECT 1;\n<<<<<<< HEAD\nSELECT 2;\n=======\nSELECT 3;\n>>>>>>> x\n");
    for (body, expected) in [
        ("-- @include ../sql/missing.sql\n", "cannot be read"),
        ("-- @include ../sql\n", "this is not a file"),
        ("-- @include\n", "no file is named"),
        ("  -- @include ../sql/cycle.sql\n", "includes no file"),
        ("-- @includes ../sql/cycle.sql\n", "includes no file"),
        ("-- @include ../sql/cycle.sql\n", "includes itself"),
        ("-- @include ../sql/marker.sql\n", "sql/marker.sql:2"),
        ("-- @include ../sql/conflict.sql\n", "sql/conflict.sql:2"),
    ] {
        let stderr = refusal(&project, body);
        assert!(stderr.contains(expected), "{body}: {stderr}");
    }
    for depth in 0..12 {
        project.write(&format!("sql/{depth}.sql"), &format!("-- @include {}.sql\n", depth + 1));
    }
    assert!(refusal(&project, "-- @include ../sql/0.sql\n").contains("more than 8 files"));
}

#[test]
fn a_line_of_data_that_looks_like_one_has_a_prefix() {
    let (project, url) = Project::with_database(Kind::Sqlite);
    let body = "CREATE TABLE t (x text);\nINSERT INTO t VALUES ('\n-- @include a.sql\n');\n";
    let header = "-- revision: aaaa1111\n-- section_prefix: x-\n\n";
    project.write("r/1.sql", &format!("{header}-- @x-upgrade\n{body}-- @x-include ../b.sql\n"));
    project.write("b.sql", "INSERT INTO t VALUES ('-- @upgrade');\n-- @upgrade\n");
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.shell(Kind::Sqlite, &url, "SELECT count(*) FROM t WHERE x LIKE '%-- @include a.sql%';"), "1");
    // An import writes the prefix by itself.
    project.write("old/0002_u.up.sql", "INSERT INTO t VALUES ('\n-- @include a.sql\n');\n");
    project.ok(&["import", "golang-migrate", "old", "--dry-run"]);
    std::fs::remove_file(project.path("r/1.sql")).unwrap();
    project.ok(&["import", "golang-migrate", "old"]);
    let text = std::fs::read_to_string(project.path("r/0002_u.sql")).unwrap();
    assert!(text.contains("-- section_prefix: ") && text.contains("\n-- @include a.sql\n"), "{text}");
    project.ok(&["show", "0002"]);
}

#[test]
fn a_rewritten_file_keeps_its_line_and_a_squash_has_the_text() {
    let (project, _) = including(Kind::Sqlite);
    project.revision("bbbb2222", "aaaa1111", "INSERT INTO t VALUES (4);", "DELETE FROM t WHERE x = 4;");
    project.write("sql/u.sql", "CREATE TABLE u (x integer);\n");
    let header = "-- revision: cccc3333\n-- down_revision: aaaa1111\n\n";
    project
        .write("r/3.sql", &format!("{header}-- @upgrade\n-- @include ../sql/u.sql\n\n-- @downgrade\nDROP TABLE u;\n"));
    project.ok(&["rebase", "cccc3333", "--onto", "bbbb2222", "--yes"]);
    let text = std::fs::read_to_string(project.path("r/3.sql")).unwrap();
    assert!(text.contains("down_revision: bbbb2222\n") && text.contains("\n-- @include ../sql/u.sql\n"), "{text}");
    project.ok(&["squash", "aaaa1111:bbbb2222", "-m", "Both"]);
    let text = std::fs::read_to_string(project.path("r/3.sql")).unwrap();
    assert!(!text.contains("bbbb2222") && text.contains("\n-- @include ../sql/u.sql\n"), "{text}");
    let all = std::fs::read_dir(project.path("r"))
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    let squashed = all.into_iter().find(|text| text.contains("-- replaces: ")).unwrap();
    assert!(squashed.contains("CREATE TABLE t") && !squashed.contains("@include"), "{squashed}");
}

#[test]
fn templates_include_files_under_the_same_rule() {
    let (project, url) = Project::with_database(Kind::Sqlite);
    project.write(
        "templates/audit.sql",
        "{# audited #}\n{{ header }}\n-- @upgrade\n{% include \"parts/table.txt\" %}\n-- @downgrade\n",
    );
    project.write("templates/parts/table.txt", "CREATE TABLE audit_{{ service }} (x integer);\n");
    project.ok(&["revision", "-m", "Audit", "--template", "audit", "--rev-id", "aaaa1111"]);
    assert!(project.ok(&["show", "head"]).contains("CREATE TABLE audit_app (x integer);\n\n-- @downgrade"));
    project.write("templates/audit.sql", "{{ header }}\n-- @upgrade\n{% include \"../../../x\" %}\n");
    let run = project.run(&["revision", "-m", "Audit", "--template", "audit"]);
    assert!(run.stderr.contains("templates/audit.sql:3") && run.stderr.contains("outside"), "{}", run.stderr);
    // A revision that is a template includes files in both ways.
    let header = "-- revision: bbbb2222\n-- down_revision: aaaa1111\n-- template: true\n\n";
    project.write("sql/rows.sql", "INSERT INTO {{ table }} VALUES (1);");
    let body =
        "{% set table = 'audit_app' %}\n{% for i in range(3) %}{%- include \"../sql/rows.sql\" -%}{% endfor %}\n";
    project.write("r/2.sql", &format!("{header}-- @upgrade\n{body}-- @include ../sql/rows.sql\n"));
    project.ok(&["upgrade", "head"]);
    assert_eq!(project.shell(Kind::Sqlite, &url, "SELECT count(*) FROM audit_app;"), "4");
}

#[test]
fn an_edit_of_an_included_file_is_an_edit_against_a_git_ref() {
    let (project, _) = including(Kind::Sqlite);
    git(&project, &["init", "-q", "-b", "main"]);
    commit(&project, "One");
    let edited = || project.run(&["lint", "--against", "main", "--offline"]);
    assert!(!edited().stdout.contains("history-edited"), "{}", edited().stdout);
    project.write("sql/more/rows.sql", "INSERT INTO t VALUES (9);\n");
    assert!(edited().stdout.contains("history-edited"), "{}{}", edited().stdout, edited().stderr);
}
