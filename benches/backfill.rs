//! A backfill of 2,000,000 rows: `-- @batch`, against the database's own client with one single UPDATE, each on a fresh
//! copy of the table; and how long a batch holds its locks.
//!
//! `cargo bench --bench backfill [-- postgres|mariadb|sqlite]`; `ALUDEL_BENCH_ROWS` (default 2000000), `ALUDEL_BENCH_RUNS`
//! (default 5).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod harness;
#[path = "../tests/support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use harness::measure::{Contender, in_turn, show, table, turn_ratio, verdict};
use harness::process::aludel;
use harness::{folder, is_wanted, runs, setting, tell_disk};
use support::{PostgresOptions, Server};

fn main() {
    let rows = setting("ALUDEL_BENCH_ROWS", 2_000_000);
    if is_wanted("postgres") {
        let settings =
            [("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on"), ("max_wal_size", "4GB")];
        let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let server =
            support::start_postgres(&PostgresOptions { settings, on_disk: true, ..PostgresOptions::default() });
        backfill("PostgreSQL", &Place::Server(&server), rows);
    }
    if is_wanted("mariadb") {
        let settings =
            ["--innodb-flush-log-at-trx-commit=1", "--innodb-buffer-pool-size=1G", "--innodb-log-file-size=1G"];
        let server = support::start_mariadb_on_disk(&settings);
        backfill("MariaDB", &Place::Server(&server), rows);
    }
    if is_wanted("sqlite") {
        let folder = folder();
        tell_disk(folder.path());
        backfill("SQLite", &Place::File(folder.path().join("bench.db")), rows);
    }
}

/// Where the table is.
enum Place<'a> {
    Server(&'a Server),
    File(PathBuf),
}

impl Place<'_> {
    fn is_mariadb(&self) -> bool {
        matches!(self, Self::Server(server) if !server.address.is_postgres())
    }

    /// A fresh database with the table filled, and nothing left to write.
    fn fresh(&self, rows: usize) -> String {
        let series = match self {
            Self::Server(_) if self.is_mariadb() => format!("SELECT seq AS n FROM seq_1_to_{rows}"),
            Self::Server(_) => format!("SELECT n FROM generate_series(1, {rows}) n"),
            Self::File(_) => {
                format!(
                    "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {rows}) SELECT n FROM s"
                )
            }
        };
        let fill = format!(
            "CREATE TABLE messages (id BIGINT PRIMARY KEY, canvas_id BIGINT NOT NULL, room_id BIGINT, body VARCHAR(100) NOT NULL);\n\
             INSERT INTO messages SELECT n, n % 1000, NULL, 'a message of some length, as they are' FROM ({series}) q;"
        );
        match self {
            Self::Server(server) => {
                let url = server.new_database();
                server.shell(&url, &fill);
                if !self.is_mariadb() {
                    server.shell(&url, "VACUUM ANALYZE messages;");
                    server.shell(&url, "CHECKPOINT;");
                }
                url
            }
            Self::File(path) => {
                for end in ["", "-wal", "-shm", "-journal"] {
                    let _ = std::fs::remove_file(format!("{}{end}", path.display()));
                }
                support::sqlite_shell(path, &fill);
                format!("sqlite:{}", path.display())
            }
        }
    }

    /// The client's command with `sql` on its standard input.
    fn client(&self, url: &str) -> Command {
        match self {
            Self::Server(server) if self.is_mariadb() => server.mariadb_client(name(url)),
            Self::Server(server) => server.psql(name(url)),
            Self::File(path) => {
                let mut command = Command::new("sqlite3");
                command.args(["-batch", "-bail"]).arg(path);
                command
            }
        }
    }

    fn done(&self, url: &str) -> String {
        let count = "SELECT count(*) FROM messages WHERE room_id = canvas_id;";
        match self {
            Self::Server(server) => server.shell(url, count),
            Self::File(path) => support::sqlite_shell(path, count).trim().to_owned(),
        }
    }

    fn drop(&self, url: &str) {
        if let Self::Server(server) = self {
            server.shell("", &format!("DROP DATABASE {};", name(url)));
        }
    }
}

fn name(url: &str) -> &str {
    url.split('?').next().and_then(|url| url.rsplit('/').next()).unwrap_or_default()
}

const UPDATE: &str = "UPDATE messages SET room_id = canvas_id";

fn backfill(title: &str, place: &Place<'_>, rows: usize) {
    let folder = folder();
    let files = folder.path().join("revisions");
    write(&files);
    let longest = Mutex::new(Vec::new());
    let on_fresh = |run: &dyn Fn(&str) -> Duration| {
        let url = place.fresh(rows);
        let took = run(&url);
        assert_eq!(place.done(&url), rows.to_string(), "all rows are filled");
        place.drop(&url);
        took
    };
    let mut contenders = [
        Contender::new("one UPDATE", || on_fresh(&|url| feed(place.client(url)))),
        Contender::new("aludel, batches", || {
            on_fresh(&|url| {
                let (took, batch) = batches(url, &files);
                longest.lock().expect("no panic").push(batch);
                took
            })
        }),
    ];
    in_turn(runs(5), false, &mut contenders);
    table(&format!("a backfill of {rows} rows, {title}"), &contenders, "one UPDATE");
    let times = turn_ratio(&contenders[1], &contenders[0]);
    verdict("batches / one UPDATE", times, "x", times <= 1.3, "at most 1.3");
    drop(contenders);
    let longest = longest.into_inner().expect("no panic").into_iter().max().unwrap_or_default();
    let seconds = longest.as_secs_f64();
    verdict(
        &format!("the longest batch of all runs ({})", show(longest)),
        seconds,
        " s",
        seconds <= 2.0,
        "at most 2 s",
    );
}

fn write(files: &Path) {
    std::fs::create_dir_all(files).expect("a folder");
    let config = "services:\n  bench:\n    url: ${BENCH_URL}\n    revisions: revisions\n";
    std::fs::write(files.with_file_name("aludel.yaml"), config).expect("aludel.yaml");
    let text = format!(
        "-- revision: aaaa1111\n-- down_revision: null\n-- message: Rooms of messages\n\n-- @upgrade\n\
         -- @batch table=messages key=id\n{UPDATE} WHERE id BETWEEN :low AND :high;\n\n-- @downgrade\n"
    );
    std::fs::write(files.join("aaaa1111_rooms.sql"), text).expect("a revision");
}

fn feed(mut command: Command) -> Duration {
    use std::io::Write as _;
    let start = Instant::now();
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the client");
    child.stdin.take().expect("a pipe").write_all(format!("{UPDATE};\n").as_bytes()).expect("written");
    assert!(child.wait().expect("the client").success());
    start.elapsed()
}

/// How long the run took, and its longest batch, as aludel tells it.
fn batches(url: &str, files: &Path) -> (Duration, Duration) {
    let start = Instant::now();
    let output = aludel(url, files, &["upgrade", "head"]).stdin(Stdio::null()).output().expect("aludel");
    let took = start.elapsed();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    let told = said.split("the longest took ").nth(1).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let (number, unit) = told.split_once(' ').unwrap_or_default();
    let number: f64 = number.parse().unwrap_or_else(|_| panic!("{said}"));
    (took, Duration::from_secs_f64(if unit.starts_with("ms") { number / 1000.0 } else { number }))
}
