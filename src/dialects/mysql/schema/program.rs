//! Statements for views, sequences, routines, triggers and events.

use super::names::{literal, quoted, table};
use crate::schema::{Attribute, Kind, Object, Statement};

/// Returns `DEFINER=... `: the owner if owners are managed, otherwise the previous definer.
fn definer(object: &Object, before: Option<&Object>, owners: bool) -> String {
    let asked = object.text(Attribute::Owner).filter(|_| owners);
    let kept = before.and_then(|before| before.text(Attribute::Definer));
    asked.or(kept).map(|definer| format!("DEFINER={definer} ")).unwrap_or_default()
}

/// Returns the CREATE statement, with OR REPLACE if `replaces`. The definer is taken over from `before`.
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
    // ALTER EVENT keeps clauses that are omitted, so that defaults are written out too.
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

/// Returns ALTER EVENT with all clauses.
pub(super) fn alter_event(event_after: &Object, before: &Object, owners: bool) -> Statement {
    let definer = definer(event_after, Some(before), owners);
    Statement::new(format!("ALTER {definer}EVENT {} {}", quoted(&event_after.key.name), event(event_after)))
}

/// Returns ALTER SEQUENCE statements. MariaDB changes the type in a statement of its own: a wider type before the
/// bounds, which it must hold, and a narrower one after them.
pub(super) fn alter_sequence(after: &Object, before: &Object) -> Vec<Statement> {
    let name = quoted(&after.key.name);
    let ((old_type, old_rest), (new_type, new_rest)) = (sequence_parts(before), sequence_parts(after));
    let of_type = || Statement::new(format!("ALTER SEQUENCE {name} AS {new_type}"));
    let of_rest = || Statement::new(format!("ALTER SEQUENCE {name} {new_rest}"));
    match (old_type == new_type, old_rest == new_rest) {
        (true, _) => vec![of_rest()],
        (false, true) => vec![of_type()],
        (false, false) if width(new_type) > width(old_type) => vec![of_type(), of_rest()],
        (false, false) => vec![of_rest(), of_type()],
    }
}

/// Splits a sequence's text into the type and the rest: `as smallint unsigned start with 3 ...`. The default type is
/// bigint.
fn sequence_parts(sequence: &Object) -> (&str, &str) {
    let text = sequence.text(Attribute::Definition).unwrap_or_default();
    let text = text.split(" ENGINE").next().unwrap_or_default();
    let typed = text.strip_prefix("as ").and_then(|rest| Some((rest, rest.find(" start with ")?)));
    match typed {
        Some((rest, place)) => (&rest[..place], &rest[place + 1..]),
        None => ("bigint", text),
    }
}

/// Rank of a sequence type by the range of its values.
fn width(of_type: &str) -> usize {
    let widths = ["tinyint", "smallint", "mediumint", "int", "bigint"];
    let place = widths.iter().position(|name| of_type.split(['(', ' ']).next() == Some(*name));
    place.unwrap_or(widths.len()) * 2 + usize::from(of_type.ends_with("unsigned"))
}

/// Returns a DROP statement for objects that are not dropped by a clause of ALTER TABLE.
pub(super) fn drop(object: &Object) -> Statement {
    Statement::new(format!("DROP {} {}", object.key.kind.words().to_ascii_uppercase(), quoted(&object.key.name)))
}
