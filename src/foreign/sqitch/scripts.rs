//! A change's scripts as the sections of a revision, and where the configuration says that they are.

use super::plan::Change;
use crate::foreign::imported::{Caution, File, ForeignError, Imported, Problem, Warning};
use crate::foreign::names;
use crate::foreign::psql::{self, Section};
use crate::foreign::script::{Notes, script, set, tidy};
use crate::sql::{self, Dialect, Kind, Piece};

/// What a statement of a verify section may begin with.
const QUERIES: [&str; 4] = ["SELECT", "WITH", "VALUES", "TABLE"];

/// Where things are, as `sqitch.conf` says or by default.
pub(super) struct Folders {
    pub(super) plan: String,
    deploy: String,
    revert: String,
    verify: String,
    extension: String,
}

impl Folders {
    pub(super) fn of(files: &[File]) -> Self {
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

/// A path without its `.` parts.
fn path(text: &str) -> String {
    text.split('/').filter(|part| !matches!(*part, "" | ".")).collect::<Vec<_>>().join("/")
}

/// The settings of a git-like configuration file: section (`engine pg`), key, value.
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

/// The change's revision, but for its place in the graph. `tags`: those that a reworked change's scripts are called by.
pub(super) fn read(
    change: &Change,
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
    let mut convert = |file: &File| psql::converted(file, files, dialect, &mut Notes::new(&file.path, warnings));
    let mut up = convert(deploy);
    let mut down = revert.map(&mut convert);
    let mut check = verify.map(convert);
    let mut sections: Vec<&mut Section> = std::iter::once(&mut up).chain(&mut down).chain(&mut check).collect();
    imported.template = psql::together(&mut sections);
    // Sqitch has the client run a script statement by statement: a transaction is what it opens itself.
    let first = script(&up.0, dialect, false, &mut Notes::new(&deploy.path, warnings));
    let second =
        down.zip(revert).map(|((text, _), file)| script(&text, dialect, false, &mut Notes::new(&file.path, warnings)));
    set(&mut imported, first, second, &mut Notes::new(&deploy.path, warnings));
    imported.verify =
        check.zip(verify).and_then(|((text, _), file)| verified(&text, dialect, &mut Notes::new(&file.path, warnings)));
    Ok(imported)
}

/// A verify script as queries that find nothing: Sqitch's must only run without an error, whatever they find.
fn verified(text: &str, dialect: Dialect, notes: &mut Notes<'_>) -> Option<String> {
    let mut left_out = |why: String| {
        notes.add(Caution::VerifyLeftOut { why });
        None
    };
    let pieces = match sql::split(text, dialect) {
        Ok(pieces) => pieces,
        Err(error) => return left_out(error.to_string()),
    };
    let is_sent = |piece: &&Piece| !matches!(piece.kind, Kind::Nothing | Kind::TransactionControl);
    let sent: Vec<&Piece> = pieces.iter().filter(is_sent).collect();
    let first_word =
        |piece: &Piece| sql::keywords(piece.sql.of(text), dialect).next().unwrap_or_else(|| "nothing".to_owned());
    if let Some(other) = sent.iter().map(|piece| first_word(piece)).find(|word| !QUERIES.contains(&&**word)) {
        return left_out(format!("{other} is no query"));
    }
    let queries = sent.iter().map(|piece| finding_nothing(piece.sql.of(text), dialect));
    let queries = queries.collect::<Vec<_>>().join("\n");
    let comments = tidy(text.get(..pieces.first().map_or(0, |piece| piece.sql.start)).unwrap_or_default());
    let comments = if comments.contains("{{") { String::new() } else { comments };
    (!queries.is_empty()).then(|| format!("{comments}{queries}"))
}

/// The query, asked in full, with none of its rows.
fn finding_nothing(query: &str, dialect: Dialect) -> String {
    let none = match dialect {
        Dialect::Postgres => "OFFSET 9223372036854775807",
        Dialect::Mysql => "LIMIT 1 OFFSET 18446744073709551614",
        Dialect::Sqlite => "LIMIT 1 OFFSET 9223372036854775807",
    };
    format!("SELECT * FROM (\n{query}\n) AS verified {none};\n")
}
