//! What becomes of each object: kept, changed where it stands, or dropped and made again because something below it
//! changes. Knows which changes PostgreSQL can make in place; must not know the statements.

use std::collections::{BTreeMap, BTreeSet};

use super::company::owning_columns;
use super::links::{Links, parent};
use crate::schema::postgres::{alter, name, text};
use crate::schema::{Attribute, Change, Key, Kind, Schema, difference};

/// What becomes of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::schema::postgres) enum Fate {
    /// It is new.
    Add,
    /// It is gone.
    Drop,
    /// It is changed where it stands.
    Alter,
    /// It gets a new text while it stands: a view or routine by CREATE OR REPLACE, an index or constraint by a second one.
    Replace,
    /// It is dropped and made again.
    Rebuild,
    /// A type that is made anew beside the old one, to which its columns are moved.
    Swap,
}

/// What becomes of everything that does not stay as it is.
#[derive(Debug)]
pub(in crate::schema::postgres) struct Fates<'s> {
    pub(in crate::schema::postgres) from: &'s Schema,
    pub(in crate::schema::postgres) to: &'s Schema,
    fates: BTreeMap<&'s Key, Fate>,
    /// Columns whose default is taken off and set again, because a routine below it is made again; tables that are taken out
    /// of the one above for a while; sequences that belong to nobody while their table is made again.
    pub(in crate::schema::postgres) detached: BTreeSet<&'s Key>,
    /// Columns whose type is written again though its name is the same.
    pub(in crate::schema::postgres) retyped: BTreeSet<&'s Key>,
    /// Types that turned out to be made anew while looking at others.
    late: Vec<&'s Key>,
    pub(in crate::schema::postgres) old_links: Links<'s>,
    pub(in crate::schema::postgres) new_links: Links<'s>,
}

