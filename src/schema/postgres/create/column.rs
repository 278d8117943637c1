//! A column: in CREATE TABLE, added to a table, and what can only be said of it when it is there.

use super::assigned;
use crate::schema::postgres::name::{identifier, table};
use crate::schema::postgres::not_null::{self, beside_inherited};
use crate::schema::{Attribute, Key, Kind, Object, Schema};

/// The column as CREATE TABLE and ADD COLUMN take it.
pub(in crate::schema::postgres) fn text(column: &Object) -> String {
    let name = identifier(&column.key.name);
    let of_type = column.text(Attribute::Type).unwrap_or_default();
    let collation = part(column, Attribute::Collation, " COLLATE ");
    let compression = part(column, Attribute::Compression, " COMPRESSION ");
    let not_null = not_null::inline(column);
    format!("{name} {of_type}{compression}{collation}{}{not_null}", value(column))
}

/// The column of a table that is made of a type, where it has more than the type says.
pub(super) fn of_type(column: &Object) -> Option<String> {
    let not_null = not_null::inline(column);
    let more = format!("{}{not_null}", value(column));
    (!more.is_empty()).then(|| format!("{} WITH OPTIONS{more}", identifier(&column.key.name)))
}

fn part(column: &Object, attribute: Attribute, words: &str) -> String {
    column.text(attribute).map(|text| format!("{words}{text}")).unwrap_or_default()
}

/// Where its value comes from when none is given.
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

/// The options of an identity column's sequence.
fn identity_options(options: &[String]) -> String {
    let words = options.iter().map(|option| match option.split_once('=') {
        Some(("sequence", name)) => format!("SEQUENCE NAME {name}"),
        _ => super::types::sequence_option(option),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// An inherited column whose default or NOT NULL is not the parent's: it is not written in CREATE TABLE, and set afterwards.
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

/// The keys of the tables that are inherited from.
fn parents(of: &Object, schema: &Schema) -> Vec<Key> {
    let tables = of.needs.iter().filter(|key| key.kind == Kind::Table && schema.get(key).is_some());
    tables.cloned().collect()
}

/// The actions of ALTER TABLE for what CREATE TABLE has no words for; none when there is nothing.
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

/// The column added to what is there already: a table, a composite type; a view's own settings.
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
    [format!("ALTER TABLE {name} ADD COLUMN {}", text(column))].into_iter().chain(settings).collect()
}

/// ` CASCADE`, where tables are of the composite type that the column belongs to; otherwise nothing.
pub(in crate::schema::postgres) fn cascade(attribute: &Key, schema: &Schema) -> &'static str {
    let of_type = table(attribute);
    let is_of_it = |object: &Object| object.text(Attribute::OfType) == Some(of_type.as_str());
    if schema.objects().any(is_of_it) { " CASCADE" } else { "" }
}

/// What a view's column has of its own.
pub(super) fn of_view(column: &Object, is_materialized: bool) -> Vec<String> {
    let kind = if is_materialized { "MATERIALIZED VIEW" } else { "VIEW" };
    let alter = format!("ALTER {kind} {}", table(&column.key));
    let default = column
        .text(Attribute::Default)
        .map(|default| format!("ALTER COLUMN {} SET DEFAULT {default}", identifier(&column.key.name)));
    default.into_iter().chain(settings(column)).map(|action| format!("{alter} {action}")).collect()
}
