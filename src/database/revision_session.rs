//! Work of a driver for the runner ([`crate::engine`] owns the order of things): it sends lists of steps and reports
//! what it knows of the transaction that is open.

use super::lease::Lease;
use super::session::TextRows;
use super::{FailureCause, SectionQuery, VersionTable, Watch};
use crate::database::journal::JournalState;

/// Purpose of a transaction that a step opens or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionScope {
    /// The whole revision.
    Revision,
    /// One statement of a revision outside a transaction, with the note about it.
    Statement,
    /// The end of a revision outside a transaction: version rows and journal.
    End,
}

/// Step of a run. A driver turns it into SQL and sends as many together as its protocol allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStep<'s> {
    /// Opens a transaction.
    Begin(TransactionScope),
    /// Commits the transaction.
    Commit(TransactionScope),
    /// Rolls back what is open; does nothing if nothing is.
    RollBack(TransactionScope),
    /// Sets timeouts and the session's name.
    SetUp,
    /// Resets what [`RunStep::SetUp`] has set for the session.
    UndoSetUp,
    /// Restores the session's settings, locks and roles that the revision has changed.
    RestoreSession,
    /// Fails unless this runner has the lease.
    CheckLease,
    /// Renews the lease in the transaction of a statement, and fails unless this runner has it.
    RenewLease,
    /// Changes the version rows; fails with [`FailureCause::RowsMoved`] unless they are the expected ones.
    ChangeRows,
    /// Fails unless the version rows are the ones that the revision leaves.
    CompareRows,
    /// Writes the journal row of a revision outside a transaction; fails with [`FailureCause::RowsMoved`] unless the
    /// version rows are the expected ones. [`RevisionSession::journal`] returns its id afterwards.
    StartJournal(Note),
    /// Updates that journal row.
    Note(Note),
    /// Ends that journal row.
    FinishJournal(Outcome<'s>),
    /// Writes the journal row of a revision that has none yet.
    InsertJournal(Outcome<'s>),
    /// Announces the next revision in the journal if the protocol gains by it.
    AnnounceNext,
    /// Piece of the revision, by index, which an earlier attempt has run too.
    Repeat(usize),
    /// Piece of the revision, by index.
    Piece(usize),
    /// The part of a piece for one range of keys.
    Batch {
        /// Index of the piece.
        piece: usize,
        /// Statement with the range.
        sql: &'s str,
    },
    /// Statement that records the last key of a batch.
    Cursor(&'s str),
    /// Query of the revision that must return no rows; fails with [`FailureCause::Unmet`] or
    /// [`FailureCause::Unverified`] if it returns some.
    Query(SectionQuery),
}

/// Progress that the journal records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// Number of statements that have run.
    pub done: usize,
    /// Number (from 1) of the statement that is about to run outside a transaction with this note.
    pub running: Option<usize>,
}

/// End of a run, for the journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome<'s> {
    /// State.
    pub state: JournalState,
    /// Number of statements that ran and were not rolled back.
    pub done: usize,
    /// Error message, in one line.
    pub error: Option<&'s str>,
}

/// Relation between a statement outside a transaction of the revision and the journal note about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JournalPlacement {
    /// Both in one transaction: after a crash the journal is right.
    Together,
    /// The statement ends a transaction of the revision's own, which contains the note.
    Ends,
    /// The statement cannot share a transaction with its note: one note before it, so that after a crash only this
    /// statement has an unknown outcome, and one after it.
    Alone,
    /// No note: the statement has no lasting effect, or not yet, or nothing can be written before it.
    Unnoted,
}

/// Facts about a driver's protocol. The default is that of one that sends statement by statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Capabilities {
    /// Statements of one message take effect one by one, so a note can travel with the statement that it precedes.
    pub sends_note_with_statement: bool,
    /// A revision may lose its right to write the journal (it changes its role): notes are left out then.
    pub can_lose_journal: bool,
    /// A statement that failed outside a transaction may leave something behind (an invalid index).
    pub leaves_traces: bool,
}

