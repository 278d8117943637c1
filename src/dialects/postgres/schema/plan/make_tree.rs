//! Step that creates an index tree. It is a single step, outside of a transaction if an index is built CONCURRENTLY:
//! reverting a revision that only attaches indexes would have to drop and rebuild the whole tree.

use std::collections::{BTreeMap, BTreeSet};

use super::action::ObjectAction;
use super::build::Builder;
use super::index_tree::missing_branches;
use super::links::parent;
use super::make::{made, make_concurrent};
use super::order::Number;
use super::ownership::relation_name;
use super::step::{PlannedStatement, StepMode, StepPhase};
use crate::dialects::postgres::schema::{alter, create, name};
use crate::schema::{Attribute, Key, Kind, Object};

/// Statements of a tree's step.
#[derive(Default)]
struct TreeLines {
    /// Indexes that are built CONCURRENTLY.
    builds: Vec<PlannedStatement>,
    /// All other statements, children first.
    rest: Vec<PlannedStatement>,
}

impl<'s> Builder<'_, 's> {
    /// Creates the tree with the root `root`, and drops the old one in the same step if possible.
    pub(super) fn make_tree(&mut self, root: &'s Key) {
        let objects: Vec<&'s Object> = self.index_trees.tree(root).unwrap_or_default().to_vec();
        let old = self.actions.from.get(root).filter(|old| self.can_go_late(old));
        // Objects that are dropped in an earlier step leave their names free.
        let taken = old.map(|_| self.relation_names_before()).unwrap_or_default();
        let mut lines = TreeLines::default();
        for object in &objects {
            self.tree_lines(object, &taken, &mut lines);
        }
        if let Some(object) = self.actions.to.get(root) {
            if self.is_attached_at_once(object) {
                lines.rest.extend(create::later(object).into_iter().map(PlannedStatement::from));
            } else {
                self.tie(object);
            }
        }
        let mode = if lines.builds.is_empty() { StepMode::Plain } else { StepMode::Concurrent };
        let old = old.filter(|_| mode == StepMode::Concurrent);
        // The long builds come first. The old tree is dropped only after them, so that queries lack an index just while
        // the new tree is put together.
        let mut all = lines.builds;
        all.extend(old.map(|old| self.drop_line(old)));
        all.extend(lines.rest);
        let step = self.steps.add(mode, StepPhase::Tables, root, all);
        if old.is_some() {
            self.detached_at.insert(root, step);
            self.dropped_at.insert(root, step);
        } else if self.actions.is_dropped(root) && self.groups.dropped_with(root) == root {
            self.drop(root, ObjectAction::Rebuild);
        }
        for object in objects {
            if !self.is_made_alone(&object.key) {
                continue;
            }
            self.create_starts_at.insert(&object.key, step);
            self.created_at.insert(&object.key, step);
            if object.key.kind == Kind::PrimaryKey {
                self.after_not_null(object, step);
            }
        }
        self.tree_steps.push((root, step));
    }

    /// Returns whether the object can be attached right away: its table is a partition already.
    pub(super) fn is_attached_at_once(&self, object: &Object) -> bool {
        let table = parent(&object.key, self.actions.to);
        object.has(Attribute::PartitionOf) && table.is_some_and(|table| !self.actions.enters_parent(table))
    }

    /// Returns whether the object is new and not created with its table.
    fn is_made_alone(&self, key: &'s Key) -> bool {
        self.actions.is_created(key) && self.groups.created_with(key) == key
    }

    /// Returns whether the old root can stay until the new indexes are built: nothing that it depends on changes.
    fn can_go_late(&self, old: &'s Object) -> bool {
        self.actions.get(&old.key) == Some(ObjectAction::Rebuild)
            && self.groups.dropped_with(&old.key) == &old.key
            && self.actions.old_links.below(old).iter().all(|need| self.actions.get(need).is_none())
    }

    fn relation_names_before(&self) -> BTreeSet<String> {
        self.actions.from.objects().filter_map(|object| relation_name(&object.key)).collect()
    }

    fn tree_lines(&self, object: &'s Object, taken: &BTreeSet<String>, lines: &mut TreeLines) {
        if !self.is_made_alone(&object.key) {
            return;
        }
        let is_partitioned =
            parent(&object.key, self.actions.to).is_some_and(|table| table.has(Attribute::PartitionBy));
        let is_online = self.is_online(&object.key) && !is_partitioned;
        match self.concurrent_build(object, taken).filter(|_| is_online) {
            Some((build, rest)) => {
                lines.builds.push(build);
                lines.rest.extend(rest);
            }
            None => lines.rest.extend(made(object, self.actions.to)),
        }
        for below in self.index_trees.attached_to(&object.key) {
            lines.rest.extend(create::later(below).into_iter().map(PlannedStatement::from));
        }
    }

    /// Returns the statement that builds the index CONCURRENTLY, under a temporary name while its own is taken, and
    /// those that rename it and turn it into a constraint. `None` for an exclusion constraint.
    fn concurrent_build(
        &self,
        object: &Object,
        taken: &BTreeSet<String>,
    ) -> Option<(PlannedStatement, Vec<PlannedStatement>)> {
        let key = &object.key;
        let is_taken = taken.contains(&name::own(key));
        let built_as = if is_taken { self.name_beside(object) } else { key.name.clone() };
        let rest = made(object, self.actions.to).into_iter().skip(1);
        if key.kind != Kind::Index {
            let (index, constraint) = alter::key_index(object, &built_as)?;
            return Some((
                PlannedStatement::new(index),
                std::iter::once(PlannedStatement::new(constraint)).chain(rest).collect(),
            ));
        }
        let mut beside = object.clone();
        beside.key.name = built_as;
        let mut build = made(&beside, self.actions.to).into_iter().next()?;
        make_concurrent(&mut build);
        let renamed = is_taken.then(|| {
            let (old, new) = (name::own(&beside.key), name::identifier(&key.name));
            PlannedStatement::new(format!("ALTER INDEX {old} RENAME TO {new}"))
        });
        Some((build, renamed.into_iter().chain(rest).collect()))
    }

    /// Creates a tree after all its tables are attached, so that ATTACH PARTITION attaches no index by itself, and
    /// after the branches that are created elsewhere.
    pub(super) fn connect_trees(&mut self) {
        let without_branch = self.attached_without_branch();
        for (root, step) in std::mem::take(&mut self.tree_steps) {
            let objects: Vec<&'s Object> = self.index_trees.tree(root).unwrap_or_default().to_vec();
            for attached in objects.iter().filter_map(|object| without_branch.get(&object.key)).flatten() {
                self.steps.order(*attached, step);
            }
            for object in objects.into_iter().filter(|object| object.key != *root) {
                let table = parent(&object.key, self.actions.to).map(|table| &table.key);
                let attached =
                    table.and_then(|table| self.complete_at.get(table).or_else(|| self.created_at.get(table)));
                let made = self.created_at.get(self.groups.created_with(&object.key));
                for first in attached.into_iter().chain(made).copied().collect::<Vec<_>>() {
                    self.steps.order(first, step);
                }
            }
        }
    }

    /// Indexes of partitioned tables with the steps that attach partitions none of whose indexes is to be attached to them:
    /// ATTACH PARTITION would attach an equal one, or make one.
    fn attached_without_branch(&self) -> BTreeMap<&'s Key, Vec<Number>> {
        let mut attached: BTreeMap<&'s Key, Vec<Number>> = BTreeMap::new();
        for table in self.actions.to.objects().filter(|object| object.key.kind == Kind::Table) {
            let Some(step) = self.complete_at.get(&table.key).copied().filter(|_| table.has(Attribute::PartitionOf))
            else {
                continue;
            };
            for index in missing_branches(table, self.actions.to) {
                attached.entry(&index.key).or_default().push(step);
            }
        }
        attached
    }

    /// Drops indexes of a detached partition, and the indexes they were attached to, after it is detached.
    pub(super) fn connect_detached_indexes(&mut self) {
        for (above, attached) in super::index_tree::attached_indexes(self.actions.from) {
            for object in attached {
                let Some(table) = parent(&object.key, self.actions.from) else { continue };
                let is_meant = self.actions.leaves_parent(table) && !self.actions.is_dropped(&table.key);
                let Some(detached) = self.detached_at.get(&table.key).copied().filter(|_| is_meant) else { continue };
                for key in [above, &object.key] {
                    if let Some(gone) = self.dropped_at.get(self.groups.dropped_with(key)).copied() {
                        self.steps.order(detached, gone);
                    }
                }
            }
        }
    }
}
