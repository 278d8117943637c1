//! Which commits of a run may become durable later, and which revisions are sent before the ones ahead of them have
//! been answered. What a driver makes of it is its own ([`Database::send_ahead`], [`Durability`]).

use super::{Event, ServiceRun, UnitBuilder};
use crate::config::Durable;
use crate::database::{Database, Durability, Transaction};
use crate::engine::external::Prerequisite;
use crate::graph::Step;

impl ServiceRun<'_> {
    /// Returns when the commit of step `index` has to be durable. Immediately, if it is relied on before the next step
    /// of this run is committed: by the report that the run has ended, another service, a statement outside a
    /// transaction, Alembic. Also if the transaction was lost that it shared with others.
    pub(super) fn durability(&self, database: &dyn Database, index: usize) -> Durability {
        let step = self.survey.step(index);
        let is_followed = self.is_transaction(database, index + 1) && self.is_ready(index + 1);
        match self.history.service.gentle.durable {
            Durable::Run if index >= self.apart && is_followed && !self.awaited.contains(&step.revision) => {
                Durability::Deferred
            }
            Durable::Run | Durable::Each => Durability::Immediate,
        }
    }

    /// Sends step `index`, and as many of those behind it as the config allows, before the first of them is answered.
    /// Nothing is sent that a failure or a stop of the run should still be able to hold back.
    pub(super) fn send_ahead(&self, database: &mut dyn Database, index: usize) {
        let pipeline = self.history.service.gentle.pipeline;
        if pipeline < 2 || !database.sends_ahead() || self.observer.interrupted() {
            return;
        }
        // A revision by itself gains nothing.
        if database.sent_ahead() == 0
            && !(self.is_transaction(database, index) && self.goes_with(database, index, index + 1))
        {
            return;
        }
        while database.sent_ahead() < pipeline {
            let next = index + database.sent_ahead();
            if next > index && !self.goes_with(database, index, next) {
                return;
            }
            // What cannot be read is reported when its turn comes.
            let (step, Ok(prepared)) = (self.survey.step(next), self.text(next)) else { return };
            let rows_after = Some(self.rows_after(next));
            let dialect = database.server().dialect;
            let definition = self.definition(next);
            let sending = UnitBuilder::new((step, &prepared), rows_after, (Transaction::Own, 0), dialect, self.options)
                .durable(self.durability(database, next))
                .defined(definition.as_deref());
            let wants_times = self.observer.wants_statements();
            if !super::super::execute::send_ahead(database, &sending.unit(None), wants_times) {
                return;
            }
        }
    }

    /// Returns whether step `next` can be sent while step `index` runs. One with other timeouts waits, because it has
    /// them for a reason.
    fn goes_with(&self, database: &dyn Database, index: usize, next: usize) -> bool {
        let timeouts = |index: usize| self.text(index).ok().map(|prepared| prepared.timeouts);
        self.is_transaction(database, next) && self.is_ready(next) && timeouts(index) == timeouts(next)
    }

    /// Returns whether the plan has a step `index`, its text can be read, and it is a transaction of its own.
    fn is_transaction(&self, database: &dyn Database, index: usize) -> bool {
        if index >= self.survey.plan.steps.len() {
            return false;
        }
        let prepared = self.text(index).ok().filter(|prepared| prepared.online.is_none());
        let rolls_back_ddl = database.has_transactional_ddl();
        prepared
            .is_some_and(|prepared| prepared.mode(rolls_back_ddl, self.options.single_transaction) == Transaction::Own)
    }

    /// Returns whether step `index` waits for nothing but the step before it.
    fn is_ready(&self, index: usize) -> bool {
        let step = self.survey.step(index);
        self.needs(step).is_empty() && !self.resumptions.contains_key(&step.revision)
    }

    /// Returns the revisions of other services that a step waits for.
    pub(super) fn needs(&self, step: &Step) -> &[Prerequisite] {
        self.waits.get(&(self.service.clone(), step.revision.clone())).map_or(&[], Vec::as_slice)
    }

    /// Makes the revisions durable that were applied before a failure or a stop.
    pub(super) fn make_durable(&mut self, database: &mut dyn Database) {
        let revisions = database.uncommitted();
        let made = database.make_durable();
        self.report_committed(database);
        if let Err(error) = &made {
            let event = match revisions {
                0 => Event::DurabilityUnknown { error },
                _ => Event::NotCommitted { revisions, error },
            };
            self.observer.event(&self.service, &event);
        }
    }
}
