//! Cases as revisions that `revision --autogenerate` would write: upgrade of each part of the script, downgrades in
//! reverse order, and upgrade again. A part's downgrade starts from the state that the part left behind, not from the
//! final schema.
//!
//! By default every fourth case is tested; `ALUDEL_ROUNDS=1` (or more) tests all of them.

use aludel::autogenerate::way_back;
use aludel::schema::{Options, Schema, Script, ScriptPart, difference, script};

use super::place::{Place, ROLES};
use super::proof::WHOLE;
use super::server::cases;
use crate::support;
use crate::support::cases::{Case, prove, refused, told};

pub struct Worker {
    place: Place,
    new: Place,
}

/// Revision: its upgrade, its downgrade, and the schema that the downgrade returns to.
struct Revision {
    up: ScriptPart,
    down: Script,
    before: Schema,
}

impl Worker {
    pub fn new() -> Self {
        Self { place: Place::new(), new: Place::new() }
    }

    pub fn prove(&mut self, case: &Case) -> Result<(), String> {
        let is_alone = case.mentions(&WHOLE);
        for place in [&mut self.place, &mut self.new] {
            if is_alone { place.empty() } else { place.fresh_public() }
        }
        self.new.run(&case.new).map_err(refused)?;
        let to = self.new.read(case, !is_alone)?;
        self.place.run(&case.old).map_err(refused)?;
        if let Some(rows) = &case.rows {
            self.place.run(rows)?;
        }
        let from = self.place.read(case, !is_alone)?;
        let options = case.options(&from, true);
        let revisions = self.upgrade(case, (&from, &to), &options)?;
        if case.says("one way") {
            return Ok(());
        }
        for revision in revisions.iter().rev() {
            self.downgrade(case, revision, !is_alone)
                .map_err(|failure| format!("down: {failure}\n--- up:\n{}", shown(&revisions)))?;
        }
        if case.says("not again") {
            return Ok(());
        }
        for revision in &revisions {
            self.run(case, &only(&revision.up)).map_err(|failure| format!("up again: {failure}"))?;
        }
        nothing_left(&self.place.read(case, !is_alone)?, &to).map_err(|failure| format!("up again: {failure}"))
    }

    fn upgrade(
        &mut self,
        case: &Case,
        (from, to): (&Schema, &Schema),
        options: &Options,
    ) -> Result<Vec<Revision>, String> {
        let is_alone = case.mentions(&WHOLE);
        let mut revisions: Vec<Revision> = Vec::new();
        let mut before = from.clone();
        for up in script(from, to, options).parts {
            let whole = |failure: String| format!("up: {failure}\n--- in:\n{}", told(&only(&up)));
            self.run(case, &only(&up)).map_err(whole)?;
            let after = self.place.read(case, !is_alone)?;
            let down = way_back(&before, &after, options, up.transaction);
            revisions.push(Revision { up, down, before });
            before = after;
        }
        nothing_left(&before, to).map_err(|failure| format!("up: {failure}\n--- up:\n{}", shown(&revisions)))?;
        Ok(revisions)
    }

    fn downgrade(&mut self, case: &Case, revision: &Revision, parked: bool) -> Result<(), String> {
        let whole = |failure: String| format!("{failure}\n--- down:\n{}", told(&revision.down));
        self.run(case, &revision.down).map_err(whole)?;
        if case.says("not again") {
            return Ok(());
        }
        nothing_left(&self.place.read(case, parked)?, &revision.before).map_err(whole)
    }

    fn run(&mut self, case: &Case, script: &Script) -> Result<(), String> {
        self.place.run_parts(&case.filled(script))
    }
}

fn only(part: &ScriptPart) -> Script {
    Script { parts: vec![part.clone()] }
}

fn shown(revisions: &[Revision]) -> String {
    revisions.iter().map(|revision| told(&only(&revision.up))).collect()
}

fn nothing_left(found: &Schema, wanted: &Schema) -> Result<(), String> {
    let left = difference(found, wanted);
    if left.is_empty() { Ok(()) } else { Err(format!("a second difference: {:#?}", left.changes)) }
}

#[test]
fn the_downgrade_of_each_revision_leads_back_to_where_it_started() {
    let _ = support::postgres().try_shell("", ROLES);
    let takes_all = ["ALUDEL_ROUNDS", "ALUDEL_CASE"].iter().any(|name| std::env::var_os(name).is_some());
    let mut cases = cases();
    if !takes_all {
        cases = cases.into_iter().step_by(4).collect();
    }
    prove(&cases, (0..2).map(|_| Worker::new()).collect(), Worker::prove);
}
