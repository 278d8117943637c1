//! Definition of a revision that is about to run, for the journal: with it, an older release whose files lack the
//! revision knows where it belongs and can downgrade it.

use super::prepare::{PreparedStep, Setting, rendered};
use crate::config::Layout;
use crate::graph::{Operation, Step};
use crate::project::{History, recorded};
use crate::revision::{Revision, Section};

/// Returns the definition of an upgraded revision. Its downgrade section is left out if the revision or the config
/// asks for that, if it cannot be rendered now, and for Python revisions.
pub(super) fn definition(
    history: &History,
    step: &Step,
    prepared: &PreparedStep,
    setting: Setting<'_>,
) -> Option<String> {
    if step.operation != Operation::Upgrade {
        return None;
    }
    let (downgrade, transaction) = match downgrade(history, step, prepared, setting) {
        Some((text, transaction)) => (Some(text), transaction),
        None => (None, prepared.transaction),
    };
    recorded::definition(history, &step.revision, downgrade.as_deref(), transaction)
}

/// Returns the downgrade section as it would run, and whether it runs in a transaction.
fn downgrade(history: &History, step: &Step, prepared: &PreparedStep, setting: Setting<'_>) -> Option<(String, bool)> {
    let entry = history.entry(&step.revision).ok()?;
    if !(history.service.gentle.keep_downgrades && entry.header.keep_downgrade) || entry.is_python() {
        return None;
    }
    let (path, revision) = match history.service.layout {
        Layout::Pairs => history.read_section(&step.revision, Section::Downgrade).ok()?,
        // The text that was checked and runs, not that of a file that may have been edited since.
        Layout::Revisions => (prepared.path.clone(), Revision::parse(&prepared.file).ok()?),
    };
    revision.body(Section::Downgrade)?;
    let back = Step { operation: Operation::Downgrade, ..step.clone() };
    let section = rendered(history, &back, &path, &revision, setting).ok()?;
    Some((section.text, revision.header.transaction))
}
