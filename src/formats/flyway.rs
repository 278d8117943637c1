//! Reader for Flyway: `V1_2__create_users.sql`, `U1_2__...` to undo it, and `R__views.sql`, which runs again whenever
//! it changes.
//!
//! Source: Flyway's documentation ("Migrations", "Placeholders", "Script Configuration") and its `MigrationVersion` and
//! `ChecksumCalculator`. Versions are numbers separated by dots or underscores. Each migration runs in a transaction,
//! unless one of its statements cannot, or `NAME.sql.conf` contains `executeInTransaction=false`.

use std::collections::BTreeMap;

use super::imported::{Caution, File, ForeignError, Imported, ImportedHistory, Problem, Warning};
use super::placeholders::{self, Style};
use super::script::{Notes, SectionScript, SectionText, script, set};
use super::{Format, names};
use crate::id::RevisionId;
use crate::sql::Dialect;

/// Version as Flyway compares it: numbers, without trailing zeros.
pub(super) type Version = Vec<(usize, String)>;

/// Kind of a migration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum MigrationType {
    Versioned,
    Undo,
    Baseline,
    Repeatable,
}

struct FlywayFileName<'f> {
    sort: MigrationType,
    /// Version with dots; empty for repeatable migrations.
    version: String,
    description: &'f str,
}

/// Reads the history from its files: versioned migrations by number, then repeatable ones by description.
///
/// # Errors
/// [`ForeignError`] if two files have the same version, or if there is no migration.
pub fn read(files: &[File], dialect: Dialect) -> Result<ImportedHistory, ForeignError> {
    let mut warnings = Vec::new();
    let mut versioned: BTreeMap<Version, (FlywayFileName<'_>, &File)> = BTreeMap::new();
    let mut undo: BTreeMap<Version, &File> = BTreeMap::new();
    let mut repeatable: BTreeMap<&str, &File> = BTreeMap::new();
    for file in files {
        let mut warn = |caution| warnings.push(Warning { path: file.path.clone(), caution });
        let Some((name, is_sql)) = name_of(file) else {
            if file.path.ends_with(".sql") {
                warn(Caution::Ignored);
            }
            continue;
        };
        if !is_sql {
            warn(Caution::Code);
            continue;
        }
        let version = version(&name.version);
        let other = match name.sort {
            MigrationType::Baseline => {
                warn(Caution::Baseline { version: name.version.clone() });
                None
            }
            MigrationType::Undo => undo.insert(version, file),
            MigrationType::Repeatable => repeatable.insert(name.description, file),
            MigrationType::Versioned => versioned.insert(version, (name, file)).map(|(_, other)| other),
        };
        if let Some(other) = other {
            let version = file.name().to_owned();
            return Err(ForeignError::in_file(&file.path, Problem::SameVersion { version, other: other.path.clone() }));
        }
    }
    let mut found = Vec::new();
    for (version, (name, file)) in versioned {
        found.push(revision(&name, file, undo.remove(&version), files, dialect, &mut warnings)?);
    }
    for (description, file) in repeatable {
        found.push(repeated(description, file, files, dialect, &mut warnings)?);
    }
    warnings.extend(
        undo.into_values().map(|file| Warning { path: file.path.clone(), caution: Caution::NothingToTakeBack }),
    );
    if found.is_empty() {
        return Err(ForeignError::empty(Format::Flyway.name()));
    }
    Ok(ImportedHistory { revisions: names::in_a_row(found), warnings })
}

fn revision(
    name: &FlywayFileName<'_>,
    file: &File,
    undo: Option<&File>,
    files: &[File],
    dialect: Dialect,
    warnings: &mut Vec<Warning>,
) -> Result<Imported, ForeignError> {
    let mut imported = Imported::new(names::id(&name.version, &file.path)?, &file.path);
    imported.message = names::words(name.description);
    imported.created = names::time(&name.version);
    fill(&mut imported, file, undo, files, dialect, warnings);
    Ok(imported)
}

/// Creates the revision of a repeatable migration. Its id contains the checksum, by which Flyway decides whether the
/// migration must run again.
fn repeated(
    description: &str,
    file: &File,
    files: &[File],
    dialect: Dialect,
    warnings: &mut Vec<Warning>,
) -> Result<Imported, ForeignError> {
    let mut imported = Imported::new(repeatable_id(file.name(), checksum(&file.text), &file.path)?, &file.path);
    imported.message = names::words(description);
    warnings.push(Warning { path: file.path.clone(), caution: Caution::Repeatable });
    fill(&mut imported, file, None, files, dialect, warnings);
    imported.stem = Some(imported.id.to_string());
    Ok(imported)
}

fn fill(
    imported: &mut Imported,
    file: &File,
    undo: Option<&File>,
    files: &[File],
    dialect: Dialect,
    warnings: &mut Vec<Warning>,
) {
    imported.stem = file.name().strip_suffix(".sql").map(str::to_owned);
    imported.downgrade_path = undo.map(|undo| undo.path.clone());
    let mut section = |file: &File| {
        let settings = ScriptConfig::read(file, files);
        let mut notes = Notes::new(&file.path, warnings);
        (settings.section_text(file, &mut notes), settings.transaction)
    };
    let (mut up, up_transaction) = section(file);
    let (mut down, down_transaction) = undo.map(&mut section).unzip();
    let mut sections: Vec<&mut SectionText> = std::iter::once(&mut up).chain(&mut down).collect();
    imported.template = placeholders::together(&mut sections);
    let mut side = |(text, _): SectionText, transaction, file: &File| -> SectionScript {
        script(&text, dialect, transaction, &mut Notes::new(&file.path, warnings))
    };
    let up = side(up, up_transaction, file);
    let down = down.zip(undo).map(|(down, undo)| side(down, down_transaction.unwrap_or(true), undo));
    set(imported, up, down, &mut Notes::new(&file.path, warnings));
}

/// Settings in `NAME.sql.conf`.
struct ScriptConfig {
    transaction: bool,
    replaces: bool,
    others: Vec<String>,
}

impl ScriptConfig {
    fn read(file: &File, files: &[File]) -> Self {
        let path = format!("{}.conf", file.path);
        let mut settings = Self { transaction: true, replaces: true, others: Vec::new() };
        let text = files.iter().find(|other| other.path == path).map_or("", File::content);
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            match (key.trim(), value.trim()) {
                ("executeInTransaction", value) => settings.transaction = value != "false",
                ("placeholderReplacement", value) => settings.replaces = value != "false",
                _ => settings.others.push(line.to_owned()),
            }
        }
        settings
    }

    fn section_text(&self, file: &File, notes: &mut Notes<'_>) -> SectionText {
        for setting in &self.others {
            notes.add(Caution::Setting { setting: setting.clone() });
        }
        let text = file.content();
        if self.replaces && placeholders::has_any(text) {
            (placeholders::replaced(text, Style::Flyway, notes), true)
        } else {
            (text.to_owned(), false)
        }
    }
}

