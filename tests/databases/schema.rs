//! Schema commands of the binary: inspect, diff, blame, autogenerate, check, detect, derive, reset, push, seed.

mod anew;
mod autogenerating;
mod blame;
mod checking;
mod commuting;
mod commuting_random;
mod comparing;
mod deriving;
mod detecting;
mod example;
#[path = "schema/mariadb.rs"]
mod mariadb_alone;
mod newer_postgres;
mod overlooked;
mod provided;
mod rebasing;
mod renaming;
mod replaying;
mod server_kept;
mod shadows;
mod stairway;
mod test_cases;
mod test_faults;
mod test_queries;
mod trying;

use std::process::Stdio;

use serde_json::Value;

use crate::support::project::{Kind, Project};

/// Runs `test` and returns its exit status, its text, and the document of the service.
fn tested(project: &Project, arguments: &[&str]) -> (i32, String, Value) {
    let run = project.run(&[&["test"], arguments].concat());
    let document = project.json(&[&["test"], arguments].concat());
    assert!(document["error"].is_null(), "{document}");
    (run.status, run.stdout, document["services"][0].clone())
}

/// Creates a service `app` whose desired schema is in `schema.sql`. Returns the URL of its database too.
fn desiring(kind: Kind, schema: &str) -> (Project, String) {
    let (project, url) = Project::with_database(kind);
    configure(&project, &url, "    schema: schema.sql\n");
    project.write("schema.sql", schema);
    (project, url)
}

/// Rewrites the config with additional lines for the service.
fn configure(project: &Project, url: &str, more: &str) {
    project.write("aludel.yaml", &format!("services:\n  app:\n    url: \"{url}\"\n    revisions: r\n{more}"));
}

/// Generates revisions for `schema.sql` and returns their texts, in order.
fn generate(project: &Project, more: &[&str]) -> Vec<String> {
    let written = project.ok(&[&["revision", "--autogenerate", "-m", "step"], more].concat());
    written.lines().map(|path| std::fs::read_to_string(project.path(path)).unwrap()).collect()
}

/// Asserts that `check` reports no problem.
fn all_is_well(project: &Project) {
    let run = project.run(&["check"]);
    assert_eq!(run.status, 0, "{}{}", run.stdout, run.stderr);
}

/// Asserts that two schemas are equal.
fn same(project: &Project, from: &str, to: &str) {
    let run = project.run(&["diff", from, to, "--exit-code"]);
    assert_eq!(run.status, 0, "{from} {to}:\n{}{}", run.stdout, run.stderr);
}

/// Runs the binary on a terminal and types `answers`. Returns the terminal's contents and the exit status.
fn on_a_terminal(project: &Project, arguments: &str, answers: &str) -> (String, i32) {
    let binary = project.command(&[]);
    let line = format!("{} {arguments}", binary.get_program().to_string_lossy());
    let mut command = std::process::Command::new("script");
    command.args(["-qefc", &line, "/dev/null"]).current_dir(project.path("")).env_clear();
    command
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", project.path(""))
        .env("TERM", "xterm");
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("script");
    std::io::Write::write_all(child.stdin.as_mut().unwrap(), answers.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.code().unwrap_or(-1))
}
