//! What becomes of each object: kept, changed where it stands, or dropped and made again because something below it
//! changes. Knows which changes PostgreSQL can make in place; must not know the statements.

use std::collections::{BTreeMap, BTreeSet};

use super::links::Links;
use crate::schema::postgres::alter;
use crate::schema::{Attribute, Change, Key, Kind, Object, Schema, difference};

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
    /// Columns whose default is taken off and set again, because a routine below it is made again.
    pub(in crate::schema::postgres) detached: BTreeSet<&'s Key>,
    /// Columns whose type is written again though its name is the same.
    pub(in crate::schema::postgres) retyped: BTreeSet<&'s Key>,
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
            old_links: Links::new(from),
            new_links: Links::new(to),
        };
        let changes = difference(from, to).changes;
        for change in &changes {
            if let Some(fate) = first(change, owners, &fates) {
                fates.fates.insert(change.key(), fate);
            }
        }
        fates.rise();
        fates
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

    /// From what changes to what stands on it, until nobody is in the way any more.
    fn rise(&mut self) {
        let mut next: Vec<&'s Key> = self.fates.keys().copied().collect();
        while let Some(key) = next.pop() {
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
        let (Some(before), Some(after)) = (self.from.get(dependent), self.to.get(dependent)) else { return false };
        let lets_go = fate.is_some() && !self.new_links.is_below(key, after);
        let new = match how {
            Unsettles::Gone if lets_go => None,
            Unsettles::Gone => self.leaves(key, dependent),
            Unsettles::Swapped => self.leaves_type(key, dependent),
            Unsettles::Retyped => self.leaves_retyped(key, before, after, fate),
            Unsettles::Key => {
                matches!(dependent.kind, Kind::ForeignKey | Kind::View | Kind::MaterializedView).then_some(Fate::Rebuild)
            }
        };
        match new {
            Some(new) if fate != Some(new) => {
                self.fates.insert(dependent, new);
                true
            }
            _ => false,
        }
    }

    fn leaves(&mut self, key: &'s Key, dependent: &'s Key) -> Option<Fate> {
        let own_part = key.table.is_some() && Some(&key.name) == dependent.table.as_ref() && key.table == dependent.table;
        match dependent.kind {
            Kind::Column if key.kind == Kind::Table || own_part => Some(Fate::Rebuild),
            Kind::Column => {
                let column = self.from.get(dependent)?;
                if column.has(Attribute::Generated) || is_a_part_of_what_goes(key, dependent) {
                    return Some(Fate::Rebuild);
                }
                self.detached.insert(dependent);
                Some(Fate::Alter)
            }
            Kind::Sequence if key.kind == Kind::Column || key.kind == Kind::Table => Some(Fate::Rebuild),
            Kind::Table | Kind::Namespace | Kind::Extension | Kind::Enum | Kind::Sequence => self.get(dependent),
            _ => Some(Fate::Rebuild),
        }
    }

    fn leaves_type(&mut self, key: &'s Key, dependent: &'s Key) -> Option<Fate> {
        match dependent.kind {
            Kind::Column if is_a_part_of_what_goes(key, dependent) => self.get(dependent),
            Kind::Column if self.from.get(dependent)?.has(Attribute::Generated) => Some(Fate::Rebuild),
            Kind::Column if self.is_of_composite(dependent) => {
                let composite = dependent.parent(Kind::Composite)?;
                let (composite, _) = self.from.get(&composite).map(|object| (&object.key, ()))?;
                self.fates.insert(composite, Fate::Swap);
                // The composite's own dependents are found through its column.
                self.retyped.insert(dependent);
                Some(Fate::Alter)
            }
            Kind::Column => {
                self.retyped.insert(dependent);
                Some(Fate::Alter)
            }
            Kind::Domain | Kind::Composite | Kind::Range => Some(Fate::Swap),
            Kind::Table | Kind::Sequence | Kind::Namespace | Kind::Extension | Kind::Enum => self.get(dependent),
            Kind::Check if self.from.get(dependent)?.has(Attribute::OfDomain) && dependent.table.as_ref() == Some(&key.name) => {
                Some(Fate::Rebuild)
            }
            _ => Some(Fate::Rebuild),
        }
    }

    fn is_of_composite(&self, column: &Key) -> bool {
        column.parent(Kind::Composite).is_some_and(|key| self.from.get(&key).is_some())
    }

    fn leaves_retyped(&self, key: &Key, before: &Object, after: &Object, fate: Option<Fate>) -> Option<Fate> {
        match before.key.kind {
            Kind::View
            | Kind::MaterializedView
            | Kind::Rule
            | Kind::Policy
            | Kind::Function
            | Kind::Procedure
            | Kind::Trigger => Some(Fate::Rebuild),
            Kind::Column if before.has(Attribute::Generated) => Some(Fate::Rebuild),
            // The server puts a column's keys, checks and indexes right by itself when their texts still hold.
            Kind::ForeignKey if alter::column::stays_comparable(self.from.get(key), self.to.get(key)) && fate.is_none() => None,
            Kind::ForeignKey => Some(Fate::Rebuild),
            Kind::Check | Kind::Index | Kind::Unique | Kind::PrimaryKey | Kind::Exclusion if fate == Some(Fate::Replace) => {
                Some(Fate::Rebuild)
            }
            Kind::Composite => Some(fate.unwrap_or(Fate::Swap)),
            _ => {
                let _ = after;
                fate
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

/// Whether the column is of the table, view or composite `key`.
fn is_a_part_of_what_goes(key: &Key, column: &Key) -> bool {
    key.table.is_none() && column.table.as_ref() == Some(&key.name) && column.namespace == key.namespace
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
            (!attributes.is_empty()).then(|| alter::fate(before, after, &attributes, fates.from, fates.to))
        }
    }
}
