//! Scheduling of services that run concurrently: slots, and waits for revisions of other services. Works with names of
//! services and ids of revisions; must not depend on databases or files.

use std::collections::BTreeSet;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use super::external::Prerequisite;
use crate::id::RevisionId;

/// Scheduler that all services of a run share.
#[derive(Debug)]
pub struct Scheduler {
    state: Mutex<SchedulerState>,
    changed: Condvar,
    jobs: usize,
}

#[derive(Debug, Default)]
struct SchedulerState {
    done: BTreeSet<Prerequisite>,
    ended: BTreeSet<String>,
    databases: BTreeSet<String>,
    running: usize,
}

/// Slot to run one revision; released when dropped.
#[derive(Debug)]
pub struct Slot<'a> {
    scheduler: &'a Scheduler,
    database: String,
}

/// Records the end of a service when dropped.
#[derive(Debug)]
pub struct ServiceEnd<'a> {
    scheduler: &'a Scheduler,
    service: String,
}

impl Drop for ServiceEnd<'_> {
    fn drop(&mut self) {
        self.scheduler.lock().ended.insert(std::mem::take(&mut self.service));
        self.scheduler.changed.notify_all();
    }
}

impl Scheduler {
    /// Creates a scheduler with `jobs` slots, at least one.
    #[must_use]
    pub fn new(jobs: usize) -> Self {
        Self { state: Mutex::default(), changed: Condvar::new(), jobs: jobs.max(1) }
    }

    /// Waits until `needs` are done, nothing else runs on `database`, and a slot is free.
    ///
    /// # Errors
    /// The first of `needs` whose service ended without running it.
    pub fn acquire_slot(&self, database: &str, needs: &[Prerequisite]) -> Result<Slot<'_>, Prerequisite> {
        let mut state = self.lock();
        loop {
            let missing = needs.iter().find(|need| !state.done.contains(need));
            if let Some(hopeless) = missing.filter(|need| state.ended.contains(&need.service)) {
                return Err(hopeless.clone());
            }
            if missing.is_none() && state.running < self.jobs && !state.databases.contains(database) {
                state.running += 1;
                state.databases.insert(database.to_owned());
                return Ok(Slot { scheduler: self, database: database.to_owned() });
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Records that the run is done with `revision` of `service`, and wakes the services that wait for it.
    pub fn done(&self, service: &str, revision: &RevisionId) {
        self.lock().done.insert(Prerequisite { service: service.to_owned(), revision: revision.clone() });
        self.changed.notify_all();
    }

    /// Returns a guard whose drop records that `service` will do nothing more, also when its thread panics: those that
    /// wait for it are woken.
    #[must_use]
    pub fn end_of(&self, service: &str) -> ServiceEnd<'_> {
        ServiceEnd { scheduler: self, service: service.to_owned() }
    }

    fn lock(&self) -> MutexGuard<'_, SchedulerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut state = self.scheduler.lock();
        state.running -= 1;
        state.databases.remove(&self.database);
        drop(state);
        self.scheduler.changed.notify_all();
    }
}
