//! Stops a statement in its middle when the user asks for it: KILL QUERY over a second connection. Must not know units.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mysql::Conn;

use super::session::send_and_drop;
use crate::database::StopSignal;
use crate::database::session::{DEADLINE, Opener, Session};

/// Time between two readings of the stop signal while a statement runs.
const TICK: Duration = Duration::from_millis(50);

/// Time that a statement may take to stop before the request is repeated: the server drops one that arrives before the
/// statement.
const REPEAT_AFTER: Duration = Duration::from_secs(1);

/// Names a server, so that a request to stop never reaches another one: connection numbers are each server's own, and behind one
/// address there may be several.
pub(super) const SERVER_NAME: &str = "CONCAT_WS(' ', @@hostname, @@port, @@datadir)";

/// A connection as KILL QUERY has to name it.
#[derive(Debug, Clone)]
pub(super) struct InterruptTarget {
    /// The connection's number.
    pub(super) id: u32,
    /// The server's name, see [`SERVER_NAME`].
    pub(super) server: String,
}

/// Watches the statements of one connection on a thread of its own, which ends with it.
pub(super) struct Interrupter {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<InterruptState>,
    changed: Condvar,
}

#[derive(Default)]
struct InterruptState {
    /// The stop signal of the statement that runs.
    running: Option<StopSignal>,
    /// True if a request to stop it was sent.
    was_sent: bool,
    /// True if the server's side of the connection was idle when a request was to be repeated.
    was_idle: bool,
    has_ended: bool,
}

impl Interrupter {
    pub(super) fn start(target: InterruptTarget, opener: Opener) -> Self {
        let shared = Arc::new(Shared::default());
        let thread = InterruptThread { shared: Arc::clone(&shared), target, opener, session: None };
        std::thread::spawn(move || thread.run());
        Self { shared }
    }

    /// Runs `work`, which sends statements that `signal` may stop.
    fn watch<T>(&self, conn: &mut Conn, signal: &StopSignal, work: impl FnOnce(&mut Conn) -> T) -> T {
        {
            let mut state = self.shared.lock();
            (state.running, state.was_idle) = (Some(Arc::clone(signal)), false);
        }
        let result = work(conn);
        // A request that is just being sent is waited for here: later it would stop a statement that it does not mean.
        let mut state = self.shared.lock();
        state.running = None;
        if std::mem::take(&mut state.was_sent) {
            // One that found the statement ended already stops the next one: this one, of which nothing is lost.
            let _ = send_and_drop(conn, "DO 0");
        }
        result
    }
}

impl Drop for Interrupter {
    fn drop(&mut self) {
        self.shared.lock().has_ended = true;
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, InterruptState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'s>(&self, state: MutexGuard<'s, InterruptState>, time: Duration) -> MutexGuard<'s, InterruptState> {
        self.changed.wait_timeout(state, time).unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Stop of the statements of one unit.
pub(super) struct Interrupts<'i> {
    pub(super) interrupter: &'i Interrupter,
    pub(super) signal: StopSignal,
}

/// Runs `work`, which sends statements that may be stopped in their middle; `interrupts` is `None` where nothing can stop them.
pub(super) fn interruptible<T>(
    interrupts: Option<&Interrupts<'_>>,
    conn: &mut Conn,
    work: impl FnOnce(&mut Conn) -> T,
) -> T {
    match interrupts {
        Some(Interrupts { interrupter, signal }) => interrupter.watch(conn, signal, work),
        None => work(conn),
    }
}

/// The thread's side.
struct InterruptThread {
    shared: Arc<Shared>,
    target: InterruptTarget,
    opener: Opener,
    session: Option<Box<dyn Session>>,
}

impl InterruptThread {
    fn run(mut self) {
        while self.waits_for_signal() {
            self.send_request();
            self.pause();
        }
    }

    /// Waits until a statement is to be stopped. False when the connection is closed.
    fn waits_for_signal(&self) -> bool {
        let mut state = self.shared.lock();
        while !state.has_ended {
            if state.running.as_ref().is_some_and(|is_asked| is_asked()) {
                return true;
            }
            state = self.shared.wait(state, TICK);
        }
        false
    }

    /// Best effort: what does not arrive is sent again.
    fn send_request(&mut self) {
        // Without the lock: a statement that ends meanwhile does not wait for a connection.
        let Some(mut session) = self.session.take().or_else(|| self.open()) else { return };
        let mut state = self.shared.lock();
        if state.running.is_none() {
            self.session = Some(session);
            return;
        }
        let request = match self.is_idle(&mut *session).filter(|_| state.was_sent) {
            // A statement may have ended just now, and its answer be on its way.
            Some(true) if !state.was_idle => {
                state.was_idle = true;
                self.session = Some(session);
                return;
            }
            // KILL QUERY between two statements of a message ends the message, and the server sends no answer to the
            // rest: only the end of the connection ends the wait for it.
            Some(true) => format!("KILL CONNECTION {}", self.target.id),
            Some(false) | None => format!("KILL QUERY {}", self.target.id),
        };
        state.was_sent = true;
        let sent = session.run_query(&request);
        self.session = sent.is_ok().then_some(session);
    }

    /// Returns whether the server waits for the next message of the connection; `None` if it does not answer.
    fn is_idle(&self, session: &mut dyn Session) -> Option<bool> {
        let sql = format!("SELECT COMMAND FROM information_schema.PROCESSLIST WHERE ID = {}", self.target.id);
        let answers = session.run_query(&sql).ok()?;
        Some(answers.first()?.first()?.first()?.as_deref()? == "Sleep")
    }

    /// A connection to the same server.
    fn open(&self) -> Option<Box<dyn Session>> {
        let mut session = (self.opener)(DEADLINE).ok()?;
        let answers = session.run_query(&format!("SELECT {SERVER_NAME}")).ok()?;
        let name = answers.first()?.first()?.first()?.as_deref()?;
        (name == self.target.server).then_some(session)
    }

    fn pause(&self) {
        let end = Instant::now() + REPEAT_AFTER;
        let mut state = self.shared.lock();
        while !state.has_ended && Instant::now() < end {
            state = self.shared.wait(state, end.saturating_duration_since(Instant::now()));
        }
    }
}
