//! Lexer: splits SQL text into tokens with byte spans, according to the lexical rules of the dialect ([`Lexis`]). Every
//! byte belongs to exactly one token. Statements are out of scope (see `split`).
//!
//! The servers' default settings are assumed. A text whose strings end differently under other settings is rejected (see
//! `strings`).

use super::error::{SplitError, SplitProblem};
use super::{Dialect, Lexis, scan};
use crate::diagnostic::Span;

/// Kind of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// White space, line terminators included.
    Space,
    /// Comment, except MySQL's executable ones. A line comment does not include its line terminator.
    Comment,
    /// Start of an executable comment with its version number: `/*!50003`, `/*M!100100` (MySQL).
    ExecutableOpen,
    /// `*/` that closes an executable comment (MySQL).
    ExecutableClose,
    /// Keyword or unquoted identifier.
    Word,
    /// Numeric literal.
    Number,
    /// String literal of any form, with its prefix and quotes: `'..'`, `E'..'`, `$$..$$`, MySQL's `".."`.
    Text,
    /// Quoted identifier.
    QuotedIdentifier,
    /// `(`.
    Open,
    /// `)`.
    Close,
    /// `;`.
    Semicolon,
    /// Delimiter set by `DELIMITER` (MySQL).
    Delimiter,
    /// Backslash outside quotes: a command of the psql or mysql client, not SQL.
    Backslash,
    /// Everything else: operators, commas, dots, parameters.
    Operator,
}

impl TokenKind {
    /// Returns `true` for white space and comments.
    #[must_use]
    pub const fn is_trivia(self) -> bool {
        matches!(self, Self::Space | Self::Comment)
    }
}

/// Token with its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Kind of the token.
    pub kind: TokenKind,
    /// Position in the text.
    pub span: Span,
}

/// Iterator over the tokens of a text. It ends after the first error.
#[derive(Debug, Clone)]
pub struct Lexer<'t> {
    text: &'t str,
    position: usize,
    lexis: &'static Lexis,
    delimiter: Option<&'t str>,
    executable_depth: usize,
    executable_start: Span,
    /// `true` if a backslash in `'..'` (and in a string `".."`) escapes the next character.
    has_escapes: bool,
}

/// Kind of the token that starts at the current position, and its end.
type TokenMatch = Result<(TokenKind, usize), SplitError>;

impl<'t> Lexer<'t> {
    /// Creates a lexer for a server with default settings.
    #[must_use]
    pub fn new(text: &'t str, dialect: Dialect) -> Self {
        let lexis = dialect.rules().lexis();
        Self::with_escapes(text, lexis, lexis.has_backslash_escapes)
    }

    /// Creates a lexer for a server whose strings have backslash escapes or not, independently of the dialect's
    /// default.
    pub(super) const fn with_escapes(text: &'t str, lexis: &'static Lexis, has_escapes: bool) -> Self {
        let executable_start = Span::new(0, 0);
        Self { text, position: 0, lexis, delimiter: None, executable_depth: 0, executable_start, has_escapes }
    }

    /// Sets the delimiter that ends statements from here on (MySQL's `DELIMITER`); `None` for `;`.
    pub(super) const fn set_delimiter(&mut self, delimiter: Option<&'t str>) {
        self.delimiter = delimiter;
    }

    /// Returns `true` if a delimiter other than `;` is set.
    pub(super) const fn has_delimiter(&self) -> bool {
        self.delimiter.is_some()
    }

    /// Returns `true` if the last token was inside an executable comment.
    pub(super) const fn in_executable_comment(&self) -> bool {
        self.executable_depth > 0
    }

    /// Continues at byte `position`, which must be a character boundary outside quotes.
    pub(super) fn resume_at(&mut self, position: usize) {
        self.position = position.min(self.text.len());
    }

    fn at(&self, position: usize) -> Option<u8> {
        self.text.as_bytes().get(position).copied()
    }

    fn starts_with(&self, prefix: &str) -> bool {
        self.text.as_bytes().get(self.position..).is_some_and(|rest| rest.starts_with(prefix.as_bytes()))
    }

