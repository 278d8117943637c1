//! Changes between two schemas that follow each object through its renames, for the history of single objects.

use std::collections::{BTreeMap, BTreeSet};

use super::difference::Change;
use super::key::Key;
use super::model::{Object, Schema};
use super::rename::{Rename, key_after};

/// Change of one object, which may have another name afterwards. At least one of `before` and `after` is present.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectChange {
    /// Object before the change, under its old name; `None` if the change creates it.
    pub before: Option<Object>,
    /// Object after the change; `None` if the change drops it.
    pub after: Option<Object>,
}

impl ObjectChange {
    /// Key after the change; of a dropped object, the one that it had.
    ///
    /// # Panics
    /// Never: one of the two states is present.
    #[must_use]
    #[allow(clippy::expect_used, reason = "an invariant of the type")]
    pub fn key(&self) -> &Key {
        &self.after.as_ref().or(self.before.as_ref()).expect("a change has a state before or after it").key
    }

    /// Returns the old key, if the object is renamed or its table is.
    #[must_use]
    pub fn renamed_from(&self) -> Option<&Key> {
        match (&self.before, &self.after) {
            (Some(before), Some(after)) => Some(&before.key).filter(|key| **key != after.key),
            _ => None,
        }
    }

    /// Returns `true` if nothing differs but the name of the table that the object belongs to.
    #[must_use]
    pub fn is_moved_along(&self) -> bool {
        let (Some(before), Some(after)) = (&self.before, &self.after) else { return false };
        before.key.table != after.key.table
            && before.key.name == after.key.name
            && Change::Alter { before, after }.attributes().is_empty()
    }

    /// Returns `true` if only attributes differ that are never compared, such as the position of a column behind a new
    /// one. Such a change is kept for the state after it, and is not shown.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        let (Some(before), Some(after)) = (&self.before, &self.after) else { return false };
        before.key == after.key && Change::Alter { before, after }.attributes().is_empty()
    }
}

/// Compares two schemas. An object whose key `renames` change is one change and not two, if the new schema has it under
/// the new key. The changes are sorted by key.
#[must_use]
pub fn object_changes(from: &Schema, to: &Schema, renames: &[Rename]) -> Vec<ObjectChange> {
    let mut matched: BTreeSet<&Key> = BTreeSet::new();
    let mut changes: BTreeMap<&Key, ObjectChange> = BTreeMap::new();
    for before in from.objects() {
        let renamed = key_after(&before.key, renames);
        let is_new = |after: &&Object| after.key == before.key || from.get(&after.key).is_none();
        let after = to.get(&renamed).filter(is_new).or_else(|| to.get(&before.key));
        matched.extend(after.map(|after| &after.key));
        if after != Some(before) {
            let change = ObjectChange { before: Some(before.clone()), after: after.cloned() };
            changes.insert(after.map_or(&before.key, |after| &after.key), change);
        }
    }
    for after in to.objects().filter(|after| !matched.contains(&after.key)) {
        changes.insert(&after.key, ObjectChange { before: None, after: Some(after.clone()) });
    }
    changes.into_values().collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::schema::{Attribute, Kind};
    use crate::sql::Dialect;

    fn schema(objects: &[(Kind, Option<&str>, &str, &str)]) -> Schema {
        let mut schema = Schema::new(Dialect::SQLITE);
        for (kind, table, name, text) in objects {
            let mut object = Object::new(Key { table: table.map(str::to_owned), ..Key::new(*kind, None, name) });
            object.set(Attribute::Type, *text);
            schema.add(object);
        }
        schema
    }

    fn shown(from: &Schema, to: &Schema, renames: &[Rename]) -> Vec<String> {
        let one = |change: ObjectChange| {
            let old = change.renamed_from().map(|key| format!("{key} > ")).unwrap_or_default();
            let state = |object: &Option<Object>| {
                object.as_ref().map_or("-", |object| object.text(Attribute::Type).unwrap()).to_owned()
            };
            format!("{old}{} {} {}", change.key(), state(&change.before), state(&change.after))
        };
        object_changes(from, to, renames).into_iter().map(one).collect()
    }

    #[test]
    fn a_renamed_table_takes_its_columns_along() {
        let (table, column) = (Kind::Table, Kind::Column);
        let from =
            schema(&[(table, None, "a", "t"), (column, Some("a"), "x", "int"), (column, Some("a"), "y", "text")]);
        let to =
            schema(&[(table, None, "b", "t"), (column, Some("b"), "x", "bigint"), (column, Some("b"), "z", "text")]);
        let renames = [
            Rename { from: Key::new(table, None, "a"), to: "b".to_owned() },
            Rename { from: Key::of_table(column, None, "a", "y"), to: "z".to_owned() },
        ];
        assert_eq!(shown(&from, &to, &renames), ["a > b t t", "a.x > b.x int bigint", "a.y > b.z text text"]);
        assert_eq!(shown(&from, &to, &[]), ["a t -", "b - t", "a.x int -", "a.y text -", "b.x - bigint", "b.z - text"]);
    }

    #[test]
    fn two_objects_that_exchange_their_names_are_followed() {
        let from = schema(&[(Kind::Table, None, "a", "1"), (Kind::Table, None, "b", "2")]);
        // A rename counts only where its old name is gone and its new name is new, so this is a change of both.
        let to = schema(&[(Kind::Table, None, "a", "2"), (Kind::Table, None, "b", "1")]);
        let renames = [Rename { from: Key::new(Kind::Table, None, "a"), to: "b".to_owned() }];
        assert_eq!(shown(&from, &to, &renames), ["a 1 2", "b 2 1"]);
    }

    #[test]
    fn a_column_that_only_moves_is_a_silent_change() {
        let [mut from, mut to] = [(); 2].map(|()| schema(&[(Kind::Column, Some("a"), "x", "int")]));
        for (schema, position) in [(&mut from, 1_i64), (&mut to, 2)] {
            schema.get_mut(&Key::of_table(Kind::Column, None, "a", "x")).unwrap().set(Attribute::Position, position);
        }
        let changes = object_changes(&from, &to, &[]);
        assert_eq!(changes.iter().map(ObjectChange::is_silent).collect::<Vec<_>>(), [true]);
    }
}
