//! Objects that are created or dropped implicitly with another one: columns with their table, a sequence with its
//! owning column, a partition's index with the index it is attached to.

use std::collections::{BTreeMap, BTreeSet};

use super::action::{ObjectAction, ObjectActions};
use super::links::parent;
use crate::dialects::postgres::schema::{create, name, text};
use crate::schema::{Attribute, Key, Kind, Object, Schema};

/// For each object without a statement of its own, the object it is created or dropped with.
#[derive(Debug, Default)]
pub(super) struct CascadeGroups<'s> {
    created_with: BTreeMap<&'s Key, &'s Key>,
    dropped_with: BTreeMap<&'s Key, &'s Key>,
}

impl<'s> CascadeGroups<'s> {
    pub(super) fn new(actions: &ObjectActions<'s>) -> Self {
        let mut groups = Self::default();
        let circular = circular_references(actions);
        let owners = owning_columns(actions.from);
        for (key, action) in actions.iter() {
            if actions.is_created(key) || action == ObjectAction::Swap {
                groups.carry(key, actions);
            }
            if let Some(above) = foreign_key_above(key, actions, &circular) {
                groups.dropped_with.insert(key, above);
            } else if actions.is_dropped(key) && !circular.contains(key) {
                let whole = leaves_with(key, actions, &owners);
                groups.dropped_with.extend(whole.map(|whole| (key, whole)));
            }
        }
        groups
    }

    fn carry(&mut self, key: &'s Key, actions: &ObjectActions<'s>) {
        let Some(object) = actions.to.get(key) else { return };
        for carried in create::carried(object, actions.to) {
            if carried.key != *key {
                self.created_with.insert(&carried.key, key);
            }
        }
        if create::is_attached_exclusion(object) {
            let above = index_above(object, actions.to).filter(|above| actions.is_created(&above.key));
            let table = parent(key, actions.to);
            let whole = above.filter(|above| !self.created_with.contains_key(&above.key)).or(table);
            self.created_with.extend(whole.map(|whole| (key, &whole.key)));
        }
        // ADD COLUMN or ADD CHECK on the parent reaches only tables that are its children by then: a table that joins
        // later has its own.
        let is_under = |above: &&Object| {
            actions.get(&above.key).is_some()
                && !actions.is_of_swapped_type(&above.key)
                && is_tied(object, above, actions.from)
                && actions.stays_below(&object.key, &above.key)
        };
        if follows(object, actions.to)
            && let Some(above) = same_above(object, actions.to).find(is_under)
        {
            self.created_with.entry(key).or_insert(&above.key);
        }
    }

    /// Returns the object that this one is created with; itself if it has its own statement.
    pub(super) fn created_with(&self, key: &'s Key) -> &'s Key {
        follow(&self.created_with, key)
    }

    /// Returns the object that this one is dropped with; itself if it has its own statement.
    pub(super) fn dropped_with(&self, key: &'s Key) -> &'s Key {
        follow(&self.dropped_with, key)
    }
}

fn follow<'s>(whole: &BTreeMap<&'s Key, &'s Key>, key: &'s Key) -> &'s Key {
    let mut key = key;
    // Four levels at most: index, column, table, parent table. The bound guards against cycles.
    for _ in 0..64 {
        match whole.get(key) {
            Some(next) => key = next,
            None => return key,
        }
    }
    key
}

fn leaves_with<'s>(key: &'s Key, actions: &ObjectActions<'s>, owners: &BTreeMap<&'s Key, &'s Key>) -> Option<&'s Key> {
    let object = actions.from.get(key)?;
    if is_in_the_way(object, actions) {
        return None;
    }
    if let Some(whole) = parent(key, actions.from).filter(|whole| actions.is_dropped(&whole.key)) {
        return Some(&whole.key);
    }
    if key.kind == Kind::Index || key.kind.is_constraint() {
        // The server refuses to drop a column that an exclusion constraint has in an expression or its condition.
        let column = actions.old_links.below(object).into_iter().find(|need| {
            let is_own = need.table == key.table && need.namespace == key.namespace;
            need.kind == Kind::Column && key.kind != Kind::Exclusion && is_own && actions.is_dropped(need)
        });
        // A detached partition keeps its indexes, so that those do not go with the parent's.
        let is_tied = parent(key, actions.from).is_some_and(|table| !actions.leaves_parent(table));
        let above = || {
            index_above(object, actions.from)
                .filter(|above| is_tied && actions.is_dropped(&above.key))
                .map(|above| &above.key)
        };
        if let Some(whole) = column.or_else(above) {
            return Some(whole);
        }
    }
    if key.kind == Kind::Sequence {
        return owners.get(key).copied().filter(|column| actions.is_dropped(column));
    }
    if follows(object, actions.from) {
        // A replaced check is dropped and added on the parent, which recurses to its children.
        let goes = |above: &Key| {
            actions.is_dropped(above) && !actions.drops_only(above)
                || above.kind == Kind::Check && actions.get(above) == Some(ObjectAction::Replace)
        };
        // Only while the table remains a child. Otherwise it leaves its parent first, which makes the column or check
        // local.
        let takes = |above: &&Object| {
            goes(&above.key)
                && is_tied(object, above, actions.to)
                && actions.stays_below(key, &above.key)
                && !actions.is_of_swapped_type(&above.key)
        };
        return same_above(object, actions.from).find(takes).map(|above| &above.key);
    }
    None
}

