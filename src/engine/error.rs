//! Why a run did not start, or did not end well.

use std::path::PathBuf;
use std::time::Duration;

use super::changed::Changed;
use super::online::OnlineFailure;
use crate::database::{
    Blocker, DatabaseError, ErrorKind, FailureCause, Incomplete, LockHolder, ReadOnlyServer, RunFailure, ServerError,
};
use crate::diagnostic::Location;
use crate::graph::{Operation, TargetError};
use crate::id::RevisionId;
use crate::project::ProjectError;
use crate::revision::TemplateError;
use crate::sql::{BatchProblem, SplitError};

/// Why a revision is refused before anything runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RevisionRefusal {
    /// `BEGIN`, `COMMIT` or the like in a revision that runs in a transaction.
    OwnTransaction {
        /// The statement's first word.
        keyword: String,
        /// Whether the revision as a whole is one transaction: on MySQL only without statements that commit by themselves.
        is_whole: bool,
    },
    /// `LOAD DATA LOCAL`, whose file nobody sends.
    LocalFile,
    /// A statement that the database refuses inside a transaction.
    NotInTransaction {
        /// Which.
        statement: &'static str,
    },
    /// The text cannot be split into statements.
    Split(SplitError),
    /// A template that cannot be rendered.
    Template(TemplateError),
    /// `COPY ... FROM stdin` for a database that has none.
    CopyElsewhere,
    /// There is no `@upgrade` section.
    MissingUpgrade,
    /// There is no `@downgrade` section, so the revision cannot be downgraded.
    MissingDowngrade,
    /// There is no file that takes the other one of a pair back.
    MissingRollback,
    /// The database cannot roll back what `--single-transaction` would have to.
    SingleTransaction,
    /// A statement of a verify section that is no query.
    NotAQuery,
    /// A `@batch` line, or its statement, that cannot be run in batches.
    Batch(BatchProblem),
    /// It is written in Python, and nothing is said of how to render it.
    Python {
        /// How many revisions of the plan are.
        revisions: usize,
    },
    /// It has no SQL, and Alembic, which would run it, cannot do so here.
    Online(OnlineRefusal),
    /// The session reads backslashes in strings otherwise than the file was split.
    Strings {
        /// The setting.
        setting: &'static str,
    },
    /// A place that was left open for a person to fill in.
    Gap,
    /// A line of git's around a conflict, left behind where a statement is.
    GitConflict,
    /// `transaction: false` together with one transaction for everything.
    NotTransactional,
}

/// Why a revision that only Alembic can run is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnlineRefusal {
    /// A script is asked for.
    Script,
    /// The history is replayed in a scratch database.
    Shadow,
    /// One transaction for everything: Alembic works in a session of its own.
    SingleTransaction,
    /// The lock is a lease, and Alembic's statements do not compare it.
    Lease,
}

/// How the file of a half-done revision differs from the one that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileDifference {
    /// This statement (from 1), which ran or may have run, is another one now.
    Edited {
        /// Its number.
        statement: usize,
    },
    /// There are fewer statements than ran.
    Shorter,
    /// There is no such file any more.
    Vanished,
}

/// Why there is nothing to repair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRepair {
    /// No revision is half done (or not this one).
    NotIncomplete,
    /// Several are: which is meant?
    Several,
    /// It is known of every statement whether it ran.
    NoneUnknown,
    /// The file is what was applied.
    NotChanged,
}

