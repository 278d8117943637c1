//! Statements that explicitly name a database in order to write to it or to switch to it.
//!
//! A scratch database can be on the same server as the real ones, where a statement with a qualified name affects these,
//! whatever the session's current database is. Names that are only read (in a view, a foreign key, `LIKE`) are not
//! reported. The effects of a called routine cannot be determined from its call.

use super::{Dialect, Lexer, TokenKind, unquoted};
use crate::diagnostic::Span;

/// Returns the database (for a database in a file, the file) in which the single statement `sql` explicitly operates,
/// with the position of its name.
#[must_use]
pub fn named_database(sql: &str, dialect: Dialect) -> Option<(String, Span)> {
    let trivial =
        |kind: TokenKind| kind.is_trivia() || matches!(kind, TokenKind::ExecutableOpen | TokenKind::ExecutableClose);
    let tokens = Lexer::new(sql, dialect).map_while(Result::ok).filter(|token| !trivial(token.kind));
    let words: Vec<TableNameToken<'_>> = tokens
        .map(|token| TableNameToken { kind: token.kind, text: token.span.slice(sql), span: token.span })
        .collect();
    dialect.rules().named_database(&words).map(|word| (word.plain(), word.span))
}

/// Token of a statement that may be a part of the name of a table or of a database.
#[derive(Debug, Clone, Copy)]
pub struct TableNameToken<'t> {
    /// Kind of the token.
    pub kind: TokenKind,
    /// Text of the token.
    pub text: &'t str,
    /// Position in the statement.
    pub span: Span,
}

impl TableNameToken<'_> {
    /// Returns `true` if the token is this keyword.
    #[must_use]
    pub fn is(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Returns `true` if the token is one of the keywords.
    #[must_use]
    pub fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    /// Returns `true` if the token can be a name.
    #[must_use]
    pub const fn is_name(&self) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::QuotedIdentifier)
    }

    /// Returns the text without quotes.
    #[must_use]
    pub fn plain(&self) -> String {
        unquoted(self.text)
    }
}
