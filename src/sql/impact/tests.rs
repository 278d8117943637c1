#![allow(clippy::unwrap_used)]

use super::*;

fn locks(sql: &str, dialect: Dialect) -> String {
    let locks = impact(sql, dialect).locks;
    let lock = |lock: &TableLock| format!("{} {} {:?}", lock.table, lock.name, lock.work);
    locks.iter().map(lock).collect::<Vec<_>>().join("; ")
}

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
        ("CREATE TRIGGER t BEFORE UPDATE ON a FOR EACH ROW EXECUTE FUNCTION f()", "a SHARE ROW EXCLUSIVE Catalog"),
        ("SELECT 1", ""),
    ] {
        assert_eq!(locks(sql, Dialect::Postgres), expected, "{sql}");
    }
}

#[test]
fn mysql_tells_what_is_online() {
    for (sql, expected) in [
        ("ALTER TABLE `users` ADD COLUMN a int", "users metadata, instant Catalog"),
        ("ALTER TABLE users ADD INDEX (a), ADD COLUMN b int", "users metadata, in place Scan"),
        ("ALTER TABLE users MODIFY a bigint", "users metadata, copy Rewrite"),
        (
            "ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (u) REFERENCES db.users (id)",
            "db.users metadata Catalog; a metadata, copy Rewrite",
        ),
        ("CREATE INDEX i ON a (b)", "a metadata, in place Scan"),
        ("DROP TABLE a", "a exclusive metadata Catalog"),
        ("DELETE FROM a WHERE b", "a row locks Rows"),
        ("WITH c (x) AS (SELECT 1 FROM d FOR UPDATE) UPDATE a JOIN c SET a.x = c.x", "a row locks Rows"),
        ("CREATE OR REPLACE TABLE a (b int)", "a exclusive metadata Catalog"),
        ("ALTER TABLE a DROP PARTITION p0, p1", "a exclusive metadata Catalog"),
    ] {
        assert_eq!(locks(sql, Dialect::Mysql), expected, "{sql}");
    }
}

#[test]
fn losses_are_found() {
    for dialect in [Dialect::Postgres, Dialect::Mysql, Dialect::Sqlite] {
        for (sql, expected) in [
            ("DROP TABLE a", Some((Loss::Table, "a"))),
            ("ALTER TABLE a DROP COLUMN b", Some((Loss::Column, "a"))),
            ("DELETE FROM a", Some((Loss::Delete, "a"))),
            ("CREATE TABLE a (b int)", None),
            ("UPDATE a SET b = 1", None),
            ("WITH c AS (SELECT 1) DELETE FROM a WHERE b IN (SELECT * FROM c)", Some((Loss::Delete, "a"))),
            ("WITH c AS (SELECT 1) UPDATE a SET b = 1", None),
        ] {
            let losses = impact(sql, dialect).losses;
            let loss = losses.first().map(|losing| (losing.loss, losing.table.name.as_str()));
            assert_eq!(loss, expected, "{sql} {dialect:?}");
        }
    }
}

#[test]
fn losses_of_one_database_are_found() {
    let lost = |sql: &str, dialect| {
        let losses = impact(sql, dialect).losses;
        let one = |losing: &Losing| format!("{} {} {:?}", losing.loss.name(), losing.table, losing.part);
        losses.iter().map(one).collect::<Vec<_>>().join("; ")
    };
    for (sql, expected) in [
        ("CREATE OR REPLACE TABLE a (b int)", "drops a All"),
        ("CREATE OR REPLACE TEMPORARY TABLE a (b int)", ""),
        ("CREATE OR REPLACE VIEW a AS SELECT 1", ""),
        ("CREATE OR REPLACE DATABASE d", "drops the schema d All"),
        ("ALTER TABLE a DROP PARTITION p0", "deletes rows of a Rows(\"`a` PARTITION (`p0`)\")"),
        (
            "ALTER TABLE s.a DROP PARTITION IF EXISTS p0, `p 1`",
            "deletes rows of s.a Rows(\"`s`.`a` PARTITION (`p0`, `p 1`)\")",
        ),
        ("ALTER TABLE a TRUNCATE PARTITION p0", "deletes rows of a Rows(\"`a` PARTITION (`p0`)\")"),
        ("ALTER TABLE a TRUNCATE PARTITION ALL", "empties a All"),
        ("ALTER TABLE a DISCARD TABLESPACE", "empties a All"),
        ("ALTER TABLE a DROP SYSTEM VERSIONING", "deletes rows of a More"),
        ("ALTER TABLE a DROP PERIOD FOR SYSTEM_TIME", ""),
        ("ALTER TABLE a REORGANIZE PARTITION p0 INTO (PARTITION p1 VALUES LESS THAN (9))", ""),
        ("DELETE a FROM b JOIN a ON a.x = b.x", "deletes rows of a All"),
        ("DELETE a.*, s.b.* FROM a JOIN s.b", "deletes rows of a All; deletes rows of s.b All"),
        ("DELETE QUICK t FROM c, (a AS t) JOIN b u", "deletes rows of a All"),
        ("DELETE FROM u, c USING a JOIN b u JOIN c", "deletes rows of b All; deletes rows of c All"),
        ("ALTER TABLE a DROP period", "drops a column of a Column(\"period\")"),
    ] {
        assert_eq!(lost(sql, Dialect::Mysql), expected, "{sql}");
    }
    let merge = "MERGE INTO a USING b ON a.x = b.x WHEN MATCHED THEN DELETE";
    assert_eq!(lost(merge, Dialect::Postgres), "deletes rows of a All");
    assert_eq!(lost("WITH replace AS (SELECT 1) DELETE FROM a", Dialect::Sqlite), "deletes rows of a All");
    assert_eq!(impact("WITH c AS (SELECT 1) REPLACE INTO a SELECT * FROM c", Dialect::Sqlite).locks.len(), 1);
}

