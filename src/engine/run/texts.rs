//! Texts of the steps that run now: the current one, and those behind it that were needed already. The others are kept
//! or read again ([`PreparedSteps`](super::super::PreparedSteps)).

use std::sync::Arc;

use super::super::definition::definition;
use super::{EngineError, PreparedStep, ServiceRun, Step};
use crate::database::{Database, Transaction};

impl ServiceRun<'_> {
    /// Returns the text of step `index`, which is read once.
    ///
    /// # Errors
    /// As [`PreparedSteps::get`](super::super::PreparedSteps::get).
    pub(super) fn text(&self, index: usize) -> Result<Arc<PreparedStep>, EngineError> {
        let mut texts = self.texts.borrow_mut();
        if let Some(prepared) = texts.get(&index) {
            return Ok(Arc::clone(prepared));
        }
        let prepared = self.survey.prepared(index)?;
        texts.insert(index, Arc::clone(&prepared));
        Ok(prepared)
    }

    /// Returns the definition of step `index` for the journal, which is made once; `None` if none is to be kept.
    pub(super) fn definition(&self, index: usize) -> Option<Arc<str>> {
        if !self.keeps_definitions {
            return None;
        }
        let mut definitions = self.definitions.borrow_mut();
        let made = definitions.entry(index).or_insert_with(|| {
            let prepared = self.text(index).ok()?;
            definition(self.survey.history, self.survey.step(index), &prepared, self.setting).map(Arc::from)
        });
        made.clone()
    }

    /// Lets go of the texts of the steps before `index`, which have run.
    pub(super) fn forget_texts_before(&self, index: usize) {
        self.texts.borrow_mut().retain(|kept, _| *kept >= index);
        self.definitions.borrow_mut().retain(|kept, _| *kept >= index);
    }

    /// Returns the step after `index` if a driver may announce it together with this one: it follows immediately,
    /// journals each statement as this one does, waits for no other service, and is not incomplete. Not one with a
    /// require section, whose queries come before anything of it is in the journal.
    pub(super) fn next(
        &self,
        index: usize,
        mode: Transaction,
        database: &dyn Database,
    ) -> Option<(&Step, Arc<PreparedStep>)> {
        let step = self.survey.plan.steps.get(index + 1).filter(|_| mode == Transaction::None)?;
        if !self.needs(step).is_empty() || self.resumptions.contains_key(&step.revision) {
            return None;
        }
        // What cannot be read is reported when its turn comes.
        let may_be_announced = |prepared: &Arc<PreparedStep>| prepared.online.is_none() && prepared.require.is_none();
        let prepared = self.text(index + 1).ok().filter(may_be_announced)?;
        let its_mode = prepared.mode(database.has_transactional_ddl(), self.options.single_transaction);
        (its_mode == Transaction::None).then_some((step, prepared))
    }
}
