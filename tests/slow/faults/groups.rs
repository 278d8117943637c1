//! SQLite, where consecutive revisions share a transaction: whatever ends the run, the file holds whole revisions up to
//! some point, at least those that were reported as done, and the next run applies the others once.

use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{Tally, rounds, with_little_room};
use crate::support::cases::share;
use crate::support::project::{Kind, Project, until};

const REVISIONS: usize = 250;

fn id(number: usize) -> String {
    format!("a{number:03}")
}

/// Creates a project of revisions that each leave a table, a row and a sum.
fn project() -> Project {
    let project = Project::new();
    project
        .write("aludel.yaml", "services:\n  app:\n    url: sqlite:unused.db\n    revisions: r\n    snapshot: false\n");
    for number in 0..REVISIONS {
        let (first, down) = match number.checked_sub(1) {
            Some(before) => ("", id(before)),
            None => ("CREATE TABLE ran (a INTEGER, sum INTEGER);\n", String::new()),
        };
        let sql = format!(
            "{first}CREATE TABLE t{number} (a INTEGER, text TEXT);\nINSERT INTO t{number} VALUES ({number}, hex(zeroblob(500)));\n\
             INSERT INTO ran SELECT {number}, coalesce(sum(a), 0) + {number} FROM ran;"
        );
        project.revision(&id(number), &down, &sql, &format!("DROP TABLE t{number};"));
    }
    project
}

/// Creates an empty database in a journal mode, and returns its URL.
fn database(project: &Project, name: &str, mode: &str) -> String {
    let url = format!("sqlite:{}", project.path(name).display());
    project.shell(
        Kind::Sqlite,
        &url,
        &format!("PRAGMA journal_mode = {mode}; CREATE TABLE other (a); DROP TABLE other;"),
    );
    url
}

/// Returns the number of revisions that a file holds, each of them whole, with its version row and its journal row.
fn whole_revisions(project: &Project, url: &str) -> usize {
    let shell = |sql: &str| project.shell(Kind::Sqlite, url, sql);
    if shell("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'ran';") == "0" {
        let tables =
            shell("SELECT name FROM sqlite_schema WHERE name NOT LIKE '%aludel%' AND name NOT LIKE 'sqlite%';");
        assert_eq!(tables, "");
        if shell("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'aludel_version_history';") == "1" {
            assert_eq!(shell("SELECT COUNT(*) FROM aludel_version;"), "0");
            assert_eq!(shell("SELECT COUNT(*) FROM aludel_version_history WHERE state = 'done';"), "0");
        }
        return 0;
    }
    assert_eq!(shell("PRAGMA integrity_check;"), "ok");
    let count: usize = shell("SELECT COUNT(*) FROM ran;").parse().unwrap();
    let expected = |text: &dyn Fn(usize) -> String| (0..count).map(text).collect::<Vec<_>>().join("\n");
    let ran = expected(&|number| format!("{number} {}", number * (number + 1) / 2));
    assert_eq!(shell("SELECT a || ' ' || sum FROM ran ORDER BY rowid;"), ran);
    let done =
        "SELECT revision FROM aludel_version_history WHERE state = 'done' AND operation = 'upgrade' ORDER BY id;";
    assert_eq!(shell(done), expected(&id));
    assert_eq!(shell("SELECT version_num FROM aludel_version;"), id(count - 1));
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 't%' ORDER BY CAST(substr(name, 2) AS INTEGER);";
    assert_eq!(shell(tables), expected(&|number| format!("t{number}")));
    let rows = expected(&|number| format!("SELECT a FROM t{number};"));
    assert_eq!(shell(&rows), expected(&|number| number.to_string()));
    count
}

/// Runs the rest, and requires that it is the rest.
fn finish(project: &Project, url: &str) {
    project.ok(&["upgrade", "head", "--url", url]);
    assert_eq!(whole_revisions(project, url), REVISIONS);
}

/// Number of revisions that a run has reported as done.
fn reported(stderr: &str) -> usize {
    stderr.lines().filter(|line| line.starts_with("app [") && line.contains("] upgrade ")).count()
}

