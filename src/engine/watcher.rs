//! Passes what a driver reports while a unit runs on to the observer.

use std::time::{Duration, Instant};

use super::observer::{Event, Observer};
use super::prepare::PreparedStep;
use super::retry::Retry;
use super::throttle::BackfillThrottle;
use crate::database::{BatchStep, RunFailure, StopSignal, Watch};
use crate::id::RevisionId;

/// The watch of one revision's run.
pub(super) struct RevisionWatcher<'a, 'r> {
    service: &'a str,
    observer: &'a dyn Observer,
    prepared: &'a PreparedStep,
    revision: &'a RevisionId,
    retry: &'r mut Retry<'a>,
    throttle: BackfillThrottle<'a>,
    /// How many rows of the statement that runs in batches are committed, those of earlier runs among them.
    pub(super) batched: u64,
    /// When the statement before the current one ended.
    since: Instant,
    /// A statement that has run and is not told yet: its number, of how many, and its time by our clock.
    untold: Option<(usize, usize, Duration)>,
}

impl<'a, 'r> RevisionWatcher<'a, 'r> {
    /// The watch of `revision`, which runs `prepared`.
    pub(super) fn new(
        (service, observer): (&'a str, &'a dyn Observer),
        prepared: &'a PreparedStep,
        revision: &'a RevisionId,
        retry: &'r mut Retry<'a>,
        throttle: BackfillThrottle<'a>,
    ) -> Self {
        Self { service, observer, prepared, revision, retry, throttle, batched: 0, since: Instant::now(), untold: None }
    }

    /// Tells of the last statement that ran. It waits until then, as a driver may know the server's own time for it.
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
