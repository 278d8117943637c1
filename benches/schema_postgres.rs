//! A large schema on PostgreSQL: `inspect` and `diff` against `pg_dump -s` of the same database, and how both grow.
//!
//! Tables of 12 columns, each with two indexes, a primary key and a foreign key. `cargo bench --bench schema_postgres [--
//! inspect|growth]`; `ALUDEL_BENCH_TABLES` (default 1000), `ALUDEL_BENCH_LARGEST_SCHEMA` (default 10000),
//! `ALUDEL_BENCH_RUNS` (default 5).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod harness;
#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;
use std::time::{Duration, Instant};

use aludel::config::DatabaseUrl;
use aludel::database::{CatalogRequest, Database, VersionTable};
use aludel::schema::{Options, ddl, script};
use harness::measure::{Contender, in_turn, show, table, turn_ratio};
use harness::{is_wanted, runs, setting};

fn main() {
    let server = support::postgres();
    server.shell("", "ALTER SYSTEM SET max_locks_per_transaction = 1024;");
    if is_wanted("inspect") {
        let tables = setting("ALUDEL_BENCH_TABLES", 1000);
        measure(tables, runs(5));
    }
    if is_wanted("growth") {
        let largest = setting("ALUDEL_BENCH_LARGEST_SCHEMA", 10_000);
        for tables in [largest / 10, largest] {
            measure(tables, runs(3));
        }
    }
}

/// A database with so many tables; its URL.
fn made(tables: usize) -> String {
    let url = support::postgres().new_database();
    // A transaction may hold so many locks only: the tables come in hundreds.
    for first in (0..tables).step_by(100) {
        let statements: String = (first..tables.min(first + 100)).map(statements).collect();
        support::postgres().shell(&url, &format!("BEGIN;\n{statements}COMMIT;"));
    }
    support::postgres().shell(&url, "VACUUM ANALYZE;");
    url
}

fn statements(number: usize) -> String {
    let above = number.saturating_sub(1) / 2;
    format!(
        "CREATE TABLE t{number} (id bigint PRIMARY KEY, parent_id bigint REFERENCES t{above} (id), name text NOT NULL, \
         email varchar(200), age integer DEFAULT 0, price numeric(10,2) DEFAULT 0.5, is_open boolean NOT NULL DEFAULT true, \
         created timestamptz NOT NULL DEFAULT now(), changed timestamptz, tags text[], body jsonb, note text);\n\
         CREATE INDEX t{number}_name ON t{number} (name, created);\nCREATE INDEX t{number}_parent ON t{number} (parent_id);\n"
    )
}

fn open(url: &str) -> Box<dyn Database> {
    let address = DatabaseUrl::parse(url, None).unwrap();
    let table = VersionTable { schema: None, name: "aludel_version".to_owned() };
    aludel::drivers::open(&address, &table, "bench", &|_| None).unwrap()
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

/// Each with connections of its own, as a command makes them.
fn measure(tables: usize, runs: usize) {
    let (url, other) = (made(tables), made(tables));
    let read = |url: &str| open(url).catalog(&CatalogRequest::default()).unwrap();
    let mut contenders = [
        Contender::new("pg_dump -s", || timed(|| support::postgres().dump(&url, &[]))),
        Contender::new("read", || timed(|| read(&url))),
        Contender::new("inspect", || timed(|| ddl(&read(&url)))),
        Contender::new("diff", || timed(|| script(&read(&url), &read(&other), &Options::default()))),
    ];
    in_turn(runs, true, &mut contenders);
    table(&format!("{tables} tables"), &contenders, "pg_dump -s");
    let [dump, _, inspect, diff] = &contenders;
    println!("inspect against pg_dump -s: {:.2} (at most 2)", turn_ratio(inspect, dump));
    println!("diff against pg_dump -s: {:.2} (at most 3)", turn_ratio(diff, dump));
    println!("for each table: inspect {}", show(inspect.median() / u32::try_from(tables).unwrap_or(1)));
}
