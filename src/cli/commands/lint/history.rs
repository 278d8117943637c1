//! Findings about the history itself: several heads, a revision below one that is applied, an edited file.

use std::collections::BTreeSet;

use super::edited::{self, EditedRevision};
use crate::cli::lint::view::ShownFinding;
use crate::diagnostic::{Location, Span};
use crate::id::RevisionId;
use crate::lint::{Finding, LintSettings, RuleLevel, Severity, rule_named};
use crate::project::History;

/// Returns the findings. `applied` are the revisions that the database has.
pub(super) fn findings(
    history: &History,
    settings: &LintSettings,
    examined: &[RevisionId],
    (applied, edited): (Option<&[RevisionId]>, &[EditedRevision]),
) -> Vec<ShownFinding> {
    let mut found: Vec<ShownFinding> = Vec::new();
    for edited in edited {
        found.extend(at(edited.location.clone(), settings, edited::RULE, (&edited.id, edited.text.clone())));
    }
    let heads = history.graph.heads();
    // Separate lines may have labels of their own: only heads of the same line are in each other's way.
    let are_meant = heads.iter().all(|head| !history.graph.labels_covering(head.as_str()).is_empty());
    if heads.len() > 1 && !are_meant && heads.iter().any(|head| examined.contains(head)) {
        let names: Vec<_> = heads.iter().map(ToString::to_string).collect();
        let text = format!("there are {} heads: {}", heads.len(), names.join(", "));
        let head = heads.iter().find(|head| examined.contains(head));
        found.extend(head.and_then(|head| finding(history, settings, "history-heads", (head, text))));
    }
    if let Some(applied) = applied {
        let applied: BTreeSet<&RevisionId> = applied.iter().collect();
        for id in examined {
            let above = history.graph.children(id.as_str()).into_iter().find(|child| applied.contains(child));
            if let Some(above) = above {
                let text = format!("{above}, which needs it, is applied already: an upgrade runs {id} after it");
                found.extend(finding(history, settings, "history-out-of-order", (id, text)));
            }
        }
    }
    found
}

fn finding(
    history: &History,
    settings: &LintSettings,
    code: &str,
    (id, text): (&RevisionId, String),
) -> Option<ShownFinding> {
    let entry = history.entry(id).ok()?;
    let file = history.read(id).map(|revision| revision.text.as_written().to_owned()).unwrap_or_default();
    at(edited::first_line(entry.path.clone(), file), settings, code, (id, text))
}

fn at(
    location: Location,
    settings: &LintSettings,
    code: &str,
    (id, text): (&RevisionId, String),
) -> Option<ShownFinding> {
    let severity = match settings.levels.get(code) {
        Some(RuleLevel::Off) => return None,
        Some(RuleLevel::At(severity)) => *severity,
        None => rule_named(code)?.severity.unwrap_or(Severity::Warning),
    };
    let (notes, safe) = (Vec::new(), String::new());
    let rule = code.to_owned();
    let finding =
        Finding { rule, severity, revision: id.clone(), span: Span::default(), object: None, text, notes, safe };
    Some(ShownFinding { finding, location })
}
