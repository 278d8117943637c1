//! JSON documents of `--json`.

use serde_json::{Value, json};

use crate::engine::{self, Changed, RunOutcome};
use crate::graph::Plan;
use crate::id::RevisionId;
use crate::project::History;
use crate::project::recorded::RecordedRevision;

/// Document of a revision.
pub fn revision(history: &History, id: &RevisionId) -> Value {
    let Some(entry) = history.graph.index_of(id.as_str()).and_then(|index| history.entries.get(index)) else {
        return json!({ "revision": id.as_str() });
    };
    let header = &entry.header;
    let facts = history.graph.facts(id.as_str());
    let mut document = json!({
        "revision": id.as_str(),
        "down_revision": strings(&header.down_revisions),
        "depends_on": strings(&header.depends_on),
        "branch_labels": header.options.branch_labels,
        "message": header.message,
        "created": header.created,
        "path": entry.recorded.is_none().then(|| entry.path.display().to_string()),
        "is_head": facts.is_head,
        "is_base": facts.is_base,
        "is_branch_point": facts.is_branch_point,
        "is_merge_point": facts.is_merge_point,
    });
    if !history.replaces(id).is_empty() {
        document["replaces"] = json!(strings(history.replaces(id)));
    }
    document
}

/// Documents of the applied revisions that have no file, in the order in which they were applied.
pub fn ahead(history: &History) -> Vec<Value> {
    let one = |revision: &RecordedRevision| {
        let RecordedRevision { header, applied_at, os_user, host, .. } = revision;
        json!({
            "revision": header.revision.as_str(), "message": header.message,
            "applied_at": applied_at, "os_user": os_user, "host": host,
        })
    };
    history.recorded().map(one).collect()
}

/// Documents of applied revisions whose files no longer match what was applied.
pub fn changed(changed: &[Changed]) -> Value {
    let one = |changed: &Changed| {
        let path = changed.path.as_ref().map(|path| path.display().to_string());
        json!({ "revision": changed.revision.as_str(), "what": changed.what.name(), "path": path })
    };
    changed.iter().map(one).collect()
}

/// Documents of several revisions.
pub fn revisions<'a>(history: &History, ids: impl IntoIterator<Item = &'a RevisionId>) -> Vec<Value> {
    ids.into_iter().map(|id| revision(history, id)).collect()
}

/// Phase that each pending revision waits for.
pub fn phases(history: &History, pending: &[RevisionId]) -> Value {
    let phases = engine::phases(history, pending);
    let named = pending.iter().filter_map(|id| Some((id.to_string(), json!(phases.get(id)?.name()))));
    Value::Object(named.collect())
}

/// Formats each item of a list.
pub fn strings<T: ToString>(items: &[T]) -> Vec<String> {
    items.iter().map(ToString::to_string).collect()
}

/// Document of `upgrade`, `downgrade` and `stamp` for one service. `outcome` is `None` for a plan that was not run.
pub fn plan(history: &History, plan: &Plan, outcome: Option<&RunOutcome>, applied: bool) -> Value {
    let steps = plan.steps.iter().zip(plan.rows_after_steps()).enumerate();
    let steps = steps.map(|(index, (step, rows))| {
        let entry = history.graph.index_of(step.revision.as_str()).and_then(|index| history.entries.get(index));
        let duration = outcome.and_then(|outcome| outcome.durations.get(index));
        json!({
            "revision": step.revision.as_str(),
            "operation": step.operation.name(),
            "message": entry.and_then(|entry| entry.header.message.clone()),
            "rows": strings(&rows),
            "duration_ms": duration.map(|duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)),
        })
    });
    json!({
        "service": history.service.name,
        "direction": plan.direction.name(),
        "from": strings(&plan.from),
        "to": strings(&plan.to),
        "steps": steps.collect::<Vec<_>>(),
        "applied": applied,
        "ahead": ahead(history),
    })
}

/// Reduces the document to what a failed run achieved: the steps that were applied and persist, and the rows after
/// them.
pub fn part(mut document: Value, outcome: &RunOutcome) -> Value {
    let done = outcome.durations.len();
    let rows = done.checked_sub(1).and_then(|last| outcome.plan.rows_after_steps().nth(last));
    document["to"] = json!(strings(rows.as_deref().unwrap_or(&outcome.plan.from)));
    if let Some(steps) = document["steps"].as_array_mut() {
        steps.truncate(done);
    }
    document
}
