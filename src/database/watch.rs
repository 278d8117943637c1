//! Observer of a running unit, which can also interrupt it.

use std::sync::Arc;
use std::time::Duration;

use super::{BatchStep, RunFailure};

/// Returns whether the user has requested an interruption. Called from other threads, thousands of times a second.
pub type StopSignal = Arc<dyn Fn() -> bool + Send + Sync>;

/// Observer of a running unit.
pub trait Watch {
    /// Reports that `done` of the unit's `total` statements have run.
    fn statements(&mut self, done: usize, total: usize);
    /// Returns whether the server should be queried for the duration of each statement, where the results of many
    /// statements arrive at once.
    fn wants_times(&self) -> bool {
        false
    }
    /// Reports the duration of the last of the `done` statements, by the server's clock.
    fn took(&mut self, _done: usize, _time: Duration) {}
    /// Returns whether the user has requested an interruption.
    fn interrupted(&self) -> bool;
    /// Returns a signal for interruptions in the middle of a statement, for drivers that can stop there; `None` to
    /// disable that.
    fn stop_signal(&self) -> Option<StopSignal> {
        None
    }
    /// Returns whether to retry a statement outside a transaction that could not get its lock and left nothing behind.
    /// May block before it returns.
    fn tries_again(&mut self, _failure: &RunFailure) -> bool {
        false
    }
    /// Reports the number of committed keys of a statement that runs in batches, including those of earlier attempts.
    fn batched(&mut self, _keys: u64) {}
    /// Reports a committed batch. Blocks as long as the throttle requires, then returns the number of keys of the next
    /// batch, or `None` to stop.
    fn paced(&mut self, step: &BatchStep<'_>) -> Option<u64> {
        Some(step.size)
    }
    /// Reports that an index that an earlier build left INVALID was dropped, to be rebuilt.
    fn dropped_invalid_index(&mut self, _index: &str) {}
}
