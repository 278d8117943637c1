//! Action for each object: kept, altered in place, or dropped and re-created because an object that it depends on
//! changes. Encodes which changes PostgreSQL makes in place; the statements are built elsewhere.

use std::collections::{BTreeMap, BTreeSet};

use super::company::owning_columns;
use super::links::{Links, parent};
use crate::schema::postgres::{alter, name, text};
use crate::schema::{Attribute, Change, Key, Kind, Schema, difference};

/// Action for an object that changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::schema::postgres) enum Fate {
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
    /// Create a new type beside the old one, and move its columns over.
    Swap,
}

/// Actions for all objects that do not stay as they are.
#[derive(Debug)]
pub(in crate::schema::postgres) struct Fates<'s> {
    pub(in crate::schema::postgres) from: &'s Schema,
    pub(in crate::schema::postgres) to: &'s Schema,
    fates: BTreeMap<&'s Key, Fate>,
    /// Objects that are disconnected for a while: columns whose default uses a routine that is re-created, children
    /// that leave their parent, and sequences that have no owner while its table is re-created.
    pub(in crate::schema::postgres) detached: BTreeSet<&'s Key>,
    /// Columns whose type is written again although its name stays the same, because a new type takes over the name.
    pub(in crate::schema::postgres) retyped: BTreeSet<&'s Key>,
    /// Types that must be swapped because of an object found during propagation.
    late: Vec<&'s Key>,
    pub(in crate::schema::postgres) old_links: Links<'s>,
    pub(in crate::schema::postgres) new_links: Links<'s>,
}

impl<'s> Fates<'s> {
    /// Determines the actions for all objects.
    pub(in crate::schema::postgres) fn new(from: &'s Schema, to: &'s Schema, owners: bool) -> Self {
        let mut fates = Self {
            from,
            to,
            fates: BTreeMap::new(),
            detached: BTreeSet::new(),
            retyped: BTreeSet::new(),
            late: Vec::new(),
            old_links: Links::new(from),
            new_links: Links::new(to),
        };
        let changes = difference(from, to).changes;
        for change in &changes {
            if let Some(fate) = first(change, owners) {
                fates.fates.insert(change.key(), fate);
            }
        }
        fates.swap_used_composites();
        fates.rebuild_inherited_checks();
        fates.rebuild_index_trees();
        fates.rise();
        // Rebuilding an index tree affects dependents, and a dependent that changes can tear another tree: repeat until
        // nothing changes.
        while fates.rebuild_index_trees() {
            fates.rise();
        }
        fates.keep_owned_sequences();
        fates.keep_columns_of_children();
        fates
    }

    /// Sets the action for an object.
    pub(super) fn set(&mut self, key: &'s Key, fate: Fate) {
        self.fates.insert(key, fate);
    }

    /// Disconnects sequences whose owning column's table is re-created: dropping the old table would drop them too.
    fn keep_owned_sequences(&mut self) {
        for (sequence, column) in owning_columns(self.from) {
            let is_rebuilt = parent(column, self.from).is_some_and(|table| self.get(&table.key) == Some(Fate::Rebuild));
            if is_rebuilt && self.to.get(sequence).is_some() && matches!(self.get(sequence), None | Some(Fate::Alter)) {
                self.detached.insert(sequence);
                self.fates.insert(sequence, Fate::Alter);
            }
        }
    }

    /// Returns the action for an object; `None` if it stays as it is.
    pub(in crate::schema::postgres) fn get(&self, key: &Key) -> Option<Fate> {
        self.fates.get(key).copied()
    }

