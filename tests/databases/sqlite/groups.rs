//! Consecutive revisions that share one transaction: what others see of them and when, and what is left of them after
//! failures.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::open;
use crate::backend::{Backend, Quiet, Script, refusal};
use crate::support::project::{Kind, Project};
use aludel::config::SafetySettings;
use aludel::database::{
    CatalogRequest, Database, Durability, LockAttempt, RevisionExecution, RunFailure, StopSignal, Timeouts,
    Transaction, Watch,
};
use aludel::engine::EngineError;
use aludel::migrator::Event;
use aludel::sql::{CatalogObject, ObjectKind, StatementKind};
use aludel::{Embedded, Migrator};

/// Runs a revision whose commit nobody needs yet.
fn run_deferred(database: &mut dyn Database, script: &Script, watch: &mut dyn Watch) -> Result<(), RunFailure> {
    let unit = RevisionExecution { durability: Durability::Deferred, ..script.unit(Transaction::Own) };
    aludel::engine::execute::run(database, &unit, watch).map(|_| ())
}

/// Runs revisions `a0`, `a1` and so on, none of which is committed afterwards.
fn run_group(database: &mut dyn Database, count: usize) {
    for number in 0..count {
        let sql = format!("CREATE TABLE t{number} (a)");
        let script = Script::base(&format!("a{number}"), &[(StatementKind::Other, &sql)]);
        run_deferred(database, &script, &mut Quiet).unwrap();
    }
    assert_eq!(database.uncommitted(), count);
}

/// Returns the version rows as another program sees them.
fn seen(backend: &Backend) -> String {
    backend.shell("SELECT group_concat(version_num, ' ') FROM (SELECT version_num FROM aludel_version ORDER BY 1);")
}

#[test]
fn revisions_are_committed_together_and_before_any_other_call() {
    type Call = fn(&mut dyn Database);
    let calls: [(&str, Call); 12] = [
        ("make_durable", |database| database.make_durable().unwrap()),
        ("state", |database| assert_eq!(database.state().unwrap().rows, ["a0", "a1"])),
        ("journal", |database| assert_eq!(database.journal(9).unwrap().len(), 2)),
        ("execute", |database| drop(database.execute("SELECT 1").unwrap())),
        ("query", |database| drop(database.query("SELECT 1", 1).unwrap())),
        ("catalog", |database| drop(database.catalog(&CatalogRequest::default()).unwrap())),
        ("catalog_text", |database| drop(database.catalog_text(&CatalogRequest::default()).unwrap())),
        ("data_version", |database| assert!(database.data_version().unwrap().is_some())),
        ("ensure_tables", |database| database.ensure_tables().unwrap()),
        ("unlock", |database| database.unlock().unwrap()),
        ("begin", |database| {
            database.begin().unwrap();
            database.rollback().unwrap();
        }),
        ("exists", |database| {
            let table = CatalogObject { kind: ObjectKind::Table, schema: None, table: None, name: "t1".to_owned() };
            assert_eq!(database.exists(&table).unwrap(), Some(true));
        }),
    ];
    for (name, call) in calls {
        let backend = Backend::sqlite();
        let mut database = backend.ready();
        assert_eq!(database.try_lock().unwrap(), LockAttempt::Acquired);
        run_group(&mut *database, 2);
        assert_eq!(seen(&backend), "", "{name}");
        call(&mut *database);
        assert_eq!((seen(&backend).as_str(), database.uncommitted()), ("a0 a1", 0), "{name}");
    }
}

#[test]
fn a_revision_that_must_be_durable_commits_those_before_it() {
    let backend = Backend::sqlite();
    let mut database = backend.ready();
    run_group(&mut *database, 2);
    Script::base("b1", &[]).run(&mut *database, Transaction::Own).unwrap();
    assert_eq!((seen(&backend).as_str(), database.uncommitted()), ("a0 a1 b1", 0));
}