impl<'s> Fates<'s> {
    /// Decides for all.
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
            if let Some(fate) = first(change, owners, &fates) {
                fates.fates.insert(change.key(), fate);
            }
        }
        fates.swap_used_composites();
        fates.rebuild_inherited_checks();
        fates.rebuild_index_trees();
        fates.rise();
        while fates.rebuild_index_trees() {
            fates.rise();
        }
        fates.keep_owned_sequences();
        fates.keep_columns_of_children();
        fates
    }

    /// Changes what becomes of it.
    pub(super) fn set(&mut self, key: &'s Key, fate: Fate) {
        self.fates.insert(key, fate);
    }

    /// Sequences whose column's table is made anew: the old table would take them along.
    fn keep_owned_sequences(&mut self) {
        for (sequence, column) in owning_columns(self.from) {
            let is_rebuilt = parent(column, self.from).is_some_and(|table| self.get(&table.key) == Some(Fate::Rebuild));
            if is_rebuilt && self.to.get(sequence).is_some() && matches!(self.get(sequence), None | Some(Fate::Alter)) {
                self.detached.insert(sequence);
                self.fates.insert(sequence, Fate::Alter);
            }
        }
    }

    /// What becomes of it; none when it stays.
    pub(in crate::schema::postgres) fn get(&self, key: &Key) -> Option<Fate> {
        self.fates.get(key).copied()
    }

    /// All that do not stay, in order of their keys.
    pub(in crate::schema::postgres) fn iter(&self) -> impl Iterator<Item = (&'s Key, Fate)> + '_ {
        self.fates.iter().map(|(key, fate)| (*key, *fate))
    }

    /// Whether the old object goes away.
    pub(in crate::schema::postgres) fn goes(&self, key: &Key) -> bool {
        matches!(self.get(key), Some(Fate::Drop | Fate::Rebuild))
    }

    /// Whether a new object is made.
    pub(in crate::schema::postgres) fn comes(&self, key: &Key) -> bool {
        matches!(self.get(key), Some(Fate::Add | Fate::Rebuild))
    }

    /// A table of which a column changes that it is partitioned by: there is no changing it in place.
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

    /// From what changes to what stands on it, until nobody is in the way any more.
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

    /// What a change of `key` does to those above it.
    fn unsettles(&self, key: &Key) -> Option<Unsettles> {
        match self.get(key)? {
            Fate::Drop | Fate::Rebuild => Some(Unsettles::Gone),
            Fate::Swap => Some(Unsettles::Swapped),
            Fate::Replace if matches!(key.kind, Kind::PrimaryKey | Kind::Unique | Kind::Index) => Some(Unsettles::Key),
            Fate::Alter if key.kind == Kind::Column && self.is_retyped(key) => Some(Unsettles::Retyped),
            _ => None,
        }
    }

    /// Whether the column's type is written (anew).
    pub(in crate::schema::postgres) fn is_retyped(&self, key: &Key) -> bool {
        if self.retyped.contains(key) {
            return true;
        }
        let (Some(before), Some(after)) = (self.from.get(key), self.to.get(key)) else { return false };
        let differs = |name| before.attributes.get(&name) != after.attributes.get(&name);
        differs(Attribute::Type) || differs(Attribute::Collation)
    }

    /// Gets `dependent` out of the way of `key`; whether this changed its fate.
    fn unsettle(&mut self, key: &'s Key, dependent: &'s Key, how: Unsettles) -> bool {
        let fate = self.get(dependent);
        if matches!(fate, Some(Fate::Drop | Fate::Rebuild | Fate::Add | Fate::Swap)) {
            return false;
        }
        let Some(after) = self.to.get(dependent) else { return false };
        // A foreign key that is replaced in place would find the old key's index again while that is there.
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
            // A column that is retyped on the way unsettles others even if it was to be altered before.
            Some(new) if fate != Some(new) || self.retyped.contains(dependent) && how == Unsettles::Swapped => {
                self.fates.insert(dependent, if new == Fate::Alter { fate.unwrap_or(new) } else { new });
                true
            }
            _ => false,
        }
    }

    /// What becomes of `dependent` when `key` goes away.
    fn leaves(&mut self, key: &'s Key, dependent: &'s Key) -> Option<Fate> {
        if is_part(dependent, key) {
            return Some(Fate::Rebuild);
        }
        match dependent.kind {
            Kind::Column if self.is_generated(dependent) => Some(Fate::Rebuild),
            // The rows of a partition are put aside with those of its table.
            Kind::Table if self.stays_partition(key, dependent) => Some(Fate::Rebuild),
            // A default below which something goes is taken off, a partition is detached: both come back.
            Kind::Column | Kind::Table => {
                self.detached.insert(dependent);
                Some(Fate::Alter)
            }
            Kind::Namespace | Kind::Extension | Kind::Enum | Kind::Sequence => None,
            _ => Some(Fate::Rebuild),
        }
    }

    /// Whether `part` is a partition of the table `whole` before and after.
    fn stays_partition(&self, whole: &Key, part: &Key) -> bool {
        let is_of = |schema: &Schema| {
            let of = schema.get(part).and_then(|part| part.text(Attribute::PartitionOf));
            of.is_some_and(|of| of == name::own(whole))
        };
        self.get(whole) == Some(Fate::Rebuild) && is_of(self.from) && is_of(self.to)
    }

    /// What becomes of `dependent` when there is a new type `key`.
    fn leaves_type(&mut self, key: &'s Key, dependent: &'s Key) -> Option<Fate> {
        match dependent.kind {
            // A domain's NOT VALID check cannot be written into CREATE DOMAIN.
            Kind::Check if is_part(dependent, key) => {
                self.to.get(dependent).filter(|check| check.has(Attribute::NotValid)).map(|_| Fate::Rebuild)
            }
            Kind::Column if is_part(dependent, key) => None,
            Kind::Column if self.is_generated(dependent) => Some(Fate::Rebuild),
            Kind::Column => Some(self.column_leaves_type(key, dependent)),
            Kind::Domain | Kind::Range => Some(Fate::Swap),
            // A table of the type leaves the old one (NOT OF) and is of the new one then.
            Kind::Table if self.is_of_type(dependent, key) => {
                self.detached.insert(dependent);
                Some(Fate::Alter)
            }
            Kind::Table | Kind::Sequence | Kind::Namespace | Kind::Extension | Kind::Enum => None,
            _ => Some(Fate::Rebuild),
        }
    }

    /// Whether the table is of the composite type before and after.
    fn is_of_type(&self, table: &Key, composite: &Key) -> bool {
        let own = name::own(composite);
        let is_of_it = |schema: &Schema| {
            schema.get(table).is_some_and(|table| table.text(Attribute::OfType) == Some(own.as_str()))
        };
        is_of_it(self.from) && is_of_it(self.to)
    }

    /// Whether `part` belongs to a type that is made anew beside the old one.
    pub(super) fn is_of_swapped_type(&self, part: &Key) -> bool {
        let composite = part.parent(Kind::Composite);
        composite.is_some_and(|composite| self.get(&composite) == Some(Fate::Swap))
    }

    fn column_leaves_type(&mut self, key: &'s Key, column: &'s Key) -> Fate {
        let composite = column.parent(Kind::Composite).and_then(|composite| self.from.get(&composite));
        let type_of = self.from.get(column).and_then(|column| column.text(Attribute::Type)).unwrap_or_default();
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

    /// What becomes of `dependent` when the column `key` gets another type.
    fn leaves_retyped(&self, key: &Key, dependent: &Key, fate: Option<Fate>) -> Option<Fate> {
        let replaced = fate == Some(Fate::Replace);
        match dependent.kind {
            Kind::Column => self.is_generated(dependent).then_some(Fate::Rebuild),
            // The server puts keys, checks and indexes right by itself when their texts still hold.
            Kind::ForeignKey => {
                let comparable =
                    !self.retyped.contains(key) && alter::stays_comparable(self.from.get(key), self.to.get(key));
                (replaced || !comparable).then_some(Fate::Rebuild)
            }
            Kind::Check | Kind::Index | Kind::Unique | Kind::PrimaryKey | Kind::Exclusion => {
                replaced.then_some(Fate::Rebuild)
            }
            Kind::Composite | Kind::Domain | Kind::Range | Kind::Table | Kind::Sequence => None,
            _ => Some(Fate::Rebuild),
        }
    }

    /// Composite types of which a part changes while columns hold values of them: there is no changing them in place.
    fn swap_used_composites(&mut self) {
        let parts: Vec<&'s Key> = self.fates.keys().copied().filter(|key| key.kind == Kind::Column).collect();
        for part in parts {
            let Some(composite) = part.parent(Kind::Composite).and_then(|key| self.from.get(&key)) else { continue };
            // Tables that are of the type change with it.
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

/// What a change does to what stands on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unsettles {
    /// It is dropped (and perhaps made again).
    Gone,
    /// It is a type of which there is a new one.
    Swapped,
    /// It is a column of another type.
    Retyped,
    /// It is a key that others point at.
    Key,
}

/// Whether `link` is a foreign key and `key` what one can point at.
fn points_at(link: &Key, key: &Key) -> bool {
    link.kind == Kind::ForeignKey && matches!(key.kind, Kind::PrimaryKey | Kind::Unique | Kind::Index)
}

/// Whether it belongs to the table, view, composite type or domain `whole`.
pub(super) fn is_part(part: &Key, whole: &Key) -> bool {
    whole.table.is_none() && part.table.as_ref() == Some(&whole.name) && part.namespace == whole.namespace
}

/// What becomes of an object as far as its own change tells.
fn first(change: &Change<'_>, owners: bool, fates: &Fates<'_>) -> Option<Fate> {
    match change {
        Change::Add(_) => Some(Fate::Add),
        Change::Drop(_) => Some(Fate::Drop),
        Change::Alter { before, after } => {
            let mut attributes = change.attributes();
            if !owners {
                attributes.remove(&Attribute::Owner);
                attributes.remove(&Attribute::Grants);
            }
            (!attributes.is_empty()).then(|| alter::fate(before, after, &attributes, fates.from))
        }
    }
}
