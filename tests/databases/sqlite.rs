//! Features of SQLite only: files, other writers, interruption in the middle of a statement.

mod groups;

use std::sync::Arc;

use crate::backend::{Backend, Script, refusal, table};
use aludel::config::DatabaseUrl;
use aludel::database::LockAttempt;
use aludel::database::{self, DatabaseError, FailureCause, StopSignal, Transaction, Watch};
use aludel::drivers;
use aludel::sql::{Dialect, StatementKind};

fn open(url: &str) -> Result<Box<dyn database::Database>, DatabaseError> {
    drivers::open(&DatabaseUrl::parse(url, None).unwrap(), &table("aludel_version"), "s", &|_| None)
}

#[test]
fn a_missing_folder_is_an_empty_database_to_readers_and_an_error_to_runners() {
    let folder = tempfile::tempdir().unwrap();
    let mut database = open(&format!("sqlite:{}/no/a.db", folder.path().display())).unwrap();
    assert!(database.state().unwrap().rows.is_empty());
    for error in [database.try_lock().map(|_| ()).unwrap_err(), database.ensure_tables().unwrap_err()] {
        assert!(error.to_string().contains("no does not exist"), "{error}");
    }
}

#[test]
fn a_run_leaves_nothing_beside_the_database() {
    let backend = Backend::sqlite();
    let mut database = backend.open();
    assert_eq!(database.try_lock().unwrap(), LockAttempt::Acquired);
    database.ensure_tables().unwrap();
    Script::base("a1", &[]).run(&mut *database, Transaction::Own).unwrap();
    database.unlock().unwrap();
    drop(database);
    assert_eq!(std::fs::read_dir(backend.file().unwrap().parent().unwrap()).unwrap().count(), 1);
}

#[test]
fn a_database_stays_in_wal_mode_before_and_behind_a_revision_that_puts_it_there() {
    let backend = Backend::sqlite();
    let mut database = backend.ready();
    assert_eq!(database.try_lock().unwrap(), LockAttempt::Acquired);
    let to_wal = [(StatementKind::Setting, "PRAGMA journal_mode = WAL")];
    for (id, transaction, statements) in
        [("a1", Transaction::Own, &[][..]), ("a2", Transaction::None, &to_wal), ("a3", Transaction::Own, &[])]
    {
        Script::base(id, statements).run(&mut *database, transaction).unwrap();
    }
    database.unlock().unwrap();
    drop(database);
    let mut database = backend.open();
    assert_eq!(backend.shell("PRAGMA journal_mode;"), "wal");
    assert_eq!(database.try_lock().unwrap(), LockAttempt::Acquired);
    Script::base("a4", &[]).run(&mut *database, Transaction::Own).unwrap();
    database.unlock().unwrap();
    drop(database);
    assert_eq!(backend.shell("SELECT COUNT(*) FROM aludel_version; PRAGMA journal_mode;"), "4\nwal");
}

#[test]
fn two_names_of_a_database_have_one_lock() {
    let backend = Backend::sqlite();
    let mut first = backend.ready();
    assert_eq!(first.try_lock().unwrap(), LockAttempt::Acquired);
    let link = backend.file().unwrap().with_file_name("link.db");
    std::os::unix::fs::symlink(backend.file().unwrap(), &link).unwrap();
    assert!(open(&format!("sqlite:{}", link.display())).unwrap().try_lock().unwrap().holder().is_some());
}

#[test]
fn a_database_in_memory_works() {
    let mut database = open("sqlite::memory:").unwrap();
    assert_eq!(database.try_lock().unwrap(), LockAttempt::Acquired);
    database.ensure_tables().unwrap();
    Script::base("a1", &[(StatementKind::Other, "CREATE TABLE t (a)")]).run(&mut *database, Transaction::Own).unwrap();
    assert_eq!(database.state().unwrap().rows, ["a1"]);
    database.unlock().unwrap();
}

#[test]
fn a_file_that_is_no_database_is_said() {
    let backend = Backend::sqlite();
    std::fs::write(backend.file().unwrap(), "this is no database, and long enough to be looked at ".repeat(40))
        .unwrap();
    let error = backend.open().state().unwrap_err();
    assert!(error.to_string().contains("not a database"), "{error}");
}

