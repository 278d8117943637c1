//! Helpers for SQL text: identifiers and comma-separated lists.

use crate::schema::{Attribute, Key, Kind, Object};
use crate::sql::{self, Dialect, Lexer, TokenKind};

/// Returns an identifier as stored in the catalog: folded to lower case, or without its quotes.
pub(super) fn unquoted(word: &str) -> String {
    if word.starts_with('"') { sql::unquoted(word) } else { word.to_ascii_lowercase() }
}

/// Splits a list at commas outside of parentheses, brackets and quotes.
pub(super) fn list(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, 0_usize);
    for token in Lexer::new(text, Dialect::POSTGRES).map_while(Result::ok) {
        match (token.kind, token.span.slice(text)) {
            (TokenKind::Open, _) | (_, "[") => depth += 1,
            (TokenKind::Close, _) | (_, "]") => depth = depth.saturating_sub(1),
            (_, ",") if depth == 0 => {
                parts.push(text[start..token.span.start].trim());
                start = token.span.end;
            }
            _ => {}
        }
    }
    let last = text[start..].trim();
    if !last.is_empty() || !parts.is_empty() {
        parts.push(last);
    }
    parts
}

/// Splits a qualified name as printed by PostgreSQL: `public."A b"` becomes `public`, `A b`.
pub fn names(text: &str) -> Vec<String> {
    Lexer::new(text, Dialect::POSTGRES)
        .map_while(Result::ok)
        .filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::QuotedIdentifier))
        .map(|token| unquoted(token.span.slice(text)))
        .collect()
}

/// Returns the column that a sequence is owned by.
pub fn owning_column(sequence: &Object) -> Option<Key> {
    let mut names = names(sequence.text(Attribute::OwnedBy)?);
    let (column, table) = (names.pop()?, names.pop()?);
    Some(Key::of_table(Kind::Column, names.pop().as_deref(), &table, &column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_divided_at_its_own_commas_only() {
        assert_eq!(
            list("a numeric(1,2), b text DEFAULT 'x,y'::text, c integer[]"),
            ["a numeric(1,2)", "b text DEFAULT 'x,y'::text", "c integer[]"]
        );
        assert!(list(" ").is_empty());
    }

    #[test]
    fn a_name_is_unquoted_part_by_part() {
        assert_eq!(names("public.\"A.\"\"b\".c"), ["public", "A.\"b", "c"]);
    }
}
