//! Reader for goose: `00001_create_users.sql` with `-- +goose Up` and `-- +goose Down`, and annotations around
//! statements that contain semicolons.
//!
//! Source: goose's documentation ("Annotations") and `internal/sqlparser/parser.go`. Statements are split by SQL's own
//! rules, so the annotations are not needed. A statement between them that has no terminator gets one.

use super::imported::{Caution, File, ForeignError, Imported, ImportedHistory, Problem, Warning};
use super::placeholders::{self, Style};
use super::script::{Notes, script, set};
use super::{Format, names};
use crate::sql::{self, Dialect, StatementKind};

const UP: &str = "-- +goose Up";
const DOWN: &str = "-- +goose Down";
const BEGIN: &str = "-- +goose StatementBegin";
const END: &str = "-- +goose StatementEnd";

/// Reads the history from its files.
///
/// # Errors
/// [`ForeignError`] if goose would reject a file, if two files have the same version, or if there is no migration.
pub fn read(files: &[File], dialect: Dialect) -> Result<ImportedHistory, ForeignError> {
    let mut warnings = Vec::new();
    let mut found = Vec::new();
    for file in files {
        let mut warn = |caution| warnings.push(Warning { path: file.path.clone(), caution });
        let stem = file.path.rsplit_once('.').map_or("", |(stem, _)| stem);
        let parts = names::version(stem).and_then(|(digits, rest)| Some((digits, rest.strip_prefix('_')?)));
        let Some((version, name)) = parts.filter(|_| !stem.contains('/')) else {
            if file.path.ends_with(".sql") {
                warn(Caution::Ignored);
            }
            continue;
        };
        if file.path.ends_with(".go") {
            if !stem.ends_with("_test") {
                warn(Caution::Code);
            }
            continue;
        }
        let mut imported = Imported::new(names::id(version, &file.path)?, &file.path);
        imported.message = names::words(name);
        imported.created = names::time(version);
        imported.stem = Some(stem.to_owned());
        let mut notes = Notes::new(&file.path, &mut warnings);
        let parts = parts_of(file, dialect, &mut notes)?;
        imported.template = parts.template;
        let first = script(&parts.up, dialect, parts.transaction, &mut notes);
        let second = parts.down.map(|down| script(&down, dialect, parts.transaction, &mut notes));
        set(&mut imported, first, second, &mut notes);
        found.push((names::number(version), imported));
    }
    if found.is_empty() {
        return Err(ForeignError::empty(Format::Goose.name()));
    }
    Ok(ImportedHistory { revisions: names::line(found)?, warnings })
}

struct GooseSections {
    up: String,
    down: Option<String>,
    transaction: bool,
    template: bool,
}

/// State after the lines read so far.
struct GooseState {
    up: Option<String>,
    down: Option<String>,
    transaction: bool,
    /// Text of the open block, and the number of its first line.
    block: Option<(String, usize)>,
    substitutes: bool,
}

fn parts_of(file: &File, dialect: Dialect, notes: &mut Notes<'_>) -> Result<GooseSections, ForeignError> {
    // ENVSUB anywhere makes the whole revision a template, in which braces in all other lines must be escaped.
    let template = file.content().lines().any(|line| annotation(line) == Some("ENVSUB ON"));
    let mut state = GooseState { up: None, down: None, transaction: true, block: None, substitutes: false };
    for (index, line) in file.content().split_inclusive('\n').enumerate() {
        let wrong = |problem| ForeignError::at(&file.path, index + 1, problem);
        match annotation(line) {
            Some("Up") if state.up.is_none() => state.up = Some(String::new()),
            Some("Up") => return Err(wrong(Problem::Misplaced(UP))),
            Some("Down") if state.up.is_some() && state.down.is_none() && state.block.is_none() => {
                state.down = Some(String::new());
            }
            Some("Down") => return Err(wrong(Problem::Misplaced(DOWN))),
            Some("StatementBegin") if state.up.is_some() && state.block.is_none() => {
                state.block = Some((String::new(), index + 1));
            }
            Some("StatementBegin") => return Err(wrong(Problem::Misplaced(BEGIN))),
            Some("StatementEnd") => {
                let (block, _) = state.block.take().ok_or_else(|| wrong(Problem::Misplaced(END)))?;
                let block = ended(&block, dialect, notes);
                state.add(&block);
            }
            Some("NO TRANSACTION") => state.transaction = false,
            Some("ENVSUB ON") => state.substitutes = true,
            Some("ENVSUB OFF") => state.substitutes = false,
            Some(_) | None => {
                let is_sql = !line.trim().is_empty() && !line.trim_start().starts_with("--");
                if state.up.is_none() && is_sql {
                    return Err(wrong(Problem::Before(UP)));
                }
                let style = if state.substitutes { Style::Environment } else { Style::None };
                let line = if template { placeholders::replaced(line, style, notes) } else { line.to_owned() };
                state.add(&line);
            }
        }
    }
    match (state.up, state.block) {
        (_, Some((_, line))) => Err(ForeignError::at(&file.path, line, Problem::Missing(END))),
        (None, _) => Err(ForeignError::in_file(&file.path, Problem::Missing(UP))),
        (Some(up), None) => Ok(GooseSections { up, down: state.down, transaction: state.transaction, template }),
    }
}

impl GooseState {
    fn add(&mut self, text: &str) {
        let to = match (&mut self.block, &mut self.down, &mut self.up) {
            (Some((block, _)), _, _) => block,
            (None, Some(down), _) => down,
            (None, None, Some(up)) => up,
            // Comments above the first annotation are dropped.
            (None, None, None) => return,
        };
        to.push_str(text);
    }
}

fn annotation(line: &str) -> Option<&str> {
    line.strip_prefix("--")?.trim().strip_prefix("+goose ").map(str::trim)
}

/// Returns the text of a block such that it ends where goose would end it.
fn ended(block: &str, dialect: Dialect, notes: &mut Notes<'_>) -> String {
    let body = block.trim_end();
    let statements = sql::split(body, dialect)
        .map_or(0, |pieces| pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing).count());
    if statements > 1 {
        if let Some(delimited) = dialect.format_rules().delimited_body(body) {
            return delimited;
        }
        notes.add(Caution::SeveralStatements { statements });
    }
    // A comment may follow the terminator on the last line.
    let last = body.lines().next_back().unwrap_or_default();
    let has_end = last.split("--").next().unwrap_or_default().trim_end().ends_with(';');
    if has_end || statements == 0 { format!("{body}\n") } else { format!("{body}\n;\n") }
}
