//! How long a statement may take. SQLite has no such setting: the progress handler asks here.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// No statement runs.
const NONE: u64 = u64::MAX;

/// A limit that the statement which runs and the handler share.
#[derive(Debug, Clone)]
pub(super) struct Limit {
    time: Option<Duration>,
    zero: Instant,
    /// When the statement has to be done, in milliseconds since `zero`.
    end: Arc<AtomicU64>,
}

impl Limit {
    /// None and zero: as long as it takes.
    pub(super) fn new(time: Option<Duration>) -> Self {
        let time = time.filter(|time| !time.is_zero());
        Self { time, zero: Instant::now(), end: Arc::new(AtomicU64::new(NONE)) }
    }

    /// A statement starts.
    pub(super) fn start(&self) {
        if let Some(time) = self.time {
            self.end.store(milliseconds(self.zero.elapsed() + time), Ordering::Relaxed);
        }
    }

    /// It has ended.
    pub(super) fn stop(&self) {
        self.end.store(NONE, Ordering::Relaxed);
    }

    /// Whether it has taken too long.
    pub(super) fn is_over(&self) -> bool {
        let end = self.end.load(Ordering::Relaxed);
        end != NONE && milliseconds(self.zero.elapsed()) > end
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(NONE - 1)
}
