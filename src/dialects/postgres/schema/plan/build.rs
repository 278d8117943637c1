//! Turns actions into steps, and steps into a script. Coordinates the builders in the neighbouring files, which produce
//! the steps of each object.

use std::collections::BTreeMap;

use super::action::{ObjectAction, ObjectActions};
use super::columns::Fill;
use super::index_tree::NewTrees;
use super::links::parent;
use super::order::{Number, StepGraph};
use super::ownership::{CascadeGroups, owning_columns, tables_above};
use super::step::{PlannedStatement, StepMode, StepPhase};
use super::successors::{ConcurrentBuild, adopted_indexes};
use crate::dialects::postgres::schema::{alter, name};
use crate::schema::{Attribute, Key, Kind, Object, Options, Schema, Script};

/// Returns the script from `from`, which already has the new names, to `to`. The statements `renames` come first.
pub(in crate::dialects::postgres::schema) fn plan(
    from: &Schema,
    to: &Schema,
    options: &Options,
    renames: Vec<PlannedStatement>,
) -> Script {
    let actions = ObjectActions::new(from, to, options.owners);
    let mut builder = Builder::new(&actions, options);
    for (key, action) in actions.iter() {
        builder.step(key, action);
    }
    builder.settle_carried();
    builder.continue_numbers();
    builder.write_fills();
    builder.give();
    builder.mark_indexes();
    builder.keep_rows();
    builder.settle_dropped_along();
    builder.commit_labels();
    builder.add_edges();
    builder.steps.into_script(renames)
}

