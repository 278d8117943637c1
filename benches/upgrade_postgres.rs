//! `upgrade head` on PostgreSQL with fsync on: against `psql` with one message per revision, whose commits wait for the
//! disk or do not, with and without a slow network, and with nothing to do.
//!
//! `cargo bench --bench upgrade_postgres [-- upgrade|slow|nothing]`; `ALUDEL_BENCH_REVISIONS` (default 500; nothing
//! to do: always 1,000), `ALUDEL_BENCH_RUNS` (default 15; slow 5; nothing to do 21), `ALUDEL_BENCH_DELAY_MS` (default 5).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod harness;
#[path = "../tests/support/mod.rs"]
mod support;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use harness::measure::{Contender, in_turn, table, turn_ratio, verdict};
use harness::process::{aludel, output, time};
use harness::proxy::Proxy;
use harness::revisions::{self, Shape};
use harness::{ALUDEL, alembic, folder, is_wanted, program, runs, setting, tell_disk};
use support::{PostgresOptions, Server};

/// As safe as PostgreSQL is by itself.
const SAFE: [(&str, &str); 3] = [("fsync", "on"), ("synchronous_commit", "on"), ("full_page_writes", "on")];

fn main() {
    let settings = SAFE.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let server = support::start_postgres(&PostgresOptions { settings, on_disk: true, ..PostgresOptions::default() });
    if let Some(folder) = &server.folder {
        tell_disk(folder);
    }
    println!("PostgreSQL {}, fsync {}", server.shell("", "SHOW server_version"), server.shell("", "SHOW fsync"));
    let bench = Bench::new(&server);
    if is_wanted("upgrade") {
        upgrade(&bench);
    }
    if is_wanted("journal") {
        journal(&bench);
    }
    if is_wanted("slow") {
        slow(&bench);
    }
    if is_wanted("nothing") {
        nothing_to_do(&bench);
    }
}

/// The server, the revisions and the scripts that say the same to `psql`.
struct Bench<'a> {
    server: &'a Server,
    folder: tempfile::TempDir,
    count: usize,
}

impl<'a> Bench<'a> {
    fn new(server: &'a Server) -> Self {
        let (folder, count) = (folder(), setting("ALUDEL_BENCH_REVISIONS", 500));
        revisions::write(&folder.path().join("revisions"), Shape::Line, count);
        alembic::write(&folder.path().join("alembic"), count);
        let bench = Self { server, folder, count };
        std::fs::write(bench.floor(), bench.script("\\;", true)).expect("a script");
        std::fs::write(bench.unjournalled(), bench.script("\\;", false)).expect("a script");
        std::fs::write(bench.plain(), bench.script(";", true)).expect("a script");
        bench
    }

    fn revisions(&self) -> PathBuf {
        self.folder.path().join("revisions")
    }

    fn floor(&self) -> PathBuf {
        self.folder.path().join("floor.sql")
    }

    fn unjournalled(&self) -> PathBuf {
        self.folder.path().join("unjournalled.sql")
    }

    fn plain(&self) -> PathBuf {
        self.folder.path().join("plain.sql")
    }

    /// What aludel does, as a script: the two tables as it creates them, then each revision. `end` is what ends a
    /// statement inside of a revision: with `\;` psql sends all up to the next `;` as one message.
    fn script(&self, end: &str, has_journal: bool) -> String {
        let mut script = "SET client_min_messages = warning;\n".to_owned();
        for table in [VERSION_TABLE, JOURNAL] {
            let _ = writeln!(script, "{table};");
        }
        for number in 0..self.count {
            let [table, index] = revisions::statements(number);
            let id = revisions::id(number);
            let row = match number.checked_sub(1).map(revisions::id) {
                None => format!("INSERT INTO aludel_version (version_num) VALUES ('{id}')"),
                Some(last) => format!("UPDATE aludel_version SET version_num = '{id}' WHERE version_num = '{last}'"),
            };
            let mut statements = vec!["BEGIN".to_owned(), row, table, index];
            statements.extend(has_journal.then(|| journal_row(&id)));
            let _ = writeln!(script, "{}{end}\nCOMMIT;", statements.join(&format!("{end}\n")));
        }
        script
    }

