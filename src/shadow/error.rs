//! Errors of shadow databases. Facts; no advice.

use std::io;
use std::path::PathBuf;

use crate::config::UrlError;
use crate::database::{DatabaseError, FailureCause, RunFailure, ScratchError};
use crate::diagnostic::Location;
use crate::engine::EngineError;
use crate::error_code::ErrorCode;
use crate::project::ProjectError;
use crate::sql::{Dialect, SplitError};

/// Extension of the service's database that could not be created in the shadow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingExtension {
    /// Name of the extension.
    pub name: String,
    /// Message of the server.
    pub reason: String,
}

/// Error while a shadow database was created or used.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The service has no database URL, so its dialect is unknown.
    #[error("{0}")]
    NoUrl(UrlError),
    /// The server refused a statement, or could not be reached.
    #[error("the shadow database cannot be used: {0}")]
    Database(#[from] DatabaseError),
    /// The user is not allowed to create a scratch database.
    #[error("no scratch database can be created: {0}")]
    MayNotCreate(DatabaseError),
    /// The database provided as the shadow is not empty.
    #[error("the shadow database {url} is not empty: it contains {}", .found.join(", "))]
    NotEmpty {
        /// URL without passwords.
        url: String,
        /// Names of up to five objects in it.
        found: Vec<String>,
    },
    /// The database provided as the shadow is the service's own.
    #[error("the shadow database {url} is the service's own database")]
    IsTarget {
        /// URL without passwords.
        url: String,
    },
    /// Another command is using the database provided as the shadow.
    #[error("the shadow database {url} is being used by another command ({holder})")]
    InUse {
        /// URL without passwords.
        url: String,
        /// Description of the session that uses it.
        holder: String,
    },
    /// The shadow, or the database to compare with, has another dialect than the service.
    #[error("{url} is not a {} database, but the service's is", .dialect.name())]
    OtherDialect {
        /// URL without passwords.
        url: String,
        /// Dialect of the service.
        dialect: Dialect,
    },
    /// A statement in a scratch schema names another schema of the database, and would change it.
    #[error("a statement names the schema {schema}, and there is only a scratch schema to try it in")]
    NamesSchema {
        /// Name of the schema.
        schema: String,
        /// Position of the name.
        location: Box<Location>,
        /// Right with which a database of its own could be created.
        right: Option<&'static str>,
    },
    /// A statement names a database (on SQLite a file), and would be executed there instead of on the shadow.
    #[error("a statement names the database {database}, and would work there instead of on the shadow database")]
    NamesDatabase {
        /// Name of the database, or path of the file.
        database: String,
        /// Position of the name.
        location: Box<Location>,
    },
    /// A temporary file cannot be created.
    #[error("{} cannot be created: {error}", path.display())]
    File {
        /// Path of the file or folder.
        path: PathBuf,
        /// Error of the operating system.
        error: io::Error,
    },
    /// A revision cannot be replayed.
    #[error(transparent)]
    Replay(#[from] EngineError),
    /// A file cannot be read.
    #[error(transparent)]
    Project(#[from] Box<ProjectError>),
    /// A schema file cannot be split into statements.
    #[error("{error}")]
    Split {
        /// Position of the error.
        location: Box<Location>,
        /// Reason.
        error: SplitError,
    },
    /// The shadow refused a statement of a schema file.
    #[error("the schema file {} cannot be loaded", .location.path.display())]
    Load {
        /// Position of the statement, or of the word that the server reported.
        location: Box<Location>,
        /// Failure of the statement.
        failure: Box<RunFailure>,
    },
    /// Any failure in a shadow that lacks extensions of the service's database, which may be the cause.
    #[error("{error}")]
    Incomplete {
        /// Failure without the information about extensions.
        error: Box<ProofError>,
        /// Extensions that could not be created.
        missing: Vec<MissingExtension>,
    },
    /// The command that prints the schema failed.
    #[error("the command {command} failed: {reason}")]
    Command {
        /// Command line.
        command: String,
        /// Exit status, or the reason why the command did not start, followed by the last lines of its standard error.
        reason: String,
    },
    /// No desired schema is configured for the service.
    #[error("the service {service} has no desired schema")]
    NoSchema {
        /// Name of the service.
        service: String,
    },
}

impl From<ScratchError> for ProofError {
    fn from(error: ScratchError) -> Self {
        match error {
            ScratchError::Refused(error) => Self::MayNotCreate(error),
            ScratchError::Database(error) => Self::Database(error),
            ScratchError::File { path, error } => Self::File { path, error },
        }
    }
}

impl ProofError {
    /// Returns `true` if the user stopped the command.
    #[must_use]
    pub fn is_interruption(&self) -> bool {
        match self {
            Self::Replay(EngineError::Interrupted) => true,
            Self::Replay(EngineError::Failed { failure, .. }) => failure.cause == FailureCause::Interrupted,
            Self::Incomplete { error, .. } => error.is_interruption(),
            _ => false,
        }
    }

    /// Returns the error code in kebab-case; empty if the code is that of the wrapped error.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NoUrl(_) => ErrorCode::ConfigInvalid,
            Self::MayNotCreate(_) => ErrorCode::ShadowRefused,
            Self::NotEmpty { .. } => ErrorCode::ShadowNotEmpty,
            Self::IsTarget { .. } => ErrorCode::ShadowIsTarget,
            Self::InUse { .. } => ErrorCode::ShadowInUse,
            Self::OtherDialect { .. } => ErrorCode::DialectMismatch,
            Self::NamesSchema { .. } => ErrorCode::ShadowSchemaNamed,
            Self::NamesDatabase { .. } => ErrorCode::ShadowDatabaseNamed,
            Self::File { .. } => ErrorCode::FileUnwritable,
            Self::Split { .. } | Self::Load { .. } => ErrorCode::SchemaInvalid,
            Self::Command { .. } => ErrorCode::SchemaCommandFailed,
            Self::NoSchema { .. } => ErrorCode::NoSchema,
            Self::Replay(_) => ErrorCode::ReplayFailed,
            Self::Incomplete { error, .. } => error.code(),
            Self::Database(_) => ErrorCode::DatabaseError,
            Self::Project(error) => error.code(),
        }
    }
}
