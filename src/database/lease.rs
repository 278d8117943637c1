//! A lock that is independent of sessions: a row with an owner and an expiry time, renewed by a thread during the run.
//! Needed behind a pooler in transaction mode, and on clusters whose nodes each have their own session locks.
//!
//! The row's token is a fencing token: it grows with each owner. Each message that changes something compares it
//! ([`Lease::condition`]). So a runner that was suspended beyond the end of its lease cannot write any more, and a
//! statement of a dead runner that the server still executes cannot run a second time in parallel.
//! Expiry is by the server's clock. An owner that is late gets another third of the lease to renew: on a Galera cluster
//! a long DDL statement blocks renewals too, and they arrive as soon as it ends.
//!
//! ```text
//! id | owner                       | token | lease_until
//!  1 | pid 4711 on host (uuid)     |     7 | 2026-11-28 12:00:30   held
//!  1 | NULL                        |     7 | 2026-11-28 12:00:12   released; the next owner gets token 8
//! ```

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::lease_sql::{LeaseRules, LeaseSql};
use super::session::{DEADLINE, Opener, Session};
use super::{DatabaseError, LockAttempt, LockHolder, ServerError, VersionTable};

/// A connection is never given less time to be made, however soon the run would give up its lock.
const SHORTEST_DEADLINE: Duration = Duration::from_secs(1);

/// Time that a thread that cannot renew waits before it tries again.
const PAUSE: Duration = Duration::from_millis(200);

/// Lease on one version table.
pub struct Lease {
    sql: LeaseSql,
    opener: Opener,
    /// Time that its own connection waits for an answer.
    deadline: Duration,
    session: Option<Box<dyn Session>>,
    held: Option<HeldLease>,
    /// Last value of the row, and the time at which this process first read it.
    seen: Option<(String, Instant)>,
}

/// State of an acquired lease.
struct HeldLease {
    shared: Arc<LeaseShared>,
    token: u64,
}

struct LeaseShared {
    state: Mutex<LeaseState>,
    changed: Condvar,
}

struct LeaseState {
    renewed: Instant,
    is_lost: bool,
    has_ended: bool,
    /// The second connection, while no renewal uses it.
    session: Option<Box<dyn Session>>,
}

/// The row of the lock table.
struct LeaseRow {
    owner: Option<String>,
    token: u64,
    until: String,
    is_over: bool,
}

impl Lease {
    /// Creates a lease on `table` that expires after `time` without a renewal. Does not connect yet.
    #[must_use]
    pub fn new(rules: &'static dyn LeaseRules, table: &VersionTable, opener: Opener, time: Duration) -> Self {
        let host = whoami::hostname().unwrap_or_else(|_| "unknown".to_owned());
        let owner = format!("pid {} on {host} ({})", std::process::id(), uuid::Uuid::new_v4().simple());
        let owner: String = owner.chars().take(255).collect();
        let sql = LeaseSql::new(rules, table, &owner, time);
        Self { sql, opener, deadline: DEADLINE, session: None, held: None, seen: None }
    }

    /// Bounds the waits for the lease's own connection by the time that the run waits for its lock.
    pub fn set_lock_timeout(&mut self, time: Duration) {
        self.deadline = time.clamp(SHORTEST_DEADLINE, DEADLINE);
    }

