//! Routines, and objects that run them: triggers, event triggers, rules and policies.

use crate::dialects::postgres::schema::name::{identifier, table};
use crate::schema::{Attribute, Kind, Object};

pub(super) fn routine(object: &Object) -> Vec<String> {
    object.text(Attribute::Definition).map(str::to_owned).into_iter().collect()
}

pub(super) fn program(object: &Object) -> Vec<String> {
    let definition = object.text(Attribute::Definition).unwrap_or_default();
    let name = identifier(&object.key.name);
    let create = match object.key.kind {
        Kind::Policy => format!("CREATE POLICY {name} ON {} {definition}", table(&object.key)),
        Kind::EventTrigger => format!("CREATE EVENT TRIGGER {name} {definition}"),
        _ => definition.to_owned(),
    };
    [create].into_iter().chain(enabled(object)).collect()
}

fn enabled(object: &Object) -> Option<String> {
    let action = match object.text(Attribute::Enabled)? {
        "disabled" => "DISABLE",
        "replica" => "ENABLE REPLICA",
        _ => "ENABLE ALWAYS",
    };
    let name = identifier(&object.key.name);
    Some(match object.key.kind {
        Kind::EventTrigger => format!("ALTER EVENT TRIGGER {name} {}", action),
        Kind::Rule => format!("ALTER TABLE {} {action} RULE {name}", table(&object.key)),
        _ => format!("ALTER TABLE {} {action} TRIGGER {name}", table(&object.key)),
    })
}
