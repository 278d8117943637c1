//! The difference of two schemas, object by object. Knows no SQL: what a change takes is each dialect's own matter.

use std::collections::BTreeSet;

use super::attribute::Attribute;
use super::key::Key;
use super::model::{Object, Schema, Unmodelled};

/// What became of one object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'s> {
    /// It is new.
    Add(&'s Object),
    /// It is gone.
    Drop(&'s Object),
    /// It is there and not the same.
    Alter {
        /// As it was.
        before: &'s Object,
        /// As it is to be.
        after: &'s Object,
    },
}

impl<'s> Change<'s> {
    /// The object's name.
    #[must_use]
    pub fn key(&self) -> &'s Key {
        match self {
            Self::Add(object) | Self::Drop(object) | Self::Alter { after: object, .. } => &object.key,
        }
    }

    /// The attributes that differ, in order; none for an object that is new or gone.
    #[must_use]
    pub fn attributes(&self) -> BTreeSet<Attribute> {
        match self {
            Self::Alter { before, after } => differing(before, after).collect(),
            _ => BTreeSet::new(),
        }
    }
}

/// The difference of two schemas.
#[derive(Debug, Clone, Default)]
pub struct Difference<'s> {
    /// The changes in order of their keys. What belongs to a table that is new or gone is listed too.
    pub changes: Vec<Change<'s>>,
    /// What either side holds and the model does not cover, so that nothing can be said of it.
    pub unmodelled: BTreeSet<&'s Unmodelled>,
}

impl Difference<'_> {
    /// Whether there is none. What is not modelled is no difference.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

/// What leads from `from` to `to`. Linear in the size of both.
#[must_use]
pub fn difference<'s>(from: &'s Schema, to: &'s Schema) -> Difference<'s> {
    let kept = from.objects().filter_map(|before| match to.get(&before.key) {
        None => Some(Change::Drop(before)),
        Some(after) => differing(before, after).next().map(|_| Change::Alter { before, after }),
    });
    let added = to.objects().filter(|after| from.get(&after.key).is_none()).map(Change::Add);
    let mut changes: Vec<_> = kept.chain(added).collect();
    changes.sort_by_key(Change::key);
    Difference { changes, unmodelled: from.unmodelled.union(&to.unmodelled).collect() }
}

fn differing<'s>(before: &'s Object, after: &'s Object) -> impl Iterator<Item = Attribute> + use<'s> {
    let gone_or_other = before.attributes.iter().filter(|(name, value)| after.attributes.get(name) != Some(value));
    let new = after.attributes.iter().filter(|(name, _)| !before.attributes.contains_key(name));
    let is_one_sided = |name: Attribute| name == Attribute::NotNullConstraint && before.has(name) != after.has(name);
    gone_or_other.chain(new).map(|(name, _)| *name).filter(move |name| name.is_compared() && !is_one_sided(*name))
}
