//! Reader for Drizzle: `0000_calm_wolf.sql` with `--> statement-breakpoint` between statements, listed in
//! `meta/_journal.json`, which defines the order.
//!
//! Source: `migrator.ts` and `pg-core/dialect.ts` of drizzle-orm. All pending migrations run in one transaction. A row
//! of the version table has the hash of the file and the time in the journal; what is older than the newest row counts
//! as applied. There are no downgrades.

use serde_json::Value;

use super::imported::{Caution, File, ForeignError, Imported, ImportedHistory, Problem, Warning};
use super::script::{Notes, script, set, statements_between};
use super::{Format, names};
use crate::sql::Dialect;

/// Path of the list of migrations.
const JOURNAL: &str = "meta/_journal.json";

/// Line, or end of a line, between two statements.
const BREAKPOINT: &str = "--> statement-breakpoint";

/// Reads the history from its files.
///
/// # Errors
/// [`ForeignError`] if there is no journal, or if it names a file that does not exist.
pub fn read(files: &[File], dialect: Dialect) -> Result<ImportedHistory, ForeignError> {
    let mut warnings = Vec::new();
    let journal = files.iter().find(|file| file.path == JOURNAL);
    let has_sql = files.iter().any(|file| file.path.ends_with(".sql"));
    let journal = journal.ok_or_else(|| match has_sql {
        true => ForeignError::in_file("", Problem::NoFile(JOURNAL.to_owned())),
        false => ForeignError::empty(Format::Drizzle.name()),
    })?;
    let entries = entries(journal)?;
    let mut found = Vec::new();
    for DrizzleEntry { tag, when } in &entries {
        let path = format!("{tag}.sql");
        let missing = || ForeignError::in_file(JOURNAL, Problem::NoFile(path.clone()));
        let file = files.iter().find(|file| file.path == path).ok_or_else(missing)?;
        let mut imported = Imported::new(names::id(tag, &path)?, &path);
        let (_, rest) = names::version(tag).unwrap_or(("", tag));
        imported.message = names::words(rest).or_else(|| names::words(tag));
        imported.created = jiff::Timestamp::from_millisecond(*when).ok().map(|time| time.to_string());
        imported.stem = Some(tag.clone());
        let mut notes = Notes::new(&path, &mut warnings);
        let up = script(&statements_between(file.content(), BREAKPOINT, dialect), dialect, true, &mut notes);
        set(&mut imported, up, None, &mut notes);
        if found.iter().any(|other: &Imported| other.id == imported.id) {
            return Err(ForeignError::in_file(JOURNAL, Problem::SameVersion { version: tag.clone(), other: path }));
        }
        found.push(imported);
    }
    let is_left = |file: &&File| file.path.ends_with(".sql") && !found.iter().any(|one| one.path == file.path);
    let left = files.iter().filter(is_left);
    warnings.extend(left.map(|file| Warning { path: file.path.clone(), caution: Caution::Ignored }));
    if found.is_empty() {
        return Err(ForeignError::empty(Format::Drizzle.name()));
    }
    Ok(ImportedHistory { revisions: names::in_a_row(found), warnings })
}

struct DrizzleEntry {
    /// Name of the file without `.sql`.
    tag: String,
    /// Time in milliseconds since 1970.
    when: i64,
}

fn entries(journal: &File) -> Result<Vec<DrizzleEntry>, ForeignError> {
    let wrong = |reason: String| ForeignError::in_file(JOURNAL, Problem::Plan(reason));
    let value: Value = serde_json::from_str(journal.content()).map_err(|error| wrong(error.to_string()))?;
    let list = value["entries"].as_array().ok_or_else(|| wrong("there is no list `entries`".to_owned()))?;
    let entry = |item: &Value| {
        let (tag, when) = (item["tag"].as_str()?, item["when"].as_i64()?);
        // A tag is the name of a file, not a path to one.
        (!tag.contains(['/', '\\'])).then(|| DrizzleEntry { tag: tag.to_owned(), when })
    };
    let found =
        list.iter().map(|item| entry(item).ok_or_else(|| wrong(format!("an entry has no tag or time: {item}"))));
    found.collect()
}

/// Returns `true` if an id may be a tag of Drizzle: digits, `_`, a name.
pub(super) fn is_tag(id: &str) -> bool {
    names::version(id).is_some_and(|(_, rest)| rest.starts_with('_'))
}
