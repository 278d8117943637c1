//! Inherited columns and checks: effects of a statement on the parent.

use std::collections::BTreeMap;

use super::action::{ObjectAction, ObjectActions};
use super::ownership::{is_tied, same_above, tables_above};
use crate::dialects::postgres::schema::alter;
use crate::schema::{Attribute, Key, Kind, Object, Schema};

/// Attributes that `ALTER TABLE ... ALTER COLUMN` changes in child tables too (ATSimpleRecursion in tablecmds.c).
const HANDED_DOWN: [Attribute; 6] = [
    Attribute::Type,
    Attribute::Collation,
    Attribute::NotNull,
    Attribute::Default,
    Attribute::Storage,
    Attribute::Statistics,
];

impl<'s> ObjectActions<'s> {
    /// Returns the column as it is after the statements on the parents.
    pub(super) fn changed_from_above(&self, before: &'s Object, after: &'s Object) -> Object {
        let mut now = before.clone();
        for (old, new) in self.columns_above(before, after) {
            if [Attribute::Type, Attribute::Collation].iter().any(|attribute| self.is_written(old, new, *attribute)) {
                alter::forget_storage(&mut now);
                now.set_some(Attribute::Storage, new.text(Attribute::Storage));
            }
            for attribute in HANDED_DOWN.into_iter().filter(|attribute| self.is_written(old, new, *attribute)) {
                match new.attributes.get(&attribute) {
                    None if attribute == Attribute::NotNull && keeps_not_null(before, after) => {}
                    Some(value) => drop(now.attributes.insert(attribute, value.clone())),
                    None => drop(now.attributes.remove(&attribute)),
                }
            }
        }
        now
    }

    /// Returns the column in each parent that stays one, as a pair of old and new state.
    fn columns_above(&self, before: &'s Object, after: &'s Object) -> Vec<(&'s Object, &'s Object)> {
        let new: BTreeMap<&Key, &'s Object> = same_above(after, self.to).map(|column| (&column.key, column)).collect();
        let stays = same_above(before, self.from).filter(|old| self.stays_below(&before.key, &old.key));
        stays.filter_map(|old| Some((old, *new.get(&old.key)?))).collect()
    }

    /// Returns whether a statement on the table of `above` recurses to the table of `part`: both tables stay, and the
    /// child is not detached in between. The caller ensures that one is the parent of the other.
    pub(super) fn stays_below(&self, part: &Key, above: &Key) -> bool {
        let table = part.parent(Kind::Table).and_then(|table| self.from.get(&table));
        let is_new =
            |key: &Key| key.parent(Kind::Table).is_some_and(|table| self.is_dropped(&table) || self.is_created(&table));
        table.is_some_and(|table| !self.detached.contains(&table.key) && !self.leaves_parent(table))
            && !is_new(part)
            && !is_new(above)
    }

    /// Returns whether a statement sets the attribute of the column, and thus of its children.
    fn is_written(&self, before: &'s Object, after: &'s Object, attribute: Attribute) -> bool {
        before.attributes.get(&attribute) != after.attributes.get(&attribute)
            || self.columns_above(before, after).iter().any(|(old, new)| self.is_written(old, new, attribute))
    }

    /// Alters columns that are to stay as they are, although a change of the parent's recurses to them.
    pub(super) fn keep_columns_of_children(&mut self) {
        let changes = |key: &Key, action: ObjectAction| key.kind == Kind::Column && action == ObjectAction::Alter;
        if !self.iter().any(|(key, action)| changes(key, action)) {
            return;
        }
        for table in self.from.objects().filter(|table| table.key.kind == Kind::Table) {
            if tables_above(table, self.from).is_empty() || self.is_dropped(&table.key) {
                continue;
            }
            for before in self.from.of_table(&table.key, Kind::Column).collect::<Vec<_>>() {
                let Some(after) = self.to.get(&before.key).filter(|_| self.get(&before.key).is_none()) else {
                    continue;
                };
                let now = self.changed_from_above(before, after);
                let differs = |attribute| now.attributes.get(&attribute) != after.attributes.get(&attribute);
                if HANDED_DOWN.into_iter().any(differs) {
                    self.set(&before.key, ObjectAction::Alter);
                }
            }
        }
    }

    /// Re-creates the check of a child if the parent's is dropped, which takes it along, or if the parent's is created
    /// and recurses to the child, where the old check would be in the way.
    pub(super) fn rebuild_inherited_checks(&mut self) {
        loop {
            let checks = self.from.objects().filter(|object| object.key.kind == Kind::Check);
            let rebuilt: Vec<&'s Key> =
                checks.filter(|check| self.is_check_rebuilt(check)).map(|check| &check.key).collect();
            if rebuilt.is_empty() {
                return;
            }
            for key in rebuilt {
                self.set(key, ObjectAction::Rebuild);
            }
        }
    }

    fn is_check_rebuilt(&self, before: &'s Object) -> bool {
        let Some(after) = self.to.get(&before.key).filter(|_| !self.is_dropped(&before.key)) else { return false };
        let goes_with_above = before.has(Attribute::Inherited)
            && same_above(before, self.from).any(|above| {
                self.is_dropped(&above.key)
                    && is_tied(before, above, self.to)
                    && self.stays_below(&before.key, &above.key)
            });
        // The server refuses to merge a check into one below that is not valid.
        let is_proved = before.has(Attribute::NotValid) && !after.has(Attribute::NotValid);
        let comes_with_above = after.has(Attribute::Inherited)
            && (is_proved || self.get(&before.key) == Some(ObjectAction::Replace))
            && same_above(after, self.to).any(|above| self.is_created(&above.key));
        goes_with_above || comes_with_above
    }

    /// Returns whether the column is dropped with ONLY, because a child keeps it.
    pub(super) fn drops_only(&self, key: &Key) -> bool {
        if key.kind != Kind::Column || self.get(key) != Some(ObjectAction::Drop) {
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

/// Returns `true` if the column may be NOT NULL still when the table above drops it. Since version 18 a table keeps what
/// it was given itself,
/// and that is so of each column that was in a primary key of its own once, which the schema need not show.
fn keeps_not_null(before: &Object, after: &Object) -> bool {
    let is_inherited = before.has(Attribute::InheritedNotNullConstraint);
    before.has(Attribute::NotNullConstraint) || is_inherited && !after.has(Attribute::NotNull)
}

fn tables_above_column<'s>(column: &Object, schema: &'s Schema) -> Vec<&'s Key> {
    let table = super::links::parent(&column.key, schema);
    table.map(|table| tables_above(table, schema).into_iter().map(|above| &above.key).collect()).unwrap_or_default()
}
