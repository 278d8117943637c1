//! String literals whose end depends on a setting of the server: `standard_conforming_strings = off` on PostgreSQL,
//! `NO_BACKSLASH_ESCAPES` on MySQL. A text that is lexed alike under both settings can be split without knowing the
//! setting.

use super::{Dialect, Lexer};
use crate::diagnostic::Span;

/// Returns the first token of `text` that ends elsewhere if backslashes in strings are interpreted in the other way
/// than the default of `dialect`; `None` if the setting makes no difference.
#[must_use]
pub fn first_string_read_otherwise(text: &str, dialect: Dialect) -> Option<Span> {
    let lexis = dialect.rules().lexis();
    if !lexis.has_escapes_setting || !text.contains('\\') {
        return None;
    }
    let mut usual = Lexer::with_escapes(text, lexis, lexis.has_backslash_escapes);
    let mut other = Lexer::with_escapes(text, lexis, !lexis.has_backslash_escapes);
    loop {
        match (usual.next(), other.next()) {
            (None, None) => return None,
            (Some(Ok(one)), Some(Ok(two))) if one == two => {}
            (Some(Ok(token)), _) => return Some(token.span),
            // The text is invalid under both settings, so the setting is not the cause.
            (Some(Err(error)), Some(Err(same))) if error == same => return None,
            (Some(Err(error)), _) => return Some(error.span),
            (None, Some(_)) => return Some(Span::new(text.len(), text.len())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, dialect: Dialect) -> Option<&str> {
        first_string_read_otherwise(text, dialect).map(|span| span.slice(text))
    }

    #[test]
    fn only_a_backslash_that_decides_where_a_string_ends_matters() {
        assert_eq!(found("SELECT 'a\\', 'b';", Dialect::POSTGRES), Some("'a\\'"));
        assert_eq!(found("SELECT 'a\\n', E'it\\'s', 1;", Dialect::POSTGRES), None);
        assert_eq!(found("SELECT 'a\\\\', 'b';", Dialect::MYSQL), None);
        assert_eq!(found("SELECT 'it\\'s', 'b';", Dialect::MYSQL), Some("'it\\'s'"));
        assert_eq!(found("SELECT \"it\\\"s\";", Dialect::MYSQL), Some("\"it\\\"s\""));
        assert_eq!(found("SELECT 'a\\';", Dialect::SQLITE), None);
    }
}
