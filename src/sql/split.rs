//! Splits a SQL text into statements. Handles terminators, `DELIMITER`, COPY data and client commands. Semicolons that
//! do not end a statement are recognized per dialect (`postgres`, `mysql`, `sqlite`); tokens come from the lexer.

use super::error::{SplitError, SplitProblem};
use super::lexer::{Lexer, Token, TokenKind};
use super::{Dialect, Piece, StatementKind, classify, mysql, postgres, scan, sqlite};
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

/// State of the statement that is being read, per dialect.
enum StatementBody<'t> {
    Postgres(postgres::PostgresBody<'t>),
    Mysql(mysql::MysqlBody<'t>),
    Sqlite(sqlite::SqliteBody<'t>),
}

impl<'t> StatementBody<'t> {
    fn new(dialect: Dialect) -> Self {
        match dialect {
            Dialect::Postgres => Self::Postgres(postgres::PostgresBody::default()),
            Dialect::Mysql => Self::Mysql(mysql::MysqlBody::default()),
            Dialect::Sqlite => Self::Sqlite(sqlite::SqliteBody::default()),
        }
    }

    /// Updates the state with a token of the statement that is neither white space nor a comment.
    fn see(&mut self, kind: TokenKind, text: &'t str) {
        match self {
            Self::Postgres(body) => body.see(kind, text),
            Self::Mysql(body) => body.see(kind, text),
            Self::Sqlite(body) => body.see(kind, text),
        }
    }

    /// Returns `true` if a semicolon at this point ends the statement; `delimited` is set if there is a custom
    /// delimiter.
    fn ends_at_semicolon(&self, delimited: bool) -> bool {
        match self {
            Self::Postgres(body) => body.ends_at_semicolon(),
            Self::Mysql(body) => body.ends_at_semicolon(delimited),
            Self::Sqlite(body) => body.ends_at_semicolon(),
        }
    }

    fn copies_from_stdin(&self) -> bool {
        matches!(self, Self::Postgres(body) if body.copies_from_stdin())
    }
}

struct StatementSplitter<'t> {
    text: &'t str,
    dialect: Dialect,
    lexer: Lexer<'t>,
    body: StatementBody<'t>,
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
            body: StatementBody::new(dialect),
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
            TokenKind::Backslash => self.backslash(token.span),
            _ if !self.has_code && self.client_command(token)? => Ok(()),
            _ => {
                self.extend(token.span);
                self.has_code = true;
                self.body.see(token.kind, token.span.of(self.text));
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
        self.body.see(token.kind, token.span.of(self.text));
        Ok(())
    }

    /// Ends the current piece at byte `end`, after its terminator.
    fn finish(&mut self, end: usize) -> Result<(), SplitError> {
        let sql = self.sql.filter(|_| self.has_code);
        match sql {
            Some(sql) if self.body.copies_from_stdin() => return self.copy(sql, end),
            Some(sql) => self.push(end, sql, classify::kind(sql.of(self.text), self.dialect)),
            None => self.push(end, Span::new(end, end), StatementKind::Nothing),
        }
        Ok(())
    }

    fn push(&mut self, end: usize, sql: Span, kind: StatementKind) {
        self.pieces.push(Piece { span: Span::new(self.start, end), sql, kind });
        self.start = end;
        self.sql = None;
        self.has_code = false;
        self.body = StatementBody::new(self.dialect);
    }

    /// Ends a piece without a statement at the end of the line that contains `position`.
    fn finish_line(&mut self, position: usize) {
        let end = self.after_line(position);
        self.lexer.resume_at(end);
        self.push(end, Span::new(end, end), StatementKind::Nothing);
    }

    /// Start of the line after the one that contains `position`.
    fn after_line(&self, position: usize) -> usize {
        let rest = self.text.get(position..).unwrap_or_default();
        rest.find('\n').map_or(self.text.len(), |length| position + length + 1)
    }

    /// Handles `COPY ... FROM stdin`, which ends at `terminated`. The data start on the next line and end before a line
    /// that consists of `\.`.
    fn copy(&mut self, sql: Span, terminated: usize) -> Result<(), SplitError> {
        let start = self.after_line(terminated);
        let line = self.text.get(terminated..start).unwrap_or_default();
        if !is_blank_or_comment(line, self.dialect) {
            let blank = line.len() - line.trim_start().len();
            let end = terminated + line.trim_end().len();
            return Err(SplitError::new(terminated + blank, end, SplitProblem::TextBeforeCopyData));
        }
        let mut line_start = start;
        let mut end = start;
        while line_start < self.text.len() {
            end = self.after_line(line_start);
            let line = self.text.get(line_start..end).unwrap_or_default();
            if matches!(line, "\\.\n" | "\\.\r\n" | "\\." | "\\.\r") {
                break;
            }
            line_start = end;
        }
        self.lexer.resume_at(end);
        self.push(end, sql, StatementKind::CopyFromStdin { data: Span::new(start, line_start) });
        Ok(())
    }

    /// Handles a backslash outside quotes, which is a command of psql or of the mysql client. `\restrict` and
    /// `\unrestrict`, which pg_dump adds to its dumps since August 2025 (CVE-2025-8714), are skipped: all they do is to
    /// keep psql from executing other commands.
    fn backslash(&mut self, span: Span) -> Result<(), SplitError> {
        let bytes = self.text.as_bytes();
        let word = scan::word_end(bytes, span.end);
        let next = self.text.get(span.end..).and_then(|rest| rest.chars().next());
        let end = match next {
            _ if word > span.end && self.dialect == Dialect::Postgres => word,
            Some(character) if !character.is_whitespace() => span.end + character.len_utf8(),
            _ => span.end,
        };
        let name = self.text.get(span.start..end).unwrap_or_default().to_owned();
        if self.sql.is_none() && matches!(name.as_str(), "\\restrict" | "\\unrestrict") {
            self.finish_line(end);
            return Ok(());
        }
        let problem = match self.dialect {
            Dialect::Mysql => SplitProblem::MysqlCommand { name },
            Dialect::Postgres | Dialect::Sqlite => SplitProblem::PsqlCommand { name },
        };
        Err(SplitError::new(span.start, end, problem))
    }

    /// Handles a client command at the start of a statement. Returns `true` if it is supported, an error if it is
    /// another command, and `false` if it is not a command.
    fn client_command(&mut self, token: Token) -> Result<bool, SplitError> {
        match self.dialect {
            Dialect::Mysql if token.kind == TokenKind::Word => self.mysql_command(token.span),
            Dialect::Sqlite if token.span.of(self.text) == "." => {
                let end = scan::word_end(self.text.as_bytes(), token.span.end);
                let name = self.text.get(token.span.start..end).unwrap_or_default().to_owned();
                Err(SplitError::new(token.span.start, end, SplitProblem::SqliteCommand { name }))
            }
            _ => Ok(false),
        }
    }

    fn mysql_command(&mut self, span: Span) -> Result<bool, SplitError> {
        let word = span.of(self.text);
        if word.eq_ignore_ascii_case("delimiter") && self.sql.is_none() {
            self.delimiter(span)?;
            return Ok(true);
        }
        if !mysql::is_client_command(word) {
            return Ok(false);
        }
        Err(SplitError { span, problem: SplitProblem::MysqlCommand { name: word.to_owned() } })
    }

    /// Handles `DELIMITER xx`: the first word after it ends statements from here on.
    fn delimiter(&mut self, span: Span) -> Result<(), SplitError> {
        let line = self.text.get(span.end..self.after_line(span.end)).unwrap_or_default();
        let argument = line.trim();
        let word = argument.split(char::is_whitespace).next().unwrap_or_default();
        let rest = argument.get(word.len()..).unwrap_or_default();
        let unfit = word.is_empty() || word.len() > mysql::LONGEST_DELIMITER || word.contains('\\');
        if unfit || !is_blank_or_comment(rest, self.dialect) {
            return Err(SplitError::new(span.start, span.end + line.trim_end().len(), SplitProblem::BadDelimiter));
        }
        self.lexer.set_delimiter(Some(word).filter(|word| *word != ";"));
        self.finish_line(span.end);
        Ok(())
    }
}

/// Returns `true` if (the rest of) a line contains nothing but white space and comments.
fn is_blank_or_comment(line: &str, dialect: Dialect) -> bool {
    Lexer::new(line, dialect).all(|token| token.is_ok_and(|token| token.kind.is_trivia()))
}
