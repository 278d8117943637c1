//! What can be wrong with a config file. Facts with byte spans into its text; no advice, and never a value that may
//! hold a password.

use crate::diagnostic::Span;

/// Why a text is no config. Every variant has a span of the text ([`ConfigError::span`]).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The text is no YAML.
    #[error("no YAML: {message}")]
    Yaml {
        /// Where YAML gave up.
        span: Span,
        /// What the YAML library says.
        message: String,
    },
    /// A key that has no meaning here.
    #[error("unknown key `{key}`")]
    UnknownKey {
        /// The key.
        span: Span,
        /// Its text.
        key: String,
        /// The known key that it may be a slip of.
        nearest: Option<&'static str>,
    },
    /// A key that comes twice in one mapping.
    #[error("the key `{key}` is set twice")]
    DuplicateKey {
        /// The second one.
        span: Span,
        /// Its text.
        key: String,
    },
    /// A value of the wrong type.
    #[error("`{key}` is not {expected}")]
    WrongType {
        /// The key.
        span: Span,
        /// Its text; empty for the whole file.
        key: String,
        /// What it has to be, in words.
        expected: &'static str,
    },
    /// A value names an environment variable that is not set and has no default.
    #[error("`{key}` names the environment variable {name}, which is not set")]
    UnsetVariable {
        /// The value.
        span: Span,
        /// Its key.
        key: String,
        /// The variable.
        name: String,
    },
    /// A `${` without its `}`, or something else than a name in it.
    #[error("`{key}` has a `${{` that is neither ${{NAME}} nor ${{NAME:-default}}")]
    Interpolation {
        /// The value.
        span: Span,
        /// Its key.
        key: String,
    },
    /// No service at all.
    #[error("no service")]
    NoServices {
        /// The `services` key, or the beginning.
        span: Span,
    },
    /// A service without a folder of revisions.
    #[error("the service {service} has no `revisions`")]
    NoRevisions {
        /// The service's key.
        span: Span,
        /// Its name.
        service: String,
    },
    /// A name that no service can have: empty, or with a `:` or a blank in it.
    #[error("{name:?} cannot be the name of a service")]
    ServiceName {
        /// The key.
        span: Span,
        /// The name.
        name: String,
    },
    /// A version table that databases would not take, or would cut off. With `_history` behind it the name has to fit
    /// into 63 bytes on PostgreSQL (NAMEDATALEN) and 64 characters on MySQL.
    #[error("{name:?} cannot be a version table's name: it must have 1 to {maximum} bytes", maximum = super::MAXIMUM_VERSION_TABLE)]
    VersionTable {
        /// The value.
        span: Span,
        /// The name.
        name: String,
    },
}

impl ConfigError {
    /// The bytes of the text that are wrong.
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