    fn find(&mut self, byte: u8) -> TokenMatch {
        // A custom delimiter takes precedence over every other token, even if it consists of letters.
        if self.delimiter.is_some_and(|delimiter| self.starts_with(delimiter)) {
            let length = self.delimiter.map_or(0, str::len);
            return Ok((TokenKind::Delimiter, self.position + length));
        }
        let (bytes, start) = (self.text.as_bytes(), self.position);
        let one = |kind| Ok((kind, start + 1));
        match byte {
            _ if scan::is_space(byte) => Ok((TokenKind::Space, scan::space_end(bytes, start))),
            // A byte order mark counts as white space, but only at the start of the text.
            0xef if start == 0 && self.starts_with("\u{feff}") => Ok((TokenKind::Space, '\u{feff}'.len_utf8())),
            _ if scan::is_word_start(byte, self.lexis) => self.word(),
            b'0'..=b'9' => Ok((TokenKind::Number, self.cut_at_delimiter(scan::number_end(bytes, start, self.lexis)))),
            b'(' => one(TokenKind::Open),
            b')' => one(TokenKind::Close),
            b';' => one(TokenKind::Semicolon),
            b'\'' | b'"' | b'`' | b'[' => self.quoted(byte),
            b'-' | b'#' if self.line_comment(byte) => {
                Ok((TokenKind::Comment, scan::line_end(bytes, start, self.lexis)))
            }
            b'/' if self.at(start + 1) == Some(b'*') => self.block_comment(),
            b'*' if self.executable_depth > 0 && self.at(start + 1) == Some(b'/') => {
                self.executable_depth -= 1;
                Ok((TokenKind::ExecutableClose, start + 2))
            }
            b'$' if self.lexis.has_dollar_quotes => self.dollar(),
            b'\\' if (self.lexis.is_command_backslash)(self.at(start + 1)) => one(TokenKind::Backslash),
            _ => Ok((TokenKind::Operator, self.cut_at_delimiter(scan::operator_end(bytes, start, self.lexis)))),
        }
    }

    /// Cuts the token at the delimiter. The mysql client checks for the delimiter at every byte outside quotes and
    /// comments, so `END//` and `END$$` end before it.
    fn cut_at_delimiter(&self, end: usize) -> usize {
        let Some(delimiter) = self.delimiter else { return end };
        let bytes = self.text.as_bytes();
        let starts = |at: &usize| bytes.get(*at..).is_some_and(|rest| rest.starts_with(delimiter.as_bytes()));
        (self.position + 1..end).find(starts).unwrap_or(end)
    }

    /// Scans a word, or a literal whose prefix looks like one: `E'..'`, `N'..'`, `U&'..'`.
    fn word(&self) -> TokenMatch {
        let (bytes, start) = (self.text.as_bytes(), self.position);
        let end = match self.delimiter {
            None => scan::word_end(bytes, start),
            Some(delimiter) => self.word_before(delimiter),
        };
        let prefix = bytes.get(start).map(u8::to_ascii_lowercase);
        match (prefix, self.at(end)) {
            _ if end != start + 1 => Ok((TokenKind::Word, end)),
            (Some(b'e'), Some(b'\'')) if self.lexis.has_escape_strings => {
                self.closed(scan::escape_string_end(bytes, end + 1, self.lexis), TokenKind::Text, end + 1)
            }
            (Some(b'b' | b'n' | b'x'), Some(b'\'')) => self.single_quoted(end),
            (Some(b'u'), Some(b'&')) if self.lexis.has_unicode_literals => self.unicode(end + 1),
            _ => Ok((TokenKind::Word, end)),
        }
    }

    /// Like [`scan::word_end`], but stops at the delimiter. Checking each byte once keeps `x$$x$$x` linear.
    fn word_before(&self, delimiter: &str) -> usize {
        let rest = &self.text.as_bytes()[self.position..];
        let ends = |at: &usize| {
            let here = &rest[*at..];
            !here.first().is_some_and(|byte| scan::is_word_part(*byte)) || here.starts_with(delimiter.as_bytes())
        };
        self.position + (1..rest.len()).find(ends).unwrap_or(rest.len())
    }

    /// Scans `U&'..'` or `U&".."` with its quote at `quote`; otherwise the word `U`.
    fn unicode(&self, quote: usize) -> TokenMatch {
        match self.at(quote) {
            Some(b'\'') => self.single_quoted(quote),
            Some(b'"') => {
                let end = scan::doubled_quote_end(self.text, quote + 1, '"');
                self.closed(end, TokenKind::QuotedIdentifier, quote + 1)
            }
            _ => Ok((TokenKind::Word, self.position + 1)),
        }
    }

    /// Scans a string whose opening single quote is at `quote`.
    fn single_quoted(&self, quote: usize) -> TokenMatch {
        let end = match self.has_escapes {
            true => scan::escaped_quote_end(self.text.as_bytes(), quote + 1, b'\''),
            false => scan::doubled_quote_end(self.text, quote + 1, '\''),
        };
        self.closed(end, TokenKind::Text, quote + 1)
    }

