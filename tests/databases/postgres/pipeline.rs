//! Revisions that are sent before the ones ahead of them have been answered, and the moment at which they are durable.

use super::ready;
use crate::backend::{Quiet, Script};
use crate::support;
use crate::support::project::{Kind, Project, until};
use crate::support::{Address, PostgresOptions, Server};
use aludel::database::journal::JournalState;
use aludel::database::{Database as _, Outcome, RevisionExecution, RunStep, Transaction, TransactionScope};
use aludel::id::RevisionId;
use aludel::sql::StatementKind;

/// Revisions of a history, more than are under way at once.
const COUNT: usize = 12;
/// The one that fails.
const FAILING: usize = 4;

fn id(number: usize) -> String {
    format!("a{number:03}")
}

/// Writes `count` revisions on one line, each with a table of its own.
fn line(project: &Project, count: usize) {
    for number in 0..count {
        let down = number.checked_sub(1).map(id).unwrap_or_default();
        let (upgrade, downgrade) = (format!("CREATE TABLE t{number} (x int);"), format!("DROP TABLE t{number};"));
        project.revision(&id(number), &down, &upgrade, &downgrade);
    }
}

/// Writes a base and two lines behind it, of the odd and of the even numbers. Each revision but the base counts in a
/// sequence, which no rollback takes back.
fn two_lines(project: &Project) {
    project.revision(&id(0), "", "CREATE TABLE t0 (x int);\nCREATE SEQUENCE ran;", "DROP TABLE t0;");
    for number in 1..COUNT {
        let upgrade = format!("SELECT nextval('ran');\nCREATE TABLE t{number} (x int);");
        let downgrade = format!("DROP TABLE t{number};");
        project.revision(&id(number), &id(number.saturating_sub(2)), &upgrade, &downgrade);
    }
}

/// Returns the numbers of the tables.
fn tables(server: &Server, url: &str) -> Vec<usize> {
    let sql = "SELECT substr(relname, 2)::int FROM pg_class WHERE relname ~ '^t[0-9]+$' ORDER BY 1;";
    server.shell(url, sql).lines().map(|number| number.parse().unwrap()).collect()
}

/// Returns the journal: numbers of revisions with their states, in order.
fn journal(server: &Server, url: &str) -> Vec<(usize, String)> {
    let sql = "SELECT substr(revision, 2)::int || ' ' || state FROM aludel_version_history ORDER BY id;";
    let rows = server.shell(url, sql);
    let read = |row: &str| row.split_once(' ').map(|(number, state)| (number.parse().unwrap(), state.to_owned()));
    rows.lines().map(|row| read(row).unwrap()).collect()
}

/// Texts that fail in each of the ways in which a message can: before anything of it runs, in its middle, at its check,
/// at its requirement, at its commit. With the line of the file that the error names.
const FAILURES: [(&str, &str, Option<usize>); 5] = [
    ("CREATE TABLE lost (x int);\nSELEC 1;", "", Some(6)),
    ("CREATE TABLE lost (x int);\nSELECT 1 / 0;", "", None),
    ("CREATE TABLE lost (x int);", "\n-- @verify\nSELECT 'found';\n", None),
    ("CREATE TABLE lost (x int);", "\n-- @require\nSELECT 'found';\n", None),
    ("CREATE TABLE lost (x int UNIQUE DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO lost VALUES (1), (1);", "", None),
];

