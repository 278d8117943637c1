//! Rows that a `DELETE` deletes, as a clause that can be counted with a `SELECT` beforehand.

use super::super::Dialect;
use super::super::lexer::{Lexer, Token, TokenKind};

/// Returns the text after `DELETE FROM` if it is equally valid after `SELECT ... FROM`: one table, optionally with an
/// alias and a condition. `None` if other tables are joined or rows are returned.
pub(super) fn rows(statement: &str, dialect: Dialect) -> Option<String> {
    let tokens = Lexer::new(statement, dialect).map_while(Result::ok).filter(|token| !token.kind.is_trivia());
    let tokens: Vec<Token> = tokens.collect();
    let [delete, from, rest @ ..] = tokens.as_slice() else { return None };
    if !is(delete, "DELETE", statement) || !is(from, "FROM", statement) {
        return None;
    }
    let (mut depth, mut has_condition) = (0_usize, false);
    for token in rest {
        match token.kind {
            TokenKind::Open => depth += 1,
            TokenKind::Close => depth = depth.saturating_sub(1),
            TokenKind::Word if depth == 0 && ["USING", "RETURNING"].iter().any(|word| is(token, word, statement)) => {
                return None;
            }
            TokenKind::Operator if !has_condition && depth == 0 && token.span.slice(statement) == "," => return None,
            _ => has_condition |= is(token, "WHERE", statement),
        }
    }
    statement.get(rest.first()?.span.start..rest.last()?.span.end).map(str::to_owned)
}

fn is(token: &Token, keyword: &str, statement: &str) -> bool {
    token.kind == TokenKind::Word && token.span.slice(statement).eq_ignore_ascii_case(keyword)
}
