//! Connections of the program: requests on them, and the restoration of their settings.

use aludel::crates::mysql::prelude::Queryable as _;
use aludel::crates::{mysql, postgres, rusqlite};
use aludel::engine::EngineError;
use aludel::migrator::Error;
use aludel::{Embedded, Migrator};

use crate::support;
use aludel::database::LockAttempt;

/// Revisions of the example: rows, an index, a verification.
static NOTES: Embedded = aludel::embed!("examples/notes/revisions");
static UNVERIFIED: Embedded = Embedded::new(
    "unverified",
    &[(
        "r/1.sql",
        "-- revision: aaaa1111\n\n-- @upgrade\nCREATE TABLE one (id INTEGER);\nINSERT INTO one VALUES (7);\n\n-- @downgrade\nDROP TABLE one;\n\n-- @verify\nSELECT id FROM one;\n",
    )],
);
static UNMET: Embedded = Embedded::new(
    "unmet",
    &[(
        "r/1.sql",
        "-- revision: aaaa1111\n\n-- @require\nSELECT 1 AS id;\n\n-- @upgrade\nCREATE TABLE one (id INTEGER);\n",
    )],
);
static FAILING: Embedded = Embedded::new(
    "failing",
    &[(
        "r/1.sql",
        "-- revision: aaaa1111\n\n-- @upgrade\nCREATE TABLE one (id INTEGER PRIMARY KEY);\nINSERT INTO one VALUES (1);\nINSERT INTO one VALUES (1);\n",
    )],
);

fn migrator(revisions: &Embedded) -> Migrator {
    Migrator::embedded(revisions.clone()).unwrap().may_lose_rows(true)
}

fn assert_in_transaction<T: std::fmt::Debug>(result: Result<T, Error>) {
    let error = result.unwrap_err().to_string();
    assert!(error.contains("a transaction is open on this connection"), "{error}");
}

fn assert_failed(error: &Error) {
    let text = error.to_string();
    assert!(text.contains("r/1.sql:6:") && text.contains("statement 3 of 3"), "{text}");
}

fn assert_unverified(error: &Error) {
    assert!(error.to_string().contains("the verify query found 1 row"), "{error}");
    assert!(matches!(error.engine(), Some(EngineError::Failed { failure, .. }) if failure.rolled_back), "{error:?}");
}

fn assert_unmet(error: &Error) {
    assert!(error.to_string().contains("the require query found 1 row"), "{error}");
}

#[test]
fn sqlite_goes_up_and_down_on_a_connection_of_the_programs() {
    let mut connection = rusqlite::Connection::open_in_memory().unwrap();
    let report = migrator(&NOTES).with_connection(&mut connection).upgrade("head").unwrap();
    assert_eq!(report.steps().count(), 3);
    assert!(migrator(&NOTES).with_connection(&mut connection).status().unwrap().is_up_to_date());
    migrator(&NOTES).with_connection(&mut connection).downgrade("base").unwrap();
    assert!(migrator(&NOTES).with_connection(&mut connection).current().unwrap().is_empty());
    assert_failed(&migrator(&FAILING).with_connection(&mut connection).upgrade("head").unwrap_err());
    assert!(connection.prepare("SELECT * FROM one").is_err(), "it was rolled back");
}

#[test]
fn sqlite_connections_come_back_as_they_were() {
    let mut connection = rusqlite::Connection::open_in_memory().unwrap();
    let settings = "PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 1234; PRAGMA case_sensitive_like = ON";
    connection.execute_batch(settings).unwrap();
    migrator(&NOTES).with_connection(&mut connection).upgrade("head").unwrap();
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!((number("PRAGMA foreign_keys"), number("PRAGMA busy_timeout")), (1, 1234));
    assert_eq!(number("SELECT 'a' LIKE 'A'"), 0);
    connection.execute_batch("BEGIN").unwrap();
    assert_in_transaction(migrator(&NOTES).with_connection(&mut connection).upgrade("head"));
    assert!(!connection.is_autocommit(), "the transaction is the program's still");
}