/// Failure of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepFailure {
    /// Index of the failed step in the list; none of those after it took effect.
    pub step: usize,
    /// Cause.
    pub cause: FailureCause,
    /// Byte offset in the revision's text of the error's position.
    pub offset: Option<usize>,
    /// Number of statements that are committed although the revision's transaction failed: one of them ended it.
    pub applied: usize,
    /// True if a commit had been sent when the connection broke, so that its outcome is unknown.
    pub is_commit_sent: bool,
    /// True if a request to stop a statement has the same error.
    pub is_cancel: bool,
    /// True if a missing or changed version table or journal has this error.
    pub is_own_table: bool,
    /// True if the statement must not be tried again: the transaction that is open cannot go on after this error.
    pub is_final: bool,
    /// True if the statement failed because it shares a transaction with its note.
    pub must_be_alone: bool,
    /// True if another session still runs the statement, for a runner that is gone.
    pub is_under_way: bool,
}

impl StepFailure {
    /// Creates a failure with all flags unset.
    #[must_use]
    pub const fn new(step: usize, cause: FailureCause) -> Self {
        Self {
            step,
            cause,
            offset: None,
            applied: 0,
            is_commit_sent: false,
            is_cancel: false,
            is_own_table: false,
            is_final: false,
            must_be_alone: false,
            is_under_way: false,
        }
    }

    /// Returns whether the connection is lost.
    #[must_use]
    pub const fn is_lost(&self) -> bool {
        matches!(self.cause, FailureCause::ConnectionLost(_))
    }
}

/// Connection while it runs one revision. [`super::Database::start_revision`] creates it.
pub trait RevisionSession {
    /// Returns the version table with its schema.
    fn version_table(&self) -> &VersionTable;

    /// Returns facts about the protocol.
    fn capabilities(&self) -> Capabilities {
        Capabilities::default()
    }

    /// Sends the steps in order, in as few messages as the protocol allows. In a revision with a transaction, reports
    /// each statement to `watch` and stops before the next one if the user has requested an interruption.
    ///
    /// # Errors
    /// [`StepFailure`] of the first step that failed; none of those after it took effect.
    fn send(&mut self, steps: &[RunStep<'_>], watch: &mut dyn Watch) -> Result<(), StepFailure>;

    /// Runs a query of a batched statement.
    ///
    /// # Errors
    /// The cause of the failure.
    fn run_query(&mut self, sql: &str) -> Result<TextRows, FailureCause>;

    /// Returns the id of the revision's journal row, once it has been written.
    fn journal(&self) -> Option<i64>;

    /// Returns what the journal row records already, if an earlier revision announced this one.
    fn announced(&self) -> Option<Note> {
        None
    }

    /// Returns where the note about piece `piece` goes; `next` is the piece after it.
    ///
    /// # Errors
    /// The cause of a failed query.
    fn placement(&mut self, piece: usize, next: Option<usize>) -> Result<JournalPlacement, FailureCause>;

    /// Returns whether the note about the piece before `piece` should announce `piece`, which saves a message.
    fn needs_notice(&self, _piece: usize) -> bool {
        false
    }

    /// Prepares a statement that runs alone: removes what a failed attempt left behind.
    ///
    /// # Errors
    /// The failure, with the step 0.
    fn prepare_alone(&mut self, _piece: usize, _watch: &mut dyn Watch) -> Result<(), StepFailure> {
        Ok(())
    }

    /// Follows the transaction that the revision itself may open and end, after piece `piece` has run. `before` and
    /// `done` are the numbers of statements that had run before and after it; `next` is the piece after it.
    ///
    /// # Errors
    /// The cause of a failed query.
    fn follow_transaction(
        &mut self,
        piece: usize,
        next: Option<usize>,
        counts: (usize, usize),
    ) -> Result<(), FailureCause>;

    /// Called when the settings of earlier attempts have been repeated.
    ///
    /// # Errors
    /// The cause of a failed query.
    fn settings_repeated(&mut self) -> Result<(), FailureCause> {
        Ok(())
    }

    /// Returns the number of statements that a rollback of the revision's own transaction leaves; `None` if none is open.
    fn open_since(&self) -> Option<usize>;

    /// Returns the piece with the setting because of which a statement opens a transaction by itself, if there is one.
    fn opening_setting(&self) -> Option<usize> {
        None
    }

    /// Returns whether a part of piece `piece` may be there although it was interrupted.
    fn may_be_half_applied(&mut self, _piece: usize) -> bool {
        false
    }

    /// Returns the lease, if the lock is one.
    fn lease(&self) -> Option<&Lease> {
        None
    }

    /// Called when the revision has run.
    fn complete(&mut self) {}
}
