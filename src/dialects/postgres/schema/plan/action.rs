//! Action for each object: kept, altered in place, or dropped and re-created because an object that it depends on
//! changes. Encodes which changes PostgreSQL makes in place; the statements are built elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::links::{Links, parent};
use super::ownership::owning_columns;
use crate::dialects::postgres::schema::{alter, name, text};
use crate::schema::{Attribute, Change, Key, Kind, Schema, difference};

/// Action for an object that changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::dialects::postgres::schema) enum ObjectAction {
    /// Create a new object.
    Add,
    /// Drop the object.
    Drop,
    /// Alter the object in place.
    Alter,
    /// Give an existing object a new definition: CREATE OR REPLACE for a view or routine, a second one for an index or
    /// constraint.
    Replace,
    /// Drop and re-create the object.
    Rebuild,
    /// Create a new type or collation beside the old one, and move its columns over.
    Swap,
}

/// Actions for all objects that do not stay as they are.
#[derive(Debug)]
pub(in crate::dialects::postgres::schema) struct ObjectActions<'s> {
    pub(in crate::dialects::postgres::schema) from: &'s Schema,
    pub(in crate::dialects::postgres::schema) to: &'s Schema,
    actions: BTreeMap<&'s Key, ObjectAction>,
    /// Objects that are disconnected for a while: columns whose default uses a routine that is re-created, children
    /// that leave their parent, and sequences that have no owner while its table is re-created.
    pub(in crate::dialects::postgres::schema) detached: BTreeSet<&'s Key>,
    /// Columns whose type is written again although its name stays the same, because a new type takes over the name.
    pub(in crate::dialects::postgres::schema) retyped: BTreeSet<&'s Key>,
    /// Types that must be swapped because of an object found during propagation.
    late: Vec<&'s Key>,
    pub(in crate::dialects::postgres::schema) old_links: Links<'s>,
    pub(in crate::dialects::postgres::schema) new_links: Links<'s>,
}

impl<'s> ObjectActions<'s> {
    /// Determines the actions for all objects.
    pub(in crate::dialects::postgres::schema) fn new(from: &'s Schema, to: &'s Schema, owners: bool) -> Self {
        let mut actions = Self {
            from,
            to,
            actions: BTreeMap::new(),
            detached: BTreeSet::new(),
            retyped: BTreeSet::new(),
            late: Vec::new(),
            old_links: Links::new(from),
            new_links: Links::new(to),
        };
        let changes = difference(from, to).changes;
        for change in &changes {
            if let Some(action) = initial_action(change, owners) {
                actions.actions.insert(change.key(), action);
            }
        }
        actions.swap_used_composites();
        actions.rebuild_inherited_checks();
        actions.rebuild_index_trees();
        actions.propagate();
        // Rebuilding an index tree affects dependents, and a dependent that changes can tear another tree: repeat until
        // nothing changes.
        while actions.rebuild_index_trees() {
            actions.propagate();
        }
        actions.keep_owned_sequences();
        actions.keep_columns_of_children();
        actions
    }

    /// Sets the action for an object.
    pub(super) fn set(&mut self, key: &'s Key, action: ObjectAction) {
        self.actions.insert(key, action);
    }

    /// Disconnects sequences whose owning column's table is re-created: dropping the old table would drop them too.
    fn keep_owned_sequences(&mut self) {
        for (sequence, column) in owning_columns(self.from) {
            let is_rebuilt =
                parent(column, self.from).is_some_and(|table| self.get(&table.key) == Some(ObjectAction::Rebuild));
            if is_rebuilt
                && self.to.get(sequence).is_some()
                && matches!(self.get(sequence), None | Some(ObjectAction::Alter))
            {
                self.detached.insert(sequence);
                self.actions.insert(sequence, ObjectAction::Alter);
            }
        }
    }

    /// Returns the action for an object; `None` if it stays as it is.
    pub(in crate::dialects::postgres::schema) fn get(&self, key: &Key) -> Option<ObjectAction> {
        self.actions.get(key).copied()
    }

