//! Normalizes expressions printed by the server so that they survive a round trip: comparisons with lists, as written
//! by `ruleutils.c`.
//!
//! For `name IN ('a', 'b')` on a `varchar` column the server prints `(name)::text = ANY ((ARRAY['a'::character varying,
//! 'b'::character varying])::text[])`. Executed as SQL this yields a different expression, because the cast moves into
//! the list: `ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])`. A database that was
//! restored, or created by revisions, would thus differ forever from one created by hand. Without the casts both forms
//! are the same text, which parses to the original expression. All other expressions are stable (tested with a thousand
//! of them on every common type).

use std::borrow::Cow;

use crate::diagnostic::Span;
use crate::sql::{Dialect, Lexer, TokenKind};

/// Removes the casts of and within lists in `ANY (...)` and `ALL (...)`. Takes linear time.
#[must_use]
pub fn normalize_expression(text: &str) -> Cow<'_, str> {
    if !text.contains("ARRAY[") {
        return Cow::Borrowed(text);
    }
    let tokens: Vec<(TokenKind, Span)> = Lexer::new(text, Dialect::POSTGRES)
        .map_while(Result::ok)
        .filter(|token| !token.kind.is_trivia())
        .map(|token| (token.kind, token.span))
        .collect();
    let tokens = Tokens { text, tokens };
    let mut gone: Vec<Span> = Vec::new();
    for place in 0..tokens.tokens.len() {
        if tokens.is(place, "ANY") || tokens.is(place, "ALL") {
            gone.extend(tokens.list_cast(place + 1).or_else(|| tokens.element_casts(place + 1)).unwrap_or_default());
        }
    }
    without(text, gone)
}

/// Returns the text without the given spans.
fn without(text: &str, mut gone: Vec<Span>) -> Cow<'_, str> {
    if gone.is_empty() {
        return Cow::Borrowed(text);
    }
    gone.sort_by_key(|span| span.start);
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for span in gone {
        // A span within another one is gone with it.
        if span.start >= from {
            kept.push_str(&text[from..span.start]);
        }
        from = from.max(span.end);
    }
    kept.push_str(&text[from..]);
    Cow::Owned(kept)
}

struct Tokens<'t> {
    text: &'t str,
    tokens: Vec<(TokenKind, Span)>,
}

impl Tokens<'_> {
    fn text_at(&self, place: usize) -> &str {
        self.tokens.get(place).map(|(_, span)| span.slice(self.text)).unwrap_or_default()
    }

    fn is(&self, place: usize, text: &str) -> bool {
        self.text_at(place) == text
    }

    fn are(&self, place: usize, texts: &[&str]) -> bool {
        texts.iter().enumerate().all(|(number, text)| self.is(place + number, text))
    }

    /// Returns the span from the start of one token to the start of another.
    fn between(&self, from: usize, to: usize) -> Option<Span> {
        Some(Span { start: self.tokens.get(from)?.1.start, end: self.tokens.get(to)?.1.start })
    }

    /// Matches `((ARRAY[...])::text[])`. Returns the spans of the inner parentheses and the cast.
    fn list_cast(&self, open: usize) -> Option<Vec<Span>> {
        if !self.are(open, &["(", "(", "ARRAY", "["]) {
            return None;
        }
        let close = self.closing(open + 3)?;
        if !self.are(close + 1, &[")", "::"]) {
            return None;
        }
        let end = (close + 3..self.tokens.len()).find(|place| self.is(*place, ")") || self.is(*place, "("))?;
        let is_array = self.is(end, ")") && self.are(end - 2, &["[", "]"]);
        is_array.then(|| Some(vec![self.between(open + 1, open + 2)?, self.between(close + 1, end)?]))?
    }

    /// Matches `(ARRAY[('a'::character varying)::text, ...])`. Returns the spans of each element's parentheses and
    /// casts.
    fn element_casts(&self, open: usize) -> Option<Vec<Span>> {
        if !self.are(open, &["(", "ARRAY", "["]) {
            return None;
        }
        let mut gone = Vec::new();
        let mut place = open + 3;
        loop {
            let is_text = self.tokens.get(place + 1).is_some_and(|(kind, _)| *kind == TokenKind::Text);
            let follows = ["::", "character", "varying", ")", "::", "text"];
            if !is_text || !self.is(place, "(") || !self.are(place + 2, &follows) {
                return None;
            }
            gone.push(self.between(place, place + 1)?);
            gone.push(self.between(place + 5, place + 8)?);
            match self.text_at(place + 8) {
                "," => place += 9,
                "]" if self.is(place + 9, ")") => return Some(gone),
                _ => return None,
            }
        }
    }

    /// Returns the index of the bracket that closes the one at `open`.
    fn closing(&self, open: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for place in open..self.tokens.len() {
            match self.text_at(place) {
                "[" => depth += 1,
                "]" if depth == 1 => return Some(place),
                "]" => depth -= 1,
                _ => {}
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::normalize_expression;

    #[test]
    fn a_list_is_the_same_whether_the_cast_stands_outside_or_inside() {
        let outside =
            "CHECK (((v)::text = ANY ((ARRAY['a'::character varying, 'it''s, ]'::character varying])::text[])))";
        let inside =
            "CHECK (((v)::text = ANY (ARRAY[('a'::character varying)::text, ('it''s, ]'::character varying)::text])))";
        let settled_text = "CHECK (((v)::text = ANY (ARRAY['a'::character varying, 'it''s, ]'::character varying])))";
        assert_eq!(normalize_expression(outside), settled_text);
        assert_eq!(normalize_expression(inside), settled_text);
        assert_eq!(normalize_expression(settled_text), settled_text);
        assert_eq!(
            normalize_expression("(r <> ALL ((ARRAY[(1)::numeric, 2.5])::double precision[]))"),
            "(r <> ALL (ARRAY[(1)::numeric, 2.5]))"
        );
    }

    #[test]
    fn other_casts_and_what_stands_in_quotes_stay() {
        for text in [
            "f((ARRAY['a'::character varying])::text[])",
            "(t = ANY (ARRAY['a'::text, 'b'::text]))",
            "(t = ANY (ARRAY[('a'::character varying)::text, lower(b)]))",
            "AS $$ SELECT v = ANY ((ARRAY['a'::character varying])::text[]) $$",
            "(t = 'ANY ((ARRAY[1])::text[])'::text)",
            "(t = ANY ((ARRAY[1",
        ] {
            assert_eq!(normalize_expression(text), text);
        }
    }
}