/// Returns whether the object exists only because the parent, or the type of its typed table, has it.
pub(super) fn follows(object: &Object, schema: &Schema) -> bool {
    object.has(Attribute::Inherited)
        || object.key.kind == Kind::Column
            && parent(&object.key, schema).is_some_and(|table| table.has(Attribute::OfType))
}

/// Returns whether, in `schema`, the table of `part` is a child of the table of `above`.
pub(super) fn is_tied(part: &Object, above: &Object, schema: &Schema) -> bool {
    let tables = parent(&part.key, schema).map(|table| tables_above(table, schema)).unwrap_or_default();
    let is_same = |table: &Object| {
        table.key.namespace == above.key.namespace && Some(&table.key.name) == above.key.table.as_ref()
    };
    tables.into_iter().any(is_same)
}

/// Returns whether an index or constraint uses a column that changes its type. It then needs a drop of its own before
/// that, because the object that it would otherwise be dropped with may have to wait.
fn is_in_the_way(object: &Object, actions: &ObjectActions<'_>) -> bool {
    let is_retyped = |need: &&Key| {
        need.kind == Kind::Column && actions.get(need) == Some(ObjectAction::Alter) && actions.is_retyped(need)
    };
    let is_meant = object.key.kind == Kind::Index || object.key.kind.is_constraint();
    let is_tied = object.has(Attribute::PartitionOf) || object.has(Attribute::Inherited);
    is_meant && !is_tied && actions.old_links.below(object).iter().any(is_retyped)
}

/// Returns the objects of the same name in the parents of the object's table.
pub(in crate::dialects::postgres::schema) fn same_above<'s>(
    object: &Object,
    schema: &'s Schema,
) -> impl Iterator<Item = &'s Object> {
    let tables = parent(&object.key, schema).map(|table| tables_above(table, schema)).unwrap_or_default();
    let own = object.key.clone();
    tables.into_iter().filter_map(move |table| {
        let key = Key { namespace: table.key.namespace.clone(), table: Some(table.key.name.clone()), ..own.clone() };
        schema.get(&key)
    })
}

/// Returns the parents of a table (by partitioning or inheritance), and its composite type.
pub(super) fn tables_above<'s>(table: &Object, schema: &'s Schema) -> Vec<&'s Object> {
    let partitioned = table.text(Attribute::PartitionOf).map(str::to_owned);
    let names = partitioned.into_iter().chain(table.list(Attribute::Inherits).iter().cloned());
    let tables = names.filter_map(|name| schema.get(&named(Kind::Table, &name)?));
    let of_type = table.text(Attribute::OfType).and_then(|name| schema.get(&named(Kind::Composite, name)?));
    tables.chain(of_type).collect()
}

/// Returns the key for a qualified name.
fn named(kind: Kind, name: &str) -> Option<Key> {
    let names = text::names(name);
    match names.as_slice() {
        [namespace, name] => Some(Key::new(kind, Some(namespace), name)),
        [name] => Some(Key::new(kind, None, name)),
        _ => None,
    }
}

/// Returns the index, or the constraint with the index, that a partition's index or constraint is attached to.
pub(super) fn index_above<'s>(object: &Object, schema: &'s Schema) -> Option<&'s Object> {
    let names = text::names(object.text(Attribute::PartitionOf)?);
    let [namespace, name] = names.as_slice() else { return None };
    let table = parent(&object.key, schema)?;
    tables_above(table, schema).into_iter().find_map(|above| {
        [Kind::Index, Kind::PrimaryKey, Kind::Unique, Kind::Exclusion].into_iter().find_map(|kind| {
            let key = Key::of_table(kind, Some(namespace), &above.key.name, name);
            schema.get(&key)
        })
    })
}

