//! Test of cases, many in one database: each uses `public`, which is then put aside under another name, so that a
//! single dump contains all of them. Cases with objects that belong to the whole database run alone.

use std::collections::{BTreeMap, BTreeSet};

use aludel::schema::{Rename, Schema, Script, ddl, difference, script};

use super::dump::{self, Entries};
use super::numbers;
use super::place::Place;
use super::rows::{self, Rows};
use crate::support::cases::{Case, refused, same, told, words};
use crate::support::expected;

/// Words for objects that do not belong to one schema and would affect other cases.
pub const WHOLE: [&str; 8] = [
    "SCHEMA",
    "EXTENSION",
    "EVENT TRIGGER",
    "PUBLICATION",
    " SERVER",
    "CREATE CAST",
    "DEFAULT PRIVILEGES",
    "LO_CREATE",
];

/// Number of cases that share a dump.
const SIZE: usize = 60;

/// Cases that are tested together: a single one, or several that may share a database.
pub struct Batch<'c> {
    cases: Vec<&'c Case>,
    is_alone: bool,
}

/// Groups the cases into batches.
pub fn batches(cases: &[Case]) -> Vec<Batch<'_>> {
    let (alone, shared): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|case| case.mentions(&WHOLE));
    let (owners, others): (Vec<&Case>, Vec<&Case>) = shared.into_iter().partition(|case| case.says("owners"));
    let together = |cases: &[&'_ Case]| -> Vec<Vec<usize>> {
        (0..cases.len()).collect::<Vec<_>>().chunks(SIZE).map(<[usize]>::to_vec).collect()
    };
    let mut batches = Vec::new();
    for group in [&others, &owners] {
        for numbers in together(group) {
            batches.push(Batch { cases: numbers.iter().map(|number| group[*number]).collect(), is_alone: false });
        }
    }
    batches.extend(alone.into_iter().map(|case| Batch { cases: vec![case], is_alone: true }));
    batches
}

/// Databases of a worker: with the old schema, with the new one, recreated from the text of a schema, and changed.
pub struct Worker {
    old: Place,
    new: Place,
    made: Place,
    changed: Place,
}

/// State of a case during its test.
struct Way {
    from: Schema,
    to: Schema,
    found: Schema,
    up: Script,
    /// Current script.
    script: String,
}

type Failures = BTreeMap<String, String>;

impl Worker {
    pub fn new() -> Self {
        Self { old: Place::new(), new: Place::new(), made: Place::new(), changed: Place::new() }
    }

    /// Tests a batch and returns the failures by case.
    pub fn prove(&mut self, batch: &Batch<'_>) -> Vec<(String, String)> {
        for place in [&mut self.old, &mut self.new, &mut self.made, &mut self.changed] {
            place.empty();
        }
        let mut failures = Failures::new();
        let mut ways = BTreeMap::new();
        self.each(batch, &mut failures, |worker, case, name| {
            ways.insert(case.name.clone(), worker.there(case, name, batch.is_alone)?);
            Ok(())
        });
        let owners = batch.cases[0].says("owners");
        let valid = "UPDATE pg_index SET indisvalid = true WHERE NOT indisvalid AND indrelid IN \
                     (SELECT oid FROM pg_class WHERE relkind = 'r')";
        let read = |place: &Place| dump::by_schema(&place.dump(owners), !batch.is_alone);
        // pg_dump omits INVALID indexes, and no script can recreate one, so all are marked as valid.
        self.old.run(valid).unwrap();
        let (old, new, made) = (read(&self.old), read(&self.new), read(&self.made));
        let changed = read(&self.changed);
        compare(batch, &mut failures, &ways, ("made anew", &made, &new), dump::in_order);
        compare(batch, &mut failures, &ways, ("there", &changed, &new), dump::without_order);
        if std::env::var("ALUDEL_MADE").is_err() {
            // `one way`: the server does not support the reverse change.
            ways.retain(|name, _| !batch.cases.iter().any(|case| case.name == *name && case.says("one way")));
            self.each(batch, &mut failures, |worker, case, name| {
                let Some(way) = ways.get_mut(&case.name) else { return Ok(()) };
                worker.back(case, name, way, batch.is_alone)
            });
            let changed = read(&self.changed);
            compare(batch, &mut failures, &ways, ("back", &changed, &old), dump::without_order);
        }
        failures.into_iter().collect()
    }

    /// Runs `what` for each case that has not failed yet. A case that fails is removed from the databases.
    fn each(
        &mut self,
        batch: &Batch<'_>,
        failures: &mut Failures,
        mut what: impl FnMut(&mut Self, &Case, &str) -> Result<(), String>,
    ) {
        for (number, case) in batch.cases.iter().enumerate() {
            if failures.contains_key(&case.name) {
                continue;
            }
            let done = std::panic::AssertUnwindSafe(|| what(self, case, &format!("case_{number}")));
            let done = std::panic::catch_unwind(done).unwrap_or_else(|panic| Err(words(&*panic)));
            if let Err(failure) = done {
                failures.insert(case.name.clone(), failure);
                for place in [&mut self.old, &mut self.new, &mut self.made, &mut self.changed] {
                    place.fresh_public();
                }
            }
        }
    }

