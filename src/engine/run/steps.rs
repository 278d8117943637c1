//! The loop over the steps of a plan. A step that has run is reported as done when it is committed: a driver may let
//! consecutive revisions share a transaction ([`Database::uncommitted`]).

use std::time::Duration;

use super::super::schedule::Slot;
use super::{Database, EngineError, Event, LockMonitor, Resumption, ServiceRun};

impl<'a> ServiceRun<'a> {
    pub(super) fn steps(
        &mut self,
        database: &mut dyn Database,
        lock_monitor: Option<&LockMonitor>,
    ) -> Result<(), EngineError> {
        self.rows_after = self.survey.plan.rows_after_steps().collect();
        let mut slot = None;
        loop {
            let index = self.durations.len() + self.uncommitted.len();
            if index == self.survey.plan.steps.len() {
                return Ok(());
            }
            if slot.is_none() {
                slot = Some(self.acquire_slot(index)?);
            }
            self.forget_texts_before(index);
            match self.step(database, index, lock_monitor) {
                Ok(finished) => self.uncommitted.push(finished),
                Err(error) if database.undone() == 0 || self.observer.interrupted() => {
                    self.report_committed(database);
                    return Err(error);
                }
                // The transaction is lost that this step shared with others, perhaps only because it was shared. Each
                // of them runs again by itself, so that what fails then fails for its own reasons, behind those that
                // do not.
                Err(_) => self.apart = index + 1,
            }
            self.report_committed(database);
            // What was sent ahead is running already, and what is not committed has locked the database, so nothing
            // else may run on it.
            if database.sent_ahead() == 0 && database.uncommitted() == 0 {
                slot = None;
            }
        }
    }

    /// Waits for the revisions of other services that step `index` needs, and for a slot.
    fn acquire_slot(&self, index: usize) -> Result<Slot<'a>, EngineError> {
        let scheduler = self.scheduler;
        let slot = scheduler.acquire_slot(&self.database_name, self.needs(self.survey.step(index)));
        slot.map_err(|missing| EngineError::Blocked { service: missing.service, revision: missing.revision })
    }

    /// Reports the steps that have run, once they are committed; forgets those that were rolled back.
    pub(super) fn report_committed(&mut self, database: &dyn Database) {
        self.uncommitted.truncate(self.uncommitted.len().saturating_sub(database.undone()));
        if database.uncommitted() > 0 {
            return;
        }
        for (duration, message) in std::mem::take(&mut self.uncommitted) {
            let (index, of) = (self.durations.len(), self.survey.plan.steps.len());
            let step = self.survey.step(index);
            let (revision, operation, message) = (&step.revision, step.operation, &*message);
            self.observer.event(&self.service, &Event::Finished { index, of, revision, operation, message, duration });
            if !self.options.single_transaction {
                self.scheduler.done(&self.service, revision);
            }
            self.durations.push(duration);
        }
    }

    /// Runs a step. Returns its duration, and the message of its revision.
    fn step(
        &self,
        database: &mut dyn Database,
        index: usize,
        lock_monitor: Option<&LockMonitor>,
    ) -> Result<(Duration, String), EngineError> {
        let plan = &self.survey.plan;
        let (step, prepared) = (self.survey.step(index), self.text(index)?);
        // What was sent ahead is not to be stopped by silence: its answer decides whether it is applied.
        if self.observer.interrupted() && database.sent_ahead() == 0 {
            return Err(EngineError::Interrupted);
        }
        let (revision, operation, message, of) = (&step.revision, step.operation, &*prepared.message, plan.steps.len());
        let statements = prepared.statements();
        self.observer.event(&self.service, &Event::Started { index, of, revision, operation, message, statements });
        if self.survey.history.entry(revision)?.recorded.is_some() {
            self.observer.event(&self.service, &Event::FromJournal { revision });
        }
        let resumption = self.resumptions.get(revision);
        if let Some(Resumption { skip, found }) = resumption.copied() {
            self.observer.event(&self.service, &Event::Resumed { revision, operation, skip, of: statements, found });
        }
        let skip = resumption.map_or(0, |resumption| resumption.skip);
        let duration = match prepared.online {
            Some(_) if skip == 0 => self.run_alembic(database, index, step, &prepared),
            // Resolved with `repair` as applied: only the version rows are left to change.
            Some(_) => self.run_statements(database, index, 0, lock_monitor),
            None => self.run_statements(database, index, skip, lock_monitor),
        }?;
        Ok((duration, prepared.message.clone()))
    }
}