#[test]
fn nothing_behind_a_failed_revision_runs_on_one_line() {
    let server = support::postgres();
    for (upgrade, rest, at) in FAILURES {
        let (project, url) = Project::with_database(Kind::Postgres);
        line(&project, COUNT);
        let whole = std::fs::read_to_string(project.path(&format!("r/{}.sql", id(FAILING)))).unwrap();
        project.revision(&id(FAILING), &id(FAILING - 1), upgrade, &format!("DROP TABLE lost;{rest}"));
        let run = project.run(&["upgrade", "head"]);
        assert_eq!(run.status, 1, "{upgrade}\n{}", run.stderr);
        if let Some(line) = at {
            assert!(run.stderr.contains(&format!("{}.sql:{line}:", id(FAILING))), "{}", run.stderr);
        }
        assert_eq!(tables(server, &url), (0..FAILING).collect::<Vec<_>>(), "{upgrade}");
        assert_eq!(server.shell(&url, "SELECT version_num FROM aludel_version;"), id(FAILING - 1));
        assert_eq!(server.shell(&url, "SELECT to_regclass('lost');"), "");
        let done = |number| (number, "done".to_owned());
        let expected: Vec<_> = (0..FAILING).map(done).chain([(FAILING, "failed".to_owned())]).collect();
        assert_eq!(journal(server, &url), expected, "{upgrade}");
        project.write(&format!("r/{}.sql", id(FAILING)), &whole);
        project.ok(&["upgrade", "head"]);
        assert_eq!(tables(server, &url).len(), COUNT);
        let rest = (FAILING..COUNT).map(done);
        assert_eq!(journal(server, &url), expected.into_iter().chain(rest).collect::<Vec<_>>());
    }
}

/// The first revision of the other line may be one that the failed one says nothing about.
#[test]
fn nothing_behind_a_failed_revision_runs_on_independent_lines() {
    let server = support::postgres();
    for (failing, (upgrade, rest, _)) in (3..COUNT).flat_map(|number| FAILURES.map(|failure| (number, failure))) {
        let (project, url) = Project::with_database(Kind::Postgres);
        two_lines(&project);
        for head in [1, 2] {
            project.ok(&["upgrade", &id(head)]);
        }
        project.revision(&id(failing), &id(failing - 2), upgrade, &format!("DROP TABLE lost;{rest}"));
        let run = project.run(&["upgrade", "heads"]);
        assert_eq!(run.status, 1, "{upgrade}\n{}", run.stderr);
        let found = journal(server, &url);
        let (last, before) = found.split_last().unwrap();
        assert_eq!(*last, (failing, "failed".to_owned()), "{upgrade}");
        assert!(before.iter().all(|(_, state)| state == "done"), "{found:?}");
        let mut applied: Vec<_> = before.iter().map(|(number, _)| *number).collect();
        applied.sort_unstable();
        assert_eq!(tables(server, &url), applied, "{upgrade}");
        assert_eq!(server.shell(&url, "SELECT last_value FROM ran;"), (applied.len() - 1).to_string(), "{upgrade}");
        let heads = applied.iter().filter(|number| !applied.contains(&(**number + 2)) && **number > 0);
        let rows = heads.map(|number| id(*number)).collect::<Vec<_>>().join("\n");
        assert_eq!(server.shell(&url, "SELECT version_num FROM aludel_version ORDER BY 1;"), rows);
    }
}

