//! Tokens of a stored statement: a cursor over them, and their normalized spelling.

use std::collections::BTreeSet;

use super::words::{folded, is_reserved};
use crate::diagnostic::Span;
use crate::sql::{Dialect, Lexer, TokenKind, quote_identifier, unquoted};

/// A token that is neither white space nor a comment.
#[derive(Debug, Clone, Copy)]
pub(super) struct SqliteToken<'t> {
    pub(super) kind: TokenKind,
    pub(super) span: Span,
    pub(super) text: &'t str,
}

/// An unquoted name and its span in the statement.
#[derive(Debug, Clone)]
pub(super) struct NameToken {
    pub(super) text: String,
    pub(super) span: Span,
}

/// Returns the tokens of `text`, or `None` if it cannot be lexed.
pub(super) fn tokens(text: &str) -> Option<Vec<SqliteToken<'_>>> {
    let all =
        Lexer::new(text, Dialect::SQLITE).filter(|token| !token.as_ref().is_ok_and(|token| token.kind.is_trivia()));
    all.map(|token| {
        token.ok().map(|token| SqliteToken { kind: token.kind, span: token.span, text: token.span.slice(text) })
    })
    .collect()
}

/// Removes trailing white space and comments: a semicolon appended to a line comment would be lost.
pub(super) fn trimmed(text: &str) -> &str {
    let end = tokens(text).and_then(|tokens| tokens.last().map(|token| token.span.end));
    end.map_or(text, |end| &text[..end])
}

impl SqliteToken<'_> {
    pub(super) fn is(&self, word: &str) -> bool {
        self.kind == TokenKind::Word && self.text.eq_ignore_ascii_case(word)
    }

    pub(super) fn is_comma(&self) -> bool {
        self.text == ","
    }

    /// Returns the token as a name, if it can be one. SQLite accepts string literals as names too.
    pub(super) fn name(&self) -> Option<String> {
        match self.kind {
            TokenKind::Word => Some(self.text.to_owned()),
            TokenKind::QuotedIdentifier | TokenKind::Text => Some(unquoted(self.text)),
            _ => None,
        }
    }

    /// Returns the folded name in an expression, where a string literal is not a name.
    pub(super) fn identifier(&self) -> Option<String> {
        self.name().filter(|_| self.kind != TokenKind::Text).map(|name| folded(&name))
    }
}

/// Reads tokens in order.
#[derive(Debug, Clone)]
pub(super) struct TokenCursor<'a, 't> {
    rest: &'a [SqliteToken<'t>],
    /// End of the last token taken.
    pub(super) end: usize,
}

impl<'a, 't> TokenCursor<'a, 't> {
    pub(super) fn new(tokens: &'a [SqliteToken<'t>]) -> Self {
        Self { rest: tokens, end: 0 }
    }

    pub(super) fn peek(&self) -> Option<&'a SqliteToken<'t>> {
        self.rest.first()
    }

    pub(super) fn peek_second(&self) -> Option<&'a SqliteToken<'t>> {
        self.rest.get(1)
    }

    pub(super) fn take(&mut self) -> Option<&'a SqliteToken<'t>> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        self.end = first.span.end;
        Some(first)
    }

    pub(super) fn is(&self, word: &str) -> bool {
        self.peek().is_some_and(|token| token.is(word))
    }

    pub(super) fn is_at_group(&self) -> bool {
        self.peek().is_some_and(|token| token.kind == TokenKind::Open)
    }

    /// Takes the word if it is next.
    pub(super) fn eat(&mut self, word: &str) -> bool {
        let found = self.is(word);
        if found {
            self.take();
        }
        found
    }

    pub(super) fn eat_comma(&mut self) -> bool {
        let found = self.peek().is_some_and(SqliteToken::is_comma);
        if found {
            self.take();
        }
        found
    }

    /// Takes the word, which must be next.
    pub(super) fn expect(&mut self, word: &str) -> Option<()> {
        self.eat(word).then_some(())
    }

    pub(super) fn name(&mut self) -> Option<NameToken> {
        let token = self.peek()?;
        let text = token.name()?;
        self.take();
        Some(NameToken { text, span: token.span })
    }

    /// Takes a parenthesized group, and returns the tokens inside it.
    pub(super) fn group(&mut self) -> Option<&'a [SqliteToken<'t>]> {
        let all = self.rest;
        let mut depth = 0_usize;
        for (index, token) in all.iter().enumerate() {
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.checked_sub(1)?,
                _ if index == 0 => return None,
                _ => {}
            }
            if depth == 0 {
                self.rest = all.get(index + 1..)?;
                self.end = token.span.end;
                return all.get(1..index);
            }
        }
        None
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }
}