/// Why a run did not start, or did not end well.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The target means nothing here, or cannot be reached.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The database could not be asked.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A revision file could not be read.
    #[error(transparent)]
    Project(#[from] Box<ProjectError>),
    /// The version table holds rows that no file explains.
    #[error("the version table contains rows that have no revision file")]
    UnknownRows(Vec<String>),
    /// The version table has lost rows: its journal records revisions as applied that no row stands for.
    #[error("the version table {table} is {is}, but its journal records {} as applied", words(.applied))]
    VersionRowsLost {
        /// The version table.
        table: String,
        /// How it is: `empty`, `missing`, `incomplete`.
        is: &'static str,
        /// The rows that it has.
        rows: Vec<String>,
        /// The newest revisions that the journal records as applied: what the rows would be.
        applied: Vec<String>,
    },
    /// A revision is refused before anything ran.
    #[error("revision {revision} is refused")]
    Refused {
        /// The revision.
        revision: RevisionId,
        /// What was to be done with it.
        operation: Operation,
        /// Where.
        location: Box<Location>,
        /// Why.
        refusal: RevisionRefusal,
    },
    /// Ids that the version table's column cannot hold.
    #[error("the version table {table} stores ids of at most {capacity} characters")]
    IdsTooLong {
        /// The version table.
        table: String,
        /// The ids.
        ids: Vec<RevisionId>,
        /// How many characters fit.
        capacity: usize,
    },
    /// Somebody else holds the lock.
    #[error("another runner holds the lock")]
    Locked {
        /// Who.
        holder: LockHolder,
        /// For how long this runner waited.
        waited: Duration,
    },
    /// Another service's revision must be applied first.
    #[error("revision {revision} needs {service}:{symbol}")]
    Needs {
        /// The revision that needs it.
        revision: RevisionId,
        /// The other service.
        service: String,
        /// What is needed there, as written.
        symbol: String,
        /// Whether the other service has no such revision at all.
        unknown: bool,
    },
    /// Another service's applied revision needs what is to be downgraded.
    #[error("{service}:{dependent} needs revision {revision}")]
    NeededBy {
        /// The revision to be downgraded.
        revision: RevisionId,
        /// The other service.
        service: String,
        /// Its revision.
        dependent: RevisionId,
    },
    /// The services wait for one another.
    #[error("the services' dependencies form a cycle")]
    Circle(Vec<(String, RevisionId)>),
    /// A service that this one waits for did not get there.
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
        /// The revision.
        revision: RevisionId,
        /// What was being done.
        operation: Operation,
        /// Its file.
        path: PathBuf,
        /// Where in the file, when that is known.
        location: Option<Box<Location>>,
        /// The statement's number, from 1, when it was one of the revision's.
        statement: Option<usize>,
        /// How many statements there are.
        statements: usize,
        /// How many rows of the statement that failed are committed all the same: it runs in batches.
        batched: u64,
        /// What went wrong and what stays.
        failure: Box<RunFailure>,
    },
    /// A revision did not get its lock, however often it was tried again.
    #[error("revision {revision} could not get its lock")]
    LockRefused {
        /// The revision.
        revision: RevisionId,
        /// How often it was tried again.
        tries: u32,
        /// Who stood in the way at last.
        blockers: Vec<Blocker>,
        /// The failure itself: always [`EngineError::Failed`].
        failed: Box<EngineError>,
    },
    /// A contract revision is asked for before a migrate revision that it needs has run.
    #[error("the contract revision {revision} needs the migrate revision {migration}, which has not run")]
    EarlyContract {
        /// The contract revision.
        revision: RevisionId,
        /// The migrate revision.
        migration: RevisionId,
    },
    /// A revision that is half done, and that this run would not finish, stands in the way.
    #[error("revision {} is incomplete", .0.revision)]
    Incomplete(Box<Incomplete>),
    /// The file of a half-done revision no longer begins with what has run.
    #[error("revision {} is half-applied, and its file has changed since it started", .incomplete.revision)]
    IncompleteChanged {
        /// What was left.
        incomplete: Box<Incomplete>,
        /// The first statement that is another one.
        location: Option<Box<Location>>,
        /// What is different.
        difference: FileDifference,
    },
    /// Neither the journal nor the catalog tells whether a statement of a half-done revision ran.
    #[error("revision {} is half-applied, and it is not known whether statement {statement} of {} ran", .incomplete.revision, .incomplete.statements_total)]
    StatementUnknown {
        /// What was left.
        incomplete: Box<Incomplete>,
        /// The statement.
        location: Box<Location>,
        /// Its number, from 1.
        statement: usize,
    },
    /// The rest of a half-done revision uses what its session held: a temporary table, a variable, the last row's number.
    #[error("revision {} is half-applied, and the rest of it depends on its lost session", .incomplete.revision)]
    SessionLost {
        /// What was left.
        incomplete: Box<Incomplete>,
        /// The first statement that does.
        location: Box<Location>,
    },
    /// A revision that Alembic itself ran, or was to run, did not come to its end.
    #[error("{0}")]
    Online(Box<OnlineFailure>),
    /// Revision files are no longer what was applied.
    #[error("revision files differ from what was applied")]
    Changed(Vec<Changed>),
    /// There is nothing of the kind to repair.
    #[error("nothing to repair")]
    NothingToRepair {
        /// The revision, when one was named.
        revision: Option<RevisionId>,
        /// Why not.
        reason: NoRepair,
    },
    /// The server takes no writes.
    #[error("the server accepts no writes: {}", server.reason)]
    ReadOnly {
        /// Why, and what helps.
        server: ReadOnlyServer,
        /// The failure itself.
        failed: Box<EngineError>,
    },
    /// The user asked to stop, between two revisions.
    #[error("stopped")]
    Interrupted,
}

fn words(ids: &[String]) -> String {
    ids.join(" and ")
}

impl EngineError {
    /// What the server said, when it refused a statement.
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

    /// Whether the server refused to write.
    #[must_use]
    pub fn is_refused_write(&self) -> bool {
        self.server_error().is_some_and(|error| error.kind() == Some(ErrorKind::ReadOnly))
    }
}
