//! Runs a statement in batches: each batch with its note and the check of the lease in one transaction.

use mysql::Conn;

use super::error;
use super::run::own_failure;
use super::session::{Failed, send, send_and_drop, value};
use crate::database::lease;
use crate::database::session::TextRows;
use crate::database::{BatchStep, FailureCause, RunFailure, Watch, batch};

/// Executes the batches of a statement.
pub(super) struct Side<'s> {
    pub(super) conn: &'s mut Conn,
    pub(super) watch: &'s mut dyn Watch,
    pub(super) index: usize,
    /// Condition for the lease, checked at the end of each batch.
    pub(super) lease: Option<String>,
}

impl batch::Side<RunFailure> for Side<'_> {
    fn ask(&mut self, sql: &str) -> Result<TextRows, RunFailure> {
        let outcomes = send(self.conn, sql).map_err(|failed| of_piece(&failed, self.index))?;
        let texts = |row: &mysql::Row| (0..row.len()).map(|column| value::<String>(row, column)).collect();
        Ok(outcomes.first().map(|outcome| outcome.rows.iter().map(texts).collect()).unwrap_or_default())
    }

    fn commit(&mut self, batch: &str, note: &str) -> Result<(), RunFailure> {
        let check = |condition: &String| format!("SELECT POW(2, IF({condition}, 1, 5000)); ");
        let lease = self.lease.as_ref().map(check).unwrap_or_default();
        let message = format!("START TRANSACTION; {batch}\n; {note}; {lease}COMMIT");
        send_and_drop(self.conn, &message).map_err(|failed| {
            // Index 3 is the check of the lease, behind START TRANSACTION, batch and note.
            let _ = send_and_drop(self.conn, "ROLLBACK");
            if self.lease.is_some() && failed.index == 3 {
                return RunFailure::new(FailureCause::LockLost(lease::lost()), Some(self.index));
            }
            of_piece(&failed, self.index)
        })
    }

    fn refused(&self, message: &str) -> RunFailure {
        RunFailure { piece: Some(self.index), ..own_failure(message) }
    }

    fn stopped(&self) -> RunFailure {
        RunFailure::new(FailureCause::Interrupted, Some(self.index))
    }

    fn batched(&mut self, keys: u64) {
        self.watch.batched(keys);
    }

    fn paced(&mut self, step: &BatchStep<'_>) -> Option<u64> {
        self.watch.paced(step).filter(|_| !self.watch.interrupted())
    }
}

fn of_piece(failed: &Failed, index: usize) -> RunFailure {
    RunFailure::new(error::cause(&failed.error), Some(index))
}