    /// A fresh database at `port`, on a server that has nothing left to write.
    fn fresh(&self, port: u16) -> String {
        let url = self.server.new_database();
        self.server.shell("", "CHECKPOINT");
        through(&self.server.address.url(name(&url)), self.server.address.port, port)
    }

    fn drop(&self, url: &str) {
        self.server.shell("", &format!("DROP DATABASE {}", name(url)));
    }

    /// The time of what `command` makes of the URL of a fresh database.
    fn on_fresh(&self, port: u16, command: impl Fn(&str) -> Command) -> Duration {
        let url = self.fresh(port);
        let mut command = command(&url);
        let took = time(&mut command);
        let kept =
            self.server.shell(name(&url), "SELECT count(*) FROM pg_class WHERE relname = 'aludel_version_schema'");
        assert_eq!(kept == "1", command.get_program() == ALUDEL, "aludel keeps the schema");
        let tables = self.server.shell(name(&url), "SELECT count(*) FROM pg_class WHERE relname ~ '^t[0-9]+$'");
        assert_eq!(tables, self.count.to_string(), "all tables are there");
        self.drop(&url);
        took
    }

    fn aludel(&self, url: &str) -> Command {
        aludel(url, &self.revisions(), &["upgrade", "head"])
    }

    /// The contenders that are here, on `port`, in the order of the constants.
    fn contenders(&'a self, port: u16) -> Vec<Contender<'a>> {
        let psql_of = move |script: PathBuf| move || self.on_fresh(port, |url| psql(url, &script));
        let mut contenders = vec![
            Contender::new(FLOOR, move || {
                self.on_fresh(port, |url| {
                    let mut command = psql(url, &self.floor());
                    command.env("PGOPTIONS", "-c synchronous_commit=off");
                    command
                })
            }),
            Contender::new("aludel", move || self.on_fresh(port, |url| self.aludel(url))),
            Contender::new("psql, one message", psql_of(self.floor())),
            Contender::new("psql, each statement", psql_of(self.plain())).at_most(3),
        ];
        if let Some((program, version)) = alembic::find() {
            let project = self.folder.path().join("alembic");
            contenders.push(Contender::new(&format!("Alembic {version}"), move || {
                self.on_fresh(port, |url| alembic::command(&program, &project, &alchemy(url), &["upgrade", "head"]))
            }));
        }
        contenders
    }
}

/// `psql` that waits for nothing but the answers: the floor of a run that makes its revisions durable at its end.
const FLOOR: &str = "psql, one message, no sync";

/// Compares aludel with that floor, and with `psql` that waits for the disk too.
fn compare(contenders: &[Contender<'_>], at_most: f64) {
    let [floor, aludel, synced, ..] = contenders else { panic!("the first three contenders are always there") };
    let times = turn_ratio(aludel, floor);
    verdict("aludel / psql with one message per revision and no sync", times, "x", times <= 1.05, "at most 1.05");
    let times = turn_ratio(aludel, synced);
    verdict("aludel / psql with one message and one sync per revision", times, "x", times <= at_most, "a part");
}

/// What the journal's row of each revision costs: the same script with and without it.
fn journal(bench: &Bench<'_>) {
    let port = bench.server.address.port;
    let script = |script: PathBuf| move || bench.on_fresh(port, |url| psql(url, &script));
    let (without, with) = ("psql without the journal's rows", "psql with them");
    let mut contenders =
        [Contender::new(without, script(bench.unjournalled())), Contender::new(with, script(bench.floor()))];
    in_turn(runs(21), true, &mut contenders);
    table(&format!("{} revisions, with and without the journal's rows", bench.count), &contenders, without);
    let times = turn_ratio(&contenders[1], &contenders[0]);
    verdict("with the journal / without", times, "x", times <= 1.05, "at most 1.05");
}

const VERSION_TABLE: &str = "CREATE TABLE IF NOT EXISTS aludel_version (version_num VARCHAR(255) NOT NULL, CONSTRAINT \
                             aludel_version_pkc PRIMARY KEY (version_num))";
const JOURNAL: &str = "CREATE TABLE IF NOT EXISTS aludel_version_history (id BIGINT GENERATED BY DEFAULT AS IDENTITY \
    PRIMARY KEY, revision VARCHAR(255) NOT NULL, operation VARCHAR(16) NOT NULL, state VARCHAR(16) NOT NULL, started_at \
    TIMESTAMP WITH TIME ZONE NOT NULL, duration_ms BIGINT NULL, checksum CHAR(64) NULL, statements_done BIGINT NOT NULL, \
    statements_total BIGINT NOT NULL, os_user VARCHAR(255) NOT NULL, host VARCHAR(255) NOT NULL, tool_version VARCHAR(64) \
    NOT NULL, error TEXT NULL)";

fn journal_row(id: &str) -> String {
    let checksum = "0123456789abcdef".repeat(4);
    format!(
        "INSERT INTO aludel_version_history (revision, operation, state, started_at, duration_ms, checksum, \
         statements_done, statements_total, os_user, host, tool_version, error) VALUES ('{id}', 'upgrade', 'done', \
         '2026-01-01T12:00:00.000000Z', 1, '{checksum}', 2, 2, 'somebody', 'a-machine', '0.1.0', NULL)"
    )
}

/// The database's name in a URL.
fn name(url: &str) -> &str {
    url.split('?').next().and_then(|url| url.rsplit('/').next()).unwrap_or_default()
}

/// The URL with another port.
fn through(url: &str, from: u16, to: u16) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{}{separator}sslmode=disable", url.replace(&format!(":{from}/"), &format!(":{to}/")))
}

/// SQLAlchemy's form of it.
fn alchemy(url: &str) -> String {
    url.replacen("postgres://", "postgresql+psycopg2://", 1)
}

fn psql(url: &str, script: &Path) -> Command {
    let mut command = Command::new("psql");
    command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url, "-f"]).arg(script);
    command
}

