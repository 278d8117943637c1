//! SQL text to tokens with byte spans, per dialect. Every byte belongs to exactly one token.
//! Knows words, quotes, comments and operators; must not know statements (that is `split`'s).
//!
//! Sources: PostgreSQL's manual, "Lexical Structure", and its scan.l; MySQL's manual, "Language Structure" and "Comments",
//! and MariaDB's "Comment Syntax"; SQLite's tokenize.c. PostgreSQL is read with `standard_conforming_strings` on, MySQL
//! without `ANSI_QUOTES` and `NO_BACKSLASH_ESCAPES`: what the servers do unless told otherwise. A text that reads differently on a
//! server with other settings is refused (`strings`).

use super::error::{SplitError, SplitProblem};
use super::{Dialect, scan};
use crate::diagnostic::Span;

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// White space, line ends included.
    Space,
    /// A comment (not MySQL's executable ones). A line comment ends before its line end.
    Comment,
    /// What opens an executable comment, with its version: `/*!50003`, `/*M!100100` (MySQL).
    ExecutableOpen,
    /// The `*/` that closes an executable comment (MySQL).
    ExecutableClose,
    /// A keyword or an identifier without quotes.
    Word,
    /// A number.
    Number,
    /// A string literal of any sort, with its prefix and quotes: `'..'`, `E'..'`, `$$..$$`, MySQL's `".."`.
    Text,
    /// An identifier in quotes.
    QuotedIdentifier,
    /// `(`.
    Open,
    /// `)`.
    Close,
    /// `;`.
    Semicolon,
    /// The delimiter that `DELIMITER` set (MySQL).
    Delimiter,
    /// A backslash outside quotes: no SQL in PostgreSQL and MySQL, but a command of their clients.
    Backslash,
    /// Anything else: operators, commas, points, parameters.
    Operator,
}

impl TokenKind {
    /// Whether it is white space or a comment.
    #[must_use]
    pub const fn is_trivia(self) -> bool {
        matches!(self, Self::Space | Self::Comment)
    }
}

/// A token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands.
    pub span: Span,
}

/// The tokens of a text. After an error there are no more.
#[derive(Debug, Clone)]
pub struct Lexer<'t> {
    text: &'t str,
    position: usize,
    dialect: Dialect,
    delimiter: Option<&'t str>,
    executable_depth: usize,
    executable_start: Span,
    /// Whether a backslash in `'..'` (and MySQL's `".."`) takes the next character with it.
    has_escapes: bool,
}

/// What kind of token begins, and where it ends.
type Found = Result<(TokenKind, usize), SplitError>;

impl<'t> Lexer<'t> {
    /// The tokens of `text`.
    #[must_use]
    pub const fn new(text: &'t str, dialect: Dialect) -> Self {
        Self::with_escapes(text, dialect, matches!(dialect, Dialect::Mysql))
    }

    /// The tokens of `text` for a server that reads backslashes in strings as `has_escapes` says.
    pub(super) const fn with_escapes(text: &'t str, dialect: Dialect, has_escapes: bool) -> Self {
        let executable_start = Span::new(0, 0);
        Self { text, position: 0, dialect, delimiter: None, executable_depth: 0, executable_start, has_escapes }
    }

    /// From here on `delimiter` ends statements (MySQL's `DELIMITER`); none for `;`.
    pub(super) const fn set_delimiter(&mut self, delimiter: Option<&'t str>) {
        self.delimiter = delimiter;
    }

    /// Whether another delimiter than `;` is set.
    pub(super) const fn has_delimiter(&self) -> bool {
        self.delimiter.is_some()
    }

    /// Whether the last token was inside an executable comment.
    pub(super) const fn in_executable_comment(&self) -> bool {
        self.executable_depth > 0
    }

    /// Goes on at the byte `position`, which must be a character's boundary outside quotes.
    pub(super) fn resume_at(&mut self, position: usize) {
        self.position = position.min(self.text.len());
    }

    fn at(&self, position: usize) -> Option<u8> {
        self.text.as_bytes().get(position).copied()
    }

    fn starts_with(&self, prefix: &str) -> bool {
        self.text.as_bytes().get(self.position..).is_some_and(|rest| rest.starts_with(prefix.as_bytes()))
    }

