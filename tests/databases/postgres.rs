//! Features of PostgreSQL only, on a real server: one message per revision, COPY, concurrent indexes, error positions,
//! fencing, and connections like libpq's. Features of all databases are tested in `contract.rs`.

mod catalog_marks;
mod citus;
mod connecting;
mod failing;
mod locking;
mod lost_connection;
mod own_transactions;
mod pipeline;
mod prepared;
mod running;
mod snapshots;
mod tls;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::support;
use aludel::config::DatabaseUrl;
use aludel::database::{
    Database, DatabaseError, Durability, JournalFacts, LockAttempt, RevisionExecution, RunFailure, Transaction,
    VersionTable, Watch,
};
use aludel::drivers::postgres::Postgres;
use aludel::graph::{Operation, RowChange};
use aludel::id::RevisionId;
use aludel::sql::{Dialect, split};

fn table() -> VersionTable {
    VersionTable { schema: None, name: "alembic_version".to_owned() }
}

fn try_connect(url: &str, environment: &[(&str, &str)]) -> Result<Postgres<'static>, DatabaseError> {
    let url = DatabaseUrl::parse(url, None).expect("a URL");
    let find = |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    Postgres::connect(&url, &table(), "aludel auth", &find)
}

fn connect(url: &str) -> Postgres<'static> {
    try_connect(url, &[]).unwrap_or_else(|error| panic!("{error}"))
}

/// Creates a fresh database with the version table and the journal. Returns its URL and a connection that holds the
/// lock.
fn ready() -> (String, Postgres<'static>) {
    let url = support::postgres().new_database();
    let mut database = connect(&url);
    database.state().unwrap();
    assert_eq!(database.try_lock().unwrap(), LockAttempt::Acquired);
    database.ensure_tables().unwrap();
    database.state().unwrap();
    (url, database)
}

fn ids(texts: &[&str]) -> Vec<RevisionId> {
    texts.iter().map(|text| RevisionId::new(text).unwrap()).collect()
}

/// Watch that stops the run as soon as `stop` is set, and stores the number of executed statements.
#[derive(Default, Clone)]
struct Watcher {
    stop: Arc<AtomicBool>,
    seen: usize,
}

impl Watch for Watcher {
    fn statements(&mut self, done: usize, _: usize) {
        self.seen = done;
    }

    fn interrupted(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

/// Runs `text` as the upgrade to `revision`, whose row replaces `before` (if empty, it is added).
fn run(
    database: &mut Postgres,
    (before, revision): (&[&str], &str),
    text: &str,
    transaction: Transaction,
) -> Result<Duration, RunFailure> {
    run_watched(database, (before, revision), text, transaction, &mut Watcher::default())
}

fn run_watched(
    database: &mut Postgres,
    rows: (&[&str], &str),
    text: &str,
    transaction: Transaction,
    watcher: &mut dyn Watch,
) -> Result<Duration, RunFailure> {
    run_behind(database, rows, (text, 0), transaction, watcher)
}

/// Runs the statements of `text` behind the first `skip`, as a second attempt does.
fn run_behind(
    database: &mut Postgres,
    (before, revision): (&[&str], &str),
    (text, skip): (&str, usize),
    transaction: Transaction,
    watcher: &mut dyn Watch,
) -> Result<Duration, RunFailure> {
    let change = RowChange { delete: ids(before), insert: ids(&[revision]) };
    let pieces = split(text, Dialect::POSTGRES).unwrap();
    let journal = JournalFacts {
        parents: None,
        definition: None,
        started_at: "2026-11-21T12:00:00.000001Z",
        checksum: "0f",
        os_user: "tester",
        host: "here",
        tool_version: "0.1.0",
        operation: None,
    };
    let operation = Operation::Upgrade;
    aludel::engine::execute::run(
        database,
        &RevisionExecution {
            revision,
            operation,
            text,
            pieces: &pieces,
            require: &[],
            verify: &[],
            change: &change,
            rows_after: None,
            transaction,
            skip,
            hashes: "",
            journal: Some(journal),
            durability: Durability::Immediate,
            next: None,
        },
        watcher,
    )
}

fn own(database: &mut Postgres, rows: (&[&str], &str), text: &str) -> Result<Duration, RunFailure> {
    run(database, rows, text, Transaction::Own)
}

fn rows(url: &str) -> String {
    support::postgres().shell(url, "SELECT version_num FROM alembic_version ORDER BY 1").replace('\n', " ")
}

/// Waits until `question` returns `answer`, for at most a minute.
fn wait_until(url: &str, question: &str, answer: &str) {
    let give_up = Instant::now() + Duration::from_secs(60);
    loop {
        let said = support::postgres().shell(url, question);
        if said == answer {
            return;
        }
        assert!(Instant::now() < give_up, "{question}: {said} instead of {answer}");
    }
}
