//! Reader for dbmate: `20240102030405_create_users.sql` with `-- migrate:up` and `-- migrate:down`.
//!
//! Source: dbmate's README and `pkg/dbmate/migration.go`. Options follow a directive: `transaction:false`.

use super::imported::{Caution, File, ForeignError, Imported, ImportedHistory, Problem, Warning};
use super::script::{Notes, SectionScript, script, set};
use super::{Format, names};
use crate::sql::Dialect;

const UP: &str = "-- migrate:up";
const DOWN: &str = "-- migrate:down";

/// Reads the history from its files.
///
/// # Errors
/// [`ForeignError`] if dbmate would reject a file, if two files have the same version, or if there is no migration.
pub fn read(files: &[File], dialect: Dialect) -> Result<ImportedHistory, ForeignError> {
    let mut warnings = Vec::new();
    let mut found = Vec::new();
    for file in files {
        let parts = file.path.strip_suffix(".sql").and_then(names::version).filter(|_| !file.path.contains('/'));
        let Some((version, rest)) = parts else {
            warnings.push(Warning { path: file.path.clone(), caution: Caution::Ignored });
            continue;
        };
        let mut imported = Imported::new(names::id(version, &file.path)?, &file.path);
        imported.message = names::words(rest);
        imported.created = names::time(version);
        imported.stem = file.path.strip_suffix(".sql").map(str::to_owned);
        let blocks = blocks(file)?;
        let mut notes = Notes::new(&file.path, &mut warnings);
        let first = side(&blocks.before, &blocks.up, dialect, &mut notes);
        let second = blocks.down.map(|down| side("", &down, dialect, &mut notes));
        set(&mut imported, first, second, &mut notes);
        found.push((version.to_owned(), imported));
    }
    if found.is_empty() {
        return Err(ForeignError::empty(Format::Dbmate.name()));
    }
    Ok(ImportedHistory { revisions: names::line(found)?, warnings })
}

fn side(before: &str, block: &DbmateBlock, dialect: Dialect, notes: &mut Notes<'_>) -> SectionScript {
    script(&format!("{before}{}", block.text), dialect, block.transaction, notes)
}

struct DbmateBlock {
    transaction: bool,
    text: String,
}

struct DbmateFile {
    /// Comments above the first directive.
    before: String,
    up: DbmateBlock,
    down: Option<DbmateBlock>,
}

fn blocks(file: &File) -> Result<DbmateFile, ForeignError> {
    let (mut before, mut up, mut down) = (String::new(), None::<DbmateBlock>, None::<DbmateBlock>);
    for (index, line) in file.content().split_inclusive('\n').enumerate() {
        let wrong = |problem| Err(ForeignError::at(&file.path, index + 1, problem));
        // Only the first directive of each kind counts; another one is a comment.
        match (directive(line), &mut up, &mut down) {
            (Some((true, transaction)), None, None) => up = Some(DbmateBlock { transaction, text: String::new() }),
            (Some((false, _)), None, _) => return wrong(Problem::Misplaced(DOWN)),
            (Some((false, transaction)), Some(_), None) => {
                down = Some(DbmateBlock { transaction, text: String::new() })
            }
            (_, _, Some(block)) | (_, Some(block), None) => block.text.push_str(line),
            (_, None, None) if line.trim().is_empty() || line.trim_start().starts_with("--") => before.push_str(line),
            (_, None, None) => return wrong(Problem::Before(UP)),
        }
    }
    let up = up.ok_or_else(|| ForeignError::in_file(&file.path, Problem::Missing(UP)))?;
    Ok(DbmateFile { before, up, down })
}

/// Parses a directive. Returns whether it is `-- migrate:up` (otherwise down) and whether a transaction is wanted.
fn directive(line: &str) -> Option<(bool, bool)> {
    let rest = line.strip_prefix("--")?.trim_start().strip_prefix("migrate:")?;
    let (word, options) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let is_up = match word {
        "up" => true,
        "down" => false,
        _ => return None,
    };
    Some((is_up, !options.split_whitespace().any(|option| option == "transaction:false")))
}
