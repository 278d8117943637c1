//! Reader for Atlas: `20240102030405_create_users.sql`, ordered by name, with `atlas.sum` over all of them.
//!
//! Source: `sql/migrate/dir.go` of ariga/atlas (file names, directives, sums), and Atlas's documentation ("Migration
//! Directory", "Transaction Configuration", "Checkpoints"). Each file runs in a transaction unless `-- atlas:txmode
//! none` is at its top. There are no downgrades unless the file is an archive with a `down.sql`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use super::imported::{Caution, File, ForeignError, Imported, ImportedHistory, Problem, Warning};
use super::script::{Notes, script, set, statements_between};
use super::{Format, names};
use crate::sql::Dialect;

/// File with the sums.
const SUM: &str = "atlas.sum";

/// Reads the history from its files.
///
/// # Errors
/// [`ForeignError`] if two files have the same version, if a file is not the one that `atlas.sum` was made of, or if
/// there is no migration.
pub fn read(files: &[File], dialect: Dialect) -> Result<ImportedHistory, ForeignError> {
    let mut warnings = Vec::new();
    let mut migrations: Vec<&File> = files.iter().filter(|file| file.path.ends_with(".sql")).collect();
    migrations.retain(|file| {
        let is_here = !file.path.contains('/');
        if !is_here {
            warnings.push(Warning { path: file.path.clone(), caution: Caution::Ignored });
        }
        is_here
    });
    migrations.sort_by(|one, other| one.path.cmp(&other.path));
    if let Some(sum) = files.iter().find(|file| file.path == SUM) {
        verify(sum, &migrations)?;
    }
    let mut found = Vec::new();
    for file in migrations {
        let stem = file.path.strip_suffix(".sql").unwrap_or_default();
        let (version, name) = stem.split_once('_').unwrap_or((stem, ""));
        if directive(file.content(), "checkpoint").is_some() {
            warnings
                .push(Warning { path: file.path.clone(), caution: Caution::Baseline { version: version.to_owned() } });
            continue;
        }
        let mut imported = Imported::new(names::id(version, &file.path)?, &file.path);
        imported.message = names::words(name);
        imported.created = names::time(version);
        imported.stem = Some(stem.to_owned());
        let mut notes = Notes::new(&file.path, &mut warnings);
        let delimiter = directive(file.content(), "delimiter").map(unescaped).unwrap_or_default();
        let in_transaction = directive(file.content(), "txmode") != Some("none");
        let (up, down) = sections(file.content(), &mut notes);
        let up = statements_between(&without_delimiter(&up), &delimiter, dialect);
        let down = down.map(|down| statements_between(&without_delimiter(&down), &delimiter, dialect));
        let first = script(&up, dialect, in_transaction, &mut notes);
        let second = down.map(|down| script(&down, dialect, in_transaction, &mut notes));
        set(&mut imported, first, second, &mut notes);
        found.push((file.path.as_str(), imported));
    }
    if found.is_empty() {
        return Err(ForeignError::empty(Format::Atlas.name()));
    }
    let revisions = names::line(found)?;
    for (before, after) in revisions.iter().zip(revisions.iter().skip(1)) {
        if before.id == after.id {
            let problem = Problem::SameVersion { version: after.id.to_string(), other: before.path.clone() };
            return Err(ForeignError::in_file(&after.path, problem));
        }
    }
    Ok(ImportedHistory { revisions, warnings })
}

/// Returns the value of a directive at the top of the file: `-- atlas:NAME VALUE`, in comments before an empty line.
fn directive<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let top = text.lines().take_while(|line| line.starts_with("--") || line.starts_with('#'));
    let mut values = top.filter_map(|line| {
        let rest = line.trim_start_matches(['-', '#']).trim().strip_prefix("atlas:")?;
        let (word, value) = rest.split_once(' ').unwrap_or((rest, ""));
        (word == name).then(|| value.trim())
    });
    values.next()
}

/// Returns a delimiter as it is in the file: `\n`, `\r` and `\t` are written for what no line can hold.
fn unescaped(delimiter: &str) -> String {
    delimiter.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t")
}

/// Removes the line that sets the delimiter: it contains the delimiter itself.
fn without_delimiter(text: &str) -> String {
    let is_kept = |line: &&str| !line.trim_start_matches(['-', '#']).trim_start().starts_with("atlas:delimiter");
    text.split_inclusive('\n').filter(is_kept).collect()
}

/// Returns the SQL up, and down if the file is an archive with a `down.sql`.
fn sections(text: &str, notes: &mut Notes<'_>) -> (String, Option<String>) {
    if directive(text, "txtar").is_none() {
        return (text.to_owned(), None);
    }
    let (mut up, mut down) = (String::new(), None::<String>);
    let mut target = None;
    for line in text.split_inclusive('\n') {
        let name = line.trim_end().strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --"));
        if let Some(name) = name.filter(|name| name.ends_with(".sql")) {
            target = Some(name);
            match name {
                "migration.sql" => {}
                "down.sql" => down = Some(String::new()),
                _ => notes.add(Caution::Setting { setting: name.to_owned() }),
            }
            continue;
        }
        match (target, &mut down) {
            (Some("migration.sql"), _) => up.push_str(line),
            (Some("down.sql"), Some(down)) => down.push_str(line),
            _ => {}
        }
    }
    (up, down)
}

/// Compares the files with their sums. The sum of a file covers those before it, the first line all of them.
fn verify(sum: &File, files: &[&File]) -> Result<(), ForeignError> {
    let wrong = |line: usize, reason: String| ForeignError::at(SUM, line, Problem::Plan(reason));
    let mut lines = sum.content().lines();
    let total = lines.next().and_then(|line| line.strip_prefix("h1:"));
    let total = total.ok_or_else(|| wrong(1, "the line has no sum: h1:...".to_owned()))?;
    let mut listed = Vec::new();
    for (index, line) in lines.enumerate() {
        let entry = line.split_once(" h1:");
        listed.push(entry.ok_or_else(|| wrong(index + 2, "the line is not `FILE h1:SUM`".to_owned()))?);
    }
    let (mut running, mut all) = (Sha256::new(), Sha256::new());
    let mut expected = listed.iter().enumerate();
    for file in files {
        running.update(file.path.as_bytes());
        if directive(&file.text, "sum") == Some("ignore") {
            continue;
        }
        running.update(file.text.as_bytes());
        let hash = STANDARD.encode(running.clone().finalize());
        all.update(file.path.as_bytes());
        all.update(hash.as_bytes());
        match expected.next() {
            Some((_, (name, known))) if *name == file.path && *known == hash => {}
            Some((index, (name, _))) if *name == file.path => {
                return Err(wrong(index + 2, format!("{name} was changed after its sum was made")));
            }
            Some((index, (name, _))) => {
                return Err(wrong(index + 2, format!("{} is where {name} should be", file.path)));
            }
            None => return Err(wrong(listed.len() + 2, format!("{} has no sum", file.path))),
        }
    }
    if let Some((index, (name, _))) = expected.next() {
        return Err(wrong(index + 2, format!("{name} does not exist")));
    }
    if STANDARD.encode(all.finalize()) != total {
        return Err(wrong(1, "the sum of all files is another one".to_owned()));
    }
    Ok(())
}