#[test]
fn what_cannot_share_a_transaction_ends_the_one_before_it() {
    let attach = "ATTACH ':memory:' AS other";
    let trigger = "CREATE TRIGGER r BEFORE INSERT ON t0 BEGIN SELECT RAISE(ROLLBACK, 'no'); END";
    let cases: [(Transaction, StatementKind, &str); 7] = [
        (Transaction::Own, StatementKind::Setting, "PRAGMA user_version = 7"),
        (Transaction::Own, StatementKind::Other, "SAVEPOINT aludel_revision"),
        (Transaction::Own, StatementKind::Other, trigger),
        (Transaction::Own, StatementKind::Other, "INSERT OR ROLLBACK INTO t0 VALUES (1)"),
        (Transaction::Own, StatementKind::Other, attach),
        (Transaction::None, StatementKind::Other, "VACUUM"),
        (Transaction::None, StatementKind::Other, "CREATE TABLE u (a)"),
    ];
    for (transaction, kind, sql) in cases {
        let backend = Backend::sqlite();
        let mut database = backend.ready();
        run_group(&mut *database, 2);
        let script = Script::base("b1", &[(kind, sql)]);
        let unit = RevisionExecution { durability: Durability::Deferred, ..script.unit(transaction) };
        // Some of them fail.
        let _ = aludel::engine::execute::run(&mut *database, &unit, &mut SeesGroup { backend: &backend });
        assert_eq!((database.uncommitted(), database.undone()), (0, 0), "{sql}");
    }
}

/// Requires that the revisions of [`run_group`] are committed while the one that is watched runs.
struct SeesGroup<'b> {
    backend: &'b Backend,
}

impl Watch for SeesGroup<'_> {
    fn statements(&mut self, _: usize, _: usize) {
        assert!(seen(self.backend).starts_with("a0 a1"));
    }

    fn interrupted(&self) -> bool {
        false
    }
}

#[test]
fn a_database_in_memory_has_groups_too() {
    let mut database = open("sqlite::memory:").unwrap();
    database.ensure_tables().unwrap();
    run_group(&mut *database, 3);
    let failing = Script::base("b1", &[(StatementKind::Other, "CREATE TABLE t1 (a)")]);
    run_deferred(&mut *database, &failing, &mut Quiet).unwrap_err();
    assert_eq!(database.state().unwrap().rows, ["a0", "a1", "a2"]);
}

#[test]
fn a_failing_revision_is_rolled_back_alone() {
    let backend = Backend::sqlite();
    let mut database = backend.ready();
    run_group(&mut *database, 2);
    let statements = [(StatementKind::Other, "CREATE TABLE u (a)"), (StatementKind::Other, "CREATE TABLE t1 (a)")];
    let failure = run_deferred(&mut *database, &Script::base("b1", &statements), &mut Quiet).unwrap_err();
    assert!(refusal(&failure).contains("already exists"), "{failure:?}");
    assert_eq!((failure.applied, failure.rolled_back, failure.piece), (0, true, Some(2)));
    assert_eq!((database.uncommitted(), database.undone()), (0, 0));
    assert_eq!(seen(&backend), "a0 a1");
    assert_eq!(backend.tables(), ["aludel_version", "aludel_version_history", "t0", "t1"]);
    let journal = backend.shell("SELECT revision, state FROM aludel_version_history ORDER BY id;");
    assert_eq!(journal, "a0|done\na1|done\nb1|failed");
}

#[test]
fn revisions_that_cannot_be_committed_are_undone_and_counted() {
    let backend = Backend::sqlite();
    let mut database = backend.ready();
    database.set_timeouts(Timeouts { lock: Some(Duration::from_millis(20)), statement: None });
    run_group(&mut *database, 2);
    let reader = rusqlite::Connection::open(backend.file().unwrap()).unwrap();
    reader.execute_batch("BEGIN; SELECT COUNT(*) FROM aludel_version").unwrap();
    let failure = Script::base("b1", &[]).run(&mut *database, Transaction::Own).unwrap_err();
    assert!(failure.is_lock_refused() && failure.rolled_back, "{failure:?}");
    assert_eq!((database.uncommitted(), database.undone()), (0, 2));
    run_group(&mut *database, 2);
    database.make_durable().unwrap_err();
    assert_eq!((database.uncommitted(), database.undone()), (0, 2));
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(backend.shell("SELECT COUNT(*) FROM aludel_version_history;"), "0");
    run_group(&mut *database, 2);
    database.make_durable().unwrap();
    assert_eq!((seen(&backend).as_str(), database.undone()), ("a0 a1", 0));
}

