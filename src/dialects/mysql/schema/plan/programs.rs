//! Views, routines, triggers and events: dropped early, created late, and under the SQL mode recorded for them.

use std::collections::BTreeSet;

use super::MysqlPlanner;
use crate::dialects::mysql::flavour::MysqlFlavour;
use crate::dialects::mysql::schema::names::{literal, remark};
use crate::dialects::mysql::schema::program;
use crate::schema::{Attribute, Change, Key, Kind, Object, Statement, in_order};

/// SQL mode and time zone that the script has set in the session.
#[derive(Debug, Default)]
pub(super) struct ScriptSession {
    mode: Option<String>,
    zone: Option<String>,
}

impl ScriptSession {
    /// Sets the SQL mode and time zone under which the program was created: the server stores the mode with every
    /// program, and the time zone with events.
    fn set(&mut self, object: &Object, statements: &mut Vec<Statement>) {
        self.set_mode(object, statements);
        let zone = object.list(Attribute::Options).iter().find_map(|option| option.strip_prefix("time_zone="));
        if self.zone.as_deref() != zone {
            let value = zone.map_or_else(|| "DEFAULT".to_owned(), literal);
            statements.push(Statement::new(format!("SET time_zone = {value}")));
            self.zone = zone.map(str::to_owned);
        }
    }

    /// Sets the SQL mode. A default mode is not set explicitly as long as the script has set no other.
    fn set_mode(&mut self, object: &Object, statements: &mut Vec<Statement>) {
        let Some(mode) = object.text(Attribute::SqlMode) else { return };
        let is_set = match &self.mode {
            Some(current) => current == mode,
            None => MysqlFlavour::ALL.iter().any(|flavour| flavour.default_sql_mode() == mode),
        };
        if !is_set {
            statements.push(Statement::new(format!("SET sql_mode = {}", literal(mode))));
            self.mode = Some(mode.to_owned());
        }
    }

    pub(super) fn restore(&mut self, statements: &mut Vec<Statement>) {
        if self.mode.take().is_some() {
            statements.push(Statement::new("SET sql_mode = DEFAULT"));
        }
        if self.zone.take().is_some() {
            statements.push(Statement::new("SET time_zone = DEFAULT"));
        }
    }
}

fn has_end(event: &Object) -> bool {
    event.text(Attribute::Type).is_some_and(|schedule| schedule.contains(" ENDS '"))
}

impl<'s> MysqlPlanner<'s> {
    fn make(&mut self, object: &'s Object, before: Option<&Object>, replaces: bool) {
        self.session.set(object, &mut self.statements);
        self.statements.push(program::create(object, before, self.options.owners, replaces));
    }

    /// Returns the triggers to drop and re-create: those that change, and those after them in the firing order, because
    /// a re-created trigger moves to the end.
    pub(super) fn triggers_anew(&self) -> BTreeSet<&'s Key> {
        let altered = self.of_kind(Kind::Trigger).into_iter().filter_map(|change| match change {
            Change::Alter { before, .. } => Some(&before.key),
            _ => None,
        });
        let mut anew: BTreeSet<&Key> = altered.collect();
        let mut next: Vec<&Key> = anew.iter().copied().collect();
        while let Some(key) = next.pop() {
            let table = Key::new(Kind::Table, None, key.table.as_deref().unwrap_or_default());
            for behind in self.from.of_table(&table, Kind::Trigger).filter(|trigger| trigger.needs.contains(key)) {
                if self.to.get(&behind.key).is_some() && anew.insert(&behind.key) {
                    next.push(&behind.key);
                }
            }
        }
        anew
    }

    pub(super) fn drop_triggers(&mut self, anew: &BTreeSet<&'s Key>) {
        let gone = self.dropped(Kind::Trigger);
        for object in gone.into_iter().filter(|object| !self.is_whole(&object.key)).collect::<Vec<_>>() {
            self.statements.push(program::drop(object));
        }
        for object in anew.iter().filter_map(|key| self.from.get(key)) {
            if self.stays_till_replaced(&object.key) {
                continue;
            }
            let note = remark(format!(
                "until {} is created again, it does nothing for rows that are written",
                object.key.name
            ));
            self.statements.push(program::drop(object).note(note));
        }
    }

    pub(super) fn make_triggers(&mut self, anew: &BTreeSet<&'s Key>) {
        let again = anew.iter().filter_map(|key| self.to.get(key));
        let missing: Vec<&Object> = self.added(Kind::Trigger).into_iter().chain(again).collect();
        for object in in_order(missing) {
            let replaces = anew.contains(&object.key) && self.stays_till_replaced(&object.key);
            self.make(object, self.from.get(&object.key), replaces);
        }
    }

    /// Returns whether the old trigger can stay until `CREATE OR REPLACE` replaces it. It cannot if columns of its
    /// table change, which it may use.
    fn stays_till_replaced(&self, trigger: &Key) -> bool {
        let is_reshaped = trigger.table.as_deref().is_some_and(|table| self.reshaped.contains(table));
        self.replaces && !is_reshaped
    }

    pub(super) fn drop_routines(&mut self) {
        for kind in [Kind::Function, Kind::Procedure] {
            for change in self.of_kind(kind) {
                match change {
                    Change::Drop(object) => self.statements.push(program::drop(object)),
                    Change::Alter { .. } if self.replaces => {}
                    Change::Alter { before, .. } => {
                        let note = remark("privileges on it are lost with it, and must be granted again");
                        self.statements.push(program::drop(before).note(note));
                    }
                    Change::Add(_) => {}
                }
            }
        }
    }

    pub(super) fn make_routines(&mut self) {
        for kind in [Kind::Function, Kind::Procedure] {
            for change in self.of_kind(kind) {
                match change {
                    Change::Add(object) => self.make(object, None, false),
                    Change::Alter { before, after } => self.make(after, Some(before), self.replaces),
                    Change::Drop(_) => {}
                }
            }
        }
    }

    pub(super) fn make_views(&mut self) {
        let missing: Vec<&Object> = self
            .of_kind(Kind::View)
            .into_iter()
            .filter_map(|change| match change {
                Change::Add(object) | Change::Alter { after: object, .. } => Some(object),
                Change::Drop(_) => None,
            })
            .collect();
        for object in in_order(missing) {
            let before = self.from.get(&object.key);
            self.make(object, before, before.is_some());
        }
    }

    pub(super) fn events(&mut self) {
        for change in self.of_kind(Kind::Event) {
            match change {
                Change::Add(object) => self.make(object, None, false),
                Change::Alter { before, after } if has_end(before) && !has_end(after) => {
                    // ALTER EVENT without ENDS keeps the old end.
                    if !self.replaces {
                        self.statements.push(program::drop(before));
                    }
                    self.make(after, Some(before), self.replaces);
                }
                Change::Alter { before, after } => {
                    self.session.set(after, &mut self.statements);
                    self.statements.push(program::alter_event(after, before, self.options.owners));
                }
                Change::Drop(_) => {}
            }
        }
    }
}
