//! From fates to steps and from steps to a script. Knows what must come before what; the steps of each object are in the
//! files beside.

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

/// The script from `from`, which has its new names already, to `to`; `renames` come first.
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

/// The steps as they are put together.
pub(super) struct Builder<'f, 's> {
    pub(super) fates: &'f Fates<'s>,
    pub(super) options: &'f Options,
    pub(super) company: Company<'s>,
    pub(super) index_trees: NewTrees<'s>,
    pub(super) steps: Steps<'s>,
    /// The step behind which the old object holds none of its old needs.
    pub(super) leaves: BTreeMap<&'s Key, Number>,
    /// The step behind which the old object is not there.
    pub(super) gone: BTreeMap<&'s Key, Number>,
    /// The step for which all that the new object needs must be there.
    pub(super) begins: BTreeMap<&'s Key, Number>,
    /// The step behind which the new object is there.
    pub(super) made: BTreeMap<&'s Key, Number>,
    /// The step behind which it is all it is to be, where that is another.
    pub(super) done: BTreeMap<&'s Key, Number>,
    /// Labels of enumerated types that are added.
    pub(super) labels: BTreeMap<&'s Key, Vec<String>>,
    /// What ties an object to others.
    pub(super) later: Vec<(&'s Key, Number)>,
    /// Types made anew, with the step that drops the old one.
    pub(super) swaps: Vec<(&'s Key, Number)>,
    /// Columns that become identities, with the step that makes them so.
    pub(super) identities: Vec<(&'s Key, Number)>,
    /// Tables made anew, with the steps that put their rows aside and back.
    pub(super) rows: Vec<(&'s Key, Number, Number)>,
    /// Roots of index trees, each with the step that makes the tree.
    pub(super) tree_steps: Vec<(&'s Key, Number)>,
    /// Columns that are filled, by their tables.
    pub(super) fills: BTreeMap<String, Fill>,
    /// Steps that want a column to be all it is to be.
    pub(super) waits_for_done: Vec<(&'s Key, Number)>,
    /// Which column owns which sequence, before and after.
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
            // What belongs to a type that is made anew goes with the old one.
            let swapped = parent(key, self.fates.from).filter(|whole| self.fates.get(&whole.key) == Some(Fate::Swap));
            match swapped.and_then(|whole| self.leaves.get(&whole.key).copied()) {
                Some(end) if fate == Fate::Drop => drop(self.gone.insert(key, end)),
                Some(_) => {}
                None => self.drop(key, fate),
            }
        }
        if self.index_trees.is_branch(key) {
            // The step of its tree makes it and attaches it.
        } else if self.fates.comes(key) && self.company.brings(key) == key {
            self.make(key);
        } else if self.fates.comes(key)
            && let Some(object) = self.fates.to.get(key)
        {
            self.tie(object);
        }
        let (Some(before), Some(after)) = (self.fates.from.get(key), self.fates.to.get(key)) else { return };
        // The columns of a composite type and the checks of a domain that is made anew are made with it.
        if parent(key, self.fates.to).is_some_and(|whole| self.fates.get(&whole.key) == Some(Fate::Swap)) {
            if key.kind == Kind::Check && self.company.brings(key) == key && !self.fates.comes(key) {
                self.make(key);
            }
            return;
        }
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

    /// A step in a transaction that is all that a change of `key` takes.
    pub(super) fn single(&mut self, key: &'s Key, phase: Phase, lines: Vec<Line>) -> Number {
        let number = self.steps.add(Mode::Plain, phase, key, lines);
        self.leaves.insert(key, number);
        self.begins.insert(key, number);
        self.made.insert(key, number);
        number
    }

    /// Whether the table (or view) that it belongs to was there before and stays, so that it may be in use.
    pub(super) fn is_busy(&self, key: &Key) -> bool {
        let stays = |whole: &Object| !self.fates.goes(&whole.key) && self.fates.from.get(&whole.key).is_some();
        parent(key, self.fates.to).or_else(|| parent(key, self.fates.from)).is_some_and(stays)
    }

    /// Whether it belongs to a partitioned table, before or after.
    pub(super) fn is_partitioned(&self, key: &Key) -> bool {
        let has = |schema| parent(key, schema).is_some_and(|whole| whole.has(Attribute::PartitionBy));
        has(self.fates.from) || has(self.fates.to)
    }

    /// Whether gentle forms are wanted and possible for what belongs to its table.
    pub(super) fn is_online(&self, key: &Key) -> bool {
        self.options.online && self.is_busy(key) && !self.is_below_rows_aside(key)
    }

    /// Whether a table above is made anew: its rows are put aside and back in one transaction.
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

    /// New labels that something else in the script uses have to be committed first.
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

/// Whether a text of the object holds one of the literals.
fn mentions(object: &Object, literals: &[String]) -> bool {
    let has = |text: &str| literals.iter().any(|literal| text.contains(literal.as_str()));
    object.attributes.values().any(|value| value.text().is_some_and(has) || value.list().iter().any(|text| has(text)))
}
