//! Statements that PostgreSQL rejects inside a transaction. Sources: the manual, notes of each command, and
//! `PreventInTransactionBlock` in utility.c and the commands.

use super::subscription;
use crate::sql::{Dialect, Lexer, TokenKind, keywords, unquoted_words};

/// Returns the name of the statement if it cannot run inside a transaction.
pub(super) fn refuses_transaction(sql: &str) -> Option<&'static str> {
    let leading: Vec<String> = keywords(sql, Dialect::POSTGRES).take(5).collect();
    let leading: Vec<&str> = leading.iter().map(String::as_str).collect();
    match leading.as_slice() {
        ["VACUUM", ..] => Some("VACUUM"),
        ["CREATE", "INDEX", "CONCURRENTLY", ..] | ["CREATE", "UNIQUE", "INDEX", "CONCURRENTLY", ..] => {
            Some("CREATE INDEX CONCURRENTLY")
        }
        ["DROP", "INDEX", "CONCURRENTLY", ..] => Some("DROP INDEX CONCURRENTLY"),
        ["CREATE", "DATABASE", ..] => Some("CREATE DATABASE"),
        ["DROP", "DATABASE", ..] => Some("DROP DATABASE"),
        ["CREATE", "TABLESPACE", ..] => Some("CREATE TABLESPACE"),
        ["DROP", "TABLESPACE", ..] => Some("DROP TABLESPACE"),
        ["ALTER", "SYSTEM", ..] => Some("ALTER SYSTEM"),
        ["DISCARD", "ALL", ..] => Some("DISCARD ALL"),
        ["REINDEX", ..] => reindex(sql),
        ["CLUSTER"] if !has_name(sql) => Some("CLUSTER"),
        ["CLUSTER", "VERBOSE"] if !has_name(sql) => Some("CLUSTER"),
        ["ALTER", "TABLE", ..] if detaches_concurrently(sql) => {
            Some("ALTER TABLE ... DETACH PARTITION ... CONCURRENTLY")
        }
        ["ALTER", "DATABASE", ..] if contains(sql, &["SET", "TABLESPACE"]) => Some("ALTER DATABASE ... SET TABLESPACE"),
        ["CREATE", "SUBSCRIPTION", ..] => subscription::created(sql),
        ["ALTER", "SUBSCRIPTION", ..] => subscription::altered(sql),
        // Allowed without a replication slot, which the text does not reveal.
        ["DROP", "SUBSCRIPTION", ..] => Some("DROP SUBSCRIPTION"),
        _ => None,
    }
}

/// Returns `true` if the words of `sequence` occur in the statement one after the other. The first word must not occur
/// again in the sequence; then a single pass without backtracking is correct.
pub(super) fn contains(sql: &str, sequence: &[&str]) -> bool {
    let mut found = 0;
    for word in unquoted_words(sql, Dialect::POSTGRES) {
        let matches = |at: usize| sequence.get(at).is_some_and(|keyword| word.eq_ignore_ascii_case(keyword));
        found = if matches(found) { found + 1 } else { usize::from(matches(0)) };
        if found == sequence.len() {
            return true;
        }
    }
    false
}

/// Returns `true` if the statement contains a quoted name, which `keywords` skips.
fn has_name(sql: &str) -> bool {
    Lexer::new(sql, Dialect::POSTGRES).flatten().any(|token| token.kind == TokenKind::QuotedIdentifier)
}

fn detaches_concurrently(sql: &str) -> bool {
    let concurrently =
        unquoted_words(sql, Dialect::POSTGRES).last().is_some_and(|word| word.eq_ignore_ascii_case("CONCURRENTLY"));
    concurrently && contains(sql, &["DETACH", "PARTITION"])
}

