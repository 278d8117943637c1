//! `upgrade head` on MariaDB with every commit synced: revisions of one statement each, which commits by itself, so that
//! aludel journals it; against the plain client with the same statements and version rows.
//!
//! `cargo bench --bench upgrade_mariadb`; `ALUDEL_BENCH_REVISIONS` (default 500), `ALUDEL_BENCH_RUNS` (default 11).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

mod harness;
#[path = "../tests/support/mod.rs"]
mod support;

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use harness::measure::{Contender, in_turn, table, turn_ratio, verdict};
use harness::process::{aludel, time};
use harness::revisions::{self, Shape};
use harness::{folder, runs, setting, tell_disk};
use support::Server;

fn main() {
    let server =
        support::start_mariadb_on_disk(&["--innodb-flush-log-at-trx-commit=1", "--innodb-buffer-pool-size=256M"]);
    if let Some(folder) = &server.folder {
        tell_disk(folder);
    }
    println!("MariaDB {}", server.shell("", "SELECT VERSION()"));
    let (folder, count) = (folder(), setting("ALUDEL_BENCH_REVISIONS", 500));
    let bench = Bench { server: &server, folder: folder.path().to_owned(), count };
    bench.write();
    bench.count_syncs();
    let mut contenders = [
        Contender::new("mariadb, version row", || bench.on_fresh(|url| bench.feed(url, "version.sql"))),
        Contender::new("aludel, snapshot: false", || bench.on_fresh(|url| bench.without_snapshot(url))),
        Contender::new("aludel", || bench.on_fresh(|url| bench.aludel(url))),
        Contender::new("mariadb, version and journal row", || bench.on_fresh(|url| bench.feed(url, "journal.sql"))),
    ];
    in_turn(runs(11), true, &mut contenders);
    table(&format!("upgrade head, {count} revisions of one statement, MariaDB"), &contenders, "mariadb, version row");
    let times = turn_ratio(&contenders[1], &contenders[0]);
    verdict("aludel, snapshot: false / mariadb with version rows", times, "x", times <= 1.15, "at most 1.15");
}

struct Bench<'a> {
    server: &'a Server,
    folder: PathBuf,
    count: usize,
}

