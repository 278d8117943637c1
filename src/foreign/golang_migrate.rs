//! golang-migrate: `000001_create_users.up.sql` and `.down.sql`, one folder, ordered by number.
//!
//! Source: golang-migrate's MIGRATIONS.md and `source/parse.go`. A file is sent to the server as it stands: PostgreSQL takes
//! several statements in one message as one transaction, SQLite's driver opens one, and its multi-statement mode only
//! splits at semicolons, which happens here anyway.

use super::imported::{File, ForeignError, Reading};
use super::sides::{self, Layout, Parts};
use super::{Format, names};
use crate::sql::Dialect;

/// Reads the history.
///
/// # Errors
/// Two files of one version and direction; nothing to read.
pub fn read(files: &[File], dialect: Dialect) -> Result<Reading, ForeignError> {
    let text = |file: &File| (file.content().to_owned(), true);
    sides::read(files, dialect, &Layout { parts, text: &text, format: Format::GolangMigrate.name() })
}

/// `([0-9]+)_(.*)\.(up|down)\.sql`, in the folder itself.
fn parts(file: &File) -> Option<Parts<'_>> {
    let (stem, is_up) = match file.path.strip_suffix(".up.sql") {
        Some(stem) => (stem, true),
        None => (file.path.strip_suffix(".down.sql")?, false),
    };
    let (version, rest) = names::version(stem).filter(|_| !stem.contains('/'))?;
    Some(Parts { version: version.to_owned(), name: rest.strip_prefix('_')?, is_up, stem: stem.to_owned() })
}