/// COMMIT checks them, and could not name the revision of a group.
#[test]
fn deferred_foreign_keys_fail_the_revision_that_violates_them() {
    let backend = Backend::sqlite();
    let mut database = backend.ready();
    let references = "CREATE TABLE c (a REFERENCES p DEFERRABLE INITIALLY DEFERRED)";
    let tables = [(StatementKind::Other, "CREATE TABLE p (a INTEGER PRIMARY KEY)"), (StatementKind::Other, references)];
    run_deferred(&mut *database, &Script::base("a0", &tables), &mut Quiet).unwrap();
    database.execute("PRAGMA foreign_keys = ON").unwrap();
    let row = Script::base("a1", &[(StatementKind::Other, "INSERT INTO p VALUES (1)")]);
    run_deferred(&mut *database, &row, &mut Quiet).unwrap();
    let violation = Script::base("b1", &[(StatementKind::Other, "INSERT INTO c VALUES (2)")]);
    let failure = run_deferred(&mut *database, &violation, &mut Quiet).unwrap_err();
    assert!(refusal(&failure).contains("FOREIGN KEY"), "{failure:?}");
    assert_eq!((seen(&backend).as_str(), database.undone()), ("a0 a1", 0));
}

/// It may end because of its time too, but not before each of these revisions.
#[test]
fn a_group_ends_with_a_revision_that_changes_much() {
    let values = "WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n WHERE a < 12)";
    let new_pages = format!("CREATE TABLE large AS {values} SELECT zeroblob(1000000) AS bytes FROM n");
    let changed_pages = "UPDATE large SET bytes = hex(zeroblob(500000))";
    for (mode, statements) in [("DELETE", [&*new_pages, changed_pages].as_slice()), ("WAL", &[&*new_pages])] {
        let backend = Backend::sqlite();
        backend.shell(&format!("PRAGMA journal_mode = {mode};"));
        let mut database = backend.ready();
        for (number, sql) in statements.iter().enumerate() {
            let script = Script::base(&format!("a{number}"), &[(StatementKind::Other, sql)]);
            run_deferred(&mut *database, &script, &mut Quiet).unwrap();
            assert!(seen(&backend).ends_with(&format!("a{number}")) && database.uncommitted() == 0, "{mode}: {sql}");
        }
    }
}

static STEPS: Embedded = Embedded::new(
    "steps",
    &[
        ("r/1.sql", "-- revision: aaaa1111\n\n-- @upgrade\nCREATE TABLE one (id INTEGER);\n"),
        (
            "r/2.sql",
            "-- revision: bbbb2222\n-- down_revision: aaaa1111\n\n-- @upgrade\nCREATE TABLE two (id INTEGER);\n",
        ),
        (
            "r/3.sql",
            "-- revision: cccc3333\n-- down_revision: bbbb2222\n\n-- @upgrade\nCREATE TABLE three (id INTEGER);\n",
        ),
    ],
);

#[test]
fn a_stopped_run_that_cannot_commit_tells_of_the_revisions_that_are_undone() {
    let backend = Backend::sqlite();
    drop(backend.ready());
    let reader = rusqlite::Connection::open(backend.file().unwrap()).unwrap();
    reader.execute_batch("BEGIN; SELECT COUNT(*) FROM aludel_version").unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::new(Mutex::new(Vec::new()));
    let (asked, raised, list, ran) = (Arc::clone(&stop), stop, Arc::clone(&told), AtomicUsize::new(0));
    let gentle = SafetySettings { lock_timeout: Duration::from_millis(20), ..SafetySettings::default() };
    let migrator = Migrator::embedded(STEPS.clone().url(&backend.url).gentle(gentle))
        .unwrap()
        .stop_when(move || asked.load(Ordering::SeqCst))
        .on_event(move |_, event| match event {
            Event::Statements { .. } => raised.store(ran.fetch_add(1, Ordering::SeqCst) == 1, Ordering::SeqCst),
            Event::Finished { revision, .. } => list.lock().unwrap().push(revision.to_string()),
            Event::NotCommitted { revisions, .. } => list.lock().unwrap().push(format!("{revisions} undone")),
            _ => {}
        });
    let error = migrator.upgrade("head").unwrap_err();
    assert!(matches!(error.engine(), Some(EngineError::Interrupted)), "{error}");
    assert_eq!(*told.lock().unwrap(), ["2 undone"]);
    reader.execute_batch("COMMIT").unwrap();
    assert_eq!(seen(&backend), "");
}

