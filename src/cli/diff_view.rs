//! Differences of schemas, as text and as JSON.

use console::Style;
use serde_json::{Value, json};

use super::{style, text};
use crate::autogenerate::{Sign, Summary};
use crate::schema::{Rename, Schema, Unmodelled, difference};

/// Lines of a difference: a mark, the kind and name of the object, details.
pub fn lines(changes: &[Summary]) -> Vec<String> {
    changes.iter().flat_map(line).collect()
}

fn line(change: &Summary) -> Vec<String> {
    let (mark, details) = (change.sign.mark(), &change.details);
    let head = format!("{mark} {} {}", change.key.kind.words(), change.key);
    let coloured = |text: &str| {
        let style = match change.sign {
            Sign::Add => Style::new().green(),
            Sign::Drop => Style::new().red(),
            Sign::Alter => Style::new().yellow(),
            Sign::Rename => Style::new().cyan(),
        };
        style.apply_to(text).to_string()
    };
    match (change.sign, details.as_slice()) {
        (_, []) => vec![coloured(&head)],
        (Sign::Alter, several) => {
            let below = several.iter().map(|detail| format!("    {detail}"));
            [coloured(&head)].into_iter().chain(below).collect()
        }
        (_, details) => vec![format!("{}  {}", coloured(&head), style::faint(&details.join("; ")))],
    }
}

/// Lists what is not modelled in one line, at most ten names; `None` if there is nothing to list.
pub fn unmodelled_line<'u>(unmodelled: impl IntoIterator<Item = &'u Unmodelled>) -> Option<String> {
    let all: Vec<_> = unmodelled.into_iter().map(|found| format!("{} {}", found.kind, found.name)).collect();
    if all.is_empty() {
        return None;
    }
    let shown = all.iter().take(10).cloned().collect::<Vec<_>>().join(", ");
    let more = if all.len() > 10 { format!(" and {} more", all.len() - 10) } else { String::new() };
    let count = text::count(all.len(), "object");
    Some(style::faint(&format!("not modelled, and not compared: {count}: {shown}{more}")))
}

/// Compares two schemas; returns the changes, and what is not modelled on either side.
pub fn compared(from: &Schema, to: &Schema, renames: &[Rename]) -> (Vec<Summary>, Vec<Unmodelled>) {
    let found = difference(from, to);
    (crate::autogenerate::summary(&found, renames), found.unmodelled.into_iter().cloned().collect())
}

/// Changes for `--json`.
pub fn document(changes: &[Summary]) -> Value {
    changes.iter().map(change).collect()
}

fn change(change: &Summary) -> Value {
    let attributes = change.attributes.iter().map(|(name, before, after)| {
        let name =
            serde_json::to_value(name).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
        (name, json!({ "before": before, "after": after }))
    });
    json!({
        "change": change.sign.name(),
        "kind": change.key.kind,
        "name": change.key.to_string(),
        "key": change.key,
        "details": change.details,
        "attributes": Value::Object(attributes.collect()),
    })
}

/// Objects that are not modelled, for `--json`.
pub fn unmodelled<'u>(unmodelled: impl IntoIterator<Item = &'u Unmodelled>) -> Value {
    unmodelled.into_iter().map(|found| json!({ "kind": found.kind, "name": found.name })).collect()
}
