//! Runs a statement in batches: each batch with its note and the check of the lease in one transaction.

use mysql::Conn;

use super::errors;
use super::interrupt::{Interrupts, interruptible};
use super::message::ONE_ROW;
use super::session::{FailedStatement, send, send_and_drop, value};
use crate::database::lease;
use crate::database::session::TextRows;
use crate::database::{FailureCause, RunFailure, Watch, batch};

/// Executes the batches of a statement.
pub(super) struct MysqlBatchDriver<'s> {
    pub(super) conn: &'s mut Conn,
    pub(super) watch: &'s mut dyn Watch,
    pub(super) index: usize,
    /// The renewal of the lease at the end of each batch, which finds out whether it is held still.
    pub(super) lease: Option<String>,
    /// What stops a batch in its middle; `None` where nothing can.
    pub(super) interrupts: Option<&'s Interrupts<'s>>,
}

impl batch::BatchDriver<RunFailure> for MysqlBatchDriver<'_> {
    fn ask(&mut self, sql: &str) -> Result<TextRows, RunFailure> {
        let outcomes = send(self.conn, sql).map_err(|failed| of_piece(&failed, self.index))?;
        let texts = |row: &mysql::Row| (0..row.len()).map(|column| value::<String>(row, column)).collect();
        Ok(outcomes.first().map(|outcome| outcome.rows.iter().map(texts).collect()).unwrap_or_default())
    }

    fn commit(&mut self, batch: &str, note: &str) -> Result<(), RunFailure> {
        let checked = |renewal: &String| format!("{renewal}; {ONE_ROW}; ");
        let lease = self.lease.as_ref().map(checked).unwrap_or_default();
        let message = format!("START TRANSACTION; {batch}\n; {note}; {lease}COMMIT");
        let sent = interruptible(self.interrupts, self.conn, |conn| send_and_drop(conn, &message));
        sent.map_err(|failed| {
            let _ = send_and_drop(self.conn, "ROLLBACK");
            // The check of the lease is at index 4, because a piece holds one statement, also with a delimiter of its own.
            if self.lease.is_some() && failed.index == 4 && errors::code(&failed.error) == Some(errors::OUT_OF_RANGE) {
                return RunFailure::new(FailureCause::LockLost(lease::lost()), Some(self.index));
            }
            of_piece(&failed, self.index)
        })
    }

    fn failure(&self, cause: FailureCause) -> RunFailure {
        RunFailure::new(cause, Some(self.index))
    }

    fn watch(&mut self) -> &mut dyn Watch {
        self.watch
    }
}

fn of_piece(failed: &FailedStatement, index: usize) -> RunFailure {
    RunFailure::new(errors::cause(&failed.error), Some(index))
}
