//! Targets that mean nothing, in words and with what to type instead.

use super::Report;
use crate::graph::TargetError;

impl From<TargetError> for Report {
    fn from(error: TargetError) -> Self {
        let report = Self::new(error.code(), error.to_string());
        let alternatives = |report: Self, items: &[String]| match items {
            [] => report,
            items => report.hint(format!("say which: {}", items.join(", "))),
        };
        match &error {
            TargetError::NotFound { nearest, .. } if !nearest.is_empty() => {
                report.hint(format!("did you mean {}?", nearest.join(" or ")))
            }
            TargetError::NotFound { .. } => report.hint("`aludel history` lists the revisions"),
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
                report.hint("`aludel stamp --purge heads` (or the revisions that are really applied) mends the table")
            }
            TargetError::RowsNotKnown { .. } => {
                report.hint("name a revision, or give the version rows with `--from REVISION`")
            }
            TargetError::WrongDirection { .. } => report.hint("`upgrade` takes +N, `downgrade` takes -N"),
            TargetError::NeedsAnother { needed_by, .. } => {
                report.hint(format!("stamp only {needed_by}: it stands for all that it needs"))
            }
            TargetError::Malformed { .. } => {
                report.hint("targets are ids, `head`, `heads`, `base`, LABEL@head, +1, -1, ID-1, ...")
            }
            _ => report,
        }
    }
}

/// The ways out of rows that no file explains.
pub(super) fn unknown_rows(report: Report, rows: &[String]) -> Report {
    report
        .note(format!("unknown: {}", rows.join(", ")))
        .hint("bring the missing revision file back, or fetch the branch that has it")
        .hint("`aludel stamp --purge REVISION` replaces the rows by what is really applied")
}
