//! Reports as text without colours: on one line for a log, and with an excerpt of the file for people. The command line
//! draws the same with colours; a test there compares the two.

use std::borrow::Cow;
use std::fmt;

use unicode_width::UnicodeWidthStr;

use super::ErrorReport;
use super::printable::{lines, one_line};
use crate::config::hide_url_passwords;
use crate::diagnostic::{Location, Span, position};

/// `{}` is one line with the position, the message and the notes; `{:#}` is the report as the command line prints it.
/// Neither contains the password of a URL.
impl fmt::Display for ErrorReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = if f.alternate() { self.drawn() } else { one_line(&self.on_one_line()).into_owned() };
        f.write_str(&hide_url_passwords(&text))
    }
}

impl ErrorReport {
    /// Returns the title, the excerpt of the file, the notes and the hints, followed by the further failures.
    fn drawn(&self) -> String {
        let mut text = format!("error[{}]: ", self.code.as_str());
        // Further lines of the message are indented to the column of the first.
        let indented = format!("\n{}", " ".repeat(text.len()));
        text += &lines(&self.title(), false).replace('\n', &indented);
        if let Some(location) = &self.location {
            text += &Excerpt::new(location).drawn(&self.label);
        } else if let Some(path) = self.origin() {
            text += &format!("\n--> {path}");
        }
        text += &self.remarks(&|kind| kind.to_owned());
        for other in &self.also {
            text += &format!("\n{}", other.drawn());
        }
        text
    }

    /// Returns the file of a report without a position, unless the message names it already.
    #[must_use]
    pub fn origin(&self) -> Option<String> {
        let path = one_line(&self.path.as_ref()?.display().to_string()).into_owned();
        (!self.message.contains(&path)).then_some(path)
    }

    /// Returns the lines of the notes and hints, each with a line feed before it. `kind` formats their first word.
    #[must_use]
    pub fn remarks(&self, kind: &dyn Fn(&str) -> String) -> String {
        let notes = self.notes.iter().map(|note| ("note", note));
        let remarks = notes.chain(self.hints.iter().map(|hint| ("hint", hint)));
        // Further lines are indented to the column of the first.
        let line = |(word, remark): (&str, &String)| {
            format!("\n  {}: {}", kind(word), lines(remark, false).replace('\n', "\n        "))
        };
        remarks.map(line).collect()
    }

    fn on_one_line(&self) -> String {
        let mut text = self.service.as_ref().map(|service| format!("{service}: ")).unwrap_or_default();
        match (self.file(), self.position()) {
            (Some(path), Some(at)) => text += &format!("{}:{}:{}: ", path.display(), at.line, at.column),
            _ => text.extend(self.origin().map(|path| format!("{path}: "))),
        }
        text += &self.message;
        if !self.label.is_empty() {
            text += &format!(" ({})", self.label);
        }
        // A note of several lines is a table, which has no place on one line.
        for note in self.notes.iter().filter(|note| !note.contains('\n')) {
            text += &format!("; {note}");
        }
        for other in &self.also {
            text += &format!("; {}", other.on_one_line());
        }
        text
    }
}

/// Excerpt of a file that a report shows.
pub struct Excerpt<'l> {
    /// Path of the file, printable.
    pub path: String,
    /// The line that the span begins in, with up to two lines before it. Lines end with LF.
    pub text: Cow<'l, str>,
    /// Number of the first line of `text`.
    pub line: usize,
    /// Span in `text`.
    pub span: Span,
}

impl<'l> Excerpt<'l> {
    /// Takes the line of the location and up to two lines before it; the span is cut at the end of its first line.
    #[must_use]
    pub fn new(location: &'l Location) -> Self {
        let text = location.text.as_str();
        let mut start = location.span.start.min(text.len());
        // An offset from a server may point into the middle of a character.
        while !text.is_char_boundary(start) {
            start -= 1;
        }
        let line_end = text[start..].find('\n').map_or(text.len(), |newline| start + newline);
        let end = location.span.end.clamp(start, line_end);
        let end = if text.is_char_boundary(end) { end } else { line_end };
        let mut from = start;
        for _ in 0..3 {
            from = text[..from].rfind('\n').unwrap_or(0);
        }
        let from = if from == 0 { 0 } else { from + 1 };
        let line = text[..from].bytes().filter(|byte| *byte == b'\n').count() + 1;
        let path = one_line(&location.path.display().to_string()).into_owned();
        let text = &text[from..line_end];
        let (start, end) = (start - from, end - from);
        if !text.contains('\r') {
            return Self { path, text: Cow::Borrowed(text), line, span: Span::new(start, end) };
        }
        // CRLF is one line terminator, that of the last line cut in its middle.
        let left_out = text[..start].matches("\r\n").count();
        let text = text.strip_suffix('\r').unwrap_or(text).replace("\r\n", "\n");
        let span = Span::new((start - left_out).min(text.len()), (end - left_out).min(text.len()));
        Self { path, text: Cow::Owned(text), line, span }
    }

    /// Returns the path, the line of the span, and the carets below it.
    fn drawn(&self, label: &str) -> String {
        let at = position(&self.text, self.span.start);
        let line_start = self.text[..self.span.start].rfind('\n').map_or(0, |newline| newline + 1);
        let number = (self.line + at.line - 1).to_string();
        let margin = " ".repeat(number.len());
        let (before, rest) = self.text[line_start..].split_at(self.span.start - line_start);
        let marked = &rest[..self.span.end - self.span.start];
        let carets = "^".repeat(width(marked).max(1));
        let pointer = format!("{}{carets} {}", " ".repeat(width(before)), lines(label, false));
        let line = shown(&self.text[line_start..]);
        let blank = if line.is_empty() { "" } else { " " };
        format!(
            "\n{margin}--> {}:{number}:{}\n{margin} |\n{number} |{blank}{line}\n{margin} | {}",
            self.path,
            at.column,
            pointer.trim_end()
        )
    }
}

/// Columns of a tab in an excerpt.
const TAB: usize = 4;

/// Width in columns of a part of an excerpt.
fn width(part: &str) -> usize {
    UnicodeWidthStr::width(shown(part).as_str())
}

/// Part of an excerpt, with blanks for tabs and escapes for characters that would change the terminal.
fn shown(line: &str) -> String {
    one_line(&line.replace('\t', &" ".repeat(TAB))).into_owned()
}
