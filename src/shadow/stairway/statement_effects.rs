//! Effects of a revision, as far as its text reveals them. What is not known here is read from the database.

use std::sync::Arc;

use crate::engine::PreparedStep;
use crate::sql::{self, Dialect, StatementKind};

/// Effects of both directions of a revision, if no code of the user runs with its statements: no function, no event
/// trigger.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RevisionEffects {
    /// No statement changes rows of a table that is there before it.
    pub(super) keeps_rows: bool,
    /// The catalog behind the revision follows from the catalog before it: not from rows, settings or the time.
    pub(super) depends_on_catalog_alone: bool,
}

impl RevisionEffects {
    pub(super) fn new(directions: &[Arc<PreparedStep>], dialect: Dialect) -> Self {
        let is_each = |holds: fn(&str, Dialect) -> bool| {
            directions.iter().all(|step| {
                let sent = step.pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing);
                sent.into_iter().all(|piece| holds(piece.sql.slice(&step.section.text), dialect))
            })
        };
        Self {
            keeps_rows: is_each(statement_keeps_rows),
            depends_on_catalog_alone: is_each(statement_depends_on_catalog_alone),
        }
    }
}

/// Returns `true` for a statement that changes rows only, or whose change of the catalog follows from the catalog.
fn statement_depends_on_catalog_alone(statement: &str, dialect: Dialect) -> bool {
    let words: Vec<String> = sql::keywords(statement, dialect).take(2).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["INSERT" | "UPDATE" | "DELETE" | "REPLACE", ..] | ["DROP", "TABLE"] => true,
        _ => statement_keeps_rows(statement, dialect) && !dialect.rules().may_store_computed_value(statement),
    }
}

fn statement_keeps_rows(statement: &str, dialect: Dialect) -> bool {
    let words: Vec<String> = sql::keywords(statement, dialect).collect();
    let word = |index: usize| words.get(index).map_or("", String::as_str);
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    let changing = dialect.rules().row_changing_words();
    match (word(0), word(1)) {
        ("CREATE", "VIEW" | "MATERIALIZED" | "INDEX" | "UNIQUE" | "SEQUENCE" | "SCHEMA" | "TYPE")
        | ("COMMENT", "ON") => true,
        ("DROP", "VIEW" | "INDEX" | "SEQUENCE" | "TYPE") => true,
        ("CREATE", "TABLE") => !has(&["AS", "SELECT"]) && !has(changing),
        // SQLite deletes the rows first, with those that refer to them.
        ("DROP", "TABLE") => !dialect.rules().is_file(),
        ("ALTER", "TABLE") => {
            let has_known = words.iter().skip(2).any(|word| ["ADD", "DROP", "ALTER"].contains(&word.as_str()));
            has_known && !has(&["SELECT"]) && !has(changing)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{statement_depends_on_catalog_alone, statement_keeps_rows};
    use crate::sql::Dialect;

    #[test]
    fn only_what_is_known_to_keep_rows_does() {
        let keeps = |statement: &str| statement_keeps_rows(statement, Dialect::POSTGRES);
        for statement in [
            "CREATE TABLE t (id int)",
            "create unique index i on t (id)",
            "ALTER TABLE t ADD COLUMN c int NOT NULL DEFAULT 0, DROP COLUMN d",
            "DROP VIEW v",
            "DROP TABLE t",
        ] {
            assert!(keeps(statement), "{statement}");
        }
        for statement in [
            "CREATE TABLE t AS SELECT 1",
            "ALTER TABLE t ALTER COLUMN c TYPE int USING f(c)",
            "ALTER TABLE t DROP PARTITION p",
            "ALTER TABLE t DETACH PARTITION p",
            "ALTER TABLE t RENAME TO u",
            "DO $$BEGIN DELETE FROM t; END$$",
            "DELETE FROM t",
            "TRUNCATE t",
            "INSERT INTO t VALUES (1)",
            "SELECT purge()",
            "WITH gone AS (DELETE FROM t RETURNING *) SELECT 1",
            "DROP SCHEMA s CASCADE",
        ] {
            assert!(!keeps(statement), "{statement}");
        }
        assert!(!statement_keeps_rows("DROP TABLE t", Dialect::SQLITE));
        for statement in ["ALTER TABLE t ADD COLUMN c int, ENGINE = MEMORY", "ALTER TABLE t DROP PARTITION p"] {
            assert!(!statement_keeps_rows(statement, Dialect::MYSQL), "{statement}");
        }
    }

    #[test]
    fn a_catalog_that_depends_on_rows_or_the_time_is_not_taken_for_one_that_follows_from_the_catalog() {
        let follows = |statement: &str| statement_depends_on_catalog_alone(statement, Dialect::POSTGRES);
        for statement in [
            "INSERT INTO t VALUES (1)",
            "/* all */ delete FROM t",
            "DROP TABLE t",
            "CREATE TABLE t (at timestamptz DEFAULT now())",
            "ALTER TABLE t ADD COLUMN c int",
        ] {
            assert!(follows(statement), "{statement}");
        }
        for statement in [
            "SELECT purge()",
            "DO $$ $$",
            "WITH gone AS (DELETE FROM t RETURNING *) SELECT 1",
            "CREATE TABLE t AS SELECT 1",
            "ALTER TABLE t ALTER COLUMN c TYPE int USING f(c)",
            "CREATE TABLE t (at timestamp DEFAULT 'now')",
            "CREATE TABLE p PARTITION OF t FOR VALUES FROM (current_date) TO (MAXVALUE)",
            "CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1",
            "SET search_path = other",
        ] {
            assert!(!follows(statement), "{statement}");
        }
    }
}
