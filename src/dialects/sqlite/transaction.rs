//! Statements that SQLite rejects or ignores inside a transaction. Sources: "PRAGMA Statements", "VACUUM" and "DETACH
//! DATABASE".

use crate::sql::{Dialect, Lexer, TokenKind, keywords};

/// Returns the name of the statement if it cannot run inside a transaction, or has no effect there.
pub(super) fn refuses_transaction(sql: &str) -> Option<&'static str> {
    let mut words = keywords(sql, Dialect::SQLITE);
    match words.next()?.as_str() {
        "VACUUM" => Some("VACUUM"),
        // ATTACH is allowed in a transaction since 3.21; DETACH is not, once the transaction has accessed the database.
        "DETACH" => Some("DETACH"),
        "PRAGMA" => pragma(sql),
        _ => None,
    }
}

/// Pragmas that are rejected or ignored in a transaction when they set a value. Reading them is allowed.
fn pragma(sql: &str) -> Option<&'static str> {
    let mut name = "";
    for token in Lexer::new(sql, Dialect::SQLITE).map_while(Result::ok) {
        let text = token.span.slice(sql);
        match token.kind {
            TokenKind::Word if text.eq_ignore_ascii_case("wal_checkpoint") => return Some("PRAGMA wal_checkpoint"),
            TokenKind::Word => name = text,
            TokenKind::Open => return setter(name),
            TokenKind::Operator if text == "=" => return setter(name),
            _ => {}
        }
    }
    None
}

fn setter(name: &str) -> Option<&'static str> {
    const SETTERS: [(&str, &str); 4] = [
        ("journal_mode", "PRAGMA journal_mode"),
        ("foreign_keys", "PRAGMA foreign_keys"),
        ("synchronous", "PRAGMA synchronous"),
        ("temp_store", "PRAGMA temp_store"),
    ];
    SETTERS.iter().find(|(setter, _)| name.eq_ignore_ascii_case(setter)).map(|(_, statement)| *statement)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sqlite_statements_that_refuse_or_ignore_a_transaction_are_named() {
        for (sql, expected) in [
            ("vacuum", Some("VACUUM")),
            ("ATTACH 'x' AS y", None),
            ("DETACH y", Some("DETACH")),
            ("PRAGMA journal_mode = wal", Some("PRAGMA journal_mode")),
            ("PRAGMA main.journal_mode(wal)", Some("PRAGMA journal_mode")),
            ("pragma Foreign_Keys=off", Some("PRAGMA foreign_keys")),
            ("PRAGMA wal_checkpoint", Some("PRAGMA wal_checkpoint")),
            ("PRAGMA foreign_keys", None),
            ("PRAGMA foreign_key_check(t)", None),
            ("CREATE TABLE vacuum (a)", None),
        ] {
            assert_eq!(refuses_transaction(sql), expected, "{sql}");
        }
    }
}