/// Returns the owned sequences with their owning columns.
pub(super) fn owning_columns(schema: &Schema) -> BTreeMap<&Key, &Key> {
    let column = |sequence: &Object| schema.get(&text::owning_column(sequence)?).map(|column| &column.key);
    schema
        .objects()
        .filter(|object| object.key.kind == Kind::Sequence)
        .filter_map(|sequence| Some((&sequence.key, column(sequence)?)))
        .collect()
}

/// The foreign key of the table above that takes along the inherited one `key`, where that one goes by itself and the server
/// refuses to drop the inherited one.
fn foreign_key_above<'s>(key: &'s Key, actions: &ObjectActions<'s>, circular: &BTreeSet<&'s Key>) -> Option<&'s Key> {
    let link = actions.from.get(key).filter(|_| key.kind == Kind::ForeignKey && actions.is_dropped(key))?;
    let goes_alone = |above: &&Object| {
        actions.is_dropped(&above.key)
            && (circular.contains(&above.key)
                || parent(&above.key, actions.from).is_some_and(|table| !actions.is_dropped(&table.key)))
    };
    let inherited = Some(link).filter(|link| link.has(Attribute::Inherited))?;
    same_above(inherited, actions.from).find(goes_alone).map(|above| &above.key)
}

/// Returns the foreign keys, policies and rules by which dropped tables refer to each other in a cycle. They are
/// dropped first, in statements of their own.
fn circular_references<'s>(actions: &ObjectActions<'s>) -> BTreeSet<&'s Key> {
    let refers = |key: &Key| matches!(key.kind, Kind::ForeignKey | Kind::Policy | Kind::Rule);
    let mut links: Vec<(&'s Key, Key, &'s Key)> = Vec::new();
    for (key, _) in actions.iter().filter(|(key, _)| refers(key) && actions.is_dropped(key)) {
        let Some(table) = parent(key, actions.from).map(|table| &table.key).filter(|table| actions.is_dropped(table))
        else {
            continue;
        };
        for target in
            referred_tables(key, actions).into_iter().filter(|target| *target != table && actions.is_dropped(target))
        {
            links.push((key, target.clone(), table));
        }
    }
    // Kahn's algorithm: a table without references to it can be dropped, which frees others. What is left is part of a
    // cycle, or below one.
    let mut pointed: BTreeMap<Key, usize> = BTreeMap::new();
    let mut by_table: BTreeMap<&Key, Vec<usize>> = BTreeMap::new();
    for (number, (_, target, table)) in links.iter().enumerate() {
        *pointed.entry(target.clone()).or_default() += 1;
        by_table.entry(table).or_default().push(number);
    }
    let mut free: Vec<Key> =
        by_table.keys().filter(|table| !pointed.contains_key(**table)).map(|table| (*table).clone()).collect();
    let mut kept: BTreeSet<usize> = (0..links.len()).collect();
    while let Some(table) = free.pop() {
        for number in by_table.get(&table).into_iter().flatten() {
            kept.remove(number);
            let Some((_, target, _)) = links.get(*number) else { continue };
            if let Some(count) = pointed.get_mut(target) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    free.push(target.clone());
                }
            }
        }
    }
    kept.into_iter().filter_map(|number| links.get(number).map(|(key, _, _)| *key)).collect()
}

/// Returns the tables that the object refers to, directly or by a column or key.
fn referred_tables<'s>(key: &Key, actions: &ObjectActions<'s>) -> BTreeSet<&'s Key> {
    let needs = actions.from.get(key).map(|object| actions.old_links.below(object)).unwrap_or_default();
    let table = |need: &'s Key| match need.kind {
        Kind::Table => Some(need),
        _ => parent(need, actions.from).map(|whole| &whole.key),
    };
    needs.into_iter().filter_map(table).collect()
}

/// Returns the name of an object in the common name space of relations and types.
pub(in crate::dialects::postgres::schema) fn relation_name(key: &Key) -> Option<String> {
    is_relation_or_type(key.kind).then(|| name::own(key))
}

/// Returns whether objects of this kind have a name in the common name space of relations and types.
pub(in crate::dialects::postgres::schema) const fn is_relation_or_type(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Table
            | Kind::View
            | Kind::MaterializedView
            | Kind::Sequence
            | Kind::Index
            | Kind::PrimaryKey
            | Kind::Unique
            | Kind::Exclusion
            | Kind::Composite
            | Kind::Enum
            | Kind::Domain
            | Kind::Range
    )
}
