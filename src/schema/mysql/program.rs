//! Views, sequences, routines, triggers and events as statements. Knows whom they run as.

use super::names::{literal, quoted, table};
use crate::schema::{Attribute, Kind, Object, Statement};

/// `DEFINER=... `: the owner when owners are asked for, else whoever it was before.
fn definer(object: &Object, before: Option<&Object>, owners: bool) -> String {
    let asked = object.text(Attribute::Owner).filter(|_| owners);
    let kept = before.and_then(|before| before.text(Attribute::Definer));
    asked.or(kept).map(|definer| format!("DEFINER={definer} ")).unwrap_or_default()
}

/// The statement that makes it, in the place of the one that is there when it `replaces`. Its definer is that of `before`.
pub(super) fn create(object: &Object, before: Option<&Object>, owners: bool, replaces: bool) -> Statement {
    let replace = if replaces { "OR REPLACE " } else { "" };
    let definer = definer(object, before, owners);
    let name = quoted(&object.key.name);
    let text = object.text(Attribute::Definition).unwrap_or_default();
    let of_type = object.text(Attribute::Type).unwrap_or_default();
    Statement::new(match object.key.kind {
        Kind::View => {
            let algorithm = algorithm(object);
            let is = |word: &str| object.list(Attribute::Options).iter().any(|option| option == word);
            let materialized = if is("materialized") { "MATERIALIZED " } else { "" };
            let invoker = if object.has(Attribute::Security) { "SQL SECURITY INVOKER " } else { "" };
            let duality = if is("duality") { "JSON RELATIONAL DUALITY " } else { "" };
            format!("CREATE {replace}{algorithm}{materialized}{definer}{invoker}{duality}VIEW {name} {text}")
        }
        Kind::Sequence => format!("CREATE SEQUENCE {name} {text}"),
        Kind::Trigger => {
            let follows = object.list(Attribute::Options).iter().find_map(|option| option.strip_prefix("follows="));
            let follows = follows.map(|other| format!("FOLLOWS {} ", quoted(other))).unwrap_or_default();
            format!(
                "CREATE {replace}{definer}TRIGGER {name} {of_type} ON {} FOR EACH ROW {follows}{text}",
                table(&object.key)
            )
        }
        Kind::Event => format!("CREATE {replace}{definer}EVENT {name} {}", event(object)),
        kind => {
            let aggregate = if of_type == "aggregate" { "AGGREGATE " } else { "" };
            format!("CREATE {replace}{definer}{aggregate}{} {name}{text}", kind.words().to_ascii_uppercase())
        }
    })
}

fn algorithm(view: &Object) -> String {
    let option = view.list(Attribute::Options).iter().find_map(|option| option.strip_prefix("algorithm="));
    option.map(|name| format!("ALGORITHM={} ", name.to_ascii_uppercase())).unwrap_or_default()
}

fn event(event: &Object) -> String {
    let schedule = event.text(Attribute::Type).unwrap_or_default();
    let preserve = if schedule.ends_with(" PRESERVE") { "" } else { " ON COMPLETION NOT PRESERVE" };
    let enabled = match event.text(Attribute::Enabled) {
        None => "ENABLE",
        Some("disabled") => "DISABLE",
        Some(_) => "DISABLE ON SLAVE",
    };
    let comment = literal(event.text(Attribute::Comment).unwrap_or_default());
    let body = event.text(Attribute::Definition).unwrap_or_default();
    format!("ON SCHEDULE {schedule}{preserve} {enabled} COMMENT {comment} DO {body}")
}

/// What changes it where it stands: events and sequences.
pub(super) fn alter(object: &Object, before: &Object, owners: bool) -> Statement {
    let name = quoted(&object.key.name);
    Statement::new(match object.key.kind {
        Kind::Event => format!("ALTER {}EVENT {name} {}", definer(object, Some(before), owners), event(object)),
        _ => {
            let text = object.text(Attribute::Definition).unwrap_or_default();
            let text = text.split(" ENGINE").next().unwrap_or_default();
            format!("ALTER SEQUENCE {name} {text}")
        }
    })
}

/// DROP of anything but what is a clause of ALTER TABLE.
pub(super) fn drop(object: &Object) -> Statement {
    Statement::new(format!("DROP {} {}", object.key.kind.words().to_ascii_uppercase(), quoted(&object.key.name)))
}
