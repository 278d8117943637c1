//! Checks of the test servers themselves: they are real servers, and they end with the test process.

use crate::support;

#[test]
fn postgres_answers_and_databases_are_apart() {
    let server = support::postgres();
    let (one, other) = (server.new_database(), server.new_database());
    server.shell(&one, "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2);");
    assert_eq!(server.shell(&one, "SELECT a, 'ö' FROM t ORDER BY a"), "1|ö\n2|ö");
    assert!(server.try_shell(&other, "SELECT a FROM t").unwrap_err().contains("does not exist"));
}

#[test]
fn mariadb_answers_and_databases_are_apart() {
    let server = support::mariadb();
    let (one, other) = (server.new_database(), server.new_database());
    server.shell(&one, "CREATE TABLE t (a int); INSERT INTO t VALUES (1), (2);");
    assert_eq!(server.shell(&one, "SELECT a, 'ö' FROM t ORDER BY a"), "1\tö\n2\tö");
    assert!(server.try_shell(&other, "SELECT a FROM t").unwrap_err().contains("doesn't exist"));
}

#[test]
fn the_sqlite_shell_answers() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(support::sqlite_shell(&folder.path().join("a.db"), "SELECT 1, 'ö';"), "1|ö");
}
