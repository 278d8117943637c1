//! `squash --status` and `--prune`: whether databases still need the files of replaced revisions.

use std::path::Path;

use serde_json::json;

use crate::cli::context::Context;
use crate::cli::output::CommandOutput;
use crate::cli::report::CommandError;
use crate::cli::text;
use crate::database;
use crate::error_code::ErrorCode;
use crate::graph::ReplacementView;
use crate::id::RevisionId;
use crate::project::{self, History, HistoryEntry};

/// Files that a database needs.
enum FilesNeed {
    /// No replaced revision is current.
    Nothing,
    /// The last replaced revision is current; the next upgrade changes the version row.
    RowToChange(String),
    /// Some of the replaced revisions are applied, and not all.
    Middle(String),
    /// The database could not be read.
    Unknown(String),
}

impl FilesNeed {
    const fn word(&self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::RowToChange(_) => "row",
            Self::Middle(_) => "middle",
            Self::Unknown(_) => "unknown",
        }
    }

    fn line(&self) -> String {
        match self {
            Self::Nothing => "the old files may go".to_owned(),
            Self::RowToChange(row) => {
                format!("at {row}, which is replaced completely: the next `aludel upgrade` changes the row")
            }
            Self::Middle(row) => format!("in the middle, at {row}: `aludel upgrade` runs the rest, from the old files"),
            Self::Unknown(why) => format!("the database cannot be asked: {why}"),
        }
    }
}

/// Asks every service's database; with `prune`, deletes the files if all agree.
pub fn run(prune: bool, context: &Context<'_>) -> Result<CommandOutput, CommandError> {
    let mut answer = CommandOutput::default();
    let histories = context.for_reading()?;
    let mut found: Vec<(&History, FilesNeed)> = Vec::new();
    for history in histories.iter().filter(|history| !history.replaces_nothing()) {
        found.push((history, need(history, context)));
    }
    answer.negative = found.iter().any(|(_, need)| !matches!(need, FilesNeed::Nothing));
    let paths: Vec<&Path> =
        found.iter().flat_map(|(history, _)| history.replaced_files()).map(|entry| entry.path.as_path()).collect();
    let is_deleted = prune && !answer.negative && !paths.is_empty();
    if is_deleted {
        project::prune(&paths).map_err(|error| CommandError::from(error).note("no file was deleted"))?;
    }
    for (history, need) in &found {
        let files: Vec<&HistoryEntry> = history.replaced_files().collect();
        let name = &history.service.name;
        answer.text += &format!("{name}: {}; {}\n", text::count(files.len(), "old file"), need.line());
        let lines = files
            .iter()
            .map(|entry| format!("  {}{}\n", if is_deleted { "deleted " } else { "" }, entry.path.display()));
        answer.text += &lines.collect::<String>();
        let files = files.iter().map(
            |entry| json!({ "revision": entry.header.revision.as_str(), "path": entry.path.display().to_string() }),
        );
        answer.services.push(json!({
            "service": name, "needs": need.word(), "detail": need.line(), "files": files.collect::<Vec<_>>(),
            "deleted": is_deleted,
        }));
    }
    if found.is_empty() {
        context.status("no revision replaces others");
    } else if prune && !is_deleted {
        context.status("no file was deleted");
    }
    Ok(answer)
}

fn need(history: &History, context: &Context<'_>) -> FilesNeed {
    let state = context.open(history).and_then(|mut database| {
        database.state().map_err(|error| CommandError::new(ErrorCode::DatabaseError, error.to_string()))
    });
    let state = match state {
        Ok(state) => state,
        Err(report) => return FilesNeed::Unknown(report.report.message),
    };
    let (rows, half) =
        (database::ids(&state.rows), state.incomplete.iter().map(|half| RevisionId::from_row(&half.revision)));
    let ReplacementView { expanded, moved } = history.replacement_view(&rows, &half.collect::<Vec<_>>());
    let within = rows.iter().find(|row| history.replaced_by(row).is_some()).map(ToString::to_string);
    match (expanded.is_empty(), moved.first()) {
        (true, None) => FilesNeed::Nothing,
        (true, Some((row, _))) => FilesNeed::RowToChange(row.to_string()),
        (false, _) => FilesNeed::Middle(within.unwrap_or_else(|| "a half-applied revision".to_owned())),
    }
}
