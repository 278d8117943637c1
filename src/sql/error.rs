//! Errors in a SQL text that are found without a database. Hints are added by [`crate::report`].

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
    /// A dollar-quoted string has no closing tag.
    #[error("the dollar quote {tag} is not closed")]
    UnterminatedDollarQuote {
        /// The opening tag with both its dollar signs.
        tag: String,
    },
    /// A block comment, plain or executable, has no end.
    #[error("a comment is not closed")]
    UnterminatedComment,
    /// The text contains a command of the database's client program.
    #[error("{name} is a command of {client}, not SQL")]
    ClientCommand {
        /// Command as written, with the sign that begins it.
        name: String,
        client: &'static str,
        /// Replacement to write.
        instead: &'static str,
    },
    /// A line that ends statements in another way is malformed. Holds the message.
    #[error("{0}")]
    BadDelimiter(&'static str),
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
