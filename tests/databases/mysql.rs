//! Features of MySQL and MariaDB only: dumps, locked tables, round trips, broken connections.

mod catalog_reads;
mod interrupting;
mod own_transactions;
mod tls;
mod undoing;

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::backend;
use crate::backend::{Backend, Script, change, table};
use crate::support;
use aludel::config::DatabaseUrl;
use aludel::database::LockAttempt;
use aludel::database::{self, DatabaseError, FailureCause, Transaction};
use aludel::drivers;
use aludel::sql::{self, Dialect, StatementKind};

const OTHER: StatementKind = StatementKind::Other;
const ROWS: StatementKind = StatementKind::Rows;

/// Creates a script whose pieces come from the splitter.
fn script(revision: &str, text: &str) -> Script {
    let pieces = sql::split(text, Dialect::MYSQL).unwrap();
    Script { text: text.to_owned(), pieces, ..Script::base(revision, &[]) }
}

/// Runs `sql` in the client with `--comments`, because by default the client strips comments from routines.
fn shell_with_comments(url: &str, sql: &str) {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(sql.as_bytes()).unwrap();
    std::io::Seek::rewind(&mut file).unwrap();
    let name = url.rsplit('/').next().unwrap();
    let status = support::mariadb().mariadb_client(name).arg("--comments").stdin(file).status().unwrap();
    assert!(status.success());
}

#[test]
fn a_dump_with_triggers_and_routines_runs_and_leaves_the_session_as_it_was() {
    if !support::is_mariadb() {
        support::cases::say("a dump with triggers and routines: the dump of this test is MariaDB's");
        return;
    }
    let backend = Backend::mariadb();
    let by_shell = support::mariadb().new_database();
    let dump = include_str!("../dumps/mariadb_dump.sql");
    shell_with_comments(&by_shell, dump);
    let mut database = backend.ready();
    script("a1", dump).run(&mut *database, Transaction::None).unwrap();
    let look =
        "INSERT INTO seen SELECT CONCAT_WS('|', @@sql_mode, @@time_zone, @@foreign_key_checks, @@character_set_client)";
    backend.shell("CREATE TABLE seen (a TEXT);");
    Script::new("b1", change(&["a1"], &["b1"]), &[(ROWS, look)]).run(&mut *database, Transaction::Own).unwrap();
    let fresh =
        backend.shell("SELECT CONCAT_WS('|', @@sql_mode, @@time_zone, @@foreign_key_checks, @@character_set_client);");
    assert_eq!(backend.shell("SELECT a FROM seen;"), fresh);
    backend.shell("DROP TABLE seen, aludel_version, aludel_version_history;");
    let contents = |url: &str| {
        let shell = |sql: &str| support::mariadb().shell(url, sql);
        let tables = shell(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' ORDER BY 1;",
        );
        let counts: Vec<String> = tables
            .lines()
            .map(|name| {
                shell(&format!("CHECKSUM TABLE `{}`;", name.replace('`', "``")))
                    .split('\t')
                    .next_back()
                    .unwrap()
                    .to_owned()
            })
            .collect();
        let routines = shell(
            "SELECT routine_name, routine_definition FROM information_schema.routines WHERE routine_schema = DATABASE() ORDER BY 1;",
        );
        let triggers = shell(
            "SELECT trigger_name, action_statement FROM information_schema.triggers WHERE trigger_schema = DATABASE() ORDER BY 1;",
        );
        let views =
            shell("SELECT table_name FROM information_schema.views WHERE table_schema = DATABASE() ORDER BY 1;");
        (tables, counts, routines, triggers, views)
    };
    assert_eq!(contents(&backend.url), contents(&by_shell));
}

#[test]
fn locked_tables_do_not_stop_the_journal() {
    let backend = Backend::mariadb();
    let mut database = backend.ready();
    let text =
        "CREATE TABLE t (a INT); LOCK TABLES t WRITE; INSERT INTO t VALUES (1); INSERT INTO t VALUES (ROW_COUNT());";
    script("a1", text).run(&mut *database, Transaction::None).unwrap();
    assert_eq!(backend.shell("SELECT GROUP_CONCAT(a) FROM t;"), "1,1");
    assert_eq!(database.journal(1).unwrap()[0].statements_done, 4);
    let failing = script("b1", "LOCK TABLES t WRITE; INSERT INTO nowhere VALUES (1);");
    let failure = failing.run(&mut *database, Transaction::None).unwrap_err();
    assert_eq!((failure.piece, failure.applied), (Some(1), 1));
    assert_eq!(database.journal(1).unwrap()[0].state, "failed");
}

