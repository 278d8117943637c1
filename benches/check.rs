//! `check` of an unchanged service, whose replayed schema is kept, against an `upgrade` with nothing to do.
//!
//! 300 revisions: every fifth makes a table, the others add a column, an index or rows. `cargo bench --bench check [--
//! sqlite|postgres|mariadb]`; `ALUDEL_BENCH_REVISIONS` (default 300), `ALUDEL_BENCH_RUNS` (default 15).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod harness;
#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::process::Command;

use harness::measure::{Contender, in_turn, table, turn_ratio, verdict};
use harness::process::{output, time};
use harness::tables;
use harness::{ALUDEL, folder, is_wanted, runs, setting};

fn main() {
    let count = setting("ALUDEL_BENCH_REVISIONS", 300);
    if is_wanted("sqlite") {
        let folder = folder();
        let url = format!("sqlite:{}", folder.path().join("bench.db").display());
        measure("SQLite", folder.path(), &url, count);
    }
    if is_wanted("postgres") {
        measure("PostgreSQL", folder().path(), &support::postgres().new_database(), count);
    }
    if is_wanted("mariadb") {
        measure("MariaDB", folder().path(), &support::mariadb().new_database(), count);
    }
}

/// Writes the history, with its desired schema.
fn write(folder: &Path, url: &str, count: usize) {
    tables::write(folder, url, 0..count);
    let config = format!("services:\n  app:\n    url: \"{url}\"\n    revisions: r\n    schema: schema.sql\n");
    std::fs::write(folder.join("aludel.yaml"), config).unwrap();
    let lines = (0..count).filter(|number| number % 5 != 3).map(|number| tables::statement(number) + "\n");
    std::fs::write(folder.join("schema.sql"), lines.collect::<String>()).unwrap();
}

fn measure(product: &str, folder: &Path, url: &str, count: usize) {
    write(folder, url, count);
    let command = |arguments: &[&str]| {
        let mut command = Command::new(ALUDEL);
        command.args(arguments).current_dir(folder).env("HOME", folder).env_remove("XDG_CACHE_HOME");
        command
    };
    output(&mut command(&["upgrade", "head"]));
    let first = time(&mut command(&["check"]));
    println!("\nthe first check, which replays: {:.0} ms", first.as_secs_f64() * 1000.0);
    let mut contenders = [
        Contender::new("upgrade, nothing to do", || time(&mut command(&["upgrade", "head"]))),
        Contender::new("check", || time(&mut command(&["check"]))),
        Contender::new("check --drift", || time(&mut command(&["check", "--drift"]))),
    ];
    in_turn(runs(15), true, &mut contenders);
    table(&format!("check, {count} revisions, {product}"), &contenders, "upgrade, nothing to do");
    let times = turn_ratio(&contenders[1], &contenders[0]);
    verdict("check / upgrade with nothing to do", times, "x", times < 2.0, "under 2");
}
