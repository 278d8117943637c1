//! Statements of a run.

use crate::sql::{self, Dialect, Lexer};

/// Lines of a script that reset a revision's settings.
pub(super) const RESET_SESSION: &str = "RESET SESSION AUTHORIZATION;\nRESET ROLE;\nRESET ALL;";

/// Returns the statement without `CONCURRENTLY`, which is not allowed inside a transaction.
pub(super) fn in_transaction(statement: &str) -> String {
    if sql::refuses_transaction(statement, Dialect::POSTGRES).is_none() {
        return statement.to_owned();
    }
    let tokens = Lexer::new(statement, Dialect::POSTGRES).filter_map(Result::ok);
    let concurrently =
        tokens.map(|token| token.span).find(|span| span.of(statement).eq_ignore_ascii_case("concurrently"));
    match concurrently.and_then(|span| Some((statement.get(..span.start)?, statement.get(span.end..)?))) {
        Some((before, after)) => format!("{before}{after}"),
        None => statement.to_owned(),
    }
}

/// Returns `true` for a statement with CONCURRENTLY.
pub(super) fn is_concurrent(statement: &str) -> bool {
    sql::refuses_transaction(statement, Dialect::POSTGRES).is_some_and(|name| name.contains("CONCURRENTLY"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn concurrently_is_left_out_inside_a_transaction() {
        let statement = "create index concurrently i on t (x)";
        assert!(is_concurrent(statement));
        assert_eq!(in_transaction(statement), "create index  i on t (x)");
        for other in ["SELECT 'concurrently'", "VACUUM t"] {
            assert!(!is_concurrent(other), "{other}");
            assert_eq!(in_transaction(other), other);
        }
    }
}
