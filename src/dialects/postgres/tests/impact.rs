//! Tests of the impact.

use crate::sql::tests::{locks, lost};
use crate::sql::{Dialect, RequiredPrivilege, TableName, impact};

#[test]
fn postgres_takes_the_locks_of_its_manual() {
    for (sql, expected) in [
        ("CREATE TABLE a (id int)", ""),
        (
            "CREATE TABLE a (u int REFERENCES app.users (id), s int REFERENCES a)",
            "app.users SHARE ROW EXCLUSIVE Catalog",
        ),
        ("create unique index concurrently i on users (mail)", "users SHARE UPDATE EXCLUSIVE Scan"),
        ("CREATE INDEX ON \"Users\" (mail)", "Users SHARE Scan"),
        ("ALTER TABLE users ADD COLUMN a int, ALTER b TYPE text", "users ACCESS EXCLUSIVE Rewrite"),
        ("ALTER TABLE users ADD COLUMN a int DEFAULT 5", "users ACCESS EXCLUSIVE Catalog"),
        ("ALTER TABLE users ADD a uuid DEFAULT gen_random_uuid()", "users ACCESS EXCLUSIVE Rewrite"),
        (
            "ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (u) REFERENCES users NOT VALID",
            "users SHARE ROW EXCLUSIVE Catalog; a SHARE ROW EXCLUSIVE Catalog",
        ),
        ("ALTER TABLE a VALIDATE CONSTRAINT f", "a SHARE UPDATE EXCLUSIVE Scan"),
        ("ALTER TABLE IF EXISTS ONLY a ALTER x SET NOT NULL", "a ACCESS EXCLUSIVE Scan"),
        ("ALTER TABLE a SET (fillfactor = 70)", "a SHARE UPDATE EXCLUSIVE Catalog"),
        ("DROP TABLE IF EXISTS a, b.c", "a ACCESS EXCLUSIVE Catalog; b.c ACCESS EXCLUSIVE Catalog"),
        ("TRUNCATE a", "a ACCESS EXCLUSIVE Catalog"),
        ("UPDATE users SET a = 1", "users ROW EXCLUSIVE Rows"),
        (
            "WITH x AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM x",
            "b ROW EXCLUSIVE Rows; a ROW EXCLUSIVE Rows",
        ),
        ("LOCK TABLE a IN SHARE MODE", "a SHARE Catalog"),
        ("LOCK a", "a ACCESS EXCLUSIVE Catalog"),
        ("LOCK TABLE a, b IN EXCLUSIVE MODE NOWAIT", "a EXCLUSIVE Catalog; b EXCLUSIVE Catalog"),
        ("LOCK TABLE a IN SHARE ROW EXCLUSIVE MODE", "a SHARE ROW EXCLUSIVE Catalog"),
        ("LOCK TABLE a IN ROW EXCLUSIVE MODE", "a ROW EXCLUSIVE Catalog"),
        ("LOCK TABLE a IN ACCESS EXCLUSIVE MODE", "a ACCESS EXCLUSIVE Catalog"),
        ("VACUUM FULL a", "a ACCESS EXCLUSIVE Rewrite"),
        ("VACUUM (FULL, VERBOSE) app.a, b", "app.a ACCESS EXCLUSIVE Rewrite; b ACCESS EXCLUSIVE Rewrite"),
        ("VACUUM FULL", ""),
        ("CREATE TRIGGER t BEFORE UPDATE ON a FOR EACH ROW EXECUTE FUNCTION f()", "a SHARE ROW EXCLUSIVE Catalog"),
        ("CREATE RULE r AS ON DELETE TO a DO ALSO NOTHING", "a ACCESS EXCLUSIVE Catalog"),
        ("ALTER VIEW v RENAME TO w", "v ACCESS EXCLUSIVE Catalog"),
        ("ALTER TRIGGER t ON a RENAME TO u", "a ACCESS EXCLUSIVE Catalog"),
        ("COMMENT ON COLUMN app.a.b IS 'x'", "app.a SHARE UPDATE EXCLUSIVE Catalog"),
        ("COMMENT ON MATERIALIZED VIEW v IS 'x'", "v SHARE UPDATE EXCLUSIVE Catalog"),
        ("SELECT 1", ""),
    ] {
        assert_eq!(locks(sql, Dialect::POSTGRES), expected, "{sql}");
    }
}

#[test]
fn what_must_be_allowed_is_named() {
    let needs = impact("CREATE TABLE app.a (u int REFERENCES users)", Dialect::POSTGRES).needs;
    let users = TableName { schema: None, name: "users".to_owned() };
    assert_eq!(
        needs,
        [RequiredPrivilege::Create(Some("app".to_owned())), RequiredPrivilege::Table(users.clone(), "REFERENCES")]
    );
    assert_eq!(
        impact("ALTER TABLE users ADD a int", Dialect::POSTGRES).needs,
        [RequiredPrivilege::Own(users, "ALTER")]
    );
}

#[test]
fn what_is_read_must_be_allowed_too() {
    let needs = |sql: &str| {
        let needs = impact(sql, Dialect::POSTGRES).needs;
        let need = |need: &RequiredPrivilege| match need {
            RequiredPrivilege::Table(table, privilege) => format!("{privilege} {table}"),
            other => format!("{other:?}"),
        };
        needs.iter().map(need).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(
        needs("INSERT INTO a SELECT x FROM b JOIN s.c ON b.x = c.x WHERE y IN (SELECT y FROM ONLY d)"),
        "SELECT b, SELECT d, SELECT s.c, INSERT a"
    );
    assert_eq!(needs("UPDATE a SET x = 1"), "UPDATE a");
    assert_eq!(needs("UPDATE a SET x = b.x FROM b WHERE a.y = b.y"), "SELECT a, SELECT b, UPDATE a");
    assert_eq!(needs("DELETE FROM a"), "DELETE a");
    assert_eq!(needs("DELETE FROM a USING b WHERE a.x = b.x"), "SELECT a, SELECT b, DELETE a");
    assert_eq!(needs("INSERT INTO a VALUES (1)"), "INSERT a");
}

#[test]
fn losses_of_a_merge_are_found() {
    let merge = "MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN DELETE";
    assert_eq!(lost(merge, Dialect::POSTGRES), "deletes rows of a All");
}
