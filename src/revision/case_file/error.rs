//! Errors in the text of a case file, as facts with byte spans.

use crate::diagnostic::Span;
use crate::sql::SplitError;

use super::CaseMarker;

/// Reason why a text is not a valid case file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CaseFileError {
    /// A quote or a comment is not closed.
    #[error("{0}")]
    Split(SplitError),
    /// The file has statements and no marker.
    #[error("the file has no case: it has neither `-- @at REVISION` nor `-- @fixture REVISION`")]
    NoMarker {
        /// First statement.
        span: Span,
    },
    /// A line that resembles a marker, but is not one.
    #[error("this is not a marker")]
    MisspeltMarker {
        /// Bytes of the line.
        span: Span,
        /// Marker that was most likely intended.
        nearest: CaseMarker,
    },
    /// A marker without its target or name.
    #[error("`@{}` has no argument", marker.word())]
    NoArgument {
        /// Bytes of the line.
        span: Span,
        marker: CaseMarker,
    },
    /// `@case` that is not followed by `@at`.
    #[error("the case has no `-- @at REVISION`")]
    NoStart {
        /// Line of the `@case`.
        span: Span,
    },
    /// A statement or a step before the first case, or after a fixture.
    #[error("this belongs to no case")]
    OutsideCase {
        /// The statement, or the line of the marker.
        span: Span,
    },
    /// `@expect` without a query.
    #[error("`@expect` has no query")]
    NoQuery {
        /// Line of the `@expect`.
        span: Span,
    },
    /// A statement after `@expect` that is not a query.
    #[error("`@expect` may contain only queries")]
    NotAQuery {
        /// The statement.
        span: Span,
    },
    /// A table that does not follow exactly one query.
    #[error("a table of expected rows belongs to the one query before it")]
    TableOfSeveral {
        /// The last query.
        span: Span,
    },
    /// A row with another number of cells than the first line of the table.
    #[error("the row has {found} cells, and the table has {expected} columns")]
    Ragged {
        /// Line of the row.
        span: Span,
        /// Number of columns.
        expected: usize,
        /// Number of cells.
        found: usize,
    },
    /// A line of a table that does not end with `|`, or a quoted cell that is not closed.
    #[error("a line of a table is `-- | cell | cell |`")]
    TableLine {
        /// Bytes of the line.
        span: Span,
    },
}

impl CaseFileError {
    /// Bytes of the text that the error is about.
    #[must_use]
    pub const fn span(&self) -> Span {
        match self {
            Self::Split(error) => error.span,
            Self::NoMarker { span }
            | Self::MisspeltMarker { span, .. }
            | Self::NoArgument { span, .. }
            | Self::NoStart { span }
            | Self::OutsideCase { span }
            | Self::NoQuery { span }
            | Self::NotAQuery { span }
            | Self::TableOfSeveral { span }
            | Self::Ragged { span, .. }
            | Self::TableLine { span } => *span,
        }
    }
}
