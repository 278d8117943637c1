//! Reader for sqlx: `20240102030405_create_users.sql`, or `.up.sql` and `.down.sql` with a downgrade, in one folder,
//! ordered by number.
//!
//! Source: sqlx's `sqlx-core/src/migrate/source.rs` and `migration_type.rs`. `-- no-transaction` at the very beginning
//! disables the transaction.

use super::imported::{File, ForeignError, ImportedHistory};
use super::sides::{self, FileLayout, FileNameParts};
use super::{Format, names};
use crate::sql::Dialect;

const NO_TRANSACTION: &str = "-- no-transaction";

/// Reads the history from its files.
///
/// # Errors
/// [`ForeignError`] if two files have the same version and direction, or if there is no migration.
pub fn read(files: &[File], dialect: Dialect) -> Result<ImportedHistory, ForeignError> {
    sides::read(files, dialect, &FileLayout { parts, text: &section_text, format: Format::Sqlx.name() })
}

/// Returns the SQL without the line that disables the transaction, and whether it runs in one.
fn section_text(file: &File) -> (String, bool) {
    let text = file.content();
    match text.strip_prefix(NO_TRANSACTION) {
        Some(rest) => (rest.split_once('\n').map_or("", |(_, rest)| rest).to_owned(), false),
        None => (text.to_owned(), true),
    }
}

fn parts(file: &File) -> Option<FileNameParts<'_>> {
    let path = &*file.path;
    let (stem, is_up) = match (path.strip_suffix(".up.sql"), path.strip_suffix(".down.sql")) {
        (Some(stem), _) => (stem, true),
        (_, Some(stem)) => (stem, false),
        _ => (path.strip_suffix(".sql")?, true),
    };
    let (version, rest) = names::version(stem).filter(|_| !stem.contains('/'))?;
    Some(FileNameParts { version: version.to_owned(), name: rest.strip_prefix('_')?, is_up, stem: stem.to_owned() })
}
