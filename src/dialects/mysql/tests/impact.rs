//! Tests of the impact.

use crate::sql::Dialect;
use crate::sql::tests::{locks, lost};

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
        assert_eq!(locks(sql, Dialect::MYSQL), expected, "{sql}");
    }
}

#[test]
fn losses_of_one_database_are_found() {
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
        assert_eq!(lost(sql, Dialect::MYSQL), expected, "{sql}");
    }
}
