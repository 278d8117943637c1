//! Types, sequences, extensions.

use super::constraint;
use crate::dialects::postgres::schema::name::{identifier, literal, own};
use crate::dialects::postgres::schema::not_null;
use crate::schema::{Attribute, Key, Kind, Object, Schema};

pub(super) fn extension(object: &Object) -> String {
    let namespace = object.text(Attribute::InNamespace).map(|name| format!(" WITH SCHEMA {}", identifier(name)));
    let version = object.text(Attribute::Version).map(|version| format!(" VERSION {}", literal(version)));
    let (namespace, version) = (namespace.unwrap_or_default(), version.unwrap_or_default());
    format!("CREATE EXTENSION IF NOT EXISTS {}{namespace}{version}", identifier(&object.key.name))
}

pub(super) fn collation(object: &Object) -> String {
    format!("CREATE COLLATION {} {}", own(&object.key), object.text(Attribute::Definition).unwrap_or_default())
}

pub(super) fn enumerated(object: &Object) -> String {
    let labels = object.list(Attribute::Labels).iter().map(|label| format!("\n    {}", literal(label)));
    let labels = labels.collect::<Vec<_>>().join(",");
    let end = if labels.is_empty() { "" } else { "\n" };
    format!("CREATE TYPE {} AS ENUM ({labels}{end})", own(&object.key))
}

/// Returns whether the check can be a part of CREATE DOMAIN.
pub(super) fn is_simple(check: &Object, domain: &Object) -> bool {
    let is_there = |need: &Key| {
        domain.needs.contains(need) || need.parent(Kind::Composite).is_some_and(|whole| domain.needs.contains(&whole))
    };
    !check.has(Attribute::NotValid) && check.needs.iter().all(is_there)
}

pub(super) fn domain(object: &Object, checks: &[&Object]) -> String {
    let part = |attribute, words: &str| object.text(attribute).map(|text| format!("{words}{text}")).unwrap_or_default();
    let not_null = not_null::inline(object);
    let checks: String =
        checks.iter().map(|check| format!("\n    {}", constraint::constraint_definition(check))).collect();
    format!(
        "CREATE DOMAIN {} AS {}{}{}{not_null}{checks}",
        own(&object.key),
        part(Attribute::Type, ""),
        part(Attribute::Collation, " COLLATE "),
        part(Attribute::Default, " DEFAULT "),
    )
}

pub(super) fn composite(object: &Object, schema: &Schema) -> String {
    let columns = schema.columns(&object.key).into_iter().map(|column| {
        let collation = column.text(Attribute::Collation).map(|name| format!(" COLLATE {name}")).unwrap_or_default();
        let of_type = column.text(Attribute::Type).unwrap_or_default();
        format!("\n    {} {of_type}{collation}", identifier(&column.key.name))
    });
    let columns = columns.collect::<Vec<_>>().join(",");
    let end = if columns.is_empty() { "" } else { "\n" };
    format!("CREATE TYPE {} AS ({columns}{end})", own(&object.key))
}

pub(super) fn range(object: &Object) -> String {
    format!("CREATE TYPE {} AS RANGE {}", own(&object.key), object.text(Attribute::Definition).unwrap_or_default())
}

pub(super) fn sequence(object: &Object) -> String {
    let unlogged = if object.has(Attribute::Unlogged) { "UNLOGGED " } else { "" };
    let of_type = object.text(Attribute::Type).filter(|name| *name != "bigint");
    let of_type = of_type.map(|name| format!(" AS {name}")).unwrap_or_default();
    let options: String =
        object.list(Attribute::Options).iter().map(|option| format!(" {}", sequence_option(option))).collect();
    format!("CREATE {unlogged}SEQUENCE {}{of_type}{options}", own(&object.key))
}

/// Formats an option of a sequence, such as `start=10`.
pub(super) fn sequence_option(option: &str) -> String {
    match option.split_once('=') {
        Some(("start", value)) => format!("START WITH {value}"),
        Some(("increment", value)) => format!("INCREMENT BY {value}"),
        Some(("minvalue", value)) => format!("MINVALUE {value}"),
        Some(("maxvalue", value)) => format!("MAXVALUE {value}"),
        Some(("cache", value)) => format!("CACHE {value}"),
        _ => "CYCLE".to_owned(),
    }
}
