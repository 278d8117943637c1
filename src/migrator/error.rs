//! Errors of the library.

use std::fmt;

use super::advice;
use super::report::Report;
use crate::config::Service;
use crate::engine::EngineError;
use crate::error_code::ErrorCode;
use crate::operations::Lost;
use crate::project::ProjectError;
use crate::report::{ErrorReport, losses, services};

/// Error of a [`Migrator`](super::Migrator).
///
/// `{}` is one line for a log: the file with line and column, the message, and the state of the database. `{:#}` is the
/// report that the command line prints: the line of the file with carets below the place, notes, and hints. Neither
/// contains a password.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The config, a revision file or the revision graph is invalid.
    Project {
        /// Name of the service, if the error is about one.
        service: Option<String>,
        /// Cause.
        error: Box<ProjectError>,
    },
    /// No service has this name.
    NoSuchService {
        /// Requested name.
        name: String,
        /// Names of all services.
        known: Vec<String>,
    },
    /// Two services have the same name.
    SameName(String),
    /// Two services would write the same version table.
    SharedVersionTable {
        /// Service listed first.
        one: String,
        /// Service listed later.
        other: String,
    },
    /// A single connection was passed although several services (these names) are selected.
    SeveralServices(Vec<String>),
    /// The service is configured to use a lease as its lock. A lease needs connections of its own, so a connection of
    /// the program cannot be used.
    LeaseNeedsUrl {
        /// Name of the service.
        service: String,
    },
    /// The request was refused or failed for this service, and nothing was changed in its database.
    Service {
        /// Name of the service.
        service: String,
        /// Cause.
        error: EngineError,
    },
    /// The downgrade would delete rows permanently, and [`Migrator::may_lose_rows`](super::Migrator::may_lose_rows)
    /// does not allow that. Holds the name of the service with each loss. Nothing was changed.
    DataLoss(Vec<(String, Lost)>),
    /// The version table changed between the check for data loss and the lock, so that the checked plan of this service
    /// no longer applies. It was not run; other services may have been.
    ConcurrentChange {
        /// Name of the service.
        service: String,
        /// Results of the other services: the steps that were applied, and their errors.
        others: Box<Stopped>,
    },
    /// A run or a stamp started and stopped with an error.
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

impl From<Box<ProjectError>> for Error {
    fn from(error: Box<ProjectError>) -> Self {
        Self::Project { service: None, error }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut report = self.in_words();
        report.change_texts(&advice::for_program);
        report.fmt(f)
    }
}

impl std::error::Error for Error {}

impl Stopped {
    fn in_words(&self) -> impl Iterator<Item = ErrorReport> + '_ {
        self.errors.iter().map(|(service, error)| ErrorReport::from(error).of_service(service))
    }
}

impl Error {
    /// Converts the error to the report that the command line prints for it.
    fn in_words(&self) -> ErrorReport {
        match self {
            Self::Project { service: None, error } => ErrorReport::from(&**error),
            Self::Project { service: Some(service), error } => ErrorReport::from(&**error).of_service(service),
            Self::NoSuchService { name, known } => services::unknown(name, known),
            Self::SameName(name) => {
                ErrorReport::new(ErrorCode::ConfigInvalid, format!("two services are called {name:?}"))
            }
            Self::SharedVersionTable { one, other } => services::shared_version_table(one, other),
            Self::SeveralServices(names) => ErrorReport::new(
                ErrorCode::Usage,
                format!("one connection serves one service, but several are selected: {}", names.join(", ")),
            ),
            Self::LeaseNeedsUrl { service } => ErrorReport::new(
                ErrorCode::ConfigInvalid,
                "a borrowed connection cannot hold a lease as its lock: use a URL",
            )
            .of_service(service),
            Self::Service { service, error } => ErrorReport::from(error).of_service(service),
            Self::DataLoss(lost) => losses::refused(lost, "`Migrator::may_lose_rows` does not allow that"),
            Self::ConcurrentChange { service, others } => {
                losses::moved_meanwhile(service).with_others(others.in_words())
            }
            Self::Stopped(stopped) => {
                let mut reports = stopped.in_words();
                let first = reports.next().unwrap_or_else(|| ErrorReport::new(ErrorCode::InternalError, "stopped"));
                first.with_others(reports)
            }
        }
    }

    /// Wraps an error in the files of `service`.
    pub(super) fn in_files(service: &str, error: Box<ProjectError>) -> Self {
        Self::Project { service: Some(service.to_owned()), error }
    }

    /// Wraps an error of `service`.
    pub(super) fn in_service(service: &Service, error: impl Into<EngineError>) -> Self {
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
