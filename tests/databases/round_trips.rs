//! Round trips and syncs per revision of `aludel upgrade` and of a replay, on each database. A run of twice as many revisions is
//! compared with a run of half of them: what a run costs besides its revisions is the same in both.

mod proxy;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod sqlite_syncs;

use crate::support;
use crate::support::project::Project;
use crate::support::{Address, Server};
use proxy::Proxy;

/// Revisions of the shorter run.
const COUNT: usize = 20;

const UPGRADE: &[&str] = &["upgrade", "head"];

/// A replay of the whole history in a shadow database.
const REPLAY: &[&str] = &["inspect", "head"];

/// Returns the upgrade and the downgrade of a revision by its number.
type Sections = fn(usize) -> (String, String);

/// Creates a project with `count` revisions on the database at `url`; `config` is added to its config file, `sql` returns the upgrade and the downgrade of
/// one.
fn project(url: &str, count: usize, config: &str, sql: Sections) -> Project {
    let project = Project::new();
    project.write("aludel.yaml", &format!("{config}services:\n  app:\n    url: \"{url}\"\n    revisions: r\n"));
    for number in 0..count {
        let down = number.checked_sub(1).map(|before| format!("a{before:03}")).unwrap_or_default();
        let (upgrade, downgrade) = sql(number);
        project.revision(&format!("a{number:03}"), &down, &upgrade, &downgrade);
    }
    project
}

/// Returns by how much more `measure` returns for twice as many revisions, per revision.
fn per_revision(measure: impl Fn(usize) -> usize) -> f64 {
    let (half, whole) = (measure(COUNT), measure(2 * COUNT));
    assert!(whole > half, "{whole} for {} revisions, {half} for {COUNT}", 2 * COUNT);
    (whole - half) as f64 / COUNT as f64
}

/// Returns the round trips of a command on `count` revisions and a fresh database, with those of its connections.
fn round_trips(server: &Server, command: &[&str], count: usize, config: &str, sql: Sections) -> usize {
    let proxy = Proxy::start(&server.address.host, server.address.port);
    let through = Address { host: "127.0.0.1".to_owned(), port: proxy.port, ..server.address.clone() };
    let database = Address::parse(&server.new_database()).database;
    project(&through.url(&database), count, config, sql).ok(command);
    let found = proxy.round_trips();
    println!("{command:?}, {count} revisions: {found} round trips");
    found
}

fn upgrade_round_trips(server: &Server, count: usize, config: &str, sql: Sections) -> usize {
    round_trips(server, UPGRADE, count, config, sql)
}

/// A table and an index.
fn table_and_index(number: usize) -> (String, String) {
    let upgrade = format!("CREATE TABLE t{number} (a int);\nCREATE INDEX i{number} ON t{number} (a);");
    (upgrade, format!("DROP TABLE t{number};"))
}

fn table(number: usize) -> (String, String) {
    (format!("CREATE TABLE t{number} (a int);"), format!("DROP TABLE t{number};"))
}

/// A row, of a table that the first revision creates.
fn row(number: usize) -> (String, String) {
    match number {
        0 => table(0),
        _ => (format!("INSERT INTO t0 VALUES ({number});"), format!("DELETE FROM t0 WHERE a = {number};")),
    }
}

#[test]
fn a_revision_is_one_round_trip_on_postgres() {
    for sql in [table_and_index, row] {
        let round_trips = |count| upgrade_round_trips(support::postgres(), count, "pipeline: 1\n", sql);
        assert_eq!(per_revision(round_trips), 1.0);
    }
}

/// The proxy counts a message that arrives before the answer to the last one as part of the same round trip.
#[test]
fn revisions_in_a_pipeline_need_not_be_answered_one_by_one_on_postgres() {
    let count = 2 * COUNT;
    let alone = upgrade_round_trips(support::postgres(), count, "pipeline: 1\n", table_and_index);
    let piped = upgrade_round_trips(support::postgres(), count, "pipeline: 40\n", table_and_index);
    assert!(piped + COUNT < alone, "{piped} round trips in a pipeline, {alone} without");
}

