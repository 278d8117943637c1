//! Objects that depend on unmodelled ones, and can be created only where those exist.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::schema::{Attribute, Key, Schema};

/// Returns `to` with [`Attribute::NeedsUnmodelled`] on exactly those objects that cannot be created from the contents
/// of `from`, including transitive dependents.
pub(super) fn with_missing_needs<'s>(from: &Schema, to: Cow<'s, Schema>) -> Cow<'s, Schema> {
    let is_there = |need: &str| from.unmodelled.iter().any(|other| format!("{} {}", other.kind, other.name) == need);
    let told = to.objects().filter(|object| object.has(Attribute::NeedsUnmodelled));
    let mut missing: BTreeMap<Key, Vec<String>> = told
        .map(|object| {
            let needed = object.list(Attribute::NeedsUnmodelled).iter().filter(|need| !is_there(need)).cloned();
            (object.key.clone(), needed.collect())
        })
        .collect();
    if missing.is_empty() {
        return to;
    }
    while let Some((key, need)) = next_above(&to, &missing) {
        missing.insert(key, vec![need]);
    }
    let mut to = to.into_owned();
    for (key, needed) in missing {
        let Some(object) = to.get_mut(&key) else { continue };
        if needed.is_empty() {
            object.attributes.remove(&Attribute::NeedsUnmodelled);
        } else {
            object.set(Attribute::NeedsUnmodelled, needed);
        }
    }
    Cow::Owned(to)
}

/// Returns an object that depends on one that cannot be created, and is not marked itself yet, with a description of
/// that dependency.
fn next_above(schema: &Schema, missing: &BTreeMap<Key, Vec<String>>) -> Option<(Key, String)> {
    let cannot_be_made = |need: &&Key| missing.get(*need).is_some_and(|needed| !needed.is_empty());
    schema.objects().filter(|object| !missing.contains_key(&object.key)).find_map(|object| {
        let need = object.needs.iter().find(cannot_be_made)?;
        Some((object.key.clone(), format!("{} {need}", need.kind.words())))
    })
}