#[test]
fn foreign_keys_are_off_as_in_the_shell() {
    let backend = Backend::sqlite();
    backend.shell("CREATE TABLE p (a INTEGER PRIMARY KEY); CREATE TABLE c (a REFERENCES p ON DELETE CASCADE); INSERT INTO p VALUES (1); INSERT INTO c VALUES (1);");
    let mut database = backend.ready();
    Script::base("a1", &[(StatementKind::Other, "DROP TABLE p")]).run(&mut *database, Transaction::Own).unwrap();
    assert_eq!(backend.shell("SELECT COUNT(*) FROM c;"), "1");
}

#[test]
fn another_programs_write_lock_is_said() {
    let backend = Backend::sqlite();
    let mut database = backend.ready();
    let other = rusqlite::Connection::open(backend.file().unwrap()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let failure = Script::base("a1", &[]).run(&mut *database, Transaction::Own).unwrap_err();
    assert!(refusal(&failure).contains("another program"), "{failure:?}");
    assert_eq!((failure.piece, failure.rolled_back), (None, true));
    assert!(database.state().unwrap().rows.is_empty());
    other.execute_batch("ROLLBACK").unwrap();
    Script::base("a1", &[]).run(&mut *database, Transaction::Own).unwrap();
}

struct StopInside;

impl Watch for StopInside {
    fn statements(&mut self, _done: usize, _total: usize) {}
    fn interrupted(&self) -> bool {
        false
    }
    fn stop_signal(&self) -> Option<StopSignal> {
        Some(Arc::new(|| true))
    }
}

#[test]
fn a_stop_is_heeded_in_the_middle_of_a_statement() {
    let backend = Backend::sqlite();
    let mut database = backend.ready();
    let endless = "CREATE TABLE t AS WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n) SELECT a FROM n";
    for transaction in [Transaction::Own, Transaction::None] {
        let script = Script::base("a1", &[(StatementKind::Other, endless)]);
        let failure =
            aludel::engine::execute::run(&mut *database, &script.unit(transaction), &mut StopInside).unwrap_err();
        assert_eq!((failure.cause, failure.piece), (FailureCause::Interrupted, Some(1)));
        assert_eq!(database.journal(1).unwrap()[0].state, "failed");
    }
    assert_eq!(backend.tables(), ["aludel_version", "aludel_version_history"]);
}

#[test]
fn an_own_transaction_that_is_left_open_is_refused() {
    let backend = Backend::sqlite();
    let mut database = backend.ready();
    let open = [(StatementKind::TransactionControl, "BEGIN"), (StatementKind::Other, "CREATE TABLE t (a)")];
    let failure = Script::base("a1", &open).run(&mut *database, Transaction::None).unwrap_err();
    assert!(refusal(&failure).contains("open"));
    assert_eq!((failure.applied, failure.rolled_back), (0, true));
    let ended = [(StatementKind::Other, "CREATE TABLE t (a)"), (StatementKind::TransactionControl, "COMMIT")];
    let failure = Script::base("a1", &ended).run(&mut *database, Transaction::Own).unwrap_err();
    assert_eq!((failure.applied, failure.rolled_back), (2, false));
}

/// Reads the journal through another connection after each statement.
struct JournalReader<'b> {
    backend: &'b Backend,
    seen: Vec<String>,
}

impl Watch for JournalReader<'_> {
    fn statements(&mut self, _: usize, _: usize) {
        self.seen.push(self.backend.shell("SELECT statements_done FROM aludel_version_history;"));
    }

    fn interrupted(&self) -> bool {
        false
    }
}

#[test]
fn release_of_the_outermost_savepoint_is_in_the_journal_at_once() {
    let backend = Backend::sqlite();
    let mut database = backend.ready();
    let text = "CREATE TABLE t (a); SAVEPOINT s; INSERT INTO t VALUES (1); SAVEPOINT u; INSERT INTO t VALUES (2); \
                RELEASE u; /* all of it */ release s; PRAGMA foreign_keys;";
    let pieces = aludel::sql::split(text, Dialect::SQLITE).unwrap();
    let script = Script { text: text.to_owned(), pieces, ..Script::base("a1", &[]) };
    let mut reader = JournalReader { backend: &backend, seen: Vec::new() };
    aludel::engine::execute::run(&mut *database, &script.unit(Transaction::None), &mut reader).unwrap();
    assert_eq!(reader.seen, ["1", "1", "1", "1", "1", "1", "7", "7"]);
}
