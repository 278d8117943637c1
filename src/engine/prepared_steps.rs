//! Prepared steps of a plan. Those of a large plan are not kept: each is read and prepared again when its turn comes,
//! and runs only if its file is still the one that was checked.

use std::sync::Arc;

use sha2::{Digest, Sha256};

use super::error::EngineError;
use super::prepare::{PreparedStep, Setting, prepare_again};
use crate::graph::Step;
use crate::project::History;
use crate::sql::Piece;

/// Maximum size in memory of the steps that are kept: tens of thousands of small revisions.
const KEPT: usize = 32 * 1024 * 1024;

/// Steps of a plan, all of which were prepared once and refused nothing.
#[derive(Debug)]
pub struct PreparedSteps<'a> {
    history: &'a History,
    setting: Setting<'a>,
    steps: Vec<HeldStep>,
}

/// Facts about a step that need no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepOutline {
    /// Number of statements that are sent.
    pub statements: usize,
    /// True for a template that was not filled in; see [`PreparedStep::is_unwritten`].
    pub is_unwritten: bool,
    /// True if Alembic runs the revision.
    pub is_online: bool,
}

/// Part of a step that is held.
#[derive(Debug)]
pub(super) enum HeldStep {
    /// All of it.
    Whole(Arc<PreparedStep>),
    /// Part that the plan shows, and the fingerprint of its file.
    Outline { statements: u32, is_unwritten: bool, file: FileFingerprint },
}

/// First half of the SHA-256 of a file's text: more than enough to notice an edit, and there may be very many.
type FileFingerprint = [u8; 16];

/// Decides which steps of a plan are kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct StepBudget {
    /// Maximum size of each step. It depends on the number of steps only, so that the same ones are kept on each
    /// machine.
    largest: usize,
}

impl StepBudget {
    pub(super) fn new(steps: usize) -> Self {
        Self { largest: KEPT / steps.max(1) }
    }

    /// Returns what is held of the step `index`. The first one runs next, so nothing is gained by reading it again;
    /// what Alembic has rendered (`is_python`) cannot be read again.
    pub(super) fn held(self, index: usize, prepared: PreparedStep, is_python: bool) -> HeldStep {
        if index == 0 || is_python || size(&prepared) <= self.largest {
            return HeldStep::Whole(Arc::new(prepared));
        }
        let StepOutline { statements, is_unwritten, .. } = outline(&prepared);
        let Ok(statements) = u32::try_from(statements) else { return HeldStep::Whole(Arc::new(prepared)) };
        HeldStep::Outline { statements, is_unwritten, file: fingerprint(&prepared.file) }
    }
}

impl<'a> PreparedSteps<'a> {
    pub(super) const fn new(history: &'a History, setting: Setting<'a>, steps: Vec<HeldStep>) -> Self {
        Self { history, setting, steps }
    }

    /// Returns how many revisions may be under way at once.
    pub(super) fn pipeline(&self) -> usize {
        self.history.service.gentle.pipeline
    }

    /// Returns the step `index` of the plan, which is `step`. Reads its file if it was not kept.
    ///
    /// # Errors
    /// [`EngineError::EditedMeanwhile`] if the file is not the one that was checked; a file that cannot be read.
    ///
    /// # Panics
    /// If the plan has no such step.
    #[allow(clippy::expect_used, reason = "`prepare` prepares every step of the plan")]
    pub fn get(&self, step: &Step, index: usize) -> Result<Arc<PreparedStep>, EngineError> {
        match self.steps.get(index).expect("every step of the plan is prepared") {
            HeldStep::Whole(prepared) => Ok(Arc::clone(prepared)),
            HeldStep::Outline { file: checked, .. } => {
                let is_checked = |file: &str| fingerprint(file) == *checked;
                prepare_again(self.history, step, self.setting, is_checked).map(Arc::new)
            }
        }
    }

    /// Returns all steps in order, each with its text. `steps` are those of the plan.
    pub fn whole<'s>(
        &'s self,
        steps: &'s [Step],
    ) -> impl Iterator<Item = Result<(&'s Step, Arc<PreparedStep>), EngineError>> {
        steps.iter().enumerate().map(|(index, step)| Ok((step, self.get(step, index)?)))
    }

    /// Returns all steps in order, without reading any file again. `steps` are those of the plan.
    pub fn outlines<'s>(&'s self, steps: &'s [Step]) -> impl Iterator<Item = (&'s Step, StepOutline)> {
        steps.iter().zip(&self.steps).map(|(step, held)| match held {
            HeldStep::Whole(prepared) => (step, outline(prepared)),
            HeldStep::Outline { statements, is_unwritten, .. } => {
                let (statements, is_unwritten) = (*statements as usize, *is_unwritten);
                (step, StepOutline { statements, is_unwritten, is_online: false })
            }
        })
    }

    /// Returns the steps that are kept. Those of Python revisions are among them.
    pub(super) fn kept<'s>(&'s self, steps: &'s [Step]) -> impl Iterator<Item = (&'s Step, &'s PreparedStep)> {
        steps.iter().zip(&self.steps).filter_map(|(step, held)| match held {
            HeldStep::Whole(prepared) => Some((step, &**prepared)),
            HeldStep::Outline { .. } => None,
        })
    }

    /// Returns all steps, if all are kept and aludel has run each.
    pub(super) fn all_kept(&self) -> Option<Vec<Arc<PreparedStep>>> {
        let kept = |held: &HeldStep| match held {
            HeldStep::Whole(prepared) => prepared.online.is_none().then(|| Arc::clone(prepared)),
            HeldStep::Outline { .. } => None,
        };
        self.steps.iter().map(kept).collect()
    }
}

fn outline(prepared: &PreparedStep) -> StepOutline {
    StepOutline {
        statements: prepared.statements(),
        is_unwritten: prepared.is_unwritten(),
        is_online: prepared.online.is_some(),
    }
}

/// Returns the size of a step in memory, as far as it depends on the file.
fn size(prepared: &PreparedStep) -> usize {
    let PreparedStep { file, section, pieces, .. } = prepared;
    size_of::<PreparedStep>() + file.len() + section.text.len() + pieces.len() * size_of::<Piece>()
}

fn fingerprint(file: &str) -> FileFingerprint {
    let mut half = FileFingerprint::default();
    half.copy_from_slice(&Sha256::digest(file.as_bytes())[..size_of::<FileFingerprint>()]);
    half
}