impl Bench<'_> {
    fn revisions(&self) -> PathBuf {
        self.folder.join("revisions")
    }

    /// Revisions of a table each, and scripts that say the same with and without the journal's row.
    fn write(&self) {
        revisions::write(&self.revisions(), Shape::Line, self.count);
        for made in revisions::history(Shape::Line, self.count) {
            let [create, index] = revisions::statements(made.number);
            let text = revisions::text(&made).replace(&format!("{index};\n"), "");
            assert!(text.contains(&create), "the table is there still");
            let name = format!("20260101_{:06}_{}_create_table.sql", made.number, made.id);
            std::fs::write(self.revisions().join(name), text).expect("a revision file");
        }
        for (name, has_journal) in [("version.sql", false), ("journal.sql", true)] {
            std::fs::write(self.folder.join(name), self.script(has_journal)).expect("a script");
        }
    }

    /// The two tables as aludel creates them, then each revision: its statement, the version row, and, when asked for, the
    /// journal's row in one transaction with it.
    fn script(&self, has_journal: bool) -> String {
        let mut script = format!("{VERSION_TABLE};\n{JOURNAL};\n");
        for number in 0..self.count {
            let [create, _] = revisions::statements(number);
            let id = revisions::id(number);
            let row = match number.checked_sub(1).map(revisions::id) {
                None => format!("INSERT INTO aludel_version (version_num) VALUES ('{id}')"),
                Some(last) => format!("UPDATE aludel_version SET version_num = '{id}' WHERE version_num = '{last}'"),
            };
            let _ = if has_journal {
                writeln!(script, "{create};\nSTART TRANSACTION;\n{row};\n{};\nCOMMIT;", journal_row(&id))
            } else {
                writeln!(script, "{create};\n{row};")
            };
        }
        script
    }

    fn on_fresh(&self, run: impl Fn(&str) -> Duration) -> Duration {
        let url = self.server.new_database();
        let took = run(&url);
        let name = url.split('?').next().and_then(|url| url.rsplit('/').next()).unwrap_or_default();
        let tables = format!(
            "SELECT COUNT(*), (SELECT version_num FROM aludel_version) FROM information_schema.TABLES \
             WHERE TABLE_SCHEMA = '{name}' AND TABLE_NAME RLIKE '^t[0-9]+$'"
        );
        let expected = format!("{}\t{}", self.count, revisions::id(self.count - 1));
        assert_eq!(self.server.shell(&url, &tables), expected, "all tables are there, and the version row");
        self.server.shell("", &format!("DROP DATABASE {name}"));
        took
    }

    /// What the journal costs, without the schema that a run keeps for `check`.
    fn without_snapshot(&self, url: &str) -> Duration {
        let config = self.folder.join("journal.yaml");
        let text = std::fs::read_to_string(self.folder.join("aludel.yaml")).expect("the config");
        std::fs::write(&config, text + "    snapshot: false\n").expect("a config");
        time(&mut aludel(url, &self.revisions(), &["-c", "journal.yaml", "upgrade", "head"]))
    }

    fn aludel(&self, url: &str) -> Duration {
        time(&mut aludel(url, &self.revisions(), &["upgrade", "head"]))
    }

    fn feed(&self, url: &str, script: &str) -> Duration {
        let name = url.split('?').next().and_then(|url| url.rsplit('/').next()).unwrap_or_default();
        feed(self.server, name, &self.folder.join(script))
    }

    /// What the server syncs for each revision.
    fn count_syncs(&self) {
        let of = |run: &dyn Fn(&str) -> Duration| {
            let before = self.counts();
            self.on_fresh(run);
            let after = self.counts();
            [0, 1, 2].map(|index| (after[index] - before[index]) as f64 / self.count as f64)
        };
        for (name, [log, data, ticks]) in [
            ("mariadb, version row", of(&|url| self.feed(url, "version.sql"))),
            ("aludel", of(&|url| self.aludel(url))),
        ] {
            println!(
                "  {name}: {:.2} syncs and {:.2} ms of the server's processor time per revision (DROP DATABASE included)",
                log + data,
                ticks * 10.0
            );
        }
    }

    /// Syncs of the log, of data files, and hundredths of a second of processor time (Linux).
    fn counts(&self) -> [u64; 3] {
        let asked = ["Innodb_os_log_fsyncs", "Innodb_data_fsyncs"];
        let [log, data] = asked.map(|name| {
            let answer = self.server.shell("", &format!("SHOW GLOBAL STATUS LIKE '{name}'"));
            answer.split('\t').nth(1).and_then(|number| number.trim().parse().ok()).unwrap_or_default()
        });
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.server.pid())).unwrap_or_default();
        let ticks: Vec<u64> = stat.split_whitespace().skip(13).take(2).filter_map(|word| word.parse().ok()).collect();
        [log, data, ticks.iter().sum()]
    }
}

fn feed(server: &Server, name: &str, script: &Path) -> Duration {
    let mut command = server.mariadb_client(name);
    let start = Instant::now();
    let status = command.stdin(File::open(script).expect("the script")).status();
    assert!(status.expect("mariadb").success());
    start.elapsed()
}

const VERSION_TABLE: &str = "CREATE TABLE aludel_version (version_num VARCHAR(255) CHARACTER SET utf8mb4 COLLATE \
                             utf8mb4_bin NOT NULL, CONSTRAINT aludel_version_pkc PRIMARY KEY (version_num)) ENGINE=InnoDB";
const JOURNAL: &str = "CREATE TABLE aludel_version_history (id BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY, revision \
    VARCHAR(255) NOT NULL, operation VARCHAR(16) NOT NULL, state VARCHAR(16) NOT NULL, started_at DATETIME(6) NOT NULL, \
    duration_ms BIGINT NULL, checksum CHAR(64) NULL, statements_done BIGINT NOT NULL, statements_total BIGINT NOT NULL, \
    os_user VARCHAR(255) NOT NULL, host VARCHAR(255) NOT NULL, tool_version VARCHAR(64) NOT NULL, error TEXT NULL) \
    ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";

fn journal_row(id: &str) -> String {
    let checksum = "0123456789abcdef".repeat(4);
    format!(
        "INSERT INTO aludel_version_history (revision, operation, state, started_at, duration_ms, checksum, \
         statements_done, statements_total, os_user, host, tool_version, error) VALUES ('{id}', 'upgrade', 'done', \
         '2026-01-01 12:00:00.000000', 1, '{checksum}', 1, 1, 'somebody', 'a-machine', '0.1.0', NULL)"
    )
}
