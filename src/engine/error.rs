//! Errors of a run, before and after its start.

use std::path::PathBuf;
use std::time::Duration;

use super::changed::Changed;
use super::online::OnlineFailure;
use crate::database::{
    Blocker, DatabaseError, ErrorKind, FailureCause, Incomplete, LockHolder, ReadOnlyServer, RunFailure, ServerError,
    StringRule,
};
use crate::diagnostic::Location;
use crate::graph::{Operation, TargetError};
use crate::id::RevisionId;
use crate::project::{MissingReplaced, ProjectError};
use crate::revision::{Section, TemplateError};
use crate::sql::{BatchProblem, SplitError, StatementRefusal};

/// Reason why a revision is refused before anything runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RevisionRefusal {
    /// A transaction statement (`BEGIN`, `COMMIT`) in a revision that runs in a transaction.
    OwnTransaction {
        /// First word of the statement.
        keyword: String,
        /// True if the whole revision is one transaction. On MySQL a statement that commits implicitly prevents that.
        is_whole: bool,
    },
    /// A statement that needs something of its client which aludel does not do.
    Unsupported(&'static StatementRefusal),
    /// A statement that the database does not allow inside a transaction.
    NotInTransaction {
        /// Name of the statement.
        statement: &'static str,
    },
    /// The text cannot be split into statements.
    Split(SplitError),
    /// The template cannot be rendered.
    Template(TemplateError),
    /// `COPY ... FROM stdin` for a database that does not have it.
    CopyElsewhere,
    /// There is no `@upgrade` section.
    MissingUpgrade,
    /// There is no `@downgrade` section, so the revision cannot be downgraded.
    MissingDowngrade,
    /// The pair of files has no rollback file.
    MissingRollback,
    /// A downgrade of a revision without a file, whose downgrade section the journal does not keep.
    DowngradeNotKept,
    /// `--single-transaction` with a database that cannot roll back DDL.
    SingleTransaction,
    /// A statement in a require or verify section that is not a query.
    NotAQuery { section: Section },
    /// A `@batch` line whose statement cannot run in batches, or that is invalid itself.
    Batch(BatchProblem),
    /// A Python revision, but no Alembic to render it is configured.
    Python {
        /// Number of Python revisions in the plan.
        revisions: usize,
    },
    /// A revision without SQL that Alembic would have to run, which is not possible here.
    Online(OnlineRefusal),
    /// The session treats backslashes in string literals differently from how the file was split.
    Strings(StringRule),
    /// A placeholder that has not been filled in.
    Placeholder,
    /// A conflict marker of git that was left behind in a statement.
    GitConflict,
    /// `transaction: false` with `--single-transaction`.
    NotTransactional,
}

/// Reason why a revision that only Alembic can run is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnlineRefusal {
    /// The run is printed as a script.
    Script,
    /// The history is replayed in a scratch database.
    Shadow,
    /// `--single-transaction`: Alembic works in a session of its own.
    SingleTransaction,
    /// The lock is a lease: Alembic's statements do not compare its token.
    Lease,
}

/// Difference between the file of an incomplete revision and the text that was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileDifference {
    /// A statement that ran, or may have run, was edited.
    Edited {
        /// Its number, from 1.
        statement: usize,
    },
    /// The file has fewer statements than have run.
    Shorter,
    /// The journal holds the hashes of only so many of the statements that ran.
    Unrecorded {
        /// Number of the hashes.
        hashes: usize,
    },
    /// The file does not exist any more.
    Vanished,
}

/// Reason why there is nothing to repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRepair {
    /// No revision is incomplete (or not the requested one).
    NotIncomplete,
    /// Several revisions are incomplete, and the request names none of them.
    Several,
    /// The outcome of every statement is known.
    NoneUnknown,
    /// The file matches what was applied.
    NotChanged,
}

