//! Reader for golang-migrate: `000001_create_users.up.sql` and `.down.sql` in one folder, ordered by number.
//!
//! Source: golang-migrate's MIGRATIONS.md and `source/parse.go`. A file is sent to the server as a whole. PostgreSQL
//! runs several statements of one message in one transaction, and SQLite's driver opens one. The multi-statement mode
//! only splits at semicolons, which is done here anyway.

use super::imported::{File, ForeignError, ImportedHistory};
use super::sides::{self, FileLayout, FileNameParts};
use super::{Format, names};
use crate::sql::Dialect;

/// Reads the history from its files.
///
/// # Errors
/// [`ForeignError`] if two files have the same version and direction, or if there is no migration.
pub fn read(files: &[File], dialect: Dialect) -> Result<ImportedHistory, ForeignError> {
    let text = |file: &File| (file.content().to_owned(), true);
    sides::read(files, dialect, &FileLayout { parts, text: &text, format: Format::GolangMigrate.name() })
}

/// Parses the name `([0-9]+)_(.*)\.(up|down)\.sql`, in the folder itself.
fn parts(file: &File) -> Option<FileNameParts<'_>> {
    let (stem, is_up) = match file.path.strip_suffix(".up.sql") {
        Some(stem) => (stem, true),
        None => (file.path.strip_suffix(".down.sql")?, false),
    };
    let (version, rest) = names::version(stem).filter(|_| !stem.contains('/'))?;
    Some(FileNameParts { version: version.to_owned(), name: rest.strip_prefix('_')?, is_up, stem: stem.to_owned() })
}
