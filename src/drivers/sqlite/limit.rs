//! Statement timeout. SQLite has no such setting, so the progress handler checks it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Value of `end` while no statement runs.
const NONE: u64 = u64::MAX;

/// Timeout that the running statement and the progress handler share.
#[derive(Debug, Clone)]
pub(super) struct Limit {
    time: Option<Duration>,
    zero: Instant,
    /// Deadline of the statement, in milliseconds since `zero`.
    end: Arc<AtomicU64>,
}

impl Limit {
    /// Creates a timeout; `None` and zero mean no limit.
    pub(super) fn new(time: Option<Duration>) -> Self {
        let time = time.filter(|time| !time.is_zero());
        Self { time, zero: Instant::now(), end: Arc::new(AtomicU64::new(NONE)) }
    }

    /// Starts the timeout of a statement.
    pub(super) fn start(&self) {
        if let Some(time) = self.time {
            self.end.store(milliseconds(self.zero.elapsed() + time), Ordering::Relaxed);
        }
    }

    /// Ends the timeout of a statement.
    pub(super) fn stop(&self) {
        self.end.store(NONE, Ordering::Relaxed);
    }

    /// Returns whether the statement has exceeded the timeout.
    pub(super) fn is_over(&self) -> bool {
        let end = self.end.load(Ordering::Relaxed);
        end != NONE && milliseconds(self.zero.elapsed()) > end
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(NONE - 1)
}
