//! What can be wrong with a SQL text before any database sees it: facts and places.
//! Knows no hints and no files; those are the command line's.

use crate::diagnostic::Span;

/// A text that cannot be split into statements.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct SplitError {
    /// The bytes meant: what opens and is never closed, or what does not belong.
    pub span: Span,
    /// What is wrong there.
    pub problem: SplitProblem,
}

/// What is wrong at a place in a SQL text.
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
    /// A command of the psql program stands in the SQL.
    #[error("{name} is a command of psql, not SQL")]
    PsqlCommand {
        /// The command with its backslash: `\connect`.
        name: String,
    },
    /// A dot command of the sqlite3 shell stands in the SQL.
    #[error("{name} is a command of the sqlite3 shell, not SQL")]
    SqliteCommand {
        /// The command with its dot: `.mode`.
        name: String,
    },
    /// A command of the mysql or mariadb client other than `DELIMITER` stands in the SQL.
    #[error("{name} is a command of the mysql client, not SQL")]
    MysqlCommand {
        /// The command as written: `source`, `\G`.
        name: String,
    },
    /// A `DELIMITER` line names no delimiter, one with a backslash, one of more than 15 bytes (the client's limit),
    /// or has more than a comment after it.
    #[error("DELIMITER needs one word of at most 15 bytes without a backslash")]
    BadDelimiter,
    /// Something other than a comment follows `COPY ... FROM stdin;` on its line: the data begins on the next line.
    #[error("text follows COPY ... FROM stdin; on the same line")]
    TextBeforeCopyData,
}

impl SplitError {
    /// The problem at the bytes from `start` up to, not including, `end`.
    pub(super) const fn new(start: usize, end: usize, problem: SplitProblem) -> Self {
        Self { span: Span::new(start, end), problem }
    }
}
