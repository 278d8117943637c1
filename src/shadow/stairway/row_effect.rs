//! Decides if a revision can change rows, as far as its text reveals: the rows of every table are counted otherwise.

use crate::engine::PreparedStep;
use crate::sql::{self, Dialect, StatementKind};

/// Returns `true` if no statement of a revision changes rows of a table that is there before it. That holds only where
/// no code of the user runs with these statements: no function, no event trigger.
pub(super) fn keeps_rows(step: &PreparedStep, dialect: Dialect) -> bool {
    let sent = step.pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing);
    sent.into_iter().all(|piece| statement_keeps_rows(piece.sql.slice(&step.section.text), dialect))
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
    use super::statement_keeps_rows;
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
}
