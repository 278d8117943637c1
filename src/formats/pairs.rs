//! Reader for pairs of files named by time: `20240102_030405_create_users.sql` and
//! `20240102_030405_create_users_rollback.sql`. No tool owns this layout. Its history is linear and ordered by time,
//! whether it is read in place or imported. On PostgreSQL such files are often run by psql, so constructs of psql are
//! converted.

use std::collections::BTreeMap;

use super::imported::{Caution, File, ForeignError, Imported, ImportedHistory, Problem, Warning};
use super::script::{Notes, SectionText, script, set};
use super::{Format, names, placeholders};
use crate::id::RevisionId;
use crate::sql::Dialect;

/// Suffix of the name of a file that reverts another one.
pub const ROLLBACK: &str = "_rollback";

/// Parsed name of a file in this layout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairFileName<'n> {
    /// Timestamp: `20240102_030405`.
    pub stamp: &'n str,
    /// Name without timestamp and suffix: `create_users`.
    pub name: &'n str,
    /// `true` if the file reverts the other one of the pair.
    pub is_rollback: bool,
}

impl<'n> PairFileName<'n> {
    /// Parses `20240102_030405_create_users.sql` or its `_rollback.sql`. Returns `None` for other names.
    #[must_use]
    pub fn parse(file_name: &'n str) -> Option<Self> {
        let stem = file_name.strip_suffix(".sql")?;
        let (stamp, name) = stem.split_at_checked(15)?;
        let (date, time) = stamp.split_once('_')?;
        let digits = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(date, 8) || !digits(time, 6) {
            return None;
        }
        let name = if name.is_empty() { name } else { name.strip_prefix('_')? };
        // A migration may itself be called "rollback"; the file that reverts it then ends in `rollback_rollback`.
        let rolled_back = if name == "rollback" { Some("") } else { name.strip_suffix(ROLLBACK) };
        Some(Self { stamp, name: rolled_back.unwrap_or(name), is_rollback: rolled_back.is_some() })
    }

    /// Returns the timestamp as RFC 3339, if it is a valid time.
    #[must_use]
    pub fn created(&self) -> Option<String> {
        names::time(&self.stamp.replace('_', ""))
    }

    /// Returns the message derived from the name.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        names::words(self.name)
    }

    fn stem(&self) -> String {
        if self.name.is_empty() { self.stamp.to_owned() } else { format!("{}_{}", self.stamp, self.name) }
    }
}

/// A revision in this layout with its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// Timestamp; with the name appended if several revisions have the same timestamp.
    pub id: RevisionId,
    /// Id of the previous revision.
    pub parent: Option<RevisionId>,
    /// Message of the revision.
    pub message: Option<String>,
    /// Creation time as RFC 3339.
    pub created: Option<String>,
    /// Index of the upgrade file in the list of paths.
    pub up: usize,
    /// Index of the file that reverts it, if there is one.
    pub down: Option<usize>,
}

/// Finds the pairs among files of these paths, ordered by time. Also returns the indexes of files that belong to no
/// pair.
///
/// # Errors
/// [`ForeignError`] if two files in different folders have the same name and direction.
pub fn pairs<'p>(paths: impl IntoIterator<Item = &'p str>) -> Result<(Vec<Pair>, Vec<usize>), ForeignError> {
    let paths: Vec<&str> = paths.into_iter().collect();
    let mut by_name: BTreeMap<(&str, &str), [Option<usize>; 2]> = BTreeMap::new();
    let mut others = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        let Some(name) = PairFileName::parse(path.rsplit('/').next().unwrap_or_default()) else {
            others.push(index);
            continue;
        };
        let [up, down] = by_name.entry((name.stamp, name.name)).or_default();
        let side = if name.is_rollback { down } else { up };
        if let Some(other) = side.replace(index) {
            let other = paths.get(other).copied().unwrap_or_default().to_owned();
            return Err(ForeignError::in_file(path, Problem::SameVersion { version: name.stem(), other }));
        }
    }
    let mut stamps: BTreeMap<&str, usize> = BTreeMap::new();
    for ((stamp, _), [up, _]) in &by_name {
        *stamps.entry(stamp).or_default() += usize::from(up.is_some());
    }
    let mut pairs: Vec<Pair> = Vec::new();
    for ((stamp, name), [up, down]) in &by_name {
        let Some(up) = *up else {
            others.extend(*down);
            continue;
        };
        let path = paths.get(up).copied().unwrap_or_default();
        let found = PairFileName { stamp, name, is_rollback: false };
        let alone = stamps.get(stamp).is_none_or(|count| *count == 1);
        let id = names::id(&if alone { (*stamp).to_owned() } else { found.stem() }, path)?;
        let parent = pairs.last().map(|pair| pair.id.clone());
        pairs.push(Pair { id, parent, message: found.message(), created: found.created(), up, down: *down });
    }
    others.sort_unstable();
    Ok((pairs, others))
}

/// Reads the history from its files.
///
/// # Errors
/// [`ForeignError`] if two files have the same name and direction, or if there is no migration.
pub fn read(files: &[File], dialect: Dialect) -> Result<ImportedHistory, ForeignError> {
    let mut warnings = Vec::new();
    let (pairs, others) = pairs(files.iter().map(|file| &*file.path))?;
    for file in others.into_iter().filter_map(|index| files.get(index)) {
        let is_rollback = PairFileName::parse(file.name()).is_some();
        let caution = if is_rollback { Caution::NothingToTakeBack } else { Caution::Ignored };
        warnings.push(Warning { path: file.path.clone(), caution });
    }
    let mut revisions = Vec::new();
    for pair in pairs {
        let Some(up) = files.get(pair.up) else { continue };
        let down = pair.down.and_then(|index| files.get(index));
        let mut imported = Imported::new(pair.id, &up.path);
        imported.parents = pair.parent.into_iter().collect();
        imported.message = pair.message;
        imported.created = pair.created;
        imported.stem = up.name().strip_suffix(".sql").map(str::to_owned);
        imported.downgrade_path = down.map(|down| down.path.clone());
        let rules = dialect.format_rules();
        let mut convert =
            |file: &File| rules.convert_client_script(file, files, &mut Notes::new(&file.path, &mut warnings));
        let mut first = convert(up);
        let mut second = down.map(convert);
        let mut sections: Vec<&mut SectionText> = std::iter::once(&mut first).chain(&mut second).collect();
        imported.template = placeholders::together(&mut sections);
        // Nothing but the files themselves indicates a transaction, so aludel's default applies.
        let mut side =
            |(text, _): SectionText, path: &str| script(&text, dialect, true, &mut Notes::new(path, &mut warnings));
        let first = side(first, &up.path);
        let second = second.zip(down).map(|(second, down)| side(second, &down.path));
        set(&mut imported, first, second, &mut Notes::new(&up.path, &mut warnings));
        revisions.push(imported);
    }
    if revisions.is_empty() {
        return Err(ForeignError::empty(Format::Pairs.name()));
    }
    Ok(ImportedHistory { revisions, warnings })
}
