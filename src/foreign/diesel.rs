//! diesel: `2024-01-02-030405_create_users/up.sql` and `down.sql`, with `metadata.toml` if there is more to say.
//!
//! Source: diesel's `diesel_migrations/migrations_internals`. A version is what stands before the first `_`, without its
//! dashes. `run_in_transaction = false` in `metadata.toml` asks for none.

use super::imported::{File, ForeignError, Reading};
use super::sides::{self, Layout, Parts};
use super::{Format, names};
use crate::sql::Dialect;

/// Reads the history.
///
/// # Errors
/// Two folders of one version; nothing to read.
pub fn read(files: &[File], dialect: Dialect) -> Result<Reading, ForeignError> {
    let outside: Vec<&str> = files.iter().filter(|file| asks_for_none(file)).map(File::folder).collect();
    let text = |file: &File| (file.content().to_owned(), !outside.contains(&file.folder()));
    sides::read(files, dialect, &Layout { parts, text: &text, format: Format::Diesel.name() })
}

/// `VERSION_name/up.sql`, at any depth.
fn parts(file: &File) -> Option<Parts<'_>> {
    let is_up = match file.name() {
        "up.sql" => true,
        "down.sql" => false,
        _ => return None,
    };
    let folder = file.folder().rsplit('/').next().filter(|folder| !folder.is_empty())?;
    let (stamp, name) = folder.split_once('_').unwrap_or((folder, ""));
    let version = stamp.replace('-', "");
    let is_version = names::version(&version).is_some_and(|(digits, _)| digits == version);
    is_version.then(|| Parts { version, name, is_up, stem: folder.to_owned() })
}

/// One key of a TOML file that has but a few.
fn asks_for_none(file: &File) -> bool {
    let says = |line: &str| {
        let line = line.split('#').next().unwrap_or_default();
        line.split_once('=').is_some_and(|(key, value)| (key.trim(), value.trim()) == ("run_in_transaction", "false"))
    };
    file.name() == "metadata.toml" && file.text.lines().any(says)
}
