//! Revisions of a rehearsal that are sent before the ones ahead of them have been answered, as in a run
//! ([`Database::send_ahead`]).

use std::collections::VecDeque;
use std::sync::Arc;

use super::Text;
use crate::database::{Database, Transaction};
use crate::engine::error::EngineError;
use crate::engine::execute;
use crate::engine::prepare::PreparedStep;
use crate::engine::prepared_steps::PreparedSteps;
use crate::graph::Step;

/// Steps of a rehearsal. A text is read once, and let go when its step has run.
pub(super) struct RehearsedSteps<'a> {
    steps: &'a [Step],
    prepared: &'a PreparedSteps<'a>,
    /// Texts of the steps from `first` on that were needed already.
    texts: VecDeque<Arc<PreparedStep>>,
    first: usize,
}

impl<'a> RehearsedSteps<'a> {
    pub(super) const fn new(steps: &'a [Step], prepared: &'a PreparedSteps<'a>) -> Self {
        Self { steps, prepared, texts: VecDeque::new(), first: 0 }
    }

    /// Returns the text of step `index`, which runs now, and lets go of those before it.
    ///
    /// # Errors
    /// As [`PreparedSteps::get`].
    pub(super) fn current(&mut self, index: usize) -> Result<Arc<PreparedStep>, EngineError> {
        self.texts.drain(..self.texts.len().min(index - self.first));
        self.first = index;
        match self.texts.front() {
            Some(text) => Ok(Arc::clone(text)),
            None => self.read(index),
        }
    }

    /// Sends step `index`, and as many of those behind it as the config allows, before the first of them is answered.
    pub(super) fn send_ahead(&mut self, database: &mut dyn Database, index: usize) {
        let pipeline = self.prepared.pipeline();
        if pipeline < 2 || !database.sends_ahead() {
            return;
        }
        while database.sent_ahead() < pipeline {
            let next = index + database.sent_ahead();
            let Some(step) = self.steps.get(next) else { return };
            let text = match self.texts.get(next - index) {
                Some(text) => Ok(Arc::clone(text)),
                None => self.read(next),
            };
            // What cannot be read is reported when its turn comes.
            let Ok(prepared) = text else { return };
            let unit = Text::of_step(step, &prepared).unit(database);
            if unit.transaction != Transaction::Own || !execute::send_ahead(database, &unit, false) {
                return;
            }
        }
    }

    /// Reads the text of step `index`, the first that is not in `texts`.
    fn read(&mut self, index: usize) -> Result<Arc<PreparedStep>, EngineError> {
        let prepared = self.prepared.get(&self.steps[index], index)?;
        self.texts.push_back(Arc::clone(&prepared));
        Ok(prepared)
    }
}