/// Parses the name of a file. Also returns whether it is SQL.
fn name_of(file: &File) -> Option<(FlywayFileName<'_>, bool)> {
    let (stem, extension) = file.name().rsplit_once('.')?;
    if extension == "conf" {
        return None;
    }
    let (head, description) = stem.split_once("__")?;
    let (letter, rest) = head.split_at_checked(1)?;
    let sort = match letter {
        "V" => MigrationType::Versioned,
        "U" => MigrationType::Undo,
        "B" => MigrationType::Baseline,
        "R" => MigrationType::Repeatable,
        _ => return None,
    };
    let version = rest.replace('_', ".");
    let is_version = !version.is_empty() && version.split('.').all(is_number);
    let fits = if sort == MigrationType::Repeatable { rest.is_empty() } else { is_version };
    fits.then_some((FlywayFileName { sort, version, description }, extension == "sql"))
}

fn is_number(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

/// Converts a version to its comparable form.
pub(super) fn version(text: &str) -> Version {
    let mut parts: Version = text.split(['.', '_']).map(names::number).collect();
    while parts.last().is_some_and(|(length, _)| *length == 0) {
        parts.pop();
    }
    parts
}

/// Returns the id of a repeatable migration, made of its file name and checksum.
pub(super) fn repeatable_id(script: &str, checksum: u32, path: &str) -> Result<RevisionId, ForeignError> {
    let name = script.rsplit('/').next().unwrap_or_default();
    let stem = name.strip_suffix(".sql").unwrap_or(name);
    let safe: String = stem.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    names::id(&format!("{safe}_{checksum:08x}"), path)
}

/// Computes the CRC-32 (ISO 3309) of all lines without line ends, like Flyway's `ChecksumCalculator`. Java's `readLine`
/// ends a line at `\n`, `\r` or `\r\n`, so that none of these characters counts.
fn checksum(text: &str) -> u32 {
    let text = text.trim_start_matches('\u{feff}');
    let crc = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    });
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_are_the_crc_of_the_lines() {
        // Check value of CRC-32.
        assert_eq!(checksum("123456789"), 0xcbf4_3926);
        assert_eq!(checksum("\u{feff}1234\r\n56789\n"), 0xcbf4_3926);
        assert_eq!(checksum("12\r345\r\r\n67\n\r89\r"), 0xcbf4_3926);
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(version("1.10") > version("1.9") && version("2") > version("1_9_9"));
        assert_eq!(version("1.0"), version("1"));
        assert!(version("20240102030405") > version("20231231235959"));
    }
}
