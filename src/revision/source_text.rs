//! Text of a revision file in which included files have replaced the lines that name them, and the way back from its
//! bytes to the file that they are from.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::diagnostic::{Location, Span, position};

/// Text of a revision file, with the files that it includes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SourceText {
    text: String,
    origin: Option<Arc<TextOrigin>>,
}

/// Files that a text is made of.
#[derive(Debug, PartialEq, Eq, Default)]
pub(super) struct TextOrigin {
    /// Path and text of each file. The first one is the file that includes the others; its path is empty.
    pub files: Vec<(PathBuf, Arc<str>)>,
    /// Copied parts, in the order of the text, which they cover.
    pub parts: Vec<TextPart>,
}

/// Part of a text that was copied from a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TextPart {
    /// First byte in the text.
    pub start: usize,
    /// Index of the file.
    pub file: usize,
    /// Byte in the file that corresponds to `start`.
    pub at: usize,
}

/// Successive lines of a text that are from one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileLines<'a> {
    /// Index of the first of these lines among those of the span.
    pub index: usize,
    /// Included file; `None` for the file itself.
    pub path: Option<&'a Path>,
    /// Number of the first of these lines in its file.
    pub line: usize,
}

impl SourceText {
    pub(super) fn included(text: String, origin: TextOrigin) -> Self {
        Self { text, origin: Some(Arc::new(origin)) }
    }

    /// Returns `true` if the text has parts of other files.
    #[must_use]
    pub const fn has_included(&self) -> bool {
        self.origin.is_some()
    }

    /// Returns the text of the file itself, without what it includes.
    #[must_use]
    pub fn as_written(&self) -> &str {
        self.origin.as_ref().and_then(|origin| origin.files.first()).map_or(&self.text, |(_, text)| text)
    }

    /// Returns the lines of a span by the file that each is from. A line of two files counts for the one it begins in.
    #[must_use]
    pub fn lines_by_file(&self, span: Span) -> Vec<FileLines<'_>> {
        let Some(origin) = &self.origin else {
            return vec![FileLines { index: 0, path: None, line: position(&self.text, span.start).line }];
        };
        let ends = span.slice(&self.text).match_indices('\n').map(|(end, _)| span.start + end + 1);
        let mut found = Vec::new();
        let mut last = None;
        for (index, start) in std::iter::once(span.start).chain(ends).enumerate() {
            let part = origin.parts.partition_point(|part| part.start <= start).checked_sub(1);
            if part == last {
                continue;
            }
            last = part;
            let Some(part) = part.and_then(|part| origin.parts.get(part)) else { continue };
            let Some((path, text)) = origin.files.get(part.file) else { continue };
            let path = (part.file > 0).then_some(path.as_path());
            found.push(FileLines { index, path, line: position(text, part.at + (start - part.start)).line });
        }
        found
    }

    /// Returns the position in the file at `path`, or in the one that it includes there.
    #[must_use]
    pub fn locate(&self, path: &Path, span: Span) -> Location {
        let here = || Location { path: path.to_owned(), text: self.text.clone(), span };
        let Some(origin) = &self.origin else { return here() };
        let part = |offset: usize| {
            let index = origin.parts.partition_point(|part| part.start <= offset).checked_sub(1)?;
            Some((index, origin.parts.get(index)?))
        };
        let Some((index, first)) = part(span.start) else { return here() };
        let Some((shown, text)) = origin.files.get(first.file) else { return here() };
        let start = first.at + (span.start - first.start);
        let last = part(span.end.saturating_sub(1).max(span.start)).map(|(_, last)| last);
        let end = match last.filter(|last| last.file == first.file) {
            Some(last) => last.at + (span.end - last.start),
            // The end is in another file: only the rest of this part is shown.
            None => origin.parts.get(index + 1).map_or(start, |next| first.at + (next.start - first.start)),
        };
        let path = if first.file == 0 { path } else { shown };
        let (start, end) = (start.min(text.len()), end.clamp(start, text.len().max(start)));
        Location { path: path.to_owned(), text: text.to_string(), span: Span::new(start, end) }
    }
}

impl Deref for SourceText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl From<String> for SourceText {
    fn from(text: String) -> Self {
        Self { text, origin: None }
    }
}

impl From<&str> for SourceText {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}
