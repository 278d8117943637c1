//! Lexer for Python, complete enough for assignments of constants, and fast at skipping everything else. Implements the
//! lexical rules (The Python Language Reference, chapter 2); must not depend on the meaning of statements.

use crate::diagnostic::Span;

use super::error::{PythonError, PythonProblem};

/// A token with its span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PythonToken {
    /// An identifier or keyword.
    Name(Span),
    /// A string literal with its prefix and quotes.
    Text(Span),
    /// A number.
    Number(Span),
    /// An operator or bracket, given by its first byte. `==` also begins with `=`, but its span has two bytes.
    Operator(u8, Span),
    /// End of a logical line.
    Newline(Span),
    /// End of the text.
    End(Span),
}

impl PythonToken {
    pub(super) const fn span(self) -> Span {
        match self {
            Self::Name(span)
            | Self::Text(span)
            | Self::Number(span)
            | Self::Operator(_, span)
            | Self::Newline(span)
            | Self::End(span) => span,
        }
    }

    /// Returns `true` if the token is the operator that consists of this single byte.
    pub(super) fn is(self, byte: u8) -> bool {
        matches!(self, Self::Operator(found, span) if found == byte && span.end == span.start + 1)
    }

    /// Returns `true` if a statement ends here.
    pub(super) fn ends_statement(self) -> bool {
        matches!(self, Self::Newline(_) | Self::End(_)) || self.is(b';')
    }
}

/// Reads tokens from a given offset.
#[derive(Debug, Clone)]
pub(super) struct PythonLexer<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    /// Number of open brackets. Within brackets a line end is white space.
    depth: usize,
}

impl<'t> PythonLexer<'t> {
    pub(super) const fn new(text: &'t str, at: usize) -> Self {
        Self { text, at, depth: 0 }
    }

