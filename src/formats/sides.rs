//! Reader for layouts with a file for each direction of a version.

use std::collections::BTreeMap;

use super::imported::{Caution, File, ForeignError, Imported, ImportedHistory, Problem, Warning};
use super::names;
use super::script::{Notes, SectionScript, script, set};
use crate::sql::Dialect;

/// Parsed name of a file.
pub(super) struct FileNameParts<'f> {
    /// Version as in the tool's version table: digits.
    pub(super) version: String,
    /// Name of the migration.
    pub(super) name: &'f str,
    /// `true` if the file is the upgrade.
    pub(super) is_up: bool,
    /// Name of the new file with both directions, without `.sql`.
    pub(super) stem: String,
}

/// Rules of such a layout.
pub(super) struct FileLayout<'l> {
    /// Parses the name of a file. Returns `None` if it is not a migration.
    pub(super) parts: fn(&File) -> Option<FileNameParts<'_>>,
    /// Returns the SQL of a file and whether the tool runs it in a transaction.
    pub(super) text: &'l dyn Fn(&File) -> (String, bool),
    /// Name of the tool.
    pub(super) format: &'static str,
}

#[derive(Default)]
struct MigrationPair<'f> {
    up: Option<(FileNameParts<'f>, &'f File)>,
    down: Option<(FileNameParts<'f>, &'f File)>,
}

/// Reads the history, ordered by number.
pub(super) fn read(files: &[File], dialect: Dialect, layout: &FileLayout<'_>) -> Result<ImportedHistory, ForeignError> {
    let mut warnings = Vec::new();
    let mut versions: BTreeMap<(usize, String), MigrationPair<'_>> = BTreeMap::new();
    for file in files.iter().filter(|file| file.path.ends_with(".sql")) {
        let Some(parts) = (layout.parts)(file) else {
            warnings.push(Warning { path: file.path.clone(), caution: Caution::Ignored });
            continue;
        };
        let version = parts.version.clone();
        let sides = versions.entry(names::number(&version)).or_default();
        let side = if parts.is_up { &mut sides.up } else { &mut sides.down };
        if let Some((_, other)) = side.replace((parts, file)) {
            let problem = Problem::SameVersion { version, other: other.path.clone() };
            return Err(ForeignError::in_file(&file.path, problem));
        }
    }
    let mut revisions = Vec::new();
    for sides in versions.into_values() {
        revisions.extend(revision(sides, dialect, layout, &mut warnings)?);
    }
    if revisions.is_empty() {
        return Err(ForeignError::empty(layout.format));
    }
    Ok(ImportedHistory { revisions: names::in_a_row(revisions), warnings })
}

fn revision(
    sides: MigrationPair<'_>,
    dialect: Dialect,
    layout: &FileLayout<'_>,
    warnings: &mut Vec<Warning>,
) -> Result<Option<Imported>, ForeignError> {
    let Some((parts, up)) = sides.up else {
        let path = sides.down.map(|(_, file)| file.path.clone()).unwrap_or_default();
        warnings.push(Warning { path, caution: Caution::NothingToTakeBack });
        return Ok(None);
    };
    let down = sides.down.map(|(_, file)| file);
    let mut imported = Imported::new(names::id(&parts.version, &up.path)?, &up.path);
    imported.message = names::words(parts.name);
    imported.created = names::time(parts.version.split_at_checked(14).map_or(&*parts.version, |(time, _)| time));
    imported.stem = Some(parts.stem);
    imported.downgrade_path = down.map(|down| down.path.clone());
    let mut side = |file: &File| -> SectionScript {
        let (text, in_transaction) = (layout.text)(file);
        script(&text, dialect, in_transaction, &mut Notes::new(&file.path, warnings))
    };
    let (first, second) = (side(up), down.map(&mut side));
    set(&mut imported, first, second, &mut Notes::new(&up.path, warnings));
    Ok(Some(imported))
}