fn client() -> (postgres::Client, String) {
    let url = support::postgres().new_database();
    (postgres::Client::connect(&url, postgres::NoTls).unwrap(), url)
}

#[test]
fn postgres_goes_up_and_down_on_a_connection_of_the_programs() {
    let (mut client, _) = client();
    let report = migrator(&NOTES).with_connection(&mut client).upgrade("head").unwrap();
    assert_eq!(report.steps().count(), 3);
    assert!(migrator(&NOTES).with_connection(&mut client).status().unwrap().is_up_to_date());
    assert_eq!(migrator(&NOTES).with_connection(&mut client).plan_downgrade("base").unwrap().steps().count(), 3);
    migrator(&NOTES).with_connection(&mut client).downgrade("base").unwrap();
    let one = migrator(&NOTES).single_transaction(true).with_connection(&mut client).upgrade("head").unwrap();
    assert_eq!(one.steps().count(), 3);
}

#[test]
fn postgres_failures_are_at_the_statement_that_failed() {
    let (mut client, _) = client();
    assert_failed(&migrator(&FAILING).with_connection(&mut client).upgrade("head").unwrap_err());
    assert_unverified(&migrator(&UNVERIFIED).with_connection(&mut client).upgrade("head").unwrap_err());
    assert_unmet(&migrator(&UNMET).with_connection(&mut client).upgrade("head").unwrap_err());
    let left: i64 = client.query_one("SELECT count(*) FROM pg_tables WHERE tablename = 'one'", &[]).unwrap().get(0);
    assert_eq!(left, 0);
}

#[test]
fn postgres_runs_what_a_transaction_cannot_hold_and_copies_rows() {
    static MIXED: Embedded = Embedded::new(
        "mixed",
        &[
            (
                "r/1.sql",
                "-- revision: aaaa1111\n\n-- @upgrade\nCREATE TABLE one (id INTEGER, name TEXT);\nCOPY one FROM stdin;\n1\ta\n2\tb\n\\.\nSET search_path = pg_catalog;\n",
            ),
            (
                "r/2.sql",
                "-- revision: bbbb2222\n-- down_revision: aaaa1111\n-- transaction: false\n\n-- @upgrade\nINSERT INTO one VALUES (3, 'c');\nCREATE INDEX CONCURRENTLY one_name ON one (name);\nINSERT INTO one VALUES (4, 'd');\n",
            ),
            (
                "r/3.sql",
                "-- revision: cccc3333\n-- down_revision: bbbb2222\n-- transaction: false\n\n-- @upgrade\nINSERT INTO one VALUES (5, 'e');\nINSERT INTO one VALUES ('x', 'f');\n",
            ),
        ],
    );
    let (mut client, _) = client();
    migrator(&MIXED).with_connection(&mut client).upgrade("bbbb2222").unwrap();
    let error = migrator(&MIXED).with_connection(&mut client).upgrade("head").unwrap_err();
    assert!(error.to_string().contains("r/3.sql:7:25: "), "{error}");
    let count: i64 = client.query_one("SELECT count(*) FROM one", &[]).unwrap().get(0);
    assert_eq!(count, 5, "what ran outside a transaction stays");
    let status = migrator(&MIXED).with_connection(&mut client).status().unwrap();
    assert_eq!((status.incomplete.len(), status.incomplete[0].statements_done), (1, 1));
}

