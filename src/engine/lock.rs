//! The runners' lock: polled, with a timeout, and never waited for inside a transaction.
//!
//! A backend that waits inside `pg_advisory_lock()` holds a snapshot, and a `CREATE INDEX CONCURRENTLY` of the lock's
//! holder waits until that is released: a deadlock (PostgreSQL manual, "Building Indexes Concurrently"). So the try
//! form is polled instead.

use std::time::{Duration, Instant};

use super::error::EngineError;
use super::observer::{Event, Observer};
use super::retry::jittered;
use crate::database::LockAttempt;
use crate::database::{Database, DatabaseError};

/// Maximum wait for the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockTimeout(pub Duration);

const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// Acquires the lock, runs `work`, and releases the lock even if `work` fails.
///
/// # Errors
/// [`EngineError::Locked`] if the lock could not be acquired in time; the error of `work`; the error of the release if
/// `work` succeeded.
pub fn with_lock<T>(
    database: &mut dyn Database,
    service: &str,
    lock_timeout: LockTimeout,
    observer: &dyn Observer,
    work: impl FnOnce(&mut dyn Database) -> Result<T, EngineError>,
) -> Result<T, EngineError> {
    acquire(database, service, lock_timeout, observer).map_err(|error| explained(error, database))?;
    let result = work(database).map_err(|error| explained(error, database));
    let unlocked = database.unlock();
    match (result, unlocked) {
        (Ok(value), Ok(())) => Ok(value),
        // The lock was released together with the connection.
        (Ok(value), Err(DatabaseError::ConnectionLost(_))) => Ok(value),
        (Ok(_), Err(error)) => Err(EngineError::Database(error)),
        (Err(error), _) => Err(error),
    }
}

/// Converts a refused write to [`EngineError::ReadOnly`] if the server confirms that it is read-only.
fn explained(error: EngineError, database: &mut dyn Database) -> EngineError {
    if !error.is_refused_write() {
        return error;
    }
    match database.read_only() {
        Ok(Some(server)) => EngineError::ReadOnly { server, failed: Box::new(error) },
        // The revision itself may have opened a read-only transaction.
        Ok(None) | Err(_) => error,
    }
}

fn acquire(
    database: &mut dyn Database,
    service: &str,
    lock_timeout: LockTimeout,
    observer: &dyn Observer,
) -> Result<(), EngineError> {
    let start = Instant::now();
    database.set_lock_timeout(lock_timeout.0);
    let mut pause = FIRST_PAUSE;
    let mut told: Option<Instant> = None;
    while let LockAttempt::HeldBy(holder) = database.try_lock()? {
        let waited = start.elapsed();
        if observer.interrupted() {
            return Err(EngineError::Interrupted);
        }
        if waited >= lock_timeout.0 {
            return Err(EngineError::Locked { holder, waited });
        }
        if told.is_none_or(|at| at.elapsed() >= LONGEST_PAUSE) {
            observer.event(service, &Event::Waiting { holder: &holder, waited });
            told = Some(Instant::now());
        }
        super::retry::sleep(jittered(pause).min(lock_timeout.0 - waited), observer);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
    Ok(())
}
