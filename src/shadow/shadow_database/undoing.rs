//! Trials in a shadow, which leave it as it was.

use super::{Shadow, ShadowHost};
use crate::database::{HostSession, ScratchDatabase, ScratchHost, ScratchPurpose, ScratchRequest, TrialUndo};
use crate::drivers;
use crate::shadow::error::ProofError;
use crate::shadow::shadow_config::ShadowConfig;

/// Undo of trials in a shadow in which nothing can be rolled back.
#[derive(Default)]
pub(super) struct Undoing {
    /// State that it is restored to, with the database that holds the rows; `None` before the first trial.
    kept: Option<(Box<dyn TrialUndo>, ScratchDatabase<'static>)>,
    state: UndoingState,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum UndoingState {
    /// The kept state is not that of the shadow.
    #[default]
    Stale,
    Kept,
    /// The shadow holds something that cannot be restored.
    Impossible,
    /// It could not be restored.
    Lost,
}

impl Shadow {
    /// Returns `true` if the shadow can be made again what it was ([`Shadow::tried`]), where nothing can be rolled back.
    #[must_use]
    pub fn can_undo_trials(&self) -> bool {
        let driver = self.database.as_ref().map(|database| database.driver());
        matches!(self.keeper, ShadowHost::Scratch(_)) && driver.is_some_and(ScratchHost::can_undo_trials)
    }

    /// Returns `true` if trials are rolled back: then one can be nested in another.
    #[must_use]
    pub fn can_nest_trials(&self) -> bool {
        let driver = self.database.as_ref().map(|database| database.driver());
        matches!(self.keeper, ShadowHost::Scratch(_)) && driver.is_some_and(ScratchHost::can_roll_back_trials)
    }

    /// Runs `work` and undoes what it did: by rolling back, or by restoring what was there. `None`, without running it,
    /// where neither would undo all it does.
    ///
    /// # Errors
    /// Those of `work`, and of undoing it.
    pub fn tried<T>(
        &mut self,
        shadow_config: &ShadowConfig<'_>,
        work: impl FnOnce(&mut Self) -> Result<T, ProofError>,
    ) -> Result<Option<T>, ProofError> {
        if !matches!(self.keeper, ShadowHost::Scratch(_)) {
            return Ok(None);
        }
        if self.can_undo_trials() {
            return self.tried_without_transaction(shadow_config, work);
        }
        let driver = self.database()?.driver();
        let outer = self.trial.clone();
        let Some(trial) = driver.begin_trial(self.database()?, outer.as_ref())? else { return Ok(None) };
        self.trial = Some(trial.clone());
        let done = work(self);
        self.trial = outer;
        driver.roll_back_trial(self.database()?, &trial)?;
        done.map(Some)
    }

    fn tried_without_transaction<T>(
        &mut self,
        shadow_config: &ShadowConfig<'_>,
        work: impl FnOnce(&mut Self) -> Result<T, ProofError>,
    ) -> Result<Option<T>, ProofError> {
        if self.undoing.state == UndoingState::Stale {
            self.keep_state(shadow_config)?;
        }
        if self.undoing.state != UndoingState::Kept {
            return Ok(None);
        }
        self.undoing.state = UndoingState::Lost;
        let done = work(self);
        self.renew_session(shadow_config)?;
        if let (Some((undo, _)), Some(database)) = (&mut self.undoing.kept, &mut self.database)
            && undo.undo(&mut **database)?
        {
            self.undoing.state = UndoingState::Kept;
        }
        done.map(Some)
    }

    /// Ends what revisions have left in the session: each trial begins with nothing of it.
    fn renew_session(&mut self, shadow_config: &ShadowConfig<'_>) -> Result<(), ProofError> {
        if !self.database()?.renew_session()? {
            self.connect(drivers::driver(self.url.dialect())?, shadow_config)?;
            self.expect_repeated_reads()?;
        }
        Ok(())
    }

    fn keep_state(&mut self, shadow_config: &ShadowConfig<'_>) -> Result<(), ProofError> {
        if self.undoing.kept.is_none() {
            let driver = drivers::driver(self.url.dialect())?;
            let url = shadow_config.given.unwrap_or(shadow_config.url);
            let application_name = format!("aludel {}", shadow_config.service);
            let session = driver.open_host(url, &application_name, shadow_config.environment)?;
            let request = ScratchRequest { url, purpose: ScratchPurpose::Shadow, in_memory: false, template: None };
            let scratch = driver.create_scratch(HostSession::Own(session), &request)?;
            self.undoing.kept = driver.trial_undo(scratch.url()).map(|undo| (undo, scratch));
        }
        self.undoing.state = UndoingState::Impossible;
        self.renew_session(shadow_config)?;
        if let (Some((undo, _)), Some(database)) = (&mut self.undoing.kept, &mut self.database)
            && undo.keep(&mut **database)?
        {
            self.undoing.state = UndoingState::Kept;
        }
        Ok(())
    }

    /// Returns `true` after a trial that could not be undone: the shadow holds what it should not.
    #[must_use]
    pub const fn is_lost(&self) -> bool {
        matches!(self.undoing.state, UndoingState::Lost)
    }

    /// Prepares for a change that stays: later trials are undone up to it.
    pub fn expect_change(&mut self) {
        self.undoing.state = UndoingState::Stale;
    }
}
