//! Splits a SQL text into statements. Handles terminators, delimiters, COPY data and client commands. Semicolons that do
//! not end a statement, and the commands of clients, are recognized by the dialect; tokens come from the lexer.

use super::error::{SplitError, SplitProblem};
use super::lexer::{Lexer, Token, TokenKind};
use super::{Dialect, Piece, StatementKind, classify};
use crate::diagnostic::Span;

/// Splits `text` into pieces with adjacent `span`s that cover it byte for byte, in linear time.
///
/// The terminator of the last statement is optional, and COPY data may end with the text, as psql allows.
///
/// # Errors
/// [`SplitError`] if a quote, a comment or a dollar quote is not closed, or the text contains a command of a client
/// program (`\connect`, `.mode`, `source`).
pub fn split(text: &str, dialect: Dialect) -> Result<Vec<Piece>, SplitError> {
    let mut splitter = StatementSplitter::new(text, dialect);
    while let Some(token) = splitter.lexer.next() {
        splitter.token(token?)?;
    }
    if splitter.start < text.len() {
        splitter.finish(text.len())?;
    }
    Ok(splitter.pieces)
}

/// State of the statement that is being read, which determines if a semicolon ends it.
pub trait StatementBody<'t> {
    /// Updates the state with a token of the statement that is neither white space nor a comment.
    fn accept(&mut self, kind: TokenKind, text: &'t str);

    /// Returns `true` if a semicolon at this point ends the statement; `has_delimiter` is set if there is a custom
    /// delimiter.
    fn ends_at_semicolon(&self, has_delimiter: bool) -> bool;

    /// Returns `true` if data lines up to `\.` follow the statement in the text.
    fn copies_from_stdin(&self) -> bool {
        false
    }

    /// Returns to the state before the first token.
    fn reset(&mut self);
}

/// State of a statement in a dialect whose statements contain no semicolons.
#[derive(Debug)]
pub struct PlainBody;

impl<'t> StatementBody<'t> for PlainBody {
    fn accept(&mut self, _kind: TokenKind, _text: &'t str) {}

    fn ends_at_semicolon(&self, _has_delimiter: bool) -> bool {
        true
    }

    fn reset(&mut self) {}
}

/// Command of a client program in a SQL text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClientCommand<'t> {
    /// Affects nothing but the client: its line is skipped.
    Skipped,
    /// Sets the delimiter that ends statements from the next line on; `None` for `;`.
    Delimiter(Option<&'t str>),
    /// Is not supported. The error covers the first `length` bytes of the command.
    Refused {
        /// Length of the command in bytes.
        length: usize,
        /// Error to report.
        problem: SplitProblem,
    },
}

struct StatementSplitter<'t> {
    text: &'t str,
    dialect: Dialect,
    lexer: Lexer<'t>,
    body: Box<dyn StatementBody<'t> + 't>,
    pieces: Vec<Piece>,
    /// Start of the current piece.
    start: usize,
    /// Statement so far, from its first token to its last.
    sql: Option<Span>,
    /// `true` if the statement contains more than empty executable comments.
    has_code: bool,
}

impl<'t> StatementSplitter<'t> {
    fn new(text: &'t str, dialect: Dialect) -> Self {
        Self {
            text,
            dialect,
            lexer: Lexer::new(text, dialect),
            body: dialect.rules().statement_body(),
            pieces: Vec::new(),
            start: 0,
            sql: None,
            has_code: false,
        }
    }

    fn token(&mut self, token: Token) -> Result<(), SplitError> {
        match token.kind {
            TokenKind::Space | TokenKind::Comment => Ok(()),
            TokenKind::ExecutableOpen | TokenKind::ExecutableClose => {
                self.extend(token.span);
                Ok(())
            }
            // Inside an executable comment, the delimiter is ordinary code and is handled by the last arm.
            TokenKind::Delimiter if !self.lexer.in_executable_comment() => self.finish(token.span.end),
            TokenKind::Semicolon => self.semicolon(token),
            kind if (kind == TokenKind::Backslash || !self.has_code) && self.client_command(token)? => Ok(()),
            _ => {
                self.extend(token.span);
                self.has_code = true;
                self.body.accept(token.kind, token.span.slice(self.text));
                Ok(())
            }
        }
    }

