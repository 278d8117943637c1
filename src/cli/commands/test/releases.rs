//! Results of `--from-tags`: databases of earlier releases, upgraded with today's files.

use serde_json::{Map, json};

use super::Tested;
use super::item::{TestItem, TestOutcome, headline, with_error};
use super::stairs::with_difference;
use crate::cli::report::CommandError;
use crate::cli::schemas::Schemas;
use crate::cli::{json as documents, style, text};
use crate::error_code::ErrorCode;
use crate::project;
use crate::shadow::{ReleaseFailure, check_release};

pub(super) fn tested(pattern: &str, schemas: &Schemas<'_>) -> Result<Tested, CommandError> {
    let service = &schemas.history.service;
    let tags = project::tags(service, pattern)?;
    if tags.is_empty() {
        return Err(CommandError::new(ErrorCode::RefNotFound, format!("no tag matches {pattern}"))
            .hint("`git tag --list` shows the tags; a shallow clone has none: git fetch --tags"));
    }
    let heads = schemas.head()?;
    let mut items = Vec::new();
    let mut empty = 0;
    for tag in &tags {
        let then = project::history_at(service, tag)?;
        if then.graph.is_empty() {
            empty += 1;
            continue;
        }
        let failures = check_release(&schemas.schema_reader(), schemas.history, &then, &heads)?;
        items.push(item(tag, failures));
    }
    let failed = items.iter().filter(|item| item.outcome == TestOutcome::Failed).count();
    let mut parts = vec![format!("{} upgraded to today's heads", text::count(items.len() - failed, "release"))];
    parts.extend((failed > 0).then(|| style::bad(&format!("{failed} failed"))));
    parts.extend((empty > 0).then(|| format!("{} without revisions of the service", text::count(empty, "tag"))));
    let mut counts = Map::new();
    counts.insert("releases".to_owned(), json!([]));
    Ok(Tested { items, summary: vec![parts.join("; ")], counts })
}

fn item(tag: &str, failures: Vec<ReleaseFailure>) -> TestItem {
    let outcome = if failures.is_empty() { TestOutcome::Passed } else { TestOutcome::Failed };
    let mut document = json!({ "tag": tag, "result": if failures.is_empty() { "passed" } else { "failed" } });
    let mut lines = Vec::new();
    for failure in failures {
        let head = |what: &str| headline(&format!("release {tag} {what}"), "");
        let (more, changed) = match failure {
            ReleaseFailure::Rewritten { gone, edited } => {
                let named = |what: &str, ids: &[crate::id::RevisionId]| {
                    (!ids.is_empty()).then(|| format!("  {what}: {}", text::rows(ids)))
                };
                let listed = [named("without a file today", &gone), named("edited since", &edited)];
                document["gone"] = documents::strings(&gone).into();
                document["edited"] = documents::strings(&edited).into();
                let head = head("has revisions that were changed after it");
                ([head].into_iter().chain(listed.into_iter().flatten()).collect(), document)
            }
            ReleaseFailure::Then(error) => with_error(head("cannot be replayed from its own files"), document, error),
            ReleaseFailure::Upgrade(error) => with_error(head("cannot be upgraded"), document, error),
            ReleaseFailure::Differs(schemas) => {
                let what = "leads to another schema than an empty database; what differs from it:";
                with_difference(head(what), document, &schemas)
            }
        };
        let more: Vec<String> = more;
        lines.extend(more);
        document = changed;
    }
    TestItem { group: "releases", name: tag.to_owned(), path: None, outcome, lines, document }
}
