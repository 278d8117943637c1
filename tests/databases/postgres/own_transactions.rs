//! Revisions outside a transaction with transactions of their own: what counts as run is what stays.

use aludel::database::{Database, Transaction, Watch};

use super::{Watcher, connect, ready, rows, run, run_behind, run_watched};
use crate::support;

fn numbers(url: &str) -> String {
    support::postgres().shell(url, "SELECT string_agg(a::text, ' ' ORDER BY a) FROM t")
}

/// Runs `text`, whose statement with `nowhere` fails, and then goes on as `upgrade` does, with the table there.
fn fails_and_goes_on(text: &str, (applied, stays): (usize, &str)) -> String {
    let (url, mut database) = ready();
    let failure = run(&mut database, (&[], "a1"), text, Transaction::None).unwrap_err();
    assert_eq!(failure.applied, applied, "{text}");
    let done = connect(&url).state().unwrap().incomplete.remove(0).statements_done;
    assert_eq!((done as usize, numbers(&url).as_str()), (applied, stays), "{text}");
    support::postgres().shell(&url, "CREATE TABLE nowhere (a int)");
    run_behind(&mut database, (&[], "a1"), (text, applied), Transaction::None, &mut Watcher::default()).unwrap();
    assert_eq!(rows(&url), "a1");
    numbers(&url)
}

#[test]
fn what_follows_commit_and_chain_is_rolled_back_and_runs_again() {
    for chain in ["COMMIT AND CHAIN", "commit/**/work and chain", "END AND CHAIN"] {
        let text = format!(
            "CREATE TABLE t (a int);\nBEGIN ISOLATION LEVEL REPEATABLE READ;\nINSERT INTO t VALUES (1);\n{chain};\n\
             INSERT INTO t VALUES (2);\nSAVEPOINT s;\nINSERT INTO nowhere VALUES (3);\nCOMMIT;\n\
             INSERT INTO t VALUES (4);"
        );
        assert_eq!(fails_and_goes_on(&text, (4, "1")), "1 2 4");
    }
}

#[test]
fn what_precedes_rollback_and_chain_is_undone_and_what_follows_runs_again() {
    for chain in ["ROLLBACK AND CHAIN", "ABORT AND CHAIN"] {
        let text = format!(
            "CREATE TABLE t (a int);\nBEGIN;\nINSERT INTO t VALUES (1);\n{chain};\n\
             INSERT INTO t VALUES (2);\nINSERT INTO nowhere VALUES (3);\nCOMMIT;"
        );
        assert_eq!(fails_and_goes_on(&text, (4, "")), "2");
    }
}

#[test]
fn a_comment_at_the_word_hides_no_transaction() {
    let text = "CREATE TABLE t (a int);\n-- both or none\nBEGIN/* both */ISOLATION LEVEL READ COMMITTED;\nINSERT INTO t VALUES (1);\n\
                INSERT INTO nowhere VALUES (3);\nCOMMIT;";
    assert_eq!(fails_and_goes_on(text, (1, "")), "1");
}

#[test]
fn a_second_begin_and_a_savepoint_leave_the_first_transaction_open() {
    let text = "CREATE TABLE t (a int);\nBEGIN;\nINSERT INTO t VALUES (1);\nSAVEPOINT s;\n\
                INSERT INTO t VALUES (2);\nROLLBACK TO SAVEPOINT s;\nBEGIN;\nINSERT INTO nowhere VALUES (3);\n\
                COMMIT AND NO CHAIN;\nINSERT INTO t VALUES (4);";
    assert_eq!(fails_and_goes_on(text, (1, "")), "1 4");
}

#[test]
fn what_a_rollback_has_undone_counts_as_run() {
    let text = "CREATE TABLE t (a int);\nBEGIN;\nINSERT INTO t VALUES (1);\nROLLBACK;\nINSERT INTO t VALUES (2);\n\
                INSERT INTO nowhere VALUES (3);\nINSERT INTO t VALUES (4);";
    assert_eq!(fails_and_goes_on(text, (5, "2")), "2 4");
}

/// Reads the journal through another session after each statement.
struct JournalReader {
    url: String,
    seen: Vec<String>,
}

impl Watch for JournalReader {
    fn statements(&mut self, _: usize, _: usize) {
        let note = "SELECT statements_done || ' ' || coalesce(statement_running, 0) FROM alembic_version_history";
        self.seen.push(support::postgres().shell(&self.url, note));
    }

    fn interrupted(&self) -> bool {
        false
    }
}

#[test]
fn the_journal_never_counts_what_a_crash_would_roll_back() {
    let (url, mut database) = ready();
    let text = "CREATE TABLE t (a int);\nBEGIN;\nINSERT INTO t VALUES (1);\nCOMMIT AND CHAIN;\n\
                INSERT INTO t VALUES (2);\nCOMMIT;";
    let mut reader = JournalReader { url: url.clone(), seen: Vec::new() };
    run_watched(&mut database, (&[], "a1"), text, Transaction::None, &mut reader).unwrap();
    // The driver reports a statement when its message has been answered as a whole, so with its note.
    let done: Vec<usize> = reader.seen.iter().map(|seen| seen.split(' ').next().unwrap().parse().unwrap()).collect();
    assert_eq!(done.get(4), Some(&4), "the second INSERT is open: {:?}", reader.seen);
    assert_eq!(numbers(&url), "1 2");
}
