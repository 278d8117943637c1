//! Progress of a unit outside a transaction, and the state that its statements have left open.

use super::transaction_effect::{TransactionEffect, may_stop_half_done};
use crate::database::{FailureCause, RevisionExecution, RunFailure};
use crate::sql::{Batch, Dialect, StatementKind};

/// Progress of a unit outside a transaction.
#[derive(Debug)]
pub(super) struct UnitProgress {
    /// Number of statements that ran and will not be rolled back.
    pub(super) stays: usize,
    /// Number of statements that the journal records as run.
    pub(super) noted: usize,
    /// Number (from 1) of the statement that the journal records as about to run.
    pub(super) running: Option<usize>,
    /// LOCK TABLES is in effect: no other table can be written, including the journal.
    pub(super) tables_locked: bool,
    /// The last statement (from 1) that was sent.
    pub(super) sent: usize,
    /// The revision opened a transaction of its own.
    pub(super) in_transaction: bool,
    /// The revision may have disabled autocommit.
    pub(super) commits_by_hand: bool,
    /// Autocommit is disabled: statements that write rows open a transaction.
    is_autocommit_off: bool,
}

impl UnitProgress {
    pub(super) fn new(unit: &RevisionExecution<'_>) -> Self {
        let commits_by_hand = unit.has_settings() && unit.text.to_ascii_lowercase().contains("autocommit");
        Self { commits_by_hand, ..Self::at(unit.skip) }
    }

    const fn at(done: usize) -> Self {
        Self {
            stays: done,
            noted: done,
            running: None,
            tables_locked: false,
            sent: done,
            in_transaction: false,
            commits_by_hand: false,
            is_autocommit_off: false,
        }
    }

    /// The statement that was stopped in its middle, by number and kind, where part of what it did may be there: the next run must
    /// not take it for one that did not run. A statement in batches is not meant: each batch is noted.
    pub(super) fn half_done(&self, unit: &RevisionExecution<'_>, failure: &RunFailure) -> Option<(u64, StatementKind)> {
        let index = failure.piece.filter(|_| failure.cause == FailureCause::Interrupted && !self.in_transaction)?;
        let (number, (_, piece)) = (1..).zip(unit.statements()).find(|(_, (piece, _))| *piece == index)?;
        let is_batch = Batch::of(unit.text, piece, Dialect::Mysql).is_ok_and(|batch| batch.is_some());
        let is_partial = number == self.sent && !is_batch && may_stop_half_done(piece.kind, piece.sql.slice(unit.text));
        is_partial.then_some((number as u64, piece.kind))
    }

    /// Switched on again, it commits what is open ("autocommit, Commit, and Rollback" in MySQL's manual).
    pub(super) fn switch_autocommit(&mut self, commits_each_statement: bool, done: usize) {
        if self.is_autocommit_off && commits_each_statement {
            (self.in_transaction, self.stays) = (false, done);
        }
        self.is_autocommit_off = !commits_each_statement;
    }

    /// Tracks the effect of a statement; `only_reads` if, judging by its text, it only reads or sets something.
    pub(super) fn after(&mut self, effect: TransactionEffect, only_reads: bool, done: usize) {
        match effect {
            TransactionEffect::Nothing if self.is_autocommit_off && !only_reads => self.in_transaction = true,
            TransactionEffect::Begins => self.in_transaction = true,
            TransactionEffect::Ends | TransactionEffect::Commits => self.in_transaction = false,
            TransactionEffect::Chains => (self.in_transaction, self.stays) = (true, done),
            TransactionEffect::LocksTables => (self.tables_locked, self.in_transaction) = (true, false),
            TransactionEffect::UnlocksTables => self.tables_locked = false,
            TransactionEffect::Nothing => {}
        }
        // BEGIN releases table locks.
        self.tables_locked &= effect != TransactionEffect::Begins;
        if !self.in_transaction {
            self.stays = done;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn without_autocommit_rows_are_open_until_a_commit() {
        let mut progress = UnitProgress { commits_by_hand: true, ..UnitProgress::at(0) };
        progress.after(TransactionEffect::Nothing, true, 1);
        progress.switch_autocommit(false, 1);
        assert!(!progress.in_transaction && progress.stays == 1);
        progress.after(TransactionEffect::Nothing, false, 2);
        assert!(progress.in_transaction && progress.stays == 1);
        progress.after(TransactionEffect::Commits, false, 3);
        assert!(!progress.in_transaction && progress.stays == 3);
        progress.after(TransactionEffect::Nothing, false, 4);
        progress.switch_autocommit(true, 5);
        assert!(!progress.in_transaction && progress.stays == 5);
    }
}
