//! Contract of the databases: one suite that all of them must pass, on real servers, and the made-up in-memory one too.

mod made_up;

use crate::backend::{Backend, Quiet, Script, StopAfter, change, refusal};
use aludel::database::{CatalogRequest, FailureCause, LockAttempt, Transaction};
use aludel::graph::Operation;
use aludel::sql::{Dialect, StatementKind};

macro_rules! contract {
    ($($name:ident,)*) => {
        mod sqlite { $(#[test] fn $name() { super::$name(&super::Backend::sqlite()); })* }
        mod postgres { $(#[test] fn $name() { super::$name(&super::Backend::postgres()); })* }
        mod mariadb { $(#[test] fn $name() { super::$name(&super::Backend::mariadb()); })* }
        mod memory { $(#[test] fn $name() { super::$name(&super::Backend::memory()); })* }
    };
}

contract! {
    reading_creates_nothing,
    a_state_read_ahead_serves_one_read_and_none_behind_the_lock,
    making_the_tables_twice_is_making_them_once,
    an_alembic_table_is_taken_over,
    rows_journal_and_effects_come_together,
    a_failing_transaction_leaves_nothing_but_a_line_in_the_journal,
    shared_units_commit_together,
    shared_units_are_rolled_back_together,
    outside_a_transaction_what_ran_stays,
    outside_a_transaction_a_success_is_done,
    a_runner_that_died_leaves_its_line_running,
    the_failing_place_is_pointed_at,
    rows_change_as_asked,
    rows_that_somebody_moved_stop_a_unit_before_it_runs,
    a_stop_is_heeded_between_statements,
    the_lock_is_one_and_ends_with_its_connection,
    locks_of_two_version_tables_are_apart,
    the_holder_is_described,
    unlocking_what_is_not_held_is_said,
    settings_do_not_leak_into_the_next_unit,
    two_version_tables_in_one_database_are_apart,
    strange_ids_and_names_go_there_and_back,
    the_journal_is_newest_first,
    copy_is_refused_where_it_is_unknown,
    rows_that_a_statement_gives_are_dropped,
    stamping_is_journalled,
    what_is_made_again_has_the_mark_that_it_had,
}

const OTHER: StatementKind = StatementKind::Other;
const ROWS: StatementKind = StatementKind::Rows;

fn has_ddl(backend: &Backend) -> bool {
    backend.dialect != Dialect::MYSQL
}

fn reading_creates_nothing(backend: &Backend) {
    let mut database = backend.open();
    let state = database.state().unwrap();
    assert_eq!(state, aludel::database::HistoryState::default());
    assert!(database.journal(10).unwrap().is_empty());
    drop(database);
    if let Some(file) = backend.file() {
        assert_eq!(std::fs::read_dir(file.parent().unwrap()).unwrap().count(), 0);
    } else {
        assert!(backend.tables().is_empty());
    }
}

fn a_state_read_ahead_serves_one_read_and_none_behind_the_lock(backend: &Backend) {
    let (mut runner, mut reader) = (backend.ready(), backend.open());
    reader.prefetch_state();
    Script::base("a1", &[]).run(&mut *runner, Transaction::Own).unwrap();
    let ahead = reader.state().unwrap().rows;
    // A database in the program's own process has nothing to wait for, and reads nothing ahead.
    let is_local = matches!(backend.dialect, Dialect::SQLITE | Dialect::MEMORY);
    assert_eq!(ahead, if is_local { &["a1"][..] } else { &[] });
    assert_eq!(reader.state().unwrap().rows, ["a1"]);
    reader.prefetch_state();
    Script::new("b1", change(&["a1"], &["b1"]), &[]).run(&mut *runner, Transaction::Own).unwrap();
    drop(runner);
    assert_eq!(reader.try_lock().unwrap(), LockAttempt::Acquired);
    assert_eq!(reader.state().unwrap().rows, ["b1"]);
}

fn making_the_tables_twice_is_making_them_once(backend: &Backend) {
    let mut database = backend.ready();
    Script::base("a1", &[]).run(&mut *database, Transaction::Own).unwrap();
    database.ensure_tables().unwrap();
    let state = database.state().unwrap();
    assert!(state.version_table_exists && state.journal_exists);
    assert_eq!(state.rows, ["a1"]);
    assert_eq!(state.id_capacity, (backend.dialect != Dialect::SQLITE).then_some(255));
    assert_eq!(backend.tables(), ["aludel_version", "aludel_version_history"]);
}

fn an_alembic_table_is_taken_over(backend: &Backend) {
    backend.shell(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num));
         INSERT INTO alembic_version VALUES ('0123');",
    );
    let mut database = backend.open_table("alembic_version");
    let state = database.state().unwrap();
    assert_eq!((state.rows.as_slice(), state.version_table_exists), (&["0123".to_owned()][..], true));
    assert!(!state.journal_exists);
    assert_eq!(state.id_capacity, (backend.dialect != Dialect::SQLITE).then_some(32));
    database.ensure_tables().unwrap();
    let next = Script::new("b1", change(&["0123"], &["b1"]), &[]);
    next.run(&mut *database, Transaction::Own).unwrap();
    assert_eq!(database.state().unwrap().rows, ["b1"]);
    assert_eq!(backend.tables(), ["alembic_version", "alembic_version_history"]);
}

fn rows_journal_and_effects_come_together(backend: &Backend) {
    backend.shell("CREATE TABLE t (a INT);");
    let mut database = backend.ready();
    let script = Script::base("a1", &[(ROWS, "INSERT INTO t VALUES (1)"), (ROWS, "INSERT INTO t VALUES (2)")]);
    let mut watch = StopAfter { statements: 99, seen: Vec::new() };
    aludel::engine::execute::run(&mut *database, &script.unit(Transaction::Own), &mut watch).unwrap();
    assert_eq!(watch.seen, [(1, 2), (2, 2)]);
    assert_eq!(backend.shell("SELECT COUNT(*) FROM t;"), "2");
    assert_eq!(backend.shell("SELECT version_num FROM aludel_version;"), "a1");
    let journal = database.journal(10).unwrap();
    assert_eq!(journal.len(), 1);
    let row = &journal[0];
    assert_eq!((row.revision.as_str(), row.operation.as_str(), row.state.as_str()), ("a1", "upgrade", "done"));
    assert_eq!((row.statements_done, row.statements_total), (2, 2));
    assert_eq!(row.started_at, "2026-11-21T12:00:00.123456Z");
    assert_eq!((row.os_user.as_str(), row.host.as_str(), row.tool_version.as_str()), ("o'hara\\x", "größe", "0.1.0"));
    assert_eq!(row.checksum.as_deref(), Some("0".repeat(64).as_str()));
    assert!(row.duration_ms.is_some_and(|duration| (0..60_000).contains(&duration)));
    assert_eq!(row.error, None);
}

fn a_failing_transaction_leaves_nothing_but_a_line_in_the_journal(backend: &Backend) {
    backend.shell("CREATE TABLE t (a INT);");
    let mut database = backend.ready();
    let mut statements = vec![(ROWS, "INSERT INTO t VALUES (1)"), (ROWS, "INSERT INTO nowhere VALUES (1)")];
    if has_ddl(backend) {
        statements.insert(0, (OTHER, "CREATE TABLE u (a INT)"));
    }
    let script = Script::base("a1", &statements);
    let failure = script.run(&mut *database, Transaction::Own).unwrap_err();
    assert_eq!(failure.piece, Some(statements.len()));
    assert_eq!((failure.applied, failure.rolled_back), (0, true));
    assert!(refusal(&failure).contains("nowhere"));
    assert_eq!(backend.shell("SELECT COUNT(*) FROM t;"), "0");
    assert!(!backend.tables().contains(&"u".to_owned()));
    let state = database.state().unwrap();
    assert!(state.rows.is_empty());
    assert!(state.incomplete.is_empty());
    let journal = database.journal(10).unwrap();
    assert_eq!((journal[0].state.as_str(), journal[0].statements_done), ("failed", 0));
    assert!(journal[0].error.as_deref().unwrap().contains("nowhere"));
    Script::base("a1", &[(ROWS, "INSERT INTO t VALUES (1)")]).run(&mut *database, Transaction::Own).unwrap();
}

fn shared_units_commit_together(backend: &Backend) {
    backend.shell("CREATE TABLE t (a INT);");
    let mut database = backend.ready();
    let first = Script::base("a1", &[(ROWS, "INSERT INTO t VALUES (1)")]);
    let second = Script::new("b1", change(&["a1"], &["b1"]), &[(ROWS, "INSERT INTO t VALUES (2)")]);
    database.begin().unwrap();
    first.run(&mut *database, Transaction::Shared).unwrap();
    second.run(&mut *database, Transaction::Shared).unwrap();
    assert_eq!(backend.shell("SELECT COUNT(*) FROM t;"), "0");
    database.commit().unwrap();
    assert_eq!(backend.shell("SELECT COUNT(*) FROM t;"), "2");
    assert_eq!(database.state().unwrap().rows, ["b1"]);
    assert_eq!(database.journal(10).unwrap().len(), 2);
}

fn shared_units_are_rolled_back_together(backend: &Backend) {
    backend.shell("CREATE TABLE t (a INT);");
    let mut database = backend.ready();
    let first = Script::base("a1", &[(ROWS, "INSERT INTO t VALUES (1)")]);
    let second = Script::new("b1", change(&["a1"], &["b1"]), &[(ROWS, "INSERT INTO nowhere VALUES (2)")]);
    database.begin().unwrap();
    first.run(&mut *database, Transaction::Shared).unwrap();
    let failure = second.run(&mut *database, Transaction::Shared).unwrap_err();
    assert_eq!((failure.applied, failure.rolled_back), (0, true));
    database.rollback().unwrap();
    assert_eq!(backend.shell("SELECT COUNT(*) FROM t;"), "0");
    assert!(database.state().unwrap().rows.is_empty());
    let journal = database.journal(10).unwrap();
    assert_eq!(journal.iter().map(|row| row.revision.as_str()).collect::<Vec<_>>(), ["b1"]);
    assert_eq!(journal[0].state, "failed");
    database.begin().unwrap();
    first.run(&mut *database, Transaction::Shared).unwrap();
    database.rollback().unwrap();
    assert!(database.state().unwrap().rows.is_empty());
}

fn outside_a_transaction_what_ran_stays(backend: &Backend) {
    let mut database = backend.ready();
    let statements = [
        (OTHER, "CREATE TABLE t (a INT)"),
        (ROWS, "INSERT INTO t VALUES (1)"),
        (ROWS, "INSERT INTO nowhere VALUES (1)"),
        (OTHER, "CREATE TABLE u (a INT)"),
    ];
    let failure = Script::base("a1", &statements).run(&mut *database, Transaction::None).unwrap_err();
    assert_eq!((failure.piece, failure.applied, failure.rolled_back), (Some(3), 2, false));
    assert_eq!(backend.shell("SELECT COUNT(*) FROM t;"), "1");
    let state = database.state().unwrap();
    assert!(state.rows.is_empty());
    let incomplete = state.incomplete[0].clone();
    assert_eq!((incomplete.revision.as_str(), incomplete.operation.as_str()), ("a1", "upgrade"));
    assert_eq!((incomplete.statements_done, incomplete.statements_total), (2, 4));
    assert!(incomplete.error.unwrap().contains("nowhere"));
    let repaired = Script::base("a1", &[(OTHER, "CREATE TABLE u (a INT)")]);
    repaired.run(&mut *database, Transaction::None).unwrap();
    assert!(database.state().unwrap().incomplete.is_empty());
}

fn outside_a_transaction_a_success_is_done(backend: &Backend) {
    let mut database = backend.ready();
    let statements = [(OTHER, "CREATE TABLE t (a INT)"), (ROWS, "INSERT INTO t VALUES (1)")];
    Script::base("a1", &statements).run(&mut *database, Transaction::None).unwrap();
    assert_eq!(database.state().unwrap().rows, ["a1"]);
    let journal = database.journal(10).unwrap();
    assert_eq!(journal.len(), 1);
    assert_eq!((journal[0].state.as_str(), journal[0].statements_done, journal[0].statements_total), ("done", 2, 2));
    assert!(journal[0].duration_ms.is_some());
}

fn a_runner_that_died_leaves_its_line_running(backend: &Backend) {
    let mut database = backend.ready();
    backend.shell(
        "INSERT INTO aludel_version_history (revision, operation, state, started_at, statements_done, statements_total, os_user, host, tool_version)
         VALUES ('a1', 'upgrade', 'running', '2026-11-21 12:00:00', 1, 3, 'u', 'h', '0');",
    );
    let incomplete = database.state().unwrap().incomplete.remove(0);
    assert_eq!((incomplete.statements_done, incomplete.statements_total, incomplete.error), (1, 3, None));
    assert_eq!(database.journal(1).unwrap()[0].duration_ms, None);
}

fn the_failing_place_is_pointed_at(backend: &Backend) {
    let mut database = backend.ready();
    let script = Script::base("a1", &[(ROWS, "SELECT 1"), (ROWS, "SELECT 'ö',\n  2 FROMM x y z")]);
    for transaction in [Transaction::Own, Transaction::None] {
        let failure = script.run(&mut *database, transaction).unwrap_err();
        assert_eq!(failure.piece, Some(2));
        let offset = failure.offset.unwrap();
        assert!(script.text[offset..].starts_with("x y z"), "{}", &script.text[offset..]);
        let FailureCause::Statement(error) = failure.cause else { panic!() };
        assert!(error.number.is_some() || error.sqlstate.is_some());
    }
}

fn rows_change_as_asked(backend: &Backend) {
    let mut database = backend.ready();
    let steps: [(&[&str], &[&str], &[&str]); 6] = [
        (&[], &["a1"], &["a1"]),
        (&["a1"], &["b1"], &["b1"]),
        (&[], &["c1", "d1"], &["b1", "c1", "d1"]),
        (&["b1", "c1", "d1"], &["m1"], &["m1"]),
        (&["m1"], &["b1", "c1"], &["b1", "c1"]),
        (&["b1", "c1"], &[], &[]),
    ];
    for (delete, insert, rows) in steps {
        for transaction in [Transaction::Own, Transaction::None] {
            let before = database.state().unwrap().rows;
            Script::new("x1", change(delete, insert), &[]).run(&mut *database, transaction).unwrap();
            assert_eq!(database.state().unwrap().rows, rows);
            if transaction == Transaction::Own {
                Script::new("x1", change(insert, delete), &[]).run(&mut *database, Transaction::Own).unwrap();
                assert_eq!(database.state().unwrap().rows, before);
            }
        }
    }
}

fn rows_that_somebody_moved_stop_a_unit_before_it_runs(backend: &Backend) {
    backend.shell("CREATE TABLE t (a INT);");
    let mut database = backend.ready();
    Script::base("a1", &[]).run(&mut *database, Transaction::Own).unwrap();
    let insert: &[(StatementKind, &str)] = &[(ROWS, "INSERT INTO t VALUES (1)")];
    for changed in [
        change(&["gone"], &["b1"]),
        change(&[], &["a1"]),
        change(&["a1", "gone"], &["m1"]),
        change(&["gone"], &[]),
        change(&["a1"], &["b1", "c1"]),
    ] {
        if changed.delete.len() + changed.insert.len() == 3 && changed.delete.len() == 1 {
            continue; // This row change matches the table, so it would succeed.
        }
        for transaction in [Transaction::Own, Transaction::None] {
            let failure = Script::new("b1", changed.clone(), insert).run(&mut *database, transaction).unwrap_err();
            assert_eq!(failure.cause, FailureCause::RowsMoved, "{changed:?}");
            assert_eq!((failure.piece, failure.applied, failure.rolled_back), (None, 0, true));
        }
    }
    assert_eq!(database.state().unwrap().rows, ["a1"]);
    assert!(database.state().unwrap().incomplete.is_empty());
    assert_eq!(backend.shell("SELECT COUNT(*) FROM t;"), "0");
}

fn a_stop_is_heeded_between_statements(backend: &Backend) {
    backend.shell("CREATE TABLE t (a INT);");
    let mut database = backend.ready();
    // PostgreSQL receives the whole revision in one message, so that the statement in progress is cancelled.
    let is_one_message = backend.dialect == Dialect::POSTGRES;
    let second = if is_one_message { "SELECT pg_sleep(300)" } else { "INSERT INTO t VALUES (2)" };
    let script = Script::base("a1", &[(ROWS, "INSERT INTO t VALUES (1)"), (ROWS, second)]);
    for (transaction, applied) in [(Transaction::Own, 0), (Transaction::None, 1)] {
        let at_once = is_one_message && transaction == Transaction::Own;
        let mut watch = StopAfter { statements: usize::from(!at_once), seen: Vec::new() };
        let failure = aludel::engine::execute::run(&mut *database, &script.unit(transaction), &mut watch).unwrap_err();
        assert_eq!(failure.cause, FailureCause::Interrupted);
        assert!(is_one_message || failure.piece == Some(2));
        assert_eq!((failure.applied, failure.rolled_back), (applied, applied == 0));
        assert_eq!(backend.shell("SELECT COUNT(*) FROM t;"), applied.to_string());
        assert_eq!(database.journal(1).unwrap()[0].error.as_deref(), Some("interrupted"));
    }
}

fn the_lock_is_one_and_ends_with_its_connection(backend: &Backend) {
    let (mut first, mut second) = (backend.open(), backend.open());
    assert_eq!(first.try_lock().unwrap(), LockAttempt::Acquired);
    assert!(second.try_lock().unwrap().holder().is_some());
    first.unlock().unwrap();
    assert_eq!(second.try_lock().unwrap(), LockAttempt::Acquired);
    assert!(first.try_lock().unwrap().holder().is_some());
    drop(second);
    // A server may need a moment to notice that a connection was closed.
    let give_up = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while first.try_lock().unwrap().holder().is_some() {
        assert!(std::time::Instant::now() < give_up, "the lock outlives its connection");
        std::thread::yield_now();
    }
    first.ensure_tables().unwrap();
    Script::base("a1", &[]).run(&mut *first, Transaction::Own).unwrap();
    first.unlock().unwrap();
}

fn locks_of_two_version_tables_are_apart(backend: &Backend) {
    let (mut first, mut second) = (backend.open_table("one"), backend.open_table("two"));
    assert_eq!(first.try_lock().unwrap(), LockAttempt::Acquired);
    assert_eq!(second.try_lock().unwrap(), LockAttempt::Acquired);
}

fn the_holder_is_described(backend: &Backend) {
    let (mut first, mut second) = (backend.open(), backend.open());
    assert_eq!(first.try_lock().unwrap(), LockAttempt::Acquired);
    let holder = second.try_lock().unwrap().holder().unwrap();
    let expected = match backend.dialect {
        Dialect::SQLITE => format!("pid {}", std::process::id()),
        Dialect::MYSQL => "user tester".to_owned(),
        Dialect::POSTGRES | Dialect::MEMORY => "aludel contract".to_owned(),
        other => panic!("no tests of {other:?}"),
    };
    assert!(holder.description.contains(&expected), "{holder:?}");
    assert!(!holder.description.contains("secret"));
}

fn unlocking_what_is_not_held_is_said(backend: &Backend) {
    let mut database = backend.open();
    assert!(database.unlock().is_err());
}

fn settings_do_not_leak_into_the_next_unit(backend: &Backend) {
    let mut database = backend.ready();
    let (set, look): (&[(StatementKind, &str)], &str) = match backend.dialect {
        Dialect::SQLITE => (
            &[
                (StatementKind::Setting, "PRAGMA foreign_keys = ON"),
                (StatementKind::Setting, "PRAGMA recursive_triggers = ON"),
                (StatementKind::Setting, "PRAGMA journal_mode = OFF"),
                (StatementKind::Setting, "PRAGMA case_sensitive_like = ON"),
            ],
            "INSERT INTO seen SELECT (SELECT foreign_keys FROM pragma_foreign_keys) || (SELECT recursive_triggers FROM pragma_recursive_triggers) || (SELECT journal_mode FROM pragma_journal_mode) || ('a' LIKE 'A')",
        ),
        Dialect::MYSQL => (
            &[
                (StatementKind::Setting, "SET sql_mode = 'ANSI_QUOTES', foreign_key_checks = 0, time_zone = '+05:00'"),
                (StatementKind::Setting, "SET group_concat_max_len = 17, character_set_results = NULL, autocommit = 0"),
                (StatementKind::Setting, "USE information_schema"),
            ],
            "INSERT INTO seen SELECT CONCAT_WS('|', @@sql_mode LIKE '%ANSI%', @@foreign_key_checks, @@time_zone, @@group_concat_max_len, @@character_set_results, @@autocommit)",
        ),
        Dialect::POSTGRES => (
            &[
                (StatementKind::Setting, "SET search_path TO pg_catalog"),
                (StatementKind::Setting, "SET statement_timeout = 17"),
            ],
            "INSERT INTO seen SELECT current_setting('search_path') || current_setting('statement_timeout')",
        ),
        Dialect::MEMORY => (&[(StatementKind::Setting, "SET seen = 'yes'")], "INSERT INTO seen VALUES (@seen)"),
        other => panic!("no tests of {other:?}"),
    };
    backend.shell("CREATE TABLE seen (a TEXT);");
    Script::base("a1", &[(ROWS, look)]).run(&mut *database, Transaction::Own).unwrap();
    for (number, transaction) in [Transaction::None, Transaction::Own].into_iter().enumerate() {
        Script::base(&format!("b{number}"), set).run(&mut *database, transaction).unwrap();
        Script::base(&format!("c{number}"), &[(ROWS, look)]).run(&mut *database, transaction).unwrap();
        let failing = [set, &[(ROWS, "SELECT nothing FROM nowhere")]].concat();
        Script::base("never", &failing).run(&mut *database, transaction).unwrap_err();
        Script::base(&format!("d{number}"), &[(ROWS, look)]).run(&mut *database, transaction).unwrap();
    }
    assert_eq!(backend.shell("SELECT COUNT(*), COUNT(DISTINCT a) FROM seen;"), "5|1");
    assert_eq!(database.state().unwrap().rows, ["a1", "b0", "b1", "c0", "c1", "d0", "d1"]);
}

fn two_version_tables_in_one_database_are_apart(backend: &Backend) {
    let (mut one, mut two) = (backend.open_table("one"), backend.open_table("two"));
    one.ensure_tables().unwrap();
    assert!(!two.state().unwrap().version_table_exists);
    two.ensure_tables().unwrap();
    Script::base("a1", &[]).run(&mut *one, Transaction::Own).unwrap();
    Script::base("b1", &[]).run(&mut *two, Transaction::Own).unwrap();
    assert_eq!(one.state().unwrap().rows, ["a1"]);
    assert_eq!(two.state().unwrap().rows, ["b1"]);
    assert_eq!(one.journal(10).unwrap().len(), 1);
}

fn strange_ids_and_names_go_there_and_back(backend: &Backend) {
    let mut database = backend.open_table("o'hara \"x\" \\größe`");
    assert_eq!(database.try_lock().unwrap(), LockAttempt::Acquired);
    database.ensure_tables().unwrap();
    let ids = ["a'b", "a\\b", "a\"b", "größe", "0123", "1e5123456789", "%s", "$1", "漢字🦀", "ABC", "abc"];
    for id in ids {
        Script::base(id, &[]).run(&mut *database, Transaction::Own).unwrap();
        Script::new(id, change(&[id], &[]), &[]).run(&mut *database, Transaction::None).unwrap();
        Script::base(id, &[]).run(&mut *database, Transaction::None).unwrap();
    }
    let mut rows = database.state().unwrap().rows;
    let mut expected = ids.map(str::to_owned).to_vec();
    rows.sort();
    expected.sort();
    assert_eq!(rows, expected);
    assert_eq!(database.journal(1).unwrap()[0].revision, "abc");
}

fn the_journal_is_newest_first(backend: &Backend) {
    let mut database = backend.ready();
    for id in ["a1", "b1", "c1"] {
        Script::base(id, &[]).run(&mut *database, Transaction::Own).unwrap();
    }
    let revisions =
        |limit| -> Vec<String> { backend.open().journal(limit).unwrap().into_iter().map(|row| row.revision).collect() };
    assert_eq!(revisions(2), ["c1", "b1"]);
    assert_eq!(revisions(usize::MAX), ["c1", "b1", "a1"]);
}

fn copy_is_refused_where_it_is_unknown(backend: &Backend) {
    backend.shell("CREATE TABLE t (a INT);");
    let mut database = backend.ready();
    let mut script = Script::base("a1", &[(ROWS, "INSERT INTO t VALUES (1)"), (ROWS, "COPY t FROM stdin")]);
    let data = script.pieces[2].sql;
    script.pieces[2].kind = StatementKind::CopyFromStdin { data: aludel::diagnostic::Span::new(data.end, data.end) };
    if backend.dialect == Dialect::POSTGRES {
        script.run(&mut *database, Transaction::Own).unwrap();
        return;
    }
    for transaction in [Transaction::Own, Transaction::None] {
        let failure = script.run(&mut *database, transaction).unwrap_err();
        assert_eq!((failure.piece, failure.applied), (Some(2), 0));
        assert!(refusal(&failure).contains("PostgreSQL"));
    }
    assert_eq!(backend.shell("SELECT COUNT(*) FROM t;"), "0");
}

fn rows_that_a_statement_gives_are_dropped(backend: &Backend) {
    let mut database = backend.ready();
    let select = "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3";
    for (id, transaction) in [("a1", Transaction::Own), ("b1", Transaction::None)] {
        Script::base(id, &[(ROWS, select), (ROWS, "SELECT NULL, 'x'")]).run(&mut *database, transaction).unwrap();
    }
    assert_eq!(database.state().unwrap().rows, ["a1", "b1"]);
}

fn stamping_is_journalled(backend: &Backend) {
    let mut database = backend.ready();
    let mut script = Script::new("base", change(&[], &["a1"]), &[]);
    script.operation = Operation::Stamp;
    aludel::engine::execute::run(&mut *database, &script.unit(Transaction::Own), &mut Quiet).unwrap();
    let row = &database.journal(1).unwrap()[0];
    assert_eq!((row.operation.as_str(), row.state.as_str(), row.statements_total), ("stamp", "done", 0));
}

/// Whatever the server keeps for itself of a table is no difference.
fn what_is_made_again_has_the_mark_that_it_had(backend: &Backend) {
    let mut database = backend.open();
    database.expect_repeated_reads();
    let request = CatalogRequest::default();
    let empty = database.catalog_mark(&request).unwrap();
    let empty = database.rebase_catalog_mark(&request, empty).unwrap();
    let mut mark_after = |sql: &str| {
        database.execute(sql).unwrap();
        database.catalog_mark(&request).unwrap()
    };
    let made = mark_after("CREATE TABLE made (id INTEGER)");
    let dropped = mark_after("DROP TABLE made");
    let again = mark_after("CREATE TABLE made (id INTEGER)");
    // The made-up database has no marks.
    assert_eq!(made.is_some(), backend.dialect != Dialect::MEMORY);
    assert_eq!((&dropped, &again), (&empty, &made));
    assert!(made.is_none() || made != empty);
}