    /// Returns all actions, sorted by key.
    pub(in crate::dialects::postgres::schema) fn iter(&self) -> impl Iterator<Item = (&'s Key, ObjectAction)> + '_ {
        self.actions.iter().map(|(key, action)| (*key, *action))
    }

    /// Returns whether the old object is dropped.
    pub(in crate::dialects::postgres::schema) fn is_dropped(&self, key: &Key) -> bool {
        matches!(self.get(key), Some(ObjectAction::Drop | ObjectAction::Rebuild))
    }

    /// Returns whether a new object is created.
    pub(in crate::dialects::postgres::schema) fn is_created(&self, key: &Key) -> bool {
        matches!(self.get(key), Some(ObjectAction::Add | ObjectAction::Rebuild))
    }

    /// Re-creates a table whose partition key includes the column. The server refuses to change the type of such a
    /// column.
    fn rebuild_partitioned(&mut self, column: &'s Key) -> Option<&'s Key> {
        let table = parent(column, self.from).filter(|table| !self.is_dropped(&table.key))?;
        let after = self.to.get(&table.key)?;
        let names = text::names(table.text(Attribute::PartitionBy)?);
        let is_meant = names.contains(&column.name) && after.has(Attribute::PartitionBy);
        is_meant.then(|| {
            self.actions.insert(&table.key, ObjectAction::Rebuild);
            &table.key
        })
    }

    /// Propagates each change to the dependent objects until nothing changes any more (a fixed point).
    fn propagate(&mut self) {
        let mut next: Vec<&'s Key> = self.actions.keys().copied().collect();
        while let Some(key) = next.pop().or_else(|| self.late.pop()) {
            if key.kind == Kind::Column && self.get(key) == Some(ObjectAction::Alter) && self.is_retyped(key) {
                next.extend(self.rebuild_partitioned(key));
            }
            let Some(unsettles) = self.invalidation(key) else { continue };
            let dependents: Vec<&'s Key> = self.old_links.above(key).to_vec();
            for dependent in dependents {
                if self.invalidate(key, dependent, unsettles) {
                    next.push(dependent);
                }
            }
        }
    }

    /// Returns the effect of a change of `key` on its dependents; `None` if they can stay.
    fn invalidation(&self, key: &Key) -> Option<Invalidation> {
        match self.get(key)? {
            ObjectAction::Drop | ObjectAction::Rebuild => Some(Invalidation::Gone),
            ObjectAction::Swap => Some(Invalidation::Swapped),
            ObjectAction::Replace if matches!(key.kind, Kind::PrimaryKey | Kind::Unique | Kind::Index) => {
                Some(Invalidation::Key)
            }
            ObjectAction::Alter if key.kind == Kind::Column && self.is_retyped(key) => Some(Invalidation::Retyped),
            _ => None,
        }
    }

    /// Returns whether the column's type is set, perhaps to a new type of the same name.
    pub(in crate::dialects::postgres::schema) fn is_retyped(&self, key: &Key) -> bool {
        if self.retyped.contains(key) {
            return true;
        }
        let (Some(before), Some(after)) = (self.from.get(key), self.to.get(key)) else { return false };
        let differs = |name| before.attributes.get(&name) != after.attributes.get(&name);
        differs(Attribute::Type) || differs(Attribute::Collation)
    }

    /// Gets `dependent` out of the way of the change of `key`. Returns whether its action changed.
    fn invalidate(&mut self, key: &'s Key, dependent: &'s Key, how: Invalidation) -> bool {
        let action = self.get(dependent);
        // Nothing to do: it is dropped, created or swapped anyway.
        if matches!(action, Some(ObjectAction::Drop | ObjectAction::Rebuild | ObjectAction::Add | ObjectAction::Swap)) {
            return false;
        }
        let Some(after) = self.to.get(dependent) else { return false };
        // For a dependent whose new definition does without `key`, the order of the steps is enough. Not for a foreign
        // key: if it is replaced while the old key exists, it picks the index of that again.
        let lets_go = action.is_some() && !self.new_links.is_below(key, after) && !points_at(dependent, key);
        let new = match how {
            Invalidation::Gone if lets_go => None,
            Invalidation::Gone => self.action_after_drop(key, dependent),
            Invalidation::Swapped => self.action_after_type_swap(key, dependent),
            Invalidation::Retyped => self.action_after_retype(key, dependent, action),
            Invalidation::Key => matches!(dependent.kind, Kind::ForeignKey | Kind::View | Kind::MaterializedView)
                .then_some(ObjectAction::Rebuild),
        };
        match new {
            // A column that is retyped on the way affects its own dependents, even if it was altered for another reason
            // before.
            Some(new) if action != Some(new) || self.retyped.contains(dependent) && how == Invalidation::Swapped => {
                self.actions.insert(dependent, if new == ObjectAction::Alter { action.unwrap_or(new) } else { new });
                true
            }
            _ => false,
        }
    }

    /// Returns the action for `dependent` when `key` is dropped.
    fn action_after_drop(&mut self, key: &'s Key, dependent: &'s Key) -> Option<ObjectAction> {
        if is_part(dependent, key) {
            return Some(ObjectAction::Rebuild);
        }
        match dependent.kind {
            Kind::Column if self.is_generated(dependent) => Some(ObjectAction::Rebuild),
            // The rows of a partition are saved and restored with those of its parent.
            Kind::Table if self.stays_partition(key, dependent) => Some(ObjectAction::Rebuild),
            // The default is dropped, or the partition detached, and restored later.
            Kind::Column | Kind::Table => {
                self.detached.insert(dependent);
                Some(ObjectAction::Alter)
            }
            Kind::Namespace | Kind::Extension | Kind::Collation | Kind::Enum | Kind::Sequence => None,
            _ => Some(ObjectAction::Rebuild),
        }
    }

    /// Returns whether `part` is a partition of the re-created table `whole`, before and after.
    fn stays_partition(&self, whole: &Key, part: &Key) -> bool {
        let is_of = |schema: &Schema| {
            let of = schema.get(part).and_then(|part| part.text(Attribute::PartitionOf));
            of.is_some_and(|of| of == name::own(whole))
        };
        self.get(whole) == Some(ObjectAction::Rebuild) && is_of(self.from) && is_of(self.to)
    }

    /// Returns the action for `dependent` when the type or collation `key` is swapped.
    fn action_after_type_swap(&mut self, key: &'s Key, dependent: &'s Key) -> Option<ObjectAction> {
        match dependent.kind {
            // CREATE DOMAIN cannot include a NOT VALID check.
            Kind::Check if is_part(dependent, key) => {
                self.to.get(dependent).filter(|check| check.has(Attribute::NotValid)).map(|_| ObjectAction::Rebuild)
            }
            Kind::Column if is_part(dependent, key) => None,
            Kind::Column if self.is_generated(dependent) => Some(ObjectAction::Rebuild),
            Kind::Column => Some(self.column_action_after_type_swap(key, dependent)),
            Kind::Domain | Kind::Range => Some(ObjectAction::Swap),
            // A typed table is released from the old type with NOT OF, and later attached to the new one.
            Kind::Table if self.is_of_type(dependent, key) => {
                self.detached.insert(dependent);
                Some(ObjectAction::Alter)
            }
            Kind::Table | Kind::Sequence | Kind::Namespace | Kind::Extension | Kind::Collation | Kind::Enum => None,
            _ => Some(ObjectAction::Rebuild),
        }
    }

    /// Returns whether the table is of the composite type, before and after.
    fn is_of_type(&self, table: &Key, composite: &Key) -> bool {
        let own = name::own(composite);
        let is_of_it = |schema: &Schema| {
            schema.get(table).is_some_and(|table| table.text(Attribute::OfType) == Some(own.as_str()))
        };
        is_of_it(self.from) && is_of_it(self.to)
    }

    /// Returns whether `part` is an attribute of a composite type that is swapped.
    pub(super) fn is_of_swapped_type(&self, part: &Key) -> bool {
        let composite = part.parent(Kind::Composite);
        composite.is_some_and(|composite| self.get(&composite) == Some(ObjectAction::Swap))
    }

    fn column_action_after_type_swap(&mut self, key: &'s Key, column: &'s Key) -> ObjectAction {
        let composite = column.parent(Kind::Composite).and_then(|composite| self.from.get(&composite));
        let used_as = if key.kind == Kind::Collation { Attribute::Collation } else { Attribute::Type };
        let used = self.from.get(column).and_then(|column| column.text(used_as)).unwrap_or_default();
        // Three ways to use a type or a collation: as that of an attribute, whose composite type must be swapped too; as that of a
        // column, which is retyped; or in a default, which is dropped and set again.
        if let Some(composite) = composite {
            self.actions.insert(&composite.key, ObjectAction::Swap);
            self.late.push(&composite.key);
        } else if used.trim_end_matches("[]") == name::own(key) {
            self.retyped.insert(column);
        } else {
            self.detached.insert(column);
        }
        ObjectAction::Alter
    }

    fn is_generated(&self, column: &Key) -> bool {
        self.from.get(column).is_some_and(|column| column.has(Attribute::Generated))
    }

    /// Returns the action for `dependent` when the type of the column `key` changes.
    fn action_after_retype(&self, key: &Key, dependent: &Key, action: Option<ObjectAction>) -> Option<ObjectAction> {
        let replaced = action == Some(ObjectAction::Replace);
        match dependent.kind {
            Kind::Column => self.is_generated(dependent).then_some(ObjectAction::Rebuild),
            // ALTER COLUMN TYPE rebuilds keys, checks and indexes from their old definition. One with a new definition
            // goes first.
            Kind::ForeignKey => {
                let comparable =
                    !self.retyped.contains(key) && alter::stays_comparable(self.from.get(key), self.to.get(key));
                (replaced || !comparable).then_some(ObjectAction::Rebuild)
            }
            Kind::Check | Kind::Index | Kind::Unique | Kind::PrimaryKey | Kind::Exclusion => {
                replaced.then_some(ObjectAction::Rebuild)
            }
            Kind::Composite | Kind::Domain | Kind::Range | Kind::Table | Kind::Sequence => None,
            // Views, rules, triggers, policies and routines: the server refuses the new type while they use the column.
            _ => Some(ObjectAction::Rebuild),
        }
    }

    /// Swaps composite types with retyped attributes if columns use them. The server refuses to alter these attributes.
    fn swap_used_composites(&mut self) {
        let parts: Vec<&'s Key> = self.actions.keys().copied().filter(|key| key.kind == Kind::Column).collect();
        for part in parts {
            let Some(composite) = part.parent(Kind::Composite).and_then(|key| self.from.get(&key)) else { continue };
            // ALTER TYPE ... CASCADE takes typed tables along.
            let is_of_it = |above: &Key| {
                let of_type = self.from.get(above).and_then(|table| table.text(Attribute::OfType));
                of_type == Some(name::own(&composite.key).as_str())
            };
            let above = self.old_links.above(&composite.key);
            let is_used = above.iter().any(|above| !is_part(above, &composite.key) && !is_of_it(above));
            if is_used && self.get(part) == Some(ObjectAction::Alter) && self.is_retyped(part) {
                self.actions.insert(&composite.key, ObjectAction::Swap);
            }
        }
    }
}

/// Effect of a change on dependents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Invalidation {
    /// The object is dropped, and perhaps re-created.
    Gone,
    /// The object is a type or a collation that is swapped.
    Swapped,
    /// The object is a column that changes its type.
    Retyped,
    /// The object is a key or index that is replaced; foreign keys and views may depend on it.
    Key,
}

/// Returns whether `link` is a foreign key and `key` an object it can use on the referenced table.
fn points_at(link: &Key, key: &Key) -> bool {
    link.kind == Kind::ForeignKey && matches!(key.kind, Kind::PrimaryKey | Kind::Unique | Kind::Index)
}

/// Returns whether `part` belongs to the table, view, composite type or domain `whole`.
pub(super) fn is_part(part: &Key, whole: &Key) -> bool {
    whole.table.is_none() && part.table.as_ref() == Some(&whole.name) && part.namespace == whole.namespace
}

/// Returns the action for a changed object, without regard to other objects.
fn initial_action(change: &Change<'_>, owners: bool) -> Option<ObjectAction> {
    match change {
        Change::Add(_) => Some(ObjectAction::Add),
        Change::Drop(_) => Some(ObjectAction::Drop),
        Change::Alter { before, after } => {
            let mut attributes = change.attributes();
            if !owners {
                attributes.remove(&Attribute::Owner);
                attributes.remove(&Attribute::Grants);
            }
            (!attributes.is_empty()).then(|| alter::action(before, after, &attributes))
        }
    }
}
