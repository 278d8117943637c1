//! Triggers and events from `information_schema`; names of routines.

use super::MysqlSchemaBuilder;
use super::query::{Answers, TextRow, some, text_at};
use super::shown::ShownObject;
use super::text::definer;
use crate::schema::{Attribute, Key, Kind, Object};
use crate::sql::{Dialect, quote_literal};

pub(super) fn add(draft: &mut MysqlSchemaBuilder, answers: &Answers, wanted: &mut Vec<ShownObject>) {
    let mut before: Option<&TextRow> = None;
    for row in &answers.triggers {
        let same = |other: &&TextRow| (1..4).all(|column| text_at(other, column) == text_at(row, column));
        if trigger(draft, row, before.filter(same)) {
            wanted.push(ShownObject::Trigger(text_at(row, 1).to_owned(), text_at(row, 0).to_owned()));
        }
        before = Some(row);
    }
    for row in &answers.events {
        event(draft, row);
        wanted.push(ShownObject::Event(text_at(row, 0).to_owned()));
    }
    for row in &answers.routines {
        let name = text_at(row, 1).to_owned();
        match text_at(row, 0) {
            "FUNCTION" => wanted.push(ShownObject::Function(name)),
            "PROCEDURE" => wanted.push(ShownObject::Procedure(name)),
            _ => {}
        }
    }
}

impl MysqlSchemaBuilder {
    /// Sets the definer and the SQL mode.
    pub(super) fn runs_as(&self, object: &mut Object, user: &str, mode: Option<&str>) {
        if user != self.user {
            object.set(Attribute::Definer, definer(user));
        }
        if self.owners {
            object.set(Attribute::Owner, definer(user));
        }
        object.set_some(Attribute::SqlMode, mode);
    }
}

/// Adds the trigger and returns `true`, unless its table is left out or not modelled.
fn trigger(draft: &mut MysqlSchemaBuilder, row: &TextRow, before: Option<&TextRow>) -> bool {
    let table = text_at(row, 1);
    if draft.is_left_out(table) {
        return false;
    }
    if !draft.has_table(table) {
        draft.unmodelled("trigger of a table that is not modelled", text_at(row, 0));
        return false;
    }
    let mut trigger = MysqlSchemaBuilder::of_table(Kind::Trigger, table, text_at(row, 0));
    trigger.set(Attribute::Type, format!("{} {}", text_at(row, 2), text_at(row, 3)));
    trigger.set(Attribute::Definition, text_at(row, 5));
    if let Some(before) = before {
        trigger.set(Attribute::Options, vec![format!("follows={}", text_at(before, 0))]);
        trigger.needs.insert(Key::of_table(Kind::Trigger, None, table, text_at(before, 0)));
    }
    draft.runs_as(&mut trigger, text_at(row, 6), some(row, 7));
    draft.schema.add(trigger);
    true
}

/// Adds an event. A start that equals its creation time is the default and is left out.
fn event(draft: &mut MysqlSchemaBuilder, row: &TextRow) {
    let time = |word: &str, column: usize| {
        some(row, column).map(|time| format!(" {word} {}", quote_literal(time, Dialect::MYSQL))).unwrap_or_default()
    };
    let schedule = match text_at(row, 3) {
        "ONE TIME" => time("AT", 4).trim_start().to_owned(),
        _ => format!("EVERY {} {}{}{}", text_at(row, 5), text_at(row, 6), time("STARTS", 8), time("ENDS", 9)),
    };
    let mut event = Object::new(Key::new(Kind::Event, None, text_at(row, 0)));
    let preserve = if text_at(row, 11) == "PRESERVE" { " ON COMPLETION PRESERVE" } else { "" };
    event.set(Attribute::Type, format!("{schedule}{preserve}"));
    event.set(Attribute::Definition, text_at(row, 2));
    match text_at(row, 10) {
        "ENABLED" => {}
        "DISABLED" => event.set(Attribute::Enabled, "disabled"),
        _ => event.set(Attribute::Enabled, "disabled on slave"),
    }
    let has_moment = ["AT", "STARTS", "ENDS"].iter().any(|word| schedule.contains(&format!("{word} '")));
    if let Some(zone) = some(row, 13).filter(|zone| has_moment && *zone != "SYSTEM") {
        event.set(Attribute::Options, vec![format!("time_zone={zone}")]);
    }
    event.set_some(Attribute::Comment, some(row, 12).filter(|comment| !comment.is_empty()));
    draft.runs_as(&mut event, text_at(row, 1), some(row, 7));
    draft.schema.add(event);
}
