//! In-place changes of types, sequences and extensions.

use crate::dialects::postgres::schema::name::{self, identifier, literal};
use crate::dialects::postgres::schema::not_null;
use crate::dialects::postgres::schema::plan::PlannedStatement;
use crate::dialects::postgres::schema::temporary_name::temporary_relation_name;
use crate::dialects::postgres::schema::text::{list, names};
use crate::schema::{Attribute, Kind, Object, Schema};

/// Returns whether labels are only added: all old labels are kept, in the same order.
pub(super) fn grows(before: &Object, after: &Object) -> bool {
    let mut new = after.list(Attribute::Labels).iter();
    before.list(Attribute::Labels).iter().all(|old| new.any(|label| label == old))
}

/// Returns the new labels with their statements, ordered so that the neighbour named by each exists.
pub(in crate::dialects::postgres::schema) fn labels_to_add(
    before: &Object,
    after: &Object,
) -> Vec<(String, PlannedStatement)> {
    let old = before.list(Attribute::Labels);
    let mut last: Option<&str> = None;
    let mut added = Vec::new();
    for label in after.list(Attribute::Labels) {
        if !old.contains(label) {
            let place = match (last, old.first()) {
                (Some(last), _) if Some(last) != old.last().map(String::as_str) || !added.is_empty() => {
                    format!(" AFTER {}", literal(last))
                }
                (None, Some(first)) => format!(" BEFORE {}", literal(first)),
                _ => String::new(),
            };
            let sql = format!("ALTER TYPE {} ADD VALUE {}{place}", name::own(&after.key), literal(label));
            added.push((label.clone(), PlannedStatement::new(sql)));
        }
        last = Some(label);
    }
    added
}

/// Returns renames for the objects that belong to a range type, which itself is called `aside` by now: its multirange
/// type, and the constructor functions. They keep their names when the type is renamed, and would collide with those of
/// the new type.
pub(in crate::dialects::postgres::schema) fn range_aside(
    range: &Object,
    aside: &str,
    schemas: &[&Schema],
) -> Vec<PlannedStatement> {
    if range.key.kind != Kind::Range {
        return Vec::new();
    }
    let definition = range.text(Attribute::Definition).unwrap_or_default();
    let inner = definition.strip_prefix('(').and_then(|text| text.strip_suffix(')')).unwrap_or(definition);
    let parts = list(inner);
    let part = |name: &str| parts.iter().find_map(|part| part.strip_prefix(name)?.strip_prefix(" = "));
    let (own, moved) = (name::own(&range.key), identifier(aside));
    let mut lines = Vec::new();
    let mut rename =
        |what: String, name: &str| lines.push(PlannedStatement::new(format!("ALTER {what} RENAME TO {name}")));
    if let Some(subtype) = part("subtype") {
        rename(format!("FUNCTION {own}({subtype}, {subtype})"), &moved);
        rename(format!("FUNCTION {own}({subtype}, {subtype}, text)"), &moved);
    }
    if let Some(multirange) = part("multirange_type_name") {
        let name = names(multirange).pop().unwrap_or_default();
        let namespace = range.key.namespace.as_deref();
        let other = identifier(&temporary_relation_name(namespace, &name, "__old", schemas));
        let of = name::qualified(namespace, aside);
        rename(format!("TYPE {multirange}"), &other);
        for arguments in [String::new(), of.clone(), format!("{of}[]")] {
            rename(format!("FUNCTION {multirange}({arguments})"), &other);
        }
    }
    lines
}

/// Returns the changes of a domain's default and NOT NULL. Its checks are objects of their own.
pub(super) fn domain(before: &Object, after: &Object) -> Vec<PlannedStatement> {
    let head = format!("ALTER DOMAIN {}", name::own(&after.key));
    let mut lines = Vec::new();
    let default = after.text(Attribute::Default);
    if before.text(Attribute::Default) != default {
        let action = default.map_or_else(|| "DROP DEFAULT".to_owned(), |default| format!("SET DEFAULT {default}"));
        lines.push(PlannedStatement::new(format!("{head} {action}")));
    }
    match (before.has(Attribute::NotNull), after.has(Attribute::NotNull)) {
        (true, false) => lines.push(PlannedStatement::new(format!("{head} DROP NOT NULL"))),
        (false, true) => {
            let set = not_null::addition(after).unwrap_or_else(|| "SET NOT NULL".to_owned());
            lines.push(PlannedStatement::new(format!("{head} {set}")));
            lines.extend(not_null::comment(after, None).map(PlannedStatement::new));
        }
        _ => lines.extend(not_null::changes(before, after)),
    }
    lines
}

