//! How long backup and restore take beside the dump program alone, on 200 MB of rows. Not a test that can fail by a busy
//! machine: `cargo test --release --test backup speed -- --ignored --nocapture` prints the ratios.

#![allow(clippy::print_stdout)]

use std::process::Command;
use std::time::{Duration, Instant};

use super::*;

fn timed(what: impl FnOnce()) -> Duration {
    let start = Instant::now();
    what();
    start.elapsed()
}

/// The quickest of three; the two take turns, so that both meet the same machine.
fn compare(name: &str, mut ours: impl FnMut(), mut theirs: impl FnMut(), mut before: impl FnMut()) {
    let (mut best, mut floor) = (Duration::MAX, Duration::MAX);
    for _ in 0..3 {
        before();
        floor = floor.min(timed(&mut theirs));
        best = best.min(timed(&mut ours));
    }
    println!("{name}: {best:.2?} against {floor:.2?}: {:.3}", best.as_secs_f64() / floor.as_secs_f64());
}

fn shell(script: &str, secret: &str) {
    let mut command = Command::new("sh");
    assert!(command.args(["-c", script]).env("MYSQL_PWD", secret).status().unwrap().success(), "{script}");
}

#[test]
#[ignore = "measures"]
fn speed_of_postgres() {
    let (project, url) = Project::with_database(Kind::Postgres);
    project.revision("a1111", "", "CREATE TABLE big (id int PRIMARY KEY, a text, b text);", "");
    project.ok(&["upgrade", "head"]);
    let rows = "INSERT INTO big SELECT n, md5(n::text) || md5((n * 7)::text), repeat(n::text, 12) FROM generate_series(1, 1300000) n;";
    project.shell(Kind::Postgres, &url, rows);
    let size = "SELECT pg_size_pretty(pg_database_size(current_database()));";
    println!("postgres: {}", project.shell(Kind::Postgres, &url, size));
    let other = project.new_database(Kind::Postgres, "other");
    let file = project.path("floor.dump").display().to_string();
    compare(
        "pg_dump",
        || drop(backed_up(&project, &["--keep", "1"])),
        || shell(&format!("pg_dump -Fc -d '{url}' -f {file}"), ""),
        || (),
    );
    let empty = "DROP TABLE IF EXISTS big, aludel_version, aludel_version_history;";
    compare(
        "pg_restore into an empty database",
        || {
            project.ok(&["restore", "latest", "--yes"]);
        },
        || {
            shell(&format!("pg_restore --single-transaction --clean --if-exists -d '{other}' {file}"), "");
        },
        || [&url, &other].into_iter().for_each(|url| drop(project.shell(Kind::Postgres, url, empty))),
    );
    compare(
        "pg_restore over the old content",
        || drop(project.ok(&["restore", "latest", "--yes"])),
        || shell(&format!("pg_restore --single-transaction --clean --if-exists -d '{other}' {file}"), ""),
        || (),
    );
}

#[test]
#[ignore = "measures"]
fn speed_of_mariadb() {
    let (project, url) = Project::with_database(Kind::Mariadb);
    project.revision("a1111", "", "CREATE TABLE big (id int PRIMARY KEY, a text, b text);", "");
    project.ok(&["upgrade", "head"]);
    let rows = "INSERT INTO big SELECT seq, concat(md5(seq), md5(seq * 7)), repeat(seq, 12) FROM seq_1_to_1300000;";
    project.shell(Kind::Mariadb, &url, rows);
    let other = project.new_database(Kind::Mariadb, "other");
    let address = &Kind::Mariadb.server().unwrap().address;
    let place = format!("--no-defaults --protocol=tcp -h {} -P {} -u {}", address.host, address.port, address.user);
    let (name, empty) = (url.rsplit('/').next().unwrap(), other.rsplit('/').next().unwrap());
    let file = project.path("floor.sql").display().to_string();
    let flags = "--single-transaction --routines --triggers --events --hex-blob";
    let dump = format!("mariadb-dump {place} {flags} {name} > {file}");
    compare("mariadb-dump", || drop(backed_up(&project, &["--keep", "1"])), || shell(&dump, &address.password), || ());
    let load = format!("mariadb {place} {empty} < {file}");
    compare("mariadb", || drop(project.ok(&["restore", "latest", "--yes"])), || shell(&load, &address.password), || ());
}

#[test]
#[ignore = "measures"]
fn speed_of_sqlite() {
    let (project, url) = Project::with_database(Kind::Sqlite);
    project.revision("a1111", "", "CREATE TABLE big (id int PRIMARY KEY, a text, b text);", "");
    project.ok(&["upgrade", "head"]);
    let rows = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 1300000) INSERT INTO big SELECT n, hex(randomblob(32)), printf('%084d', n) FROM s;";
    project.shell(Kind::Sqlite, &url, rows);
    let (path, file) = (url.trim_start_matches("sqlite:").to_owned(), project.path("floor.db").display().to_string());
    println!("sqlite: {} bytes", std::fs::metadata(&path).unwrap().len());
    compare(
        "sqlite3 .backup",
        || drop(backed_up(&project, &["--keep", "1"])),
        || shell(&format!("sqlite3 {path} '.backup {file}' && sync {file}"), ""),
        || (),
    );
    compare(
        "sqlite3 .restore",
        || drop(project.ok(&["restore", "latest", "--yes"])),
        || shell(&format!("sqlite3 {path} '.restore {file}'"), ""),
        || (),
    );
}
