//! Quoting of identifiers and string literals per dialect.
//!
//! The character U+0000 is not allowed in identifiers, and on some databases in no text at all. It is kept nevertheless,
//! so that the database or its driver rejects the statement instead of using another name or text.

use super::Dialect;

/// Returns `name` as a quoted identifier.
#[must_use]
pub fn quote_identifier(name: &str, dialect: Dialect) -> String {
    dialect.rules().quote_identifier(name)
}

/// Returns `name` as a quoted identifier, qualified with `schema` if there is one.
#[must_use]
pub fn qualified(schema: Option<&str>, name: &str, dialect: Dialect) -> String {
    let name = quote_identifier(name, dialect);
    schema.map_or_else(|| name.clone(), |schema| format!("{}.{name}", quote_identifier(schema, dialect)))
}

/// Returns an expression whose value is exactly `text`: a string literal, or a concatenation where a literal cannot hold
/// the text. The server must have its default settings; the lexer assumes the same.
#[must_use]
pub fn quote_literal(text: &str, dialect: Dialect) -> String {
    dialect.rules().quote_literal(text)
}

/// Removes the quotes of a name in any style (`"a""b"`, `` `a` ``, `[a]`, and SQLite's `'a'`). An unquoted name is
/// returned unchanged.
#[must_use]
pub fn unquoted(name: &str) -> String {
    let quote = name.chars().next().filter(|first| matches!(first, '"' | '`' | '[' | '\''));
    let close = if quote == Some('[') { ']' } else { quote.unwrap_or_default() };
    let inner = quote.and_then(|quote| name.strip_prefix(quote)?.strip_suffix(close));
    inner.map_or_else(|| name.to_owned(), |inner| inner.replace(&format!("{close}{close}"), &close.to_string()))
}

/// Returns `text` between two `quote` characters, with each of those inside doubled.
#[must_use]
pub fn enclosed(text: &str, quote: char) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push(quote);
    for character in text.chars() {
        if character == quote {
            quoted.push(quote);
        }
        quoted.push(character);
    }
    quoted.push(quote);
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_in_names_are_doubled() {
        assert_eq!(quote_identifier("a\"b", Dialect::POSTGRES), "\"a\"\"b\"");
        assert_eq!(quote_identifier("a`b", Dialect::MYSQL), "`a``b`");
        assert_eq!(quote_identifier("a\"b", Dialect::SQLITE), "\"a\"\"b\"");
    }

    #[test]
    fn a_schema_is_quoted_on_its_own() {
        assert_eq!(qualified(Some("a.b"), "c", Dialect::POSTGRES), "\"a.b\".\"c\"");
        assert_eq!(qualified(None, "c", Dialect::MYSQL), "`c`");
    }

    #[test]
    fn what_was_quoted_is_unquoted() {
        for dialect in [Dialect::POSTGRES, Dialect::MYSQL, Dialect::SQLITE] {
            for name in ["a", "A.b", "a\"b`c", "", "[x]"] {
                assert_eq!(unquoted(&quote_identifier(name, dialect)), name);
            }
        }
        assert_eq!((unquoted("[a b]"), unquoted("a"), unquoted("\"")), ("a b".into(), "a".into(), "\"".into()));
    }

    #[test]
    fn literals_hold_any_text() {
        assert_eq!(quote_literal("it's \\n", Dialect::POSTGRES), "'it''s \\n'");
        assert_eq!(quote_literal("it's \\ \n\r\0\u{1a}", Dialect::MYSQL), "'it''s \\\\ \\n\\r\\0\\Z'");
        assert_eq!(quote_literal("it's\0", Dialect::SQLITE), "('it''s'||char(0)||'')");
    }
}