/// Error of a run, before or after its start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The target does not exist or cannot be reached.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The database reported an error or could not be reached.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A revision file could not be read.
    #[error(transparent)]
    Project(#[from] Box<ProjectError>),
    /// The version table has rows without a revision file.
    #[error("the version table contains rows that have no revision file")]
    UnknownRows(Vec<String>),
    /// Some of the revisions that a revision replaces are applied, and files of the others are gone.
    #[error("revision {} is applied, and not all that {} replaces", .0.row, .0.replaced_by)]
    ReplacedFilesMissing(Box<MissingReplaced>),
    /// The database is ahead of the revision files, and the config refuses to upgrade it then.
    #[error("the database is ahead of these revision files")]
    DatabaseAhead {
        /// Applied revisions without a file, in the order in which they were applied.
        revisions: Vec<RevisionId>,
    },
    /// The version table has lost rows: its journal records revisions as applied that no row covers.
    #[error("the version table {table} is {is}, but its journal records {} as applied", words(.applied))]
    VersionRowsLost {
        /// Name of the version table.
        table: String,
        /// Condition of the table: `empty`, `missing`, `incomplete`.
        is: &'static str,
        /// Existing rows.
        rows: Vec<String>,
        /// Newest revisions that the journal records as applied; the table should have these rows.
        applied: Vec<String>,
    },
    /// A revision is refused before anything ran.
    #[error("revision {revision} is refused")]
    Refused {
        revision: RevisionId,
        /// Requested operation.
        operation: Operation,
        /// Position of the cause.
        location: Box<Location>,
        /// Reason.
        refusal: RevisionRefusal,
    },
    /// Ids that are too long for the version table's column.
    #[error("the version table {table} stores ids of at most {capacity} characters")]
    IdsTooLong {
        /// Name of the version table.
        table: String,
        /// Ids that are too long.
        ids: Vec<RevisionId>,
        /// Maximum length in characters.
        capacity: usize,
    },
    /// Another runner holds the lock.
    #[error("another runner holds the lock")]
    Locked {
        /// Holder of the lock.
        holder: LockHolder,
        /// Time that this runner waited.
        waited: Duration,
    },
    /// Another service's revision must be applied first.
    #[error("revision {revision} needs {service}:{symbol}")]
    Needs {
        /// Revision that needs it.
        revision: RevisionId,
        /// Name of the other service.
        service: String,
        /// Revision or label that is needed there, as written.
        symbol: String,
        /// True if the other service has no such revision at all.
        unknown: bool,
    },
    /// An applied revision of another service needs the one to be downgraded.
    #[error("{service}:{dependent} needs revision {revision}")]
    NeededBy {
        /// The revision to be downgraded.
        revision: RevisionId,
        /// Name of the other service.
        service: String,
        /// Revision of the other service.
        dependent: RevisionId,
    },
    /// The services wait for one another. Holds the next step of each service that cannot finish.
    #[error("the services' dependencies form a cycle")]
    Circle(Vec<(String, RevisionId)>),
    /// A service that this one waits for ended without running the revision.
    #[error("service {service} did not reach {revision}")]
    Blocked {
        /// The service waited for.
        service: String,
        /// The revision waited for.
        revision: RevisionId,
    },
    /// A revision failed.
    #[error("revision {revision} failed")]
    Failed {
        revision: RevisionId,
        /// Operation that failed.
        operation: Operation,
        /// Path of its file.
        path: PathBuf,
        /// Position in the file, if known.
        location: Option<Box<Location>>,
        /// Number of the failed statement, from 1; `None` if it was not one of the revision's.
        statement: Option<usize>,
        /// Total number of statements.
        statements: usize,
        /// Number of keys of the failed statement that remain committed, because it runs in batches.
        batched: u64,
        /// Cause, and the effects that remain.
        failure: Box<RunFailure>,
    },
    /// A revision could not acquire a lock in any attempt.
    #[error("revision {revision} could not get its lock")]
    LockRefused {
        revision: RevisionId,
        /// Number of retries.
        tries: u32,
        /// Sessions that blocked the last attempt.
        blockers: Vec<Blocker>,
        /// Failure of the last attempt: always [`EngineError::Failed`].
        failed: Box<EngineError>,
    },
    /// A contract revision is to run before a migrate revision that it needs.
    #[error("the contract revision {revision} needs the migrate revision {migration}, which has not run")]
    EarlyContract {
        /// The contract revision.
        revision: RevisionId,
        migration: RevisionId,
    },
    /// An incomplete revision that this run would not finish blocks the plan.
    #[error("revision {} is incomplete", .0.revision)]
    Incomplete(Box<Incomplete>),
    /// The file of an incomplete revision no longer begins with the statements that have run.
    #[error("revision {} is half-applied, and its file has changed since it started", .incomplete.revision)]
    IncompleteChanged {
        incomplete: Box<Incomplete>,
        /// First statement that differs.
        location: Option<Box<Location>>,
        /// Kind of the difference.
        difference: FileDifference,
    },
    /// Neither the journal nor the catalog shows whether a statement of an incomplete revision ran.
    #[error("revision {} is half-applied, and it is not known whether statement {statement} of {} ran", .incomplete.revision, .incomplete.statements_total)]
    StatementUnknown {
        incomplete: Box<Incomplete>,
        /// Position of the statement.
        location: Box<Location>,
        /// Its number, from 1.
        statement: usize,
    },
    /// The remaining statements of an incomplete revision use state of the lost session: a temporary table, a variable,
    /// the last inserted id.
    #[error("revision {} is half-applied, and the rest of it depends on its lost session", .incomplete.revision)]
    SessionLost {
        incomplete: Box<Incomplete>,
        /// First statement that uses such state.
        location: Box<Location>,
    },
    /// A run of Alembic failed or was refused.
    #[error("{0}")]
    Online(Box<OnlineFailure>),
    /// Revision files no longer match what was applied.
    #[error("revision files differ from what was applied")]
    Changed(Vec<Changed>),
    /// The requested repair does not apply.
    #[error("nothing to repair")]
    NothingToRepair {
        /// Requested revision; `None` if the request names none.
        revision: Option<RevisionId>,
        /// Reason.
        reason: NoRepair,
    },
    /// The file of a revision was edited after it was checked and before the revision started.
    #[error("{} was edited after this run had checked it", path.display())]
    EditedMeanwhile {
        /// The revision; it has not started.
        revision: RevisionId,
        /// Path of its file.
        path: PathBuf,
    },
    /// The server is read-only.
    #[error("the server accepts no writes: {}", server.reason)]
    ReadOnly {
        /// Reason and remedies.
        server: ReadOnlyServer,
        /// Error of the refused write.
        failed: Box<EngineError>,
    },
    /// The thread of the service panicked: a fault of the program. Its open transaction was rolled back with its
    /// connection.
    #[error("the service's thread panicked: {message}")]
    Panicked {
        /// Message of the panic.
        message: String,
    },
    /// The user requested a stop, and nothing of the current revision remains.
    #[error("stopped")]
    Interrupted,
}

fn words(ids: &[String]) -> String {
    ids.join(" and ")
}

impl EngineError {
    /// Returns the server's error if it refused a statement.
    fn server_error(&self) -> Option<&ServerError> {
        match self {
            Self::Database(DatabaseError::Server(error)) => Some(error),
            Self::Failed { failure, .. } => match &failure.cause {
                FailureCause::Statement(error) => Some(error),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns `true` if the server refused to write because it is read-only.
    #[must_use]
    pub fn is_refused_write(&self) -> bool {
        self.server_error().is_some_and(|error| error.kind == Some(ErrorKind::ReadOnly))
    }
}
