//! Deploy commands on real databases: verify, preflight, deploy, watch.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

#[path = "runbook/deploy.rs"]
mod deploy;
#[path = "runbook/preflight.rs"]
mod preflight;
#[path = "runbook/verify.rs"]
mod verify;
#[path = "runbook/watch.rs"]
mod watch;

use support::project::{Kind, Project};

/// Runs each test on each database.
#[macro_export]
macro_rules! on_each {
    ($($name:ident,)*) => {
        mod sqlite { $(#[test] fn $name() { super::$name(super::Kind::Sqlite); })* }
        mod postgres { $(#[test] fn $name() { super::$name(super::Kind::Postgres); })* }
        mod mariadb { $(#[test] fn $name() { super::$name(super::Kind::Mariadb); })* }
    };
}

/// Creates a project with one service `app` on a fresh database, with additional lines in its config.
fn project(kind: Kind, config: &str) -> (Project, String) {
    let (project, url) = Project::with_database(kind);
    let lines: String = config.lines().map(|line| format!("    {line}\n")).collect();
    project.write("aludel.yaml", &format!("services:\n  app:\n    url: \"{url}\"\n    revisions: r\n{lines}"));
    (project, url)
}
