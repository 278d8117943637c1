//! Copies of database files with progress reports.

use std::path::Path;

use super::error::BackupError;
use super::{BackupPhase, BackupWatch};
use crate::database::dump::{CopyProgress, CopyTarget, FileCopier};

/// Copies a whole database. Reports progress to `watch` in bytes, estimated from the number of pages. Calls `go_on`
/// repeatedly, and with `true` before the commit. If it returns `false`, the target stays unchanged and the copy counts
/// as interrupted.
pub(super) fn copy(
    copier: &dyn FileCopier,
    (from, to): (&Path, &Path),
    phase: BackupPhase,
    watch: &dyn BackupWatch,
    go_on: &mut dyn FnMut(bool) -> bool,
) -> Result<(), BackupError> {
    let target = if phase == BackupPhase::Dumping { CopyTarget::NewFile } else { CopyTarget::Database };
    let size = std::fs::metadata(from).map_or(0, |metadata| metadata.len());
    let mut report = |CopyProgress { done, all, ends }| {
        watch.at(phase, size / all.max(1) * done, Some(size));
        !watch.interrupted() && go_on(ends)
    };
    match copier.copy(from, to, target, &mut report)? {
        true => Ok(()),
        false => Err(BackupError::Interrupted),
    }
}