#[test]
fn on_a_connection_of_the_programs_each_revision_is_committed_by_itself() {
    let backend = Backend::sqlite();
    let mut connection = rusqlite::Connection::open(backend.file().unwrap()).unwrap();
    let (found, list) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
    let (seen_then, finished, file) = (Arc::clone(&found), Arc::clone(&list), backend.file().unwrap());
    let migrator = Migrator::embedded(STEPS.clone()).unwrap().on_event(move |_, event| {
        if let Event::Finished { revision, .. } = event {
            let row = crate::support::sqlite_shell(&file, "SELECT version_num FROM aludel_version;");
            seen_then.lock().unwrap().push(row.trim().to_owned());
            finished.lock().unwrap().push(revision.to_string());
        }
    });
    migrator.with_connection(&mut connection).upgrade("head").unwrap();
    assert_eq!(*found.lock().unwrap(), ["aaaa1111", "bbbb2222", "cccc3333"]);
    assert_eq!(*found.lock().unwrap(), *list.lock().unwrap());
}

/// Stops the statement that runs, and the run with it.
struct StopNow;

impl Watch for StopNow {
    fn statements(&mut self, _: usize, _: usize) {}
    fn interrupted(&self) -> bool {
        true
    }
    fn stop_signal(&self) -> Option<StopSignal> {
        Some(Arc::new(|| true))
    }
}

#[test]
fn a_stop_between_statements_keeps_the_revisions_before() {
    let backend = Backend::sqlite();
    let mut database = backend.ready();
    run_group(&mut *database, 2);
    let script = Script::base("b1", &[(StatementKind::Other, "CREATE TABLE u (a)")]);
    run_deferred(&mut *database, &script, &mut StopNow).unwrap_err();
    assert_eq!((seen(&backend).as_str(), database.undone()), ("a0 a1", 0));
    assert_eq!(database.journal(1).unwrap()[0].state, "failed");
}

/// Creates a project with `count` revisions; number `special` has `sql`.
fn project(count: usize, config: &str, special: usize, sql: &str) -> (Project, String) {
    let (project, url) = Project::with_database(Kind::Sqlite);
    let service = format!("services:\n  app:\n    url: \"{url}\"\n    revisions: r\n    snapshot: false\n");
    project.write("aludel.yaml", &format!("{config}{service}"));
    for number in 0..count {
        let down = number.checked_sub(1).map(|before| format!("a{before:03}")).unwrap_or_default();
        let usual = format!("CREATE TABLE t{number} (a INTEGER);\nINSERT INTO t{number} VALUES ({number});");
        let sql = if number == special { sql } else { &usual };
        project.revision(&format!("a{number:03}"), &down, sql, &format!("DROP TABLE t{number};"));
    }
    (project, url)
}

fn journal(project: &Project, url: &str) -> Vec<String> {
    let rows = "SELECT revision || ' ' || state FROM aludel_version_history ORDER BY id;";
    project.shell(Kind::Sqlite, url, rows).lines().map(str::to_owned).collect()
}

/// Returns the revisions that a run has reported as done.
fn reported(stderr: &str) -> Vec<&str> {
    let lines = stderr.lines().filter(|line| line.starts_with("app [") && line.contains("] upgrade "));
    lines.filter_map(|line| line.split_whitespace().nth(3)).collect()
}

