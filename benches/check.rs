//! `check` of an unchanged service, whose replayed schema is kept, against an `upgrade` with nothing to do.
//!
//! 300 revisions: every fifth makes a table, the others add a column, an index or rows. `cargo bench --bench check [--
//! sqlite|postgres|mariadb]`; `ALUDEL_BENCH_REVISIONS` (default 300), `ALUDEL_BENCH_RUNS` (default 15).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod harness;
#[path = "../tests/support/mod.rs"]
mod support;

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use harness::measure::{Contender, in_turn, table, turn_ratio, verdict};
use harness::process::{output, time};
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

/// The statement of a revision: most histories change tables more often than they make them.
fn statement(number: usize) -> String {
    let table = number / 5;
    match number % 5 {
        0 => format!(
            "CREATE TABLE t{table} (id integer NOT NULL PRIMARY KEY, name varchar(200) NOT NULL, amount numeric(12, 2));"
        ),
        1 => format!("ALTER TABLE t{table} ADD COLUMN note varchar(100);"),
        2 => format!("CREATE INDEX t{table}_name ON t{table} (name);"),
        3 => format!("INSERT INTO t{table} (id, name) VALUES (1, 'one');"),
        _ => format!("ALTER TABLE t{table} ADD COLUMN place integer NOT NULL DEFAULT 0;"),
    }
}

/// Writes the history, with its desired schema.
fn write(folder: &Path, url: &str, count: usize) {
    std::fs::create_dir_all(folder.join("r")).unwrap();
    let config = format!("services:\n  app:\n    url: \"{url}\"\n    revisions: r\n    schema: schema.sql\n");
    std::fs::write(folder.join("aludel.yaml"), config).unwrap();
    let mut schema = String::new();
    for number in 0..count {
        let down = number.checked_sub(1).map_or("null".to_owned(), |before| format!("{before:08x}"));
        let text = format!(
            "-- revision: {number:08x}\n-- down_revision: {down}\n\n-- @upgrade\n{}\n\n-- @downgrade\n",
            statement(number)
        );
        std::fs::write(folder.join(format!("r/{number:08x}.sql")), text).unwrap();
        if number % 5 != 3 {
            writeln!(schema, "{}", statement(number)).unwrap();
        }
    }
    std::fs::write(folder.join("schema.sql"), schema).unwrap();
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
