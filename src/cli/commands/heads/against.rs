//! `heads --against`: new revisions here and at another git ref, and the heads that merging the two would leave.

use serde_json::{Value, json};

use super::merge_line;
use crate::cli::commutation::{self, LIMIT};
use crate::cli::context::Context;
use crate::cli::json as documents;
use crate::cli::report::CommandError;
use crate::cli::{style, text};
use crate::id::RevisionId;
use crate::project::{self, Comparison, History, ProjectError};
use crate::report::ErrorReport;

/// Result for one service.
pub(super) struct AgainstResult {
    pub(super) lines: Vec<String>,
    pub(super) document: Value,
    /// Number of heads that merging would leave; 0 if the merged files are not a valid history.
    pub(super) heads: usize,
    /// Merging leaves one head, or no more than there are at the ref.
    pub(super) ok: bool,
}

pub(super) fn compare(
    history: &History,
    reference: &str,
    proves: bool,
    context: &Context<'_>,
) -> Result<AgainstResult, CommandError> {
    let failed = |error: Box<ProjectError>| CommandError::from(error).of_service(&history.service.name);
    let Comparison { there, merged, conflicts, has_common } = compared(history, reference, proves).map_err(failed)?;
    let sides = SideComparison::new(history, &there, merged.as_ref().ok());
    let mut lines = sides.lines(history, &there, reference);
    lines.extend(conflicts.iter().map(|path| format!("changed on both sides: {}", path.display())));
    if !has_common {
        lines.push(style::faint(
            "there is no common commit in this clone (is it shallow?): files of one side only count as new",
        ));
    }
    let remedy = merged.as_ref().ok().map(|merged| merged.graph.heads()).filter(|heads| heads.len() > 1);
    let remedy = remedy.map(|heads| merge_line(&heads, history, context));
    let paths: Vec<_> = conflicts.iter().map(|path| path.display().to_string()).collect();
    let mut document = json!({
        "ref": reference,
        "new_here": documents::revisions(history, &sides.here),
        "new_there": documents::revisions(&there, &sides.there),
        "gone": documents::strings(&sides.gone),
        "conflicts": paths,
        "has_common_commit": has_common,
        "remedies": remedy.as_slice(),
    });
    let (heads, ok) = match merged {
        Ok(merged) => {
            let heads = merged.graph.heads();
            document["merged_heads"] = documents::revisions(&merged, &heads).into();
            lines.push(format!("merging the two leaves {}", counted(&heads)));
            lines.extend(remedy.map(|line| format!("-> after the merge: {line}")));
            let mut ok = heads.len() <= there.graph.heads().len().max(1);
            if proves && heads.len() > 1 {
                // What is new here can still be moved, so it comes second: the advice is about the second of a pair.
                let mut heads = heads.clone();
                heads.sort_by_key(|head| there.graph.index_of(head.as_str()).is_none());
                let proofs = commutation::prove(&merged, &heads, LIMIT, context)?;
                ok &= proofs.iter().all(|proof| proof.commutes == Some(true));
                lines.extend(proofs.iter().flat_map(|proof| proof.lines.clone()));
                document["proofs"] = proofs.into_iter().map(|proof| proof.document).collect();
            }
            (heads.len(), ok)
        }
        Err(error) => {
            let report = failed(error).report;
            document["merged_heads"] = Value::Null;
            document["problem"] =
                json!({ "code": report.code.as_str(), "message": report.message, "notes": report.notes });
            lines.push(format!("{} merging the two gives an invalid history: {}", style::bad("WRONG"), report.message));
            lines.extend(files(&report).map(|line| format!("  {line}")));
            (0, false)
        }
    };
    document["ok"] = json!(ok);
    Ok(AgainstResult { lines, document, heads, ok })
}

/// Compares with the ref; a proof reads the files too.
fn compared(history: &History, reference: &str, reads: bool) -> Result<Comparison, Box<ProjectError>> {
    let compare = if reads { project::compare_with_texts } else { project::compare };
    compare(&history.service, reference)
}

/// Files that a report points to.
fn files(report: &ErrorReport) -> impl Iterator<Item = String> + '_ {
    report.file().map(|path| format!("see {}", path.display())).into_iter().chain(report.notes.iter().cloned())
}

/// Formats the heads: `1 head: bbbb3333`.
fn counted(heads: &[RevisionId]) -> String {
    let count = text::count(heads.len(), "head");
    if heads.is_empty() { count } else { format!("{count}: {}", text::rows(heads)) }
}

/// Revisions that only one side has.
#[derive(Debug)]
struct SideComparison {
    here: Vec<RevisionId>,
    there: Vec<RevisionId>,
    /// Revisions of one side that merging removes, because the other side deleted them.
    gone: Vec<RevisionId>,
}

impl SideComparison {
    fn new(here: &History, there: &History, merged: Option<&History>) -> Self {
        let has = |history: &History, id: &RevisionId| history.graph.index_of(id.as_str()).is_some();
        let stays = |id: &RevisionId| merged.is_none_or(|merged| has(merged, id));
        let only = |one: &History, other: &History| -> (Vec<RevisionId>, Vec<RevisionId>) {
            one.graph.ordered().into_iter().filter(|id| !has(other, id)).partition(stays)
        };
        let (new_here, mut gone) = only(here, there);
        let (new_there, gone_here) = only(there, here);
        gone.extend(gone_here);
        Self { here: new_here, there: new_there, gone }
    }

    fn lines(&self, here: &History, there: &History, reference: &str) -> Vec<String> {
        let listed = |title: String, history: &History, ids: &[RevisionId]| {
            let lines = ids.iter().map(|id| format!("  {}", text::line(history, id, &[])));
            let title = (!ids.is_empty()).then_some(title);
            title.into_iter().chain(lines).collect::<Vec<_>>()
        };
        let mut lines = listed("new here:".to_owned(), here, &self.here);
        lines.extend(listed(format!("new in {reference}:"), there, &self.there));
        if lines.is_empty() {
            lines.push("nothing is new on either side".to_owned());
        }
        if !self.gone.is_empty() {
            lines.push(format!("removed on one side: {}", text::rows(&self.gone)));
        }
        lines
    }
}