    fn extend(&mut self, span: Span) {
        let start = self.sql.map_or(span.start, |sql| sql.start);
        self.sql = Some(Span::new(start, span.end));
    }

    fn semicolon(&mut self, token: Token) -> Result<(), SplitError> {
        let delimited = self.lexer.has_delimiter();
        if !self.lexer.in_executable_comment() && self.body.ends_at_semicolon(delimited) {
            return self.finish(token.span.end);
        }
        // With a custom delimiter, a trailing semicolon is not part of the statement; an inner one is covered when the
        // span is extended to the tokens after it.
        if !delimited {
            self.extend(token.span);
        }
        self.body.accept(token.kind, token.span.slice(self.text));
        Ok(())
    }

    /// Ends the current piece at byte `end`, after its terminator.
    fn finish(&mut self, end: usize) -> Result<(), SplitError> {
        let sql = self.sql.filter(|_| self.has_code);
        match sql {
            Some(sql) if self.body.copies_from_stdin() => return self.copy(sql, end),
            Some(sql) => self.push(end, sql, classify::kind(sql.slice(self.text), self.dialect)),
            None => self.push(end, Span::new(end, end), StatementKind::Nothing),
        }
        Ok(())
    }

    fn push(&mut self, end: usize, sql: Span, kind: StatementKind) {
        self.pieces.push(Piece { span: Span::new(self.start, end), sql, kind });
        self.start = end;
        self.sql = None;
        self.has_code = false;
        self.body.reset();
    }

    /// Ends a piece without a statement at the end of the line that contains `position`.
    fn finish_line(&mut self, position: usize) {
        let end = self.after_line(position);
        self.lexer.resume_at(end);
        self.push(end, Span::new(end, end), StatementKind::Nothing);
    }

    /// Start of the line after the one that contains `position`.
    fn after_line(&self, position: usize) -> usize {
        let rest = &self.text[position..];
        rest.find('\n').map_or(self.text.len(), |length| position + length + 1)
    }

    /// Handles `COPY ... FROM stdin`, which ends at `terminated`. The data start on the next line and end before a line
    /// that consists of `\.`.
    fn copy(&mut self, sql: Span, terminated: usize) -> Result<(), SplitError> {
        let start = self.after_line(terminated);
        let line = &self.text[terminated..start];
        if !is_blank_or_comment(line, self.dialect) {
            let blank = line.len() - line.trim_start().len();
            let end = terminated + line.trim_end().len();
            return Err(SplitError::new(terminated + blank, end, SplitProblem::TextBeforeCopyData));
        }
        let mut line_start = start;
        let mut end = start;
        while line_start < self.text.len() {
            end = self.after_line(line_start);
            let line = &self.text[line_start..end];
            if matches!(line, "\\.\n" | "\\.\r\n" | "\\." | "\\.\r") {
                break;
            }
            line_start = end;
        }
        self.lexer.resume_at(end);
        self.push(end, sql, StatementKind::CopyFromStdin { data: Span::new(start, line_start) });
        Ok(())
    }

    /// Handles a client command at the start of a statement or at a backslash. Returns `false` for any other token, and an
    /// error for a command that is not supported.
    fn client_command(&mut self, token: Token) -> Result<bool, SplitError> {
        let after = &self.text[token.span.end..];
        let word = token.span.slice(self.text);
        match self.dialect.rules().client_command(token.kind, word, after, self.sql.is_none()) {
            None => return Ok(false),
            Some(ClientCommand::Skipped) => {}
            Some(ClientCommand::Delimiter(delimiter)) => self.lexer.set_delimiter(delimiter),
            Some(ClientCommand::Refused { length, problem }) => {
                let start = token.span.start;
                return Err(SplitError::new(start, start + length, problem));
            }
        }
        self.finish_line(token.span.end);
        Ok(true)
    }
}

/// Returns `true` if (the rest of) a line contains nothing but white space and comments.
#[must_use]
pub fn is_blank_or_comment(line: &str, dialect: Dialect) -> bool {
    Lexer::new(line, dialect).all(|token| token.is_ok_and(|token| token.kind.is_trivia()))
}
