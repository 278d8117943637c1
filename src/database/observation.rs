//! Observations of a server while it executed one statement.

#[cfg(any(feature = "postgres", feature = "mysql"))]
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::{Database, DatabaseError, ServerError};
use crate::sql::{Blocks, TableName};

/// Lock of the own session on a relation that existed before the statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MeasuredLock {
    /// Table or view; of an index, its table.
    pub table: TableName,
    /// Name of the index, if the lock is on an index.
    pub index: Option<String>,
    /// Strongest mode that is held, by the name of the manual: `ACCESS EXCLUSIVE`.
    pub mode: &'static str,
    /// Operations of other sessions that wait for it.
    pub blocks: Blocks,
    /// Strongest mode that the transaction held before the statement.
    pub before: Option<&'static str>,
    /// The statement was seen to wait for a transaction that had read the table.
    pub has_waited: bool,
}

/// Rows of a table that a statement read one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScannedTable {
    pub table: TableName,
    /// Number of rows.
    pub rows: u64,
}

/// Observations of one statement.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StatementObservation {
    /// Locks at the end of the statement, those of earlier statements of the transaction included; `None` if they could
    /// not be measured.
    pub locks: Option<Vec<MeasuredLock>>,
    /// The locks were looked at now and then while the statement ran, from another session.
    pub is_sampled: bool,
    /// Tables that were rewritten as a whole; `None` if that could not be measured.
    pub rewritten: Option<Vec<TableName>>,
    /// Tables that were read as a whole; `None` if that could not be measured.
    pub scanned: Option<Vec<ScannedTable>>,
    /// Time from sending the statement to its answer.
    pub time: Duration,
    /// Error of the server, if it refused the statement.
    pub error: Option<ServerError>,
}

impl StatementObservation {
    /// Runs the statement and keeps its time and its error.
    ///
    /// # Errors
    /// When the connection breaks.
    pub fn run(database: &mut dyn Database, statement: &str) -> Result<Self, DatabaseError> {
        let start = Instant::now();
        let error = match database.execute(statement) {
            Ok(_) => None,
            Err(DatabaseError::Server(error)) => Some(error),
            Err(error) => return Err(error),
        };
        Ok(Self { time: start.elapsed(), error, ..Self::default() })
    }
}

/// Runs `work`, and meanwhile `look` in another thread, whose argument becomes `true` when `work` has ended. Returns what
/// both return.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) fn run_while_looking<W, L: Send>(
    work: impl FnOnce() -> W,
    look: impl FnOnce(&AtomicBool) -> L + Send,
) -> (W, L) {
    let is_done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let looks = scope.spawn(|| look(&is_done));
        let result = work();
        is_done.store(true, Ordering::Release);
        (result, looks.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    })
}

/// Observation of statements. The default sees nothing but success or the error.
pub trait StatementObserver {
    /// Returns settings of the session on which the work of statements depends, by name in lower case.
    ///
    /// # Errors
    /// When the connection breaks.
    fn deciding_settings(&self, _database: &mut dyn Database) -> Result<Vec<(String, String)>, DatabaseError> {
        Ok(Vec::new())
    }

    /// Runs one statement and returns what it did. `in_transaction` is `true` if a transaction is open: its
    /// locks can then be read after the statement. After an error the transaction cannot be used any more.
    ///
    /// # Errors
    /// When the connection breaks, or the server refuses one of the queries around the statement.
    fn observe(
        &self,
        database: &mut dyn Database,
        statement: &str,
        _in_transaction: bool,
    ) -> Result<StatementObservation, DatabaseError> {
        StatementObservation::run(database, statement)
    }

    /// Returns `true` if another session can look at the locks of a statement while it runs.
    fn can_observe_beside(&self) -> bool {
        false
    }

    /// Runs one statement outside a transaction, and looks at its locks from another session meanwhile.
    ///
    /// # Errors
    /// As [`StatementObserver::observe`].
    fn observe_beside(
        &self,
        database: &mut dyn Database,
        statement: &str,
        _beside: &mut dyn Database,
    ) -> Result<StatementObservation, DatabaseError> {
        self.observe(database, statement, false)
    }
}
