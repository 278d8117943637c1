//! Pairs of files named by time: `20240102_030405_create_users.sql` and `20240102_030405_create_users_rollback.sql`.
//! No tool owns the layout. A history in it is a line by time, whether it is read in place or imported. On PostgreSQL such
//! files are often run by psql, so what only psql understands is looked after.

use std::collections::BTreeMap;

use super::imported::{Caution, File, ForeignError, Imported, Problem, Reading, Warning};
use super::script::{Notes, script, set};
use super::{Format, names, psql};
use crate::id::RevisionId;
use crate::sql::Dialect;

/// The end of the name of a file that takes another one back.
pub const ROLLBACK: &str = "_rollback";

/// What the name of a file of the layout says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name<'n> {
    /// `20240102_030405`.
    pub stamp: &'n str,
    /// `create_users`.
    pub name: &'n str,
    /// Whether it takes the other one back.
    pub is_rollback: bool,
}

impl<'n> Name<'n> {
    /// Reads `20240102_030405_create_users.sql`, or its `_rollback.sql`; none when it is something else.
    #[must_use]
    pub fn of(file_name: &'n str) -> Option<Self> {
        let stem = file_name.strip_suffix(".sql")?;
        let (stamp, name) = stem.split_at_checked(15)?;
        let (date, time) = stamp.split_once('_')?;
        let digits = |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(date, 8) || !digits(time, 6) {
            return None;
        }
        let name = if name.is_empty() { name } else { name.strip_prefix('_')? };
        // A migration may be called so too: then its own way back is `rollback_rollback`.
        let rolled_back = if name == "rollback" { Some("") } else { name.strip_suffix(ROLLBACK) };
        Some(Self { stamp, name: rolled_back.unwrap_or(name), is_rollback: rolled_back.is_some() })
    }

    /// When: RFC 3339, if the stamp is a time.
    #[must_use]
    pub fn created(&self) -> Option<String> {
        names::time(&self.stamp.replace('_', ""))
    }

    /// What it is for.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        names::words(self.name)
    }

    fn stem(&self) -> String {
        if self.name.is_empty() { self.stamp.to_owned() } else { format!("{}_{}", self.stamp, self.name) }
    }
}

/// A revision of the layout: which files it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The time stamp; where others have the same, with the name behind it.
    pub id: RevisionId,
    /// The revision before it.
    pub parent: Option<RevisionId>,
    /// What it is for.
    pub message: Option<String>,
    /// When it was made.
    pub created: Option<String>,
    /// The file, as an index into the names.
    pub up: usize,
    /// The file that takes it back, if there is one.
    pub down: Option<usize>,
}

/// The pairs that files of these paths are, by time; and those that are none (as indexes).
///
/// # Errors
/// Two files of one name and direction in different folders.
pub fn pairs<'p>(paths: impl IntoIterator<Item = &'p str>) -> Result<(Vec<Pair>, Vec<usize>), ForeignError> {
    let paths: Vec<&str> = paths.into_iter().collect();
    let mut by_name: BTreeMap<(&str, &str), [Option<usize>; 2]> = BTreeMap::new();
    let mut others = Vec::new();
    for (index, path) in paths.iter().enumerate() {
        let Some(name) = Name::of(path.rsplit('/').next().unwrap_or_default()) else {
            others.push(index);
            continue;
        };
        let [up, down] = by_name.entry((name.stamp, name.name)).or_default();
        let side = if name.is_rollback { down } else { up };
        if let Some(other) = side.replace(index) {
            let other = paths.get(other).copied().unwrap_or_default().to_owned();
            return Err(ForeignError::of(path, Problem::SameVersion { version: name.stem(), other }));
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
        let found = Name { stamp, name, is_rollback: false };
        let alone = stamps.get(stamp).is_none_or(|count| *count == 1);
        let id = names::id(&if alone { (*stamp).to_owned() } else { found.stem() }, path)?;
        let parent = pairs.last().map(|pair| pair.id.clone());
        pairs.push(Pair { id, parent, message: found.message(), created: found.created(), up, down: *down });
    }
    others.sort_unstable();
    Ok((pairs, others))
}

/// Reads the history.
///
/// # Errors
/// Two files of one name and direction; nothing to read.
pub fn read(files: &[File], dialect: Dialect) -> Result<Reading, ForeignError> {
    let mut warnings = Vec::new();
    let (pairs, others) = pairs(files.iter().map(|file| &*file.path))?;
    for file in others.into_iter().filter_map(|index| files.get(index)) {
        let is_rollback = Name::of(file.name()).is_some();
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
        let mut first = psql::converted(up, files, dialect, &mut Notes::new(&up.path, &mut warnings));
        let mut second =
            down.map(|down| psql::converted(down, files, dialect, &mut Notes::new(&down.path, &mut warnings)));
        let mut sections: Vec<&mut psql::Section> = std::iter::once(&mut first).chain(&mut second).collect();
        imported.template = psql::together(&mut sections);
        // Whether in a transaction, only the files themselves say: as our own, they are.
        let mut side =
            |(text, _): psql::Section, path: &str| script(&text, dialect, true, &mut Notes::new(path, &mut warnings));
        let first = side(first, &up.path);
        let second = second.zip(down).map(|(second, down)| side(second, &down.path));
        set(&mut imported, first, second, &mut Notes::new(&up.path, &mut warnings));
        revisions.push(imported);
    }
    if revisions.is_empty() {
        return Err(ForeignError::empty(Format::Pairs.name()));
    }
    Ok(Reading { revisions, warnings })
}
