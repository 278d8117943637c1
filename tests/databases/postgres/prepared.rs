//! Long runs: statements that every revision repeats are prepared, without visible effects.

use super::*;
use crate::support;

/// Creates a database at `r5` with six revisions in one run.
fn after_six() -> (String, Postgres<'static>) {
    let (url, mut database) = ready();
    own(&mut database, (&[], "r0"), "").unwrap();
    for number in 1..6 {
        next(&mut database, number, &format!("CREATE TABLE t{number} (a int);")).unwrap();
    }
    (url, database)
}

/// Runs `text` as revision `number`, whose parent is the one before.
fn next(database: &mut Postgres, number: usize, text: &str) -> Result<Duration, RunFailure> {
    own(database, (&[&format!("r{}", number - 1)], &format!("r{number}")), text)
}

/// Returns the number of aludel's prepared statements in the session.
fn prepared(database: &mut Postgres) -> String {
    let asked = database.query("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'aludel%'", 1).unwrap();
    asked.rows[0][0].clone().unwrap()
}

fn journal(database: &mut Postgres) -> Vec<(String, String)> {
    database.journal(100).unwrap().into_iter().rev().map(|row| (row.revision, row.state)).collect()
}

fn done(count: usize) -> Vec<(String, String)> {
    (0..count).map(|number| (format!("r{number}"), "done".to_owned())).collect()
}

#[test]
fn a_long_run_prepares_and_a_short_one_does_not() {
    let (_, mut short) = ready();
    own(&mut short, (&[], "r0"), "").unwrap();
    next(&mut short, 1, "CREATE TABLE t (a int);").unwrap();
    assert_eq!(prepared(&mut short), "0");

    let (url, mut long) = after_six();
    assert_eq!((prepared(&mut long), rows(&url)), ("3".to_owned(), "r5".to_owned()));
    let before = long.round_trips();
    next(&mut long, 6, "SELECT pg_sleep(0.02);").unwrap();
    assert_eq!(long.round_trips() - before, 1);
    let last = &long.journal(1).unwrap()[0];
    assert_eq!((last.revision.as_str(), last.statements_done, last.statements_total), ("r6", 1, 1));
    assert!(last.duration_ms.unwrap() >= 20 && last.started_at == "2026-11-21T12:00:00.000001Z");
    assert_eq!((last.os_user.as_str(), last.host.as_str(), last.error.as_deref()), ("tester", "here", None));
    assert_eq!(journal(&mut long), done(7));
}

#[test]
fn revisions_that_take_prepared_statements_away_run_once() {
    let (url, mut database) = after_six();
    next(&mut database, 6, "CREATE TABLE t6 (a int);\nCOPY t6 FROM stdin;\n7\n\\.\nDEALLOCATE ALL;").unwrap();
    next(&mut database, 7, "INSERT INTO t6 VALUES (8);").unwrap();
    assert_eq!(support::postgres().shell(&url, "SELECT string_agg(a::text, ',' ORDER BY a) FROM t6"), "7,8");
    assert_eq!((rows(&url), journal(&mut database)), ("r7".to_owned(), done(8)));

    let (url, mut database) = after_six();
    run(&mut database, (&["r5"], "r6"), "DISCARD PLANS;\nDEALLOCATE ALL;", Transaction::None).unwrap();
    next(&mut database, 7, "CREATE TABLE t7 AS SELECT 1 AS a;").unwrap();
    next(&mut database, 8, "INSERT INTO t7 VALUES (2);").unwrap();
    assert_eq!(support::postgres().shell(&url, "SELECT count(*) FROM t7"), "2");
    assert_eq!((rows(&url), journal(&mut database)), ("r8".to_owned(), done(9)));
}

#[test]
fn names_that_are_taken_do_no_harm() {
    let (url, mut database) = ready();
    let taken = "DO $$ BEGIN EXECUTE format('PREPARE aludel_journal_%s AS SELECT 1', pg_backend_pid()); END $$;";
    own(&mut database, (&[], "r0"), taken).unwrap();
    for number in 1..7 {
        next(&mut database, number, &format!("CREATE TABLE t{number} (a int);")).unwrap();
    }
    assert_eq!((rows(&url), journal(&mut database)), ("r6".to_owned(), done(7)));
}

#[test]
fn what_fails_in_a_long_run_is_pointed_at_and_rolled_back() {
    let (url, mut database) = after_six();
    let failure = next(&mut database, 6, "CREATE TABLE t6 (a int);\nSELECT nothing;").unwrap_err();
    assert_eq!((failure.piece, failure.offset), (Some(1), Some(32)), "{failure:?}");
    assert_eq!(support::postgres().shell(&url, "SELECT to_regclass('t6') IS NULL"), "t");
    next(&mut database, 6, "CREATE TABLE t6 (a int);").unwrap();
    assert_eq!(prepared(&mut database), "3");
    assert_eq!((rows(&url), journal(&mut database).len()), ("r6".to_owned(), 8));

    support::postgres().shell(&url, "UPDATE alembic_version SET version_num = 'other'");
    let failure = next(&mut database, 7, "CREATE TABLE t7 (a int);").unwrap_err();
    assert!(matches!(failure.cause, aludel::database::FailureCause::RowsMoved), "{failure:?}");
    assert_eq!(support::postgres().shell(&url, "SELECT to_regclass('t7') IS NULL"), "t");
}

#[test]
fn a_branch_and_its_merge_in_a_long_run() {
    let (url, mut database) = after_six();
    own(&mut database, (&[], "side"), "CREATE TABLE side (a int);").unwrap();
    own(&mut database, (&["r5", "side"], "r6"), "").unwrap();
    next(&mut database, 7, "CREATE TABLE t7 (a int);").unwrap();
    assert_eq!((rows(&url), prepared(&mut database)), ("r7".to_owned(), "3".to_owned()));
    let mut other = connect(&url);
    let holder = other.try_lock().unwrap().holder().unwrap().description;
    // The last query of the session was the one for its prepared statements.
    next(&mut database, 8, "CREATE TABLE t8 (a int);").unwrap();
    let holder_then = other.try_lock().unwrap().holder().unwrap().description;
    assert!(!holder.contains("t8") && holder_then.contains("last ran: CREATE TABLE t8"), "{holder_then}");
}
