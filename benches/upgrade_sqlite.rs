//! `upgrade head` on SQLite: 1,000 revisions of a table and an index, against the `sqlite3` shell that runs the same from
//! one script, each in a transaction of its own, on the same disk. aludel commits revisions in groups.
//!
//! `cargo bench --bench upgrade_sqlite`; `ALUDEL_BENCH_REVISIONS` (default 1000), `ALUDEL_BENCH_RUNS` (default 9).
//! `TMPDIR` chooses the disk.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod harness;

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use harness::measure::{Contender, in_turn, table, turn_ratio, verdict};
use harness::process::{aludel, output, time};
use harness::revisions::{self, Shape};
use harness::{folder, program, runs, setting, tell_disk};

fn main() {
    let Some(shell) = program("ALUDEL_BENCH_SQLITE3", "sqlite3", "sudo apt-get install -y sqlite3") else { return };
    let folder = folder();
    tell_disk(folder.path());
    println!("sqlite3: {}", output(Command::new(&shell).arg("--version")).trim());
    let count = setting("ALUDEL_BENCH_REVISIONS", 1_000);
    let (files, script) = (folder.path().join("revisions"), folder.path().join("script.sql"));
    revisions::write(&files, Shape::Line, count);
    let database = folder.path().join("bench.db");
    let url = format!("sqlite:{}", database.display());
    std::fs::write(&script, script_of(&database, &url, &files, count)).expect("a script");
    let mut contenders = [
        Contender::new("sqlite3", || with_fresh(&database, || feed(&shell, &database, &script))),
        Contender::new("aludel", || with_fresh(&database, || time(&mut aludel(&url, &files, &["upgrade", "head"])))),
    ];
    in_turn(runs(9), true, &mut contenders);
    table(&format!("upgrade head, {count} revisions, SQLite"), &contenders, "sqlite3");
    let times = turn_ratio(&contenders[1], &contenders[0]);
    verdict("aludel / sqlite3", times, "x", times <= 0.2, "at most a fifth, because of the groups");
}

fn with_fresh(database: &Path, run: impl FnOnce() -> Duration) -> Duration {
    let _ = std::fs::remove_file(database);
    run()
}

fn feed(shell: &Path, database: &Path, script: &Path) -> Duration {
    let start = Instant::now();
    let mut command = Command::new(shell);
    let status = command.args(["-batch", "-bail"]).arg(database).stdin(File::open(script).expect("the script"));
    assert!(status.status().expect("sqlite3").success());
    start.elapsed()
}

/// The same statements: the two tables as aludel creates them, then BEGIN, a table, an index, the version row, the
/// journal row and COMMIT for each revision.
fn script_of(database: &Path, url: &str, files: &Path, count: usize) -> String {
    output(&mut aludel(url, files, &["ensure-version"]));
    let connection = rusqlite::Connection::open(database).expect("the database");
    let mut tables = connection.prepare("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").expect("its tables");
    let mut script = String::new();
    for sql in tables.query_map([], |row| row.get::<_, String>(0)).expect("its tables") {
        let _ = writeln!(script, "{};", sql.expect("a table"));
    }
    for number in 0..count {
        let [table, index] = revisions::statements(number);
        let id = revisions::id(number);
        let row = match number.checked_sub(1).map(revisions::id) {
            None => format!("INSERT INTO aludel_version (version_num) VALUES ('{id}')"),
            Some(last) => format!("UPDATE aludel_version SET version_num = '{id}' WHERE version_num = '{last}'"),
        };
        let _ = writeln!(script, "BEGIN IMMEDIATE;\n{row};\n{table};\n{index};\n{};\nCOMMIT;", journal_row(&id));
    }
    script
}

fn journal_row(id: &str) -> String {
    let checksum = "0123456789abcdef".repeat(4);
    format!(
        "INSERT INTO aludel_version_history (revision, operation, state, started_at, duration_ms, checksum, \
         statements_done, statements_total, os_user, host, tool_version, error) VALUES ('{id}', 'upgrade', 'done', \
         '2026-01-01T12:00:00.000000Z', 1, '{checksum}', 2, 2, 'somebody', 'a-machine', '0.1.0', NULL)"
    )
}
