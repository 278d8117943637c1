//! Who needs whom: orders in which objects can be made, and what stands on an object. Knows keys only.

use std::collections::{BTreeMap, BTreeSet};

use super::key::{Key, Kind};
use super::model::{Object, Schema};

/// The objects in an order in which each comes after all it needs (of those given), else in order of their keys. In a
/// circle, the one with the smallest key comes first. Reverse it for dropping. Takes n log n.
#[must_use]
pub fn in_order<'s>(objects: impl IntoIterator<Item = &'s Object>) -> Vec<&'s Object> {
    let waiting: BTreeMap<&Key, &Object> = objects.into_iter().map(|object| (&object.key, object)).collect();
    let mut placed = BTreeSet::new();
    let mut order = Vec::with_capacity(waiting.len());
    for object in waiting.values() {
        place(object, &waiting, &mut placed, &mut order);
    }
    order
}

/// Depth first, with a stack of its own: a chain of views may be long.
fn place<'s>(
    object: &'s Object,
    waiting: &BTreeMap<&'s Key, &'s Object>,
    placed: &mut BTreeSet<&'s Key>,
    order: &mut Vec<&'s Object>,
) {
    let mut stack = vec![(object, false)];
    while let Some((object, needs_placed)) = stack.pop() {
        if needs_placed {
            order.push(object);
        } else if placed.insert(&object.key) {
            stack.push((object, true));
            let table = tables(&object.key).into_iter().filter_map(|key| waiting.get(&key).copied());
            let needs: Vec<_> = object.needs.iter().filter_map(|key| waiting.get(key).copied()).chain(table).collect();
            stack.extend(needs.into_iter().rev().map(|need| (need, false)));
        }
    }
}

/// What the key's object can belong to. Columns belong to composite types too, checks to domains.
fn tables(key: &Key) -> Vec<Key> {
    const KINDS: [Kind; 5] = [Kind::Table, Kind::View, Kind::MaterializedView, Kind::Composite, Kind::Domain];
    KINDS.into_iter().filter_map(|kind| key.parent(kind)).collect()
}

/// Everything that stands on one of `keys`, directly or through others, without these themselves; what belongs to a
/// table stands on it. Takes the time of the whole schema once.
#[must_use]
pub fn dependents<'s>(schema: &'s Schema, keys: impl IntoIterator<Item = &'s Key>) -> BTreeSet<&'s Key> {
    let mut above: BTreeMap<&Key, Vec<&'s Key>> = BTreeMap::new();
    let parents: Vec<_> = schema.objects().map(|object| (tables(&object.key), &object.key)).collect();
    for object in schema.objects() {
        for need in &object.needs {
            above.entry(need).or_default().push(&object.key);
        }
    }
    for (parents, key) in &parents {
        for parent in parents {
            above.entry(parent).or_default().push(key);
        }
    }
    let given: BTreeSet<_> = keys.into_iter().collect();
    let mut found = BTreeSet::new();
    let mut next: Vec<&Key> = given.iter().copied().collect();
    while let Some(key) = next.pop() {
        for dependent in above.get(key).into_iter().flatten() {
            if !given.contains(dependent) && found.insert(*dependent) {
                next.push(dependent);
            }
        }
    }
    found
}
