//! Reader for refinery: `V1__create_users.sql`, and `U2__fix.sql`, which may be applied out of order. Both share their
//! numbers, and are in one line by number here.
//!
//! Source: `refinery_core/src/util.rs`, `runner.rs` and `traits/sync.rs`. Each migration runs in a transaction. There
//! is no way back. Migrations in Rust (`V1__name.rs`) make their SQL when the program runs.

use super::imported::{Caution, File, ForeignError, ImportedHistory, Warning};
use super::sides::{self, FileLayout, FileNameParts};
use super::{Format, names};
use crate::sql::Dialect;

/// Reads the history from its files, in any subfolder.
///
/// # Errors
/// [`ForeignError`] if two files have the same version, or if there is no migration.
pub fn read(files: &[File], dialect: Dialect) -> Result<ImportedHistory, ForeignError> {
    let text = |file: &File| (file.content().to_owned(), true);
    let mut read = sides::read(files, dialect, &FileLayout { parts, text: &text, format: Format::Refinery.name() })?;
    let code = files.iter().filter(|file| file.name().strip_suffix(".rs").and_then(name_parts).is_some());
    read.warnings.extend(code.map(|file| Warning { path: file.path.clone(), caution: Caution::Code }));
    Ok(read)
}

fn parts(file: &File) -> Option<FileNameParts<'_>> {
    let stem = file.name().strip_suffix(".sql")?;
    let (version, name) = name_parts(stem)?;
    Some(FileNameParts { version: version.to_owned(), name, is_up: true, stem: stem.to_owned() })
}

/// Splits `V1__name` or `U1__name` into version and name.
fn name_parts(stem: &str) -> Option<(&str, &str)> {
    let (version, rest) = names::version(stem.strip_prefix(['V', 'U'])?)?;
    Some((version, rest.strip_prefix("__")?))
}
