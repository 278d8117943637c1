//! Effects of a statement on transactions and locks, judging by its first words. Pure.

use crate::sql::{Dialect, StatementKind, TransactionControl};

/// Side effect of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TransactionEffect {
    /// None of the following.
    Nothing,
    /// Begins a transaction.
    Begins,
    /// Ends a transaction.
    Ends,
    /// Ends a transaction and begins the next one (`COMMIT AND CHAIN`).
    Chains,
    /// Commits implicitly (<https://dev.mysql.com/doc/refman/8.4/en/implicit-commit.html>).
    Commits,
    /// Locks tables.
    LocksTables,
    /// Releases table locks.
    UnlocksTables,
}

/// Returns the effect of `sql`.
pub(super) fn effect(kind: StatementKind, sql: &str) -> TransactionEffect {
    let mut words = words(sql).map(|word| word.to_ascii_uppercase());
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    match (kind, first.as_str(), second.as_str()) {
        (StatementKind::TransactionControl, ..) => control_effect(sql),
        // FLUSH TABLES WITH READ LOCK and FOR EXPORT lock too; without them, and with NO_WRITE_TO_BINLOG before TABLES,
        // the worst is a missing note. FLUSH PRIVILEGES, LOGS and the like lock nothing: they only commit.
        (_, "LOCK", "TABLES" | "TABLE") | (_, "FLUSH", "TABLES" | "TABLE" | "NO_WRITE_TO_BINLOG" | "LOCAL") => {
            TransactionEffect::LocksTables
        }
        (_, "UNLOCK", _) => TransactionEffect::UnlocksTables,
        // These do not affect a transaction; all other statements except DML commit it.
        (
            StatementKind::Other,
            "SAVEPOINT" | "RELEASE" | "CALL" | "DO" | "SHOW" | "PREPARE" | "EXECUTE" | "DEALLOCATE",
            _,
        )
        | (
            StatementKind::Other,
            "ROLLBACK" | "HANDLER" | "EXPLAIN" | "DESCRIBE" | "DESC" | "SIGNAL" | "GET" | "KILL",
            _,
        ) => TransactionEffect::Nothing,
        (StatementKind::Other, ..) => TransactionEffect::Commits,
        _ => TransactionEffect::Nothing,
    }
}

fn control_effect(sql: &str) -> TransactionEffect {
    match TransactionControl::parse(sql, Dialect::MYSQL) {
        TransactionControl::Begin => TransactionEffect::Begins,
        control if control.chains() => TransactionEffect::Chains,
        TransactionControl::Continue | TransactionControl::Detach => TransactionEffect::Nothing,
        TransactionControl::Commit { .. } | TransactionControl::Rollback { .. } | TransactionControl::Finish => {
            TransactionEffect::Ends
        }
    }
}

/// Returns whether the statement only reads or sets something, judging by its first word.
pub(super) fn only_reads(kind: StatementKind, sql: &str) -> bool {
    let first = words(sql).next().unwrap_or_default();
    let reads = ["SELECT", "SHOW", "EXPLAIN", "DESCRIBE", "DESC", "VALUES", "TABLE"];
    kind == StatementKind::Setting || reads.iter().any(|word| first.eq_ignore_ascii_case(word))
}

/// Returns `true` if part of the statement's work may stay when it is stopped in its middle: rows in tables without
/// transactions, what a
/// procedure has committed. DDL is done as a whole or not at all.
pub(super) fn may_stop_half_done(kind: StatementKind, sql: &str) -> bool {
    let first = words(sql).next().unwrap_or_default();
    let runs_others = ["CALL", "EXECUTE", "BEGIN"].iter().any(|word| first.eq_ignore_ascii_case(word));
    match kind {
        StatementKind::Rows => !only_reads(kind, sql),
        StatementKind::Other => runs_others,
        _ => false,
    }
}

/// Returns `true` if the statement may switch autocommit, by itself or in a procedure that it calls.
pub(super) fn may_switch_autocommit(kind: StatementKind, sql: &str) -> bool {
    let mut words = words(sql);
    match kind {
        StatementKind::Setting => words.any(|word| word.eq_ignore_ascii_case("autocommit")),
        StatementKind::Other => words.next().is_some_and(|word| word.eq_ignore_ascii_case("call")),
        _ => false,
    }
}

/// Returns whether `sql` queries the effect of the previous statement, so that nothing may be sent in between.
pub(super) fn looks_back(sql: &str) -> bool {
    let asks = |word: &str| {
        ["ROW_COUNT", "FOUND_ROWS", "DIAGNOSTICS", "WARNINGS", "ERRORS", "WARNING_COUNT", "ERROR_COUNT"]
            .iter()
            .any(|name| word.eq_ignore_ascii_case(name))
    };
    // Only short statements do; scanning long ones (thousands of rows) would be slow.
    sql.len() <= 65_536 && words(sql).any(asks)
}

fn words(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(|character: char| !character.is_alphanumeric() && character != '_').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ddl_ends_a_transaction_and_rows_do_not() {
        assert_eq!(effect(StatementKind::Other, "create table t (a int)"), TransactionEffect::Commits);
        assert_eq!(effect(StatementKind::Rows, "INSERT INTO t VALUES (1)"), TransactionEffect::Nothing);
        assert_eq!(effect(StatementKind::TransactionControl, "start transaction"), TransactionEffect::Begins);
        assert_eq!(effect(StatementKind::TransactionControl, "COMMIT"), TransactionEffect::Ends);
        assert_eq!(effect(StatementKind::Other, "LOCK TABLES `t` WRITE"), TransactionEffect::LocksTables);
        assert_eq!(effect(StatementKind::Other, "UNLOCK TABLES"), TransactionEffect::UnlocksTables);
        assert_eq!(effect(StatementKind::Other, "FLUSH TABLES t WITH READ LOCK"), TransactionEffect::LocksTables);
        assert_eq!(effect(StatementKind::Other, "FLUSH PRIVILEGES"), TransactionEffect::Commits);
    }

    #[test]
    fn questions_about_the_statement_before_are_seen() {
        assert!(looks_back("SET @n = row_count()"));
        assert!(looks_back("SHOW WARNINGS"));
        assert!(!looks_back("INSERT INTO row_counts VALUES (1)"));
    }
}
