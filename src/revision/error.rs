//! What can be wrong with the text of a revision file. Facts with byte spans into the text; no advice.

use crate::diagnostic::Span;
use crate::id::InvalidId;

use super::Section;

/// What a key's value has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// One scalar.
    Text,
    /// One scalar or a list of scalars.
    TextOrList,
    /// An unquoted `true` or `false`.
    Bool,
    /// `expand`, `migrate` or `contract`.
    Phase,
    /// A length of time.
    Duration,
    /// A prefix of section lines.
    SectionPrefix,
}

impl Expected {
    /// In words: `text`, `text or a list of texts`, `true or false`.
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

/// Why a text is no revision. Every variant has a span of the text ([`RevisionError::span`]).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RevisionError {
    /// The text does not start with `--` lines that hold a mapping.
    #[error("no header: a revision file starts with `-- revision: ID`")]
    NoHeader {
        /// The first line that is not empty.
        span: Span,
    },
    /// The header is no YAML.
    #[error("the header is no YAML: {message}")]
    Yaml {
        /// Where YAML gave up.
        span: Span,
        /// What the YAML library says.
        message: String,
    },
    /// A value that YAML can only take in quotes.
    #[error("the value of `{key}` needs quotes")]
    NeedsQuotes {
        /// The value.
        span: Span,
        /// Its key.
        key: &'static str,
        /// The value as it has to be written.
        quoted: String,
    },
    /// The header is YAML, but no mapping.
    #[error("the header is no mapping of keys to values")]
    NotAMapping {
        /// The header's first line.
        span: Span,
    },
    /// A key that headers do not have.
    #[error("unknown key `{key}`")]
    UnknownKey {
        /// The key.
        span: Span,
        /// Its text.
        key: String,
        /// The known key that it may be a slip of.
        nearest: Option<&'static str>,
    },
    /// A key that comes twice.
    #[error("the key `{key}` comes twice")]
    DuplicateKey {
        /// The second one.
        span: Span,
        /// Its text.
        key: &'static str,
    },
    /// No `revision` key.
    #[error("the header has no `revision`")]
    MissingRevision {
        /// The header's first line.
        span: Span,
    },
    /// A text that is no revision id.
    #[error("`{key}`: {error}")]
    InvalidId {
        /// The value.
        span: Span,
        /// Its key.
        key: &'static str,
        /// Why not.
        error: InvalidId,
    },
    /// A text that is no branch label or no reference (`ID`, `LABEL`, `SERVICE:ID`).
    #[error("`{key}`: {value:?} cannot be named")]
    InvalidSymbol {
        /// The value.
        span: Span,
        /// Its key.
        key: &'static str,
        /// The offending text.
        value: String,
    },
    /// A value of the wrong type.
    #[error("the value of `{key}` is not {}", expected.name())]
    WrongType {
        /// The value.
        span: Span,
        /// Its key.
        key: &'static str,
        /// What it has to be.
        expected: Expected,
    },
    /// A second header: another file's text behind this one's.
    #[error("a second header")]
    SecondHeader {
        /// Its `revision` line.
        span: Span,
        /// The header's first line.
        first: Span,
    },
    /// Text between the header and the first section.
    #[error("text outside a section")]
    OutsideSection {
        /// The first such line.
        span: Span,
    },
    /// A section that comes twice.
    #[error("a second {}", section.marker())]
    DuplicateSection {
        /// The second marker.
        span: Span,
        /// The first marker.
        first: Span,
        /// Which.
        section: Section,
    },
    /// A line that looks like a section's, but is none.
    #[error("`{line}` is no section line")]
    MisspeltSection {
        /// The line.
        span: Span,
        /// Its text.
        line: String,
        /// The section that is meant most likely.
        nearest: Section,
        /// Its line, as it has to be written in this file.
        marker: String,
    },
    /// Lines that git wrote around two versions of the same text.
    #[error("git left a conflict here")]
    GitConflict {
        /// The first of them.
        span: Span,
    },
}

impl RevisionError {
    /// The bytes of the text that are wrong.
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
            | Self::GitConflict { span } => *span,
        }
    }
}
