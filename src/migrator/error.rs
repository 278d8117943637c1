//! Errors of the library.

use super::report::Report;
use super::words;
use crate::config::Service;
use crate::engine::EngineError;
use crate::operations::Lost;
use crate::project::ProjectError;

/// Error of a [`Migrator`](super::Migrator). Its message contains no password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The config, a revision file or the revision graph is invalid.
    #[error("{}", words::project(.0))]
    Project(#[from] Box<ProjectError>),
    /// No service has this name.
    #[error("there is no service {name:?} (available: {})", known.join(", "))]
    NoSuchService {
        /// Requested name.
        name: String,
        /// Names of all services.
        known: Vec<String>,
    },
    /// Two services have the same name.
    #[error("two services are called {0:?}")]
    SameName(String),
    /// Two services would write the same version table.
    #[error("the services {one} and {other} have the same database and version table")]
    SharedVersionTable {
        /// Service listed first.
        one: String,
        /// Service listed later.
        other: String,
    },
    /// A single connection was passed although several services (these names) are selected.
    #[error("one connection serves one service, but several are selected: {}", .0.join(", "))]
    SeveralServices(Vec<String>),
    /// The service is configured to use a lease as its lock. A lease needs connections of its own, so a connection of
    /// the program cannot be used.
    #[error("{service}: a borrowed connection cannot hold a lease as its lock: use a URL")]
    LeaseNeedsUrl {
        /// Name of the service.
        service: String,
    },
    /// The request was refused or failed for this service, and nothing was changed in its database.
    #[error("{service}: {}", words::engine(error))]
    Service {
        /// Name of the service.
        service: String,
        /// Cause.
        error: EngineError,
    },
    /// The downgrade would delete rows permanently, and [`Migrator::may_lose_rows`](super::Migrator::may_lose_rows)
    /// does not allow that. Holds the name of the service with each loss. Nothing was changed.
    #[error("the downgrade loses rows: {}", words::losses(.0))]
    DataLoss(Vec<(String, Lost)>),
    /// The version table changed between the check for data loss and the lock, so that the checked plan of this service
    /// no longer applies. It was not run; other services may have been.
    #[error("{}", words::moved(service, others))]
    ConcurrentChange {
        /// Name of the service.
        service: String,
        /// What the other services did: the steps that were applied, and their errors.
        others: Box<Stopped>,
    },
    /// A run or a stamp started and stopped with an error.
    #[error("{}", words::failure(.0))]
    Stopped(Box<Stopped>),
}

/// A run that started and stopped with an error, with the steps applied before.
#[derive(Debug)]
#[non_exhaustive]
pub struct Stopped {
    /// Steps that were applied and remain applied.
    pub report: Report,
    /// Error of each service that failed, with its name. Services that were only waiting for a failed one come last.
    pub errors: Vec<(String, EngineError)>,
}

impl Error {
    /// Wraps an error of `service`.
    pub(super) fn of(service: &Service, error: impl Into<EngineError>) -> Self {
        Self::Service { service: service.name.clone(), error: error.into() }
    }

    /// Wraps the errors of services, with the steps that were applied.
    pub(super) fn stopped(report: Report, errors: Vec<(String, EngineError)>) -> Self {
        Self::Stopped(Box::new(Stopped { report, errors }))
    }

    /// Returns the engine's error, if there is one. If several services failed, returns the first error.
    #[must_use]
    pub fn engine(&self) -> Option<&EngineError> {
        match self {
            Self::Service { error, .. } => Some(error),
            Self::Stopped(stopped) | Self::ConcurrentChange { others: stopped, .. } => {
                stopped.errors.first().map(|(_, error)| error)
            }
            _ => None,
        }
    }

    /// Returns `true` if another runner held the lock for longer than the lock timeout.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        matches!(self.engine(), Some(EngineError::Locked { .. }))
    }
}
