//! Failed runs: messages, positions, and what remains applied.

use aludel::database::FailureCause;

use super::*;
use crate::support;

fn sqlstate(failure: &RunFailure) -> &str {
    match &failure.cause {
        FailureCause::Statement(error) => error.sqlstate.as_deref().unwrap_or_default(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_error_points_at_its_byte_in_the_text() {
    let (url, mut database) = ready();
    let text = "-- Größenänderung\nCREATE TABLE \"größe\" (a int);\nSELECT 'äöü', nichts FROM \"größe\";\nSELECT 3;";
    let failure = own(&mut database, (&[], "a1"), text).unwrap_err();
    assert_eq!(sqlstate(&failure), "42703");
    assert_eq!(failure.offset, text.find("nichts"));
    assert_eq!((failure.piece, failure.applied, failure.rolled_back), (Some(1), 0, true));
    assert_eq!(rows(&url), "");
    assert_eq!(support::postgres().shell(&url, "SELECT count(*) FROM pg_tables WHERE tablename = 'größe'"), "0");
    let journal = database.journal(1).unwrap();
    assert_eq!((journal[0].state.as_str(), journal[0].statements_done, journal[0].statements_total), ("failed", 0, 3));
    assert!(journal[0].error.as_ref().unwrap().contains("nichts"));
    assert!(database.state().unwrap().incomplete.is_empty(), "nothing was left behind");
}

#[test]
fn a_syntax_error_is_found_before_anything_runs_and_still_points_at_its_statement() {
    let (_, mut database) = ready();
    let text = "CREATE TABLE t (a int);\nSELEC 'ü';\nSELECT 3;";
    let failure = own(&mut database, (&[], "a1"), text).unwrap_err();
    assert_eq!((sqlstate(&failure), failure.piece, failure.offset), ("42601", Some(1), text.find("SELEC")));
    let text = "CREATE TABLE t (a int);\nSELECT (1;\nSELECT 3;";
    let failure = own(&mut database, (&[], "a1"), text).unwrap_err();
    assert_eq!((failure.piece, failure.offset), (Some(1), text.find(";\nSELECT 3")));
    let text = "CREATE TABLE t (a int);\nSELEC 1;";
    let failure = run(&mut database, (&[], "a1"), text, Transaction::None).unwrap_err();
    assert_eq!((failure.piece, failure.offset, failure.applied), (Some(1), text.find("SELEC"), 1));
}

#[test]
fn without_a_position_the_statement_is_counted() {
    let (_, mut database) = ready();
    let text = "-- no statement\nCREATE TABLE t (a int PRIMARY KEY);\n;INSERT INTO t VALUES (1);\n\
                INSERT INTO t SELECT 1;\nSELECT 4;";
    let failure = own(&mut database, (&[], "a1"), text).unwrap_err();
    assert_eq!((sqlstate(&failure), failure.offset), ("23505", None));
    let pieces = split(text, Dialect::POSTGRES).unwrap();
    assert_eq!(pieces[failure.piece.unwrap()].sql.slice(text), "INSERT INTO t SELECT 1");
    match failure.cause {
        FailureCause::Statement(error) => assert!(error.detail.unwrap().contains("already exists")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_error_inside_a_function_is_not_taken_for_a_place_in_the_text() {
    let (_, mut database) = ready();
    let text = "SELECT 1;\nDO $$ BEGIN EXECUTE 'SELEC'; END $$;";
    let failure = own(&mut database, (&[], "a1"), text).unwrap_err();
    assert_eq!((failure.piece, failure.offset), (Some(1), None));
    match failure.cause {
        FailureCause::Statement(error) => assert!(error.context.unwrap().contains("PL/pgSQL")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_error_in_copied_data_points_at_its_line_and_undoes_all() {
    let (url, mut database) = ready();
    let text = "CREATE TABLE t (a int, b text);\nCOPY t FROM stdin;\n1\tö\n2\tä\nthree\tü\n\\.\nSELECT 1;";
    let failure = own(&mut database, (&[], "a1"), text).unwrap_err();
    assert_eq!((sqlstate(&failure), failure.piece), ("22P02", Some(1)));
    assert_eq!(failure.offset, text.find("three"));
    assert_eq!(rows(&url), "");
    own(&mut database, (&[], "a1"), "CREATE TABLE t (a int);").unwrap();
    let failure = own(&mut database, (&["a1"], "b1"), "COPY t (nope) FROM stdin;\n1\n\\.\n").unwrap_err();
    assert_eq!((sqlstate(&failure), failure.piece, failure.rolled_back), ("42703", Some(0), true));
    assert_eq!(database.journal(1).unwrap()[0].state, "failed");
    database.unlock().unwrap();
    let give_up = Instant::now() + Duration::from_secs(60);
    while database.try_lock().unwrap().holder().is_some() {
        assert!(Instant::now() < give_up, "the lock of the connection that was left is free");
    }
    let failure = own(&mut database, (&["a1"], "b1"), "COPY t\nTO STDOUT;").unwrap_err();
    assert!(matches!(failure.cause, FailureCause::Statement(_)));
    own(&mut database, (&["a1"], "b1"), "SELECT 1;").unwrap();
}

#[test]
fn a_deferred_constraint_that_fails_at_commit_leaves_nothing() {
    let (url, mut database) = ready();
    let text = "CREATE TABLE t (a int UNIQUE DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO t VALUES (1), (1);";
    let failure = own(&mut database, (&[], "a1"), text).unwrap_err();
    assert_eq!((sqlstate(&failure), failure.piece, failure.rolled_back), ("23505", None, true));
    assert_eq!(rows(&url), "");
}

#[test]
fn rows_that_somebody_else_moved_stop_the_run() {
    let (url, mut database) = ready();
    let server = support::postgres();
    own(&mut database, (&[], "a1"), "CREATE TABLE t (a int);").unwrap();
    server.shell(&url, "UPDATE alembic_version SET version_num = 'b1'");
    for transaction in [Transaction::Own, Transaction::None] {
        let failure = run(&mut database, (&["a1"], "b1"), "DROP TABLE t;", transaction).unwrap_err();
        assert_eq!((failure.cause, failure.piece, failure.rolled_back), (FailureCause::RowsMoved, None, true));
    }
    assert_eq!(rows(&url), "b1");
}

#[test]
fn a_base_is_not_applied_twice_even_when_its_row_has_moved_on() {
    let (url, mut database) = ready();
    support::postgres().shell(&url, "INSERT INTO alembic_version VALUES ('b1')");
    let failure = own(&mut database, (&[], "a1"), "CREATE TABLE t (a int);").unwrap_err();
    assert_eq!(failure.cause, FailureCause::RowsMoved);
    support::postgres().shell(&url, "UPDATE alembic_version SET version_num = 'a1'");
    let failure = own(&mut database, (&[], "a1"), "CREATE TABLE t (a int);").unwrap_err();
    assert_eq!(failure.cause, FailureCause::RowsMoved, "the key is taken");
    assert_eq!(rows(&url), "a1");
}

#[test]
fn outside_a_transaction_what_ran_stays_and_is_known() {
    let (url, mut database) = ready();
    let text = "CREATE TABLE t (a int);\nCREATE TABLE u (a int);\nCREATE TABLE t (a int);\nCREATE TABLE v (a int);";
    let failure = run(&mut database, (&[], "a1"), text, Transaction::None).unwrap_err();
    assert_eq!((sqlstate(&failure), failure.piece), ("42P07", Some(2)));
    assert_eq!((failure.applied, failure.rolled_back), (2, false));
    assert_eq!(rows(&url), "");
    let incomplete = connect(&url).state().unwrap().incomplete.remove(0);
    assert_eq!((incomplete.revision.as_str(), incomplete.statements_done, incomplete.statements_total), ("a1", 2, 4));
    assert!(incomplete.error.unwrap().contains("already exists"));
    // The revision has its own transaction, which is open when a statement fails.
    let text = "CREATE TABLE v (a int);\nBEGIN;\nCREATE TABLE w (a int);\nCREATE TABLE v (a int);\nCOMMIT;";
    let failure = run(&mut database, (&[], "b1"), text, Transaction::None).unwrap_err();
    assert_eq!((failure.piece, failure.applied), (Some(3), 1));
    let there = "SELECT string_agg(tablename, ' ' ORDER BY 1) FROM pg_tables WHERE tablename IN ('t', 'u', 'v', 'w')";
    assert_eq!(support::postgres().shell(&url, there), "t u v");
}

#[test]
fn a_shared_transaction_is_rolled_back_as_a_whole() {
    let (url, mut database) = ready();
    own(&mut database, (&[], "a1"), "CREATE TABLE t (a int);").unwrap();
    database.begin().unwrap();
    run(&mut database, (&["a1"], "b1"), "CREATE TABLE u (a int);", Transaction::Shared).unwrap();
    let failure = run(&mut database, (&["b1"], "c1"), "CREATE TABLE u (a int);", Transaction::Shared).unwrap_err();
    assert!(failure.rolled_back);
    database.rollback().unwrap();
    assert_eq!(rows(&url), "a1");
    assert_eq!(database.journal(9).unwrap().len(), 2, "the failure, and a1");
    database.begin().unwrap();
    run(&mut database, (&["a1"], "b1"), "CREATE TABLE u (a int);", Transaction::Shared).unwrap();
    run(&mut database, (&["b1"], "c1"), "CREATE TABLE v (a int);", Transaction::Shared).unwrap();
    assert_eq!(rows(&url), "a1", "not before the commit");
    database.commit().unwrap();
    assert_eq!(rows(&url), "c1");
}

#[test]
fn a_long_statement_stops_when_the_user_wants_it() {
    let (url, mut database) = ready();
    let mut watcher = Watcher::default();
    let (stop, seen_from) = (Arc::clone(&watcher.stop), url.clone());
    let user = std::thread::spawn(move || {
        wait_until(
            &seen_from,
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()",
            "1",
        );
        stop.store(true, Ordering::Relaxed);
    });
    let text = "CREATE TABLE t (a int);\nSELECT pg_sleep(600);";
    let failure = run_watched(&mut database, (&[], "a1"), text, Transaction::Own, &mut watcher).unwrap_err();
    user.join().unwrap();
    assert_eq!((failure.cause, failure.piece, failure.rolled_back), (FailureCause::Interrupted, Some(1), true));
    assert_eq!(rows(&url), "");
    assert_eq!(database.journal(1).unwrap()[0].error.as_deref(), Some("interrupted"));
    database.unlock().unwrap();
}

#[test]
fn a_connection_that_breaks_is_said_with_what_stays() {
    let (url, mut database) = ready();
    let seen_from = url.clone();
    let admin = std::thread::spawn(move || {
        let sleeping = "FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()";
        wait_until(&seen_from, &format!("SELECT count(*) {sleeping}"), "1");
        support::postgres().shell(&seen_from, &format!("SELECT pg_terminate_backend(pid) {sleeping}"));
    });
    let text = "CREATE TABLE t (a int);\nSELECT pg_sleep(600);";
    let failure = own(&mut database, (&[], "a1"), text).unwrap_err();
    admin.join().unwrap();
    assert!(
        matches!(&failure.cause, FailureCause::ConnectionLost(text) if text.contains("administrator")),
        "{failure:?}"
    );
    assert!(failure.rolled_back, "the server said so itself");
    assert!(matches!(database.state(), Err(DatabaseError::ConnectionLost(_))));
    assert_eq!(rows(&url), "");
}
