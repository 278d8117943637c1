//! Routines, triggers and rules: limits of CREATE OR REPLACE, and ENABLE and DISABLE.

use crate::dialects::postgres::schema::name::{self, identifier};
use crate::dialects::postgres::schema::plan::PlannedStatement;
use crate::dialects::postgres::schema::text::list;
use crate::schema::{Attribute, Kind, Object};

/// Returns whether CREATE OR REPLACE accepts the new routine: same result type, same parameter names, and no default
/// removed (manual, CREATE FUNCTION, Notes).
pub(super) fn can_be_replaced(before: &Object, after: &Object) -> bool {
    let returns = |object: &Object| object.text(Attribute::Returns).map(str::to_owned);
    let old = list(before.text(Attribute::Parameters).unwrap_or_default());
    let new = list(after.text(Attribute::Parameters).unwrap_or_default());
    returns(before) == returns(after)
        && old.len() == new.len()
        && old.iter().zip(&new).all(|(old, new)| {
            let ((old, old_default), (new, new_default)) = (parameter(old), parameter(new));
            (old == new || names_only(old, new)) && (old_default.is_none() || new_default.is_some())
        })
}

/// Returns whether the parameter only gets a name, which CREATE OR REPLACE accepts if it had none.
fn names_only(old: &str, new: &str) -> bool {
    new.split_once(' ').is_some_and(|(_, rest)| rest == old)
}

fn parameter(text: &str) -> (&str, Option<&str>) {
    match text.split_once(" DEFAULT ") {
        Some((parameter, default)) => (parameter, Some(default)),
        None => (text, None),
    }
}

/// Returns the change of the enabled state of a trigger, rule or event trigger.
pub(super) fn enabled(before: &Object, after: &Object) -> Vec<PlannedStatement> {
    if before.text(Attribute::Enabled) == after.text(Attribute::Enabled) {
        return Vec::new();
    }
    let action = match after.text(Attribute::Enabled) {
        None => "ENABLE",
        Some("replica") => "ENABLE REPLICA",
        Some("always") => "ENABLE ALWAYS",
        Some(_) => "DISABLE",
    };
    let own = identifier(&after.key.name);
    vec![match after.key.kind {
        Kind::EventTrigger => PlannedStatement::new(format!("ALTER EVENT TRIGGER {own} {action}")),
        Kind::Rule => PlannedStatement::new(format!("ALTER TABLE {} {action} RULE {own}", name::table(&after.key))),
        _ => PlannedStatement::new(format!("ALTER TABLE {} {action} TRIGGER {own}", name::table(&after.key))),
    }]
}