    fn there(&mut self, case: &Case, name: &str, is_alone: bool) -> Result<Way, String> {
        self.old.run(&case.old).map_err(refused)?;
        self.new.run(&case.new).map_err(refused)?;
        let (from, to) = (self.old.read(case, !is_alone)?, self.new.read(case, !is_alone)?);
        self.make_anew(case, &to, is_alone)?;
        self.changed.run(&case.old)?;
        if let Some(rows) = &case.rows {
            self.changed.run(rows)?;
        }
        let filled = self.rows(case, &from)?;
        let taken = self.taken(case)?;
        let script = script(&from, &to, &case.options(&from, true));
        let whole = |failure: String| format!("there: {failure}\n--- the script:\n{}", told(&script));
        writes(case, &told(&script)).map_err(whole)?;
        self.changed.apply(&case.filled(&script)).map_err(whole)?;
        let found = self.changed.read(case, !is_alone)?;
        nothing_left(&found, &to).map_err(whole)?;
        rows::kept(case, &filled, &self.rows(case, &found)?).map_err(whole)?;
        numbers::free(&taken, &self.taken(case)?).map_err(whole)?;
        if !is_alone {
            for place in [&mut self.old, &mut self.new, &mut self.made, &mut self.changed] {
                place.park(name)?;
            }
        }
        if case.says("one way") {
            expected::compare(case, from.dialect, &script, None)?;
        }
        Ok(Way { from, to, found, script: told(&script), up: script })
    }

    fn rows(&mut self, case: &Case, schema: &Schema) -> Result<Rows, String> {
        if case.rows.is_some() { rows::all(self.changed.database(), schema) } else { Ok(Rows::new()) }
    }

    /// Returns the columns whose next number from a sequence is taken.
    fn taken(&mut self, case: &Case) -> Result<BTreeSet<String>, String> {
        if case.rows.is_some() { numbers::taken(self.changed.database()) } else { Ok(BTreeSet::new()) }
    }

    /// Checks that `ddl` creates the new schema in an empty database.
    fn make_anew(&mut self, case: &Case, to: &Schema, is_alone: bool) -> Result<(), String> {
        let script = ddl(to);
        let whole = |failure: String| format!("made anew: {failure}\n--- the script:\n{}", told(&script));
        self.made.apply(&case.filled(&script)).map_err(whole)?;
        nothing_left(&self.made.read(case, !is_alone)?, to).map_err(whole)
    }

    fn back(&mut self, case: &Case, name: &str, way: &mut Way, is_alone: bool) -> Result<(), String> {
        if !is_alone {
            self.changed.take_back(name)?;
        }
        // Half of the cases are reversed without the statements for a database in use.
        let online = case.name.bytes().fold(0_u8, u8::wrapping_add).is_multiple_of(2);
        let mut options = case.options(&way.from, online);
        options.renames = options.renames.iter().map(Rename::reversed).collect();
        let script = script(&way.found, &way.from, &options);
        way.script = told(&script);
        let whole = |failure: String| format!("back: {failure}\n--- the script:\n{}", told(&script));
        let taken = self.taken(case)?;
        self.changed.apply(&case.filled(&script)).map_err(whole)?;
        if !case.says("not again") {
            nothing_left(&self.changed.read(case, !is_alone)?, &way.from).map_err(whole)?;
        }
        numbers::free(&taken, &self.taken(case)?).map_err(whole)?;
        expected::compare(case, way.from.dialect, &way.up, Some(&script))?;
        if is_alone { Ok(()) } else { self.changed.park(name) }
    }
}

/// Checks that the script contains the texts of the options `writes: ...` in this order, and none of those of `never:
/// ...`.
fn writes(case: &Case, script: &str) -> Result<(), String> {
    let mut rest = script;
    for wanted in case.values("writes") {
        rest = rest.split_once(wanted).ok_or_else(|| format!("it does not write {wanted:?} there"))?.1;
    }
    match case.values("never").find(|text| script.contains(text)) {
        Some(text) => Err(format!("it writes {text:?}")),
        None => Ok(()),
    }
}

/// Checks that no difference remains.
fn nothing_left(found: &Schema, wanted: &Schema) -> Result<(), String> {
    let left = difference(found, wanted);
    if left.is_empty() { Ok(()) } else { Err(format!("a second difference: {:#?}", left.changes)) }
}

/// Compares each case's part of one dump with that of another.
fn compare(
    batch: &Batch<'_>,
    failures: &mut Failures,
    ways: &BTreeMap<String, Way>,
    (what, found, wanted): (&str, &Entries, &Entries),
    in_order: impl Fn(&[String]) -> String,
) {
    let part = |of: &Entries, name: &str| in_order(of.get(name).map_or(&[], Vec::as_slice));
    for (number, case) in batch.cases.iter().enumerate() {
        let name = if batch.is_alone { String::new() } else { format!("case_{number}") };
        let Some(way) = ways.get(&case.name).filter(|_| !failures.contains_key(&case.name)) else { continue };
        if what == "made anew" && case.says("unmodelled") {
            assert!(!way.to.unmodelled.is_empty(), "{}: nothing is listed", case.name);
            continue;
        }
        if let Err(failure) = same(what, &part(found, &name), &part(wanted, &name)) {
            let script = if what == "made anew" { told(&ddl(&way.to)) } else { way.script.clone() };
            failures.insert(case.name.clone(), format!("{failure}--- the script:\n{script}"));
        }
    }
    if !batch.is_alone
        && failures.is_empty()
        && let Err(failure) = same(what, &part(found, ""), &part(wanted, ""))
    {
        failures.insert(format!("beside {}", batch.cases[0].name), failure);
    }
}