/// Steps of a plan under construction.
///
/// Up to five steps per object matter to others. Often they are the same step:
/// ```text
/// old object:  leaves (releases its dependencies), gone (no longer exists)
/// new object:  begins (needs its dependencies), made (exists), done (is complete: NOT NULL, validated, attached)
/// ```
pub(super) struct Builder<'f, 's> {
    pub(super) actions: &'f ObjectActions<'s>,
    pub(super) options: &'f Options,
    pub(super) groups: CascadeGroups<'s>,
    pub(super) index_trees: NewTrees<'s>,
    pub(super) steps: StepGraph<'s>,
    /// Step after which the old object depends on nothing any more.
    pub(super) detached_at: BTreeMap<&'s Key, Number>,
    /// Step after which the old object no longer exists.
    pub(super) dropped_at: BTreeMap<&'s Key, Number>,
    /// Step before which everything that the new object depends on must exist.
    pub(super) create_starts_at: BTreeMap<&'s Key, Number>,
    /// Step after which the new object exists.
    pub(super) created_at: BTreeMap<&'s Key, Number>,
    /// Step after which the new object is complete, if that is not the step in `made`.
    pub(super) complete_at: BTreeMap<&'s Key, Number>,
    /// Labels that are added to enumerated types.
    pub(super) labels: BTreeMap<&'s Key, Vec<String>>,
    /// Steps that link an object to others.
    pub(super) later: Vec<(&'s Key, Number)>,
    /// Swapped types, with the step that drops the old one.
    pub(super) swaps: Vec<(&'s Key, Number)>,
    /// Columns that become identities, with the step that makes them so.
    pub(super) identities: Vec<(&'s Key, Number)>,
    /// Re-created tables, with the steps that save and restore their rows.
    pub(super) rows: Vec<(&'s Key, Number, Number)>,
    /// Roots of index trees, with the step that creates the tree.
    pub(super) tree_steps: Vec<(&'s Key, Number)>,
    /// Keys and indexes that are built CONCURRENTLY.
    pub(super) builds: BTreeMap<&'s Key, ConcurrentBuild>,
    /// Unique indexes that become the index of a new key, with the key.
    pub(super) adopted: BTreeMap<&'s Key, &'s Key>,
    /// Columns to be backfilled, by table.
    pub(super) fills: BTreeMap<String, Fill>,
    /// Steps that require a column to be complete.
    pub(super) waits_for_done: Vec<(&'s Key, Number)>,
    /// Owning columns of sequences, before and after.
    pub(super) old_owners: BTreeMap<&'s Key, &'s Key>,
    pub(super) new_owners: BTreeMap<&'s Key, &'s Key>,
}

impl<'f, 's> Builder<'f, 's> {
    fn new(actions: &'f ObjectActions<'s>, options: &'f Options) -> Self {
        let groups = CascadeGroups::new(actions);
        Self {
            actions,
            options,
            index_trees: NewTrees::new(actions, &groups),
            groups,
            steps: StepGraph::default(),
            detached_at: BTreeMap::new(),
            dropped_at: BTreeMap::new(),
            create_starts_at: BTreeMap::new(),
            created_at: BTreeMap::new(),
            complete_at: BTreeMap::new(),
            labels: BTreeMap::new(),
            later: Vec::new(),
            swaps: Vec::new(),
            identities: Vec::new(),
            rows: Vec::new(),
            tree_steps: Vec::new(),
            builds: BTreeMap::new(),
            adopted: adopted_indexes(actions),
            fills: BTreeMap::new(),
            waits_for_done: Vec::new(),
            old_owners: owning_columns(actions.from),
            new_owners: owning_columns(actions.to),
        }
    }

    fn step(&mut self, key: &'s Key, action: ObjectAction) {
        let is_adopted = self.adopted.contains_key(key);
        if self.actions.is_dropped(key)
            && self.groups.dropped_with(key) == key
            && self.index_trees.tree(key).is_none()
            && !is_adopted
        {
            // Parts of a swapped type are dropped with the old type.
            let swapped =
                parent(key, self.actions.from).filter(|whole| self.actions.get(&whole.key) == Some(ObjectAction::Swap));
            match swapped.and_then(|whole| self.detached_at.get(&whole.key).copied()) {
                Some(end) if action == ObjectAction::Drop => drop(self.dropped_at.insert(key, end)),
                Some(_) => {}
                None => self.drop(key, action),
            }
        }
        if self.index_trees.is_branch(key) {
            // Created and attached by the step of its tree.
        } else if self.actions.is_created(key) && self.groups.created_with(key) == key {
            self.make(key);
        } else if self.actions.is_created(key)
            && let Some(object) = self.actions.to.get(key)
        {
            self.tie(object);
        }
        let (Some(before), Some(after)) = (self.actions.from.get(key), self.actions.to.get(key)) else { return };
        // Attributes of a swapped composite type and checks of a swapped domain are created with it, except for checks
        // that CREATE DOMAIN cannot include.
        if parent(key, self.actions.to).is_some_and(|whole| self.actions.get(&whole.key) == Some(ObjectAction::Swap)) {
            if key.kind == Kind::Check && self.groups.created_with(key) == key && !self.actions.is_created(key) {
                self.make(key);
            }
            return;
        }
        // ALTER TABLE on the parent recurses to the inherited check; only comment and owner remain.
        if key.kind == Kind::Check && self.changed_above(before, after) {
            let lines = alter::metadata(before, after, self.options.owners);
            if !lines.is_empty() {
                self.single(key, StepPhase::Dependents, lines);
            }
            return;
        }
        match action {
            ObjectAction::Alter => self.change(before, after),
            ObjectAction::Replace => self.replace(before, after),
            ObjectAction::Swap => self.swap(before, after),
            ObjectAction::Add | ObjectAction::Drop | ObjectAction::Rebuild => {}
        }
    }

    /// Adds a step in a transaction that performs the whole change of `key`.
    pub(super) fn single(&mut self, key: &'s Key, phase: StepPhase, lines: Vec<PlannedStatement>) -> Number {
        let number = self.steps.add(StepMode::Plain, phase, key, lines);
        self.detached_at.insert(key, number);
        self.create_starts_at.insert(key, number);
        self.created_at.insert(key, number);
        number
    }

    /// Returns whether the table (or view) of the object existed before and stays, so that it may be in use.
    pub(super) fn is_busy(&self, key: &Key) -> bool {
        let stays =
            |whole: &Object| !self.actions.is_dropped(&whole.key) && self.actions.from.get(&whole.key).is_some();
        parent(key, self.actions.to).or_else(|| parent(key, self.actions.from)).is_some_and(stays)
    }

    /// Returns whether the object belongs to a partitioned table, before or after.
    pub(super) fn is_partitioned(&self, key: &Key) -> bool {
        let has = |schema| parent(key, schema).is_some_and(|whole| whole.has(Attribute::PartitionBy));
        has(self.actions.from) || has(self.actions.to)
    }

    /// Returns whether online forms (CONCURRENTLY, NOT VALID) are requested and possible for the object's table.
    pub(super) fn is_online(&self, key: &Key) -> bool {
        self.options.online && self.is_busy(key) && !self.is_below_rows_aside(key)
    }

    /// Returns whether a parent is re-created: its rows are saved and restored in one transaction, which CONCURRENTLY
    /// would break.
    fn is_below_rows_aside(&self, key: &Key) -> bool {
        let mut above =
            parent(key, self.actions.to).map(|table| tables_above(table, self.actions.to)).unwrap_or_default();
        while let Some(table) = above.pop() {
            if self.actions.get(&table.key) == Some(ObjectAction::Rebuild) {
                return true;
            }
            above.extend(tables_above(table, self.actions.to));
        }
        false
    }

    /// Commits new enum labels first if another object in the script uses them.
    fn commit_labels(&mut self) {
        for (key, labels) in &self.labels {
            let literals: Vec<String> = labels.iter().map(|label| name::literal(label)).collect();
            let uses = |user: &&Key| {
                let object = self.actions.to.get(user);
                self.actions.get(user).is_some() && object.is_some_and(|object| mentions(object, &literals))
            };
            if self.actions.new_links.above(key).iter().any(uses)
                && let Some(number) = self.created_at.get(key)
            {
                self.steps.set_mode(*number, StepMode::EnumValues);
            }
        }
    }
}

/// Returns whether a text of the object contains one of the literals.
fn mentions(object: &Object, literals: &[String]) -> bool {
    let has = |text: &str| literals.iter().any(|literal| text.contains(literal.as_str()));
    object.attributes.values().any(|value| value.text().is_some_and(has) || value.list().iter().any(|text| has(text)))
}
