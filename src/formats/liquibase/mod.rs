//! Reader for Liquibase: formatted SQL, and changelogs in YAML or XML as far as they consist of SQL and of other files.
//!
//! Source: Liquibase's documentation ("SQL Changelog Format", "include", "includeAll", "sql", "sqlFile", "rollback",
//! "Changeset Attributes"). A change set runs in a transaction unless `runInTransaction` is false.

mod changelog;
mod formatted;
#[cfg(test)]
mod tests;
mod tree;

use super::imported::{Caution, File, ForeignError, Imported, ImportedHistory, Problem};
use super::placeholders::{self, Style};
use super::script::{Notes, SectionText, script, set};
use super::{Format, names};
use crate::id::RevisionId;
use crate::sql::Dialect;

/// A change set.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ChangeSet {
    author: String,
    id: String,
    path: String,
    comment: Option<String>,
    up: String,
    /// `None` if the change set has no rollback.
    down: Option<String>,
    transaction: bool,
    /// Databases that it is for; empty for all.
    dbms: Vec<String>,
    /// `true` if it runs again, always or after a change.
    is_repeated: bool,
    /// `true` if its text is one statement.
    is_one_statement: bool,
    /// Name that it gives to the state of the database.
    tag: Option<String>,
}

impl ChangeSet {
    fn new(author: &str, id: &str, path: &str) -> Self {
        Self {
            author: author.to_owned(),
            id: id.to_owned(),
            path: path.to_owned(),
            comment: None,
            up: String::new(),
            down: None,
            transaction: true,
            dbms: Vec::new(),
            is_repeated: false,
            is_one_statement: false,
            tag: None,
        }
    }

    /// Sets an attribute. One that has no meaning here is a warning.
    fn set(&mut self, name: &str, value: &str, notes: &mut Notes<'_>) {
        let is = |word: &str| value.eq_ignore_ascii_case(word);
        match name {
            "runInTransaction" => self.transaction = !is("false"),
            "runOnChange" | "runAlways" => self.is_repeated |= is("true"),
            "dbms" => self.dbms = value.split(',').map(|name| name.trim().to_lowercase()).collect(),
            "splitStatements" => self.is_one_statement = is("false"),
            // What statements are split at is known from SQL, and comments stay.
            "stripComments" | "logicalFilePath" | "created" => {}
            "endDelimiter" if value == ";" => {}
            _ => notes.add(Caution::Setting { setting: format!("{name}:{value}") }),
        }
    }

    fn add_rollback(&mut self, line: &str) {
        let down = self.down.get_or_insert_default();
        let nothing = line.trim_end_matches(';').trim();
        if !nothing.is_empty() && !["empty", "not required"].iter().any(|word| nothing.eq_ignore_ascii_case(word)) {
            down.push_str(line);
            down.push('\n');
        }
    }

    fn is_for(&self, dialect: Dialect) -> bool {
        let names = dialect.format_rules().liquibase_names();
        let is_named = |name: &str| names.contains(&name) || name == "all";
        let (not, only): (Vec<&String>, Vec<&String>) = self.dbms.iter().partition(|name| name.starts_with('!'));
        let is_excluded = not.iter().any(|name| is_named(name.trim_start_matches('!')));
        !is_excluded && (only.is_empty() || only.iter().any(|name| is_named(name)))
    }
}

/// Reads the history from its files.
///
/// # Errors
/// [`ForeignError`] if a changelog cannot be read, if a change is not SQL, or if there is no change set.
pub fn read(files: &[File], dialect: Dialect) -> Result<ImportedHistory, ForeignError> {
    let mut warnings = Vec::new();
    let changes = changelog::change_sets(files, &mut warnings)?;
    let mut revisions: Vec<Imported> = Vec::new();
    for change in changes {
        let mut notes = Notes::new(&change.path, &mut warnings);
        if !change.is_for(dialect) {
            notes.add(Caution::OtherDatabase { name: format!("{}:{}", change.author, change.id) });
            continue;
        }
        let imported = revision(&change, dialect, &revisions, &mut notes)?;
        if revisions.iter().any(|other| other.id == imported.id) {
            let version = format!("{}:{}", change.author, change.id);
            return Err(ForeignError::in_file(
                &change.path,
                Problem::SameVersion { version, other: change.path.clone() },
            ));
        }
        revisions.push(imported);
    }
    if revisions.is_empty() {
        return Err(ForeignError::empty(Format::Liquibase.name()));
    }
    Ok(ImportedHistory { revisions: names::in_a_row(revisions), warnings })
}

fn revision(
    change: &ChangeSet,
    dialect: Dialect,
    before: &[Imported],
    notes: &mut Notes<'_>,
) -> Result<Imported, ForeignError> {
    let mut id = revision_id(&change.author, &change.id, &change.path)?;
    // The same author and id may be used in another file.
    if before.iter().any(|other| other.id == id) {
        id = revision_id_in(&change.author, &change.id, &change.path)?;
    }
    let mut imported = Imported::new(id, &change.path);
    imported.stem = Some(imported.id.to_string());
    imported.message = change.comment.clone().or_else(|| names::words(&change.id));
    imported.labels.extend(change.tag.clone());
    if change.is_repeated {
        notes.add(Caution::Repeatable);
    }
    let mut section = |text: &str| -> SectionText {
        let text = text.trim().trim_end_matches(';');
        let one = change.is_one_statement.then(|| dialect.format_rules().delimited_body(text)).flatten();
        let text = one.unwrap_or_else(|| if text.is_empty() { String::new() } else { format!("{text};\n") });
        match placeholders::has_any(&text) {
            true => (placeholders::replaced(&text, Style::Flyway, notes), true),
            false => (text, false),
        }
    };
    let mut up = section(&change.up);
    let mut down = change.down.as_deref().map(&mut section);
    let mut sections: Vec<&mut SectionText> = std::iter::once(&mut up).chain(&mut down).collect();
    imported.template = placeholders::together(&mut sections);
    let first = script(&up.0, dialect, change.transaction, notes);
    let second = down.map(|(text, _)| script(&text, dialect, change.transaction, notes));
    set(&mut imported, first, second, notes);
    Ok(imported)
}

/// Returns the id of a change set: author and id.
pub(super) fn revision_id(author: &str, id: &str, path: &str) -> Result<RevisionId, ForeignError> {
    names::id(&format!("{author}_{id}"), path)
}

/// Returns the id of a change set whose author and id are also used in another file.
pub(super) fn revision_id_in(author: &str, id: &str, path: &str) -> Result<RevisionId, ForeignError> {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    names::id(&format!("{author}_{id}_{stem}"), path)
}