/// Returns the changes of a sequence's type, options and persistence. OWNED BY is set in a later step.
pub(super) fn sequence(before: &Object, after: &Object) -> Vec<PlannedStatement> {
    let own = name::own(&after.key);
    let mut lines = Vec::new();
    let mut actions = Vec::new();
    if before.text(Attribute::Type) != after.text(Attribute::Type) {
        actions.push(format!("AS {}", after.text(Attribute::Type).unwrap_or("bigint")));
    }
    let [old, new] = [before, after].map(|of| (of.text(Attribute::Type), of.list(Attribute::Options)));
    actions.extend(sequence_actions(old, new));
    lines.extend(brought_inside(&own, old, new));
    if !actions.is_empty() {
        lines.push(PlannedStatement::new(format!("ALTER SEQUENCE {own} {}", actions.join(" "))));
    }
    if before.has(Attribute::Unlogged) != after.has(Attribute::Unlogged) {
        let action = if after.has(Attribute::Unlogged) { "UNLOGGED" } else { "LOGGED" };
        lines.push(PlannedStatement::new(format!("ALTER SEQUENCE {own} SET {action}")));
    }
    if before.text(Attribute::OwnedBy).is_some() && after.text(Attribute::OwnedBy).is_none() {
        lines.push(PlannedStatement::new(format!("ALTER SEQUENCE {own} OWNED BY NONE")));
    }
    lines
}

/// Returns the actions that change the options of a sequence. Each side comes with its type, which determines the
/// defaults.
pub(super) fn sequence_actions((old_type, old): Numbers<'_>, (new_type, new): Numbers<'_>) -> Vec<String> {
    let (before, after) = (Bounds::new(old_type, old), Bounds::new(new_type, new));
    let mut actions = Vec::new();
    for (name, word, before, after) in [
        ("increment", "INCREMENT BY", before.increment, after.increment),
        ("minvalue", "MINVALUE", before.minimum, after.minimum),
        ("maxvalue", "MAXVALUE", before.maximum, after.maximum),
        ("start", "START WITH", before.start, after.start),
        ("cache", "CACHE", before.cache, after.cache),
    ] {
        if before == after {
            continue;
        }
        let is_usual = matches!(name, "minvalue" | "maxvalue") && value(new, name).is_none();
        actions.push(if is_usual { format!("NO {word}") } else { format!("{word} {after}") });
    }
    match (value(old, "cycle").is_some(), value(new, "cycle").is_some()) {
        (false, true) => actions.push("CYCLE".to_owned()),
        (true, false) => actions.push("NO CYCLE".to_owned()),
        _ => {}
    }
    // The ranges are disjoint: no value is valid under both, so that the sequence has to start again.
    if after.minimum > before.maximum || after.maximum < before.minimum {
        actions.push("RESTART".to_owned());
    }
    actions
}

/// Type and options of a sequence.
pub(super) type Numbers<'a> = (Option<&'a str>, &'a [String]);

fn value<'a>(list: &'a [String], name: &str) -> Option<&'a str> {
    list.iter().find_map(|option| option.strip_prefix(name)?.strip_prefix('='))
}

/// Options of a sequence with defaults filled in (manual, CREATE SEQUENCE).
pub(super) struct Bounds {
    pub(super) increment: i64,
    pub(super) minimum: i64,
    pub(super) maximum: i64,
    pub(super) start: i64,
    cache: i64,
}

/// Returns the lowest and highest number of an integer type; those of `bigint` for others.
pub(super) fn lowest_and_highest(of_type: Option<&str>) -> (i64, i64) {
    match of_type {
        Some("smallint") => (i64::from(i16::MIN), i64::from(i16::MAX)),
        Some("integer") => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    }
}

impl Bounds {
    pub(super) fn new(of_type: Option<&str>, options: &[String]) -> Self {
        let number = |name: &str| value(options, name).and_then(|text| text.parse::<i64>().ok());
        let (lowest, highest) = lowest_and_highest(of_type);
        let increment = number("increment").unwrap_or(1);
        let (usual_minimum, usual_maximum) = if increment > 0 { (1, highest) } else { (lowest, -1) };
        let minimum = number("minvalue").unwrap_or(usual_minimum);
        let maximum = number("maxvalue").unwrap_or(usual_maximum);
        let start = number("start").unwrap_or(if increment > 0 { minimum } else { maximum });
        Self { increment, minimum, maximum, start, cache: number("cache").unwrap_or(1) }
    }
}

