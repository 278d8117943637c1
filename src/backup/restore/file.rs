//! Restore by a copy of the database file.

use std::path::Path;

use super::super::copy::copy;
use super::super::error::BackupError;
use super::super::partial_file::PartialFile;
use super::{Filling, check, digest, ended, untouched};
use crate::database::dump::FileCopier;

impl Filling<'_> {
    /// Copies the backup over the database at `path` while another thread computes its checksum. Commits only if the
    /// checksum is right.
    pub(super) fn replace_file(&self, copier: &dyn FileCopier, path: &Path) -> Result<(), BackupError> {
        std::thread::scope(|scope| {
            let mut check = Some(scope.spawn(|| check(self.backup, self.watch, false)));
            let mut verdict = None;
            let is_sound = &mut || verdict.get_or_insert_with(|| ended(check.take())).is_ok();
            let copied = self.copy(copier, path, &mut |ends| !ends || is_sound());
            // A damaged backup is the likely cause of any error of the copy, so it is reported instead.
            match verdict.unwrap_or_else(|| ended(check.take())) {
                Err(damage) if damage != BackupError::Interrupted => Err(damage),
                _ => copied.map_err(untouched),
            }
        })
    }

    /// Copies the backup over the database at `path`; for `go_on` see [`copy`].
    pub(super) fn copy(
        &self,
        copier: &dyn FileCopier,
        path: &Path,
        go_on: &mut dyn FnMut(bool) -> bool,
    ) -> Result<(), BackupError> {
        if !self.backup.record.piped {
            return copy(copier, (&self.backup.path, path), self.phase, self.watch, go_on);
        }
        let plain = self.plain_file()?;
        copy(copier, (plain.path(), path), self.phase, self.watch, go_on)
    }

    /// Writes the backup as it was before the pipe to a temporary file, which is deleted when the value is dropped.
    fn plain_file(&self) -> Result<PartialFile, BackupError> {
        let unique = format!("{}.plain-{}", self.backup.path.display(), std::process::id());
        let mut part = PartialFile::file(Path::new(&unique))?;
        let mut sum = digest::Sum::default();
        self.plain(None, &mut |piece| part.write(piece, &mut sum))?;
        Ok(part)
    }
}
