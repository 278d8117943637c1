//! Detection of possible renames: pairs of a dropped and an added object that look alike. The caller decides.

use serde::{Deserialize, Serialize};

use super::attribute::Attribute;
use super::difference::{Change, Difference};
use super::key::{Key, Kind};
use super::model::{Object, Schema};

/// Rename of an object within its table or namespace.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Rename {
    /// Old key.
    pub from: Key,
    /// New name; kind, namespace and table stay the same.
    pub to: String,
}

impl Rename {
    /// Returns the key after the rename.
    #[must_use]
    pub fn new_key(&self) -> Key {
        Key { name: self.to.clone(), ..self.from.clone() }
    }

    /// Returns `true` if the object with this key belongs to the table that is renamed.
    #[must_use]
    pub fn moves(&self, key: &Key) -> bool {
        self.from.kind == Kind::Table
            && key.namespace == self.from.namespace
            && key.table.as_ref() == Some(&self.from.name)
    }

    /// Returns the opposite rename.
    #[must_use]
    pub fn reversed(&self) -> Self {
        Self { from: self.new_key(), to: self.from.name.clone() }
    }
}

/// Returns the key of an object after the renames: with the new name of its table and its own, which may be listed under
/// the old or the new name of the table. The same key if they leave it alone.
#[must_use]
pub fn key_after(key: &Key, renames: &[Rename]) -> Key {
    let table = renames.iter().find(|rename| rename.moves(key));
    let moved = table.map_or_else(|| key.clone(), |table| Key { table: Some(table.to.clone()), ..key.clone() });
    let own = renames.iter().find(|rename| rename.from == *key || rename.from == moved);
    own.map_or_else(|| moved.clone(), |rename| Key { name: rename.to.clone(), ..moved.clone() })
}

/// Returns likely renames: tables with the same columns, and columns of one table with the same type. Each object
/// occurs in at most one pair.
#[must_use]
pub fn rename_candidates(difference: &Difference<'_>, from: &Schema, to: &Schema) -> Vec<Rename> {
    let mut added: Vec<&Object> = difference
        .changes
        .iter()
        .filter_map(|change| match change {
            Change::Add(object) => Some(*object),
            _ => None,
        })
        .collect();
    let mut renames = Vec::new();
    for change in &difference.changes {
        let Change::Drop(dropped) = change else { continue };
        let alike = added.iter().enumerate().filter(|(_, added)| are_alike(dropped, added, from, to));
        // Among several candidates, prefer the column closest to the old position.
        if let Some((place, _)) = alike.min_by_key(|(_, added)| distance(dropped, added)) {
            let added = added.remove(place);
            renames.push(Rename { from: dropped.key.clone(), to: added.key.name.clone() });
        }
    }
    renames
}

fn distance(one: &Object, other: &Object) -> u64 {
    let place = |object: &Object| object.number(Attribute::Position).unwrap_or_default();
    place(one).abs_diff(place(other))
}

fn are_alike(dropped: &Object, added: &Object, from: &Schema, to: &Schema) -> bool {
    let (old, new) = (&dropped.key, &added.key);
    if old.kind != new.kind || old.namespace != new.namespace || old.table != new.table {
        return false;
    }
    match old.kind {
        Kind::Column => dropped.attributes.get(&Attribute::Type) == added.attributes.get(&Attribute::Type),
        Kind::Table => {
            let shape = |schema: &Schema, key: &Key| -> Vec<_> {
                let columns = schema.columns(key);
                columns
                    .iter()
                    .map(|column| (column.key.name.clone(), column.attributes.get(&Attribute::Type).cloned()))
                    .collect()
            };
            let columns = shape(from, old);
            !columns.is_empty() && columns == shape(to, new)
        }
        _ => false,
    }
}
