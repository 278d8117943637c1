//! Difference of two schemas, object by object. Independent of SQL: each dialect plans the statements for a change.

use std::collections::BTreeSet;

use super::attribute::Attribute;
use super::key::Key;
use super::model::{Object, Schema, Unmodelled};
use crate::sql::Dialect;

/// Change of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'s> {
    /// The object is new.
    Add(&'s Object),
    /// The object is gone.
    Drop(&'s Object),
    /// The object exists on both sides and differs.
    Alter {
        /// Old state.
        before: &'s Object,
        /// New state.
        after: &'s Object,
    },
}

impl<'s> Change<'s> {
    /// Key of the changed object.
    #[must_use]
    pub fn key(&self) -> &'s Key {
        match self {
            Self::Add(object) | Self::Drop(object) | Self::Alter { after: object, .. } => &object.key,
        }
    }

    /// Returns the attributes that differ; empty for an object that is added or dropped.
    #[must_use]
    pub fn attributes(&self) -> BTreeSet<Attribute> {
        match self {
            Self::Alter { before, after } => differing(before, after).collect(),
            _ => BTreeSet::new(),
        }
    }
}

/// The difference of two schemas.
#[derive(Debug, Clone)]
pub struct Difference<'s> {
    /// Dialect of the schemas.
    pub dialect: Dialect,
    /// Changes, sorted by key. Includes the columns, constraints and indexes of tables that are added or dropped.
    pub changes: Vec<Change<'s>>,
    /// Objects on either side that the model does not cover, and that were therefore not compared.
    pub unmodelled: BTreeSet<&'s Unmodelled>,
}

impl Difference<'_> {
    /// Returns whether the schemas are equal. Unmodelled objects do not count as a difference.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// Compares two schemas. Takes time linear in the size of both, apart from a sort of the changes.
#[must_use]
pub fn difference<'s>(from: &'s Schema, to: &'s Schema) -> Difference<'s> {
    let kept = from.objects().filter_map(|before| match to.get(&before.key) {
        None => Some(Change::Drop(before)),
        Some(after) => differing(before, after).next().map(|_| Change::Alter { before, after }),
    });
    let added = to.objects().filter(|after| from.get(&after.key).is_none()).map(Change::Add);
    let mut changes: Vec<_> = kept.chain(added).collect();
    changes.sort_by_key(Change::key);
    Difference { dialect: to.dialect, changes, unmodelled: from.unmodelled.union(&to.unmodelled).collect() }
}

fn differing<'s>(before: &'s Object, after: &'s Object) -> impl Iterator<Item = Attribute> + use<'s> {
    let gone_or_other = before.attributes.iter().filter(|(name, value)| after.attributes.get(name) != Some(value));
    let new = after.attributes.iter().filter(|(name, _)| !before.attributes.contains_key(name));
    // A server before PostgreSQL 18 does not catalog NOT NULL constraints, so that one side alone is not a difference.
    let is_one_sided = |name: Attribute| name == Attribute::NotNullConstraint && before.has(name) != after.has(name);
    gone_or_other.chain(new).map(|(name, _)| *name).filter(move |name| name.is_compared() && !is_one_sided(*name))
}
