//! An older build and this one at once on one database: one of them does the work. `tests/two-builds` makes the older one.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::support;
use crate::support::on_each_database;
use crate::support::project::{Kind, Project, Run};

/// Number of runs on each database.
const ROUNDS: usize = 10;
/// Revisions of a run, several pipelines long.
const COUNT: usize = 40;

on_each_database! {
    #[ignore = "tests/two-builds makes the other build"]
    an_older_build_and_this_one_at_once_do_the_work_once,
}

/// Returns the program of the older build.
fn older() -> PathBuf {
    std::env::var_os("ALUDEL_TEST_OLDER_BUILD").expect("tests/two-builds sets it").into()
}

fn id(number: usize) -> String {
    format!("a{number:03}")
}

fn an_older_build_and_this_one_at_once_do_the_work_once(kind: Kind) {
    let (older, this) = (older(), PathBuf::from(env!("CARGO_BIN_EXE_aludel")));
    let mut by_older = 0;
    for round in 0..ROUNDS {
        // The one that starts first has a small advantage.
        let builds = if round % 2 == 0 { [&older, &this] } else { [&this, &older] };
        let worker = at_once(kind, builds);
        by_older += usize::from(worker == older);
    }
    support::cases::say(&format!("{kind:?}: the older build did the work of {by_older} of {ROUNDS} runs"));
}

/// Runs both builds at once on a fresh database. Returns the one that did the work.
fn at_once(kind: Kind, builds: [&PathBuf; 2]) -> &Path {
    let (project, url) = Project::with_database(kind);
    project.revision(&id(0), "", "CREATE TABLE ran (number int);", "");
    for number in 1..COUNT {
        let upgrade = format!("CREATE TABLE t{number} (x int);\nINSERT INTO ran VALUES ({number});");
        project.revision(&id(number), &id(number - 1), &upgrade, "");
    }
    let runners = builds.map(|build| {
        let mut command = project.command_of(build, &["upgrade", "head"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    });
    let runs = runners.map(|runner| Run::of(runner.wait_with_output().unwrap()));
    // The other one waits for the lock, or gives up.
    let has_worked = |run: &Run| run.stderr.contains(&format!("[{COUNT}/{COUNT}] upgrade"));
    let has_ended_well = |run: &Run| run.status == 0 || run.stderr.contains("error[locked]");
    assert!(runs.iter().all(has_ended_well), "{runs:?}");
    assert_eq!(runs.iter().filter(|run| has_worked(run) && run.status == 0).count(), 1, "{runs:?}");
    let query = |sql: &str| project.shell(kind, &url, sql);
    let expected: Vec<_> = (1..COUNT).map(|number| number.to_string()).collect();
    assert_eq!(query("SELECT number FROM ran ORDER BY number;"), expected.join("\n"));
    assert_eq!(query("SELECT version_num FROM aludel_version;"), id(COUNT - 1));
    let expected: Vec<_> = (0..COUNT).map(id).collect();
    let journal = |what: &str| format!("SELECT revision FROM aludel_version_history {what};");
    assert_eq!(query(&journal("WHERE state = 'done' ORDER BY id")), expected.join("\n"));
    assert_eq!(query(&journal("WHERE state <> 'done'")), "");
    builds[usize::from(!has_worked(&runs[0]))]
}
