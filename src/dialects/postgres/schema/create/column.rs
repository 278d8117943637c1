//! Columns: in CREATE TABLE, in ADD COLUMN, and settings that need statements of their own.

use super::assigned;
use crate::dialects::postgres::schema::name::{identifier, table};
use crate::dialects::postgres::schema::not_null::{self, beside_inherited};
use crate::schema::{Attribute, Key, Kind, Object, Schema};

/// Returns the column definition for CREATE TABLE and ADD COLUMN.
pub(in crate::dialects::postgres::schema) fn column_definition(column: &Object) -> String {
    let name = identifier(&column.key.name);
    let of_type = column.text(Attribute::Type).unwrap_or_default();
    let collation = part(column, Attribute::Collation, " COLLATE ");
    let compression = part(column, Attribute::Compression, " COMPRESSION ");
    let not_null = not_null::inline(column);
    format!("{name} {of_type}{compression}{collation}{}{not_null}", value(column))
}

/// Returns the column options of a typed table, if the column has more than its type defines.
pub(super) fn of_type(column: &Object) -> Option<String> {
    let not_null = not_null::inline(column);
    let more = format!("{}{not_null}", value(column));
    (!more.is_empty()).then(|| format!("{} WITH OPTIONS{more}", identifier(&column.key.name)))
}

fn part(column: &Object, attribute: Attribute, words: &str) -> String {
    column.text(attribute).map(|text| format!("{words}{text}")).unwrap_or_default()
}

/// Returns the clause for the generated value, identity or default.
fn value(column: &Object) -> String {
    if let Some(expression) = column.text(Attribute::Generated) {
        let kind = column.text(Attribute::GeneratedKind).unwrap_or("stored").to_uppercase();
        return format!(" GENERATED ALWAYS AS ({expression}) {kind}");
    }
    match column.text(Attribute::Identity) {
        Some(identity) => {
            let options = identity_options(column.list(Attribute::IdentityOptions));
            let options = if options.is_empty() { String::new() } else { format!(" ({options})") };
            format!(" GENERATED {} AS IDENTITY{options}", identity.to_uppercase())
        }
        None => part(column, Attribute::Default, " DEFAULT "),
    }
}

/// Returns the options of an identity column's sequence.
fn identity_options(options: &[String]) -> String {
    let words = options.iter().map(|option| match option.split_once('=') {
        Some(("sequence", name)) => format!("SEQUENCE NAME {name}"),
        _ => super::types::sequence_option(option),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Returns statements that override the default or NOT NULL of an inherited column, which is not listed in CREATE
/// TABLE.
pub(super) fn overrides(column: &Object, of: &Object, schema: &Schema) -> Vec<String> {
    if !column.has(Attribute::Inherited) || of.has(Attribute::PartitionOf) {
        return Vec::new();
    }
    let above: Vec<_> = parents(of, schema)
        .into_iter()
        .filter_map(|key| {
            schema.get(&Key::of_table(Kind::Column, key.namespace.as_deref(), &key.name, &column.key.name))
        })
        .collect();
    let inherited = |attribute| above.iter().find_map(|column| column.attributes.get(&attribute));
    let alter = format!("ALTER TABLE ONLY {} ALTER COLUMN {}", table(&column.key), identifier(&column.key.name));
    let mut statements = Vec::new();
    if column.attributes.get(&Attribute::Default) != inherited(Attribute::Default) {
        let action = column.text(Attribute::Default).map(|default| format!("SET DEFAULT {default}"));
        statements.push(format!("{alter} {}", action.unwrap_or_else(|| "DROP DEFAULT".to_owned())));
    }
    let is_there = beside_inherited(column).is_some() || inherited(Attribute::NotNull).is_some();
    if column.has(Attribute::NotNull) && !is_there {
        statements.push(format!("{alter} SET NOT NULL"));
    }
    statements
}

/// Returns the parents that are tables.
fn parents(of: &Object, schema: &Schema) -> Vec<Key> {
    let tables = of.needs.iter().filter(|key| key.kind == Kind::Table && schema.get(key).is_some());
    tables.cloned().collect()
}

/// Returns the ALTER TABLE actions for settings that CREATE TABLE has no syntax for, if there are any.
pub(super) fn settings(column: &Object) -> Option<String> {
    let alter = format!("ALTER COLUMN {}", identifier(&column.key.name));
    let storage =
        column.text(Attribute::Storage).map(|storage| format!("{alter} SET STORAGE {}", storage.to_uppercase()));
    let statistics = column.number(Attribute::Statistics).map(|target| format!("{alter} SET STATISTICS {target}"));
    let options = column.list(Attribute::Options);
    let options = (!options.is_empty()).then(|| format!("{alter} SET ({})", assigned(options)));
    let actions: Vec<String> = [storage, statistics, options].into_iter().flatten().collect();
    (!actions.is_empty()).then(|| actions.join(", "))
}

/// Returns the statements that add the column to an existing table or composite type, or set the properties of a view's
/// column.
pub(super) fn alone(column: &Object, schema: &Schema) -> Vec<String> {
    let has = |kind| column.key.parent(kind).is_some_and(|key| schema.get(&key).is_some());
    let name = table(&column.key);
    if has(Kind::Composite) {
        let (of_type, collation) = (part(column, Attribute::Type, ""), part(column, Attribute::Collation, " COLLATE "));
        let (own, cascade) = (identifier(&column.key.name), cascade(&column.key, schema));
        return vec![format!("ALTER TYPE {name} ADD ATTRIBUTE {own} {of_type}{collation}{cascade}")];
    }
    if has(Kind::View) || has(Kind::MaterializedView) {
        return of_view(column, has(Kind::MaterializedView));
    }
    let settings = settings(column).map(|settings| format!("ALTER TABLE ONLY {name} {settings}"));
    [format!("ALTER TABLE {name} ADD COLUMN {}", column_definition(column))].into_iter().chain(settings).collect()
}

/// Returns ` CASCADE` if there are typed tables of the composite type that the attribute belongs to.
pub(in crate::dialects::postgres::schema) fn cascade(attribute: &Key, schema: &Schema) -> &'static str {
    let of_type = table(attribute);
    let is_of_it = |object: &Object| object.text(Attribute::OfType) == Some(of_type.as_str());
    if schema.objects().any(is_of_it) { " CASCADE" } else { "" }
}

/// Returns the statements for the default and other settings of a view's column.
pub(super) fn of_view(column: &Object, is_materialized: bool) -> Vec<String> {
    let kind = if is_materialized { "MATERIALIZED VIEW" } else { "VIEW" };
    let alter = format!("ALTER {kind} {}", table(&column.key));
    let default = column
        .text(Attribute::Default)
        .map(|default| format!("ALTER COLUMN {} SET DEFAULT {default}", identifier(&column.key.name)));
    default.into_iter().chain(settings(column)).map(|action| format!("{alter} {action}")).collect()
}
