//! Subscriptions of PostgreSQL's logical replication: statements that change a replication slot on the publisher, which
//! cannot be rolled back. Source: notes of CREATE SUBSCRIPTION and ALTER SUBSCRIPTION in the manual.

use super::transaction::contains;
use crate::sql::{Dialect, Lexer, Token, TokenKind, unquoted};

/// Returns the name of a `CREATE SUBSCRIPTION` that creates a replication slot, as it does by default. With `connect =
/// false` it does not.
pub(super) fn created(sql: &str) -> Option<&'static str> {
    let is_local = ["create_slot", "connect"].iter().any(|name| option(sql, name) == Some(false));
    (!is_local).then_some("CREATE SUBSCRIPTION")
}

/// Returns the name of an `ALTER SUBSCRIPTION` that cannot run in a transaction.
pub(super) fn altered(sql: &str) -> Option<&'static str> {
    if contains(sql, &["REFRESH", "PUBLICATION"]) {
        return Some("ALTER SUBSCRIPTION ... REFRESH PUBLICATION");
    }
    let changes = [
        ("SET", "ALTER SUBSCRIPTION ... SET PUBLICATION"),
        ("ADD", "ALTER SUBSCRIPTION ... ADD PUBLICATION"),
        ("DROP", "ALTER SUBSCRIPTION ... DROP PUBLICATION"),
    ];
    let change = changes.into_iter().find(|(verb, _)| contains(sql, &[verb, "PUBLICATION"]));
    if let Some((_, name)) = change {
        return (option(sql, "refresh") != Some(false)).then_some(name);
    }
    // Since version 17 and 18; earlier ones cannot change these at all.
    if option(sql, "failover").is_some() {
        return Some("ALTER SUBSCRIPTION ... SET (failover)");
    }
    (option(sql, "two_phase") == Some(false)).then_some("ALTER SUBSCRIPTION ... SET (two_phase = false)")
}

/// Returns the value of a Boolean option in parentheses: `(name)`, `(name = false)`. `None` if it is not there.
fn option(sql: &str, name: &str) -> Option<bool> {
    let tokens: Vec<Token> =
        Lexer::new(sql, Dialect::POSTGRES).map_while(Result::ok).filter(|token| !token.kind.is_trivia()).collect();
    let is_name = |pair: &[Token]| {
        let [before, token] = pair else { return false };
        let is_start = before.kind == TokenKind::Open || before.span.slice(sql) == ",";
        is_start && token.kind == TokenKind::Word && token.span.slice(sql).eq_ignore_ascii_case(name)
    };
    let place = tokens.windows(2).position(is_name)?;
    match tokens.get(place + 2..) {
        Some([equals, value, ..]) if equals.span.slice(sql) == "=" => {
            let value = unquoted(value.span.slice(sql)).to_ascii_lowercase();
            Some(!matches!(value.as_str(), "false" | "off" | "0"))
        }
        _ => Some(true),
    }
}
