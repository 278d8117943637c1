//! Reader for Supabase's command line: `supabase/migrations/20240102030405_create_users.sql`, ordered by number.
//!
//! Source: `pkg/migration` of supabase/cli. A file is sent as one batch with its row of the version table, so that it
//! runs in a transaction. There are no downgrades.

use super::imported::{File, ForeignError, ImportedHistory};
use super::sides::{self, FileLayout, FileNameParts};
use super::{Format, names};
use crate::sql::Dialect;

/// Reads the history from its files.
///
/// # Errors
/// [`ForeignError`] if two files have the same version, or if there is no migration.
pub fn read(files: &[File], dialect: Dialect) -> Result<ImportedHistory, ForeignError> {
    let text = |file: &File| (file.content().to_owned(), true);
    sides::read(files, dialect, &FileLayout { parts, text: &text, format: Format::Supabase.name() })
}

/// Parses the name `([0-9]+)_(.*)\.sql`, in the folder itself or in `migrations`.
fn parts(file: &File) -> Option<FileNameParts<'_>> {
    let path = file.path.strip_prefix("supabase/").unwrap_or(&file.path);
    let stem = path.strip_prefix("migrations/").unwrap_or(path).strip_suffix(".sql")?;
    let (version, rest) = names::version(stem).filter(|_| !stem.contains('/'))?;
    let name = rest.strip_prefix('_')?;
    Some(FileNameParts { version: version.to_owned(), name, is_up: true, stem: stem.to_owned() })
}