    /// Scans the literal or identifier that `byte` opens in this dialect; an operator if it opens none.
    fn quoted(&self, byte: u8) -> TokenMatch {
        let content = self.position + 1;
        let identifier = |end| self.closed(end, TokenKind::QuotedIdentifier, content);
        match byte {
            b'\'' => self.single_quoted(self.position),
            b'"' if self.lexis.has_double_quoted_strings => {
                let end = match self.has_escapes {
                    true => scan::escaped_quote_end(self.text.as_bytes(), content, b'"'),
                    false => scan::doubled_quote_end(self.text, content, '"'),
                };
                self.closed(end, TokenKind::Text, content)
            }
            b'"' => identifier(scan::doubled_quote_end(self.text, content, '"')),
            b'`' if self.lexis.has_backtick_identifiers => identifier(scan::doubled_quote_end(self.text, content, '`')),
            b'[' if self.lexis.has_bracket_identifiers => {
                let length = self.text.get(content..).and_then(|rest| rest.find(']'));
                identifier(length.map(|length| content + length + 1))
            }
            _ => Ok((TokenKind::Operator, scan::operator_end(self.text.as_bytes(), self.position, self.lexis))),
        }
    }

    /// Returns the token that ends at `end`. Without an end, returns an error whose span covers the opening up to
    /// `opened`.
    fn closed(&self, end: Option<usize>, kind: TokenKind, opened: usize) -> TokenMatch {
        let problem = || match kind {
            TokenKind::QuotedIdentifier => SplitProblem::UnterminatedIdentifier,
            _ => SplitProblem::UnterminatedString,
        };
        end.map(|end| (kind, end)).ok_or_else(|| SplitError::new(self.position, opened, problem()))
    }

    /// Returns `true` if a line comment starts with `byte`, which is `-` or `#`.
    fn line_comment(&self, byte: u8) -> bool {
        if byte == b'#' {
            return self.lexis.has_hash_comments;
        }
        let is_spaced = || self.at(self.position + 2).is_none_or(|after| after == b' ' || after.is_ascii_control());
        self.at(self.position + 1) == Some(b'-') && (!self.lexis.needs_space_after_dashes || is_spaced())
    }

    fn block_comment(&mut self) -> TokenMatch {
        let content = self.position + 2;
        if self.lexis.has_executable_comments
            && let Some(code) = self.executable_comment()
        {
            self.executable_depth += 1;
            self.executable_start = Span::new(self.position, code);
            return Ok((TokenKind::ExecutableOpen, code));
        }
        match scan::block_comment_end(self.text, content, self.lexis.has_nested_comments) {
            Some(end) => Ok((TokenKind::Comment, end)),
            None if self.lexis.closes_comment_at_end => Ok((TokenKind::Comment, self.text.len())),
            None => Err(SplitError::new(self.position, content, SplitProblem::UnterminatedComment)),
        }
    }

    /// Returns the start of the code if the block comment here is an executable one. The first line of recent dumps,
    /// `/*M!999999\- enable the sandbox mode */`, is excluded: it is a comment to the server and a command to the
    /// client.
    fn executable_comment(&self) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let rest = bytes.get(self.position..)?;
        let length = [&b"/*!"[..], b"/*M!"].iter().find(|open| rest.starts_with(open))?.len();
        let version = self.position + length;
        let digits = scan::digits_end(bytes, version);
        let code = digits.min(version + 6);
        (!bytes.get(code..)?.starts_with(b"\\-")).then_some(code)
    }

    fn dollar(&self) -> TokenMatch {
        let (bytes, start) = (self.text.as_bytes(), self.position);
        let Some(content) = scan::dollar_tag_end(bytes, start) else {
            return Ok((TokenKind::Operator, scan::digits_end(bytes, start + 1)));
        };
        let tag = &self.text[start..content];
        match self.text.get(content..).and_then(|rest| rest.find(tag)) {
            Some(length) => Ok((TokenKind::Text, content + length + tag.len())),
            None => {
                let problem = SplitProblem::UnterminatedDollarQuote { tag: tag.to_owned() };
                Err(SplitError::new(start, content, problem))
            }
        }
    }

    /// Ends the iteration, with an error if an executable comment is still open.
    fn finish(&mut self) -> Option<Result<Token, SplitError>> {
        if self.executable_depth == 0 {
            return None;
        }
        self.executable_depth = 0;
        Some(Err(SplitError { span: self.executable_start, problem: SplitProblem::UnterminatedComment }))
    }
}

impl Iterator for Lexer<'_> {
    type Item = Result<Token, SplitError>;

    fn next(&mut self) -> Option<Self::Item> {
        let Some(byte) = self.at(self.position) else { return self.finish() };
        let start = self.position;
        match self.find(byte) {
            Ok((kind, end)) => {
                self.position = end;
                Some(Ok(Token { kind, span: Span::new(start, end) }))
            }
            Err(error) => {
                self.position = self.text.len();
                self.executable_depth = 0;
                Some(Err(error))
            }
        }
    }
}
