//! The server crashes in the middle of a run whose commits do not wait for the disk one by one, and a synchronous
//! standby does not answer.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use super::promotion::primary_and_standby;
use super::*;
use crate::support::PostgresOptions;
use crate::support::project::{Project, until};

/// Revisions of the history.
const COUNT: usize = 120;

fn id(number: usize) -> String {
    format!("a{number:03}")
}

/// Creates a project with a history on one line, whose revisions count themselves and make a table each.
fn counting(url: &str) -> Project {
    let project = Project::new();
    project.write("aludel.yaml", &format!("services:\n  app:\n    url: \"{url}\"\n    revisions: r\n"));
    for number in 0..COUNT {
        let down = number.checked_sub(1).map(id).unwrap_or_default();
        let first = if number == 0 { "CREATE TABLE n (n int);\nINSERT INTO n VALUES (0);\n" } else { "" };
        let upgrade = format!("{first}UPDATE n SET n = n + 1;\nCREATE TABLE t{number} (x int);");
        project.revision(&id(number), &down, &upgrade, "");
    }
    project
}

/// Returns the number of revisions that are applied. Version row, journal, tables and rows must agree on it.
fn applied(server: &Server, url: &str) -> usize {
    let number = |sql: &str| server.shell(url, sql).parse::<usize>().unwrap();
    let tables = number("SELECT count(*) FROM pg_class WHERE relname ~ '^t[0-9]+$';");
    let version = server.shell(url, "SELECT version_num FROM aludel_version;");
    assert_eq!(version, tables.checked_sub(1).map(id).unwrap_or_default());
    let done = server.shell(url, "SELECT revision FROM aludel_version_history WHERE state = 'done' ORDER BY id;");
    assert_eq!(done, (0..tables).map(id).collect::<Vec<_>>().join("\n"));
    if tables > 0 {
        assert_eq!(number("SELECT n FROM n;"), tables);
    }
    tables
}

/// What the crash loses is a number of whole revisions at the end, none of which a finished run has reported.
#[test]
fn postgres_crashes_at_any_moment_of_a_run_that_is_durable_at_its_end() {
    let settings = vec![("synchronous_commit".to_owned(), "on".to_owned())];
    let server = support::start_postgres(&PostgresOptions { settings, ..PostgresOptions::default() });
    let tally = Tally::default();
    for after in (0..30).step_by(share()).map(|round| 1 + (round * 37) % (COUNT - 1)) {
        let url = server.new_database();
        let project = counting(&url);
        let mut command = project.command(&["upgrade", "head"]);
        let mut runner = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(runner.stderr.take().unwrap()).lines();
        let seen = lines.map_while(Result::ok).filter(|line| line.contains("] upgrade ")).take(after).count();
        assert_eq!(seen, after);
        server.crash();
        tally.injected();
        let status = runner.wait().unwrap();
        let kept = applied(&server, &url);
        assert!(!status.success() || kept == COUNT, "done was reported, and {kept} revisions are there");
        project.ok(&["upgrade", "head"]);
        assert_eq!(applied(&server, &url), COUNT);
        tally.survived();
    }
    tally.told("Postgres, server crashed in a run that is durable at its end");
    server.stop();
}

#[test]
fn a_run_is_done_when_the_synchronous_standby_has_it() {
    let (primary, standby) = primary_and_standby();
    let url = primary.new_database();
    let project = counting(&url);
    let receiver = standby.shell("", "SELECT pid FROM pg_stat_wal_receiver;");
    let signal = |name: &str| {
        assert!(Command::new("kill").args([name, &receiver]).status().unwrap().success(), "{name}");
    };
    project.ok(&["upgrade", &id(0)]);
    signal("-STOP");
    let mut command = project.command(&["upgrade", "head"]);
    let mut runner = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let waiting = "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep';";
    until("a commit waits for the standby", || primary.shell("", waiting) == "t");
    assert!(runner.try_wait().unwrap().is_none(), "it did not wait for the standby");
    assert_eq!(applied(&primary, &url), COUNT - 1, "it waits with the last commit only");
    signal("-CONT");
    assert!(runner.wait().unwrap().success());
    primary.stop();
    standby.shell("", "SELECT pg_promote();");
    let name = url.rsplit('/').next().unwrap();
    assert_eq!(applied(&standby, name), COUNT);
}
