//! Reader for diesel: `2024-01-02-030405_create_users/up.sql` and `down.sql`, with an optional `metadata.toml`.
//!
//! Source: diesel's `diesel_migrations/migrations_internals`. The version is the part before the first `_`, without
//! dashes. `run_in_transaction = false` in `metadata.toml` disables the transaction.

use super::imported::{File, ForeignError, ImportedHistory};
use super::sides::{self, FileLayout, FileNameParts};
use super::{Format, names};
use crate::sql::Dialect;

/// Reads the history from its files.
///
/// # Errors
/// [`ForeignError`] if two folders have the same version, or if there is no migration.
pub fn read(files: &[File], dialect: Dialect) -> Result<ImportedHistory, ForeignError> {
    let outside: Vec<&str> = files.iter().filter(|file| asks_for_none(file)).map(File::folder).collect();
    let text = |file: &File| (file.content().to_owned(), !outside.contains(&file.folder()));
    sides::read(files, dialect, &FileLayout { parts, text: &text, format: Format::Diesel.name() })
}

/// Parses the path `VERSION_name/up.sql`, at any depth.
fn parts(file: &File) -> Option<FileNameParts<'_>> {
    let is_up = match file.name() {
        "up.sql" => true,
        "down.sql" => false,
        _ => return None,
    };
    let folder = file.folder().rsplit('/').next().filter(|folder| !folder.is_empty())?;
    let (stamp, name) = folder.split_once('_').unwrap_or((folder, ""));
    let version = stamp.replace('-', "");
    let is_version = names::version(&version).is_some_and(|(digits, _)| digits == version);
    is_version.then(|| FileNameParts { version, name, is_up, stem: folder.to_owned() })
}

/// Returns `true` if this is a `metadata.toml` that disables the transaction. The file has only a few keys, so it is
/// searched line by line.
fn asks_for_none(file: &File) -> bool {
    let says = |line: &str| {
        let line = line.split('#').next().unwrap_or_default();
        line.split_once('=').is_some_and(|(key, value)| (key.trim(), value.trim()) == ("run_in_transaction", "false"))
    };
    file.name() == "metadata.toml" && file.text.lines().any(says)
}
