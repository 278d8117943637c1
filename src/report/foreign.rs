//! Reports of other tools' histories and version tables that cannot be imported.

use std::path::Path;

use super::ErrorReport;
use crate::engine::ForeignState;
use crate::error_code::ErrorCode;
use crate::formats::applied::Unfit;
use crate::formats::{ForeignError, Problem};

/// Report of files that are not a valid history.
pub(super) fn history(report: ErrorReport, path: &Path, error: &ForeignError) -> ErrorReport {
    let shown = path.display().to_string();
    let place = error.line.map_or_else(|| shown.clone(), |line| format!("{shown}:{line}"));
    let message = format!("{place}: {}", report.message);
    let report = ErrorReport { message, ..report }.in_file(path).note("nothing was written");
    match &error.problem {
        Problem::Empty { .. } => report.hint("name the folder that the migrations are in"),
        Problem::SameVersion { .. } => report.hint("give one of the two files another version, or remove it"),
        _ => report,
    }
}

impl From<ForeignState> for ErrorReport {
    fn from(error: ForeignState) -> Self {
        let words = error.to_string();
        let report = match error {
            ForeignState::Database(error) => return error.into(),
            ForeignState::NoTable { .. } => Self::new(ErrorCode::ForeignTableMissing, words)
                .hint("is this the database that the other tool worked on?")
                .hint("a table of another name: --from-table NAME"),
            ForeignState::Unfit(Unfit::Failed { tool, .. }) => Self::new(ErrorCode::ForeignFailed, words)
                .hint(format!("fix it, mark it as fixed in {tool}, then run again")),
            ForeignState::Unfit(Unfit::Unknown { tool, .. }) => {
                Self::new(ErrorCode::ForeignUnknown, words).hint(format!("import them first: aludel import {tool} DIR"))
            }
            ForeignState::Gap { tool, applied, missing } => Self::new(ErrorCode::ForeignGap, words)
                .of_revision(applied)
                .hint(format!("let {tool} apply {missing} first, then run again")),
            ForeignState::Elsewhere { .. } => Self::new(ErrorCode::AlreadyStamped, words)
                .hint("if the other tool is right: run the same command with --purge")
                .hint("`aludel current` shows where the database is"),
        };
        report.note("nothing was changed")
    }
}
