//! Names of objects in SQL: `public.users`, `FUNCTION public.f(integer)`.

use crate::schema::{Attribute, Key, Kind, Object};
use crate::sql::{Dialect, quote_identifier, quote_literal};

/// Words that must be quoted to be used as names everywhere, sorted: `pg_get_keywords()` of versions 15 to 17 without
/// category U, which is the rule of the server's own `quote_ident`.
const KEYWORDS: &str = "all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean \
    both case cast char character check coalesce collate collation column concurrently constraint create cross \
    current_catalog current_date current_role current_schema current_time current_timestamp current_user dec decimal default \
    deferrable desc distinct do else end except exists extract false fetch float for foreign freeze from full grant greatest \
    group grouping having ilike in initially inner inout int integer intersect interval into is isnull join json json_array \
    json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize json_table json_value lateral \
    leading least left like limit localtime localtimestamp merge_action national natural nchar none normalize not notnull \
    null nullif numeric offset on only or order out outer overlaps overlay placing position precision primary real references \
    returning right row select session_user setof similar smallint some substring symmetric system_user table tablesample \
    then time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when where window \
    with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable";

/// Returns `name` as an identifier, quoted only if necessary.
#[must_use]
pub fn identifier(name: &str) -> String {
    let is_plain = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if is_plain && !is_keyword(name) { name.to_owned() } else { quote_identifier(name, Dialect::POSTGRES) }
}

/// Returns names as identifiers, separated by commas.
#[must_use]
pub fn identifiers(names: &[String]) -> String {
    names.iter().map(|name| identifier(name)).collect::<Vec<_>>().join(", ")
}

fn is_keyword(name: &str) -> bool {
    KEYWORDS.split(' ').any(|keyword| keyword == name)
}

/// Returns `text` as a string literal.
pub(super) fn literal(text: &str) -> String {
    quote_literal(text, Dialect::POSTGRES)
}

/// Returns `name` qualified with its namespace.
#[must_use]
pub fn qualified(namespace: Option<&str>, name: &str) -> String {
    let name = identifier(name);
    namespace.map_or_else(|| name.clone(), |namespace| format!("{}.{name}", identifier(namespace)))
}

/// Returns the qualified name of a top-level object such as a table, an index or a type. For routines see [`routine`].
pub(super) fn own(key: &Key) -> String {
    qualified(key.namespace.as_deref(), &key.name)
}

/// Returns the qualified name of the table (or view, domain, composite type) that an object belongs to.
pub(super) fn table(key: &Key) -> String {
    qualified(key.namespace.as_deref(), key.table.as_deref().unwrap_or_default())
}

/// Returns the name of a routine with its argument types: `public.f(integer)`.
pub(super) fn routine(object: &Object) -> String {
    let arguments = object.text(Attribute::Arguments).unwrap_or_default();
    let tail = format!("({arguments})");
    // An aggregate without arguments has the key `f()`, and is written `f(*)` in SQL.
    let name = object.key.name.strip_suffix(&tail).or_else(|| object.key.name.strip_suffix("()"));
    let name = name.unwrap_or(&object.key.name);
    format!("{}{tail}", qualified(object.key.namespace.as_deref(), name))
}

/// Returns the object as named in `COMMENT ON`, and for top-level objects also in `ALTER`, `DROP` and `GRANT ... ON`:
/// `TABLE public.users`, `CONSTRAINT c ON public.users`, `FUNCTION public.f(integer)`.
pub(super) fn described(object: &Object) -> String {
    let key = &object.key;
    let name = identifier(&key.name);
    match key.kind {
        Kind::Database => format!("DATABASE {name}"),
        Kind::Namespace => format!("SCHEMA {name}"),
        Kind::Extension => format!("EXTENSION {name}"),
        Kind::EventTrigger | Kind::Event => format!("EVENT TRIGGER {name}"),
        Kind::Enum | Kind::Composite | Kind::Range => format!("TYPE {}", own(key)),
        Kind::Collation => format!("COLLATION {}", own(key)),
        Kind::Domain => format!("DOMAIN {}", own(key)),
        Kind::Sequence => format!("SEQUENCE {}", own(key)),
        Kind::Table | Kind::VirtualTable => format!("TABLE {}", own(key)),
        Kind::View => format!("VIEW {}", own(key)),
        Kind::MaterializedView => format!("MATERIALIZED VIEW {}", own(key)),
        Kind::Index => format!("INDEX {}", own(key)),
        Kind::Column => format!("COLUMN {}.{name}", table(key)),
        Kind::Function => format!("FUNCTION {}", routine(object)),
        Kind::Procedure => format!("PROCEDURE {}", routine(object)),
        Kind::Aggregate => format!("AGGREGATE {}", routine(object)),
        Kind::Rule => format!("RULE {name} ON {}", table(key)),
        Kind::Trigger => format!("TRIGGER {name} ON {}", table(key)),
        Kind::Policy => format!("POLICY {name} ON {}", table(key)),
        Kind::Check if object.has(Attribute::OfDomain) => format!("CONSTRAINT {name} ON DOMAIN {}", table(key)),
        Kind::PrimaryKey | Kind::Unique | Kind::Check | Kind::Exclusion | Kind::ForeignKey => {
            format!("CONSTRAINT {name} ON {}", table(key))
        }
    }
}
