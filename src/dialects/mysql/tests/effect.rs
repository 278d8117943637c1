//! Tests of the effects.

use crate::sql::Dialect;
use crate::sql::tests::effect_text;

#[test]
fn mysql_statements_tell_what_they_make_and_drop() {
    for (sql, expected) in [
        ("CREATE TABLE `t` (a INT)", "makes Table t"),
        ("create table app.Users (a int)", "makes Table app.Users"),
        ("CREATE TABLE IF NOT EXISTS t (a INT)", "repeatable"),
        ("CREATE UNIQUE INDEX i USING BTREE ON t (a)", "makes Index t.i"),
        ("CREATE TEMPORARY TABLE t (a INT)", "repeatable"),
        ("CREATE OR REPLACE VIEW v AS SELECT 1", "repeatable"),
        ("CREATE DEFINER=`root`@`%` TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET @a = 1", "makes Trigger t.tr"),
        ("CREATE DEFINER = CURRENT_USER SQL SECURITY INVOKER VIEW v AS SELECT 1", "makes View v"),
        ("CREATE DATABASE d", "makes Schema d"),
        ("DROP TABLE t", "drops Table t"),
        ("DROP TABLE t, u", "open"),
        ("DROP TABLE IF EXISTS t", "repeatable"),
        ("DROP INDEX i ON s.t", "drops Index s.t.i"),
        ("ALTER TABLE t ADD COLUMN a INT, ADD COLUMN b INT", "makes Column t.a"),
        ("ALTER TABLE t ADD a DECIMAL(10, 2) NOT NULL", "makes Column t.a"),
        ("ALTER TABLE t ENGINE = InnoDB, ADD UNIQUE KEY k (a)", "makes Index t.k"),
        ("ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u (a)", "makes Constraint t.c"),
        ("ALTER TABLE t ADD PRIMARY KEY (a)", "open"),
        ("ALTER TABLE t DROP FOREIGN KEY c", "drops Constraint t.c"),
        ("ALTER TABLE t DROP COLUMN IF EXISTS a", "repeatable"),
        ("ALTER TABLE t DROP a", "drops Column t.a"),
        ("ALTER TABLE t CHANGE a b INT", "makes Column t.b"),
        ("ALTER TABLE t CHANGE a a BIGINT", "open"),
        ("ALTER TABLE t MODIFY a BIGINT", "repeatable"),
        ("ALTER TABLE t MODIFY a BIGINT, ADD CHECK (a > 0)", "open"),
        ("ALTER TABLE t RENAME COLUMN a TO b", "makes Column t.b"),
        ("ALTER TABLE t RENAME TO u", "makes Table u"),
        ("RENAME TABLE t TO u", "makes Table u"),
        ("INSERT INTO t VALUES (1)", "open"),
        ("TRUNCATE TABLE t", "open"),
        ("CALL p()", "open"),
    ] {
        assert_eq!(effect_text(sql, Dialect::MYSQL), expected, "{sql}");
    }
}

#[test]
fn a_text_that_ends_early_tells_nothing() {
    for sql in ["", "CREATE", "CREATE TABLE", "ALTER TABLE t ADD", "DROP INDEX", "CREATE INDEX i ON", "RENAME TABLE a"]
    {
        assert_eq!(effect_text(sql, Dialect::MYSQL), "open", "{sql}");
    }
}

/// Statements with several actions. An object that one statement both drops and creates proves nothing.
#[test]
fn a_statement_is_judged_by_all_of_its_actions() {
    let modified: Vec<String> = (0..20).map(|number| format!("MODIFY c{number} DECIMAL(10, 2) NOT NULL")).collect();
    let modified = modified.join(", ");
    for (sql, expected) in [
        (format!("ALTER TABLE t {modified}"), "repeatable"),
        (format!("ALTER TABLE t {modified}, ADD PRIMARY KEY (c1)"), "open"),
        (format!("ALTER TABLE t {modified}, ADD CHECK (c1 > 0)"), "open"),
        (format!("ALTER TABLE t {modified}, ADD COLUMN z INT"), "makes Column t.z"),
        ("ALTER TABLE t MODIFY a INT, MODIFY b VARCHAR(9) DEFAULT 'open".to_owned(), "open"),
    ] {
        assert_eq!(effect_text(&sql, Dialect::MYSQL), expected, "{sql}");
    }
    for (sql, expected) in [
        ("RENAME TABLE a TO tmp, b TO a, tmp TO b", "open"),
        ("RENAME TABLE a TO b, b TO c", "drops Table a"),
        ("RENAME TABLE a TO a_old, a_new TO a", "makes Table a_old"),
        ("RENAME TABLE a TO archive.a", "makes Table archive.a"),
        ("RENAME TABLE IF EXISTS a TO b", "open"),
        ("RENAME TABLE a TO b WAIT 5, c TO d", "open"),
        ("ALTER TABLE t RENAME COLUMN a TO b, RENAME COLUMN B TO a", "open"),
        ("ALTER TABLE t RENAME COLUMN a TO A", "open"),
        ("ALTER TABLE t RENAME COLUMN IF EXISTS a TO b, ADD COLUMN a INT", "open"),
        ("ALTER TABLE t CHANGE a b INT, CHANGE b a INT", "open"),
        ("ALTER TABLE t CHANGE COLUMN IF EXISTS a b INT", "open"),
        ("ALTER TABLE t CHANGE a b INT, CHANGE b c INT", "drops Column t.a"),
        ("ALTER TABLE t ADD INDEX i (a), DROP INDEX i", "open"),
        ("ALTER TABLE t DROP INDEX i, ADD CONSTRAINT i UNIQUE (a)", "open"),
        ("ALTER TABLE t DROP INDEX a, ADD INDEX (a)", "open"),
        ("ALTER TABLE t DROP INDEX i, ADD INDEX i (a), ADD COLUMN b INT", "makes Column t.b"),
        ("ALTER TABLE t DROP COLUMN a, ADD (a INT)", "open"),
        ("ALTER TABLE t DROP COLUMN IF EXISTS a, ADD COLUMN a INT", "open"),
        ("ALTER TABLE t DROP COLUMN IF EXISTS a, ADD COLUMN IF NOT EXISTS a INT", "open"),
        ("ALTER TABLE t ADD COLUMN a INT, ADD INDEX (a)", "makes Column t.a"),
        ("ALTER TABLE t ADD COLUMN a INT, RENAME TO u", "makes Table u"),
        ("ALTER TABLE t ADD COLUMN a INT, RENAME u", "makes Table u"),
        ("ALTER TABLE t ADD CONSTRAINT UNIQUE (a)", "open"),
        ("ALTER TABLE t ADD CONSTRAINT FOREIGN KEY (a) REFERENCES u (a)", "open"),
        ("ALTER TABLE t ADD INDEX USING BTREE (a)", "open"),
    ] {
        assert_eq!(effect_text(sql, Dialect::MYSQL), expected, "{sql}");
    }
}
