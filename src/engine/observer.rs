//! Events of a run, and the observer that receives them.

use std::time::Duration;

use crate::database::{Blocker, DatabaseError, LockHolder, ServerProgress, StopSignal};
use crate::graph::Operation;
use crate::id::RevisionId;

/// An event of a run.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Another runner holds the lock; reported about once a second.
    Waiting {
        /// Holder of the lock.
        holder: &'a LockHolder,
        /// Time that this runner has waited.
        waited: Duration,
    },
    /// The plan is final.
    Planned {
        /// Number of revisions that will run.
        revisions: usize,
    },
    /// A revision starts; reported again if it was rolled back with others and runs once more by itself.
    Started {
        /// Position in the plan, from 0.
        index: usize,
        /// Number of revisions in the plan.
        of: usize,
        revision: &'a RevisionId,
        /// Operation on it.
        operation: Operation,
        /// Message of the revision.
        message: &'a str,
        /// Number of its statements.
        statements: usize,
    },
    /// The revision that starts has no file: the downgrade section runs that the journal keeps.
    FromJournal { revision: &'a RevisionId },
    /// The version row of a replaced revision was changed to the one that replaces it. Nothing ran.
    Replaced {
        /// Revision of the row before.
        row: &'a RevisionId,
        /// Revision that replaces it.
        replacement: &'a RevisionId,
    },
    /// The journal is one of an earlier version and cannot be extended by this user: it does not describe the revisions
    /// that are applied, so an older release will not know them.
    DefinitionsNotKept,
    /// The revision was incomplete and is resumed.
    Resumed {
        revision: &'a RevisionId,
        /// Operation on it.
        operation: Operation,
        /// Number of its statements that had run.
        skip: usize,
        /// Number of its statements.
        of: usize,
        /// Result of looking up the statement that was running when the runner died: true if it has run, false if it
        /// has not, `None` if there was none.
        found: Option<bool>,
    },
    /// An index that an earlier build left INVALID was dropped; it will be built again.
    DroppedInvalidIndex {
        revision: &'a RevisionId,
        /// Name of the index.
        index: &'a str,
    },
    /// Progress of the current revision.
    Statements {
        /// Number of statements that have run.
        done: usize,
        /// Number of its statements.
        total: usize,
    },
    /// A statement has run. Reported only if [`Observer::wants_statements`] returns `true`.
    StatementRan {
        /// Number of the statement in its revision, from 1.
        number: usize,
        /// Number of statements in the revision.
        of: usize,
        /// Text of the statement.
        text: &'a str,
        /// Duration of the statement.
        took: Duration,
    },
    /// Other sessions block the current statement; reported every few seconds.
    Blocked {
        /// Approximate duration of the wait.
        waited: Duration,
        /// Blocking sessions.
        blockers: &'a [Blocker],
    },
    /// An attempt was made to terminate a blocking session.
    Killed {
        /// The session.
        blocker: &'a Blocker,
        /// True if the server terminated it.
        ended: bool,
    },
    /// A revision or one of its statements could not acquire a lock, and is retried after a pause.
    LockRefused {
        revision: &'a RevisionId,
        /// Error message of the server.
        said: &'a str,
        /// Number of the next retry, from 1.
        attempt: u32,
        /// Maximum number of retries.
        of: u32,
        /// Length of the pause.
        pause: Duration,
        /// Blocking sessions, if any were seen.
        blockers: &'a [Blocker],
    },
    /// A batch of a statement that runs in batches was committed.
    Batch {
        /// Number of keys so far, including those of earlier attempts.
        done: u64,
        /// Part of the key range that is done, from 0 to 1.
        share: f64,
        /// Keys per second.
        rate: f64,
        /// Estimated remaining time, if known.
        left: Option<Duration>,
        /// Current size of a batch in keys.
        size: u64,
        /// Duration of this batch, during which it held its locks.
        took: Duration,
    },
    /// A backfill pauses before its next batch.
    BatchPaused {
        /// Lag of the replica that it waits for, if it waits for one.
        lag: Option<Duration>,
        /// Number of sessions that wait for a lock.
        waiting: Option<u64>,
    },
    /// Replicas do not report their lag; the backfill continues without checking them.
    ReplicasUnknown {
        /// Names of the replicas, each with the reason.
        replicas: &'a [String],
    },
    /// The schema could not be stored beside the journal after the run.
    SnapshotNotKept {
        /// Cause.
        error: &'a DatabaseError,
    },
    /// The run ended early, and the database did not confirm that the revisions applied before are durable.
    DurabilityUnknown {
        /// Cause.
        error: &'a DatabaseError,
    },
    /// The run ended early, and the revisions that had run since the last [`Event::Finished`] could not be committed.
    /// They were rolled back, and the next run applies them again.
    NotCommitted {
        /// Number of them.
        revisions: usize,
        /// Cause.
        error: &'a DatabaseError,
    },
    /// Progress of the current statement on the server.
    InStatement {
        /// Phase and amount of work in the server's terms.
        progress: &'a ServerProgress,
    },
    /// A revision has completed and is committed. On SQLite several small revisions are committed, and reported,
    /// together.
    Finished {
        /// Position in the plan, from 0.
        index: usize,
        /// Number of revisions in the plan.
        of: usize,
        revision: &'a RevisionId,
        /// Operation that was run.
        operation: Operation,
        /// Message of the revision.
        message: &'a str,
        /// Duration of the operation.
        duration: Duration,
    },
}

/// Receiver of the events of all services of a run. Called from several threads at once.
pub trait Observer: Sync {
    /// Receives an event of `service`.
    fn event(&self, service: &str, event: &Event<'_>);
    /// Returns `true` to receive [`Event::StatementRan`] for each statement.
    fn wants_statements(&self) -> bool {
        false
    }
    /// Returns `true` if the user requested a stop.
    fn interrupted(&self) -> bool {
        false
    }
    /// Returns the same as a signal that drivers can check in the middle of a statement; `None` to disable that.
    fn stop_signal(&self) -> Option<StopSignal> {
        None
    }
}
