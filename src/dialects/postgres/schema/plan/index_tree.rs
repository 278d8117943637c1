//! Index trees: an index, key or exclusion constraint of a partitioned table, with the indexes of its partitions that
//! are attached to it, level by level.
//!
//! The server drops a tree only as a whole, by its root, and cannot detach an index. A change that removes an index
//! from a tree therefore rebuilds every index above it.

use std::collections::BTreeMap;

use super::action::{ObjectAction, ObjectActions};
use super::links::parent;
use super::ownership::{CascadeGroups, index_above};
use crate::dialects::postgres::schema::{create, name};
use crate::schema::{Attribute, Key, Kind, Object, Schema};

/// Returns whether objects of this kind have an index that can be part of a tree.
pub(in crate::dialects::postgres::schema) const fn has_index(kind: Kind) -> bool {
    matches!(kind, Kind::Index | Kind::PrimaryKey | Kind::Unique | Kind::Exclusion)
}

/// Returns whether the object's table is partitioned.
fn is_of_partitioned(key: &Key, schema: &Schema) -> bool {
    parent(key, schema).is_some_and(|table| table.has(Attribute::PartitionBy))
}

/// Returns the indexes that are directly attached to each index.
pub(super) fn attached_indexes(schema: &Schema) -> BTreeMap<&Key, Vec<&Object>> {
    let mut attached: BTreeMap<&Key, Vec<&Object>> = BTreeMap::new();
    for object in schema.objects().filter(|object| has_index(object.key.kind) && object.has(Attribute::PartitionOf)) {
        if let Some(above) = index_above(object, schema) {
            attached.entry(&above.key).or_default().push(object);
        }
    }
    attached
}

/// Returns `true` if a constraint has an index in the tree below the index `root`.
pub(super) fn has_constraint_below(root: &Key, schema: &Schema) -> bool {
    if !is_of_partitioned(root, schema) {
        return false;
    }
    let attached = schema.objects().filter(|object| has_index(object.key.kind) && object.has(Attribute::PartitionOf));
    let mut constraints = attached.filter(|object| object.key.kind != Kind::Index);
    constraints.any(|constraint| {
        let mut above = index_above(constraint, schema);
        while let Some(index) = above.filter(|index| index.key != *root) {
            above = index_above(index, schema);
        }
        above.is_some()
    })
}

impl<'s> ObjectActions<'s> {
    /// Returns whether the table is a partition that is dropped or detached, perhaps to be attached again later.
    pub(super) fn leaves_parent(&self, table: &Object) -> bool {
        if !table.has(Attribute::PartitionOf) {
            return false;
        }
        let place = |object: &Object| {
            [Attribute::PartitionOf, Attribute::PartitionBound].map(|name| object.text(name).map(str::to_owned))
        };
        let after = self.to.get(&table.key);
        self.is_dropped(&table.key)
            || self.detached.contains(&table.key)
            || after.is_none_or(|after| place(after) != place(table))
    }

    /// Returns whether the table of the new schema is a partition that is attached by the script.
    pub(super) fn enters_parent(&self, table: &Object) -> bool {
        let before = self.from.get(&table.key);
        table.has(Attribute::PartitionOf)
            && before.is_none_or(|before| !before.has(Attribute::PartitionOf) || self.leaves_parent(before))
    }

    /// Rebuilds the indexes that the server can neither change nor drop because of their trees. Returns whether there
    /// were any.
    pub(super) fn rebuild_index_trees(&mut self) -> bool {
        let mut has_changed = false;
        loop {
            let mut rebuilt = self.changed_in_trees();
            rebuilt.extend(self.torn_trees());
            rebuilt.extend(self.trees_with_missing_branches());
            rebuilt.extend(self.indexes_before_their_twins());
            rebuilt.retain(|key| !self.is_dropped(key));
            if rebuilt.is_empty() {
                return has_changed;
            }
            has_changed = true;
            for key in rebuilt {
                self.set(key, ObjectAction::Rebuild);
            }
        }
    }

