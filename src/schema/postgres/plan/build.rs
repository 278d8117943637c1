//! From fates to steps and from steps to a script. Knows what must come before what; the steps of each object are in the
//! files beside.

use std::collections::BTreeMap;

use super::columns::Fill;
use super::company::{Company, index_above, owning_columns, relation_name, tables_above};
use super::fate::{Fate, Fates, is_part};
use super::links::parent;
use super::order::{Number, Steps};
use super::step::{Line, Mode, Phase};
use crate::schema::{Attribute, Key, Kind, Object, Options, Schema, Script};

/// The script from `from`, which has its new names already, to `to`; `renames` come first.
pub(in crate::schema::postgres) fn plan(from: &Schema, to: &Schema, options: &Options, renames: Vec<Line>) -> Script {
    let fates = Fates::new(from, to, options.owners);
    let mut builder = Builder::new(&fates, options);
    for (key, fate) in fates.iter() {
        builder.step(key, fate);
    }
    builder.write_fills();
    builder.give();
    builder.mark_indexes();
    builder.keep_rows();
    builder.commit_labels();
    builder.connect();
    builder.steps.into_script(renames)
}

/// The steps as they are put together.
pub(super) struct Builder<'f, 's> {
    pub(super) fates: &'f Fates<'s>,
    pub(super) options: &'f Options,
    pub(super) company: Company<'s>,
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
        Self {
            fates,
            options,
            company: Company::new(fates),
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
            fills: BTreeMap::new(),
            waits_for_done: Vec::new(),
            old_owners: owning_columns(fates.from),
            new_owners: owning_columns(fates.to),
        }
    }

    fn step(&mut self, key: &'s Key, fate: Fate) {
        if self.fates.goes(key) && self.company.takes(key) == key {
            self.drop(key, fate);
        }
        if self.fates.comes(key) && self.company.brings(key) == key {
            self.make(key);
        } else if self.fates.comes(key)
            && let Some(object) = self.fates.to.get(key)
        {
            self.tie(object);
        }
        let (Some(before), Some(after)) = (self.fates.from.get(key), self.fates.to.get(key)) else { return };
        // The columns of a composite type and the checks of a domain that is made anew are made with it.
        if parent(key, self.fates.to).is_some_and(|whole| self.fates.get(&whole.key) == Some(Fate::Swap)) {
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
        self.options.online && self.is_busy(key)
    }

    /// New labels that something else in the script uses have to be committed first.
    fn commit_labels(&mut self) {
        for (key, labels) in &self.labels {
            let literals: Vec<String> =
                labels.iter().map(|label| crate::schema::postgres::name::literal(label)).collect();
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

    /// What must come before what.
    fn connect(&mut self) {
        for object in self.fates.from.objects() {
            self.connect_old(object);
        }
        for object in self.fates.to.objects() {
            self.connect_new(object);
        }
        self.connect_names();
        self.connect_later();
        self.connect_changes();
        self.connect_rows();
    }

    /// Steps that one object's change takes besides the first.
    fn connect_changes(&mut self) {
        for (column, step) in std::mem::take(&mut self.waits_for_done) {
            let ready = self.done.get(column).or_else(|| self.made.get(column)).copied();
            if let Some(ready) = ready {
                self.steps.order(ready, step);
            }
        }
        // A column may be NULL once no primary key and no replica identity holds it.
        for (key, fate) in self.fates.iter() {
            let holds = matches!(key.kind, Kind::PrimaryKey | Kind::Index) && fate == Fate::Replace;
            let old = self.fates.from.get(key).filter(|_| holds);
            for column in old.map(|old| self.fates.old_links.below(old)).unwrap_or_default() {
                let is_open =
                    |schema: &Schema| schema.get(column).is_some_and(|column| !column.has(Attribute::NotNull));
                let opens = column.kind == Kind::Column && !is_open(self.fates.from) && is_open(self.fates.to);
                if let (true, Some(made), Some(begins)) = (opens, self.made.get(key), self.begins.get(column)) {
                    self.steps.order(*made, *begins);
                }
            }
        }
        // The old type goes when the last column is of the new one.
        for (key, end) in std::mem::take(&mut self.swaps) {
            for above in self.fates.old_links.above(key) {
                let whole =
                    parent(above, self.fates.from).filter(|whole| self.fates.get(&whole.key) == Some(Fate::Swap));
                let whole = whole.and_then(|whole| self.leaves.get(&whole.key));
                let gone = self.gone.get(self.company.takes(above)).filter(|_| self.fates.goes(above));
                let left = [self.made.get(above), gone, self.leaves.get(above), whole];
                for step in left.into_iter().flatten().copied() {
                    self.steps.order(step, end);
                }
            }
        }
        // A sequence of the identity's name may have been the column's own before.
        for (column, step) in std::mem::take(&mut self.identities) {
            for (sequence, owner) in &self.old_owners {
                if *owner == column
                    && let Some(gone) = self.gone.get(sequence).copied()
                {
                    self.steps.order(gone, step);
                }
            }
        }
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
            // A column may go as well when its type has another name already.
            let in_place = match self.fates.get(need) {
                Some(Fate::Swap) => key.kind != Kind::Column,
                fate => matches!(fate, Some(Fate::Alter | Fate::Replace)),
            };
            // A table's own settings do not mind its parts; where it is attached, another key than the one there may not be.
            let first = if is_part(key, need) && need.kind == Kind::Table { &self.done } else { &self.begins };
            if let (Some(gone), Some(first), true) = (gone, first.get(need).copied(), in_place) {
                self.steps.order(gone, first);
            }
        }
    }

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
        }
        if let Some(gone) = self.gone.get(self.company.takes(key)).copied().filter(|_| self.fates.goes(key)) {
            self.steps.order(gone, begins);
        }
    }

    /// The step behind which `need` is what `user` wants of it: an index wants a column, and not its being NOT NULL; a part
    /// its table, and not that this is attached; nobody wants to know who owns a sequence.
    pub(super) fn ready(&self, need: &'s Key, user: &Key) -> Option<Number> {
        let whole = self.company.brings(need);
        let is_under_a_key = user.kind == Kind::Index || user.kind.is_constraint();
        let at_once = need.kind == Kind::Sequence || need.kind == Kind::Column && is_under_a_key || is_part(user, need);
        let done = self.done.get(whole).filter(|_| !at_once);
        done.or_else(|| self.made.get(whole)).copied()
    }

    /// Two that have one name after one another.
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

    /// Constraints of different kinds with one name in one table; routines that become procedures.
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

    /// What ties objects to others comes when these are there.
    fn connect_later(&mut self) {
        for (key, number) in std::mem::take(&mut self.later) {
            let Some(object) = self.fates.to.get(key) else { continue };
            let mut before: Vec<Number> = self.made.get(self.company.brings(key)).copied().into_iter().collect();
            before.extend(self.fates.new_links.above(key).iter().filter_map(|above| {
                let is_part = above.table.as_ref() == Some(&key.name)
                    && matches!(above.kind, Kind::Index | Kind::PrimaryKey | Kind::Unique | Kind::Check);
                self.made.get(self.company.brings(above)).copied().filter(|_| is_part)
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
        }
    }
}

/// Whether a text of the object holds one of the literals.
fn mentions(object: &Object, literals: &[String]) -> bool {
    let has = |text: &str| literals.iter().any(|literal| text.contains(literal.as_str()));
    object.attributes.values().any(|value| value.text().is_some_and(has) || value.list().iter().any(|text| has(text)))
}
