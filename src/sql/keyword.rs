//! Keywords of a statement, and what they reveal: statements that a database rejects (or ignores) inside a transaction.

use super::Dialect;
use super::lexer::{Lexer, TokenKind};

/// Words of `sql` outside quotes, in upper case and in order. Comments are skipped, but the code in MySQL's executable
/// comments is included. Ends early at a lexical error.
pub fn keywords(sql: &str, dialect: Dialect) -> impl Iterator<Item = String> + '_ {
    unquoted_words(sql, dialect).map(str::to_ascii_uppercase)
}

/// Words of `sql` like [`keywords`], in upper and lower case as they are written.
pub fn unquoted_words(sql: &str, dialect: Dialect) -> impl Iterator<Item = &str> {
    let tokens = Lexer::new(sql, dialect).map_while(Result::ok);
    tokens.filter(|token| token.kind == TokenKind::Word).map(|token| token.span.slice(sql))
}

/// Returns the name of the statement if it cannot run (or has no effect) inside a transaction; `None` if it can, as far
/// as its text reveals.
#[must_use]
pub fn refuses_transaction(sql: &str, dialect: Dialect) -> Option<&'static str> {
    dialect.rules().refuses_transaction(sql)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_skip_comments_and_quotes_and_see_executable_comments() {
        let found: Vec<String> = keywords("/* x */ Create -- y\n \"q\" tab'le' le", Dialect::POSTGRES).collect();
        assert_eq!(found, ["CREATE", "TAB", "LE"]);
        let found: Vec<String> = keywords("/*!50003 create */ /* x */ `q` trigger", Dialect::MYSQL).collect();
        assert_eq!(found, ["CREATE", "TRIGGER"]);
    }
}