#[test]
fn sqlite_groups_killed_at_any_time() {
    let (tally, project) = (Tally::default(), project());
    for mode in ["DELETE", "WAL"] {
        let url = database(&project, &format!("{mode}.db"), mode);
        let start = std::time::Instant::now();
        project.ok(&["upgrade", "head", "--url", &url]);
        let took = start.elapsed();
        let moments = u32::try_from((20 * rounds()).div_ceil(share())).unwrap();
        for moment in 0..moments {
            let url = database(&project, &format!("{mode}{moment}.db"), mode);
            let log = project.path("log");
            let mut command = project.command(&["upgrade", "head", "--url", &url]);
            let mut runner = command.stderr(File::create(&log).unwrap()).stdout(Stdio::null()).spawn().unwrap();
            // The fault is the moment of the kill.
            std::thread::sleep(took * moment / moments);
            tally.injected();
            let _ = runner.kill();
            runner.wait().unwrap();
            let (found, reported) =
                (whole_revisions(&project, &url), reported(&std::fs::read_to_string(&log).unwrap()));
            assert!(reported <= found, "{mode}: {reported} reported, {found} found");
            finish(&project, &url);
            tally.survived();
        }
    }
    tally.told("Sqlite, runner killed among many revisions");
}

/// Sends a signal, and waits until the process is in `state` (`ps`'s letter) or gone.
fn signal(pid: u32, signal: &str, state: &str) {
    let _ = Command::new("kill").args([signal, &pid.to_string()]).status();
    until(signal, || {
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let found = text.rsplit(") ").next().and_then(|rest| rest.chars().next());
        found.is_none_or(|found| found == 'Z' || state.contains(found))
    });
}

/// Copies what lies on the disk of a database at this moment. The index of the log is not on the disk.
fn copy(from: &Path, to: &Path) {
    for suffix in ["", "-journal", "-wal"] {
        let beside = |path: &Path| std::path::PathBuf::from(format!("{}{suffix}", path.display()));
        if beside(from).exists() {
            std::fs::copy(beside(from), beside(to)).unwrap();
        }
    }
}

/// The machine loses its power while a run goes on: what is found afterwards is the file with its journal as they were
/// at one moment, so the process is stopped while they are copied.
#[test]
fn sqlite_groups_copied_at_any_time() {
    let (tally, project) = (Tally::default(), project());
    let mut partial = 0;
    for mode in ["DELETE", "WAL"] {
        for round in 0..3 * rounds() {
            let name = format!("{mode}{round}");
            let url = database(&project, &format!("{name}.db"), mode);
            let log = project.path("log");
            let mut command = project.command(&["upgrade", "head", "--url", &url]);
            let mut runner = command.stderr(File::create(&log).unwrap()).stdout(Stdio::null()).spawn().unwrap();
            let mut copies = Vec::new();
            while runner.try_wait().unwrap().is_none() {
                signal(runner.id(), "-STOP", "tT");
                let to = format!("{name}-{}.db", copies.len());
                copy(&project.path(&format!("{name}.db")), &project.path(&to));
                let text = std::fs::read_to_string(&log).unwrap();
                signal(runner.id(), "-CONT", "RSD");
                copies.push((to, reported(&text)));
                std::thread::sleep(Duration::from_millis(7 + 5 * round as u64));
            }
            assert!(runner.wait().unwrap().success());
            // The checks take longer than the run.
            let stride = copies.len().div_ceil(12 / share().min(12));
            for (copy, reported) in copies.into_iter().step_by(stride) {
                tally.injected();
                let url = format!("sqlite:{}", project.path(&copy).display());
                let found = whole_revisions(&project, &url);
                assert!(reported <= found, "{copy}: {reported} reported, {found} found");
                partial += usize::from(found > 0 && found < REVISIONS);
                finish(&project, &url);
                tally.survived();
            }
        }
    }
    assert!(partial > 0, "no copy was taken in the middle of a run");
    tally.told("Sqlite, power lost among many revisions");
}

#[test]
fn sqlite_groups_on_a_full_disk() {
    let (tally, project) = (Tally::default(), project());
    let whole = database(&project, "whole.db", "DELETE");
    finish(&project, &whole);
    let size = std::fs::metadata(project.path("whole.db")).unwrap().len();
    let most = usize::try_from(size / 1024).unwrap();
    let mut partial = 0;
    for mode in ["DELETE", "WAL"] {
        for blocks in (16..most).step_by(most / 12 * share()) {
            for is_full in [false, true] {
                let url = database(&project, &format!("{mode}{blocks}{is_full}.db"), mode);
                tally.injected();
                let run = with_little_room(&project, &url, &["upgrade", "head"], blocks as u32, is_full);
                let (found, reported) = (whole_revisions(&project, &url), reported(&run.stderr));
                assert!(run.status != 0 || found == REVISIONS, "{}", run.stderr);
                if is_full {
                    assert_eq!(reported, found, "{mode}, {blocks} of {most}: {}", run.stderr);
                }
                assert!(reported <= found, "{mode}, {blocks} of {most}: {reported} reported, {found} found");
                partial += usize::from(found > 0 && found < REVISIONS);
                finish(&project, &url);
                tally.survived();
            }
        }
    }
    assert!(partial > 0, "no run stopped in its middle");
    tally.told("Sqlite, disk full among many revisions");
}