    /// Tries to acquire the lease.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    pub fn try_take(&mut self) -> Result<LockAttempt, DatabaseError> {
        if self.held.is_some() {
            return Ok(LockAttempt::Acquired);
        }
        let row = self.row()?;
        if row.owner.is_some() && !(row.is_over && self.has_waited(&row)) {
            return Ok(LockAttempt::HeldBy(holder(&row)));
        }
        // The time before the request: measured after the answer, a slow round trip would make the lease look longer
        // than it is.
        let asked = Instant::now();
        match self.count(&self.sql.take(row.token)) {
            Ok(1) => {
                self.hold(row.token + 1, asked);
                Ok(LockAttempt::Acquired)
            }
            // No row changed, because another runner has raised the token since it was read.
            Ok(_) => Ok(LockAttempt::HeldBy(holder(&row))),
            // On a cluster the first node to commit wins; the others get a deadlock error at COMMIT.
            Err(DatabaseError::Server(error)) if is_conflict(&error) => Ok(LockAttempt::HeldBy(holder(&row))),
            Err(error) => Err(error),
        }
    }

    /// Returns a condition that holds as long as this lease is held; `None` if it is not held. See
    /// [`LeaseRules::condition`].
    #[must_use]
    pub fn condition(&self) -> Option<String> {
        Some(self.sql.condition(self.held.as_ref()?.token))
    }

    /// Returns a renewal of the lease as the last statement before a COMMIT; it changes one row as long as the lease is
    /// held. For databases whose condition cannot make a takeover wait.
    ///
    /// An UPDATE reads what is committed now, whatever the transaction's snapshot is, and makes takeovers (and renewals)
    /// wait for the COMMIT. On a cluster it does more than a locked read could: of this transaction and a takeover on
    /// another node, which both write the row, the cluster commits only one.
    #[must_use]
    pub fn renewal_in_transaction(&self) -> Option<String> {
        Some(self.sql.renewal_in_transaction(self.held.as_ref()?.token))
    }

    /// Returns whether a renewal found that the lease belongs to another runner.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.held.as_ref().is_none_or(|held| held.shared.lock().is_lost)
    }

    /// Returns whether the lease is still held. Waits for a renewal that is late, up to the duration of the lease.
    #[must_use]
    pub fn is_held(&self) -> bool {
        let Some(held) = &self.held else { return false };
        // A renewal can be late because this process was suspended or, on a Galera cluster, because of a DDL statement.
        // Its result shows whether another runner has taken the lease over.
        let deadline = Instant::now() + self.sql.time;
        let mut state = held.shared.lock();
        while !state.is_lost && state.renewed.elapsed() > self.sql.time {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = held.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        !state.is_lost
    }

    /// Releases the lease.
    ///
    /// # Errors
    /// When the lease was not held any more, or the server cannot be reached.
    pub fn release(&mut self) -> Result<(), DatabaseError> {
        let Some(held) = self.held.take() else { return Err(DatabaseError::Server(lost())) };
        held.end();
        // A renewal that waits for its answer is not waited for: behind the release it finds a row that is not its own.
        self.session = held.shared.lock().session.take();
        let sql = self.sql.release(held.token);
        let count = match self.count(&sql) {
            // The thread's session may have been idle for a third of the lease and be dead by now: retry on a new one.
            Err(DatabaseError::ConnectionLost(_)) => self.count(&sql)?,
            count => count?,
        };
        if count == 1 { Ok(()) } else { Err(DatabaseError::Server(lost())) }
    }

    fn hold(&mut self, token: u64, renewed: Instant) {
        let state = LeaseState { renewed, is_lost: false, has_ended: false, session: self.session.take() };
        let shared = Arc::new(LeaseShared { state: Mutex::new(state), changed: Condvar::new() });
        let renewal =
            Renewal { sql: self.sql.clone(), opener: Arc::clone(&self.opener), shared: Arc::clone(&shared), token };
        std::thread::spawn(move || renewal.run());
        self.held = Some(HeldLease { shared, token });
        self.seen = None;
    }

    /// Returns whether this process has observed the row unchanged for a third of the lease.
    fn has_waited(&mut self, row: &LeaseRow) -> bool {
        let now = format!("{} {}", row.token, row.until);
        match &self.seen {
            Some((before, since)) if *before == now => since.elapsed() >= self.sql.time / 3,
            _ => {
                self.seen = Some((now, Instant::now()));
                false
            }
        }
    }

    /// Reads the row; creates table and row if they do not exist.
    fn row(&mut self) -> Result<LeaseRow, DatabaseError> {
        match self.read() {
            Ok(Some(row)) => return Ok(row),
            // A refusal most likely means that the table does not exist.
            Err(DatabaseError::Server(_)) | Ok(None) => {}
            Err(error) => return Err(error),
        }
        let mut refusal = None;
        for sql in self.sql.make() {
            match self.run_query(&sql) {
                // If two runners create the table at once, one of them is refused and then finds the other's table.
                Err(DatabaseError::Server(error)) => refusal = Some(error),
                other => drop(other?),
            }
        }
        let missing = || ServerError { message: "the lock table has no row".to_owned(), ..ServerError::default() };
        match self.read() {
            Ok(Some(row)) => Ok(row),
            Err(error @ (DatabaseError::ConnectionLost(_) | DatabaseError::NoSecondConnection { .. })) => Err(error),
            _ => Err(DatabaseError::Server(refusal.unwrap_or_else(missing))),
        }
    }

    fn read(&mut self) -> Result<Option<LeaseRow>, DatabaseError> {
        let results = self.run_query(&self.sql.read())?;
        let Some(row) = results.first().and_then(|rows| rows.first()) else { return Ok(None) };
        let text = |index: usize| row.get(index).cloned().flatten();
        Ok(Some(LeaseRow {
            owner: text(0),
            token: text(1).and_then(|token| token.parse().ok()).unwrap_or(0),
            until: text(2).unwrap_or_default(),
            is_over: text(3).is_some_and(|over| matches!(over.as_str(), "t" | "1")),
        }))
    }

    fn count(&mut self, sql: &str) -> Result<u64, DatabaseError> {
        Ok(count(&self.run_query(sql)?))
    }

    fn run_query(&mut self, sql: &str) -> Result<Vec<super::session::TextRows>, DatabaseError> {
        let (mut session, is_new) = match self.session.take() {
            Some(session) => (session, false),
            None => (opened(&self.opener, self.deadline, &self.sql)?, true),
        };
        match session.run_query(sql) {
            // A pooler lets one in at once, and then keeps waiting who finds no session free.
            Err(DatabaseError::ConnectionLost(message)) if is_new => {
                Err(DatabaseError::NoSecondConnection { message, sqlstate: None })
            }
            Err(lost @ DatabaseError::ConnectionLost(_)) => Err(lost),
            answer => {
                self.session = Some(session);
                answer
            }
        }
    }
}

