//! Forwards the reports of a driver about a running unit to the observer.

use std::time::{Duration, Instant};

use super::observer::{Event, Observer};
use super::prepare::PreparedStep;
use super::retry::Retry;
use super::throttle::BackfillThrottle;
use crate::database::{BatchStep, RunFailure, StopSignal, Watch};
use crate::id::RevisionId;

/// Watch of one revision's run.
pub(super) struct RevisionWatcher<'a, 'r> {
    service: &'a str,
    observer: &'a dyn Observer,
    prepared: &'a PreparedStep,
    revision: &'a RevisionId,
    retry: &'r mut Retry<'a>,
    throttle: BackfillThrottle<'a>,
    /// Number of committed keys of the current statement if it runs in batches, including those of earlier attempts.
    pub(super) batched: u64,
    /// Time at which the previous statement ended.
    since: Instant,
    /// Statement that has run and is not reported yet: its number, the total number, its duration by the local clock.
    untold: Option<(usize, usize, Duration)>,
}

impl<'a, 'r> RevisionWatcher<'a, 'r> {
    /// Creates the watch of `revision` while `prepared` runs.
    pub(super) fn new(
        (service, observer): (&'a str, &'a dyn Observer),
        prepared: &'a PreparedStep,
        revision: &'a RevisionId,
        retry: &'r mut Retry<'a>,
        throttle: BackfillThrottle<'a>,
    ) -> Self {
        Self { service, observer, prepared, revision, retry, throttle, batched: 0, since: Instant::now(), untold: None }
    }

    /// Reports the last statement that ran. It is delayed until now because the driver may have received the server's
    /// own measurement of its duration since.
    pub(super) fn tell_statement(&mut self) {
        let Some((number, of, took)) = self.untold.take() else { return };
        let piece = self.prepared.sent().nth(number.saturating_sub(1));
        let text = piece.map_or("", |piece| piece.sql.slice(&self.prepared.section.text));
        self.observer.event(self.service, &Event::StatementRan { number, of, text, took });
    }
}

impl Watch for RevisionWatcher<'_, '_> {
    fn statements(&mut self, done: usize, total: usize) {
        self.batched = 0;
        if self.observer.wants_statements() {
            self.tell_statement();
            self.untold = Some((done, total, self.since.elapsed()));
            self.since = Instant::now();
        }
        self.observer.event(self.service, &Event::Statements { done, total });
    }

    fn wants_times(&self) -> bool {
        self.observer.wants_statements()
    }

    fn took(&mut self, done: usize, time: Duration) {
        if let Some((number, _, took)) = &mut self.untold
            && *number == done
        {
            *took = time;
        }
    }

    fn interrupted(&self) -> bool {
        self.observer.interrupted()
    }

    fn stop_signal(&self) -> Option<StopSignal> {
        self.observer.stop_signal()
    }

    fn dropped_invalid_index(&mut self, index: &str) {
        self.observer.event(self.service, &Event::DroppedInvalidIndex { revision: self.revision, index });
    }

    fn batched(&mut self, keys: u64) {
        self.batched = keys;
    }

    fn paced(&mut self, step: &BatchStep<'_>) -> Option<u64> {
        self.throttle.after(step)
    }

    fn tries_again(&mut self, failure: &RunFailure) -> bool {
        self.retry.again(failure)
    }
}