    /// Returns all actions, sorted by key.
    pub(in crate::schema::postgres) fn iter(&self) -> impl Iterator<Item = (&'s Key, Fate)> + '_ {
        self.fates.iter().map(|(key, fate)| (*key, *fate))
    }

    /// Returns whether the old object is dropped.
    pub(in crate::schema::postgres) fn goes(&self, key: &Key) -> bool {
        matches!(self.get(key), Some(Fate::Drop | Fate::Rebuild))
    }

    /// Returns whether a new object is created.
    pub(in crate::schema::postgres) fn comes(&self, key: &Key) -> bool {
        matches!(self.get(key), Some(Fate::Add | Fate::Rebuild))
    }

    /// Re-creates a table whose partition key includes the column. The server refuses to change the type of such a
    /// column.
    fn rebuild_partitioned(&mut self, column: &'s Key) -> Option<&'s Key> {
        let table = parent(column, self.from).filter(|table| !self.goes(&table.key))?;
        let after = self.to.get(&table.key)?;
        let names = text::names(table.text(Attribute::PartitionBy)?);
        let is_meant = names.contains(&column.name) && after.has(Attribute::PartitionBy);
        is_meant.then(|| {
            self.fates.insert(&table.key, Fate::Rebuild);
            &table.key
        })
    }

    /// Propagates each change to the dependent objects until nothing changes any more (a fixed point).
    fn rise(&mut self) {
        let mut next: Vec<&'s Key> = self.fates.keys().copied().collect();
        while let Some(key) = next.pop().or_else(|| self.late.pop()) {
            if key.kind == Kind::Column && self.get(key) == Some(Fate::Alter) && self.is_retyped(key) {
                next.extend(self.rebuild_partitioned(key));
            }
            let Some(unsettles) = self.unsettles(key) else { continue };
            let dependents: Vec<&'s Key> = self.old_links.above(key).to_vec();
            for dependent in dependents {
                if self.unsettle(key, dependent, unsettles) {
                    next.push(dependent);
                }
            }
        }
    }

    /// Returns the effect of a change of `key` on its dependents; `None` if they can stay.
    fn unsettles(&self, key: &Key) -> Option<Unsettles> {
        match self.get(key)? {
            Fate::Drop | Fate::Rebuild => Some(Unsettles::Gone),
            Fate::Swap => Some(Unsettles::Swapped),
            Fate::Replace if matches!(key.kind, Kind::PrimaryKey | Kind::Unique | Kind::Index) => Some(Unsettles::Key),
            Fate::Alter if key.kind == Kind::Column && self.is_retyped(key) => Some(Unsettles::Retyped),
            _ => None,
        }
    }

    /// Returns whether the column's type is set, perhaps to a new type of the same name.
    pub(in crate::schema::postgres) fn is_retyped(&self, key: &Key) -> bool {
        if self.retyped.contains(key) {
            return true;
        }
        let (Some(before), Some(after)) = (self.from.get(key), self.to.get(key)) else { return false };
        let differs = |name| before.attributes.get(&name) != after.attributes.get(&name);
        differs(Attribute::Type) || differs(Attribute::Collation)
    }

    /// Gets `dependent` out of the way of the change of `key`. Returns whether its action changed.
    fn unsettle(&mut self, key: &'s Key, dependent: &'s Key, how: Unsettles) -> bool {
        let fate = self.get(dependent);
        // Nothing to do: it is dropped, created or swapped anyway.
        if matches!(fate, Some(Fate::Drop | Fate::Rebuild | Fate::Add | Fate::Swap)) {
            return false;
        }
        let Some(after) = self.to.get(dependent) else { return false };
        // For a dependent whose new definition does without `key`, the order of the steps is enough. Not for a foreign
        // key: if it is replaced while the old key exists, it picks the index of that again.
        let lets_go = fate.is_some() && !self.new_links.is_below(key, after) && !points_at(dependent, key);
        let new = match how {
            Unsettles::Gone if lets_go => None,
            Unsettles::Gone => self.leaves(key, dependent),
            Unsettles::Swapped => self.leaves_type(key, dependent),
            Unsettles::Retyped => self.leaves_retyped(key, dependent, fate),
            Unsettles::Key => matches!(dependent.kind, Kind::ForeignKey | Kind::View | Kind::MaterializedView)
                .then_some(Fate::Rebuild),
        };
        match new {
            // A column that is retyped on the way affects its own dependents, even if it was altered for another reason
            // before.
            Some(new) if fate != Some(new) || self.retyped.contains(dependent) && how == Unsettles::Swapped => {
                self.fates.insert(dependent, if new == Fate::Alter { fate.unwrap_or(new) } else { new });
                true
            }
            _ => false,
        }
    }

    /// Returns the action for `dependent` when `key` is dropped.
    fn leaves(&mut self, key: &'s Key, dependent: &'s Key) -> Option<Fate> {
        if is_part(dependent, key) {
            return Some(Fate::Rebuild);
        }
        match dependent.kind {
            Kind::Column if self.is_generated(dependent) => Some(Fate::Rebuild),
            // The rows of a partition are saved and restored with those of its parent.
            Kind::Table if self.stays_partition(key, dependent) => Some(Fate::Rebuild),
            // The default is dropped, or the partition detached, and restored later.
            Kind::Column | Kind::Table => {
                self.detached.insert(dependent);
                Some(Fate::Alter)
            }
            Kind::Namespace | Kind::Extension | Kind::Enum | Kind::Sequence => None,
            _ => Some(Fate::Rebuild),
        }
    }

    /// Returns whether `part` is a partition of the re-created table `whole`, before and after.
    fn stays_partition(&self, whole: &Key, part: &Key) -> bool {
        let is_of = |schema: &Schema| {
            let of = schema.get(part).and_then(|part| part.text(Attribute::PartitionOf));
            of.is_some_and(|of| of == name::own(whole))
        };
        self.get(whole) == Some(Fate::Rebuild) && is_of(self.from) && is_of(self.to)
    }

    /// Returns the action for `dependent` when the type `key` is swapped.
    fn leaves_type(&mut self, key: &'s Key, dependent: &'s Key) -> Option<Fate> {
        match dependent.kind {
            // CREATE DOMAIN cannot include a NOT VALID check.
            Kind::Check if is_part(dependent, key) => {
                self.to.get(dependent).filter(|check| check.has(Attribute::NotValid)).map(|_| Fate::Rebuild)
            }
            Kind::Column if is_part(dependent, key) => None,
            Kind::Column if self.is_generated(dependent) => Some(Fate::Rebuild),
            Kind::Column => Some(self.column_leaves_type(key, dependent)),
            Kind::Domain | Kind::Range => Some(Fate::Swap),
            // A typed table is released from the old type with NOT OF, and later attached to the new one.
            Kind::Table if self.is_of_type(dependent, key) => {
                self.detached.insert(dependent);
                Some(Fate::Alter)
            }
            Kind::Table | Kind::Sequence | Kind::Namespace | Kind::Extension | Kind::Enum => None,
            _ => Some(Fate::Rebuild),
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
        composite.is_some_and(|composite| self.get(&composite) == Some(Fate::Swap))
    }

    fn column_leaves_type(&mut self, key: &'s Key, column: &'s Key) -> Fate {
        let composite = column.parent(Kind::Composite).and_then(|composite| self.from.get(&composite));
        let type_of = self.from.get(column).and_then(|column| column.text(Attribute::Type)).unwrap_or_default();
        // Three ways to use a type: as that of an attribute, whose composite type must be swapped too; as that of a
        // column, which is retyped; or in a default, which is dropped and set again.
        if let Some(composite) = composite {
            self.fates.insert(&composite.key, Fate::Swap);
            self.late.push(&composite.key);
        } else if type_of.trim_end_matches("[]") == name::own(key) {
            self.retyped.insert(column);
        } else {
            self.detached.insert(column);
        }
        Fate::Alter
    }

    fn is_generated(&self, column: &Key) -> bool {
        self.from.get(column).is_some_and(|column| column.has(Attribute::Generated))
    }

    /// Returns the action for `dependent` when the type of the column `key` changes.
    fn leaves_retyped(&self, key: &Key, dependent: &Key, fate: Option<Fate>) -> Option<Fate> {
        let replaced = fate == Some(Fate::Replace);
        match dependent.kind {
            Kind::Column => self.is_generated(dependent).then_some(Fate::Rebuild),
            // ALTER COLUMN TYPE rebuilds keys, checks and indexes from their old definition. One with a new definition
            // goes first.
            Kind::ForeignKey => {
                let comparable =
                    !self.retyped.contains(key) && alter::stays_comparable(self.from.get(key), self.to.get(key));
                (replaced || !comparable).then_some(Fate::Rebuild)
            }
            Kind::Check | Kind::Index | Kind::Unique | Kind::PrimaryKey | Kind::Exclusion => {
                replaced.then_some(Fate::Rebuild)
            }
            Kind::Composite | Kind::Domain | Kind::Range | Kind::Table | Kind::Sequence => None,
            // Views, rules, triggers, policies and routines: the server refuses the new type while they use the column.
            _ => Some(Fate::Rebuild),
        }
    }

    /// Swaps composite types with retyped attributes if columns use them. The server refuses to alter these attributes.
    fn swap_used_composites(&mut self) {
        let parts: Vec<&'s Key> = self.fates.keys().copied().filter(|key| key.kind == Kind::Column).collect();
        for part in parts {
            let Some(composite) = part.parent(Kind::Composite).and_then(|key| self.from.get(&key)) else { continue };
            // ALTER TYPE ... CASCADE takes typed tables along.
            let is_of_it = |above: &Key| {
                let of_type = self.from.get(above).and_then(|table| table.text(Attribute::OfType));
                of_type == Some(name::own(&composite.key).as_str())
            };
            let above = self.old_links.above(&composite.key);
            let is_used = above.iter().any(|above| !is_part(above, &composite.key) && !is_of_it(above));
            if is_used && self.get(part) == Some(Fate::Alter) && self.is_retyped(part) {
                self.fates.insert(&composite.key, Fate::Swap);
            }
        }
    }
}

/// Effect of a change on dependents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unsettles {
    /// The object is dropped, and perhaps re-created.
    Gone,
    /// The object is a type that is swapped.
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
fn first(change: &Change<'_>, owners: bool) -> Option<Fate> {
    match change {
        Change::Add(_) => Some(Fate::Add),
        Change::Drop(_) => Some(Fate::Drop),
        Change::Alter { before, after } => {
            let mut attributes = change.attributes();
            if !owners {
                attributes.remove(&Attribute::Owner);
                attributes.remove(&Attribute::Grants);
            }
            (!attributes.is_empty()).then(|| alter::fate(before, after, &attributes))
        }
    }
}
