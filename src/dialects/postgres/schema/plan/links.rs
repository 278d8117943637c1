//! Dependencies between the objects of one schema, including those of an object on its table.

use std::collections::BTreeMap;

use crate::schema::{Key, Kind, Object, Schema};

/// Dependencies of a schema's objects in both directions.
#[derive(Debug)]
pub(in crate::dialects::postgres::schema) struct Links<'s> {
    schema: &'s Schema,
    above: BTreeMap<&'s Key, Vec<&'s Key>>,
}

/// Kinds that can own other objects.
const PARENTS: [Kind; 5] = [Kind::Table, Kind::View, Kind::MaterializedView, Kind::Composite, Kind::Domain];

impl<'s> Links<'s> {
    /// Collects the dependencies. Takes O(n log n).
    pub(in crate::dialects::postgres::schema) fn new(schema: &'s Schema) -> Self {
        let mut links = Self { schema, above: BTreeMap::new() };
        for object in schema.objects() {
            for need in links.below(object) {
                links.above.entry(need).or_default().push(&object.key);
            }
        }
        links
    }

    /// Returns the objects that `object` depends on, if they are in the schema.
    pub(in crate::dialects::postgres::schema) fn below(&self, object: &Object) -> Vec<&'s Key> {
        let known = |key: &Key| self.schema.get(key).map(|object| &object.key);
        let mut found: Vec<&'s Key> = object.needs.iter().filter_map(known).collect();
        found.extend(parent(&object.key, self.schema).map(|parent| &parent.key));
        found.retain(|key| **key != object.key);
        found
    }

    /// Returns the direct dependents of an object.
    pub(in crate::dialects::postgres::schema) fn above(&self, key: &Key) -> &[&'s Key] {
        self.above.get(key).map_or(&[], Vec::as_slice)
    }

    /// Returns whether `object` depends on `key`.
    pub(in crate::dialects::postgres::schema) fn is_below(&self, key: &Key, object: &Object) -> bool {
        object.needs.contains(key) || parent(&object.key, self.schema).is_some_and(|parent| parent.key == *key)
    }
}

/// Returns the table, view, composite type or domain that an object belongs to.
pub(in crate::dialects::postgres::schema) fn parent<'s>(key: &Key, schema: &'s Schema) -> Option<&'s Object> {
    key.table.as_ref()?;
    PARENTS.into_iter().filter_map(|kind| key.parent(kind)).find_map(|parent| schema.get(&parent))
}
