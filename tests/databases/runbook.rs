//! Deploy commands on real databases: require, verify, preflight, deploy, watch.

mod deploy;
mod preflight;
mod require;
mod verify;
mod watch;

use crate::support::project::{Kind, Project};

/// Creates a project with one service `app` on a fresh database, with additional lines in its config.
fn project(kind: Kind, config: &str) -> (Project, String) {
    let (project, url) = Project::with_database(kind);
    let lines: String = config.lines().map(|line| format!("    {line}\n")).collect();
    project.write("aludel.yaml", &format!("services:\n  app:\n    url: \"{url}\"\n    revisions: r\n{lines}"));
    (project, url)
}