fn upgrade(bench: &Bench<'_>) {
    count_messages_and_syncs(bench);
    let mut contenders = bench.contenders(bench.server.address.port);
    in_turn(runs(15), true, &mut contenders);
    let title = format!("upgrade head, {} revisions, PostgreSQL with fsync on", bench.count);
    table(&title, &contenders, FLOOR);
    compare(&contenders, 0.8);
}

/// One message per revision, and a few for the run (looking, lock, tables). The log is synced for the run, and by the
/// server on its own (a segment that ends, the WAL writer).
fn count_messages_and_syncs(bench: &Bench<'_>) {
    let address = &bench.server.address;
    let proxy = Proxy::start(&address.host, address.port, Duration::ZERO);
    let url = bench.fresh(address.port);
    let floor = syncs(bench, &mut psql(&url, &bench.floor()));
    bench.drop(&url);
    let url = bench.fresh(proxy.port);
    let synced = syncs(bench, &mut bench.aludel(&url));
    bench.drop(&url);
    let (revisions, messages, turns) = (bench.count as u64, proxy.counts().messages, proxy.counts().turns);
    println!(
        "\nupgrade head, {revisions} revisions: {messages} messages, {turns} round trips, {synced} WAL syncs ({floor} by psql)"
    );
    let more = messages as f64 - revisions as f64;
    verdict("messages besides one per revision", more, "", more < 10.0, "a few");
    verdict("WAL syncs", synced as f64, "", synced < 20, "under 20");
}

/// How often the log was synced while `command` ran.
fn syncs(bench: &Bench<'_>, command: &mut Command) -> u64 {
    let count = || -> u64 {
        // A process tells its numbers when it ends.
        let others =
            "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
        while bench.server.shell("", others) != "0" {}
        bench.server.shell("", "SELECT wal_sync FROM pg_stat_wal").parse().expect("a number")
    };
    let before = count();
    time(command);
    count() - before
}

