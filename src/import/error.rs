//! Why a history could not be taken over, or not be proved. Facts; no advice.

use std::io;

use crate::backup::BackupError;
use crate::database::DatabaseError;
use crate::engine::EngineError;
use crate::formats::alembic::ini::IniError;
use crate::id::RevisionId;
use crate::project::ProjectError;
use crate::shadow::{MissingExtension, ProofError};

/// Why a history could not be taken over, or not be proved.
#[derive(Debug, thiserror::Error)]
pub enum ImportAlembicError {
    /// A database could not be asked.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// Our own run on the scratch database failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Files could not be read or written, or Alembic not be called.
    #[error(transparent)]
    Project(#[from] Box<ProjectError>),
    /// A scratch database could not be made, set up or dropped.
    #[error(transparent)]
    Shadow(#[from] ProofError),
    /// Something failed in scratch databases that lack extensions of the service's database.
    #[error("{error}")]
    Incomplete {
        /// The failure.
        error: Box<ImportAlembicError>,
        /// The extensions that could not be created.
        missing: Vec<MissingExtension>,
    },
    /// The schema could not be dumped.
    #[error(transparent)]
    Dump(#[from] BackupError),
    /// A temporary folder or file could not be made.
    #[error("a temporary file cannot be created: {0}")]
    Folder(io::Error),
    /// The ini file names an option that is not there.
    #[error(transparent)]
    Ini(#[from] IniError),
    /// Alembic does not work on the database that it is told.
    #[error("Alembic did not use the scratch database that was passed to it: {said}")]
    Elsewhere {
        /// What it said instead of what it would have said there.
        said: String,
    },
    /// Alembic's own run on the scratch database failed.
    #[error("Alembic's own run to {to} failed: {said}")]
    AlembicRun {
        /// Where it was to go.
        to: String,
        /// What it said.
        said: String,
    },
    /// Our run stopped at a revision.
    #[error("the imported revision {revision} does not run: {error}")]
    Run {
        /// The revision.
        revision: RevisionId,
        /// Why not.
        error: Box<EngineError>,
    },
}
