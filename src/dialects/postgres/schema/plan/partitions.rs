//! Order of the steps of partitions and inheriting tables.

use std::collections::BTreeMap;

use super::build::Builder;
use super::index_tree::has_index;
use super::order::Number;
use super::ownership::{index_above, same_above, tables_above};
use crate::dialects::postgres::schema::create::has_attached_twin;
use crate::dialects::postgres::schema::name;
use crate::schema::{Attribute, Key, Kind, Object};

impl<'s> Builder<'_, 's> {
    /// Returns whether the index or key of a partition is created after ATTACH PARTITION, which would attach it to the
    /// wrong index of the parent.
    pub(super) fn follows_attach(&self, key: &Key) -> bool {
        let Some(object) = self.actions.to.get(key) else { return false };
        self.index_trees.is_branch(key) || has_index(key.kind) && has_attached_twin(object, self.actions.to)
    }

    /// Orders DETACH before ATTACH, because the bounds may overlap, and orders the creation of equal indexes, which the
    /// server attaches in that order.
    pub(super) fn connect_partitions(&mut self) {
        let mut leaving: BTreeMap<&'s str, Vec<Number>> = BTreeMap::new();
        let mut entering: Vec<(&'s str, Number)> = Vec::new();
        for table in self.actions.from.objects().filter(|object| object.key.kind == Kind::Table) {
            let step = self.detached_at.get(&table.key).copied().filter(|_| self.actions.leaves_parent(table));
            if let Some((above, step)) = table.text(Attribute::PartitionOf).zip(step) {
                leaving.entry(above).or_default().push(step);
            }
        }
        for table in self.actions.to.objects().filter(|object| object.key.kind == Kind::Table) {
            let Some(step) = self.complete_at.get(&table.key).copied() else { continue };
            if let Some(above) = table.text(Attribute::PartitionOf) {
                entering.push((above, step));
                self.connect_twins(table, step);
            }
        }
        self.connect_referenced_partitions(&leaving);
        self.connect_leaving_tables();
        self.connect_entering_tables();
        for (above, enters) in entering {
            for leaves in leaving.get(above).into_iter().flatten() {
                self.steps.order(*leaves, enters);
            }
        }
    }

    /// Orders partitions of a referencing table before those of the referenced partitioned table: a partition with
    /// referenced rows cannot be detached.
    fn connect_referenced_partitions(&mut self, leaving: &BTreeMap<&'s str, Vec<Number>>) {
        for link in self.actions.from.objects().filter(|object| object.key.kind == Kind::ForeignKey) {
            self.connect_kept_foreign_key(link);
            let Some(targets) = link.text(Attribute::References).and_then(|target| leaving.get(target)) else {
                continue;
            };
            let dropped = self
                .dropped_at
                .get(self.groups.dropped_with(&link.key))
                .copied()
                .filter(|_| self.actions.is_dropped(&link.key));
            if let Some(dropped) = dropped {
                for target in targets {
                    self.steps.order(dropped, *target);
                }
            }
            // A foreign key that is dropped by itself, before its table, holds no partition by then.
            if dropped.is_some() && self.groups.dropped_with(&link.key) == &link.key {
                continue;
            }
            let own = name::table(&link.key);
            let partitions =
                self.actions.from.objects().filter(|table| table.text(Attribute::PartitionOf) == Some(&own));
            for gone in partitions.filter_map(|table| self.dropped_at.get(&table.key)).copied().collect::<Vec<_>>() {
                for target in targets {
                    self.steps.order(gone, *target);
                }
            }
        }
    }

    /// Orders DETACH before the drop of the parent's foreign key: the detached partition keeps a copy, which is dropped
    /// separately.
    fn connect_kept_foreign_key(&mut self, link: &'s Object) {
        let table = super::links::parent(&link.key, self.actions.from);
        let Some(table) = table.filter(|_| link.has(Attribute::Inherited)) else { return };
        let Some(detached) = self.detached_at.get(&table.key).copied() else { return };
        let same = |above: &&Object| above.text(Attribute::Definition) == link.text(Attribute::Definition);
        for above in tables_above(table, self.actions.from) {
            for key in self.actions.from.of_table(&above.key, Kind::ForeignKey).filter(same).collect::<Vec<_>>() {
                let falls_with_it = self.groups.dropped_with(&link.key) == self.groups.dropped_with(&key.key);
                match self.dropped_at.get(self.groups.dropped_with(&key.key)).copied() {
                    Some(gone) if falls_with_it => self.steps.order(gone, detached),
                    Some(gone) => self.steps.order(detached, gone),
                    None => {}
                }
            }
        }
    }

    /// Objects that a table has in common with the one above stay when it leaves that one, and cannot be dropped before: it
    /// leaves first.
    /// A table that enters has to have all the columns of the one above, so that those that go are dropped first.
    pub(super) fn connect_parts_of_parents(&mut self) {
        for table in self.actions.from.objects().filter(|object| object.key.kind == Kind::Table) {
            let stays = !self.actions.is_dropped(&table.key);
            let Some(left) = self.detached_at.get(&table.key).copied().filter(|_| stays) else { continue };
            let kinds = [Kind::Column, Kind::Check];
            for part in
                kinds.into_iter().flat_map(|kind| self.actions.from.of_table(&table.key, kind)).collect::<Vec<_>>()
            {
                self.connect_common_part(part, left);
            }
        }
        for table in self.actions.to.objects().filter(|object| object.key.kind == Kind::Table) {
            let Some(entered) = self.complete_at.get(&table.key).copied().filter(|_| self.actions.enters_parent(table))
            else {
                continue;
            };
            for above in tables_above(table, self.actions.to).iter().map(|above| &above.key).collect::<Vec<_>>() {
                for column in self.actions.from.of_table(above, Kind::Column).collect::<Vec<_>>() {
                    if let Some(gone) = self.dropped_at.get(&column.key).copied() {
                        self.steps.order(gone, entered);
                    }
                }
            }
        }
    }

    fn connect_common_part(&mut self, part: &'s Object, left: Number) {
        for above in same_above(part, self.actions.from).map(|above| &above.key).collect::<Vec<_>>() {
            for key in [above, &part.key] {
                let falls_with_it = key == above && self.groups.dropped_with(&part.key) == above;
                if let Some(gone) = self.dropped_at.get(key).copied().filter(|_| !falls_with_it) {
                    self.steps.order(left, gone);
                }
            }
        }
    }

    /// A table leaves the one above before anything changes there that the server would change below too: what is new there would
    /// stay in the table that leaves, and what goes there would go with what the table keeps.
    fn connect_leaving_tables(&mut self) {
        const HANDED_DOWN: [Kind; 5] = [Kind::Column, Kind::Check, Kind::ForeignKey, Kind::Exclusion, Kind::Trigger];
        let tables = self.actions.from.objects().filter(|object| object.key.kind == Kind::Table);
        for table in tables.filter(|table| self.leaves_one_above(table)).collect::<Vec<_>>() {
            let Some(detached) = self.detached_at.get(&table.key).copied() else { continue };
            for above in tables_above(table, self.actions.from).into_iter().map(|above| &above.key) {
                let old = HANDED_DOWN.into_iter().flat_map(|kind| self.actions.from.of_table(above, kind));
                // A foreign key that points at the partition goes before: connect_referenced_partitions.
                let old = old.filter(|part| part.key.kind != Kind::ForeignKey && self.actions.is_dropped(&part.key));
                let gone = old.filter_map(|part| self.dropped_at.get(self.groups.dropped_with(&part.key)));
                let new = HANDED_DOWN.into_iter().flat_map(|kind| self.actions.to.of_table(above, kind));
                let new = new.filter(|part| self.actions.get(&part.key).is_some());
                let begins = new.filter_map(|part| self.create_starts_at.get(self.groups.created_with(&part.key)));
                for step in gone.chain(begins).copied().collect::<Vec<_>>() {
                    self.steps.order(detached, step);
                }
            }
        }
    }

    /// A partition is attached when the table above has none of the columns and checks any more that the partition does not have.
    fn connect_entering_tables(&mut self) {
        let tables = self.actions.to.objects().filter(|object| object.key.kind == Kind::Table);
        for table in tables.filter(|table| self.actions.enters_parent(table)).collect::<Vec<_>>() {
            let Some(attached) = self.complete_at.get(&table.key).copied() else { continue };
            for above in tables_above(table, self.actions.to).into_iter().map(|above| &above.key) {
                let old = [Kind::Column, Kind::Check].into_iter();
                let old = old.flat_map(|kind| self.actions.from.of_table(above, kind));
                let old = old.filter(|part| self.actions.is_dropped(&part.key));
                let gone = old.filter_map(|part| self.dropped_at.get(self.groups.dropped_with(&part.key)));
                for step in gone.copied().collect::<Vec<_>>() {
                    self.steps.order(step, attached);
                }
            }
        }
    }

    /// Returns `true` if the table stays and is below fewer tables than before, be it for a while.
    fn leaves_one_above(&self, table: &Object) -> bool {
        let Some(after) = self.actions.to.get(&table.key).filter(|_| !self.actions.is_dropped(&table.key)) else {
            return false;
        };
        let kept = after.list(Attribute::Inherits);
        self.actions.leaves_parent(table) || table.list(Attribute::Inherits).iter().any(|above| !kept.contains(above))
    }

    /// Orders equal indexes of a new partition: the server attaches the first one to the first equal index of the
    /// parent.
    fn connect_twins(&mut self, table: &'s Object, attach: Number) {
        let indexes: Vec<&'s Object> = [Kind::PrimaryKey, Kind::Unique, Kind::Exclusion, Kind::Index]
            .into_iter()
            .flat_map(|kind| self.actions.to.of_table(&table.key, kind))
            .filter(|index| !self.index_trees.is_branch(&index.key))
            .collect();
        for one in &indexes {
            let Some(begins) = self.create_starts_at.get(self.groups.created_with(&one.key)).copied() else {
                continue;
            };
            if has_attached_twin(one, self.actions.to) {
                self.steps.order(attach, begins);
            }
            for other in indexes.iter().filter(|other| are_twins(one, other)) {
                let place = |index: &Object| {
                    let above = index_above(index, self.actions.to)?;
                    self.actions.from.get(&above.key)?.number(Attribute::Position)
                };
                let is_later = place(one).zip(place(other)).is_some_and(|(one, other)| one > other);
                if let Some(first) =
                    self.created_at.get(self.groups.created_with(&other.key)).copied().filter(|_| is_later)
                {
                    self.steps.order(first, begins);
                }
            }
        }
    }

    /// Orders independent columns of a parent and a child. The child's is added first, so that ADD COLUMN on the parent
    /// merges with it, and dropped last. A changed column comes after its parent's, whose ALTER TABLE recurses.
    pub(super) fn connect_columns_of_children(&mut self) {
        for (key, _) in self.actions.iter().filter(|(key, _)| key.kind == Kind::Column) {
            if let Some(after) = self.actions.to.get(key) {
                for above in same_above(after, self.actions.to).map(|above| &above.key).collect::<Vec<_>>() {
                    self.connect_merged(key, above);
                }
            }
            if let Some(before) = self.actions.from.get(key) {
                for above in same_above(before, self.actions.from).map(|above| &above.key).collect::<Vec<_>>() {
                    let go_alone = [above, key]
                        .iter()
                        .all(|key| self.actions.is_dropped(key) && self.groups.dropped_with(key) == *key);
                    if let Some((above, below)) =
                        self.dropped_at.get(above).zip(self.dropped_at.get(key)).filter(|_| go_alone)
                    {
                        self.steps.order(*above, *below);
                    }
                }
            }
        }
    }

    fn connect_merged(&mut self, below: &'s Key, above: &'s Key) {
        let is_alone = |key: &'s Key| self.actions.is_created(key) && self.groups.created_with(key) == key;
        let stays = |key: &'s Key| {
            self.actions.get(key).is_some() && !self.actions.is_dropped(key) && !self.actions.is_created(key)
        };
        let (below_made, above_begins) =
            (self.created_at.get(below).copied(), self.create_starts_at.get(above).copied());
        if is_alone(below) && is_alone(above) {
            if let Some((first, second)) = below_made.zip(above_begins) {
                self.steps.order(first, second);
            }
        } else if stays(below) && stays(above) {
            let last = self.complete_at.get(above).or_else(|| self.created_at.get(above)).copied();
            if let Some((first, second)) = last.zip(self.create_starts_at.get(below).copied()) {
                self.steps.order(first, second);
            }
        }
    }

    /// Returns the statement that detaches a partition before it is dropped; `None` if it can be dropped directly.
    pub(super) fn detached_before_drop(&self, table: &Object) -> Option<String> {
        let above = table.text(Attribute::PartitionOf)?;
        let stays = tables_above(table, self.actions.from).iter().all(|above| !self.actions.is_dropped(&above.key));
        let is_meant = stays && (self.makes_room(above) || self.is_held_by_foreign_key(table));
        is_meant.then(|| format!("ALTER TABLE {above} DETACH PARTITION {}", name::own(&table.key)))
    }

    /// Returns whether other partitions are attached to the table `above`, possibly with the bounds of a dropped one.
    fn makes_room(&self, above: &str) -> bool {
        let enters =
            |table: &Object| table.text(Attribute::PartitionOf) == Some(above) && self.actions.enters_parent(table);
        self.actions.to.objects().any(|object| object.key.kind == Kind::Table && enters(object))
    }

    /// Returns whether a remaining foreign key references a partitioned table above: it references each partition too,
    /// so that DROP TABLE fails while the partition is attached.
    fn is_held_by_foreign_key(&self, table: &Object) -> bool {
        let mut names = Vec::new();
        let mut next = table.text(Attribute::PartitionOf).and_then(|_| tables_above(table, self.actions.from).pop());
        while let Some(above) = next {
            names.push(name::own(&above.key));
            next = above.text(Attribute::PartitionOf).and_then(|_| tables_above(above, self.actions.from).pop());
        }
        let points = |object: &Object| {
            let target = object.text(Attribute::References);
            object.key.kind == Kind::ForeignKey && target.is_some_and(|target| names.iter().any(|name| name == target))
        };
        self.actions.from.objects().any(|object| points(object) && !self.actions.is_dropped(&object.key))
    }
}

fn are_twins(one: &Object, other: &Object) -> bool {
    one.key != other.key && one.list(Attribute::Columns) == other.list(Attribute::Columns)
}
