//! Dependencies between steps, derived from the dependencies of the objects in the old and the new schema.

use std::collections::{BTreeMap, BTreeSet};

use super::build::Builder;
use super::company::{index_above, relation_name, tables_above};
use super::fate::{Fate, is_part};
use super::links::parent;
use super::order::Number;
use crate::schema::postgres::name;
use crate::schema::{Attribute, Key, Kind, Object, Schema};

impl<'s> Builder<'_, 's> {
    /// Adds all dependencies between steps.
    pub(super) fn connect(&mut self) {
        for object in self.fates.from.objects() {
            self.connect_old(object);
        }
        for object in self.fates.to.objects() {
            self.connect_new(object);
        }
        self.connect_names();
        self.connect_overloads();
        self.connect_persistence();
        self.connect_replaced_keys();
        self.connect_typed_tables();
        self.connect_later();
        self.connect_changes();
        self.connect_rows();
        self.connect_trees();
        self.connect_detached_indexes();
        self.connect_partitions();
        self.connect_parts_of_parents();
        self.connect_columns_of_children();
    }

    /// Orders additional steps of an object's change.
    fn connect_changes(&mut self) {
        for (column, step) in std::mem::take(&mut self.waits_for_done) {
            let ready = self.done.get(column).or_else(|| self.made.get(column)).copied();
            if let Some(ready) = ready {
                self.steps.order(ready, step);
            }
        }
        self.connect_opened();
        // A sequence is released before the table of its owning column is dropped, which would drop it too.
        for (sequence, column) in &self.old_owners {
            let left = self.leaves.get(sequence).copied().filter(|_| self.fates.detached.contains(sequence));
            if let Some((left, gone)) = left.zip(self.gone.get(self.company.takes(column)).copied()) {
                self.steps.order(left, gone);
            }
        }
        // The old type is dropped after every dependent has left it.
        for (key, end) in std::mem::take(&mut self.swaps) {
            for above in self.fates.old_links.above(key) {
                let whole =
                    parent(above, self.fates.from).filter(|whole| self.fates.get(&whole.key) == Some(Fate::Swap));
                let whole = whole.and_then(|whole| self.leaves.get(&whole.key));
                let gone = self.gone.get(self.company.takes(above)).filter(|_| self.fates.goes(above));
                // A dropped dependent need not exist again, a kept one must have been moved to the new type.
                let made = self.made.get(above).filter(|_| !self.fates.goes(above));
                let left = [made, gone, self.leaves.get(above), whole];
                for step in left.into_iter().flatten().copied() {
                    self.steps.order(step, end);
                }
                // A domain's NOT VALID check is not applied to existing values, but casting them to the new domain
                // would apply it.
                for check in self.fates.to.of_table(key, Kind::Check).filter(|check| check.has(Attribute::NotValid)) {
                    let moved = self.made.get(above).filter(|_| above.kind == Kind::Column);
                    if let (Some(moved), Some(begins)) = (moved, self.begins.get(&check.key)) {
                        self.steps.order(*moved, *begins);
                    }
                }
            }
        }
        // A sequence that the column owned before may have the name of the identity's sequence.
        for (column, step) in std::mem::take(&mut self.identities) {
            for (sequence, owner) in &self.old_owners {
                if *owner == column
                    && let Some(gone) = self.gone.get(sequence).copied()
                {
                    self.steps.order(gone, step);
                }
            }
        }
        // In the other direction, the sequence of an identity goes with DROP IDENTITY, which frees its name for a
        // sequence of the column.
        for (sequence, owner) in &self.new_owners {
            if let (Some(leave), Some(begins)) =
                (self.leaves.get(owner), self.begins.get(self.company.brings(sequence)))
                && self.fates.comes(sequence)
                && self.fates.from.get(owner).is_some_and(|column| column.has(Attribute::Identity))
            {
                self.steps.order(*leave, *begins);
            }
        }
    }

    /// DROP NOT NULL requires that no primary key or replica identity uses the column any more.
    fn connect_opened(&mut self) {
        for (key, fate) in self.fates.iter() {
            let identity = format!("index {}", name::identifier(&key.name));
            let identifies = |table: &Object| table.text(Attribute::ReplicaIdentity) == Some(identity.as_str());
            let holds = key.kind == Kind::PrimaryKey
                || key.kind == Kind::Index && parent(key, self.fates.from).is_some_and(identifies);
            let replaced =
                self.fates.from.get(key).zip(self.fates.to.get(key)).filter(|_| holds && fate == Fate::Replace);
            let Some((old, new)) = replaced else { continue };
            let is_open = |column: &Key, schema: &Schema| {
                schema.get(column).is_some_and(|column| !column.has(Attribute::NotNull))
            };
            for column in self.fates.old_links.below(old).into_iter().filter(|need| need.kind == Kind::Column) {
                let opens = !is_open(column, self.fates.from) && is_open(column, self.fates.to);
                let lets_go = opens && !self.fates.new_links.is_below(column, new);
                if let (true, Some(made), Some(begins)) = (lets_go, self.made.get(key), self.begins.get(column)) {
                    self.steps.order(*made, *begins);
                }
            }
        }
    }

    /// Orders the drop of an old object, or its release, before the drop or change of what it depended on.
    fn connect_old(&mut self, object: &'s Object) {
        let key = &object.key;
        let whole = self.company.takes(key);
        let gone = self.gone.get(whole).copied().filter(|_| self.fates.goes(key));
        let Some(leaves) = gone.or_else(|| self.leaves.get(key).copied()) else { return };
        for need in self.fates.old_links.below(object) {
            let need_gone = self.gone.get(self.company.takes(need)).copied().filter(|_| self.fates.goes(need));
            if let Some(need_gone) = need_gone {
                self.steps.order(leaves, need_gone);
            }
            // A swapped type is renamed at first, so that a column of the old type can be dropped before or after.
            let in_place = match self.fates.get(need) {
                Some(Fate::Swap) => key.kind != Kind::Column && !is_part(key, need),
                fate => matches!(fate, Some(Fate::Alter | Fate::Replace)),
            };
            let is_of_table = is_part(key, need) && need.kind == Kind::Table;
            if is_of_table && in_place {
                self.connect_part(object, need, gone);
            } else if let (Some(gone), Some(begins), true) = (gone, self.begins.get(need).copied(), in_place) {
                self.steps.order(gone, begins);
            }
        }
    }

    /// A dropped part of a table that stays. It does not block changes of the table's own settings. But ATTACH and
    /// INHERIT refuse another key or an additional column, and an inherited part can be dropped only after the table is
    /// detached.
    fn connect_part(&mut self, part: &'s Object, table: &'s Key, gone: Option<Number>) {
        let Some(gone) = gone else { return };
        let attached = self.done.get(table).copied();
        let detached = self.leaves.get(table).copied().filter(|leaves| self.begins.get(table) != Some(leaves));
        if let Some(detached) = detached.filter(|_| part.has(Attribute::Inherited)) {
            self.steps.order(detached, gone);
        }
        if let Some(attached) = attached.filter(|attached| detached != Some(*attached)) {
            self.steps.order(gone, attached);
        }
    }

    /// Orders the creation of a new object after what it depends on.
    fn connect_new(&mut self, object: &'s Object) {
        let key = &object.key;
        let whole = self.company.brings(key);
        let Some(begins) = self.begins.get(whole).copied().filter(|_| self.fates.get(key).is_some()) else { return };
        for need in self.fates.new_links.below(object) {
            if self.company.brings(need) == whole {
                continue;
            }
            if let Some(ready) = self.ready(need, key) {
                self.steps.order(ready, begins);
            }
            // ALTER TYPE refuses to change attributes while a column is of the type.
            for part in if need.kind == Kind::Composite { self.fates.to.columns(need) } else { Vec::new() } {
                if let Some(ready) = self.made.get(&part.key).copied().filter(|_| !is_part(key, need)) {
                    self.steps.order(ready, begins);
                }
            }
        }
        // Parts of a swapped type are exempt: the old part exists beside the new one, in the type that was renamed.
        let is_aside = parent(key, self.fates.from).is_some_and(|whole| self.fates.get(&whole.key) == Some(Fate::Swap));
        let gone = self.gone.get(self.company.takes(key)).copied();
        if let Some(gone) = gone.filter(|_| self.fates.goes(key) && !is_aside) {
            self.steps.order(gone, begins);
        }
    }

    /// Returns the step after which `need` is ready for `user`. An index needs a column, but not its NOT NULL; a part
    /// needs its table, but not that it is attached; the owner of a sequence never matters.
    pub(super) fn ready(&self, need: &'s Key, user: &Key) -> Option<Number> {
        let whole = self.company.brings(need);
        let is_under_a_key = user.kind == Kind::Index || user.kind.is_constraint();
        let at_once = need.kind == Kind::Sequence || need.kind == Kind::Column && is_under_a_key || is_part(user, need);
        let done = self.done.get(whole).filter(|_| !at_once);
        done.or_else(|| self.made.get(whole)).copied()
    }

    /// A logged table cannot reference an unlogged one; the opposite is allowed. Orders SET LOGGED and SET UNLOGGED
    /// accordingly.
    fn connect_persistence(&mut self) {
        let becomes_unlogged = |key: &Key| {
            let (before, after) = (self.fates.from.get(key)?, self.fates.to.get(key)?);
            let after = after.has(Attribute::Unlogged);
            (before.has(Attribute::Unlogged) != after).then_some(after)
        };
        let mut orders = Vec::new();
        for link in self.fates.from.objects().filter(|object| object.key.kind == Kind::ForeignKey) {
            let target =
                link.needs.iter().find_map(|need| parent(need, self.fates.from).filter(|table| is_other(table, link)));
            let Some((own, target)) = parent(&link.key, self.fates.from).zip(target) else { continue };
            let steps = self.made.get(&own.key).copied().zip(self.made.get(&target.key).copied());
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
    fn connect_replaced_keys(&mut self) {
        let columns_of = |object: &Object, schema: &Schema, table: &Key| -> BTreeSet<Key> {
            let columns = object.needs.iter().filter(|need| need.kind == Kind::Column && is_part(need, table));
            columns.filter(|column| schema.get(column).is_some()).cloned().collect()
        };
        let mut leaving: BTreeMap<BTreeSet<Key>, Vec<Number>> = BTreeMap::new();
        for (key, _) in self.fates.iter().filter(|(key, _)| self.fates.goes(key)) {
            let is_key = matches!(key.kind, Kind::PrimaryKey | Kind::Unique | Kind::Index);
            let old = self.fates.from.get(key).filter(|_| is_key);
            if let Some((old, table)) = old.zip(parent(key, self.fates.from))
                && let Some(gone) = self.gone.get(self.company.takes(key))
            {
                leaving.entry(columns_of(old, self.fates.from, &table.key)).or_default().push(*gone);
            }
        }
        for (key, _) in self.fates.iter().filter(|(key, _)| key.kind == Kind::ForeignKey && self.fates.comes(key)) {
            let Some(begins) = self.begins.get(self.company.brings(key)).copied() else { continue };
            let Some(link) = self.fates.to.get(key) else { continue };
            let targets = link.needs.iter().filter_map(|need| parent(need, self.fates.to)).map(|table| &table.key);
            for target in targets.collect::<BTreeSet<_>>() {
                for gone in leaving.get(&columns_of(link, self.fates.to, target)).into_iter().flatten() {
                    self.steps.order(*gone, begins);
                }
            }
        }
    }

    /// Attaches a table to its swapped composite type (OF) after the table's columns match those of the type again.
    fn connect_typed_tables(&mut self) {
        for table in &self.fates.detached {
            let is_typed = self.fates.to.get(table).is_some_and(|table| table.has(Attribute::OfType));
            let (Some(left), Some(entered), true) = (self.leaves.get(table), self.done.get(table), is_typed) else {
                continue;
            };
            for column in
                self.fates.to.of_table(table, Kind::Column).chain(self.fates.from.of_table(table, Kind::Column))
            {
                let begins = self.begins.get(&column.key).or_else(|| self.gone.get(&column.key));
                let ready = [self.made.get(&column.key), self.done.get(&column.key), self.gone.get(&column.key)];
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
    fn connect_overloads(&mut self) {
        type Named<'k> = (&'k Option<String>, &'k str);
        fn named(key: &Key) -> Option<Named<'_>> {
            let is_routine = matches!(key.kind, Kind::Function | Kind::Procedure | Kind::Aggregate);
            is_routine.then(|| (&key.namespace, key.name.split('(').next().unwrap_or_default()))
        }
        let mut leaving: BTreeMap<Named<'_>, Vec<Number>> = BTreeMap::new();
        for (key, _) in self.fates.iter().filter(|(key, _)| self.fates.goes(key)) {
            if let Some((name, gone)) = named(key).zip(self.gone.get(key)) {
                leaving.entry(name).or_default().push(*gone);
            }
        }
        if leaving.is_empty() {
            return;
        }
        for (key, _) in self.fates.iter() {
            let Some(begins) = self.begins.get(self.company.brings(key)).copied() else { continue };
            let needs = self.fates.to.get(key).map(|object| self.fates.new_links.below(object)).unwrap_or_default();
            for gone in needs.into_iter().filter_map(|need| leaving.get(&named(need)?)).flatten() {
                self.steps.order(*gone, begins);
            }
        }
    }

    /// Drops an object before another one takes over its name.
    fn connect_names(&mut self) {
        let mut leaving: BTreeMap<String, Vec<Number>> = BTreeMap::new();
        for (key, _) in self.fates.iter().filter(|(key, _)| self.fates.goes(key)) {
            if let (Some(name), Some(gone)) = (relation_name(key), self.gone.get(self.company.takes(key))) {
                leaving.entry(name).or_default().push(*gone);
            }
        }
        for (key, _) in self.fates.iter().filter(|(key, _)| self.fates.comes(key)) {
            let begins = self.begins.get(self.company.brings(key)).copied();
            let Some((begins, leaving)) = begins.zip(relation_name(key).and_then(|name| leaving.get(&name))) else {
                continue;
            };
            for gone in leaving {
                self.steps.order(*gone, begins);
            }
        }
        self.connect_constraint_names();
    }

    /// Constraints of different kinds with the same name on one table, and routines that become procedures.
    fn connect_constraint_names(&mut self) {
        type Named<'k> = (bool, &'k Option<String>, &'k Option<String>, &'k str);
        fn named(key: &Key) -> Option<Named<'_>> {
            let is_routine = matches!(key.kind, Kind::Function | Kind::Procedure | Kind::Aggregate);
            (is_routine || key.kind.is_constraint()).then_some((is_routine, &key.namespace, &key.table, &key.name))
        }
        let mut leaving: BTreeMap<Named<'_>, Number> = BTreeMap::new();
        for (key, _) in self.fates.iter().filter(|(key, _)| self.fates.goes(key)) {
            if let (Some(name), Some(gone)) = (named(key), self.gone.get(self.company.takes(key))) {
                leaving.insert(name, *gone);
            }
        }
        for (key, _) in self.fates.iter().filter(|(key, _)| self.fates.comes(key)) {
            let begins = self.begins.get(self.company.brings(key)).copied();
            let gone = named(key).and_then(|name| leaving.get(&name)).copied();
            if let Some((gone, begins)) = gone.zip(begins) {
                self.steps.order(gone, begins);
            }
        }
    }

    /// Links an object to others after these exist.
    fn connect_later(&mut self) {
        for (key, number) in std::mem::take(&mut self.later) {
            let Some(object) = self.fates.to.get(key) else { continue };
            let mut before: Vec<Number> = self.made.get(self.company.brings(key)).copied().into_iter().collect();
            let attaches = object.has(Attribute::PartitionOf) && self.done.get(key) == Some(&number);
            // ATTACH PARTITION comes after the partition's own indexes, which it then attaches instead of creating new
            // ones. The exceptions are indexes that it would attach to the wrong parent.
            before.extend(self.fates.new_links.above(key).iter().filter_map(|above| {
                let is_part = above.table.as_ref() == Some(&key.name)
                    && matches!(above.kind, Kind::Index | Kind::PrimaryKey | Kind::Unique | Kind::Check)
                    && !(attaches && self.follows_attach(above));
                // ATTACH PARTITION and INHERIT require NOT NULL on the child's columns if the parent's have it.
                let has_to_hold = matches!(above.kind, Kind::Column | Kind::Check);
                let column = (has_to_hold && self.done.get(key) == Some(&number))
                    .then(|| self.done.get(above).or_else(|| self.made.get(above)).copied());
                column.unwrap_or_else(|| self.made.get(self.company.brings(above)).copied().filter(|_| is_part))
            }));
            let above = tables_above(object, self.fates.to);
            before.extend(above.iter().filter_map(|table| self.made.get(&table.key)).copied());
            if let Some(above) = index_above(object, self.fates.to) {
                before.extend(self.made.get(self.company.brings(&above.key)).copied());
                let table = parent(key, self.fates.to).and_then(|table| self.done.get(&table.key));
                before.extend(table.copied());
            }
            if let Some(column) = self.new_owners.get(key) {
                before.extend(self.made.get(self.company.brings(column)).copied());
            }
            for first in before {
                self.steps.order(first, number);
            }
            // A key of a partitioned table is invalid, and cannot be referenced, until the keys of all partitions are
            // attached.
            let mut above = index_above(object, self.fates.to);
            while let Some(index) = above {
                for user in self.fates.new_links.above(&index.key).iter().filter(|user| user.kind == Kind::ForeignKey) {
                    if let Some(begins) = self.begins.get(self.company.brings(user)).copied() {
                        self.steps.order(number, begins);
                    }
                }
                above = index_above(index, self.fates.to);
            }
        }
    }
}

/// Returns whether `table` is not the foreign key's own table.
fn is_other(table: &Object, link: &Object) -> bool {
    Some(&table.key.name) != link.key.table.as_ref() || table.key.namespace != link.key.namespace
}