impl HeldLease {
    fn end(&self) {
        self.shared.lock().has_ended = true;
        self.shared.changed.notify_all();
    }
}

impl Drop for HeldLease {
    fn drop(&mut self) {
        self.end();
    }
}

impl LeaseShared {
    fn lock(&self) -> MutexGuard<'_, LeaseState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Thread that renews the lease.
struct Renewal {
    sql: LeaseSql,
    opener: Opener,
    shared: Arc<LeaseShared>,
    token: u64,
}

impl Renewal {
    fn run(self) {
        let mut pause = self.sql.time / 3;
        while self.sleeps(pause) {
            let asked = Instant::now();
            pause = match self.renew() {
                // As in `try_take`, the time of the request counts.
                Ok(1) => {
                    self.shared.lock().renewed = asked;
                    self.shared.changed.notify_all();
                    (self.sql.time / 3).saturating_sub(asked.elapsed())
                }
                // No row changed: another runner has taken the lease over.
                Ok(_) => {
                    self.shared.lock().is_lost = true;
                    self.shared.changed.notify_all();
                    return;
                }
                // The lease stays valid until another runner takes it over, which the token shows: keep trying.
                Err(_) => PAUSE.min(self.sql.time / 3),
            };
        }
    }

    fn renew(&self) -> Result<u64, DatabaseError> {
        let kept = self.shared.lock().session.take();
        let mut session = match kept {
            Some(session) => session,
            None => opened(&self.opener, DEADLINE, &self.sql)?,
        };
        let renewed = session.run_query(&self.sql.renew(self.token)).map(|results| count(&results));
        if !matches!(renewed, Err(DatabaseError::ConnectionLost(_))) {
            self.shared.lock().session = Some(session);
        }
        renewed
    }

