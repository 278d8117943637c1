//! Reader for Prisma Migrate: `20240102030405_init/migration.sql`. The name of the folder is the name of the migration
//! and defines the order.
//!
//! Source: Prisma's documentation ("About migration histories", "Generating down migrations") and its `schema-engine`.
//! There is no downgrade unless the user added a `down.sql` as described in the documentation. On PostgreSQL a file is
//! sent as one message and therefore runs in one transaction; on SQLite it runs without one.

use std::collections::BTreeMap;

use super::imported::{File, ForeignError, Imported, ImportedHistory, Problem};
use super::script::{Notes, script, set};
use super::{Format, names};
use crate::sql::Dialect;

/// Reads the history from its files.
///
/// # Errors
/// [`ForeignError`] if two folders have the same name, or if there is no migration.
pub fn read(files: &[File], dialect: Dialect) -> Result<ImportedHistory, ForeignError> {
    let mut warnings = Vec::new();
    let downs: BTreeMap<&str, &File> =
        files.iter().filter(|file| file.name() == "down.sql").map(|file| (file.folder(), file)).collect();
    let mut found = Vec::new();
    for up in files.iter().filter(|file| file.name() == "migration.sql" && !file.folder().is_empty()) {
        let name = up.folder().rsplit('/').next().unwrap_or_default();
        let (digits, rest) = names::version(name).unwrap_or(("", name));
        let down = downs.get(up.folder()).copied();
        let mut imported = Imported::new(names::id(name, &up.path)?, &up.path);
        imported.message = names::words(rest).or_else(|| names::words(name));
        imported.created = names::time(digits);
        imported.stem = Some(name.to_owned());
        imported.downgrade_path = down.map(|down| down.path.clone());
        let together = dialect.format_rules().runs_message_in_transaction();
        let first = script(up.content(), dialect, together, &mut Notes::new(&up.path, &mut warnings));
        let second =
            down.map(|down| script(down.content(), dialect, together, &mut Notes::new(&down.path, &mut warnings)));
        set(&mut imported, first, second, &mut Notes::new(&up.path, &mut warnings));
        found.push((name, imported));
    }
    refuse_other_places(files)?;
    if found.is_empty() {
        return Err(ForeignError::empty(Format::Prisma.name()));
    }
    Ok(ImportedHistory { revisions: names::line(found)?, warnings })
}

/// Returns an error if the folder of a single migration was given instead of the folder that contains all of them.
fn refuse_other_places(files: &[File]) -> Result<(), ForeignError> {
    match files.iter().find(|file| file.path == "migration.sql") {
        Some(file) => Err(ForeignError::in_file(&file.path, Problem::Empty { format: Format::Prisma.name() })),
        None => Ok(()),
    }
}