#[test]
fn an_own_transaction_that_is_left_open_is_refused() {
    let backend = Backend::mariadb();
    let mut database = backend.ready();
    let text = "CREATE TABLE t (a INT); START TRANSACTION; INSERT INTO t VALUES (1);";
    let failure = script("a1", text).run(&mut *database, Transaction::None).unwrap_err();
    assert_eq!((failure.piece, failure.applied), (Some(1), 1));
    assert_eq!(backend.shell("SELECT COUNT(*) FROM t;"), "0");
    script("b1", "BEGIN; INSERT INTO t VALUES (1); COMMIT;").run(&mut *database, Transaction::None).unwrap();
    assert_eq!(backend.shell("SELECT COUNT(*) FROM t;"), "1");
}

#[test]
fn a_killed_connection_is_said_and_lets_go_of_the_lock() {
    let backend = Backend::mariadb();
    let mut database = backend.ready();
    assert_eq!(database.try_lock().unwrap(), LockAttempt::Acquired);
    let text = "CREATE TABLE t (a INT); KILL CONNECTION_ID(); CREATE TABLE u (a INT);";
    let failure = script("a1", text).run(&mut *database, Transaction::None).unwrap_err();
    assert!(matches!(failure.cause, FailureCause::ConnectionLost(_)), "{failure:?}");
    assert_eq!(failure.piece, Some(1));
    assert!(matches!(database.state(), Err(DatabaseError::ConnectionLost(_))));
    let mut other = backend.open();
    while other.try_lock().unwrap().holder().is_some() {
        std::thread::yield_now();
    }
    let incomplete = other.state().unwrap().incomplete.remove(0);
    assert_eq!((incomplete.statements_done, incomplete.error), (1, None));
}

#[test]
fn a_connection_that_fails_shows_no_password() {
    let backend = Backend::mariadb();
    for url in [backend.url.replace("tester", "nobody"), backend.url.replace("/aludel", "/nowhere")] {
        let url = DatabaseUrl::parse(&url, None).unwrap();
        let error = drivers::open(&url, &table("v"), "s", &|_| None).err().unwrap();
        assert!(matches!(error, DatabaseError::Connect { sqlstate: Some(_), .. }), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("mariadb-secret"));
    }
}

/// Starts a proxy that counts the client's messages. Each is a single write that the server answers.
fn counting(url: &str) -> (String, Arc<AtomicUsize>) {
    let url = DatabaseUrl::parse(url, None).unwrap();
    let (host, port) = url.hosts()[0].clone();
    let (listener, count) = (TcpListener::bind(("127.0.0.1", 0)).unwrap(), Arc::new(AtomicUsize::new(0)));
    let through =
        url.expose().replace(&format!(":{}/", port.unwrap()), &format!(":{}/", listener.local_addr().unwrap().port()));
    let counted = Arc::clone(&count);
    std::thread::spawn(move || {
        // The first connection may end immediately if the server has no TLS.
        for client in listener.incoming() {
            let (client, counted) = (client.unwrap(), Arc::clone(&counted));
            let server = TcpStream::connect((host.as_str(), port.unwrap())).unwrap();
            let back = (server.try_clone().unwrap(), client.try_clone().unwrap());
            std::thread::spawn(move || forward(back.0, back.1, &AtomicUsize::new(0)));
            std::thread::spawn(move || forward(client, server, &counted));
        }
    });
    (through, count)
}

fn forward(mut from: TcpStream, mut to: TcpStream, count: &AtomicUsize) {
    let mut buffer = [0; 65_536];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        count.fetch_add(1, Ordering::SeqCst);
        if to.write_all(&buffer[..length]).is_err() {
            return;
        }
    }
}

#[test]
fn a_revision_takes_a_round_trip_for_each_statement_and_one_more() {
    let (url, count) = counting(&support::mariadb().new_database());
    let url = DatabaseUrl::parse(&url, None).unwrap();
    let mut database = drivers::open(&url, &table("aludel_version"), "s", &|_| None).unwrap();
    let mut last = 0;
    let mut trips = || {
        let now = count.load(Ordering::SeqCst);
        std::mem::replace(&mut last, now).abs_diff(now)
    };
    // MySQL's password authentication takes additional round trips.
    assert!(trips() <= 3 || !support::is_mariadb(), "handshake and greeting");
    assert_eq!(database.try_lock().unwrap(), LockAttempt::Acquired);
    assert_eq!(trips(), 1);
    database.ensure_tables().unwrap();
    assert_eq!(trips(), 1);
    database.state().unwrap();
    assert_eq!(trips(), 1);
    let tables = [(OTHER, "CREATE TABLE t (a INT)"), (OTHER, "CREATE INDEX i ON t (a)")];
    Script::base("a1", &tables).run(&mut *database, Transaction::None).unwrap();
    assert_eq!(trips(), 3);
    let rows = [(ROWS, "INSERT INTO t VALUES (1)")];
    Script::base("b1", &rows).run(&mut *database, Transaction::Own).unwrap();
    assert_eq!(trips(), 2);
    Script::base("c1", &[]).run(&mut *database, Transaction::Own).unwrap();
    assert_eq!(trips(), 1);
    database.unlock().unwrap();
    assert_eq!(trips(), 1);
}

