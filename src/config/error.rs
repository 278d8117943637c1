//! Errors in a config file: facts with byte spans into its text. No advice, and never a value that may be or contain a
//! password.

use crate::diagnostic::Span;

/// Error in the text of a config file. Every variant has a span ([`ConfigError::span`]).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The text is not valid YAML.
    #[error("no YAML: {message}")]
    Yaml {
        /// Position at which the YAML library stopped.
        span: Span,
        /// Message of the YAML library.
        message: String,
    },
    /// Unknown key.
    #[error("unknown key `{key}`")]
    UnknownKey {
        /// Span of the key.
        span: Span,
        /// Text of the key.
        key: String,
        /// Most similar known key, if one is close enough to suggest a typo.
        nearest: Option<&'static str>,
    },
    /// Key that occurs twice in one mapping.
    #[error("the key `{key}` is set twice")]
    DuplicateKey {
        /// Second occurrence.
        span: Span,
        /// Text of the key.
        key: String,
    },
    /// Value of the wrong type.
    #[error("`{key}` is not {expected}")]
    WrongType {
        /// Span of the key.
        span: Span,
        /// Text of the key; empty for the whole file.
        key: String,
        /// Description of the expected type.
        expected: &'static str,
    },
    /// Reference to an environment variable that is not set and has no default.
    #[error("`{key}` names the environment variable {name}, which is not set")]
    UnsetVariable {
        /// Span of the value.
        span: Span,
        /// Key of the value.
        key: String,
        /// Name of the variable.
        name: String,
    },
    /// `${` without its `}`, or with something other than a name inside.
    #[error("`{key}` has a `${{` that is neither ${{NAME}} nor ${{NAME:-default}}")]
    Interpolation {
        /// Span of the value.
        span: Span,
        /// Key of the value.
        key: String,
    },
    /// The file describes no service.
    #[error("no service")]
    NoServices {
        /// The `services` key, or the start of the text.
        span: Span,
    },
    /// Service without a folder of revisions.
    #[error("the service {service} has no `revisions`")]
    NoRevisions {
        /// Span of the service's key.
        span: Span,
        /// Name of the service.
        service: String,
    },
    /// Invalid service name: empty, or with a `:`, white space or a control character.
    #[error("{name:?} cannot be the name of a service")]
    ServiceName {
        /// Span of the key.
        span: Span,
        /// Name as written.
        name: String,
    },
    /// Invalid name of a version table: blank, too long, or with control characters. `_history` is appended to it, and
    /// the result must fit into 63 bytes on PostgreSQL (NAMEDATALEN) and 64 characters on MySQL.
    #[error("{name:?} cannot be a version table's name: it must have 1 to {maximum} bytes", maximum = super::MAXIMUM_VERSION_TABLE)]
    VersionTable {
        /// Span of the value.
        span: Span,
        /// Name as written.
        name: String,
    },
}

impl ConfigError {
    /// Returns the span of the error in the text.
    #[must_use]
    pub const fn span(&self) -> Span {
        match self {
            Self::Yaml { span, .. }
            | Self::UnknownKey { span, .. }
            | Self::DuplicateKey { span, .. }
            | Self::WrongType { span, .. }
            | Self::UnsetVariable { span, .. }
            | Self::Interpolation { span, .. }
            | Self::NoServices { span }
            | Self::NoRevisions { span, .. }
            | Self::ServiceName { span, .. }
            | Self::VersionTable { span, .. } => *span,
        }
    }
}