#[test]
fn replayed_revisions_need_not_be_answered_one_by_one_on_postgres() {
    let replay = |config| round_trips(support::postgres(), REPLAY, 2 * COUNT, config, table_and_index);
    let (alone, piped) = (replay("pipeline: 1\n"), replay("pipeline: 40\n"));
    assert!(piped + COUNT < alone, "{piped} round trips in a pipeline, {alone} without");
}

/// A replay has no journal.
#[test]
fn a_replayed_revision_is_a_round_trip_for_each_statement_on_mariadb() {
    for (sql, expected) in [(table as Sections, 1.0), (table_and_index, 2.0), (row, 1.0)] {
        assert_eq!(per_revision(|count| round_trips(support::mariadb(), REPLAY, count, "", sql)), expected);
    }
}

#[test]
fn a_revision_is_a_round_trip_for_each_statement_and_one_more_on_mariadb() {
    for (sql, round_trips) in [(table as Sections, 2.0), (table_and_index, 3.0), (row, 2.0)] {
        assert_eq!(per_revision(|count| upgrade_round_trips(support::mariadb(), count, "", sql)), round_trips);
    }
}

/// Returns a counter of the server.
fn status(server: &Server, name: &str) -> usize {
    let line = server.shell("", &format!("SHOW GLOBAL STATUS LIKE '{name}'"));
    line.split('\t').nth(1).unwrap_or_else(|| panic!("{name}: {line:?}")).trim().parse().unwrap()
}

/// Commits of the server, and its syncs of log and data files, during a command on `count` revisions.
fn commits_and_syncs(server: &Server, command: &[&str], count: usize, sql: Sections) -> (usize, usize) {
    let project = project(&server.new_database(), count, "", sql);
    let counts = || (status(server, "Handler_commit"), status(server, "Innodb_data_fsyncs"));
    let before = counts();
    project.ok(command);
    let after = counts();
    (after.0 - before.0, after.1 - before.1)
}

/// A table is three syncs: one of the transaction that ends the revision before and announces the statement, and two of
/// the statement itself. A row is one. A replay has no journal: there a table is the two of the statement itself, and one
/// when it is dropped with the shadow database.
#[test]
fn commits_and_syncs_of_a_revision_on_mariadb() {
    if !support::is_mariadb() {
        // Its data dictionary is in InnoDB too, and the number of its commits varies.
        support::cases::say("commits and syncs are not counted on MySQL");
        return;
    }
    let server = support::start_mariadb_on_disk(&[
        "--innodb-flush-log-at-trx-commit=1",
        // Threads of the server that sync on their own: the log once a second, and statistics of tables.
        "--innodb-flush-log-at-timeout=2700",
        "--innodb-stats-persistent=0",
    ]);
    for (command, sql, commits, syncs) in
        [(UPGRADE, table as Sections, 5, 3), (UPGRADE, row, 5, 1), (REPLAY, table, 0, 3), (REPLAY, row, 1, 1)]
    {
        // Other threads, which purge old rows and write pages, still sync now and then. So the least of several runs
        // counts.
        let mut least = [usize::MAX; 2];
        for attempt in 1.. {
            let half = commits_and_syncs(&server, command, COUNT, sql);
            let whole = commits_and_syncs(&server, command, 2 * COUNT, sql);
            println!("{command:?}, {COUNT} revisions: {half:?} commits and syncs, {}: {whole:?}", 2 * COUNT);
            least = [least[0].min(half.1), least[1].min(whole.1)];
            assert_eq!(whole.0 - half.0, commits * COUNT, "commits of {COUNT} revisions");
            if least[1] - least[0] == syncs * COUNT {
                break;
            }
            assert!(attempt < 10, "{least:?} syncs of {COUNT} and {} revisions: {syncs} each expected", 2 * COUNT);
        }
    }
}