fn reindex(sql: &str) -> Option<&'static str> {
    // REINDEX [(VERBOSE, CONCURRENTLY)] INDEX|TABLE|SCHEMA|DATABASE|SYSTEM [CONCURRENTLY] name
    let mut object = false;
    for word in keywords(sql, Dialect::POSTGRES).skip(1) {
        match word.as_str() {
            "CONCURRENTLY" => return Some("REINDEX CONCURRENTLY"),
            "SCHEMA" if !object => return Some("REINDEX SCHEMA"),
            "DATABASE" if !object => return Some("REINDEX DATABASE"),
            "SYSTEM" if !object => return Some("REINDEX SYSTEM"),
            "INDEX" | "TABLE" if !object => object = true,
            _ if object => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgres_statements_that_refuse_a_transaction_are_named() {
        for (sql, expected) in [
            ("create index concurrently i on t (a)", "CREATE INDEX CONCURRENTLY"),
            ("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)", "CREATE INDEX CONCURRENTLY"),
            ("drop index /* c */ concurrently i", "DROP INDEX CONCURRENTLY"),
            ("REINDEX (VERBOSE) TABLE CONCURRENTLY t", "REINDEX CONCURRENTLY"),
            ("REINDEX (CONCURRENTLY) TABLE t", "REINDEX CONCURRENTLY"),
            ("REINDEX SCHEMA s", "REINDEX SCHEMA"),
            ("VACUUM ANALYZE t", "VACUUM"),
            ("CREATE DATABASE d", "CREATE DATABASE"),
            ("DROP DATABASE d", "DROP DATABASE"),
            ("ALTER SYSTEM SET x = 1", "ALTER SYSTEM"),
            ("CREATE TABLESPACE t LOCATION '/x'", "CREATE TABLESPACE"),
            ("ALTER TABLE p DETACH PARTITION \"c\" CONCURRENTLY", "ALTER TABLE ... DETACH PARTITION ... CONCURRENTLY"),
            ("ALTER DATABASE d SET TABLESPACE t", "ALTER DATABASE ... SET TABLESPACE"),
            ("CLUSTER", "CLUSTER"),
            ("CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", "CREATE SUBSCRIPTION"),
            ("CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (connect = true)", "CREATE SUBSCRIPTION"),
            ("CREATE SUBSCRIPTION connect CONNECTION 'x' PUBLICATION p", "CREATE SUBSCRIPTION"),
            ("CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (create_slot)", "CREATE SUBSCRIPTION"),
            ("DROP SUBSCRIPTION IF EXISTS s", "DROP SUBSCRIPTION"),
            ("ALTER SUBSCRIPTION s SET PUBLICATION p", "ALTER SUBSCRIPTION ... SET PUBLICATION"),
            ("ALTER SUBSCRIPTION \"s\" ADD PUBLICATION p, q", "ALTER SUBSCRIPTION ... ADD PUBLICATION"),
            (
                "ALTER SUBSCRIPTION s DROP PUBLICATION p WITH (refresh = 'on')",
                "ALTER SUBSCRIPTION ... DROP PUBLICATION",
            ),
            (
                "ALTER SUBSCRIPTION s REFRESH PUBLICATION WITH (copy_data = false)",
                "ALTER SUBSCRIPTION ... REFRESH PUBLICATION",
            ),
            ("ALTER SUBSCRIPTION s SET (failover = true)", "ALTER SUBSCRIPTION ... SET (failover)"),
        ] {
            assert_eq!(refuses_transaction(sql), Some(expected), "{sql}");
        }
    }

    #[test]
    fn postgres_statements_that_only_look_alike_are_not() {
        for sql in [
            "CREATE INDEX concurrently_i ON t (a)",
            "CREATE INDEX \"concurrently\" ON t (a)",
            "REFRESH MATERIALIZED VIEW CONCURRENTLY v",
            "ALTER TABLE p DETACH PARTITION c",
            "REINDEX TABLE t",
            "CLUSTER t",
            "CLUSTER \"t\"",
            "ALTER TYPE e ADD VALUE 'x'",
            "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (create_slot = false)",
            "CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p WITH (enabled = false, CONNECT = off)",
            "ALTER SUBSCRIPTION s SET PUBLICATION p WITH (refresh = false)",
            "ALTER SUBSCRIPTION s ADD PUBLICATION p WITH (copy_data = true, refresh = 'FALSE')",
            "ALTER SUBSCRIPTION s DROP PUBLICATION p WITH (refresh = 0)",
            "ALTER SUBSCRIPTION s SET (slot_name = NONE)",
            "ALTER SUBSCRIPTION s DISABLE",
            "SELECT 'VACUUM'",
        ] {
            assert_eq!(refuses_transaction(sql), None, "{sql}");
        }
    }
}
