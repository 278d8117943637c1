//! Proofs in shadow databases against one replay of the same history: `prove` of two lines of five revisions each, and
//! the stairway of `test`.
//!
//! 300 revisions: every fifth makes a table, the others add a column, an index or rows. `cargo bench --bench proofs [--
//! sqlite|postgres|mariadb]`; `ALUDEL_BENCH_REVISIONS` (default 300), `ALUDEL_BENCH_RUNS` (default 5).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod harness;
#[path = "../tests/support/mod.rs"]
mod support;

use std::path::Path;
use std::process::Command;

use harness::measure::{Contender, in_turn, table, turn_ratio, verdict};
use harness::process::time;
use harness::{ALUDEL, folder, is_wanted, runs, setting};

/// Revisions of each of the two lines.
const SIDE: usize = 5;

fn main() {
    let count = setting("ALUDEL_BENCH_REVISIONS", 300);
    if is_wanted("sqlite") {
        let folder = folder();
        let url = format!("sqlite:{}", folder.path().join("bench.db").display());
        measure("SQLite", folder.path(), &url, count, 2.0);
    }
    if is_wanted("postgres") {
        measure("PostgreSQL", folder().path(), &support::postgres().new_database(), count, 3.0);
    }
    if is_wanted("mariadb") {
        measure("MariaDB", folder().path(), &support::mariadb().new_database(), count, 3.0);
    }
}

/// Upgrade and downgrade of a revision: most histories change tables more often than they make them.
fn statements(number: usize) -> [String; 2] {
    let table = number / 5;
    match number % 5 {
        0 => [
            format!(
                "CREATE TABLE t{table} (id integer NOT NULL PRIMARY KEY, name varchar(200) NOT NULL, amount integer);"
            ),
            format!("DROP TABLE t{table};"),
        ],
        1 => [
            format!("ALTER TABLE t{table} ADD COLUMN note varchar(100);"),
            format!("ALTER TABLE t{table} DROP COLUMN note;"),
        ],
        2 => [format!("CREATE VIEW v{table} AS SELECT id, name FROM t{table};"), format!("DROP VIEW v{table};")],
        3 => [
            format!("INSERT INTO t{table} (id, name) VALUES (1, 'one');"),
            format!("DELETE FROM t{table} WHERE id = 1;"),
        ],
        _ => [
            format!("ALTER TABLE t{table} ADD COLUMN place integer NOT NULL DEFAULT 0;"),
            format!("ALTER TABLE t{table} DROP COLUMN place;"),
        ],
    }
}

/// Writes a line of revisions behind `down`, and returns its end.
fn line(folder: &Path, name: &str, mut down: String, texts: impl Iterator<Item = [String; 2]>) -> String {
    for (number, [up, back]) in texts.enumerate() {
        let id = format!("{name}{number:07}");
        let text =
            format!("-- revision: {id}\n-- down_revision: {down}\n\n-- @upgrade\n{up}\n\n-- @downgrade\n{back}\n");
        std::fs::write(folder.join(format!("{id}.sql")), text).unwrap();
        down = id;
    }
    down
}

fn side(name: char) -> impl Iterator<Item = [String; 2]> {
    (0..SIDE).map(move |number| match number % 3 {
        0 => [
            format!("CREATE TABLE {name}{number} (id integer NOT NULL PRIMARY KEY);"),
            format!("DROP TABLE {name}{number};"),
        ],
        1 => [
            format!("ALTER TABLE t{number} ADD COLUMN {name}{number} integer;"),
            format!("ALTER TABLE t{number} DROP COLUMN {name}{number};"),
        ],
        _ => [format!("UPDATE t{number} SET amount = coalesce(amount, 0) + 1;"), "SELECT 1;".to_owned()],
    })
}

fn measure(product: &str, folder: &Path, url: &str, count: usize, goal: f64) {
    let revisions = folder.join("r");
    std::fs::create_dir_all(&revisions).unwrap();
    let config = format!("services:\n  app:\n    url: \"{url}\"\n    revisions: r\n");
    std::fs::write(folder.join("aludel.yaml"), config).unwrap();
    let end = line(&revisions, "f", "null".to_owned(), (0..count).map(statements));
    // Each command replays: what an earlier one kept is in another folder.
    let turn = std::cell::Cell::new(0);
    let command = |arguments: &[&str]| {
        turn.set(turn.get() + 1);
        let mut command = Command::new(ALUDEL);
        command.args(arguments).current_dir(folder).env("HOME", folder);
        command.env("XDG_CACHE_HOME", folder.join(format!("cache{}", turn.get())));
        command
    };
    let mut stairs = [
        Contender::new("one replay", || time(&mut command(&["inspect", "head"]))),
        Contender::new("test", || time(&mut command(&["test"]))).at_most(3),
    ];
    in_turn(runs(5), true, &mut stairs);
    table(&format!("stairway, {count} revisions, {product}"), &stairs, "one replay");
    verdict(
        "test / replay",
        turn_ratio(&stairs[1], &stairs[0]),
        "x",
        turn_ratio(&stairs[1], &stairs[0]) <= 4.0,
        "at most 4",
    );
    for name in ['a', 'b'] {
        line(&revisions, &name.to_string(), end.clone(), side(name));
    }
    let mut proofs = [
        Contender::new("one replay", || time(&mut command(&["inspect", &end]))),
        Contender::new("prove", || time(&mut command(&["prove"]))),
    ];
    in_turn(runs(5), true, &mut proofs);
    table(&format!("two lines of {SIDE} and {SIDE} behind {count} revisions, {product}"), &proofs, "one replay");
    let times = turn_ratio(&proofs[1], &proofs[0]);
    verdict("prove / replay", times, "x", times <= goal, &format!("at most {goal}"));
}
