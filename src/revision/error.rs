//! Errors in the text of a revision file, as facts with byte spans; advice is added by the command line.

use crate::diagnostic::Span;
use crate::id::InvalidId;

use super::Section;
use super::include::IncludeProblem;

/// Type of value that a header key requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectedValue {
    /// One scalar.
    Text,
    /// One scalar or a list of scalars.
    TextOrList,
    /// Unquoted `true` or `false`.
    Bool,
    /// `expand`, `migrate` or `contract`.
    Phase,
    /// Duration with a unit, such as `5s`.
    Duration,
    /// Prefix of section markers.
    SectionPrefix,
}

impl ExpectedValue {
    /// Description for messages: `text`, `text or a list of texts`, `true or false`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::TextOrList => "text or a list of texts",
            Self::Bool => "true or false",
            Self::Phase => "expand, migrate or contract",
            Self::Duration => crate::duration::EXPECTED,
            Self::SectionPrefix => "a word of letters, digits, `_`, `-` and `.`",
        }
    }
}

/// Reason why a text is not a valid revision file. Every variant has a span of the text ([`RevisionError::span`]).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RevisionError {
    /// The text does not start with `--` lines that contain a mapping.
    #[error("no header: a revision file starts with `-- revision: ID`")]
    NoHeader {
        /// First non-empty line.
        span: Span,
    },
    /// The header is not valid YAML.
    #[error("the header is not YAML: {message}")]
    Yaml {
        /// Position at which the YAML parser stopped.
        span: Span,
        /// Message of the YAML parser.
        message: String,
    },
    /// A value that YAML accepts only in quotes.
    #[error("the value of `{key}` needs quotes")]
    NeedsQuotes {
        /// Bytes of the value.
        span: Span,
        /// Key of the value.
        key: &'static str,
        /// The value, correctly quoted.
        quoted: String,
    },
    /// The header is valid YAML, but not a mapping.
    #[error("the header is not a mapping of keys to values")]
    NotAMapping {
        /// First line of the header.
        span: Span,
    },
    /// A key that is not defined for headers.
    #[error("unknown key `{key}`")]
    UnknownKey {
        /// Bytes of the key.
        span: Span,
        /// Text of the key.
        key: String,
        /// Known key that it may be a misspelling of.
        nearest: Option<&'static str>,
    },
    /// A key is given twice.
    #[error("the key `{key}` is set twice")]
    DuplicateKey {
        /// Bytes of the second occurrence.
        span: Span,
        /// Name of the key.
        key: &'static str,
    },
    /// The `revision` key is missing.
    #[error("the header has no `revision`")]
    MissingRevision {
        /// First line of the header.
        span: Span,
    },
    /// A value that is not a valid revision id.
    #[error("`{key}`: {error}")]
    InvalidId {
        /// Bytes of the value.
        span: Span,
        /// Key of the value.
        key: &'static str,
        /// Reason why the id is invalid.
        error: InvalidId,
    },
    /// A value that is neither a valid branch label nor a valid reference (`ID`, `LABEL`, `SERVICE:ID`).
    #[error("`{key}`: {value:?} cannot be named")]
    InvalidSymbol {
        /// Bytes of the value.
        span: Span,
        /// Key of the value.
        key: &'static str,
        /// Text that was rejected.
        value: String,
    },
    /// A value of the wrong type.
    #[error("the value of `{key}` is not {}", expected.name())]
    WrongType {
        /// Bytes of the value.
        span: Span,
        /// Key of the value.
        key: &'static str,
        /// Required type.
        expected: ExpectedValue,
    },
    /// A second header: the text of another file follows this one's.
    #[error("a second header")]
    SecondHeader {
        /// The `revision` line of the second header.
        span: Span,
        /// First line of the first header.
        first: Span,
    },
    /// Text between the header and the first section.
    #[error("text outside a section")]
    OutsideSection {
        /// First line of that text.
        span: Span,
    },
    /// A section occurs twice.
    #[error("a second {}", section.marker())]
    DuplicateSection {
        /// Second marker.
        span: Span,
        /// First marker.
        first: Span,
        /// Section that occurs twice.
        section: Section,
    },
    /// A line that resembles a section marker, but is not one.
    #[error("`{line}` is not a section line")]
    MisspeltSection {
        /// Bytes of the line.
        span: Span,
        /// Text of the line.
        line: String,
        /// Section that was most likely intended.
        nearest: Section,
        /// Correct marker of that section in this file.
        marker: String,
    },
    /// A line or a tag that includes a file, or a line of that file.
    #[error("{problem}")]
    Include {
        /// Bytes of the path, or of the line.
        span: Span,
        /// Reason why the file cannot be included.
        problem: IncludeProblem,
    },
    /// Unresolved git merge conflict.
    #[error("git left a merge conflict here")]
    GitConflict {
        /// First marker of the conflict.
        span: Span,
    },
}

impl RevisionError {
    /// Bytes of the text that the error is about.
    #[must_use]
    pub const fn span(&self) -> Span {
        match self {
            Self::NoHeader { span }
            | Self::Yaml { span, .. }
            | Self::NeedsQuotes { span, .. }
            | Self::NotAMapping { span }
            | Self::UnknownKey { span, .. }
            | Self::DuplicateKey { span, .. }
            | Self::MissingRevision { span }
            | Self::InvalidId { span, .. }
            | Self::InvalidSymbol { span, .. }
            | Self::WrongType { span, .. }
            | Self::SecondHeader { span, .. }
            | Self::OutsideSection { span }
            | Self::DuplicateSection { span, .. }
            | Self::MisspeltSection { span, .. }
            | Self::Include { span, .. }
            | Self::GitConflict { span } => *span,
        }
    }
}
