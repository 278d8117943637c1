//! `lint`: of many pending revisions without a connection, and of one new revision on a history whose replay is kept,
//! against an `upgrade` with nothing to do.
//!
//! `cargo bench --bench lint [-- pending|sqlite|postgres]`; `ALUDEL_BENCH_PENDING` (default 1000),
//! `ALUDEL_BENCH_REVISIONS` (default 300), `ALUDEL_BENCH_RUNS` (default 15).
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
    if is_wanted("pending") {
        pending(setting("ALUDEL_BENCH_PENDING", 1_000));
    }
    let count = setting("ALUDEL_BENCH_REVISIONS", 300);
    if is_wanted("sqlite") {
        let folder = folder();
        let url = format!("sqlite:{}", folder.path().join("bench.db").display());
        one_new("SQLite", folder.path(), &url, count);
    }
    if is_wanted("postgres") {
        one_new("PostgreSQL", folder().path(), &support::postgres().new_database(), count);
    }
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(ALUDEL);
    command.args(arguments).current_dir(folder).env("HOME", folder).env_remove("XDG_CACHE_HOME");
    command
}

/// Rules about statements, on the state that the texts give.
fn pending(count: usize) {
    for (product, url) in [("SQLite", "sqlite:none.db"), ("PostgreSQL", "postgres://none/none")] {
        let folder = folder();
        tables::write(folder.path(), url, 0..count);
        let mut contenders = [Contender::new("lint --offline", || {
            // Warnings and errors end it with other statuses than 0.
            let start = std::time::Instant::now();
            command(folder.path(), &["lint", "--offline"]).output().unwrap();
            start.elapsed()
        })];
        in_turn(runs(15), true, &mut contenders);
        table(&format!("{count} pending revisions, {product}"), &contenders, "lint --offline");
        let seconds = contenders[0].median().as_secs_f64();
        verdict("lint --offline", seconds, " s", seconds < 0.3, "under 0.3 s");
    }
}

fn one_new(product: &str, folder: &Path, url: &str, count: usize) {
    tables::write(folder, url, 0..count);
    output(&mut command(folder, &["upgrade", "head"]));
    tables::write(folder, url, count..count + 1);
    let first = time(&mut command(folder, &["lint"]));
    println!("\nthe first lint, which replays: {:.0} ms", first.as_secs_f64() * 1000.0);
    let last = tables::id(count - 1);
    let mut contenders = [
        // To the revision that the database is at.
        Contender::new("upgrade, nothing to do", || time(&mut command(folder, &["upgrade", &last]))),
        Contender::new("lint", || time(&mut command(folder, &["lint"]))),
    ];
    in_turn(runs(15), true, &mut contenders);
    table(&format!("lint of one new revision on {count}, {product}"), &contenders, "upgrade, nothing to do");
    let times = turn_ratio(&contenders[1], &contenders[0]);
    verdict("lint / upgrade with nothing to do", times, "x", times <= 2.0, "at most 2");
}
