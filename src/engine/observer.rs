//! What happens during a run, told to whoever shows it.

use std::time::Duration;

use crate::database::{Blocker, DatabaseError, LockHolder, ServerProgress, StopSignal};
use crate::graph::Operation;
use crate::id::RevisionId;

/// Something that happened.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// Somebody else holds the lock; told about once a second.
    Waiting {
        /// Who.
        holder: &'a LockHolder,
        /// For how long this runner has waited.
        waited: Duration,
    },
    /// The plan stands: so many revisions will run.
    Planned {
        /// How many revisions.
        revisions: usize,
    },
    /// A revision starts.
    Started {
        /// Which of the plan, from 0.
        index: usize,
        /// Of how many.
        of: usize,
        /// The revision.
        revision: &'a RevisionId,
        /// What is done with it.
        operation: Operation,
        /// Its message.
        message: &'a str,
        /// How many statements it has.
        statements: usize,
    },
    /// The revision was half done; it goes on.
    Resumed {
        /// The revision.
        revision: &'a RevisionId,
        /// What is done with it.
        operation: Operation,
        /// How many of its statements had run.
        skip: usize,
        /// Of how many.
        of: usize,
        /// Of the statement that was under way when the runner died: whether the catalog says that it ran.
        found: Option<bool>,
    },
    /// An index that an earlier build left INVALID was dropped, to be built again.
    DroppedInvalidIndex {
        /// The revision.
        revision: &'a RevisionId,
        /// The index.
        index: &'a str,
    },
    /// Statements of the revision that runs have been done.
    Statements {
        /// How many.
        done: usize,
        /// Of how many.
        total: usize,
    },
    /// A statement has run; told to those who want it ([`Observer::wants_statements`]).
    StatementRan {
        /// Which of the revision's, from 1.
        number: usize,
        /// Of how many.
        of: usize,
        /// Its text.
        text: &'a str,
        /// How long it took.
        took: Duration,
    },
    /// Somebody stands in the way of the statement that runs; told every few seconds.
    Blocked {
        /// For how long, about.
        waited: Duration,
        /// Who.
        blockers: &'a [Blocker],
    },
    /// A session that stood in the way was to be ended.
    Killed {
        /// Which.
        blocker: &'a Blocker,
        /// Whether the server did so.
        ended: bool,
    },
    /// A revision or a statement of it did not get its lock, and is tried again after a pause.
    LockRefused {
        /// The revision.
        revision: &'a RevisionId,
        /// What the server said.
        said: &'a str,
        /// Which of the tries that come, from 1.
        attempt: u32,
        /// How many tries there are.
        of: u32,
        /// How long the pause is.
        pause: Duration,
        /// Who stood in the way, as far as somebody saw it.
        blockers: &'a [Blocker],
    },
    /// A batch of a statement that runs in batches is committed.
    Batch {
        /// How many keys have been done.
        done: u64,
        /// Which part of the range of keys, from 0 to 1.
        share: f64,
        /// Keys in a second.
        rate: f64,
        /// How long the rest takes about; none: not known.
        left: Option<Duration>,
        /// How many keys a batch has now.
        size: u64,
        /// How long this one held its locks.
        took: Duration,
    },
    /// A backfill waits before its next batch.
    BatchPaused {
        /// How far a replica is behind, when it waits for that.
        lag: Option<Duration>,
        /// How many sessions wait for locks.
        waiting: u64,
    },
    /// Replicas that a backfill was to look at do not tell how far they are behind; it goes on without them.
    ReplicasUnknown {
        /// Which, with why.
        replicas: &'a [String],
    },
    /// The schema could not be kept beside the journal after the run.
    SnapshotNotKept {
        /// Why not.
        error: &'a DatabaseError,
    },
    /// How far the server is with the statement that runs.
    InStatement {
        /// In its own words and numbers.
        progress: &'a ServerProgress,
    },
    /// A revision is done.
    Finished {
        /// Which of the plan, from 0.
        index: usize,
        /// Of how many.
        of: usize,
        /// The revision.
        revision: &'a RevisionId,
        /// What was done with it.
        operation: Operation,
        /// Its message.
        message: &'a str,
        /// How long it took.
        duration: Duration,
    },
}

/// Sees the events of all services of a run, from several threads at once.
pub trait Observer: Sync {
    /// Something happened in `service`.
    fn event(&self, service: &str, event: &Event<'_>);
    /// Whether each statement is told, with its time.
    fn wants_statements(&self) -> bool {
        false
    }
    /// Whether the user asked to stop.
    fn interrupted(&self) -> bool {
        false
    }
    /// The same question as a value that drivers can ask from inside a statement, where there is one.
    fn stop_signal(&self) -> Option<StopSignal> {
        None
    }
}
