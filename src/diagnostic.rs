//! Where something stands in a text: byte spans, and lines and columns for people.
//! Knows text only; must not know what the text means or how it is shown.

use std::ops::Range;
use std::path::PathBuf;

/// A range of bytes in a text. Always on character boundaries of the text it was made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The span from `start` up to, not including, `end` (bytes).
    #[must_use]
    pub const fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The word (or the single character) that starts at `offset` (bytes): what the carets stand under.
    #[must_use]
    pub fn word_at(text: &str, offset: usize) -> Self {
        let rest = text.get(offset..).unwrap_or_default();
        let word = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let length = if word == 0 { rest.chars().next().map_or(0, char::len_utf8) } else { word };
        Self::new(offset.min(text.len()), (offset + length).min(text.len()))
    }

    /// The part of `text` that the span covers; empty when the span is not one of this text.
    #[must_use]
    pub fn of<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.start..self.end).unwrap_or_default()
    }

    /// The same span, `offset` bytes further on: from a section's coordinates to its file's.
    #[must_use]
    pub const fn shifted(self, offset: usize) -> Self {
        Self { start: self.start + offset, end: self.end + offset }
    }

    /// Whether no byte is covered.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.start >= self.end
    }

    /// As a range of bytes.
    #[must_use]
    pub const fn range(&self) -> Range<usize> {
        self.start..self.end
    }
}

impl Location {
    /// The same, with a span behind the last word of the text moved to that word's end: there is a line to show.
    #[must_use]
    pub fn within_text(mut self) -> Self {
        let end = self.text.trim_end().len();
        if self.span.start > end {
            self.span = Span::new(end, end);
        }
        self
    }
}

/// A line and a column as a person counts them, both from 1; the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
}

/// The line and column of the byte `offset` in `text`; an offset past the end is the end.
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

/// The known word that `word` is most likely a slip of: at most two edits away, or one in three letters.
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

/// A place in a file, with the file's text so that the line can be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file.
    pub path: PathBuf,
    /// Its text (empty when it could not be read as text).
    pub text: String,
    /// The bytes meant.
    pub span: Span,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

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
