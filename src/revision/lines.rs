//! Iteration over lines with their byte offsets. Lines end with LF or CRLF; the last one may be unterminated.

use crate::diagnostic::Span;

/// One line of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line<'t> {
    /// Text without the line terminator.
    pub text: &'t str,
    /// Offset of the first byte.
    pub start: usize,
    /// Offset of the next line, or the end of the text.
    pub next: usize,
    /// `true` if a newline terminates the line; `false` only for an unterminated last line.
    pub ended: bool,
}

impl Line<'_> {
    /// Byte range of [`Line::text`].
    pub(super) const fn span(&self) -> Span {
        Span::new(self.start, self.start + self.text.len())
    }

    /// Returns `true` if the line is empty or consists of white space.
    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// Iterates over the lines of `text` from byte `start`.
pub(super) fn lines_from(text: &str, start: usize) -> impl Iterator<Item = Line<'_>> {
    let mut start = start;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let newline = rest.find('\n');
        let line = newline.map_or(rest, |end| &rest[..end]);
        let next = start + newline.map_or(rest.len(), |end| end + 1);
        let found = Line { text: line.strip_suffix('\r').unwrap_or(line), start, next, ended: newline.is_some() };
        start = next;
        Some(found)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_cover_the_text_whatever_ends_them() {
        let found: Vec<_> = lines_from("a\r\n\nç", 0).collect();
        assert_eq!(found.iter().map(|line| line.text).collect::<Vec<_>>(), ["a", "", "ç"]);
        assert_eq!(found.iter().map(|line| (line.start, line.next)).collect::<Vec<_>>(), [(0, 3), (3, 4), (4, 6)]);
        assert_eq!(found.iter().map(|line| line.ended).collect::<Vec<_>>(), [true, true, false]);
        assert_eq!(lines_from("", 0).count(), 0);
    }
}
