//! Backup and restore beside the databases' own programs, on 1.3 million rows (some 250 MB).
//!
//! `cargo bench --bench backup [-- postgres|mariadb|sqlite]`; `ALUDEL_BENCH_ROWS` (default 1300000), `ALUDEL_BENCH_RUNS`
//! (default 5).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod harness;
#[path = "../tests/support/mod.rs"]
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use harness::measure::{Contender, in_turn, table, turn_ratio, verdict};
use harness::process::{aludel, output, time};
use harness::{folder, is_wanted, runs, setting, tell_disk};

fn main() {
    let folder = folder();
    tell_disk(folder.path());
    let rows = setting("ALUDEL_BENCH_ROWS", 1_300_000);
    let bench = Bench::new(folder.path(), rows);
    if is_wanted("postgres") {
        bench.postgres();
    }
    if is_wanted("mariadb") {
        bench.mariadb();
    }
    if is_wanted("sqlite") {
        bench.sqlite();
    }
}

struct Bench<'a> {
    folder: &'a Path,
    rows: usize,
    revisions: PathBuf,
}

/// aludel's command as a contender, and the program's.
type Pair<'p> = (&'p dyn Fn() -> Command, &'p dyn Fn() -> Command);

impl<'a> Bench<'a> {
    fn new(folder: &'a Path, rows: usize) -> Self {
        let revisions = folder.join("revisions");
        std::fs::create_dir_all(&revisions).expect("a folder");
        let config = "services:\n  bench:\n    url: ${BENCH_URL}\n    revisions: revisions\n    backup: {keep: 1}\n";
        std::fs::write(folder.join("aludel.yaml"), config).expect("aludel.yaml");
        let text = "-- revision: aaaa1111\n-- down_revision: null\n-- message: Big\n\n-- @upgrade\n\
                    CREATE TABLE big (id int PRIMARY KEY, a text, b text);\n\n-- @downgrade\nDROP TABLE big;\n";
        std::fs::write(revisions.join("aaaa1111_big.sql"), text).expect("a revision");
        Self { folder, rows, revisions }
    }

    fn aludel(&self, url: &str, arguments: &[&str]) -> Command {
        aludel(url, &self.revisions, arguments)
    }

    fn file(&self, name: &str) -> String {
        self.folder.join(name).display().to_string()
    }

    /// Measures two commands in turn, with `before` in front of each.
    fn compare(&self, program: &str, (ours, theirs): Pair<'_>, before: &dyn Fn()) {
        let run = |command: &dyn Fn() -> Command| -> Duration {
            before();
            time(&mut command())
        };
        let mut contenders = [Contender::new(program, || run(theirs)), Contender::new("aludel", || run(ours))];
        in_turn(runs(5), true, &mut contenders);
        table(&format!("aludel beside {program}, {} rows", self.rows), &contenders, program);
        let times = turn_ratio(&contenders[1], &contenders[0]);
        verdict(&format!("aludel / {program}"), times, "x", times <= 1.05, "at most 1.05");
    }

    fn postgres(&self) {
        let server = support::start_postgres(&support::PostgresOptions::default());
        let (url, other) = (server.new_database(), server.new_database());
        output(&mut self.aludel(&url, &["upgrade", "head"]));
        let fill = "INSERT INTO big SELECT n, md5(n::text) || md5((n * 7)::text), repeat(n::text, 12) FROM generate_series(1, ROWS) n;";
        server.shell(&url, &fill.replace("ROWS", &self.rows.to_string()));
        let file = self.file("floor.dump");
        let dump = shell(&format!("pg_dump -Fc -d '{url}' -f {file} && sync {file}"), "");
        self.compare("pg_dump", (&|| self.aludel(&url, &["backup"]), &dump), &|| ());
        let load = shell(&format!("pg_restore --single-transaction --clean --if-exists -d '{other}' {file}"), "");
        let empty = || {
            for url in [&url, &other] {
                server.shell(
                    url,
                    "DROP TABLE IF EXISTS big, aludel_version, aludel_version_history, aludel_version_schema;",
                );
            }
        };
        let restore = || self.aludel(&url, &["restore", "latest", "--yes"]);
        self.compare("pg_restore into an empty database", (&restore, &load), &empty);
        // pg_restore leaves what the backup does not know of; to have that go in the same transaction takes a script and psql.
        let drop = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;";
        let piped = shell(
            &format!(
                "(echo '{drop}'; pg_restore --clean --if-exists -f - {file}) | psql -X -q -1 -v ON_ERROR_STOP=1 -d '{other}'"
            ),
            "",
        );
        self.compare("DROP, pg_restore | psql over the old content", (&restore, &piped), &|| ());
        self.compare("pg_restore over the old content", (&restore, &load), &|| ());
    }

    fn mariadb(&self) {
        let server = support::start_mariadb();
        let (url, other) = (server.new_database(), server.new_database());
        output(&mut self.aludel(&url, &["upgrade", "head"]));
        let fill = "INSERT INTO big SELECT seq, concat(md5(seq), md5(seq * 7)), repeat(seq, 12) FROM seq_1_to_ROWS;";
        server.shell(&url, &fill.replace("ROWS", &self.rows.to_string()));
        let address = &server.address;
        let place = format!("--no-defaults --protocol=tcp -h {} -P {} -u {}", address.host, address.port, address.user);
        let name =
            |url: &str| url.split('?').next().and_then(|url| url.rsplit('/').next()).unwrap_or_default().to_owned();
        let (file, from, to) = (self.file("floor.sql"), name(&url), name(&other));
        let flags = "--single-transaction --routines --triggers --events --hex-blob";
        let dump = shell(&format!("mariadb-dump {place} {flags} {from} > {file} && sync {file}"), &address.password);
        self.compare("mariadb-dump", (&|| self.aludel(&url, &["backup"]), &dump), &|| ());
        let load = shell(&format!("mariadb {place} {to} < {file}"), &address.password);
        self.compare("mariadb", (&|| self.aludel(&url, &["restore", "latest", "--yes"]), &load), &|| ());
    }

    fn sqlite(&self) {
        let path = self.file("bench.db");
        let url = format!("sqlite:{path}");
        output(&mut self.aludel(&url, &["upgrade", "head"]));
        let fill = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ROWS) INSERT INTO big SELECT n, hex(randomblob(32)), printf('%084d', n) FROM s;";
        support::sqlite_shell(Path::new(&path), &fill.replace("ROWS", &self.rows.to_string()));
        let file = self.file("floor.db");
        let dump = shell(&format!("rm -f {file}; sqlite3 {path} '.backup {file}' && sync {file}"), "");
        self.compare("sqlite3 .backup", (&|| self.aludel(&url, &["backup"]), &dump), &|| ());
        let load = shell(&format!("sqlite3 {path} '.restore {file}'"), "");
        self.compare("sqlite3 .restore", (&|| self.aludel(&url, &["restore", "latest", "--yes"]), &load), &|| ());
    }
}

fn shell(script: &str, secret: &str) -> impl Fn() -> Command + use<> {
    let (script, secret) = (script.to_owned(), secret.to_owned());
    move || {
        let mut command = Command::new("sh");
        command.args(["-c", &script]).env("MYSQL_PWD", &secret);
        command
    }
}
