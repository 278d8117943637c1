//! Looks at the working connection from outside while a unit runs: who stands in its way, how far the server is.
//! A thread of its own, which sleeps as long as units are short. Must not know a particular database.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::Scope;
use std::time::{Duration, Instant};

use super::observer::{Event, Observer};
use crate::database::{Blocker, SessionMonitor};

/// The latest moment of the first look: shorter units are never looked at.
const FIRST_LOOK: Duration = Duration::from_millis(500);
/// How often it looks after that.
const EACH_LOOK: Duration = Duration::from_secs(1);
/// How often it says again that somebody stands in the way.
const REPORT_INTERVAL: Duration = Duration::from_secs(10);
/// After so many looks that failed one after the other a unit is left alone.
const FAILURES: u32 = 3;

/// The runner's side of it. Dropping it ends the thread.
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
    /// The unit that runs, by its number, with the time of its first look.
    unit: Option<(u64, Instant)>,
    units: u64,
    /// When the thread wakes by itself; none: not before it is called.
    wakes_at: Option<Instant>,
    has_ended: bool,
    blockers: Vec<Blocker>,
    /// Whether somebody asks for the pressure; it costs more questions.
    wants_pressure: bool,
    pressure: ServerLoad,
}

/// What the database's other users feel.
#[derive(Debug, Clone, Default)]
pub(super) struct ServerLoad {
    /// Sessions that wait for locks.
    pub(super) waiting: u64,
    /// How far the furthest replica is behind.
    pub(super) lag: Option<Duration>,
    /// Replicas that do not tell, with why.
    pub(super) unknown: Vec<String>,
}

/// What the thread needs.
pub(super) struct MonitorContext<'a> {
    pub(super) monitor: Box<dyn SessionMonitor>,
    pub(super) service: &'a str,
    pub(super) observer: &'a dyn Observer,
    /// Whether those in the way are ended.
    pub(super) kills: bool,
}

impl LockMonitor {
    /// Starts the thread.
    pub(super) fn start<'scope, 'a: 'scope>(scope: &'scope Scope<'scope, '_>, post: MonitorContext<'a>) -> Self {
        let shared = Arc::new(MonitorShared::default());
        let MonitorContext { monitor: session_monitor, service, observer, kills } = post;
        let monitor = MonitorConnection::start(session_monitor, Arc::clone(&shared));
        let watchman =
            MonitorThread { monitor, service, observer, kills, shared: Arc::clone(&shared), failures: 0, told: None };
        scope.spawn(move || watchman.stand());
        Self { shared }
    }

    /// Runs `work`, which is looked at when it takes longer than a third of `lock_timeout`.
    pub(super) fn watched<T>(&self, lock_timeout: Option<Duration>, work: impl FnOnce() -> T) -> T {
        let third = lock_timeout.filter(|time| !time.is_zero()).map_or(FIRST_LOOK, |time| time / 3);
        let first_look = Instant::now() + third.min(FIRST_LOOK);
        let mut state = self.shared.lock();
        state.units += 1;
        state.unit = Some((state.units, first_look));
        state.blockers.clear();
        // To call it costs a short unit more than it is worth, and it need not know of those that it sleeps through.
        let calls = state.wakes_at.is_none_or(|moment| moment > first_look);
        drop(state);
        if calls {
            self.shared.changed.notify_all();
        }
        let result = work();
        self.shared.lock().unit = None;
        result
    }

    /// What was seen last of the database's other users. The first question only asks for it to be looked at.
    pub(super) fn pressure(&self) -> ServerLoad {
        let mut state = self.shared.lock();
        state.wants_pressure = true;
        state.pressure.clone()
    }

    /// Who was seen in the way of the unit that runs or has just run.
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

    /// Waits until it is called, or until `moment`.
    fn wait<'s>(&self, mut state: MutexGuard<'s, MonitorState>, moment: Instant) -> MutexGuard<'s, MonitorState> {
        state.wakes_at = Some(moment);
        let left = moment.saturating_duration_since(Instant::now());
        let mut state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        state.wakes_at = None;
        state
    }
}

/// A question for the monitor's connection.
type Question = Box<dyn FnOnce(&mut dyn SessionMonitor) + Send>;

/// The monitor's connection, on a thread of its own that nobody joins: a network that has fallen silent keeps it waiting, and the
/// end of a run does not wait with it.
struct MonitorConnection {
    questions: Sender<Question>,
    shared: Arc<MonitorShared>,
}

