//! Tests of the effects.

use crate::sql::Dialect;
use crate::sql::tests::effect_text;

#[test]
fn postgres_statements_tell_what_they_make_and_drop() {
    for (sql, expected) in [
        ("CREATE INDEX CONCURRENTLY I ON ONLY app.t (a)", "makes Index app.t.i"),
        ("CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)", "repeatable"),
        ("CREATE INDEX CONCURRENTLY \"I\" ON t (a)", "makes Index t.I"),
        ("CREATE INDEX CONCURRENTLY ON t (a)", "open"),
        ("DROP INDEX CONCURRENTLY i", "drops Index i"),
        ("CREATE UNLOGGED TABLE t (a int)", "makes Table t"),
        ("CREATE MATERIALIZED VIEW m AS SELECT 1", "makes MaterializedView m"),
        ("CREATE TYPE e AS ENUM ('a')", "makes Type e"),
        ("ALTER TYPE e RENAME TO f", "open"),
        ("ALTER TABLE ONLY t ADD COLUMN IF NOT EXISTS a int", "repeatable"),
        ("ALTER TABLE t ADD COLUMN IF NOT EXISTS a int, ADD b int", "makes Column t.b"),
        ("ALTER TABLE t ALTER COLUMN a TYPE bigint, ADD CHECK (a > 0)", "open"),
        ("ALTER INDEX i RENAME TO j", "makes Index j"),
        ("CREATE DATABASE d", "makes Database d"),
        ("VACUUM t", "repeatable"),
        ("DO $$ BEGIN END $$", "open"),
    ] {
        assert_eq!(effect_text(sql, Dialect::POSTGRES), expected, "{sql}");
    }
}

/// Statements with several actions. An object that one statement both drops and creates proves nothing.
#[test]
fn a_statement_is_judged_by_all_of_its_actions() {
    for (sql, expected) in [
        ("ALTER TABLE t ADD COLUMN a int, DROP COLUMN a", "open"),
        ("ALTER TABLE t DROP CONSTRAINT t_a_key, ADD UNIQUE (a)", "open"),
        ("ALTER TABLE t ADD UNIQUE NULLS NOT DISTINCT (a)", "open"),
        ("ALTER TABLE t ADD key text", "makes Column t.key"),
        ("ALTER TABLE t RENAME a TO b", "makes Column t.b"),
        ("ALTER TABLE t RENAME TO u", "makes Table u"),
    ] {
        assert_eq!(effect_text(sql, Dialect::POSTGRES), expected, "{sql}");
    }
}