    fn find(&mut self, byte: u8) -> Found {
        if self.delimiter.is_some_and(|delimiter| self.starts_with(delimiter)) {
            let length = self.delimiter.map_or(0, str::len);
            return Ok((TokenKind::Delimiter, self.position + length));
        }
        let (bytes, start) = (self.text.as_bytes(), self.position);
        let one = |kind| Ok((kind, start + 1));
        match byte {
            _ if scan::is_space(byte) => Ok((TokenKind::Space, scan::space_end(bytes, start))),
            0xef if start == 0 && self.starts_with("\u{feff}") => Ok((TokenKind::Space, '\u{feff}'.len_utf8())),
            _ if scan::is_word_start(byte, self.dialect) => self.word(),
            b'0'..=b'9' => Ok((TokenKind::Number, self.cut_at_delimiter(scan::number_end(bytes, start, self.dialect)))),
            b'(' => one(TokenKind::Open),
            b')' => one(TokenKind::Close),
            b';' => one(TokenKind::Semicolon),
            b'\'' | b'"' | b'`' | b'[' => self.quoted(byte),
            b'-' | b'#' if self.line_comment(byte) => {
                Ok((TokenKind::Comment, scan::line_end(bytes, start, self.dialect)))
            }
            b'/' if self.at(start + 1) == Some(b'*') => self.block_comment(),
            b'*' if self.executable_depth > 0 && self.at(start + 1) == Some(b'/') => {
                self.executable_depth -= 1;
                Ok((TokenKind::ExecutableClose, start + 2))
            }
            b'$' if self.dialect == Dialect::Postgres => self.dollar(),
            b'\\' if self.dialect == Dialect::Postgres => one(TokenKind::Backslash),
            b'\\' if self.dialect == Dialect::Mysql && self.at(start + 1) != Some(b'N') => one(TokenKind::Backslash),
            _ => Ok((TokenKind::Operator, self.cut_at_delimiter(scan::operator_end(bytes, start, self.dialect)))),
        }
    }

    /// The client looks for the delimiter at every byte outside quotes and comments: `END//` and `END$$` end there.
    fn cut_at_delimiter(&self, end: usize) -> usize {
        let Some(delimiter) = self.delimiter else { return end };
        let bytes = self.text.as_bytes();
        let starts = |at: &usize| bytes.get(*at..).is_some_and(|rest| rest.starts_with(delimiter.as_bytes()));
        (self.position + 1..end).find(starts).unwrap_or(end)
    }

    /// A word, or a literal whose prefix looks like one: `E'..'`, `N'..'`, `U&'..'`.
    fn word(&self) -> Found {
        let (bytes, start) = (self.text.as_bytes(), self.position);
        let end = match self.delimiter {
            None => scan::word_end(bytes, start),
            Some(delimiter) => self.word_before(delimiter),
        };
        let prefix = bytes.get(start).map(u8::to_ascii_lowercase);
        match (prefix, self.at(end)) {
            _ if end != start + 1 => Ok((TokenKind::Word, end)),
            (Some(b'e'), Some(b'\'')) if self.dialect == Dialect::Postgres => {
                self.closed(scan::escape_string_end(bytes, end + 1), TokenKind::Text, end + 1)
            }
            (Some(b'b' | b'n' | b'x'), Some(b'\'')) => self.single_quoted(end),
            (Some(b'u'), Some(b'&')) if self.dialect == Dialect::Postgres => self.unicode(end + 1),
            _ => Ok((TokenKind::Word, end)),
        }
    }

    /// As [`scan::word_end`], stopping at the delimiter: looking at every byte once keeps `x$$x$$x` linear.
    fn word_before(&self, delimiter: &str) -> usize {
        let rest = self.text.as_bytes().get(self.position..).unwrap_or_default();
        let ends = |at: &usize| {
            let here = rest.get(*at..).unwrap_or_default();
            !here.first().is_some_and(|byte| scan::is_word_part(*byte)) || here.starts_with(delimiter.as_bytes())
        };
        self.position + (1..rest.len()).find(ends).unwrap_or(rest.len())
    }

    /// `U&'..'` or `U&".."` with its quote at `quote`; else the word `U`.
    fn unicode(&self, quote: usize) -> Found {
        match self.at(quote) {
            Some(b'\'') => self.single_quoted(quote),
            Some(b'"') => {
                let end = scan::doubled_quote_end(self.text, quote + 1, '"');
                self.closed(end, TokenKind::QuotedIdentifier, quote + 1)
            }
            _ => Ok((TokenKind::Word, self.position + 1)),
        }
    }

