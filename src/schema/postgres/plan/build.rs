//! Turns actions into steps, and steps into a script. Coordinates the builders in the neighbouring files, which produce
//! the steps of each object.

use std::collections::BTreeMap;

use super::columns::Fill;
use super::company::{Company, owning_columns, tables_above};
use super::fate::{Fate, Fates};
use super::index_tree::NewTrees;
use super::links::parent;
use super::order::{Number, Steps};
use super::step::{Line, Mode, Phase};
use crate::schema::postgres::{alter, name};
use crate::schema::{Attribute, Key, Kind, Object, Options, Schema, Script};

/// Returns the script from `from`, which already has the new names, to `to`. The statements `renames` come first.
pub(in crate::schema::postgres) fn plan(from: &Schema, to: &Schema, options: &Options, renames: Vec<Line>) -> Script {
    let fates = Fates::new(from, to, options.owners);
    let mut builder = Builder::new(&fates, options);
    for (key, fate) in fates.iter() {
        builder.step(key, fate);
    }
    builder.settle_carried();
    builder.write_fills();
    builder.give();
    builder.mark_indexes();
    builder.keep_rows();
    builder.settle_dropped_along();
    builder.commit_labels();
    builder.connect();
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
    pub(super) fates: &'f Fates<'s>,
    pub(super) options: &'f Options,
    pub(super) company: Company<'s>,
    pub(super) index_trees: NewTrees<'s>,
    pub(super) steps: Steps<'s>,
    /// Step after which the old object depends on nothing any more.
    pub(super) leaves: BTreeMap<&'s Key, Number>,
    /// Step after which the old object no longer exists.
    pub(super) gone: BTreeMap<&'s Key, Number>,
    /// Step before which everything that the new object depends on must exist.
    pub(super) begins: BTreeMap<&'s Key, Number>,
    /// Step after which the new object exists.
    pub(super) made: BTreeMap<&'s Key, Number>,
    /// Step after which the new object is complete, if that is not the step in `made`.
    pub(super) done: BTreeMap<&'s Key, Number>,
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
    /// Columns to be backfilled, by table.
    pub(super) fills: BTreeMap<String, Fill>,
    /// Steps that require a column to be complete.
    pub(super) waits_for_done: Vec<(&'s Key, Number)>,
    /// Owning columns of sequences, before and after.
    pub(super) old_owners: BTreeMap<&'s Key, &'s Key>,
    pub(super) new_owners: BTreeMap<&'s Key, &'s Key>,
}

impl<'f, 's> Builder<'f, 's> {
    fn new(fates: &'f Fates<'s>, options: &'f Options) -> Self {
        let company = Company::new(fates);
        Self {
            fates,
            options,
            index_trees: NewTrees::new(fates, &company),
            company,
            steps: Steps::default(),
            leaves: BTreeMap::new(),
            gone: BTreeMap::new(),
            begins: BTreeMap::new(),
            made: BTreeMap::new(),
            done: BTreeMap::new(),
            labels: BTreeMap::new(),
            later: Vec::new(),
            swaps: Vec::new(),
            identities: Vec::new(),
            rows: Vec::new(),
            tree_steps: Vec::new(),
            fills: BTreeMap::new(),
            waits_for_done: Vec::new(),
            old_owners: owning_columns(fates.from),
            new_owners: owning_columns(fates.to),
        }
    }

    fn step(&mut self, key: &'s Key, fate: Fate) {
        if self.fates.goes(key) && self.company.takes(key) == key && self.index_trees.tree(key).is_none() {
            // Parts of a swapped type are dropped with the old type.
            let swapped = parent(key, self.fates.from).filter(|whole| self.fates.get(&whole.key) == Some(Fate::Swap));
            match swapped.and_then(|whole| self.leaves.get(&whole.key).copied()) {
                Some(end) if fate == Fate::Drop => drop(self.gone.insert(key, end)),
                Some(_) => {}
                None => self.drop(key, fate),
            }
        }
        if self.index_trees.is_branch(key) {
            // Created and attached by the step of its tree.
        } else if self.fates.comes(key) && self.company.brings(key) == key {
            self.make(key);
        } else if self.fates.comes(key)
            && let Some(object) = self.fates.to.get(key)
        {
            self.tie(object);
        }
        let (Some(before), Some(after)) = (self.fates.from.get(key), self.fates.to.get(key)) else { return };
        // Attributes of a swapped composite type and checks of a swapped domain are created with it, except for checks
        // that CREATE DOMAIN cannot include.
        if parent(key, self.fates.to).is_some_and(|whole| self.fates.get(&whole.key) == Some(Fate::Swap)) {
            if key.kind == Kind::Check && self.company.brings(key) == key && !self.fates.comes(key) {
                self.make(key);
            }
            return;
        }
        // ALTER TABLE on the parent recurses to the inherited check; only comment and owner remain.
        if key.kind == Kind::Check && self.changed_above(before, after) {
            let lines = alter::said(before, after, self.options.owners);
            if !lines.is_empty() {
                self.single(key, Phase::Upper, lines);
            }
            return;
        }
        match fate {
            Fate::Alter => self.change(before, after),
            Fate::Replace => self.replace(before, after),
            Fate::Swap => self.swap(before, after),
            Fate::Add | Fate::Drop | Fate::Rebuild => {}
        }
    }

    /// Adds a step in a transaction that performs the whole change of `key`.
    pub(super) fn single(&mut self, key: &'s Key, phase: Phase, lines: Vec<Line>) -> Number {
        let number = self.steps.add(Mode::Plain, phase, key, lines);
        self.leaves.insert(key, number);
        self.begins.insert(key, number);
        self.made.insert(key, number);
        number
    }

    /// Returns whether the table (or view) of the object existed before and stays, so that it may be in use.
    pub(super) fn is_busy(&self, key: &Key) -> bool {
        let stays = |whole: &Object| !self.fates.goes(&whole.key) && self.fates.from.get(&whole.key).is_some();
        parent(key, self.fates.to).or_else(|| parent(key, self.fates.from)).is_some_and(stays)
    }

    /// Returns whether the object belongs to a partitioned table, before or after.
    pub(super) fn is_partitioned(&self, key: &Key) -> bool {
        let has = |schema| parent(key, schema).is_some_and(|whole| whole.has(Attribute::PartitionBy));
        has(self.fates.from) || has(self.fates.to)
    }

    /// Returns whether online forms (CONCURRENTLY, NOT VALID) are requested and possible for the object's table.
    pub(super) fn is_online(&self, key: &Key) -> bool {
        self.options.online && self.is_busy(key) && !self.is_below_rows_aside(key)
    }

    /// Returns whether a parent is re-created: its rows are saved and restored in one transaction, which CONCURRENTLY
    /// would break.
    fn is_below_rows_aside(&self, key: &Key) -> bool {
        let mut above = parent(key, self.fates.to).map(|table| tables_above(table, self.fates.to)).unwrap_or_default();
        while let Some(table) = above.pop() {
            if self.fates.get(&table.key) == Some(Fate::Rebuild) {
                return true;
            }
            above.extend(tables_above(table, self.fates.to));
        }
        false
    }

    /// Commits new enum labels first if another object in the script uses them.
    fn commit_labels(&mut self) {
        for (key, labels) in &self.labels {
            let literals: Vec<String> = labels.iter().map(|label| name::literal(label)).collect();
            let uses = |user: &&Key| {
                let object = self.fates.to.get(user);
                self.fates.get(user).is_some() && object.is_some_and(|object| mentions(object, &literals))
            };
            if self.fates.new_links.above(key).iter().any(uses)
                && let Some(number) = self.made.get(key)
            {
                self.steps.set_mode(*number, Mode::EnumValues);
            }
        }
    }
}

/// Returns whether a text of the object contains one of the literals.
fn mentions(object: &Object, literals: &[String]) -> bool {
    let has = |text: &str| literals.iter().any(|literal| text.contains(literal.as_str()));
    object.attributes.values().any(|value| value.text().is_some_and(has) || value.list().iter().any(|text| has(text)))
}
