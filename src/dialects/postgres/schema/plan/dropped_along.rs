//! Unmodelled objects that the server drops along with an object: re-created if the object is, reported as lost
//! otherwise.

use std::collections::{BTreeMap, BTreeSet};

use super::build::Builder;
use super::order::Number;
use super::step::{PlannedStatement, StepMode, StepPhase};
use crate::schema::{Attribute, Key, Schema, StatementNote};

/// Unmodelled objects by their description, with the objects they depend on and the statements that re-create them.
type Things<'s> = BTreeMap<&'s str, Thing<'s>>;

#[derive(Default)]
struct Thing<'s> {
    holders: Vec<&'s Key>,
    statements: Vec<&'s str>,
}

impl<'s> Builder<'_, 's> {
    /// Adds the statements, or notes to the statements that lose an object.
    pub(super) fn settle_dropped_along(&mut self) {
        let (before, mut after) = (things(self.actions.from), things(self.actions.to));
        for (words, thing) in before {
            let gone: BTreeSet<Number> = thing.holders.iter().filter_map(|key| self.gone_with(key)).collect();
            let Some(first) = gone.first().copied() else { continue };
            let stays = thing.holders.iter().all(|key| self.actions.to.get(key).is_some());
            // The desired schema has the statement in its new form. If it does not mention the object at all, keep the
            // old form.
            let wanted = after.remove(words).or_else(|| stays.then_some(thing));
            match wanted.filter(|wanted| !wanted.statements.is_empty()) {
                Some(wanted) => self.make_again(words, &wanted, &gone),
                None => self.steps.note(first, StatementNote::Loses(words.to_owned())),
            }
        }
    }

    /// Returns the step that drops the old object; `None` if it stays.
    fn gone_with(&self, key: &'s Key) -> Option<Number> {
        self.dropped_at.get(self.groups.dropped_with(key)).copied().filter(|_| self.actions.is_dropped(key))
    }

    fn make_again(&mut self, words: &str, thing: &Thing<'s>, gone: &BTreeSet<Number>) {
        let Some(holder) = thing.holders.first() else { return };
        let mut lines: Vec<PlannedStatement> =
            thing.statements.iter().map(|statement| PlannedStatement::new(*statement)).collect();
        if let Some(line) = lines.first_mut() {
            line.notes.push(StatementNote::Remark(format!("{words} was dropped along with what it depends on")));
        }
        let step = self.steps.add(StepMode::Plain, StepPhase::Finish, holder, lines);
        for holder in &thing.holders {
            let whole = self.groups.created_with(holder);
            for made in self.created_at.get(whole).into_iter().chain(self.complete_at.get(whole)).copied() {
                self.steps.order(made, step);
            }
        }
        for gone in gone {
            self.steps.order(*gone, step);
        }
    }
}

fn things(schema: &Schema) -> Things<'_> {
    let mut things = Things::new();
    for object in schema.objects() {
        for entry in object.list(Attribute::DroppedAlong) {
            let (words, statement) = entry.split_once('\n').unwrap_or((entry, ""));
            let thing = things.entry(words).or_default();
            if !thing.holders.contains(&&object.key) {
                thing.holders.push(&object.key);
            }
            // A statistics object is listed by each of its columns.
            if !statement.is_empty() && !thing.statements.contains(&statement) {
                thing.statements.push(statement);
            }
        }
    }
    things
}
