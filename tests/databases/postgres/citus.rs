//! Citus, whose coordinator refuses some statements in a message with several. It is detected by its parameter
//! `citus.version`, which can be set for a database on any server. So these tests run without Citus, and also on a real
//! coordinator (with at least one worker) if `ALUDEL_TEST_CITUS_URL` is set.

use aludel::database::{CatalogReader, CatalogRequest, FailureCause};

use super::*;
use crate::support;

/// Creates a database whose sessions have the parameter `citus.version`.
fn ready_with_citus() -> (String, Postgres<'static>) {
    let url = support::postgres().new_database();
    let name = url.split('?').next().unwrap().rsplit('/').next().unwrap();
    support::postgres().shell("", &format!("ALTER DATABASE {name} SET \"citus.version\" = '15.0'"));
    let mut database = connect(&url);
    database.state().unwrap();
    assert_eq!(database.try_lock().unwrap(), LockAttempt::Acquired);
    database.ensure_tables().unwrap();
    database.state().unwrap();
    (url, database)
}

/// Revision that stores the result of [`current_query`](https://www.postgresql.org/docs/current/functions-info.html):
/// the message in which the statement was sent.
const KEEP_MESSAGE: &str = "CREATE TABLE sent (message text);\nINSERT INTO sent SELECT current_query();\nSELECT 1;";

#[test]
fn each_statement_is_a_message_of_its_own_where_citus_is_and_only_there() {
    for transaction in [Transaction::Own, Transaction::None] {
        let (url, mut database) = ready_with_citus();
        run(&mut database, (&[], "a1"), KEEP_MESSAGE, transaction).unwrap();
        let message = support::postgres().shell(&url, "SELECT message FROM sent");
        assert_eq!(message.trim_end_matches(['\n', ';']), "INSERT INTO sent SELECT current_query()", "{transaction:?}");
        assert_eq!(rows(&url), "a1");
    }
    let (url, mut database) = ready();
    own(&mut database, (&[], "a1"), KEEP_MESSAGE).unwrap();
    assert!(support::postgres().shell(&url, "SELECT message FROM sent").contains("CREATE TABLE sent"));
}

#[test]
fn a_failure_where_citus_is_points_at_its_byte_and_undoes_the_revision() {
    let (url, mut database) = ready_with_citus();
    let text = "CREATE TABLE t (a int);\nSELECT 'ä', nothing FROM t;\nSELECT 3;";
    let failure = own(&mut database, (&[], "a1"), text).unwrap_err();
    assert_eq!((failure.piece, failure.offset, failure.rolled_back), (Some(1), text.find("nothing"), true));
    assert_eq!(support::postgres().shell(&url, "SELECT to_regclass('t') IS NULL"), "t");
    let failure = run(&mut database, (&[], "a1"), text, Transaction::None).unwrap_err();
    assert_eq!((failure.piece, failure.offset, failure.applied), (Some(1), text.find("nothing"), 1));
    assert_eq!((rows(&url), database.journal(1).unwrap()[0].statements_done), (String::new(), 1));
}

#[test]
fn a_statement_and_its_note_stay_one_transaction_where_citus_is() {
    let (url, mut database) = ready_with_citus();
    let text = "CREATE TABLE t AS SELECT 1 AS a;\nINSERT INTO t SELECT 2 FROM t WHERE 1 / (a - 1) > 0;";
    let failure = run(&mut database, (&[], "a1"), text, Transaction::None).unwrap_err();
    assert_eq!((failure.piece, failure.applied), (Some(1), 1));
    let open = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in%'";
    assert_eq!(support::postgres().shell(&url, open), "0");
}

#[test]
fn a_session_that_ends_before_the_commit_is_sent_leaves_nothing_in_doubt() {
    let (url, mut database) = ready_with_citus();
    let text = "CREATE TABLE t (a int);\nSELECT pg_terminate_backend(pg_backend_pid());\nSELECT 3;";
    let failure = own(&mut database, (&[], "a1"), text).unwrap_err();
    assert!(matches!(failure.cause, FailureCause::ConnectionLost(_)), "{failure:?}");
    assert_eq!((failure.rolled_back, rows(&url)), (true, String::new()));
}

#[test]
fn how_citus_distributes_a_table_is_listed_as_not_modelled() {
    let (url, mut database) = ready();
    let simulated = "CREATE FUNCTION pg_catalog.citus_truncate_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
        CREATE TABLE t (a int);
        CREATE TRIGGER truncate_trigger_1 AFTER TRUNCATE ON t EXECUTE FUNCTION pg_catalog.citus_truncate_trigger();
        UPDATE pg_trigger SET tgisinternal = true WHERE tgname = 'truncate_trigger_1';";
    support::postgres().shell(&url, simulated);
    let schema = database.catalog(&CatalogRequest::default()).unwrap();
    let listed: Vec<_> = schema.unmodelled.iter().map(|found| format!("{} {}", found.kind, found.name)).collect();
    assert_eq!(listed, ["distribution of a table by Citus public.t"]);
}

#[test]
fn on_a_real_coordinator_a_distributed_table_is_changed_and_listed() {
    let Some(url) = std::env::var("ALUDEL_TEST_CITUS_URL").ok().filter(|url| !url.is_empty()) else { return };
    let mut database = connect(&url);
    database.state().unwrap();
    assert_eq!(database.try_lock().unwrap(), LockAttempt::Acquired);
    database.ensure_tables().unwrap();
    database.state().unwrap();
    let made = "CREATE TABLE aludel_citus (id bigint PRIMARY KEY, note text);\nSELECT create_distributed_table('aludel_citus', 'id');";
    own(&mut database, (&[], "c1"), made).unwrap();
    let schema = database.catalog(&CatalogRequest::default()).unwrap();
    assert!(schema.unmodelled.iter().any(|found| found.name == "public.aludel_citus"), "{:?}", schema.unmodelled);
    let changed = "ALTER TABLE aludel_citus DROP COLUMN note;\nALTER TABLE aludel_citus ADD COLUMN more int;";
    own(&mut database, (&["c1"], "c2"), changed).unwrap();
    database
        .execute("DROP TABLE aludel_citus; DELETE FROM alembic_version; DELETE FROM alembic_version_history")
        .unwrap();
    database.unlock().unwrap();
}
