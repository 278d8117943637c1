//! Dependencies between steps, derived from the dependencies of the objects in the old and the new schema.

use std::collections::{BTreeMap, BTreeSet};

use super::action::{ObjectAction, is_part};
use super::build::Builder;
use super::links::parent;
use super::order::Number;
use super::ownership::{index_above, relation_name, same_above, tables_above};
use crate::dialects::postgres::schema::name;
use crate::schema::{Attribute, Key, Kind, Object, Schema};

impl<'s> Builder<'_, 's> {
    /// Adds all dependencies between steps.
    pub(super) fn add_edges(&mut self) {
        for object in self.actions.from.objects() {
            self.add_drop_edges(object);
        }
        for object in self.actions.to.objects() {
            self.add_create_edges(object);
        }
        self.add_name_edges();
        self.add_successor_edges();
        self.add_overload_edges();
        self.add_persistence_edges();
        self.add_replaced_key_edges();
        self.add_typed_table_edges();
        self.add_later_edges();
        self.add_change_edges();
        self.connect_rows();
        self.connect_trees();
        self.connect_detached_indexes();
        self.connect_partitions();
        self.connect_parts_of_parents();
        self.connect_columns_of_children();
    }

    /// Orders additional steps of an object's change.
    fn add_change_edges(&mut self) {
        for (column, step) in std::mem::take(&mut self.waits_for_done) {
            let ready = self.complete_at.get(column).or_else(|| self.created_at.get(column)).copied();
            if let Some(ready) = ready {
                self.steps.order(ready, step);
            }
        }
        self.add_opened_edges();
        // A sequence is released before the table of its owning column is dropped, which would drop it too.
        for (sequence, column) in &self.old_owners {
            let left = self.detached_at.get(sequence).copied().filter(|_| self.actions.detached.contains(sequence));
            if let Some((left, gone)) = left.zip(self.dropped_at.get(self.groups.dropped_with(column)).copied()) {
                self.steps.order(left, gone);
            }
        }
        // The old type is dropped after every dependent has left it.
        for (key, end) in std::mem::take(&mut self.swaps) {
            for above in self.actions.old_links.above(key) {
                let whole = parent(above, self.actions.from)
                    .filter(|whole| self.actions.get(&whole.key) == Some(ObjectAction::Swap));
                let whole = whole.and_then(|whole| self.detached_at.get(&whole.key));
                let gone =
                    self.dropped_at.get(self.groups.dropped_with(above)).filter(|_| self.actions.is_dropped(above));
                // A dropped dependent need not exist again, a kept one must have been moved to the new type.
                let made = self.created_at.get(above).filter(|_| !self.actions.is_dropped(above));
                let left = [made, gone, self.detached_at.get(above), whole];
                for step in left.into_iter().flatten().copied() {
                    self.steps.order(step, end);
                }
                // A domain's NOT VALID check is not applied to existing values, but casting them to the new domain
                // would apply it.
                for check in self.actions.to.of_table(key, Kind::Check).filter(|check| check.has(Attribute::NotValid)) {
                    let moved = self.created_at.get(above).filter(|_| above.kind == Kind::Column);
                    if let (Some(moved), Some(begins)) = (moved, self.create_starts_at.get(&check.key)) {
                        self.steps.order(*moved, *begins);
                    }
                }
            }
        }
        // A sequence that the column owned before may have the name of the identity's sequence.
        for (column, step) in std::mem::take(&mut self.identities) {
            for (sequence, owner) in &self.old_owners {
                if *owner == column
                    && let Some(gone) = self.dropped_at.get(sequence).copied()
                {
                    self.steps.order(gone, step);
                }
            }
            // Since version 17 ADD IDENTITY recurses to the partitions, and fails where a column has a default of its own.
            for below in self.columns_below(column) {
                if let Some(changed) = self.created_at.get(below).copied() {
                    self.steps.order(changed, step);
                }
            }
        }
        // In the other direction, the sequence of an identity goes with DROP IDENTITY, which frees its name for a
        // sequence of the column.
        for (sequence, owner) in &self.new_owners {
            if let (Some(leave), Some(begins)) =
                (self.detached_at.get(owner), self.create_starts_at.get(self.groups.created_with(sequence)))
                && self.actions.is_created(sequence)
                && self.actions.from.get(owner).is_some_and(|column| column.has(Attribute::Identity))
            {
                self.steps.order(*leave, *begins);
            }
        }
    }

    /// Returns the changed columns of the tables below the column's, over all levels.
    fn columns_below(&self, column: &Key) -> Vec<&'s Key> {
        let columns = self.actions.iter().map(|(key, _)| key).filter(|key| key.kind == Kind::Column);
        columns.filter(|key| key.name == column.name && is_column_below(key, column, self.actions.to)).collect()
    }

    /// DROP NOT NULL requires that no primary key or replica identity uses the column any more.
    fn add_opened_edges(&mut self) {
        for (key, action) in self.actions.iter() {
            let identity = format!("index {}", name::identifier(&key.name));
            let identifies = |table: &Object| table.text(Attribute::ReplicaIdentity) == Some(identity.as_str());
            let holds = key.kind == Kind::PrimaryKey
                || key.kind == Kind::Index && parent(key, self.actions.from).is_some_and(identifies);
            let replaced = self
                .actions
                .from
                .get(key)
                .zip(self.actions.to.get(key))
                .filter(|_| holds && action == ObjectAction::Replace);
            let Some((old, new)) = replaced else { continue };
            let is_open = |column: &Key, schema: &Schema| {
                schema.get(column).is_some_and(|column| !column.has(Attribute::NotNull))
            };
            for column in self.actions.old_links.below(old).into_iter().filter(|need| need.kind == Kind::Column) {
                let opens = !is_open(column, self.actions.from) && is_open(column, self.actions.to);
                let lets_go = opens && !self.actions.new_links.is_below(column, new);
                if let (true, Some(made), Some(begins)) =
                    (lets_go, self.created_at.get(key), self.create_starts_at.get(column))
                {
                    self.steps.order(*made, *begins);
                }
            }
        }
    }

    /// Orders the drop of an old object, or its release, before the drop or change of what it depended on.
    fn add_drop_edges(&mut self, object: &'s Object) {
        let key = &object.key;
        let whole = self.groups.dropped_with(key);
        let gone = self.dropped_at.get(whole).copied().filter(|_| self.actions.is_dropped(key));
        let Some(leaves) = gone.or_else(|| self.detached_at.get(key).copied()) else { return };
        for need in self.actions.old_links.below(object) {
            let need_gone =
                self.dropped_at.get(self.groups.dropped_with(need)).copied().filter(|_| self.actions.is_dropped(need));
            if let Some(need_gone) = need_gone {
                self.steps.order(leaves, need_gone);
            }
            // A swapped type is renamed at first, so that a column of the old type can be dropped before or after.
            let in_place = match self.actions.get(need) {
                Some(ObjectAction::Swap) => key.kind != Kind::Column && !is_part(key, need),
                action => matches!(action, Some(ObjectAction::Alter | ObjectAction::Replace)),
            };
            let is_of_table = is_part(key, need) && need.kind == Kind::Table;
            if is_of_table && in_place {
                self.add_part_edges(object, need, gone);
            } else if let (Some(gone), Some(begins), true) = (gone, self.change_starts_at(need), in_place) {
                self.steps.order(gone, begins);
            }
        }
    }

    /// Returns the step that begins to change the object in place. The index of a replaced key is built before that.
    fn change_starts_at(&self, key: &Key) -> Option<Number> {
        self.builds.get(key).map(|build| build.named).or_else(|| self.create_starts_at.get(key).copied())
    }

    /// A dropped part of a table that stays. It does not block changes of the table's own settings. But ATTACH and
    /// INHERIT refuse another key or an additional column, and an inherited part can be dropped only after the table is
    /// detached.
    fn add_part_edges(&mut self, part: &'s Object, table: &'s Key, gone: Option<Number>) {
        let Some(gone) = gone else { return };
        let attached = self.complete_at.get(table).copied();
        let detached =
            self.detached_at.get(table).copied().filter(|leaves| self.create_starts_at.get(table) != Some(leaves));
        if let Some(detached) = detached.filter(|_| part.has(Attribute::Inherited)) {
            self.steps.order(detached, gone);
        }
        if let Some(attached) = attached.filter(|attached| detached != Some(*attached)) {
            self.steps.order(gone, attached);
        }
    }

    /// Orders the creation of a new object after what it depends on.
    fn add_create_edges(&mut self, object: &'s Object) {
        let key = &object.key;
        let whole = self.groups.created_with(key);
        let Some(begins) = self.create_starts_at.get(whole).copied().filter(|_| self.actions.get(key).is_some()) else {
            return;
        };
        for need in self.actions.new_links.below(object) {
            if self.groups.created_with(need) == whole {
                continue;
            }
            if let Some(ready) = self.ready(need, key) {
                self.steps.order(ready, begins);
            }
            // ALTER TYPE refuses to change attributes while a column is of the type.
            for part in if need.kind == Kind::Composite { self.actions.to.columns(need) } else { Vec::new() } {
                if let Some(ready) = self.created_at.get(&part.key).copied().filter(|_| !is_part(key, need)) {
                    self.steps.order(ready, begins);
                }
            }
        }
        // Parts of a swapped type are exempt: the old part exists beside the new one, in the type that was renamed.
        let is_aside = parent(key, self.actions.from)
            .is_some_and(|whole| self.actions.get(&whole.key) == Some(ObjectAction::Swap));
        let gone = self.dropped_at.get(self.groups.dropped_with(key)).copied();
        if let Some(gone) = gone.filter(|_| self.actions.is_dropped(key) && !is_aside) {
            self.steps.order(gone, begins);
        }
    }

    /// Returns the step after which `need` is ready for `user`. An index needs a column, but not its NOT NULL; a part
    /// needs its table, but not that it is attached; the owner of a sequence never matters.
    pub(super) fn ready(&self, need: &'s Key, user: &Key) -> Option<Number> {
        let whole = self.groups.created_with(need);
        let is_under_a_key = user.kind == Kind::Index || user.kind.is_constraint();
        let at_once = need.kind == Kind::Sequence || need.kind == Kind::Column && is_under_a_key || is_part(user, need);
        let done = self.complete_at.get(whole).filter(|_| !at_once);
        done.or_else(|| self.created_at.get(whole)).copied()
    }

    /// A logged table cannot reference an unlogged one; the opposite is allowed. Orders SET LOGGED and SET UNLOGGED
    /// accordingly.
    fn add_persistence_edges(&mut self) {
        let becomes_unlogged = |key: &Key| {
            let (before, after) = (self.actions.from.get(key)?, self.actions.to.get(key)?);
            let after = after.has(Attribute::Unlogged);
            (before.has(Attribute::Unlogged) != after).then_some(after)
        };
        let mut orders = Vec::new();
        for link in self.actions.from.objects().filter(|object| object.key.kind == Kind::ForeignKey) {
            let target = link
                .needs
                .iter()
                .find_map(|need| parent(need, self.actions.from).filter(|table| is_other(table, link)));
            let Some((own, target)) = parent(&link.key, self.actions.from).zip(target) else { continue };
            let steps = self.created_at.get(&own.key).copied().zip(self.created_at.get(&target.key).copied());
            match (becomes_unlogged(&own.key), becomes_unlogged(&target.key), steps) {
                (Some(true), Some(true), Some((own, target))) => orders.push((own, target)),
                (Some(false), Some(false), Some((own, target))) => orders.push((target, own)),
                _ => {}
            }
        }
        for (first, second) in orders {
            self.steps.order(first, second);
        }
    }

    /// Creates a foreign key after all dropped keys over its target columns are gone: the server would pick the first
    /// matching index that it finds, possibly one of these.
    fn add_replaced_key_edges(&mut self) {
        let columns_of = |object: &Object, schema: &Schema, table: &Key| -> BTreeSet<Key> {
            let columns = object.needs.iter().filter(|need| need.kind == Kind::Column && is_part(need, table));
            columns.filter(|column| schema.get(column).is_some()).cloned().collect()
        };
        let mut leaving: BTreeMap<BTreeSet<Key>, Vec<Number>> = BTreeMap::new();
        for (key, _) in self.actions.iter().filter(|(key, _)| self.actions.is_dropped(key)) {
            let is_key = matches!(key.kind, Kind::PrimaryKey | Kind::Unique | Kind::Index);
            let old = self.actions.from.get(key).filter(|_| is_key);
            if let Some((old, table)) = old.zip(parent(key, self.actions.from))
                && let Some(gone) = self.dropped_at.get(self.groups.dropped_with(key))
            {
                leaving.entry(columns_of(old, self.actions.from, &table.key)).or_default().push(*gone);
            }
        }
        for (key, _) in
            self.actions.iter().filter(|(key, _)| key.kind == Kind::ForeignKey && self.actions.is_created(key))
        {
            let Some(begins) = self.create_starts_at.get(self.groups.created_with(key)).copied() else { continue };
            let Some(link) = self.actions.to.get(key) else { continue };
            let targets = link.needs.iter().filter_map(|need| parent(need, self.actions.to)).map(|table| &table.key);
            for target in targets.collect::<BTreeSet<_>>() {
                for gone in leaving.get(&columns_of(link, self.actions.to, target)).into_iter().flatten() {
                    self.steps.order(*gone, begins);
                }
            }
        }
    }

    /// Attaches a table to its swapped composite type (OF) after the table's columns match those of the type again.
    fn add_typed_table_edges(&mut self) {
        for table in &self.actions.detached {
            let is_typed = self.actions.to.get(table).is_some_and(|table| table.has(Attribute::OfType));
            let (Some(left), Some(entered), true) =
                (self.detached_at.get(table), self.complete_at.get(table), is_typed)
            else {
                continue;
            };
            for column in
                self.actions.to.of_table(table, Kind::Column).chain(self.actions.from.of_table(table, Kind::Column))
            {
                let begins = self.create_starts_at.get(&column.key).or_else(|| self.dropped_at.get(&column.key));
                let ready = [
                    self.created_at.get(&column.key),
                    self.complete_at.get(&column.key),
                    self.dropped_at.get(&column.key),
                ];
                if let Some(begins) = begins {
                    self.steps.order(*left, *begins);
                }
                for ready in ready.into_iter().flatten() {
                    self.steps.order(*ready, *entered);
                }
            }
        }
    }

    /// Drops a routine before callers of its overloads are created, because these could be resolved to it while it
    /// exists.
    fn add_overload_edges(&mut self) {
        type Named<'k> = (&'k Option<String>, &'k str);
        fn named(key: &Key) -> Option<Named<'_>> {
            let is_routine = matches!(key.kind, Kind::Function | Kind::Procedure | Kind::Aggregate);
            is_routine.then(|| (&key.namespace, key.name.split('(').next().unwrap_or_default()))
        }
        let mut leaving: BTreeMap<Named<'_>, Vec<Number>> = BTreeMap::new();
        for (key, _) in self.actions.iter().filter(|(key, _)| self.actions.is_dropped(key)) {
            if let Some((name, gone)) = named(key).zip(self.dropped_at.get(key)) {
                leaving.entry(name).or_default().push(*gone);
            }
        }
        if leaving.is_empty() {
            return;
        }
        for (key, _) in self.actions.iter() {
            let Some(begins) = self.create_starts_at.get(self.groups.created_with(key)).copied() else { continue };
            let needs = self.actions.to.get(key).map(|object| self.actions.new_links.below(object)).unwrap_or_default();
            for gone in needs.into_iter().filter_map(|need| leaving.get(&named(need)?)).flatten() {
                self.steps.order(*gone, begins);
            }
        }
    }

    /// Drops an object before another one takes over its name.
    fn add_name_edges(&mut self) {
        let mut leaving: BTreeMap<String, Vec<Number>> = BTreeMap::new();
        for (key, _) in self.actions.iter().filter(|(key, _)| self.actions.is_dropped(key)) {
            if let (Some(name), Some(gone)) = (relation_name(key), self.dropped_at.get(self.groups.dropped_with(key))) {
                leaving.entry(name).or_default().push(*gone);
            }
        }
        for (key, _) in self.actions.iter().filter(|(key, _)| self.actions.is_created(key)) {
            let begins = self.takes_name_at(key);
            let Some((begins, leaving)) = begins.zip(relation_name(key).and_then(|name| leaving.get(&name))) else {
                continue;
            };
            for gone in leaving {
                self.steps.order(*gone, begins);
            }
        }
        self.add_constraint_name_edges();
    }

    /// Returns the first step that needs the name of the new object.
    fn takes_name_at(&self, key: &'s Key) -> Option<Number> {
        let build = self.builds.get(key).filter(|build| build.named != build.built);
        let is_beside = || self.actions.to.get(key).is_some_and(|new| self.has_name_of_predecessor(new));
        let begins = self.create_starts_at.get(self.groups.created_with(key)).copied();
        build.filter(|_| is_beside()).map(|build| build.named).or(begins)
    }

    /// Constraints of different kinds with the same name on one table, and routines that become procedures.
    fn add_constraint_name_edges(&mut self) {
        type Named<'k> = (bool, &'k Option<String>, &'k Option<String>, &'k str);
        fn named(key: &Key) -> Option<Named<'_>> {
            let is_routine = matches!(key.kind, Kind::Function | Kind::Procedure | Kind::Aggregate);
            (is_routine || key.kind.is_constraint()).then_some((is_routine, &key.namespace, &key.table, &key.name))
        }
        let mut leaving: BTreeMap<Named<'_>, Number> = BTreeMap::new();
        for (key, _) in self.actions.iter().filter(|(key, _)| self.actions.is_dropped(key)) {
            if let (Some(name), Some(gone)) = (named(key), self.dropped_at.get(self.groups.dropped_with(key))) {
                leaving.insert(name, *gone);
            }
        }
        for (key, _) in self.actions.iter().filter(|(key, _)| self.actions.is_created(key)) {
            let begins = self.takes_name_at(key);
            let gone = named(key).and_then(|name| leaving.get(&name)).copied();
            if let Some((gone, begins)) = gone.zip(begins) {
                self.steps.order(gone, begins);
            }
        }
    }

    /// Links an object to others after these exist.
    fn add_later_edges(&mut self) {
        for (key, number) in std::mem::take(&mut self.later) {
            let Some(object) = self.actions.to.get(key) else { continue };
            let mut before: Vec<Number> =
                self.created_at.get(self.groups.created_with(key)).copied().into_iter().collect();
            let attaches = object.has(Attribute::PartitionOf) && self.complete_at.get(key) == Some(&number);
            // ATTACH PARTITION comes after the partition's own indexes, which it then attaches instead of creating new
            // ones. The exceptions are indexes that it would attach to the wrong parent.
            before.extend(self.actions.new_links.above(key).iter().filter_map(|above| {
                let is_part = above.table.as_ref() == Some(&key.name)
                    && matches!(above.kind, Kind::Index | Kind::PrimaryKey | Kind::Unique | Kind::Check)
                    && !(attaches && self.follows_attach(above));
                // ATTACH PARTITION and INHERIT require NOT NULL on the child's columns if the parent's have it.
                let has_to_hold = matches!(above.kind, Kind::Column | Kind::Check);
                let column = (has_to_hold && self.complete_at.get(key) == Some(&number))
                    .then(|| self.complete_at.get(above).or_else(|| self.created_at.get(above)).copied());
                column.unwrap_or_else(|| {
                    self.created_at.get(self.groups.created_with(above)).copied().filter(|_| is_part)
                })
            }));
            let above = tables_above(object, self.actions.to);
            before.extend(above.iter().filter_map(|table| self.created_at.get(&table.key)).copied());
            if let Some(above) = index_above(object, self.actions.to) {
                before.extend(self.created_at.get(self.groups.created_with(&above.key)).copied());
                let table = parent(key, self.actions.to).and_then(|table| self.complete_at.get(&table.key));
                before.extend(table.copied());
            }
            if let Some(column) = self.new_owners.get(key) {
                before.extend(self.created_at.get(self.groups.created_with(column)).copied());
            }
            for first in before {
                self.steps.order(first, number);
            }
            // A key of a partitioned table is invalid, and cannot be referenced, until the keys of all partitions are
            // attached.
            let mut above = index_above(object, self.actions.to);
            while let Some(index) = above {
                for user in self.actions.new_links.above(&index.key).iter().filter(|user| user.kind == Kind::ForeignKey)
                {
                    if let Some(begins) = self.create_starts_at.get(self.groups.created_with(user)).copied() {
                        self.steps.order(number, begins);
                    }
                }
                above = index_above(index, self.actions.to);
            }
        }
    }
}

/// Returns whether `table` is not the foreign key's own table.
fn is_other(table: &Object, link: &Object) -> bool {
    Some(&table.key.name) != link.key.table.as_ref() || table.key.namespace != link.key.namespace
}

/// Returns whether `column` is the same column of a parent of the table of `key`, over all levels.
fn is_column_below(key: &Key, column: &Key, schema: &Schema) -> bool {
    let is_it = |above: &Object| above.key == *column || is_column_below(&above.key, column, schema);
    schema.get(key).is_some_and(|object| same_above(object, schema).any(is_it))
}