/// Runs `first`, announcing `second` in the journal at its end.
fn run_before(database: &mut dyn database::Database, first: &Script, second: &Script) {
    let next = second.unit(Transaction::None);
    let unit = database::RevisionExecution { next: Some(&next), ..first.unit(Transaction::None) };
    aludel::engine::execute::run(&mut *database, &unit, &mut backend::Quiet).unwrap();
}

const JOURNAL: &str =
    "SELECT revision, state, statements_done, statement_running FROM aludel_version_history ORDER BY id;";

#[test]
fn the_end_of_a_revision_announces_the_next_one_which_takes_its_row_over() {
    let backend = Backend::mariadb();
    let mut database = backend.ready();
    let first = Script::base("a1", &[(OTHER, "CREATE TABLE a (x INT)")]);
    let second = Script::new("b1", change(&["a1"], &["b1"]), &[(OTHER, "CREATE TABLE b (x INT)")]);
    run_before(&mut *database, &first, &second);
    assert_eq!(backend.shell(JOURNAL), "a1|done|1|NULL\nb1|running|0|1");
    second.run(&mut *database, Transaction::None).unwrap();
    assert_eq!(backend.shell(JOURNAL), "a1|done|1|NULL\nb1|done|1|NULL");
    assert_eq!(backend.shell("SELECT version_num FROM aludel_version;"), "b1");
}

#[test]
fn what_was_announced_and_does_not_start_is_taken_back() {
    let backend = Backend::mariadb();
    let mut database = backend.ready();
    assert_eq!(database.try_lock().unwrap(), LockAttempt::Acquired);
    let first = Script::base("a1", &[(OTHER, "CREATE TABLE a (x INT)")]);
    let second = Script::new("b1", change(&["a1"], &["b1"]), &[(OTHER, "CREATE TABLE b (x INT)")]);
    run_before(&mut *database, &first, &second);
    database.unlock().unwrap();
    assert_eq!(backend.shell(JOURNAL), "a1|done|1|NULL");
    assert!(database.state().unwrap().incomplete.is_empty());
}

/// After a crash the catalog decides whether the announced statement ran, so an object that existed before would be
/// taken for its result.
#[test]
fn nothing_is_announced_that_the_catalog_would_take_for_done_or_cannot_tell() {
    let backend = Backend::mariadb();
    let mut database = backend.ready();
    backend.shell("CREATE TABLE b (x INT); CREATE TABLE d (x INT);");
    let mut before = String::new();
    for (revision, sql, is_announced) in [
        ("c1", "CREATE TABLE b (x INT)", false),
        ("c2", "DROP TABLE c", false),
        ("c3", "ALTER TABLE d MODIFY x BIGINT", true),
        ("c4", "INSERT INTO d VALUES (1)", false),
        ("c5", "DROP TABLE d", true),
    ] {
        let here = format!("a{revision}");
        let delete: Vec<&str> = [before.as_str()].into_iter().filter(|id| !id.is_empty()).collect();
        let make = format!("CREATE TABLE t_{revision} (x INT)");
        let first = Script::new(&here, change(&delete, &[&here]), &[(OTHER, &make)]);
        let kind = if sql.starts_with("INSERT") { ROWS } else { OTHER };
        let second = Script::new(revision, change(&[&here], &[revision]), &[(kind, sql)]);
        run_before(&mut *database, &first, &second);
        let rows = backend.shell(&format!(
            "SELECT COUNT(*) FROM aludel_version_history WHERE revision = '{revision}' AND state = 'running';"
        ));
        assert_eq!(rows, u8::from(is_announced).to_string(), "{sql}");
        before = here;
    }
}

/// Creates a project whose first revision creates the table `t`.
fn project(upgrade: &str) -> (support::project::Project, String) {
    let (project, url) = support::project::Project::with_database(support::project::Kind::Mariadb);
    project.revision("a1111", "", "CREATE TABLE t (x INT);", "DROP TABLE t;");
    project.revision("b1111", "a1111", upgrade, "");
    (project, url)
}

