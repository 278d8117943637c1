//! Variables of `.env` in the environment of the programs that aludel runs.
#![cfg(unix)]

use crate::support::project::{Kind, Project};

/// A project whose `.env` has two variables, of which the environment of the test sets one.
fn project(config: &str) -> Project {
    let (project, _) = Project::with_database(Kind::Sqlite);
    let before = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    project.write("aludel.yaml", &format!("{before}{config}"));
    project.write(".env", "FROM_FILE=file\nFROM_BOTH=file\n");
    project
}

/// Runs the binary with one of the variables set, and returns what the program wrote.
fn told(project: &Project, arguments: &[&str]) -> String {
    let output = project.command(arguments).env("FROM_BOTH", "environment").output().unwrap();
    let text = std::fs::read_to_string(project.path("told")).unwrap_or_default();
    assert!(!text.is_empty(), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    text
}

const ASKS: &str = "echo $FROM_FILE $FROM_BOTH > told";

#[test]
fn hooks_of_a_deploy_have_the_variables_of_the_env_file() {
    let project = project(&format!("    hooks:\n      after_upgrade: {{run: [sh, -c, '{ASKS}']}}\n"));
    project.revision("aaaa1111", "null", "CREATE TABLE t (x integer);", "DROP TABLE t;");
    assert_eq!(told(&project, &["deploy", "head", "--no-backup"]), "file environment\n");
}

#[test]
fn hooks_of_new_files_have_them() {
    let project = project(&format!("    post_write_hooks: [[sh, -c, '{ASKS}']]\n"));
    assert_eq!(told(&project, &["revision", "-m", "One"]), "file environment\n");
}

#[test]
fn alembic_has_them() {
    let project = project(&format!("    python: [sh, -c, '{ASKS}; exit 1']\n"));
    project.write("r/1.py", "revision = 'aaaa1111'\ndown_revision = None\n\n\ndef upgrade():\n    pass\n");
    assert_eq!(told(&project, &["upgrade", "head"]), "file environment\n");
}