    fn byte(&self, ahead: usize) -> u8 {
        // Valid Python contains no NUL byte, so 0 marks the end.
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Returns the number of open brackets.
    pub(super) const fn depth(&self) -> usize {
        self.depth
    }

    pub(super) const fn at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    /// Skips the indentation of the current line and returns its width in columns. A tab advances to the next multiple
    /// of eight.
    pub(super) fn indent(&mut self) -> usize {
        let mut columns = 0;
        loop {
            match self.byte(0) {
                b' ' => columns += 1,
                b'\t' => columns += 8 - columns % 8,
                0x0c => columns = 0,
                _ => return columns,
            }
            self.at += 1;
        }
    }

    /// Skips the current line if it is empty or a comment. Returns `true` if it did.
    pub(super) fn skip_blank_line(&mut self) -> bool {
        match self.byte(0) {
            b'#' => self.skip_comment(),
            b'\n' | b'\r' => {}
            _ => return false,
        }
        self.line_end();
        true
    }

    /// Bytes from the current position on.
    fn rest(&self) -> &[u8] {
        &self.text.as_bytes()[self.at..]
    }

    fn skip_comment(&mut self) {
        let rest = self.rest();
        self.at += rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
    }

    /// Skips one line end.
    fn line_end(&mut self) {
        match (self.byte(0), self.byte(1)) {
            (b'\r', b'\n') => self.at += 2,
            (b'\r' | b'\n', _) => self.at += 1,
            _ => {}
        }
    }

    /// Skips the rest of the logical line.
    pub(super) fn skip_line(&mut self) -> Result<(), PythonError> {
        loop {
            let rest = self.rest();
            let plain = |byte: &u8| STOPS.get(*byte as usize).copied().unwrap_or(false);
            self.at += rest.iter().position(plain).unwrap_or(rest.len());
            match self.byte(0) {
                _ if self.at_end() => return Ok(()),
                b'\'' | b'"' => self.string_body(self.at)?,
                b'(' | b'[' | b'{' => self.open(),
                b')' | b']' | b'}' => self.close(),
                b'#' => self.skip_comment(),
                b'\\' => {
                    self.at += 1;
                    self.line_end();
                }
                _ => {
                    self.line_end();
                    if self.depth == 0 {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn open(&mut self) {
        self.depth += 1;
        self.at += 1;
    }

    fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.at += 1;
    }

    /// Returns the next token without advancing.
    pub(super) fn peek(&self) -> Result<PythonToken, PythonError> {
        self.clone().next()
    }

    /// Returns the next token and advances.
    pub(super) fn next(&mut self) -> Result<PythonToken, PythonError> {
        self.white_space();
        let start = self.at;
        let span = |lexer: &Self| Span::new(start, lexer.at);
        if self.at_end() {
            return Ok(PythonToken::End(span(self)));
        }
        match self.byte(0) {
            b'\n' | b'\r' => {
                self.line_end();
                Ok(PythonToken::Newline(Span::new(start, start)))
            }
            b'\'' | b'"' => {
                self.string_body(start)?;
                Ok(PythonToken::Text(span(self)))
            }
            b'0'..=b'9' => {
                self.word();
                Ok(PythonToken::Number(span(self)))
            }
            byte if is_word(byte) => {
                self.word();
                let prefix = &self.text[start..self.at];
                if matches!(self.byte(0), b'\'' | b'"') && is_prefix(prefix) {
                    self.string_body(start)?;
                    return Ok(PythonToken::Text(span(self)));
                }
                Ok(PythonToken::Name(span(self)))
            }
            byte => {
                self.operator(byte);
                Ok(PythonToken::Operator(byte, span(self)))
            }
        }
    }

    fn operator(&mut self, byte: u8) {
        match byte {
            b'(' | b'[' | b'{' => self.open(),
            b')' | b']' | b'}' => self.close(),
            _ => {
                self.at += 1;
                // Only a single `=` assigns: `==`, `!=`, `+=` and so on are operators of their own.
                if self.byte(0) == b'=' && b"=!<>+-*/%&|^@:".contains(&byte) {
                    self.at += 1;
                }
            }
        }
    }

    fn word(&mut self) {
        while is_word(self.byte(0)) {
            self.at += 1;
        }
    }

    fn white_space(&mut self) {
        loop {
            match self.byte(0) {
                b' ' | b'\t' | 0x0c => self.at += 1,
                b'\n' | b'\r' if self.depth > 0 => self.line_end(),
                b'#' => self.skip_comment(),
                b'\\' if matches!(self.byte(1), b'\n' | b'\r') => {
                    self.at += 1;
                    self.line_end();
                }
                _ => return,
            }
        }
    }

    /// Skips the string literal whose opening quote is at the current position; `start` is the offset of its prefix.
    /// Even in a raw string, a quote after a backslash does not end it.
    fn string_body(&mut self, start: usize) -> Result<(), PythonError> {
        let quote = self.byte(0);
        let triple = self.byte(1) == quote && self.byte(2) == quote;
        self.at += if triple { 3 } else { 1 };
        loop {
            let rest = self.rest();
            let stops = |byte: &u8| *byte == quote || *byte == b'\\' || (!triple && matches!(byte, b'\n' | b'\r'));
            let Some(found) = rest.iter().position(stops) else { break };
            self.at += found;
            match self.byte(0) {
                b'\\' => {
                    // A backslash and a line end, which may be two bytes.
                    let length = if self.byte(1) == b'\r' && self.byte(2) == b'\n' { 3 } else { 2 };
                    self.at = (self.at + length).min(self.text.len());
                }
                b'\n' | b'\r' => break,
                _ if !triple => {
                    self.at += 1;
                    return Ok(());
                }
                _ if self.byte(1) == quote && self.byte(2) == quote => {
                    self.at += 3;
                    return Ok(());
                }
                _ => self.at += 1,
            }
        }
        let line = &self.text[start..];
        let end = start + line.find(['\n', '\r']).unwrap_or(line.len());
        Err(PythonError::new(PythonProblem::Syntax("the string does not end"), Span::new(start, end)))
    }
}

/// Bytes at which [`PythonLexer::skip_line`] stops.
const STOPS: [bool; 256] = {
    let mut stops = [false; 256];
    let mut index = 0;
    let marks = b"'\"()[]{}#\\\n\r";
    while index < marks.len() {
        stops[marks[index] as usize] = true;
        index += 1;
    }
    stops
};

/// Accepts any non-ASCII character: which ones are allowed in names does not matter here.
const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Returns `true` for the string prefixes of Python 2 and 3 (and the templates of 3.14), in any case.
fn is_prefix(word: &str) -> bool {
    word.len() <= 2 && word.bytes().all(|byte| b"rRuUbBfFtT".contains(&byte))
}
