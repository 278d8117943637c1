//! Why a migrator could not be made, or did not do what it was asked for.

use super::report::Report;
use super::words;
use crate::config::Service;
use crate::engine::EngineError;
use crate::project::ProjectError;
use crate::runbook::Lost;

/// Why a migrator could not be made, or did not do what it was asked for. What it says holds no password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The config, a file or the graph of revisions is wrong.
    #[error("{}", words::project(.0))]
    Project(#[from] Box<ProjectError>),
    /// No service has this name.
    #[error("there is no service {name:?} (there are: {})", known.join(", "))]
    NoSuchService {
        /// The name.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// Two services have one name.
    #[error("two services are called {0:?}")]
    SameName(String),
    /// Two services would write the same version rows.
    #[error("the services {one} and {other} have the same database and version table")]
    SharedVersionTable {
        /// The one.
        one: String,
        /// The other.
        other: String,
    },
    /// A connection is one service's, and several are chosen.
    #[error("one connection is for one service, and these are chosen: {}", .0.join(", "))]
    SeveralServices(Vec<String>),
    /// The service's lock is a lease, which needs connections of its own; a connection that is lent gives none.
    #[error("{service}: its lock is a lease, which a connection that is lent cannot hold: use a URL")]
    LeaseNeedsUrl {
        /// The service.
        service: String,
    },
    /// What a service is asked for cannot be done; nothing was changed.
    #[error("{service}: {}", words::engine(error))]
    Service {
        /// The service.
        service: String,
        /// Why.
        error: EngineError,
    },
    /// A downgrade would lose rows for good, and nobody said that it may
    /// ([`Migrator::may_lose_rows`](super::Migrator::may_lose_rows)). Nothing was changed.
    #[error("the downgrade loses rows: {}", words::losses(.0))]
    Loses(Vec<(String, Lost)>),
    /// Somebody moved the version rows between the plan and the lock. Nothing was changed.
    #[error("{service}: somebody else moved the version rows meanwhile")]
    Moved {
        /// The service.
        service: String,
    },
    /// A run that began stopped.
    #[error("{}", words::failure(.0))]
    Stopped(Box<Stopped>),
}

/// A run that began and stopped: why, and what was done before.
#[derive(Debug)]
#[non_exhaustive]
pub struct Stopped {
    /// What was done and stays.
    pub report: Report,
    /// Why each service stopped that did, with its name; what others merely waited for comes last.
    pub errors: Vec<(String, EngineError)>,
}

impl Error {
    /// The error of `service`.
    pub(super) fn of(service: &Service, error: impl Into<EngineError>) -> Self {
        Self::Service { service: service.name.clone(), error: error.into() }
    }

    /// The engine's error, where there is one; of several services that stopped, the first one's.
    #[must_use]
    pub fn engine(&self) -> Option<&EngineError> {
        match self {
            Self::Service { error, .. } => Some(error),
            Self::Stopped(stopped) => stopped.errors.first().map(|(_, error)| error),
            _ => None,
        }
    }

    /// Whether another runner held the lock for longer than was to be waited.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        matches!(self.engine(), Some(EngineError::Locked { .. }))
    }
}