    /// Waits for `pause`. Returns `false` if the lease was released in the meantime.
    fn sleeps(&self, pause: Duration) -> bool {
        let end = Instant::now() + pause;
        let mut state = self.shared.lock();
        // A loop, because a condition variable may wake up spuriously.
        while !state.has_ended {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return true;
            }
            state = self.shared.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }
}

fn opened(opener: &Opener, deadline: Duration, sql: &LeaseSql) -> Result<Box<dyn Session>, DatabaseError> {
    let mut session = opener(deadline).map_err(second_connection)?;
    if let Some(setting) = sql.session_setting() {
        // A server without this setting does not need it.
        let _ = session.run_query(setting);
    }
    Ok(session)
}

/// Explains the second connection in the error, because servers and pools may limit a user to one.
fn second_connection(error: DatabaseError) -> DatabaseError {
    match error {
        DatabaseError::Connect { message, sqlstate } => DatabaseError::NoSecondConnection { message, sqlstate },
        DatabaseError::ConnectionLost(message) => DatabaseError::NoSecondConnection { message, sqlstate: None },
        other => other,
    }
}

fn count(results: &[super::session::TextRows]) -> u64 {
    let last = results.last().and_then(|rows| rows.first()).and_then(|row| row.first()).cloned().flatten();
    last.and_then(|count| count.parse().ok()).unwrap_or(0)
}

/// `serialization_failure`, `deadlock_detected`, `lock_not_available`; MySQL's deadlock, which is also a lost race between nodes, and
/// the rollback of who lost it in a replication group.
fn is_conflict(error: &ServerError) -> bool {
    matches!(error.sqlstate.as_deref(), Some("40001" | "40P01" | "55P03"))
        || matches!(error.number, Some(1205 | 1213 | 3101))
}

fn holder(row: &LeaseRow) -> LockHolder {
    let owner = row.owner.as_deref().unwrap_or("a runner that has just released it");
    let end = if row.is_over { "which ended" } else { "until" };
    LockHolder { description: format!("{owner}, by a lease {end} {} (UTC)", row.until), end: None }
}

/// Error for a lease that another runner has taken over.
#[must_use]
pub fn lost() -> ServerError {
    ServerError {
        message: "the lease was lost: it was not renewed in time, and another runner may have taken it over".to_owned(),
        ..ServerError::default()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// SQL of a database that does not exist.
    struct AnyRules;

    impl LeaseRules for AnyRules {
        fn qualified(&self, schema: Option<&str>, name: &str) -> String {
            format!("{}{name}", schema.unwrap_or_default())
        }

        fn literal(&self, text: &str) -> String {
            format!("'{text}'")
        }

        fn now(&self) -> &'static str {
            "now()"
        }

        fn after(&self, time: Duration) -> String {
            format!("now() + {time:?}")
        }

        fn until_as_text(&self) -> &'static str {
            "lease_until"
        }

        fn create(&self, _name: &str) -> [String; 2] {
            [String::new(), String::new()]
        }

        fn take(&self, _name: &str, update: String) -> String {
            update
        }

        fn count_changed(&self, update: &str) -> String {
            update.to_owned()
        }

        fn condition(&self, name: &str, token: u64) -> String {
            format!("{name} has {token}")
        }
    }

    /// A server whose lock row is held by another owner and has expired.
    struct Stale(&'static str);

    impl Session for Stale {
        fn run_query(&mut self, sql: &str) -> Result<Vec<super::super::session::TextRows>, DatabaseError> {
            let text = |text: &str| Some(text.to_owned());
            let row = if sql.starts_with("SELECT owner") {
                vec![text("pid 1 on a"), text("7"), text("2026-11-21 12:00:00"), text(self.0)]
            } else {
                vec![text("1")]
            };
            Ok(vec![vec![row]])
        }
    }

    fn lease(over: &'static str, time: Duration) -> Lease {
        let table = VersionTable { schema: None, name: "v".to_owned() };
        Lease::new(&AnyRules, &table, Arc::new(move |_| Ok(Box::new(Stale(over)))), time)
    }

    #[test]
    fn a_live_lease_is_never_taken_over() {
        let mut lease = lease("f", Duration::from_millis(1));
        for _ in 0..50 {
            assert!(
                lease
                    .try_take()
                    .unwrap()
                    .holder()
                    .unwrap()
                    .description
                    .starts_with("pid 1 on a, by a lease until 2026")
            );
        }
    }

    #[test]
    fn a_lease_that_ended_is_taken_over_when_its_owner_stays_away_for_a_while() {
        let mut lease = lease("t", Duration::from_millis(600));
        let start = Instant::now();
        assert!(lease.try_take().unwrap().holder().is_some());
        while lease.try_take().unwrap().holder().is_some() {
            std::thread::yield_now();
        }
        assert!(start.elapsed() >= Duration::from_millis(200));
        assert_eq!(lease.condition().unwrap(), "v_lock has 8");
        assert!(lease.is_held());
        lease.release().unwrap();
        assert!(!lease.is_held() && lease.release().is_err());
    }
}