#[test]
fn how_much_is_lost_is_found() {
    let part = |sql: &str, dialect| impact(sql, dialect).losses.into_iter().map(|losing| losing.part).next().unwrap();
    let rows = |text: &str| LossScope::Rows(text.to_owned());
    for dialect in [Dialect::Postgres, Dialect::Mysql, Dialect::Sqlite] {
        for (sql, expected) in [
            ("DROP TABLE a", LossScope::All),
            ("ALTER TABLE a DROP COLUMN b", LossScope::Column("b".to_owned())),
            ("ALTER TABLE a DROP b", LossScope::Column("b".to_owned())),
            ("DELETE FROM a", rows("a")),
            ("delete from a -- all\n where x in (1, 2) -- of it", rows("a -- all\n where x in (1, 2)")),
            ("DELETE FROM a WHERE x = 1 RETURNING id", LossScope::All),
        ] {
            assert_eq!(part(sql, dialect), expected, "{sql} {dialect:?}");
        }
    }
    let postgres = Dialect::Postgres;
    assert_eq!(part("ALTER TABLE a DROP COLUMN IF EXISTS \"B c\"", postgres), LossScope::Column("B c".to_owned()));
    assert_eq!(part("DELETE FROM a USING b WHERE a.x = b.x", postgres), LossScope::All);
    assert_eq!(part("DELETE FROM ONLY a AS t WHERE t.x", postgres), rows("ONLY a AS t WHERE t.x"));
    assert_eq!(part("WITH x AS (DELETE FROM a RETURNING *) SELECT * FROM x", postgres), LossScope::All);
    assert_eq!(part("TRUNCATE a CASCADE", postgres), LossScope::More);
    assert_eq!(part("TRUNCATE a", postgres), LossScope::All);
    assert_eq!(part("DELETE FROM a, b USING a JOIN b", Dialect::Mysql), LossScope::All);
    assert_eq!(part("DELETE FROM a ORDER BY x LIMIT 3", Dialect::Mysql), rows("a ORDER BY x LIMIT 3"));
}

#[test]
fn new_names_are_found() {
    let renames = |sql: &str, dialect| {
        let renames = impact(sql, dialect).renames;
        renames.iter().map(|(from, to)| format!("{from} > {to}")).collect::<Vec<_>>().join(", ")
    };
    for dialect in [Dialect::Postgres, Dialect::Mysql, Dialect::Sqlite] {
        assert_eq!(renames("ALTER TABLE a RENAME TO b", dialect), "a > b");
        assert_eq!(renames("ALTER TABLE a RENAME COLUMN x TO y", dialect), "");
    }
    assert_eq!(renames("ALTER TABLE s.a RENAME TO b", Dialect::Postgres), "s.a > s.b");
    assert_eq!(renames("RENAME TABLE a TO b, c TO d", Dialect::Mysql), "a > b, c > d");
}

#[test]
fn a_verb_is_the_first_words() {
    for (sql, verb) in [
        ("create unique index i on a (b)", "CREATE UNIQUE INDEX"),
        ("ALTER TABLE a ADD b int", "ALTER TABLE"),
        ("CREATE TABLE a (b int)", "CREATE TABLE"),
        ("UPDATE a SET b = 1", "UPDATE"),
        ("INSERT INTO a VALUES (1)", "INSERT INTO"),
    ] {
        assert_eq!(impact(sql, Dialect::Postgres).verb, verb);
    }
}

#[test]
fn what_must_be_allowed_is_named() {
    let needs = impact("CREATE TABLE app.a (u int REFERENCES users)", Dialect::Postgres).needs;
    let users = TableName { schema: None, name: "users".to_owned() };
    assert_eq!(
        needs,
        [RequiredPrivilege::Create(Some("app".to_owned())), RequiredPrivilege::Table(users.clone(), "REFERENCES")]
    );
    assert_eq!(
        impact("ALTER TABLE users ADD a int", Dialect::Postgres).needs,
        [RequiredPrivilege::Own(users, "ALTER")]
    );
}

#[test]
fn what_is_read_must_be_allowed_too() {
    let needs = |sql: &str| {
        let needs = impact(sql, Dialect::Postgres).needs;
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
