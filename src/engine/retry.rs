//! Retries of a revision that cannot acquire a lock, with growing pauses and a report of the sessions that block it.
//! Must not depend on a particular database.

use std::time::{Duration, Instant};

use super::error::EngineError;
use super::lock_monitor::LockMonitor;
use super::observer::{Event, Observer};
use crate::database::{Blocker, RunFailure, Transaction};
use crate::id::RevisionId;

const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// Interval at which a pause checks for a stop request.
const TICK: Duration = Duration::from_millis(50);

/// Retries of one revision.
pub(super) struct Retry<'a> {
    pub(super) service: &'a str,
    pub(super) revision: &'a RevisionId,
    pub(super) observer: &'a dyn Observer,
    /// Maximum number of retries.
    pub(super) retries: u32,
    /// Source of the blocking sessions; `None` if the run is not monitored.
    pub(super) lock_monitor: Option<&'a LockMonitor>,
    pub(super) tries: u32,
    pub(super) blockers: Vec<Blocker>,
}

impl<'a> Retry<'a> {
    pub(super) fn new(
        service: &'a str,
        revision: &'a RevisionId,
        observer: &'a dyn Observer,
        retries: u32,
        lock_monitor: Option<&'a LockMonitor>,
    ) -> Self {
        Self { service, revision, observer, retries, lock_monitor, tries: 0, blockers: Vec::new() }
    }

    /// Reports a refused lock and waits before the next attempt. Returns `false` if there are no retries left, or if
    /// the user requested a stop.
    pub(super) fn again(&mut self, failure: &RunFailure) -> bool {
        self.blockers = self.lock_monitor.map(LockMonitor::blockers).unwrap_or_default();
        if self.tries >= self.retries {
            return false;
        }
        let pause = jittered(pause(self.tries));
        self.tries += 1;
        let (revision, attempt, of, blockers) = (self.revision, self.tries, self.retries, &*self.blockers);
        let said = failure.summary();
        let event = Event::LockRefused { revision, said: &said, attempt, of, pause, blockers };
        self.observer.event(self.service, &event);
        sleep(pause, self.observer)
    }

    /// Returns `None` if a unit with this result has to be retried as a whole, otherwise its final result.
    pub(super) fn judge(
        &mut self,
        result: Result<Duration, EngineError>,
        mode: Transaction,
    ) -> Result<Option<Duration>, EngineError> {
        let error = match result {
            Ok(duration) => return Ok(Some(duration)),
            Err(error) => error,
        };
        let EngineError::Failed { failure, .. } = &error else { return Err(error) };
        // A failed unit rolls back the whole shared transaction, with the units before it: retrying one would not do.
        if !failure.is_lock_refused() || mode == Transaction::Shared {
            return Err(error);
        }
        let nothing_stays = failure.applied == 0 && failure.rolled_back;
        // Without a transaction each statement was retried by itself; only a failure before the first one is left.
        let is_whole = nothing_stays && (mode == Transaction::Own || failure.piece.is_none());
        if is_whole && self.again(failure) {
            return Ok(None);
        }
        if self.observer.interrupted() && nothing_stays {
            return Err(EngineError::Interrupted);
        }
        let (revision, blockers) = (self.revision.clone(), std::mem::take(&mut self.blockers));
        Err(EngineError::LockRefused { revision, tries: self.tries, blockers, failed: Box::new(error) })
    }
}

/// Returns the pause before a retry. It doubles each time, up to a limit.
fn pause(tries: u32) -> Duration {
    FIRST_PAUSE.saturating_mul(1 << tries.min(16)).min(LONGEST_PAUSE)
}

/// Returns a random duration between half of `pause` and all of it, so that runners that were refused at the same time
/// do not retry at the same time.
pub(super) fn jittered(pause: Duration) -> Duration {
    let random = u32::from(uuid::Uuid::new_v4().as_bytes()[0]);
    pause / 2 + pause / 2 * random / 255
}

/// Sleeps for `pause`; returns `false` as soon as the user requests a stop.
pub(super) fn sleep(pause: Duration, observer: &dyn Observer) -> bool {
    let end = Instant::now() + pause;
    loop {
        if observer.interrupted() {
            return false;
        }
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return true;
        }
        std::thread::sleep(left.min(TICK));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use std::path::PathBuf;
    use std::sync::Mutex;

    use super::*;
    use crate::database::{ErrorKind, FailureCause, ServerError};
    use crate::graph::Operation;

    #[derive(Default)]
    struct Seen {
        attempts: Mutex<Vec<u32>>,
        stop: bool,
    }

    impl Observer for Seen {
        fn event(&self, _service: &str, event: &Event<'_>) {
            if let Event::LockRefused { attempt, .. } = event {
                self.attempts.lock().unwrap().push(*attempt);
            }
        }
        fn interrupted(&self) -> bool {
            self.stop
        }
    }

    const REFUSED: Option<ErrorKind> = Some(ErrorKind::LockRefused);

    fn failed(kind: Option<ErrorKind>, applied: usize) -> EngineError {
        let error = ServerError { kind, ..ServerError::default() };
        let failure = RunFailure { applied, ..RunFailure::new(FailureCause::Statement(error), Some(0)) };
        EngineError::Failed {
            revision: RevisionId::new("a1").unwrap(),
            operation: Operation::Upgrade,
            path: PathBuf::new(),
            location: None,
            statement: None,
            statements: 1,
            batched: 0,
            failure: Box::new(failure),
        }
    }

    #[test]
    fn pauses_grow_to_a_limit_and_are_never_shorter_than_half() {
        assert_eq!([pause(0), pause(1), pause(2)].map(|pause| pause.as_millis()), [250, 500, 1000]);
        assert_eq!(pause(4_000_000), LONGEST_PAUSE);
        for _ in 0..100 {
            let jittered = jittered(Duration::from_secs(1)).as_millis();
            assert!((500..=1000).contains(&jittered), "{jittered}");
        }
    }

    #[test]
    fn only_a_refused_lock_is_tried_again_and_only_so_often() {
        let (observer, id) = (Seen::default(), RevisionId::new("a1").unwrap());
        let mut retry = Retry::new("s", &id, &observer, 1, None);
        let syntax = retry.judge(Err(failed(None, 0)), Transaction::Own);
        assert!(matches!(syntax, Err(EngineError::Failed { .. })));
        assert!(matches!(retry.judge(Err(failed(REFUSED, 0)), Transaction::Own), Ok(None)));
        let last = retry.judge(Err(failed(REFUSED, 0)), Transaction::Own);
        assert!(matches!(last, Err(EngineError::LockRefused { tries: 1, .. })), "{last:?}");
        assert_eq!(*observer.attempts.lock().unwrap(), [1]);
    }

    #[test]
    fn what_left_something_behind_is_not_run_again_as_a_whole() {
        let (observer, id) = (Seen::default(), RevisionId::new("a1").unwrap());
        let mut retry = Retry::new("s", &id, &observer, 5, None);
        let partly = retry.judge(Err(failed(REFUSED, 1)), Transaction::None);
        assert!(matches!(partly, Err(EngineError::LockRefused { tries: 0, .. })), "{partly:?}");
    }

    #[test]
    fn whoever_wants_to_stop_does_not_wait_for_the_pause() {
        let (observer, id) = (Seen { stop: true, ..Seen::default() }, RevisionId::new("a1").unwrap());
        let mut retry = Retry::new("s", &id, &observer, 5, None);
        let stopped = retry.judge(Err(failed(REFUSED, 0)), Transaction::Own);
        assert!(matches!(stopped, Err(EngineError::Interrupted)), "{stopped:?}");
    }
}
