//! Transactions of a revision's own: what counts as run is what stays.

use aludel::database::{RevisionExecution, Transaction};

use super::script;
use crate::backend::{Backend, Quiet};

fn numbers(backend: &Backend) -> String {
    backend.shell("SELECT COALESCE(GROUP_CONCAT(a ORDER BY a SEPARATOR ' '), '') FROM t;")
}

/// Runs `text`, whose statement with `nowhere` fails, and then goes on as `upgrade` does, with the table there.
fn fails_and_goes_on(text: &str, (applied, stays): (usize, &str)) -> String {
    let backend = Backend::mariadb();
    let mut database = backend.ready();
    let script = script("a1", text);
    let failure = script.run(&mut *database, Transaction::None).unwrap_err();
    assert_eq!(failure.applied, applied, "{text}: {failure:?}");
    let done = backend.open().state().unwrap().incomplete.remove(0).statements_done;
    assert_eq!((done as usize, numbers(&backend).as_str()), (applied, stays), "{text}");
    backend.shell("CREATE TABLE nowhere (a INT);");
    let unit = RevisionExecution { skip: applied, ..script.unit(Transaction::None) };
    aludel::engine::execute::run(&mut *database, &unit, &mut Quiet).unwrap();
    assert_eq!(database.state().unwrap().rows, ["a1"]);
    numbers(&backend)
}

#[test]
fn what_follows_and_chain_is_rolled_back_and_runs_again() {
    for (chain, stays, all) in [
        ("COMMIT AND CHAIN", "1", "1 2 4"),
        ("COMMIT /* x */ WORK AND CHAIN NO RELEASE", "1", "1 2 4"),
        ("ROLLBACK AND CHAIN", "", "2 4"),
    ] {
        // SET @n looks back, so the statement before it is noted in no transaction with it.
        let text = format!(
            "CREATE TABLE t (a INT); START TRANSACTION; INSERT INTO t VALUES (1); {chain}; \
             INSERT INTO t VALUES (2); SET @n = ROW_COUNT(); INSERT INTO nowhere VALUES (3); COMMIT; \
             INSERT INTO t VALUES (4);"
        );
        assert_eq!(fails_and_goes_on(&text, (4, stays)), all, "{chain}");
    }
}

#[test]
fn an_xa_transaction_ends_with_its_commit() {
    let backend = Backend::mariadb();
    let mut database = backend.ready();
    let text = "CREATE TABLE t (a INT); XA START 'x'; INSERT INTO t VALUES (1); XA END 'x'; XA PREPARE 'x'; XA COMMIT 'x'; \
                INSERT INTO t VALUES (2);";
    script("a1", text).run(&mut *database, Transaction::None).unwrap();
    assert_eq!(numbers(&backend), "1 2");
    let failing = "XA START 'x'; INSERT INTO t VALUES (3); XA END 'x'; XA COMMIT 'x' ONE PHASE; \
                   INSERT INTO nowhere VALUES (4);";
    let failure = script("b1", failing).run(&mut *database, Transaction::None).unwrap_err();
    assert_eq!((failure.applied, numbers(&backend).as_str()), (4, "1 2 3"), "{failure:?}");
}

#[test]
fn own_queries_after_a_revision_have_no_statement_timeout() {
    let backend = Backend::mariadb();
    let mut database = backend.ready();
    let minutes = aludel::database::Timeouts { lock: None, statement: Some(std::time::Duration::from_secs(120)) };
    database.set_timeouts(minutes);
    script("a1", "CREATE TABLE t (a INT); INSERT INTO t SELECT @@max_statement_time;")
        .run(&mut *database, Transaction::None)
        .unwrap();
    assert_eq!(numbers(&backend), "120");
    let found = database.query("SELECT @@max_statement_time + 0", 1).unwrap();
    assert!(!format!("{found:?}").contains("120"), "{found:?}");
}
