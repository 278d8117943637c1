//! All cases of schema changes on MariaDB or MySQL, verified with the server's own output: the change, its reverse, and
//! the schema recreated from its text.
//!
//! A case with `only: mariadb` or `only: mysql` in its `options` runs on that product only, and one with `keyword:
//! WORD` on servers whose grammar has that word.

pub mod after_statements;
pub mod omissions;
pub mod place;
pub mod properties;
pub mod rows;
pub mod server;
pub mod single;

use crate::support;
use crate::support::cases::{self, Case, prove, same, told};
use crate::support::expected;
use aludel::schema::{Options, Rename, Schema, ddl, difference, script};
use place::Place;
use rows::Shared;

#[test]
fn every_case_leads_to_its_new_schema_and_back_and_loses_no_row() {
    let all: Vec<Case> = cases::cases("mysql").into_iter().filter(server::fits).collect();
    assert!(!cases::are_complete() || all.len() >= 150, "{} cases", all.len());
    prove(&all, (0..4).map(|_| Worker::new()).collect(), Worker::prove);
    expected::say_summary("mysql");
}

/// Databases of a worker: one to change, one with the desired schema, one that is created from the text of a schema.
struct Worker {
    changed: Place,
    wanted: Place,
    made: Place,
}

impl Worker {
    fn new() -> Self {
        Self { changed: Place::new(), wanted: Place::new(), made: Place::new() }
    }

    fn prove(&mut self, case: &Case) -> Result<(), String> {
        [&mut self.changed, &mut self.wanted, &mut self.made].into_iter().for_each(Place::empty);
        self.changed.run(&case.old)?;
        self.wanted.run(&case.new)?;
        let owners = case.says("owners");
        let (from, to) = (self.changed.read(owners), self.wanted.read(owners));
        unmodelled(case, &from, &to)?;
        let (old, new) = (self.changed.dump(), self.wanted.dump());
        if case.value("unmodelled").is_none() {
            self.made_anew(&new)?;
        }
        if let Some(rows) = &case.rows {
            self.changed.run(rows)?;
        }
        let options = case.options(&from, true);
        let shared = Shared::of(&from, &to, case, &options);
        let filled = shared.rows(&mut self.changed, false);
        let way = script(&from, &to, &options);
        keeps_options(case, &way).map_err(|error| format!("{error}\n{}", told(&way)))?;
        self.step(case, "there", &way, &to, &new)?;
        same("rows after the change", &shared.rows(&mut self.changed, true), &filled)?;
        let renames = options.renames.iter().map(Rename::reversed).collect();
        let back = script(&self.changed.read(owners), &from, &Options { renames, ..options });
        self.step(case, "back", &back, &from, &old)?;
        same("rows after the way back", &shared.rows(&mut self.changed, false), &filled)?;
        expected::compare(case, from.dialect, &way, Some(&back))
    }

    /// Checks that the DDL of the new schema recreates it in an empty database; with definers if the case sets other
    /// ones.
    fn made_anew(&mut self, new: &str) -> Result<(), String> {
        let owners = new.contains("somebody");
        let to = &self.wanted.read(owners);
        let nothing = Schema::new(to.dialect);
        let script = if owners {
            script(&nothing, to, &Options { online: false, owners, ..Options::default() })
        } else {
            ddl(to)
        };
        let whole = |failure: String| format!("made anew: {failure}\n--- the script:\n{}", told(&script));
        self.made.apply(&Case::default().filled(&script)).map_err(whole)?;
        same("made anew", &self.made.dump(), new).map_err(whole)?;
        let read = self.made.read(owners);
        let left = difference(&read, to);
        if left.is_empty() { Ok(()) } else { Err(whole(format!("read again: {:#?}", left.changes))) }
    }

    /// Applies the change, and checks that the server shows the desired schema and that no difference remains.
    fn step(
        &mut self,
        case: &Case,
        name: &str,
        way: &aludel::schema::Script,
        to: &Schema,
        dump: &str,
    ) -> Result<(), String> {
        let failed = |error: String| format!("{name}: {error}\n--- the script:\n{}", told(way));
        let before = self.changed.new_mark();
        self.changed.apply(&case.filled(way)).map_err(failed)?;
        let after = self.changed.mark();
        if after.is_some() && (after == before && !way.is_empty() || after != self.changed.new_mark()) {
            return Err(failed("the mark of the catalog overlooks a change".to_owned()));
        }
        let found = self.changed.read(case.says("owners"));
        let left = difference(&found, to);
        if !left.is_empty() {
            return Err(failed(format!("still different: {:#?}", left.changes)));
        }
        same(name, &self.changed.dump(), dump).map_err(failed)
    }
}

/// Checks that the unmodelled objects are exactly those that the case announces with `unmodelled: KIND NAME`.
fn unmodelled(case: &Case, from: &Schema, to: &Schema) -> Result<(), String> {
    let found: std::collections::BTreeSet<String> =
        from.unmodelled.union(&to.unmodelled).map(|other| format!("{} {}", other.kind, other.name)).collect();
    let wanted: std::collections::BTreeSet<String> = case.value("unmodelled").map(str::to_owned).into_iter().collect();
    let is_same =
        found.len() == wanted.len() && found.iter().zip(&wanted).all(|(one, two)| one.eq_ignore_ascii_case(two));
    if is_same { Ok(()) } else { Err(format!("unmodelled: {found:?}")) }
}

/// Checks the expectations in `options`: `way: none`, or part of a statement, possibly for one product (`way on mysql:
/// TEXT`);
/// `note: TEXT` is part of a note.
fn keeps_options(case: &Case, way: &aludel::schema::Script) -> Result<(), String> {
    let sql: Vec<&str> = way.statements().map(|statement| statement.sql.as_str()).collect();
    let of_product = if support::is_mariadb() { "way on mariadb" } else { "way on mysql" };
    match case.value("way").or(case.value(of_product)) {
        Some("none") if !sql.is_empty() => return Err("something is to be done".to_owned()),
        Some(text) if text != "none" && !sql.concat().contains(text) => {
            return Err(format!("no statement has {text:?}"));
        }
        _ => {}
    }
    let notes = format!("{:?}", way.statements().flat_map(|statement| &statement.notes).collect::<Vec<_>>());
    match case.value("note").filter(|text| !notes.contains(text)) {
        Some(text) => Err(format!("no note says {text:?}")),
        None => Ok(()),
    }
}
