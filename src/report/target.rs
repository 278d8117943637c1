//! Reports of invalid targets, with hints about what to type instead.

use super::ErrorReport;
use crate::graph::TargetError;

impl From<&TargetError> for ErrorReport {
    fn from(error: &TargetError) -> Self {
        let report = Self::new(error.code(), error.to_string());
        let alternatives = |report: Self, items: &[String]| match items {
            [] => report,
            items => report.hint(format!("choose one: {}", items.join(", "))),
        };
        match error {
            TargetError::NotFound { symbol, nearest } => {
                let report = Self { symbol: Some(symbol.clone()), ..report };
                match (word_of_other_tools(symbol), nearest.as_slice()) {
                    (Some(word), _) => report.hint(format!("did you mean {word}?")),
                    (None, []) => report.hint(HISTORY),
                    (None, nearest) => report.hint(format!("did you mean {}?", nearest.join(" or "))),
                }
            }
            TargetError::Ambiguous { candidates, .. } => alternatives(report, candidates),
            TargetError::MultipleHeads { .. } => report
                .hint("`heads` as the target means all of them, `LABEL@head` the one of a branch")
                .hint("`aludel merge heads -m TEXT` joins them"),
            TargetError::NotInLineage { .. } | TargetError::NotOnTheLine { .. } => {
                report.hint("`aludel history` draws which revision follows which")
            }
            TargetError::NothingToDowngrade { .. } => {
                report.hint("`aludel current` shows what is applied; `aludel upgrade` goes the other way")
            }
            TargetError::SeveralRows { ways, .. } | TargetError::Fork { ways, .. } => alternatives(report, ways),
            TargetError::MergePointOnTheWay { parents, .. } => {
                let parents: Vec<_> = parents.iter().map(ToString::to_string).collect();
                alternatives(report, &parents)
            }
            TargetError::UnknownRows { rows } => {
                let rows: Vec<_> = rows.iter().map(ToString::to_string).collect();
                unknown_rows(report, &rows)
            }
            TargetError::OverlappingRows { .. } => {
                report.hint("`aludel stamp --purge heads` (or the revisions that are really applied) fixes the table")
            }
            TargetError::RowsNotKnown { .. } => {
                report.hint("name a revision, or give the version rows with `--from REVISION`")
            }
            TargetError::WrongDirection { .. } => report.hint("`upgrade` takes +N, `downgrade` takes -N"),
            TargetError::NeedsAnother { needed_by, .. } => {
                report.hint(format!("stamp only {needed_by}: it includes all that it needs"))
            }
            TargetError::Malformed { .. } => {
                report.hint("targets are ids, `head`, `heads`, `base`, LABEL@head, +1, -1, ID-1, ...")
            }
            _ => report,
        }
    }
}

/// Hint if nothing resembles the requested name.
pub const HISTORY: &str = "`aludel history` lists the revisions";

/// Translates what other tools call a target: Django's `zero`, the `latest` of Rails and Flyway.
fn word_of_other_tools(symbol: &str) -> Option<&'static str> {
    match symbol.to_ascii_lowercase().as_str() {
        "latest" | "last" | "newest" | "tip" | "top" | "@" => Some("head"),
        "all" => Some("heads"),
        "zero" | "first" | "root" | "none" | "initial" | "empty" => Some("base"),
        _ => None,
    }
}

/// Adds the ways to recover from version rows that no revision file explains.
pub(super) fn unknown_rows(report: ErrorReport, rows: &[String]) -> ErrorReport {
    report
        .note(format!("unknown: {}", rows.join(", ")))
        .hint("restore the missing revision file, or fetch the branch that has it")
        .hint("`aludel stamp --purge REVISION` replaces the rows with what is really applied; `aludel stamp --detect` finds out what that is")
}
