//! The made-up database behind the whole library: the engine, the migrator and the command line need nothing of a
//! database but what its two folders implement.

use aludel::config::DatabaseUrl;
use aludel::database::Database;
use aludel::database::dump::DumpMethod;
use aludel::migrator::Error;
use aludel::{Embedded, Migrator, drivers};

use crate::backend::{Backend, table};
use crate::support::project::Project;

const FIRST: (&str, &str) = (
    "r/1.sql",
    "-- revision: aaaa1111\n-- message: One\n\n-- @upgrade\nCREATE TABLE one (id INTEGER);\n\n-- @downgrade\nDROP TABLE one;\n",
);
const SECOND: (&str, &str) = (
    "r/2.sql",
    "-- revision: bbbb2222\n-- down_revision: aaaa1111\n-- transaction: false\n\n-- @upgrade\nSET note = 'kept';\n\
     INSERT INTO one VALUES (7);\nnonsense;\n\n-- @downgrade\nDELETE FROM one;\n",
);
const SECOND_FIXED: (&str, &str) = (
    "r/2.sql",
    "-- revision: bbbb2222\n-- down_revision: aaaa1111\n-- transaction: false\n\n-- @upgrade\nSET note = 'kept';\n\
     INSERT INTO one VALUES (7);\nCREATE TABLE two (note TEXT);\nINSERT INTO two VALUES (@note);\n\n\
     -- @downgrade\nDROP TABLE two;\nDELETE FROM one;\n",
);
static BROKEN: Embedded = Embedded::new("made_up", &[FIRST, SECOND]);
static FIXED: Embedded = Embedded::new("made_up", &[FIRST, SECOND_FIXED]);

fn open(url: &str) -> Box<dyn Database> {
    drivers::open(&DatabaseUrl::parse(url, None).unwrap(), &table("aludel_version"), "made_up", &|_| None).unwrap()
}

#[test]
fn a_revision_that_fails_half_way_is_continued_and_everything_is_taken_back() {
    let backend = Backend::memory();
    let broken = Migrator::embedded(BROKEN.clone().url(&backend.url)).unwrap();
    let error = broken.upgrade("head").unwrap_err();
    let Error::Stopped(stopped) = &error else { panic!("{error:?}") };
    assert_eq!(stopped.report.steps().count(), 1);
    assert!(error.to_string().contains("expected a statement, found nonsense"), "{error}");
    let incomplete = &broken.status().unwrap()[0].incomplete;
    assert_eq!((incomplete[0].statements_done, incomplete[0].statements_total), (2, 3));

    let fixed = Migrator::embedded(FIXED.clone().url(&backend.url)).unwrap();
    assert_eq!(fixed.upgrade("head").unwrap().steps().count(), 1);
    assert!(fixed.status().unwrap()[0].is_up_to_date() && fixed.upgrade("head").unwrap().is_empty());
    assert_eq!(
        backend.shell("SELECT COUNT(*) FROM one; SELECT note FROM two;"),
        "1\nkept",
        "once, and with the setting"
    );
    let tables = ["aludel_version", "aludel_version_history", "aludel_version_schema", "one", "two"];
    assert_eq!(backend.tables(), tables);

    let error = fixed.downgrade("base").unwrap_err();
    assert!(matches!(&error, Error::DataLoss(lost) if !lost.is_empty()), "{error:?}");
    assert_eq!(fixed.may_lose_rows(true).downgrade("base").unwrap().steps().count(), 2);
    assert_eq!(backend.tables(), ["aludel_version", "aludel_version_history", "aludel_version_schema"]);
    assert_eq!(backend.shell("SELECT version_num FROM aludel_version;"), "");
}

/// The program that the tests run has the made-up database as well.
#[test]
fn the_script_of_the_command_line_leads_to_the_same_state() {
    let (project, url) = (Project::new(), Backend::memory().url);
    project.write("aludel.yaml", &format!("services:\n  made_up:\n    url: {url}\n    revisions: r\n"));
    for (name, text) in [FIRST, SECOND_FIXED] {
        project.write(name, text);
    }
    let script = project.ok(&["upgrade", "head", "--sql"]);
    let mut database = open(&url);
    database.execute(&script).unwrap();
    assert_eq!(database.state().unwrap().rows, ["bbbb2222"]);
    assert_eq!(database.journal(9).unwrap().len(), 2);
    assert!(Migrator::embedded(FIXED.clone().url(&url)).unwrap().upgrade("head").unwrap().is_empty());
    assert_eq!(project.run(&["current"]).status, 0);
}

#[test]
fn a_statement_that_is_not_known_is_refused_at_its_place() {
    let backend = Backend::memory();
    for (sql, expected) in [
        ("SELECT 1; ALTER TABLE t ADD c INT", "expected a statement, found ALTER"),
        ("CREATE TABLE t (a)", "expected a name, found )"),
        ("INSERT INTO t VALUES 1", "expected (, found 1"),
        ("SELECT 'x", "a string is not closed"),
        ("INSERT INTO t VALUES (1)", "no table t"),
    ] {
        let error = backend.open().execute(sql).unwrap_err();
        assert_eq!(error.to_string(), expected, "{sql}");
    }
}

#[test]
fn transactions_take_everything_back_and_the_second_of_two_is_refused() {
    let backend = Backend::memory();
    let (mut one, mut two) = (backend.open(), backend.open());
    one.execute("BEGIN; CREATE TABLE t (a INT); INSERT INTO t VALUES (1)").unwrap();
    assert!(backend.tables().is_empty());
    one.execute("ROLLBACK").unwrap();
    assert!(one.execute("SELECT a FROM t").is_err());
    one.execute("BEGIN; CREATE TABLE t (a INT)").unwrap();
    two.execute("CREATE TABLE u (a INT)").unwrap();
    assert_eq!(one.execute("COMMIT").unwrap_err().to_string(), "another session has changed the database");
    assert_eq!(backend.tables(), ["u"]);
}

#[test]
fn what_it_lacks_is_a_default_of_the_traits() {
    let mut database = Backend::memory().open();
    let driver = database.driver();
    assert_eq!(driver.database_size(&mut *database), Ok(None));
    let DumpMethod::Copy(copier) = driver.dump_method() else { panic!("no programs") };
    let url = DatabaseUrl::parse("memory:///x", None).unwrap();
    assert_eq!(copier.database_file(&url), Err(aludel::database::DumpError::InMemory));
}