/// Splits at commas outside of parentheses; returns at least one part.
pub(super) fn comma_parts<'a, 't>(tokens: &'a [SqliteToken<'t>]) -> Vec<&'a [SqliteToken<'t>]> {
    let mut depth = 0_usize;
    tokens
        .split(|token| {
            match token.kind {
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0 && token.is_comma()
        })
        .collect()
}

/// Normalized spelling of tokens, used for comparison.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spelling<'s> {
    /// Folded names that double-quoted text may refer to. SQLite takes any other double-quoted text for a string.
    pub(super) names: &'s BTreeSet<String>,
    /// Folds words to lower case. Off where a word can be an alias, which names a column of a query's result.
    pub(super) folds: bool,
    /// Folded table name that is removed as a qualifier of columns.
    pub(super) table: Option<&'s str>,
}

impl Spelling<'_> {
    /// Returns one text for all spellings of the same tokens: white space, comments, redundant quotes and case are
    /// normalized.
    pub(super) fn spell(&self, tokens: &[SqliteToken<'_>]) -> String {
        let mut text = String::new();
        let mut before: Option<SqliteToken<'_>> = None;
        let mut sign = false;
        for (index, token) in tokens.iter().enumerate() {
            let next = tokens.get(index + 1);
            if self.is_needless(token, next) || (token.text == "." && index > 0 && self.was_needless(tokens, index)) {
                continue;
            }
            if before.is_some_and(|before| !sign && is_apart(&before, token)) {
                text.push(' ');
            }
            sign = matches!(token.text, "-" | "+") && before.is_none_or(|before| comes_before_sign(&before));
            text.push_str(&self.spelled(token));
            before = Some(*token);
        }
        text
    }

    fn is_needless(&self, token: &SqliteToken<'_>, next: Option<&SqliteToken<'_>>) -> bool {
        let qualifies = next.is_some_and(|next| next.text == ".");
        qualifies && self.table.is_some() && token.identifier().as_deref() == self.table
    }

    fn was_needless(&self, tokens: &[SqliteToken<'_>], point: usize) -> bool {
        tokens.get(point - 1).is_some_and(|token| self.is_needless(token, tokens.get(point)))
    }

    fn spelled(&self, token: &SqliteToken<'_>) -> String {
        let fold = |text: &str| if self.folds { folded(text) } else { text.to_owned() };
        match token.kind {
            TokenKind::Word | TokenKind::Number => fold(token.text),
            TokenKind::QuotedIdentifier => {
                let name = unquoted(token.text);
                let is_name = !token.text.starts_with('"') || self.names.contains(&folded(&name));
                let needs_quotes = !is_word(&name) || is_reserved(&folded(&name));
                match (is_name, needs_quotes) {
                    (true, false) => fold(&name),
                    (true, true) => quote_identifier(&fold(&name), Dialect::SQLITE),
                    (false, _) => token.text.to_owned(),
                }
            }
            _ => token.text.to_owned(),
        }
    }
}

fn is_word(name: &str) -> bool {
    let first = name.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80);
    first && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80)
}

fn is_apart(before: &SqliteToken<'_>, token: &SqliteToken<'_>) -> bool {
    let calls = token.kind == TokenKind::Open && before.kind == TokenKind::Word && !is_reserved(&folded(before.text));
    !calls
        && !matches!(token.text, "," | "." | ";")
        && token.kind != TokenKind::Close
        && before.kind != TokenKind::Open
        && before.text != "."
}

fn comes_before_sign(before: &SqliteToken<'_>) -> bool {
    match before.kind {
        TokenKind::Open | TokenKind::Operator => true,
        TokenKind::Word => is_reserved(&folded(before.text)),
        _ => false,
    }
}
