//! Whoever looks on while a unit runs, and may stop it.

use std::sync::Arc;
use std::time::Duration;

use super::{BatchStep, RunFailure};

/// Says whether the user asked to stop; may be asked by another thread, thousands of times a second.
pub type StopSignal = Arc<dyn Fn() -> bool + Send + Sync>;

/// Whoever watches a unit run.
pub trait Watch {
    /// `done` of the unit's `total` statements have run.
    fn statements(&mut self, done: usize, total: usize);
    /// Whether it is worth asking the server how long each statement took, where answers come for many at once.
    fn wants_times(&self) -> bool {
        false
    }
    /// The last of the `done` statements took so long by the server's clock.
    fn took(&mut self, _done: usize, _time: Duration) {}
    /// Whether the user asked to stop.
    fn interrupted(&self) -> bool;
    /// The same question for the middle of a statement, where a driver can stop there; none: it is not asked.
    fn stop_signal(&self) -> Option<StopSignal> {
        None
    }
    /// A statement outside a transaction did not get its lock, and nothing of it stays: whether to send it again.
    /// May take its time before it answers.
    fn tries_again(&mut self, _failure: &RunFailure) -> bool {
        false
    }
    /// So many keys of the statement that runs in batches are committed, those of earlier runs among them.
    fn batched(&mut self, _keys: u64) {}
    /// A batch of a statement that runs in batches is committed: how many keys the next one is to have, after a pause as
    /// long as it takes; none: stop here.
    fn paced(&mut self, step: &BatchStep<'_>) -> Option<u64> {
        Some(step.size)
    }
    /// The index `index`, which an earlier build left INVALID, was dropped, to be built again.
    fn dropped_invalid_index(&mut self, _index: &str) {}
}
