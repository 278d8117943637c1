//! Throttle of a backfill: the size of the next batch, and the pause before it. The arithmetic is pure.

use std::time::{Duration, Instant};

use super::lock_monitor::LockMonitor;
use super::observer::{Event, Observer};
use super::retry::sleep;
use crate::config::SafetySettings;
use crate::database::BatchStep;

/// Range of batch sizes in keys. A size that is outside of it already does not move further away.
const SIZES: std::ops::RangeInclusive<u64> = 10..=1_000_000;
/// Maximum pause for sessions that wait for locks: it is not known for whose locks they wait.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
const RECHECK_INTERVAL: Duration = Duration::from_millis(250);

/// Throttle of one attempt to run a revision.
pub(super) struct BackfillThrottle<'a> {
    service: &'a str,
    observer: &'a dyn Observer,
    safety: &'a SafetySettings,
    lock_monitor: Option<&'a LockMonitor>,
    started: Instant,
    /// True once replicas with unknown lag were reported.
    told_unknown: bool,
    /// Number of keys before this attempt, and the part of the key range from which its progress counts.
    first: Option<(u64, f64)>,
}

impl<'a> BackfillThrottle<'a> {
    pub(super) fn new(
        service: &'a str,
        observer: &'a dyn Observer,
        safety: &'a SafetySettings,
        lock_monitor: Option<&'a LockMonitor>,
    ) -> Self {
        Self { service, observer, safety, lock_monitor, started: Instant::now(), told_unknown: false, first: None }
    }

    /// Reports a batch, pauses, and returns the size of the next one; `None` if the user requested a stop.
    pub(super) fn after(&mut self, step: &BatchStep<'_>) -> Option<u64> {
        self.tell(step);
        if !sleep(step.batch.pause, self.observer) || !self.waits_for_others() {
            return None;
        }
        let target = step.batch.target.unwrap_or(self.safety.batch_target);
        Some(next_size(step.size, step.keys, step.took, target))
    }

    #[allow(clippy::cast_precision_loss)]
    fn tell(&mut self, step: &BatchStep<'_>) {
        let (before, share) = *self.first.get_or_insert_with(|| {
            // The first report comes after the first batch.
            self.started = Instant::now() - step.took;
            (step.done - step.keys, share_before(step))
        });
        let elapsed = self.started.elapsed().as_secs_f64().max(0.001);
        let rate = (step.done - before) as f64 / elapsed;
        let left = left(elapsed, step.share - share, 1.0 - step.share);
        let (done, share, size, took) = (step.done, step.share, step.size, step.took);
        let event = Event::Batch { done, share, rate, left, size, took };
        self.observer.event(self.service, &event);
    }

    /// Pauses while a replica lags behind or sessions wait for locks. Returns `false` if the user requested a stop.
    fn waits_for_others(&mut self) -> bool {
        let Some(lock_monitor) = self.lock_monitor else { return true };
        let start = Instant::now();
        let mut told = false;
        loop {
            let load = lock_monitor.load();
            if !load.unknown.is_empty() && !std::mem::replace(&mut self.told_unknown, true) {
                self.observer.event(self.service, &Event::ReplicasUnknown { replicas: &load.unknown });
            }
            let most = self.safety.max_replica_lag;
            let lag = load.lag.filter(|lag| !most.is_zero() && *lag > most);
            let too_many = load.waiting.filter(|waiting| *waiting > u64::from(self.safety.max_waiting));
            let waiting = too_many.filter(|_| start.elapsed() < LONGEST_WAIT);
            if lag.is_none() && waiting.is_none() {
                return true;
            }
            if !std::mem::replace(&mut told, true) {
                let event = Event::BatchPaused { lag, waiting: load.waiting };
                self.observer.event(self.service, &event);
            }
            if !sleep(RECHECK_INTERVAL, self.observer) {
                return false;
            }
        }
    }
}

/// Returns the share of the table that earlier attempts had finished before the first batch of this one: the keys are taken
/// as evenly spread.
#[allow(clippy::cast_precision_loss)]
fn share_before(step: &BatchStep<'_>) -> f64 {
    if step.done == 0 { 0.0 } else { step.share * (step.done - step.keys) as f64 / step.done as f64 }
}

/// Returns the number of keys that would have taken `target`, but at least half and at most twice the current size.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn next_size(size: u64, keys: u64, took: Duration, target: Duration) -> u64 {
    // A batch with fewer keys is the last one of the table and not representative.
    if target.is_zero() || keys < size {
        return size;
    }
    let factor = (target.as_secs_f64() / took.as_secs_f64().max(0.000_1)).clamp(0.5, 2.0);
    ((size as f64 * factor) as u64).clamp((*SIZES.start()).min(size), (*SIZES.end()).max(size))
}

/// Estimates the remaining time at the current rate; `None` if it is not known.
fn left(elapsed: f64, done: f64, rest: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(elapsed * rest / done).ok().filter(|_| done > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::Batch;

    #[test]
    fn batches_grow_and_shrink_towards_their_time() {
        let milliseconds = Duration::from_millis;
        assert_eq!(next_size(1000, 1000, milliseconds(250), milliseconds(500)), 2000);
        assert_eq!(next_size(1000, 1000, milliseconds(1), milliseconds(500)), 2000, "not more than twice");
        assert_eq!(next_size(1000, 1000, milliseconds(400), milliseconds(500)), 1250);
        assert_eq!(next_size(1000, 1000, milliseconds(60_000), milliseconds(500)), 500, "not less than half");
        assert_eq!(next_size(11, 11, milliseconds(60_000), milliseconds(500)), 10);
        assert_eq!(
            next_size(5, 5, milliseconds(60_000), milliseconds(500)),
            5,
            "what was asked for is never too small"
        );
        assert_eq!(next_size(1000, 1000, milliseconds(1), Duration::ZERO), 1000, "without a target the size stays");
        assert_eq!(next_size(1000, 7, milliseconds(1), milliseconds(500)), 1000);
    }

    #[test]
    fn a_resumed_backfill_counts_its_time_from_where_it_resumed() {
        let (table, key) = ("t".to_owned(), "id".to_owned());
        let batch = Batch { table, key, size: 100, pause: Duration::ZERO, target: None };
        let step = |keys, done, share| BatchStep { batch: &batch, size: 100, keys, done, share, took: Duration::ZERO };
        assert!(share_before(&step(100, 100, 0.1)).abs() < 1e-9, "nothing was done before");
        assert!((share_before(&step(100, 900, 0.9)) - 0.8).abs() < 1e-9);
        assert!(share_before(&step(0, 0, 0.0)).abs() < 1e-9);
    }

    #[test]
    fn what_is_left_takes_as_long_as_what_is_done() {
        assert_eq!(left(10.0, 0.5, 0.5), Some(Duration::from_secs(10)));
        assert_eq!(left(10.0, 0.0, 1.0), None);
    }
}