#[test]
fn postgres_sessions_come_back_as_they_were() {
    static SETTING: Embedded = Embedded::new(
        "setting",
        &[(
            "r/1.sql",
            "-- revision: aaaa1111\n\n-- @upgrade\nSET search_path = pg_catalog;\nSET lock_timeout = '1min';\nCREATE TABLE public.one (id INTEGER);\n",
        )],
    );
    let (mut client, _) = client();
    client
        .batch_execute(
            "CREATE SCHEMA mine; SET search_path = mine; SET lock_timeout = '7s'; SET application_name = 'me'",
        )
        .unwrap();
    migrator(&SETTING).with_connection(&mut client).upgrade("head").unwrap();
    let mut shown = |name: &str| client.query_one(&format!("SHOW {name}"), &[]).unwrap().get::<_, String>(0);
    assert_eq!(shown("search_path"), "mine");
    assert_eq!(shown("lock_timeout"), "7s");
    assert_eq!(shown("application_name"), "me");
    assert_eq!(shown("client_connection_check_interval"), "0");
    let there: bool = client.query_one("SELECT to_regclass('mine.aludel_version') IS NOT NULL", &[]).unwrap().get(0);
    assert!(there, "its search path is the migrator's, too");
    // Only this database's: other tests use the server too.
    let sql = "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database \
               WHERE l.locktype = 'advisory' AND d.datname = current_database()";
    let locks: i64 = client.query_one(sql, &[]).unwrap().get(0);
    assert_eq!(locks, 0);
    client.batch_execute("BEGIN").unwrap();
    assert_in_transaction(migrator(&SETTING).with_connection(&mut client).status());
    client.batch_execute("ROLLBACK").unwrap();
}

#[test]
fn postgres_waits_for_another_runner_on_a_connection_of_the_programs() {
    let (mut client, url) = client();
    let table = aludel::database::VersionTable { schema: None, name: "aludel_version".to_owned() };
    let address = aludel::config::DatabaseUrl::parse(&url, None).unwrap();
    let mut other = aludel::drivers::open(&address, &table, "other", &|_| None).unwrap();
    assert_eq!(other.try_lock().unwrap(), LockAttempt::Acquired);
    let impatient = migrator(&NOTES).lock_timeout(std::time::Duration::ZERO);
    assert!(impatient.with_connection(&mut client).upgrade("head").unwrap_err().is_locked());
}

fn conn() -> mysql::Conn {
    mysql::Conn::new(mysql::Opts::from_url(&support::mariadb().new_database()).unwrap()).unwrap()
}

#[test]
fn mariadb_goes_up_and_down_on_a_connection_of_the_programs() {
    let mut conn = conn();
    assert_eq!(migrator(&NOTES).with_connection(&mut conn).upgrade("head").unwrap().steps().count(), 3);
    assert!(migrator(&NOTES).with_connection(&mut conn).status().unwrap().is_up_to_date());
    migrator(&NOTES).with_connection(&mut conn).downgrade("base").unwrap();
    let error = migrator(&FAILING).with_connection(&mut conn).upgrade("head").unwrap_err();
    assert!(error.to_string().contains("statement 3 of 3"), "{error}");
}

#[test]
fn mariadb_sessions_come_back_as_they_were() {
    let mut conn = conn();
    conn.query_drop("SET SESSION sql_mode = 'ANSI_QUOTES'").unwrap();
    conn.query_drop("SET SESSION lock_wait_timeout = 77").unwrap();
    conn.query_drop("SET NAMES latin1").unwrap();
    conn.query_drop("SET autocommit = 0").unwrap();
    migrator(&NOTES).with_connection(&mut conn).upgrade("head").unwrap();
    let asked = "SELECT @@sql_mode, @@lock_wait_timeout, @@character_set_client, @@autocommit";
    let row: (String, u64, String, u64) = conn.query_first(asked).unwrap().unwrap();
    assert_eq!(row, ("ANSI_QUOTES".to_owned(), 77, "latin1".to_owned(), 0));
    conn.query_drop("START TRANSACTION").unwrap();
    assert_in_transaction(migrator(&NOTES).with_connection(&mut conn).status());
}

#[test]
fn a_connection_is_one_services() {
    let mut connection = rusqlite::Connection::open_in_memory().unwrap();
    let both = Migrator::embedded_all([NOTES.clone().url("sqlite:a"), FAILING.clone().url("sqlite:b")]).unwrap();
    assert!(
        matches!(both.with_connection(&mut connection).upgrade("head"), Err(Error::SeveralServices(names)) if names.len() == 2)
    );
    both.with_services(["failing"]).unwrap().with_connection(&mut connection).plan("head").unwrap();
}

#[test]
fn connections_of_programs_work_inside_an_asynchronous_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (mut client, _) = client();
    let report = runtime.block_on(async { migrator(&NOTES).with_connection(&mut client).upgrade("head") });
    assert_eq!(report.unwrap().steps().count(), 3);
}
