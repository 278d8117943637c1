//! Columns that a table has from one above: what a statement on the table above does to them. Knows which settings the server
//! hands down; must not know statements.

use std::collections::BTreeMap;

use super::company::{same_above, tables_above};
use super::fate::{Fate, Fates};
use crate::schema::{Attribute, Key, Kind, Object, Schema};

/// What `ALTER TABLE ... ALTER COLUMN` changes in the tables below too (ATSimpleRecursion in tablecmds.c).
const HANDED_DOWN: [Attribute; 6] = [
    Attribute::Type,
    Attribute::Collation,
    Attribute::NotNull,
    Attribute::Default,
    Attribute::Storage,
    Attribute::Statistics,
];

impl<'s> Fates<'s> {
    /// The column as it is when the statements on the tables above have run.
    pub(super) fn changed_from_above(&self, before: &'s Object, after: &'s Object) -> Object {
        let mut now = before.clone();
        for (old, new) in self.columns_above(before, after) {
            for attribute in HANDED_DOWN.into_iter().filter(|attribute| self.is_written(old, new, *attribute)) {
                match new.attributes.get(&attribute) {
                    Some(value) => drop(now.attributes.insert(attribute, value.clone())),
                    None => drop(now.attributes.remove(&attribute)),
                }
            }
        }
        now
    }

    /// The column in the tables that are above before and after, as it is there before and after.
    fn columns_above(&self, before: &'s Object, after: &'s Object) -> Vec<(&'s Object, &'s Object)> {
        let new: BTreeMap<&Key, &'s Object> = same_above(after, self.to).map(|column| (&column.key, column)).collect();
        same_above(before, self.from).filter_map(|old| Some((old, *new.get(&old.key)?))).collect()
    }

    /// Whether there is a statement that gives the column, and those below it, its new value of the attribute.
    fn is_written(&self, before: &'s Object, after: &'s Object, attribute: Attribute) -> bool {
        before.attributes.get(&attribute) != after.attributes.get(&attribute)
            || self.columns_above(before, after).iter().any(|(old, new)| self.is_written(old, new, attribute))
    }

    /// Columns that stay as they are while one above changes, and would change with it.
    pub(super) fn keep_columns_of_children(&mut self) {
        let changes = |key: &Key, fate: Fate| key.kind == Kind::Column && fate == Fate::Alter;
        if !self.iter().any(|(key, fate)| changes(key, fate)) {
            return;
        }
        for table in self.from.objects().filter(|table| table.key.kind == Kind::Table) {
            if tables_above(table, self.from).is_empty() || self.goes(&table.key) {
                continue;
            }
            for before in self.from.of_table(&table.key, Kind::Column).collect::<Vec<_>>() {
                let Some(after) = self.to.get(&before.key).filter(|_| self.get(&before.key).is_none()) else {
                    continue;
                };
                let now = self.changed_from_above(before, after);
                let differs = |attribute| now.attributes.get(&attribute) != after.attributes.get(&attribute);
                if HANDED_DOWN.into_iter().any(differs) {
                    self.set(&before.key, Fate::Alter);
                }
            }
        }
    }

    /// Whether the column is dropped from its table only, for one below keeps it.
    pub(super) fn drops_only(&self, key: &Key) -> bool {
        if key.kind != Kind::Column || self.get(key) != Some(Fate::Drop) {
            return false;
        }
        let keeps = |column: &Key| {
            let is_of_it = |schema: &Schema| {
                let above = schema.get(column).into_iter().flat_map(|column| tables_above_column(column, schema));
                above
                    .into_iter()
                    .any(|table| Some(&table.name) == key.table.as_ref() && table.namespace == key.namespace)
            };
            self.to.get(column).is_some() && is_of_it(self.from) && is_of_it(self.to)
        };
        let is_same = |object: &&Object| object.key.kind == Kind::Column && object.key.name == key.name;
        self.from.objects().filter(is_same).any(|column| keeps(&column.key))
    }
}

fn tables_above_column<'s>(column: &Object, schema: &'s Schema) -> Vec<&'s Key> {
    let table = super::links::parent(&column.key, schema);
    table.map(|table| tables_above(table, schema).into_iter().map(|above| &above.key).collect()).unwrap_or_default()
}
