//! Errors in a SQL text that are found without a database. Hints are added by the command line.

use crate::diagnostic::Span;

/// Error that prevents splitting a text into statements.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct SplitError {
    /// Opening of the construct that is not closed, or the text that is not allowed.
    pub span: Span,
    /// Kind of error.
    pub problem: SplitProblem,
}

/// Kind of error in a SQL text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitProblem {
    /// A string literal has no closing quote.
    #[error("a string is not closed")]
    UnterminatedString,
    /// A quoted identifier has no closing quote.
    #[error("a quoted identifier is not closed")]
    UnterminatedIdentifier,
    /// A dollar-quoted string has no closing tag (PostgreSQL).
    #[error("the dollar quote {tag} is not closed")]
    UnterminatedDollarQuote {
        /// The opening tag with both its dollar signs.
        tag: String,
    },
    /// A block comment, plain or executable, has no end.
    #[error("a comment is not closed")]
    UnterminatedComment,
    /// The SQL contains a command of psql.
    #[error("{name} is a command of psql, not SQL")]
    PsqlCommand {
        /// Command with its backslash: `\connect`.
        name: String,
    },
    /// The SQL contains a dot command of the sqlite3 shell.
    #[error("{name} is a command of the sqlite3 shell, not SQL")]
    SqliteCommand {
        /// Command with its dot: `.mode`.
        name: String,
    },
    /// The SQL contains a command of the mysql or mariadb client other than `DELIMITER`.
    #[error("{name} is a command of the mysql client, not SQL")]
    MysqlCommand {
        /// Command as written: `source`, `\G`.
        name: String,
    },
    /// A `DELIMITER` line without a delimiter, with a backslash in it, with more than 15 bytes (the client's limit), or
    /// with text after it other than a comment.
    #[error("DELIMITER needs one word of at most 15 bytes without a backslash")]
    BadDelimiter,
    /// Text other than a comment follows `COPY ... FROM stdin;` on the same line, where the data cannot start yet.
    #[error("text follows COPY ... FROM stdin; on the same line")]
    TextBeforeCopyData,
}

impl SplitError {
    /// Creates an error for the bytes from `start` up to, but not including, `end`.
    pub(super) const fn new(start: usize, end: usize, problem: SplitProblem) -> Self {
        Self { span: Span::new(start, end), problem }
    }
}
