//! Why nothing could be tried on a shadow database. Facts; no advice.

use std::io;
use std::path::PathBuf;

use crate::config::UrlError;
use crate::database::{DatabaseError, RunFailure};
use crate::diagnostic::Location;
use crate::engine::EngineError;
use crate::error_code::ErrorCode;
use crate::project::ProjectError;
use crate::sql::{Dialect, SplitError};

/// An extension of the service's database that a shadow could not get.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingExtension {
    /// Its name.
    pub name: String,
    /// The server's message.
    pub reason: String,
}

/// Why nothing could be tried on a shadow database.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The service has no database URL, so that nobody knows which dialect it speaks.
    #[error("{0}")]
    NoUrl(UrlError),
    /// The server refused, or could not be reached.
    #[error("the shadow database cannot be used: {0}")]
    Database(#[from] DatabaseError),
    /// The right to create a scratch database is missing.
    #[error("no scratch database can be created: {0}")]
    MayNotCreate(DatabaseError),
    /// The database that was given as the shadow holds something.
    #[error("the shadow database {url} is not empty: it contains {}", .found.join(", "))]
    NotEmpty {
        /// Its URL without passwords.
        url: String,
        /// Some of what it holds.
        found: Vec<String>,
    },
    /// The database that was given as the shadow is the service's own.
    #[error("the shadow database {url} is the service's own database")]
    IsTarget {
        /// Its URL without passwords.
        url: String,
    },
    /// The database that was given as the shadow is another command's just now.
    #[error("the shadow database {url} is being used by another command ({holder})")]
    InUse {
        /// Its URL without passwords.
        url: String,
        /// Who.
        holder: String,
    },
    /// The shadow, or what is compared, speaks another dialect than the service.
    #[error("{url} is not a {} database, but the service's is", .dialect.name())]
    OtherDialect {
        /// Its URL without passwords.
        url: String,
        /// The service's dialect.
        dialect: Dialect,
    },
    /// In a scratch schema, a statement names another schema of the database, and would touch what is there.
    #[error("a statement names the schema {schema}, and there is only a scratch schema to try it in")]
    NamesSchema {
        /// The schema.
        schema: String,
        /// The statement.
        location: Box<Location>,
    },
    /// A statement names a database (on SQLite a file): it would work there, and not on the shadow.
    #[error("a statement names the database {database}, and would work there instead of on the shadow database")]
    NamesDatabase {
        /// The database, or the file.
        database: String,
        /// The statement.
        location: Box<Location>,
    },
    /// A temporary file cannot be made.
    #[error("{} cannot be created: {error}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
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
        /// Where.
        location: Box<Location>,
        /// Why not.
        error: SplitError,
    },
    /// The shadow refused a statement of a schema file.
    #[error("the schema file {} cannot be loaded", .location.path.display())]
    Load {
        /// The statement.
        location: Box<Location>,
        /// What the server said.
        failure: Box<RunFailure>,
    },
    /// Something failed in a shadow that lacks extensions of the service's database.
    #[error("{error}")]
    Incomplete {
        /// The failure.
        error: Box<ProofError>,
        /// The extensions that could not be created.
        missing: Vec<MissingExtension>,
    },
    /// The command that prints the schema failed.
    #[error("the command {command} failed: {reason}")]
    Command {
        /// The command line.
        command: String,
        /// Its exit status, or why it did not start; and the end of what it said.
        reason: String,
    },
    /// The service says nothing of its desired schema.
    #[error("the service {service} has no desired schema")]
    NoSchema {
        /// The service.
        service: String,
    },
}

impl ProofError {
    /// Returns the error code.
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
