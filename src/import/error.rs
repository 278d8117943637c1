//! Errors of an import and of its proof. Facts; no advice.

use std::io;

use crate::database::{DatabaseError, DumpError};
use crate::engine::EngineError;
use crate::formats::alembic::ini::IniError;
use crate::id::RevisionId;
use crate::project::ProjectError;
use crate::shadow::{MissingExtension, ProofError};

/// Error of an import or of its proof.
#[derive(Debug, thiserror::Error)]
pub enum ImportAlembicError {
    /// A database could not be reached or refused a statement.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// The run of the imported history on the scratch database failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// A file could not be read or written, or Alembic could not be run.
    #[error(transparent)]
    Project(#[from] Box<ProjectError>),
    /// A scratch database could not be created, set up or dropped.
    #[error(transparent)]
    Shadow(#[from] ProofError),
    /// Any failure in scratch databases that lack extensions of the service's database, which may be the cause.
    #[error("{error}")]
    Incomplete {
        /// Failure without the information about extensions.
        error: Box<ImportAlembicError>,
        /// Extensions that could not be created.
        missing: Vec<MissingExtension>,
    },
    /// The schema could not be dumped.
    #[error(transparent)]
    Dump(#[from] DumpError),
    /// A temporary folder or file could not be created.
    #[error("a temporary file cannot be created: {0}")]
    Folder(io::Error),
    /// The ini file refers to an option that does not exist.
    #[error(transparent)]
    Ini(#[from] IniError),
    /// Alembic does not use the database that it was redirected to.
    #[error("Alembic did not use the scratch database that was passed to it: {said}")]
    Elsewhere {
        /// Last line of its output.
        said: String,
    },
    /// Alembic's run on the scratch database failed.
    #[error("Alembic's own run to {to} failed: {said}")]
    AlembicRun {
        /// Target of the run.
        to: String,
        /// Last message of Alembic.
        said: String,
    },
    /// The run of the imported history stopped at a revision.
    #[error("the imported revision {revision} does not run: {error}")]
    Run {
        /// Id of the revision.
        revision: RevisionId,
        /// Reason.
        error: Box<EngineError>,
    },
}
