//! Monitors the working connection from outside while a unit runs: the sessions that block it, and the server's
//! progress. A thread of its own, which sleeps as long as units are short. Must not depend on a particular database.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Scope;
use std::time::{Duration, Instant};

use super::observer::{Event, Observer};
use crate::database::{Blocker, SessionMonitor};

/// Latest time of the first check; shorter units are never checked.
const FIRST_CHECK: Duration = Duration::from_millis(500);
/// Interval between later checks.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// Interval between reports that a unit is blocked.
const REPORT_INTERVAL: Duration = Duration::from_secs(10);
/// Number of failed checks after which a unit is no longer checked.
const FAILURES: u32 = 3;
/// Time after the end of a run in which the answer about a terminated session is waited for, so that it is reported.
const KILL_ANSWER: Duration = Duration::from_secs(2);

/// Handle for the runner. Dropping it ends the thread.
#[derive(Debug)]
pub(super) struct LockMonitor {
    shared: Arc<MonitorShared>,
}

#[derive(Debug, Default)]
struct MonitorShared {
    state: Mutex<MonitorState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct MonitorState {
    /// Number of the running unit, with the time of its first check.
    unit: Option<(u64, Instant)>,
    units: u64,
    /// Time at which the thread wakes up by itself; `None` while it waits for a notification.
    wakes_at: Option<Instant>,
    has_ended: bool,
    blockers: Vec<Blocker>,
    /// True once the server load was requested; sampling it takes additional queries.
    wants_load: bool,
    load: ServerLoad,
}

/// Load that other users of the database notice.
#[derive(Debug, Clone, Default)]
pub(super) struct ServerLoad {
    /// Number of sessions that wait for a lock, if it is known.
    pub(super) waiting: Option<u64>,
    /// Largest lag of a replica.
    pub(super) lag: Option<Duration>,
    /// Replicas that do not report their lag, each with the reason.
    pub(super) unknown: Vec<String>,
}

/// Parameters of the thread.
pub(super) struct MonitorContext<'a> {
    pub(super) monitor: Box<dyn SessionMonitor>,
    pub(super) service: &'a str,
    pub(super) observer: &'a dyn Observer,
    /// True to terminate blocking sessions.
    pub(super) kills: bool,
}

impl LockMonitor {
    /// Starts the thread.
    pub(super) fn start<'scope, 'a: 'scope>(scope: &'scope Scope<'scope, '_>, context: MonitorContext<'a>) -> Self {
        let shared = Arc::new(MonitorShared::default());
        let MonitorContext { monitor: session_monitor, service, observer, kills } = context;
        let monitor = MonitorConnection::start(session_monitor, Arc::clone(&shared));
        let thread = MonitorThread {
            monitor,
            service,
            observer,
            kills,
            shared: Arc::clone(&shared),
            failures: 0,
            reported_at: None,
        };
        scope.spawn(move || thread.run());
        Self { shared }
    }

    /// Runs `work`, and monitors it if it takes longer than a third of `lock_timeout`, at most [`FIRST_CHECK`].
    pub(super) fn watched<T>(&self, lock_timeout: Option<Duration>, work: impl FnOnce() -> T) -> T {
        let third = lock_timeout.filter(|time| !time.is_zero()).map_or(FIRST_CHECK, |time| time / 3);
        let first_check = Instant::now() + third.min(FIRST_CHECK);
        let mut state = self.shared.lock();
        state.units += 1;
        state.unit = Some((state.units, first_check));
        state.blockers.clear();
        // A notification costs a short unit more than it is worth, so the thread gets one only if it would oversleep
        // the first check.
        let calls = state.wakes_at.is_none_or(|moment| moment > first_check);
        drop(state);
        if calls {
            self.shared.changed.notify_all();
        }
        let result = work();
        self.shared.lock().unit = None;
        result
    }

    /// Returns the last sample of the server load. The first call only enables the sampling.
    pub(super) fn load(&self) -> ServerLoad {
        let mut state = self.shared.lock();
        state.wants_load = true;
        state.load.clone()
    }

    /// Returns the sessions that were blocking the current or the last unit when it was checked.
    pub(super) fn blockers(&self) -> Vec<Blocker> {
        self.shared.lock().blockers.clone()
    }
}

impl Drop for LockMonitor {
    fn drop(&mut self) {
        self.shared.lock().has_ended = true;
        self.shared.changed.notify_all();
    }
}

impl MonitorShared {
    fn lock(&self) -> MutexGuard<'_, MonitorState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a notification, until `moment` at the latest.
    fn wait<'s>(&self, mut state: MutexGuard<'s, MonitorState>, moment: Instant) -> MutexGuard<'s, MonitorState> {
        state.wakes_at = Some(moment);
        let left = moment.saturating_duration_since(Instant::now());
        let mut state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        state.wakes_at = None;
        state
    }
}

