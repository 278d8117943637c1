//! Transaction, table locks and autocommit of a revision's own, outside a transaction of the runner.

use super::transaction_effect::TransactionEffect;
use crate::database::RevisionExecution;

/// State that the revision's statements have left open.
#[derive(Debug)]
pub(super) struct OwnSessionState {
    /// Number of statements that ran and will not be rolled back.
    pub(super) stays: usize,
    /// LOCK TABLES is in effect: no other table can be written, including the journal.
    pub(super) tables_locked: bool,
    /// The revision opened a transaction.
    pub(super) is_open: bool,
    /// The revision may have disabled autocommit.
    pub(super) commits_by_hand: bool,
    /// Autocommit is disabled: statements that write rows open a transaction.
    pub(super) is_autocommit_off: bool,
}

impl OwnSessionState {
    pub(super) fn new(unit: &RevisionExecution<'_>) -> Self {
        let commits_by_hand = unit.has_settings() && unit.text.to_ascii_lowercase().contains("autocommit");
        Self { commits_by_hand, ..Self::at(unit.skip) }
    }

    const fn at(done: usize) -> Self {
        Self { stays: done, tables_locked: false, is_open: false, commits_by_hand: false, is_autocommit_off: false }
    }

    /// Switched on again, it commits what is open ("autocommit, Commit, and Rollback" in MySQL's manual).
    pub(super) fn switch_autocommit(&mut self, commits_each_statement: bool, done: usize) {
        if self.is_autocommit_off && commits_each_statement {
            (self.is_open, self.stays) = (false, done);
        }
        self.is_autocommit_off = !commits_each_statement;
    }

    /// Tracks the effect of a statement; `only_reads` if, judging by its text, it only reads or sets something.
    pub(super) fn after(&mut self, effect: TransactionEffect, only_reads: bool, done: usize) {
        match effect {
            TransactionEffect::Nothing if self.is_autocommit_off && !only_reads => self.is_open = true,
            TransactionEffect::Begins => self.is_open = true,
            TransactionEffect::Ends | TransactionEffect::Commits => self.is_open = false,
            TransactionEffect::Chains => (self.is_open, self.stays) = (true, done),
            TransactionEffect::LocksTables => (self.tables_locked, self.is_open) = (true, false),
            TransactionEffect::UnlocksTables => self.tables_locked = false,
            TransactionEffect::Nothing => {}
        }
        // BEGIN releases table locks.
        self.tables_locked &= effect != TransactionEffect::Begins;
        if !self.is_open {
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
        let mut progress = OwnSessionState { commits_by_hand: true, ..OwnSessionState::at(0) };
        progress.after(TransactionEffect::Nothing, true, 1);
        progress.switch_autocommit(false, 1);
        assert!(!progress.is_open && progress.stays == 1);
        progress.after(TransactionEffect::Nothing, false, 2);
        assert!(progress.is_open && progress.stays == 1);
        progress.after(TransactionEffect::Commits, false, 3);
        assert!(!progress.is_open && progress.stays == 3);
        progress.after(TransactionEffect::Nothing, false, 4);
        progress.switch_autocommit(true, 5);
        assert!(!progress.is_open && progress.stays == 5);
    }
}
