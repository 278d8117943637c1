//! Trials in a shadow, which leave it as it was.

use super::{Shadow, ShadowHost};
use crate::database::{HostSession, ScratchDatabase, ScratchHost, ScratchPurpose, ScratchRequest, TrialUndo};
use crate::drivers;
use crate::shadow::error::ProofError;
use crate::shadow::shadow_config::ShadowConfig;

/// Undo of trials in a shadow in which nothing can be rolled back.
#[derive(Default)]
pub(super) struct Undoing {
    /// States that trials are undone to: of the first one, of those within it, and so on.
    levels: Vec<UndoLevel>,
    /// Number of trials that are open.
    depth: usize,
}

#[derive(Default)]
struct UndoLevel {
    /// State that it is restored to, with the database that holds the rows; `None` before the first trial.
    kept: Option<(Box<dyn TrialUndo>, ScratchDatabase<'static>)>,
    state: UndoingState,
}

impl Undoing {
    /// Returns the level of the next trial.
    fn level(&mut self) -> &mut UndoLevel {
        if self.levels.len() == self.depth {
            self.levels.push(UndoLevel::default());
        }
        &mut self.levels[self.depth]
    }

    /// Forgets the states from this level on: the shadow holds something else.
    fn forget(&mut self, depth: usize) {
        self.levels.iter_mut().skip(depth).for_each(|level| level.state = UndoingState::Stale);
    }
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
    /// Returns `true` if the shadow can be made again what it was ([`Shadow::tried`]), where nothing can be rolled
    /// back.
    #[must_use]
    pub fn can_undo_trials(&self) -> bool {
        let driver = self.database.as_ref().map(|database| database.driver());
        matches!(self.keeper, ShadowHost::Scratch(_)) && driver.is_some_and(ScratchHost::can_undo_trials)
    }

    /// Returns `true` if trials are undone, also one within another.
    #[must_use]
    pub fn can_nest_trials(&self) -> bool {
        let driver = self.database.as_ref().map(|database| database.driver());
        let rolls_back = driver.is_some_and(ScratchHost::can_roll_back_trials);
        matches!(self.keeper, ShadowHost::Scratch(_)) && rolls_back || self.can_undo_trials()
    }

    /// Runs `work` and undoes what it did: by rolling back, or by restoring what was there. `None`, without running it,
    /// where neither would undo all it does. There may be trials within it.
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
        if self.undoing.level().state == UndoingState::Stale {
            self.keep_state(shadow_config)?;
        }
        if self.undoing.level().state != UndoingState::Kept {
            return Ok(None);
        }
        self.undoing.level().state = UndoingState::Lost;
        self.undoing.depth += 1;
        let done = work(self);
        self.undoing.depth -= 1;
        self.undoing.forget(self.undoing.depth + 1);
        self.renew_session(shadow_config)?;
        let level = self.undoing.level();
        if let (Some((undo, _)), Some(database)) = (&mut level.kept, &mut self.database)
            && undo.undo(&mut **database)?
        {
            level.state = UndoingState::Kept;
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
        if self.undoing.level().kept.is_none() {
            let driver = drivers::driver(self.url.dialect())?;
            let url = shadow_config.given.unwrap_or(shadow_config.url);
            let application_name = format!("aludel {}", shadow_config.service);
            let session = driver.open_host(url, &application_name, shadow_config.environment)?;
            let request = ScratchRequest { url, purpose: ScratchPurpose::Shadow, in_memory: false, template: None };
            let scratch = driver.create_scratch(HostSession::Own(session), &request)?;
            self.undoing.level().kept = driver.trial_undo(scratch.url()).map(|undo| (undo, scratch));
        }
        self.undoing.level().state = UndoingState::Impossible;
        self.renew_session(shadow_config)?;
        let level = self.undoing.level();
        if let (Some((undo, _)), Some(database)) = (&mut level.kept, &mut self.database)
            && undo.keep(&mut **database)?
        {
            level.state = UndoingState::Kept;
        }
        Ok(())
    }

    /// Returns `true` after a trial that could not be undone: the shadow holds what it should not.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        let is_lost = |level: &UndoLevel| level.state == UndoingState::Lost;
        self.undoing.levels.get(self.undoing.depth).is_some_and(is_lost)
    }

    /// Prepares for a change that stays: later trials are undone up to it.
    pub fn expect_change(&mut self) {
        self.undoing.forget(self.undoing.depth);
    }
}