/// Query to run on the monitor's connection.
type Question = Box<dyn FnOnce(&mut dyn SessionMonitor) + Send>;

/// The monitor's connection, on a thread of its own that is never joined: it may be stuck on a network that no longer
/// responds, and the end of a run must not wait for that.
struct MonitorConnection {
    questions: Sender<Question>,
    shared: Arc<MonitorShared>,
}

impl MonitorConnection {
    fn start(mut monitor: Box<dyn SessionMonitor>, shared: Arc<MonitorShared>) -> Self {
        let (questions, asked): (_, Receiver<Question>) = channel();
        // Ends when the sender is dropped.
        std::thread::spawn(move || asked.into_iter().for_each(|question| question(&mut *monitor)));
        Self { questions, shared }
    }

    /// Runs `question` on the connection and returns its result; `None` if the run has ended before.
    fn call<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut dyn SessionMonitor) -> T + Send + 'static,
    ) -> Option<T> {
        self.call_beyond_the_end(Duration::ZERO, question)
    }

    /// As [`MonitorConnection::call`], but waits for the result up to `beyond` after the end of the run.
    fn call_beyond_the_end<T: Send + 'static>(
        &self,
        beyond: Duration,
        question: impl FnOnce(&mut dyn SessionMonitor) -> T + Send + 'static,
    ) -> Option<T> {
        let answer = Arc::new(Mutex::new(None));
        let (slot, shared) = (Arc::clone(&answer), Arc::clone(&self.shared));
        let question = move |monitor: &mut dyn SessionMonitor| {
            let found = question(monitor);
            // Set under the mutex with which the waiting thread checks the slot, so that no wake-up is missed.
            let state = shared.lock();
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
            drop(state);
            shared.changed.notify_all();
        };
        self.questions.send(Box::new(question)).ok()?;
        let mut state = self.shared.lock();
        let mut ended: Option<Instant> = None;
        loop {
            if let Some(found) = answer.lock().unwrap_or_else(PoisonError::into_inner).take() {
                return Some(found);
            }
            if !state.has_ended {
                state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let left = beyond.saturating_sub(ended.get_or_insert_with(Instant::now).elapsed());
            if left.is_zero() {
                return None;
            }
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// State of the thread.
struct MonitorThread<'a> {
    monitor: MonitorConnection,
    service: &'a str,
    observer: &'a dyn Observer,
    kills: bool,
    shared: Arc<MonitorShared>,
    failures: u32,
    reported_at: Option<Instant>,
}

impl MonitorThread<'_> {
    fn run(mut self) {
        while let Some((unit, first_check)) = self.next_unit() {
            (self.failures, self.reported_at) = (0, None);
            let mut next = first_check;
            while self.sleeps_until(next, unit) && self.failures < FAILURES {
                self.check(unit, first_check);
                next = Instant::now() + CHECK_INTERVAL.min(self.check_interval(first_check));
            }
            self.wait_for_the_end_of(unit);
        }
    }

    /// Returns the pause before the next check: at first half of the time since the first one, at least 100 ms.
    fn check_interval(&self, first_check: Instant) -> Duration {
        (first_check.elapsed() / 2).max(Duration::from_millis(100))
    }

    fn next_unit(&self) -> Option<(u64, Instant)> {
        let mut state = self.shared.lock();
        loop {
            match state.unit {
                _ if state.has_ended => return None,
                Some(unit) => return Some(unit),
                None => state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    /// Sleeps until `moment`; returns `false` if `unit` has ended by then. The end of a unit does not wake the thread.
    fn sleeps_until(&self, moment: Instant, unit: u64) -> bool {
        let mut state = self.shared.lock();
        loop {
            if state.has_ended || state.unit.is_none_or(|(running, _)| running != unit) {
                return false;
            }
            if Instant::now() >= moment {
                return true;
            }
            state = self.shared.wait(state, moment);
        }
    }

    fn wait_for_the_end_of(&self, unit: u64) {
        let mut state = self.shared.lock();
        while !state.has_ended && state.unit.is_some_and(|(running, _)| running == unit) {
            state = self.shared.wait(state, Instant::now() + CHECK_INTERVAL);
        }
    }

    fn check(&mut self, unit: u64, first_check: Instant) {
        if self.shared.lock().wants_load {
            self.sample_load();
        }
        let blockers = self.monitor.call(|monitor| monitor.blockers().inspect_err(|_| monitor.forget()));
        if let Some(Ok(_)) = &blockers {
            self.failures = 0;
        }
        match blockers {
            Some(Ok(blockers)) if blockers.is_empty() => self.report_progress(unit),
            Some(Ok(blockers)) => self.found(unit, first_check, blockers),
            Some(Err(_)) => self.failures += 1,
            None => {}
        }
    }

    fn sample_load(&mut self) {
        let question =
            |monitor: &mut dyn SessionMonitor| (monitor.waiting().ok(), monitor.replica_lag().unwrap_or_default());
        let Some((waiting, lag)) = self.monitor.call(question) else { return };
        self.shared.lock().load = ServerLoad { waiting, lag: lag.most, unknown: lag.unknown };
    }

    fn found(&mut self, unit: u64, first_check: Instant, blockers: Vec<Blocker>) {
        let mut state = self.shared.lock();
        // The unit may have ended during the query.
        if state.unit.is_none_or(|(running, _)| running != unit) {
            return;
        }
        state.blockers.clone_from(&blockers);
        drop(state);
        if self.reported_at.is_none_or(|at| at.elapsed() >= REPORT_INTERVAL) {
            let waited = first_check.elapsed();
            self.observer.event(self.service, &Event::Blocked { waited, blockers: &blockers });
            self.reported_at = Some(Instant::now());
        }
        if self.kills {
            self.kill(&blockers);
        }
    }

    /// Terminates the sessions that the server reports as blocking; mere candidates are left alone. One that cannot be
    /// terminated is named in the final error.
    fn kill(&mut self, blockers: &[Blocker]) {
        for blocker in blockers.iter().filter(|blocker| blocker.is_certain) {
            let target = blocker.clone();
            // The statement goes on as soon as the session has ended, and may end the run before the answer is here.
            let kill = move |monitor: &mut dyn SessionMonitor| monitor.kill(&target).is_ok();
            let Some(ended) = self.monitor.call_beyond_the_end(KILL_ANSWER, kill) else { return };
            self.observer.event(self.service, &Event::Killed { blocker, ended });
        }
    }

    fn report_progress(&mut self, unit: u64) {
        let Some(Ok(Some(progress))) = self.monitor.call(|monitor| monitor.progress()) else { return };
        let runs = self.shared.lock().unit.is_some_and(|(running, _)| running == unit);
        if runs {
            self.observer.event(self.service, &Event::InStatement { progress: &progress });
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::database::DatabaseError;

    struct Unheard;

    impl Observer for Unheard {
        fn event(&self, _service: &str, _event: &Event<'_>) {}
    }

    /// Monitor whose server does not respond until the test is over.
    struct Silent {
        began: Sender<()>,
        end: Receiver<()>,
    }

    impl SessionMonitor for Silent {
        fn blockers(&mut self) -> Result<Vec<Blocker>, DatabaseError> {
            let _ = self.began.send(());
            let _ = self.end.recv();
            Err(DatabaseError::ConnectionLost("the test is over".to_owned()))
        }
    }

    #[test]
    fn the_end_of_a_run_does_not_wait_for_a_monitor_that_gets_no_answer() {
        let ((began, begins), (over, end)) = (channel(), channel::<()>());
        std::thread::scope(|scope| {
            let monitor = Box::new(Silent { began, end });
            let context = MonitorContext { monitor, service: "app", observer: &Unheard, kills: false };
            let lock_monitor = LockMonitor::start(scope, context);
            lock_monitor.watched(Some(Duration::from_millis(3)), || begins.recv().unwrap());
        });
        drop(over);
    }

    /// Monitor that finds one blocking session; terminating it takes until the run has ended.
    struct SlowKill {
        began: Sender<()>,
        end: Receiver<()>,
    }

    impl SessionMonitor for SlowKill {
        fn blockers(&mut self) -> Result<Vec<Blocker>, DatabaseError> {
            Ok(vec![Blocker { id: 1, is_certain: true, ..Blocker::default() }])
        }

        fn kill(&mut self, _blocker: &Blocker) -> Result<(), DatabaseError> {
            let _ = self.began.send(());
            let _ = self.end.recv();
            Ok(())
        }
    }

    #[derive(Default)]
    struct Kills(Mutex<Vec<bool>>);

    impl Observer for Kills {
        fn event(&self, _service: &str, event: &Event<'_>) {
            if let Event::Killed { ended, .. } = event {
                self.0.lock().unwrap().push(*ended);
            }
        }
    }

    #[test]
    fn a_session_that_was_terminated_is_reported_although_the_run_ended_first() {
        let ((began, begins), (over, end)) = (channel(), channel::<()>());
        let kills = Kills::default();
        std::thread::scope(|scope| {
            let monitor = Box::new(SlowKill { began, end });
            let context = MonitorContext { monitor, service: "app", observer: &kills, kills: true };
            let lock_monitor = LockMonitor::start(scope, context);
            lock_monitor.watched(Some(Duration::from_millis(3)), || begins.recv().unwrap());
            drop(lock_monitor);
            over.send(()).unwrap();
        });
        assert_eq!(*kills.0.lock().unwrap(), [true]);
    }
}
