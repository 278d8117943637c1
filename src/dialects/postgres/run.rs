//! Statements of a run.

use crate::sql::{self, Dialect, Lexer};

/// Lines of a script that reset a revision's settings.
pub(super) const RESET_SESSION: &str = "RESET SESSION AUTHORIZATION;\nRESET ROLE;\nRESET ALL;";

/// Words that mean the transaction: its time, its number, what happens at its end.
const TRANSACTION_WORDS: [&str; 15] = [
    "now",
    "current_timestamp",
    "current_time",
    "current_date",
    "localtimestamp",
    "localtime",
    "transaction_timestamp",
    "age",
    "commit",
    "xmin",
    "xmax",
    "txid_current",
    "pg_current_xact_id",
    "txid_current_if_assigned",
    "pg_current_xact_id_if_assigned",
];

/// Returns `true` if a word in the text means the transaction that it runs in.
pub(super) fn is_bound_to_transaction(text: &str) -> bool {
    let words = text.split(|character: char| !character.is_alphanumeric() && character != '_');
    words.map(str::to_ascii_lowercase).any(|word| TRANSACTION_WORDS.contains(&word.as_str()))
}

/// Returns `true` if the statement has the bounds of a partition, which are computed when it runs (manual, "CREATE
/// TABLE"), or a text that is read as a time then (manual, "Special Values" of date and time types).
pub(super) fn may_store_computed_value(statement: &str) -> bool {
    let statement = statement.to_ascii_lowercase();
    let times = ["'now", "'today", "'tomorrow", "'yesterday"];
    statement.contains("for values") || times.iter().any(|time| statement.contains(time))
}

/// Returns the statement without `CONCURRENTLY`, which is not allowed inside a transaction.
pub(super) fn in_transaction(statement: &str) -> String {
    if sql::refuses_transaction(statement, Dialect::POSTGRES).is_none() {
        return statement.to_owned();
    }
    let tokens = Lexer::new(statement, Dialect::POSTGRES).filter_map(Result::ok);
    let concurrently =
        tokens.map(|token| token.span).find(|span| span.slice(statement).eq_ignore_ascii_case("concurrently"));
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