    /// A string whose opening single quote is at `quote`.
    fn single_quoted(&self, quote: usize) -> Found {
        let end = match self.has_escapes {
            true => scan::escaped_quote_end(self.text.as_bytes(), quote + 1, b'\''),
            false => scan::doubled_quote_end(self.text, quote + 1, '\''),
        };
        self.closed(end, TokenKind::Text, quote + 1)
    }

    /// Whatever the quote `byte` opens in this dialect; an operator where it opens nothing.
    fn quoted(&self, byte: u8) -> Found {
        let content = self.position + 1;
        let identifier = |end| self.closed(end, TokenKind::QuotedIdentifier, content);
        match (byte, self.dialect) {
            (b'\'', _) => self.single_quoted(self.position),
            (b'"', Dialect::Mysql) => {
                let end = match self.has_escapes {
                    true => scan::escaped_quote_end(self.text.as_bytes(), content, b'"'),
                    false => scan::doubled_quote_end(self.text, content, '"'),
                };
                self.closed(end, TokenKind::Text, content)
            }
            (b'"', _) => identifier(scan::doubled_quote_end(self.text, content, '"')),
            (b'`', Dialect::Mysql | Dialect::Sqlite) => identifier(scan::doubled_quote_end(self.text, content, '`')),
            (b'[', Dialect::Sqlite) => {
                let length = self.text.get(content..).and_then(|rest| rest.find(']'));
                identifier(length.map(|length| content + length + 1))
            }
            _ => Ok((TokenKind::Operator, scan::operator_end(self.text.as_bytes(), self.position, self.dialect))),
        }
    }

    /// The token that ends at `end`, or the error that it is open from here to `opened`.
    fn closed(&self, end: Option<usize>, kind: TokenKind, opened: usize) -> Found {
        let problem = || match kind {
            TokenKind::QuotedIdentifier => SplitProblem::UnterminatedIdentifier,
            _ => SplitProblem::UnterminatedString,
        };
        end.map(|end| (kind, end)).ok_or_else(|| SplitError::new(self.position, opened, problem()))
    }

    /// Whether a line comment begins here. MySQL's `--` needs white space, a control character or the end after it.
    fn line_comment(&self, byte: u8) -> bool {
        let next = self.at(self.position + 1);
        match (byte, self.dialect) {
            (b'#', Dialect::Mysql) => true,
            (b'-', Dialect::Mysql) => {
                let after = self.at(self.position + 2);
                next == Some(b'-') && after.is_none_or(|byte| byte == b' ' || byte.is_ascii_control())
            }
            (b'-', _) => next == Some(b'-'),
            _ => false,
        }
    }

    fn block_comment(&mut self) -> Found {
        let content = self.position + 2;
        if self.dialect == Dialect::Mysql
            && let Some(code) = self.executable_comment()
        {
            self.executable_depth += 1;
            self.executable_start = Span::new(self.position, code);
            return Ok((TokenKind::ExecutableOpen, code));
        }
        match scan::block_comment_end(self.text, content, self.dialect == Dialect::Postgres) {
            Some(end) => Ok((TokenKind::Comment, end)),
            // SQLite's own tokenizer lets the end of the text close it.
            None if self.dialect == Dialect::Sqlite => Ok((TokenKind::Comment, self.text.len())),
            None => Err(SplitError::new(self.position, content, SplitProblem::UnterminatedComment)),
        }
    }

    /// Where the code of an executable comment begins, if the block comment here is one. The line that newer dumps
    /// begin with, `/*M!999999\- enable the sandbox mode */`, is a comment to the server and a command to the client.
    fn executable_comment(&self) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let rest = bytes.get(self.position..)?;
        let length = [&b"/*!"[..], b"/*M!"].iter().find(|open| rest.starts_with(open))?.len();
        let version = self.position + length;
        let digits = scan::digits_end(bytes, version);
        let code = digits.min(version + 6);
        (!bytes.get(code..)?.starts_with(b"\\-")).then_some(code)
    }

    fn dollar(&self) -> Found {
        let (bytes, start) = (self.text.as_bytes(), self.position);
        let Some(content) = scan::dollar_tag_end(bytes, start) else {
            return Ok((TokenKind::Operator, scan::digits_end(bytes, start + 1)));
        };
        let tag = self.text.get(start..content).unwrap_or_default();
        match self.text.get(content..).and_then(|rest| rest.find(tag)) {
            Some(length) => Ok((TokenKind::Text, content + length + tag.len())),
            None => {
                let problem = SplitProblem::UnterminatedDollarQuote { tag: tag.to_owned() };
                Err(SplitError::new(start, content, problem))
            }
        }
    }

    /// At the end of the text nothing may be open.
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
