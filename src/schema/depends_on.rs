//! Dependencies between objects: creation order and transitive dependents.

use std::collections::{BTreeMap, BTreeSet};

use super::key::{Key, Kind};
use super::model::{Object, Schema};

/// Sorts objects so that each one comes after those it depends on; ties are broken by key. Dependencies outside of
/// `objects` are ignored. In a cycle, the object with the smallest key may come before its dependencies. Reverse the
/// result to drop. Takes O(n log n).
#[must_use]
pub fn in_order<'s>(objects: impl IntoIterator<Item = &'s Object>) -> Vec<&'s Object> {
    let waiting: BTreeMap<&Key, &Object> = objects.into_iter().map(|object| (&object.key, object)).collect();
    let mut placed = BTreeSet::new();
    let mut order = Vec::with_capacity(waiting.len());
    for object in waiting.values() {
        insert_after_dependencies(object, &waiting, &mut placed, &mut order);
    }
    order
}

/// Depth-first search with an explicit stack, because long chains of views would overflow the call stack.
fn insert_after_dependencies<'s>(
    object: &'s Object,
    waiting: &BTreeMap<&'s Key, &'s Object>,
    placed: &mut BTreeSet<&'s Key>,
    order: &mut Vec<&'s Object>,
) {
    let mut stack = vec![(object, false)];
    while let Some((object, needs_placed)) = stack.pop() {
        if needs_placed {
            // Popped for the second time: everything it depends on has been placed.
            order.push(object);
        } else if placed.insert(&object.key) {
            stack.push((object, true));
            let table = tables(&object.key).into_iter().filter_map(|key| waiting.get(&key).copied());
            let needs: Vec<_> = object.needs.iter().filter_map(|key| waiting.get(key).copied()).chain(table).collect();
            stack.extend(needs.into_iter().rev().map(|need| (need, false)));
        }
    }
}

/// Returns the candidates for the owner of an object. Columns also belong to views and composite types, checks to
/// domains.
fn tables(key: &Key) -> Vec<Key> {
    const KINDS: [Kind; 5] = [Kind::Table, Kind::View, Kind::MaterializedView, Kind::Composite, Kind::Domain];
    KINDS.into_iter().filter_map(|kind| key.parent(kind)).collect()
}

/// Returns all transitive dependents of `keys`, without `keys` themselves. Objects of a table depend on the table.
/// Visits the whole schema once.
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
