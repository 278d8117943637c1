//! Lock of the runners.

use super::*;
use crate::support;
use aludel::database::LockAttempt;

#[test]
fn one_runner_has_the_lock_and_the_other_sees_who() {
    let (url, mut first) = ready();
    own(&mut first, (&[], "a1"), "CREATE TABLE t (a int);").unwrap();
    let mut second = connect(&url);
    second.state().unwrap();
    let before = second.round_trips();
    let holder = second.try_lock().unwrap().holder().unwrap().description;
    assert_eq!(second.round_trips() - before, 1);
    assert!(holder.contains("user postgres") && holder.contains("application aludel auth"), "{holder}");
    assert!(holder.contains("127.0.0.1") && holder.contains("last ran: CREATE TABLE t"), "{holder}");
    first.unlock().unwrap();
    assert_eq!(second.try_lock().unwrap(), LockAttempt::Acquired);
    assert_eq!(second.try_lock().unwrap(), LockAttempt::Acquired, "asking again takes no second lock");
    second.unlock().unwrap();
    assert_eq!(first.try_lock().unwrap(), LockAttempt::Acquired);
}

#[test]
fn letting_go_of_what_is_not_held_is_an_error() {
    let (_, mut database) = ready();
    database.unlock().unwrap();
    let error = database.unlock().unwrap_err();
    assert!(matches!(&error, DatabaseError::Server(error) if error.hint.is_some()), "{error:?}");
}

#[test]
fn other_version_tables_and_other_databases_have_other_locks() {
    let (url, _first) = ready();
    let other = VersionTable { schema: None, name: "other".to_owned() };
    let parsed = DatabaseUrl::parse(&url, None).unwrap();
    let mut second = Postgres::connect(&parsed, &other, "aludel chat", &|_| None).unwrap();
    assert_eq!(second.try_lock().unwrap(), LockAttempt::Acquired);
    let (_, _third) = ready();
}

#[test]
fn a_lost_connection_leaves_no_lock() {
    let (url, first) = ready();
    let mut second = connect(&url);
    assert!(second.try_lock().unwrap().holder().is_some());
    drop(first);
    let give_up = Instant::now() + Duration::from_secs(60);
    while second.try_lock().unwrap().holder().is_some() {
        assert!(Instant::now() < give_up);
    }
}

#[test]
fn an_index_is_built_concurrently_while_another_runner_polls() {
    let (url, mut first) = ready();
    own(&mut first, (&[], "a1"), "CREATE TABLE t AS SELECT generate_series(1, 200000) AS a;").unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let (seen, polled) = (Arc::clone(&done), url.clone());
    let other = std::thread::spawn(move || {
        let mut second = connect(&polled);
        let mut refused = 0;
        while !seen.load(Ordering::Relaxed) {
            refused += u32::from(second.try_lock().unwrap().holder().is_some());
        }
        refused
    });
    let text =
        "CREATE INDEX CONCURRENTLY i ON t (a);\nDROP INDEX CONCURRENTLY i;\nCREATE INDEX CONCURRENTLY i ON t (a);";
    run(&mut first, (&["a1"], "b1"), text, Transaction::None).unwrap();
    done.store(true, Ordering::Relaxed);
    assert!(other.join().unwrap() > 0, "the other runner asked meanwhile");
    assert_eq!(
        support::postgres().shell(&url, "SELECT indisvalid FROM pg_index WHERE indexrelid = 'i'::regclass"),
        "t"
    );
    assert_eq!(rows(&url), "b1");
}

#[test]
fn the_server_is_told_to_notice_lost_clients_where_it_can() {
    let (url, mut database) = ready();
    let version: u32 = support::postgres().shell(&url, "SHOW server_version_num").parse().unwrap();
    if version >= 140_000 {
        let text =
            "CREATE TABLE seen AS SELECT current_setting('client_connection_check_interval') AS value;\nSET a.b = 'c';";
        own(&mut database, (&[], "a1"), text).unwrap();
        own(
            &mut database,
            (&["a1"], "b1"),
            "INSERT INTO seen SELECT current_setting('client_connection_check_interval');",
        )
        .unwrap();
        assert_eq!(support::postgres().shell(&url, "SELECT value FROM seen"), "2s\n2s");
    }
    database.unlock().unwrap();
}