    /// Returns the indexes with a new definition, and those of partitioned tables with new options, which the server
    /// rejects for them.
    fn changed_in_trees(&self) -> Vec<&'s Key> {
        let is_changed = |key: &Key, action: ObjectAction| {
            let (Some(before), Some(after)) = (self.from.get(key), self.to.get(key)) else { return false };
            let is_whole = is_of_partitioned(key, self.from) && is_of_partitioned(key, self.to);
            let has_other_options = before.list(Attribute::Options) != after.list(Attribute::Options);
            match action {
                ObjectAction::Replace => is_whole || before.has(Attribute::PartitionOf),
                ObjectAction::Alter => is_whole && has_other_options,
                _ => false,
            }
        };
        let changed = self.iter().filter(|(key, action)| has_index(key.kind) && is_changed(key, *action));
        changed.map(|(key, _)| key).collect()
    }

    /// Returns the indexes that are dropped with the index above, and those above an index that leaves its tree.
    fn torn_trees(&self) -> Vec<&'s Key> {
        let mut rebuilt = Vec::new();
        for (above, attached) in attached_indexes(self.from) {
            for object in attached {
                if parent(&object.key, self.from).is_none_or(|table| self.leaves_parent(table)) {
                    continue; // detached with its table, it becomes independent
                }
                let stays = self.to.get(&object.key).filter(|_| !self.is_dropped(&object.key));
                let above_of = |object: &'s Object| object.text(Attribute::PartitionOf);
                // An index that stays is dropped with the one above and must be re-created; one that leaves the tree,
                // or is dropped alone, requires that the one above is dropped.
                match (self.is_dropped(above), stays) {
                    (true, Some(_)) => rebuilt.push(&object.key),
                    (false, after) if after.and_then(above_of) != above_of(object) => rebuilt.push(above),
                    _ => {}
                }
            }
        }
        rebuilt
    }

    /// Returns indexes that will have no branch in a partition that is attached: ATTACH PARTITION would create one.
    fn trees_with_missing_branches(&self) -> Vec<&'s Key> {
        let tables = self.to.objects().filter(|object| object.key.kind == Kind::Table && self.enters_parent(object));
        tables.flat_map(|table| missing_branches(table, self.to)).map(|object| &object.key).collect()
    }

    /// Indexes of a table that becomes a partition, where a new index with the same columns is to be attached: ATTACH PARTITION
    /// would attach the one that is there.
    fn indexes_before_their_twins(&self) -> Vec<&'s Key> {
        let tables = self.to.objects().filter(|object| object.key.kind == Kind::Table && self.enters_parent(object));
        let indexes = tables.flat_map(|table| indexes_of(&table.key, self.to));
        let is_first = |index: &&Object| {
            let mut twins = create::twins(index, self.to).filter(|twin| twin.has(Attribute::PartitionOf));
            self.from.get(&index.key).is_some()
                && create::has_attached_twin(index, self.to)
                && twins.any(|twin| self.is_created(&twin.key))
        };
        indexes.filter(is_first).map(|index| &index.key).collect()
    }
}

/// Returns the indexes of the parent of `partition` to which no index of the partition is attached.
pub(super) fn missing_branches<'s>(partition: &Object, schema: &'s Schema) -> Vec<&'s Object> {
    let Some(above) = super::ownership::tables_above(partition, schema).into_iter().next() else { return Vec::new() };
    let attached: Vec<&str> =
        indexes_of(&partition.key, schema).filter_map(|index| index.text(Attribute::PartitionOf)).collect();
    indexes_of(&above.key, schema).filter(|index| !attached.contains(&name::own(&index.key).as_str())).collect()
}

fn indexes_of<'s>(table: &Key, schema: &'s Schema) -> impl Iterator<Item = &'s Object> {
    [Kind::PrimaryKey, Kind::Unique, Kind::Exclusion, Kind::Index]
        .into_iter()
        .flat_map(|kind| schema.of_table(table, kind))
}

/// Trees that are created in one step each.
#[derive(Debug, Default)]
pub(super) struct NewTrees<'s> {
    /// Objects of each tree by its root, children before parents; the root is the last one.
    trees: BTreeMap<&'s Key, Vec<&'s Object>>,
    /// Root of each object below a root.
    roots: BTreeMap<&'s Key, &'s Key>,
    /// Direct children of each index in the new schema.
    attached: BTreeMap<&'s Key, Vec<&'s Object>>,
}

impl<'s> NewTrees<'s> {
    pub(super) fn new(actions: &ObjectActions<'s>, groups: &CascadeGroups<'s>) -> Self {
        let mut new = Self { attached: attached_indexes(actions.to), ..Self::default() };
        let is_made = |key: &'s Key| {
            actions.is_created(key) && groups.created_with(key) == key && is_of_partitioned(key, actions.to)
        };
        for (key, _) in actions.iter().filter(|(key, _)| has_index(key.kind) && is_made(key)) {
            let Some(root) = actions.to.get(key) else { continue };
            if index_above(root, actions.to).is_some_and(|above| is_made(&above.key)) {
                continue;
            }
            let mut objects = Vec::new();
            new.collect(root, &is_made, &mut objects);
            new.roots.extend(objects.iter().map(|object| (&object.key, key)).filter(|(below, _)| *below != key));
            new.trees.insert(key, objects);
        }
        new
    }

    fn collect(&self, object: &'s Object, is_made: &impl Fn(&'s Key) -> bool, found: &mut Vec<&'s Object>) {
        for below in self.attached.get(&object.key).into_iter().flatten().filter(|_| is_made(&object.key)) {
            self.collect(below, is_made, found);
        }
        found.push(object);
    }

    /// Returns the objects of the tree with this root.
    pub(super) fn tree(&self, root: &Key) -> Option<&[&'s Object]> {
        self.trees.get(root).map(Vec::as_slice)
    }

    /// Returns whether the object is attached by the step of its root.
    pub(super) fn is_branch(&self, key: &Key) -> bool {
        self.roots.contains_key(key)
    }

    /// Returns the objects that are directly attached to `key`.
    pub(super) fn attached_to(&self, key: &Key) -> &[&'s Object] {
        self.attached.get(key).map_or(&[], Vec::as_slice)
    }
}