impl MonitorConnection {
    fn start(mut monitor: Box<dyn SessionMonitor>, shared: Arc<MonitorShared>) -> Self {
        let (questions, asked): (_, Receiver<Question>) = channel();
        // Ends when nobody can ask any more.
        std::thread::spawn(move || asked.into_iter().for_each(|question| question(&mut *monitor)));
        Self { questions, shared }
    }

    /// The answer to `question`; `None` when the run has ended before it came.
    fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut dyn SessionMonitor) -> T + Send + 'static,
    ) -> Option<T> {
        let answer = Arc::new(Mutex::new(None));
        let (slot, shared) = (Arc::clone(&answer), Arc::clone(&self.shared));
        let question = move |monitor: &mut dyn SessionMonitor| {
            let found = question(monitor);
            // Under the lock that the one who waits looks under: no wake-up is missed.
            let state = shared.lock();
            *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
            drop(state);
            shared.changed.notify_all();
        };
        self.questions.send(Box::new(question)).ok()?;
        let mut state = self.shared.lock();
        while !state.has_ended {
            if let Some(found) = answer.lock().unwrap_or_else(PoisonError::into_inner).take() {
                return Some(found);
            }
            state = self.shared.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        None
    }
}

/// The thread's side.
struct MonitorThread<'a> {
    monitor: MonitorConnection,
    service: &'a str,
    observer: &'a dyn Observer,
    kills: bool,
    shared: Arc<MonitorShared>,
    failures: u32,
    told: Option<Instant>,
}

impl MonitorThread<'_> {
    fn stand(mut self) {
        while let Some((unit, first_look)) = self.next_unit() {
            (self.failures, self.told) = (0, None);
            let mut next = first_look;
            while self.sleeps_until(next, unit) && self.failures < FAILURES {
                self.look(unit, first_look);
                next = Instant::now() + EACH_LOOK.min(self.throttle(first_look));
            }
            self.wait_for_the_end_of(unit);
        }
    }

    /// Young units are looked at more often.
    fn throttle(&self, first_look: Instant) -> Duration {
        (first_look.elapsed() / 2).max(Duration::from_millis(100))
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

    /// Whether `unit` still runs at `moment`. A unit that ends does not wake the thread.
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
            state = self.shared.wait(state, Instant::now() + EACH_LOOK);
        }
    }

    fn look(&mut self, unit: u64, first_look: Instant) {
        if self.shared.lock().wants_pressure {
            self.sample_load();
        }
        let blockers = self.monitor.ask(|monitor| monitor.blockers().inspect_err(|_| monitor.forget()));
        match blockers {
            Some(Ok(blockers)) if blockers.is_empty() => self.tell_progress(unit),
            Some(Ok(blockers)) => self.found(unit, first_look, blockers),
            Some(Err(_)) => self.failures += 1,
            None => {}
        }
    }

    fn sample_load(&mut self) {
        let question = |monitor: &mut dyn SessionMonitor| {
            (monitor.waiting().unwrap_or(0), monitor.replica_lag().unwrap_or_default())
        };
        let Some((waiting, lag)) = self.monitor.ask(question) else { return };
        self.shared.lock().pressure = ServerLoad { waiting, lag: lag.most, unknown: lag.unknown };
    }

    fn found(&mut self, unit: u64, first_look: Instant, blockers: Vec<Blocker>) {
        let mut state = self.shared.lock();
        if state.unit.is_none_or(|(running, _)| running != unit) {
            return;
        }
        state.blockers.clone_from(&blockers);
        drop(state);
        if self.told.is_none_or(|at| at.elapsed() >= REPORT_INTERVAL) {
            let waited = first_look.elapsed();
            self.observer.event(self.service, &Event::Blocked { waited, blockers: &blockers });
            self.told = Some(Instant::now());
        }
        if self.kills {
            self.kill(&blockers);
        }
    }

    /// Those that are certain. What cannot be ended stays in the way, and is named in the end.
    fn kill(&mut self, blockers: &[Blocker]) {
        for blocker in blockers.iter().filter(|blocker| blocker.is_certain) {
            let target = blocker.clone();
            let Some(ended) = self.monitor.ask(move |monitor| monitor.kill(&target).is_ok()) else { return };
            self.observer.event(self.service, &Event::Killed { blocker, ended });
        }
    }

    fn tell_progress(&mut self, unit: u64) {
        let Some(Ok(Some(progress))) = self.monitor.ask(|monitor| monitor.progress()) else { return };
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

    /// A monitor whose server does not answer until the test is over.
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
}