#[test]
fn nothing_behind_a_failed_revision_is_taken_back() {
    let server = support::postgres();
    let (project, url) = Project::with_database(Kind::Postgres);
    line(&project, COUNT);
    project.ok(&["upgrade", "head"]);
    project.revision(&id(FAILING), &id(FAILING - 1), &format!("CREATE TABLE t{FAILING} (x int);"), "DROP TABLE lost;");
    let run = project.run(&["downgrade", "base", "--yes"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert_eq!(tables(server, &url), (0..=FAILING).collect::<Vec<_>>());
    assert_eq!(server.shell(&url, "SELECT version_num FROM aludel_version;"), id(FAILING));
}

/// A revision that removes the prepared statements of the session does not fail those that are under way behind it.
#[test]
fn a_revision_that_removes_prepared_statements_is_followed_by_the_others() {
    let server = support::postgres();
    let (project, url) = Project::with_database(Kind::Postgres);
    line(&project, COUNT);
    project.revision(&id(7), &id(6), "CREATE TABLE t7 (x int);\nDEALLOCATE ALL;", "DROP TABLE t7;");
    project.ok(&["upgrade", "head"]);
    assert_eq!(tables(server, &url).len(), COUNT);
    assert!(journal(server, &url).iter().all(|(_, state)| state == "done"));
    assert_eq!(journal(server, &url).len(), COUNT);
}

/// The query is sent before the revision is answered that makes its table, and that fills it.
#[test]
fn a_requirement_in_a_pipeline_is_about_what_the_revisions_ahead_of_it_leave() {
    let server = support::postgres();
    let (project, url) = Project::with_database(Kind::Postgres);
    line(&project, COUNT);
    let before = FAILING - 1;
    let fill = format!("CREATE TABLE t{before} (x int);\nINSERT INTO t{before} VALUES (7);");
    project.revision(&id(before), &id(before - 1), &fill, "");
    let require = format!("\n-- @require\nSELECT x FROM t{before};\n");
    project.revision(&id(FAILING), &id(before), "CREATE TABLE t4 (x int);", &require);
    let run = project.run(&["upgrade", "head"]);
    assert!(run.stderr.contains("error[require-failed]") && run.stderr.contains(" 7"), "{}", run.stderr);
    assert_eq!(tables(server, &url), (0..FAILING).collect::<Vec<_>>());
    assert_eq!(server.shell(&url, "SELECT version_num FROM aludel_version;"), id(before));
    server.shell(&url, &format!("DELETE FROM t{before};"));
    project.ok(&["upgrade", "head"]);
    assert_eq!(tables(server, &url), (0..COUNT).collect::<Vec<_>>());
    project.ok(&["downgrade", "base", "--yes"]);
}

/// The server knows when a revision starts that was sent ahead, and writes that into the journal.
#[test]
fn a_revision_of_a_pipeline_starts_in_the_journal_when_the_one_before_has_ended() {
    let server = support::postgres();
    let (project, url) = Project::with_database(Kind::Postgres);
    line(&project, COUNT);
    project.revision(&id(FAILING), &id(FAILING - 1), "CREATE TABLE t4 (x int);\nSELECT pg_sleep(0.2);", "");
    project.ok(&["upgrade", "head"]);
    // The duration is rounded to milliseconds.
    let early = "SELECT revision FROM (SELECT revision, started_at + (duration_ms - 1) * interval '1 ms' AS ended,
        lead(started_at) OVER (ORDER BY id) AS next FROM aludel_version_history) rows WHERE next < ended;";
    assert_eq!(server.shell(&url, early), "");
}

/// Returns the roles whose names start with that of the database: those that revisions of its history have created.
/// Unlike tables, they outlive a shadow database.
fn roles(server: &Server, database: &str) -> String {
    server.shell("", &format!("SELECT rolname FROM pg_roles WHERE rolname LIKE '{database}\\_%' ORDER BY 1;"))
}

#[test]
fn nothing_behind_a_failed_revision_of_a_replay_runs_and_its_message_is_that_without_a_pipeline() {
    let server = support::postgres();
    for (upgrade, _, at) in FAILURES.into_iter().filter(|(_, rest, _)| rest.is_empty()) {
        let (project, url) = Project::with_database(Kind::Postgres);
        let database = Address::parse(&url).database;
        line(&project, COUNT);
        for (number, role) in [(FAILING - 1, "before"), (FAILING + 1, "behind")] {
            project.revision(&id(number), &id(number - 1), &format!("CREATE ROLE {database}_{role};"), "");
        }
        project.revision(&id(FAILING), &id(FAILING - 1), upgrade, "");
        let config = std::fs::read_to_string(project.path("aludel.yaml")).unwrap();
        let replay = |pipeline: usize| {
            project.write("aludel.yaml", &format!("pipeline: {pipeline}\n{config}"));
            let run = project.run(&["inspect", "head"]);
            assert_eq!(roles(server, &database), format!("{database}_before"), "{upgrade}\n{}", run.stderr);
            server.shell("", &format!("DROP ROLE {database}_before;"));
            assert_eq!(run.status, 1, "{upgrade}\n{}", run.stderr);
            run.stderr
        };
        let message = replay(8);
        assert_eq!(message, replay(1));
        assert!(message.contains(&id(FAILING)) && !message.contains(&id(FAILING + 1)), "{message}");
        if let Some(line) = at {
            assert!(message.contains(&format!("{}.sql:{line}:", id(FAILING))), "{message}");
        }
    }
}

/// A query before it would make the server refuse it, and in a pipeline a query checks the revision before.
#[test]
fn a_replayed_revision_may_set_the_isolation_level_of_its_transaction() {
    let (project, _) = Project::with_database(Kind::Postgres);
    line(&project, COUNT);
    let upgrade = "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE;\nCREATE TABLE t4 (x int);";
    project.revision(&id(FAILING), &id(FAILING - 1), upgrade, "");
    assert!(project.ok(&["inspect", "head"]).contains("t4"));
}

/// Otherwise the answers of what was sent ahead would be lost, and with them whether it was applied.
#[test]
fn nothing_else_is_sent_while_a_revision_that_was_sent_ahead_has_no_answer() {
    let (url, mut database) = ready();
    assert!(database.sends_ahead());
    let script = Script::base("aaaa", &[(StatementKind::Other, "CREATE TABLE t0 (x int)")]);
    let rows = [RevisionId::new("aaaa").unwrap()];
    let unit = RevisionExecution { rows_after: Some(&rows), ..script.unit(Transaction::Own) };
    let done = Outcome { state: JournalState::Done, done: 1, error: None };
    let steps = [
        RunStep::Begin(TransactionScope::Revision),
        RunStep::ChangeRows,
        RunStep::Piece(unit.statements().next().unwrap().0),
        RunStep::CompareRows,
        RunStep::InsertJournal(done),
        RunStep::Commit(TransactionScope::Revision),
    ];
    assert!(database.send_ahead(&unit, &steps, false));
    let error = database.execute("SELECT 1").unwrap_err().to_string();
    assert_eq!(error, "messages that were sent before have no answer: 1");
    aludel::engine::execute::run(&mut database, &unit, &mut Quiet).unwrap();
    assert_eq!(database.execute("SELECT 1").unwrap().len(), 1);
    assert_eq!(tables(support::postgres(), &url), [0]);
}

#[test]
fn a_run_whose_connection_breaks_reports_that_nothing_confirmed_its_durability() {
    let server = support::postgres();
    let (project, url) = Project::with_database(Kind::Postgres);
    line(&project, COUNT);
    project.revision(&id(FAILING), &id(FAILING - 1), "SELECT pg_terminate_backend(pg_backend_pid());", "");
    let run = project.run(&["upgrade", "head"]);
    assert_eq!(run.status, 1, "{}", run.stderr);
    assert!(run.stderr.contains("did not confirm that the last revisions are on its disk"), "{}", run.stderr);
    assert_eq!(tables(server, &url), (0..FAILING).collect::<Vec<_>>());
}

/// Starts a server whose commits wait for the disk.
fn durable_server() -> Server {
    let on = |name: &str| (name.to_owned(), "on".to_owned());
    let settings = vec![on("fsync"), on("synchronous_commit")];
    support::start_postgres(&PostgresOptions { settings, ..PostgresOptions::default() })
}

/// Returns how often the server has synced its log.
fn syncs(server: &Server) -> Option<usize> {
    let version: u32 = server.shell("", "SHOW server_version_num;").parse().unwrap();
    let sql = match version {
        180_000.. => "SELECT sum(fsyncs) FROM pg_stat_io WHERE object = 'wal';",
        140_000.. => "SELECT wal_sync FROM pg_stat_wal;",
        _ => return None,
    };
    // A session reports its counts when it ends.
    let others =
        "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid();";
    until("the sessions have ended", || server.shell("", others) == "0");
    Some(server.shell("", sql).parse().unwrap())
}

#[test]
fn a_run_waits_for_the_disk_at_its_end_and_not_for_each_revision() {
    let server = durable_server();
    let counted = |durable: &str| {
        let project = Project::new();
        let url = server.new_database();
        project.write(
            "aludel.yaml",
            &format!("durable: {durable}\nservices:\n  app:\n    url: \"{url}\"\n    revisions: r\n"),
        );
        line(&project, 60);
        let before = syncs(&server)?;
        project.ok(&["upgrade", "head"]);
        Some(syncs(&server)? - before)
    };
    let (Some(each), Some(run)) = (counted("each"), counted("run")) else {
        support::cases::say("syncs are not counted on PostgreSQL 13 and older");
        return;
    };
    println!("{each} syncs with `durable: each`, {run} with `durable: run`");
    assert!(each >= 60 && run < 20, "{each} {run}");
    server.stop();
}
