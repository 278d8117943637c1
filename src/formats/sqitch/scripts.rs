//! Conversion of a change's scripts to the sections of a revision; paths from the configuration.

use super::plan::SqitchChange;
use crate::formats::imported::{Caution, File, ForeignError, Imported, Problem, Warning};
use crate::formats::script::{Notes, SectionText, script, set, tidy};
use crate::formats::{names, placeholders};
use crate::sql::{self, Dialect, Piece, StatementKind};

/// First keywords of statements that are allowed in a verify section.
const QUERIES: [&str; 4] = ["SELECT", "WITH", "VALUES", "TABLE"];

/// Paths from `sqitch.conf`, or their defaults.
pub(super) struct Folders {
    pub(super) plan: String,
    deploy: String,
    revert: String,
    verify: String,
    extension: String,
}

impl Folders {
    pub(super) fn new(files: &[File]) -> Self {
        let config = files.iter().find(|file| file.path == "sqitch.conf").map_or("", File::content);
        let settings = settings(config);
        let get = |key: &str| {
            let engine = settings.iter().find(|(section, name, _)| section == "core" && name == "engine");
            let engine = engine.map(|(_, _, engine)| format!("engine {engine}")).unwrap_or_default();
            let of = |wanted: &str| {
                let found = settings.iter().rev().find(|(section, name, _)| section == wanted && name == key);
                found.map(|(_, _, value)| value.clone())
            };
            of(&engine).or_else(|| of("core"))
        };
        let top = get("top_dir").unwrap_or_default();
        let place = |key: &str, name: &str| path(&get(key).unwrap_or_else(|| format!("{top}/{name}")));
        Self {
            plan: place("plan_file", "sqitch.plan"),
            deploy: place("deploy_dir", "deploy"),
            revert: place("revert_dir", "revert"),
            verify: place("verify_dir", "verify"),
            extension: get("extension").unwrap_or_else(|| "sql".to_owned()),
        }
    }
}

/// Removes `.` components from a path.
fn path(text: &str) -> String {
    text.split('/').filter(|part| !matches!(*part, "" | ".")).collect::<Vec<_>>().join("/")
}

/// Parses a configuration file in git's format. Returns section (`engine pg`), key and value of each setting.
fn settings(text: &str) -> Vec<(String, String, String)> {
    let mut section = String::new();
    let mut settings = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';'])) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.replace('"', "");
        } else if let Some((key, value)) = line.split_once('=') {
            let value = value.trim().trim_matches('"').to_owned();
            settings.push((section.clone(), key.trim().to_owned(), value));
        }
    }
    settings
}

/// Creates the revision of a change, without its parents. `tags` are those that may name the scripts of a reworked
/// change.
pub(super) fn read(
    change: &SqitchChange,
    tags: Option<&[&str]>,
    folders: &Folders,
    files: &[File],
    dialect: Dialect,
    warnings: &mut Vec<Warning>,
) -> Result<Imported, ForeignError> {
    let find = |folder: &str, suffix: &str| {
        let path = path(&format!("{folder}/{}{suffix}.{}", change.name, folders.extension));
        files.iter().find(|file| file.path == path).ok_or(path)
    };
    let suffixes: Vec<String> = tags.unwrap_or_default().iter().map(|tag| format!("@{tag}")).collect();
    let suffix = suffixes.iter().find(|suffix| find(&folders.deploy, suffix).is_ok());
    let suffix = suffix.or(suffixes.first()).map_or("", String::as_str);
    let deploy = find(&folders.deploy, suffix);
    let deploy = deploy.map_err(|path| ForeignError::at(&folders.plan, change.line, Problem::NoFile(path)))?;
    let (revert, verify) = (find(&folders.revert, suffix).ok(), find(&folders.verify, suffix).ok());
    let mut imported = Imported::new(names::id(&change.id, &folders.plan)?, &deploy.path);
    imported.downgrade_path = revert.map(|file| file.path.clone());
    let rules = dialect.format_rules();
    let mut convert = |file: &File| rules.convert_client_script(file, files, &mut Notes::new(&file.path, warnings));
    let mut up = convert(deploy);
    let mut down = revert.map(&mut convert);
    let mut check = verify.map(convert);
    let mut sections: Vec<&mut SectionText> = std::iter::once(&mut up).chain(&mut down).chain(&mut check).collect();
    imported.template = placeholders::together(&mut sections);
    // Sqitch runs scripts through the client statement by statement, so they run in a transaction only if they open
    // one.
    let first = script(&up.0, dialect, false, &mut Notes::new(&deploy.path, warnings));
    let second =
        down.zip(revert).map(|((text, _), file)| script(&text, dialect, false, &mut Notes::new(&file.path, warnings)));
    set(&mut imported, first, second, &mut Notes::new(&deploy.path, warnings));
    imported.verify =
        check.zip(verify).and_then(|((text, _), file)| verified(&text, dialect, &mut Notes::new(&file.path, warnings)));
    Ok(imported)
}

/// Converts a verify script to queries that return no rows. For Sqitch it only has to run without error, whatever its
/// queries return.
fn verified(text: &str, dialect: Dialect, notes: &mut Notes<'_>) -> Option<String> {
    let mut left_out = |why: String| {
        notes.add(Caution::VerifyLeftOut { why });
        None
    };
    let pieces = match sql::split(text, dialect) {
        Ok(pieces) => pieces,
        Err(error) => return left_out(error.to_string()),
    };
    let is_sent = |piece: &&Piece| !matches!(piece.kind, StatementKind::Nothing | StatementKind::TransactionControl);
    let sent: Vec<&Piece> = pieces.iter().filter(is_sent).collect();
    let first_word =
        |piece: &Piece| sql::keywords(piece.sql.slice(text), dialect).next().unwrap_or_else(|| "nothing".to_owned());
    if let Some(other) = sent.iter().map(|piece| first_word(piece)).find(|word| !QUERIES.contains(&&**word)) {
        return left_out(format!("{other} is not a query"));
    }
    let queries = sent.iter().map(|piece| finding_nothing(piece.sql.slice(text), dialect));
    let queries = queries.collect::<Vec<_>>().join("\n");
    let comments = tidy(&text[..pieces.first().map_or(0, |piece| piece.sql.start)]);
    let comments = if comments.contains("{{") { String::new() } else { comments };
    (!queries.is_empty()).then(|| format!("{comments}{queries}"))
}

/// Wraps the query so that the server evaluates it completely but returns no rows.
fn finding_nothing(query: &str, dialect: Dialect) -> String {
    format!("SELECT * FROM (\n{query}\n) AS verified {};\n", dialect.format_rules().skip_all_rows())
}