fn slow(bench: &Bench<'_>) {
    let address = &bench.server.address;
    let delay = Duration::from_millis(setting("ALUDEL_BENCH_DELAY_MS", 5) as u64);
    let proxy = Proxy::start(&address.host, address.port, delay);
    let mut contenders = bench.contenders(proxy.port);
    in_turn(runs(5), false, &mut contenders);
    let title = format!("the same with {} ms added to each round trip", delay.as_millis());
    table(&title, &contenders, FLOOR);
    compare(&contenders, 0.25);
}

const NOTHING: usize = 1_000;

fn nothing_to_do(bench: &Bench<'_>) {
    let folder = folder();
    let files = folder.path().join("revisions");
    revisions::write(&files, Shape::Line, NOTHING);
    alembic::write(&folder.path().join("alembic"), NOTHING);
    let url = bench.fresh(bench.server.address.port);
    // Applied, not stamped: the journal's fingerprints are compared with the files.
    output(&mut aludel(&url, &files, &["upgrade", "head"]));
    count_round_trips(bench, &url, &files);
    let databases = [bench.fresh(bench.server.address.port), bench.fresh(bench.server.address.port)];
    let [for_alembic, for_sqlx] = &databases;
    let mut contenders = vec![Contender::new("aludel", || time(&mut aludel(&url, &files, &["upgrade", "head"])))];
    if let Some((program, version)) = alembic::find() {
        let project = folder.path().join("alembic");
        let head = revisions::id(NOTHING - 1);
        time(&mut alembic::command(&program, &project, &alchemy(for_alembic), &["stamp", &head]));
        contenders.push(Contender::new(&format!("Alembic {version}"), move || {
            time(&mut alembic::command(&program, &project, &alchemy(for_alembic), &["upgrade", "head"]))
        }));
    }
    if let Some(program) = program("ALUDEL_BENCH_SQLX", "sqlx", SQLX) {
        let migrations = folder.path().join("migrations");
        write_sqlx(&migrations);
        let run = move || {
            let mut command = Command::new(&program);
            command.args(["migrate", "run", "--source"]).arg(&migrations).args(["--database-url", for_sqlx]);
            time(&mut command)
        };
        run();
        contenders.push(Contender::new("sqlx", run));
    }
    in_turn(runs(21), true, &mut contenders);
    table("upgrade head with nothing to do, 1,000 revisions, PostgreSQL", &contenders, "aludel");
    if let [aludel, .., sqlx] = contenders.as_slice()
        && sqlx.name == "sqlx"
    {
        let times = turn_ratio(aludel, sqlx);
        verdict("aludel / sqlx", times, "x", times <= 0.9, "at most 0.9");
    }
    drop(contenders);
    databases.iter().chain([&url]).for_each(|url| bench.drop(url));
}

fn count_round_trips(bench: &Bench<'_>, url: &str, files: &Path) {
    let address = &bench.server.address;
    let proxy = Proxy::start(&address.host, address.port, Duration::ZERO);
    time(&mut aludel(&through(url, address.port, proxy.port), files, &["upgrade", "head"]));
    let counts = proxy.counts();
    println!("\nupgrade head with nothing to do: {counts:?}");
    verdict("round trips after connecting", counts.turns as f64, "", counts.turns <= 3, "at most 3");
}

const SQLX: &str = "cargo install sqlx-cli --no-default-features --features postgres,rustls";

fn write_sqlx(folder: &Path) {
    std::fs::create_dir_all(folder).expect("a folder");
    for number in 0..NOTHING {
        let [table, index] = revisions::statements(number);
        let file = folder.join(format!("{:014}_create_table.sql", 20_260_101_000_000_u64 + number as u64));
        std::fs::write(file, format!("{table};\n{index};\n")).expect("a migration");
    }
}