/// Returns a setval that moves the sequence into the intersection of old and new bounds, to be run while the old ones
/// apply. `None` if the new bounds are not narrower, or do not intersect the old ones.
pub(super) fn brought_inside(
    own: &str,
    (old_type, old): Numbers<'_>,
    (new_type, new): Numbers<'_>,
) -> Option<PlannedStatement> {
    let (before, after) = (Bounds::new(old_type, old), Bounds::new(new_type, new));
    let narrows = after.minimum > before.minimum || after.maximum < before.maximum;
    let meets = after.minimum <= before.maximum && after.maximum >= before.minimum;
    (narrows && meets).then(|| {
        let (low, high) = (after.minimum.max(before.minimum), after.maximum.min(before.maximum));
        PlannedStatement::new(format!(
            "SELECT setval({}, least(greatest(last_value, {low}), {high}), \
             is_called AND last_value BETWEEN {low} AND {high}) FROM {own}",
            literal(own)
        ))
    })
}

/// Returns the changes of an extension's version and schema.
pub(super) fn extension(before: &Object, after: &Object) -> Vec<PlannedStatement> {
    let own = identifier(&after.key.name);
    let mut lines = Vec::new();
    if before.text(Attribute::Version) != after.text(Attribute::Version) {
        let version = after.text(Attribute::Version).map(|version| format!(" TO {}", literal(version)));
        lines.push(PlannedStatement::new(format!("ALTER EXTENSION {own} UPDATE{}", version.unwrap_or_default())));
    }
    if before.text(Attribute::InNamespace) != after.text(Attribute::InNamespace)
        && let Some(namespace) = after.text(Attribute::InNamespace)
    {
        lines.push(PlannedStatement::new(format!("ALTER EXTENSION {own} SET SCHEMA {}", identifier(namespace))));
    }
    lines
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::schema::Key;

    fn labels(labels: &[&str]) -> Object {
        let mut object = Object::new(Key::new(Kind::Enum, Some("public"), "mood"));
        object.set(Attribute::Labels, labels.iter().map(|label| (*label).to_owned()).collect::<Vec<_>>());
        object
    }

    fn added(old: &[&str], new: &[&str]) -> Vec<String> {
        let lines = labels_to_add(&labels(old), &labels(new));
        lines
            .into_iter()
            .map(|(_, line)| line.into_statement().sql.replace("ALTER TYPE public.mood ADD VALUE ", ""))
            .collect()
    }

    #[test]
    fn labels_are_added_where_they_belong() {
        assert_eq!(added(&["b"], &["a", "b"]), ["'a' BEFORE 'b'"]);
        assert_eq!(added(&["a", "c"], &["a", "b", "c"]), ["'b' AFTER 'a'"]);
        assert_eq!(added(&["a"], &["a", "b", "c"]), ["'b'", "'c' AFTER 'b'"]);
        assert_eq!(added(&["c"], &["a", "b", "c"]), ["'a' BEFORE 'c'", "'b' AFTER 'a'"]);
    }

    #[test]
    fn labels_that_are_gone_or_move_take_a_new_type() {
        assert!(grows(&labels(&["a", "b"]), &labels(&["a", "x", "b"])));
        assert!(!grows(&labels(&["a", "b"]), &labels(&["b", "a"])));
        assert!(!grows(&labels(&["a", "b"]), &labels(&["a"])));
    }

    #[test]
    fn options_that_are_no_longer_told_go_back_to_what_is_usual() {
        let list = |options: &[&str]| options.iter().map(|option| (*option).to_owned()).collect::<Vec<_>>();
        let (old, new) = (list(&["start=10", "maxvalue=99", "cycle=true"]), list(&["increment=2"]));
        let actions = sequence_actions((Some("bigint"), &old), (Some("bigint"), &new));
        assert_eq!(actions, ["INCREMENT BY 2", "NO MAXVALUE", "START WITH 1", "NO CYCLE"]);
        let actions = sequence_actions((None, &[]), (None, &list(&["increment=-1"])));
        assert_eq!(actions, ["INCREMENT BY -1", "NO MINVALUE", "NO MAXVALUE", "START WITH -1", "RESTART"]);
    }
}
