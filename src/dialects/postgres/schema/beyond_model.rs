//! Objects that depend on unmodelled ones, and can be created only where those exist.

use std::borrow::Cow;
use std::collections::{BTreeMap, VecDeque};

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
    mark_dependents(&to, &mut missing);
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

/// Marks the objects that depend on one that cannot be created, directly or through others, each with a description of
/// one such dependency.
fn mark_dependents(schema: &Schema, missing: &mut BTreeMap<Key, Vec<String>>) {
    let mut dependents: BTreeMap<&Key, Vec<&Key>> = BTreeMap::new();
    for object in schema.objects() {
        for need in &object.needs {
            dependents.entry(need).or_default().push(&object.key);
        }
    }
    let cannot_be_made = missing.iter().filter(|(_, needed)| !needed.is_empty());
    let mut found: VecDeque<Key> = cannot_be_made.map(|(key, _)| key.clone()).collect();
    while let Some(need) = found.pop_front() {
        for key in dependents.get(&need).into_iter().flatten() {
            if !missing.contains_key(*key) {
                missing.insert((*key).clone(), vec![format!("{} {need}", need.kind.words())]);
                found.push_back((*key).clone());
            }
        }
    }
}