#[test]
fn those_before_a_failing_revision_are_applied_and_reported_and_the_next_run_goes_on_there() {
    let (project, url) = project(6, "", 3, "CREATE TABLE before (a);\nCREATE TABLE t1 (a);");
    let run = project.run(&["upgrade", "head"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert_eq!(reported(&run.stderr), ["a000", "a001", "a002"], "{}", run.stderr);
    assert_eq!(journal(&project, &url), ["a000 done", "a001 done", "a002 done", "a003 failed"]);
    assert_eq!(project.shell(Kind::Sqlite, &url, "SELECT version_num FROM aludel_version;"), "a002");
    project.revision("a003", "a002", "CREATE TABLE t3 (a);", "DROP TABLE t3;");
    let run = project.run(&["upgrade", "head"]);
    assert_eq!(reported(&run.stderr), ["a003", "a004", "a005"], "{}", run.stderr);
}

#[test]
fn an_error_that_ends_the_transaction_undoes_only_its_own_revision() {
    let (project, url) = project(6, "", 4, "INSERT INTO guarded VALUES (1);");
    project.revision("a000", "", "CREATE TABLE guarded (a);\nCREATE TRIGGER g BEFORE INSERT ON guarded BEGIN SELECT RAISE(ROLLBACK, 'guarded'); END;", "");
    let run = project.run(&["upgrade", "head"]);
    assert!(run.status == 1 && run.stderr.contains("guarded"), "{}", run.stderr);
    assert_eq!(reported(&run.stderr), ["a000", "a001", "a002", "a003"], "{}", run.stderr);
    assert_eq!(journal(&project, &url), ["a000 done", "a001 done", "a002 done", "a003 done", "a004 failed"]);
    assert_eq!(project.shell(Kind::Sqlite, &url, "SELECT a FROM t3;"), "3");
}

#[test]
fn a_statement_that_takes_too_long_undoes_only_its_own_revision() {
    let endless = "CREATE TABLE t AS WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n) SELECT a FROM n;";
    let (project, url) = project(4, "statement_timeout: 300ms\n", 2, endless);
    let run = project.run(&["upgrade", "head"]);
    assert!(run.status == 1 && run.stderr.contains("longer than statement_timeout"), "{}", run.stderr);
    assert_eq!(reported(&run.stderr), ["a000", "a001"], "{}", run.stderr);
    assert_eq!(journal(&project, &url), ["a000 done", "a001 done", "a002 failed"]);
}

#[test]
fn a_reader_that_holds_up_the_commit_is_waited_for_and_nothing_runs_twice() {
    let (project, url) = project(5, "lock_timeout: 50ms\n", 9, "");
    project.ok(&["ensure-version"]);
    let reader = rusqlite::Connection::open(project.path("app.db")).unwrap();
    reader.execute_batch("BEGIN; SELECT COUNT(*) FROM aludel_version").unwrap();
    let mut runner = project.command(&["upgrade", "head"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(runner.stderr.take().unwrap()).lines().map(Result::unwrap);
    // The last one's COMMIT failed first, and with it the whole group; then each runs by itself.
    let refused = lines.find(|line| line.contains("did not get its lock")).unwrap();
    assert!(refused.contains("a000"), "{refused}");
    reader.execute_batch("COMMIT").unwrap();
    let rest: Vec<String> = lines.collect();
    assert!(runner.wait().unwrap().success(), "{rest:?}");
    assert_eq!(reported(&rest.join("\n")), ["a000", "a001", "a002", "a003", "a004"]);
    let done = journal(&project, &url).into_iter().filter(|row| row.ends_with(" done")).collect::<Vec<_>>();
    assert_eq!(done, ["a000 done", "a001 done", "a002 done", "a003 done", "a004 done"]);
}

#[test]
fn statements_are_listed_before_their_revision() {
    let (project, _) = project(3, "", 9, "");
    let run = project.run(&["upgrade", "head", "--verbose"]);
    let first = |line: &str| line.trim_start_matches("app").trim_start().chars().take(5).collect::<String>();
    let found: Vec<String> = run.stderr.lines().filter(|line| line.starts_with("app ")).map(first).collect();
    assert_eq!(found.join("|"), "1/2 C|2/2 I|[1/3]|1/2 C|2/2 I|[2/3]|1/2 C|2/2 I|[3/3]", "{}", run.stderr);
}

#[test]
fn readers_get_in_between_groups_and_see_whole_revisions() {
    let (project, _) = project(500, "", 999, "");
    project.ok(&["ensure-version"]);
    let mut runner = project.command(&["upgrade", "head"]).stderr(Stdio::null()).spawn().unwrap();
    let mut reader = rusqlite::Connection::open(project.path("app.db")).unwrap();
    reader.busy_timeout(Duration::from_secs(5)).unwrap();
    let (start, mut counts) = (Instant::now(), std::collections::BTreeSet::new());
    while runner.try_wait().unwrap().is_none() {
        assert!(start.elapsed().as_secs() < 120, "the run does not end");
        let transaction = reader.transaction().unwrap();
        let number = |sql: &str| transaction.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        let done = number("SELECT COUNT(*) FROM aludel_version_history");
        let tables = number("SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name LIKE 't%'");
        let row = number("SELECT coalesce(max(CAST(substr(version_num, 2) AS INTEGER)) + 1, 0) FROM aludel_version");
        assert_eq!((tables, row), (done, done));
        counts.insert(done);
    }
    assert!(runner.wait().unwrap().success());
    // Five groups or more; the reader may miss some.
    assert!(counts.len() > 2, "{counts:?}");
}