#[test]
fn rows_that_no_commit_follows_are_not_said_to_be_there() {
    for upgrade in [
        "SET autocommit = 0;\nCREATE TABLE u (x INT);\nINSERT INTO t VALUES (1);",
        "CREATE TABLE u (x INT);\nSET SESSION autocommit = OFF;\nINSERT INTO t VALUES (1);",
    ] {
        let (project, url) = project(upgrade);
        let failed = project.json(&["upgrade", "head"]);
        assert_eq!(failed["error"]["code"], "statement-failed", "{failed}");
        assert!(failed["error"]["message"].as_str().unwrap().contains("leaves a transaction open"), "{failed}");
        let half = &project.json(&["status"])["services"][0]["incomplete"];
        assert_eq!(half["statements_done"], 2, "{half}");
        // With the missing COMMIT added, the next run resumes.
        let text = std::fs::read_to_string(project.path("r/b1111.sql")).unwrap();
        let mended = text
            .replace("VALUES (1);", "VALUES (1);\nCOMMIT;")
            .replace("\n\n-- @upgrade", "\n-- transaction: false\n-- @upgrade");
        project.write("r/b1111.sql", &mended);
        project.ok(&["upgrade", "head"]);
        assert_eq!(support::mariadb().shell(&url, "SELECT COUNT(*) FROM t;"), "1");
    }
}

#[test]
fn rows_that_are_committed_without_autocommit_are_there() {
    for upgrade in [
        "SET autocommit = 0;\nINSERT INTO t VALUES (1);\nSET autocommit = 1;",
        "SET @OLD_AUTOCOMMIT = @@AUTOCOMMIT, @@AUTOCOMMIT = 0;\nCREATE TABLE u (x INT);\nINSERT INTO t VALUES (1);\n\
         SET AUTOCOMMIT = @OLD_AUTOCOMMIT;\nSELECT 1;",
        "SET autocommit = 0;\nINSERT INTO t VALUES (1);\nCREATE TABLE u (x INT);\nSELECT x FROM t;",
    ] {
        let (project, url) = project(upgrade);
        project.ok(&["upgrade", "head"]);
        assert_eq!(support::mariadb().shell(&url, "SELECT COUNT(*) FROM t;"), "1", "{upgrade}");
    }
    // Statements committed by turning autocommit on must not be reported as rolled back.
    let (project, url) =
        project("SET autocommit = 0;\nINSERT INTO t VALUES (1);\nSET autocommit = 1;\nINSERT INTO nowhere VALUES (1);");
    let failed = project.json(&["upgrade", "head"]);
    assert!(failed["error"]["notes"].to_string().contains("3 of 4 statements were applied and stay"), "{failed}");
    assert_eq!(support::mariadb().shell(&url, "SELECT version_num FROM aludel_version;"), "a1111");
}

#[test]
fn the_hint_at_a_commit_calls_only_what_is_one_a_transaction() {
    let hint = |upgrade: &str| project(upgrade).0.json(&["upgrade", "head"])["error"]["hints"][0].to_string();
    assert!(hint("INSERT INTO t VALUES (1);\nCOMMIT;").contains("one transaction already"));
    let with_ddl = hint("CREATE TABLE u (x INT);\nINSERT INTO t VALUES (1);\nCOMMIT;");
    assert!(with_ddl.contains("committed with its note in the journal"), "{with_ddl}");
}

#[test]
fn a_file_of_the_client_is_refused_before_anything_runs() {
    for load in [
        "LOAD DATA LOCAL INFILE 'rows.csv' INTO TABLE t;",
        "load data low_priority local infile 'rows.csv' into table t;",
        "LOAD XML LOCAL INFILE 'rows.xml' INTO TABLE t;",
    ] {
        let (project, url) = project(load);
        project.write("r/rows.csv", "1\n");
        let refused = project.json(&["upgrade", "head"]);
        assert_eq!(refused["error"]["code"], "revision-refused", "{refused}");
        assert!(refused["error"]["hints"].to_string().contains("INSERT"), "{refused}");
        assert_eq!(support::mariadb().shell(&url, "SHOW TABLES;"), "", "nothing ran");
    }
}

#[test]
fn a_seed_file_that_loads_a_file_of_the_client_is_refused() {
    let (project, url) = project("SELECT 1;");
    project.ok(&["upgrade", "head"]);
    let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
    project.write("aludel.yaml", &format!("{config}    seed: [seeds/rows.sql]\n"));
    project.write("seeds/rows.sql", "LOAD DATA LOCAL INFILE 'rows.csv' INTO TABLE t;");
    let refused = project.json(&["seed"]);
    assert!(refused["error"]["message"].as_str().unwrap().contains("LOCAL"), "{refused}");
    assert_eq!(support::mariadb().shell(&url, "SELECT COUNT(*) FROM t;"), "0");
}
