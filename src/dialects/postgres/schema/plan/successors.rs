//! Keys and indexes that succeed others of their table. An index that is there becomes the key; what has to be built is
//! built before the old one is dropped, so that rows stay unique and queries fast in between.

use std::collections::BTreeMap;

use super::action::{ObjectAction, ObjectActions};
use super::build::Builder;
use super::links::parent;
use super::order::Number;
use super::ownership::relation_name;
use super::step::{PlannedStatement, StepMode, StepPhase};
use crate::dialects::postgres::schema::alter;
use crate::schema::{Attribute, Key, Kind, Object};

/// Steps of a new key or index that is built CONCURRENTLY.
#[derive(Debug, Clone, Copy)]
pub(super) struct ConcurrentBuild {
    pub(super) built: Number,
    /// Step that gives it the name of another one; the same as `built` if the name is free.
    pub(super) named: Number,
}

/// Returns the new keys by the unique indexes that they are made from.
pub(super) fn adopted_indexes<'s>(actions: &ObjectActions<'s>) -> BTreeMap<&'s Key, &'s Key> {
    let mut adopted = BTreeMap::new();
    let added = actions.iter().filter(|(_, action)| *action == ObjectAction::Add);
    for (key, _) in added.filter(|(key, _)| matches!(key.kind, Kind::PrimaryKey | Kind::Unique)) {
        let Some((object, table)) = actions.to.get(key).zip(parent(key, actions.to)) else { continue };
        if table.has(Attribute::PartitionBy) || object.has(Attribute::PartitionOf) {
            continue;
        }
        let mut indexes = actions.from.of_table(&table.key, Kind::Index);
        let index = indexes.find(|index| {
            actions.get(&index.key) == Some(ObjectAction::Drop)
                && !adopted.contains_key(&index.key)
                && is_index_of(index, object)
                && actions.old_links.below(index).iter().all(|need| stays_as_it_is(need, actions))
        });
        if let Some(index) = index {
            adopted.insert(&index.key, key);
        }
    }
    adopted
}

/// Returns whether the key would build the same index.
fn is_index_of(index: &Object, key: &Object) -> bool {
    let Some(definition) = key.text(Attribute::Definition) else { return false };
    let columns = definition.strip_prefix("PRIMARY KEY").or_else(|| definition.strip_prefix("UNIQUE"));
    let Some(columns) = columns.filter(|_| !definition.contains(" WITHOUT OVERLAPS")) else { return false };
    let (columns, nulls) = match columns.strip_prefix(" NULLS NOT DISTINCT") {
        Some(columns) => (columns, " NULLS NOT DISTINCT"),
        None => (columns, ""),
    };
    let same = |attribute| index.attributes.get(&attribute) == key.attributes.get(&attribute);
    index.has(Attribute::IsUnique)
        && ![Attribute::Invalid, Attribute::Comment, Attribute::Statistics, Attribute::PartitionOf]
            .iter()
            .any(|attribute| index.has(*attribute))
        && same(Attribute::Options)
        && same(Attribute::Tablespace)
        && index.text(Attribute::Definition) == Some(&format!("USING btree{columns}{nulls}"))
}

/// Returns whether an index over `need` can stay while this changes.
fn stays_as_it_is(need: &Key, actions: &ObjectActions<'_>) -> bool {
    match actions.get(need) {
        None => true,
        Some(ObjectAction::Alter) => need.kind != Kind::Column || !actions.is_retyped(need),
        Some(_) => false,
    }
}

impl<'s> Builder<'_, 's> {
    /// Makes the key from an index that the table has. The server gives the index the name of the key.
    pub(super) fn make_from_index(&mut self, object: &'s Object, index: &'s Key, lines: Vec<PlannedStatement>) {
        let key = &object.key;
        let Some((_, constraint)) = alter::key_index(object, &index.name) else { return };
        let lines = std::iter::once(PlannedStatement::new(constraint)).chain(lines.into_iter().skip(1)).collect();
        let step = self.steps.add(StepMode::Plain, StepPhase::Tables, key, lines);
        for made in [&mut self.create_starts_at, &mut self.created_at] {
            made.insert(key, step);
        }
        for gone in [&mut self.detached_at, &mut self.dropped_at] {
            gone.insert(index, step);
        }
        self.after_not_null(object, step);
    }

    /// Returns whether another key or index of the table, which is dropped after the build, has the name until then.
    pub(super) fn has_name_of_predecessor(&self, object: &Object) -> bool {
        let name = relation_name(&object.key);
        self.actions.get(&object.key) == Some(ObjectAction::Add)
            && self.predecessors(&object.key).iter().any(|old| relation_name(&old.key) == name)
    }

    /// Returns the dropped keys and indexes of the table of `key` that can stay until others are built.
    fn predecessors(&self, key: &Key) -> Vec<&'s Object> {
        let Some(table) = parent(key, self.actions.from) else { return Vec::new() };
        let kinds = [Kind::PrimaryKey, Kind::Unique, Kind::Exclusion, Kind::Index];
        let objects = kinds.into_iter().flat_map(|kind| self.actions.from.of_table(&table.key, kind));
        let can_stay = |old: &&Object| {
            self.actions.get(&old.key) == Some(ObjectAction::Drop)
                && self.groups.dropped_with(&old.key) == &old.key
                && !self.adopted.contains_key(&old.key)
                && !old.has(Attribute::Invalid)
                && !old.has(Attribute::PartitionOf)
                && self.actions.old_links.below(old).iter().all(|need| self.actions.get(need).is_none())
        };
        objects.filter(can_stay).collect()
    }

    /// Drops old keys, and the foreign keys that refer to them, after the new ones of the table are built; an old index
    /// only after one with the same definition.
    pub(super) fn add_successor_edges(&mut self) {
        for (key, ConcurrentBuild { built, named }) in std::mem::take(&mut self.builds) {
            let Some(new) = self.actions.to.get(key) else { continue };
            let is_unique = |object: &Object| object.key.kind != Kind::Index || object.has(Attribute::IsUnique);
            let is_same = |old: &Object| {
                old.key.kind == Kind::Index
                    && old.attributes.get(&Attribute::Definition) == new.attributes.get(&Attribute::Definition)
            };
            let mut waiting: Vec<&'s Key> = Vec::new();
            let mut users: Vec<&'s Key> = self.actions.old_links.above(key).to_vec();
            users.extend(self.actions.new_links.above(key));
            for old in self.predecessors(key) {
                if is_unique(old) && is_unique(new) || is_same(old) || relation_name(&old.key) == relation_name(key) {
                    waiting.push(&old.key);
                    users.extend(self.actions.old_links.above(&old.key));
                }
                if relation_name(&old.key) == relation_name(key)
                    && let Some(gone) = self.dropped_at.get(&old.key)
                {
                    self.steps.order(*gone, named);
                }
            }
            waiting.extend(users.into_iter().filter(|user| self.is_free_foreign_key(user)));
            for old in waiting {
                if let Some(gone) = self.dropped_at.get(old).copied() {
                    self.steps.order(built, gone);
                }
            }
        }
    }
    /// Returns whether the key is a dropped foreign key whose columns do not change, so that it can be dropped at any
    /// time.
    fn is_free_foreign_key(&self, key: &Key) -> bool {
        let old = self.actions.from.get(key).filter(|_| key.kind == Kind::ForeignKey && self.actions.is_dropped(key));
        old.is_some_and(|old| {
            let mut columns = self.actions.old_links.below(old).into_iter().filter(|need| need.kind == Kind::Column);
            columns.all(|column| self.actions.get(column).is_none())
        })
    }
}
