//! Source locations: byte spans, and the lines and columns shown to users.

use std::ops::Range;
use std::path::PathBuf;

/// Byte range in a text, on character boundaries of the text that it was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset after the last byte.
    pub end: usize,
}

impl Span {
    /// Returns the span of the bytes from `start` up to, but not including, `end`.
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// Returns the span of the word (or of the single character) at byte `offset`, to be underlined with carets.
    #[must_use]
    pub fn word_at(text: &str, offset: usize) -> Self {
        // A position from a server may be anywhere.
        let Some((_, rest)) = text.split_at_checked(offset) else {
            let end = offset.min(text.len());
            return Self::new(end, end);
        };
        let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let length = if word == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { word };
        Self::new(offset, offset + length)
    }

    /// Returns the part of `text` that the span covers. It is never cut: half a statement must not be sent to a server.
    ///
    /// # Panics
    /// If the span is out of range or splits a character, so it is from another text.
    #[must_use]
    #[allow(clippy::expect_used, reason = "whoever makes a span takes it from the text that it is used with")]
    pub fn slice<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.range()).expect("the span is from this text")
    }

    /// Returns the span moved by `offset` bytes, for example from a section's coordinates to those of its file.
    #[must_use]
    pub const fn shifted(self, offset: usize) -> Self {
        Self { start: self.start + offset, end: self.end + offset }
    }

    /// Returns `true` if the span covers no byte.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.start >= self.end
    }

    /// Converts the span to a range of bytes.
    #[must_use]
    pub const fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

impl Location {
    /// Moves a span that starts after the last non-blank character to that position, so that there is a line to show.
    #[must_use]
    pub fn within_text(mut self) -> Self {
        let end = self.text.trim_end().len();
        if self.span.start > end {
            self.span = Span::new(end, end);
        }
        self
    }
}

/// Line and column as shown to users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
}

/// Returns the line and column of byte `offset` in `text`. An offset past the end is treated as the end.
#[must_use]
pub fn position(text: &str, offset: usize) -> Position {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Position {
        line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}

/// Returns the known word that `word` is most likely a misspelling of: within an edit distance of 2, or of a third of
/// the word's length if that is more. Case is ignored.
#[must_use]
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let word = word.to_lowercase();
    let limit = (word.chars().count() / 3).max(2);
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= limit && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Location in a file, with the file's text so that the line can be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Path of the file.
    pub path: PathBuf,
    /// Text of the file; empty if it could not be read as text.
    pub text: String,
    /// Bytes that the diagnostic is about.
    pub span: Span,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "the span is from this text")]
    fn a_span_of_another_text_is_not_cut() {
        let _ = Span::new(0, 9).slice("SELECT");
    }

    #[test]
    fn the_nearest_word_is_near() {
        let known = ["revision", "down_revision", "message"];
        assert_eq!(nearest("revison", known), Some("revision"));
        assert_eq!(nearest("Down-Revision", known), Some("down_revision"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
    }

    #[test]
    fn positions_count_characters_not_bytes() {
        let text = "eins\nzwölf drei";
        assert_eq!(position(text, 0), Position { line: 1, column: 1 });
        assert_eq!(position(text, text.find("drei").unwrap()), Position { line: 2, column: 7 });
        assert_eq!(position(text, 999), Position { line: 2, column: 11 });
    }
}
