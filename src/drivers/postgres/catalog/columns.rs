//! Columns of tables, views and composite types.

use super::builder::{CatalogAddress, SchemaBuilder, class};
use super::options::{OptionScope, set_options};
use super::query_context::{QueryContext, collation};
use super::row::CatalogRow;
use crate::dialects::postgres::schema::identifier;
use crate::schema::{Attribute, Key, Kind, Object};

pub(super) fn columns(ask: &QueryContext) -> String {
    let collation = collation("a.attcollation <> t.typcollation", "a.attcollation");
    format!(
        "SELECT a.attrelid, a.attnum, a.attname, d.oid, format_type(a.atttypid, a.atttypmod), {collation}, a.attnotnull, \
         {identity}, nullif(a.attgenerated, ''), pg_get_expr(d.adbin, d.adrelid), \
         CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage END, nullif({compression}, ''), \
         CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END, a.attoptions, NOT a.attislocal, {grants} \
         FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_type t ON t.oid = a.atttypid \
         LEFT JOIN pg_attrdef d ON a.atthasdef AND d.adrelid = a.attrelid AND d.adnum = a.attnum \
         WHERE {inside} AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'c') \
         ORDER BY a.attrelid, a.attnum",
        identity = if ask.version.has_shared_identity_of_partitions() {
            "CASE WHEN NOT c.relispartition THEN nullif(a.attidentity, '') END"
        } else {
            "nullif(a.attidentity, '')"
        },
        compression = if ask.version.has_column_compression() { "a.attcompression" } else { "''::\"char\"" },
        grants = ask.grants("c.relowner", "a.attacl", 'c'),
        inside = ask.inside,
    )
}

pub(super) fn read_column(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let (relation, number, name) = (row.oid(), row.number().unwrap_or_default(), row.text());
    let default = row.oid();
    let whole = CatalogAddress::new(class::CLASS, relation);
    let Some(table) = draft.key(whole) else { return };
    let is_of_view = matches!(table.kind, Kind::View | Kind::MaterializedView);
    let key = Key::of_table(Kind::Column, table.namespace.as_deref(), &table.name, &name);
    let mut object = Object::new(key);
    read_attributes(row, &mut object, draft);
    draft.set_grants(&mut object, row);
    let address = CatalogAddress::column(relation, i32::try_from(number).unwrap_or_default());
    draft.column_names.insert(address, name.clone());
    if is_of_view {
        let told = view_column(&mut object);
        let held = object.attributes.remove(&Attribute::Held);
        draft.view_columns.insert(address, object);
        if let Some(view) = draft.get_mut(whole) {
            if let Some(held) = held {
                hold(view, held.list(), &name);
            }
            let told = view.list(Attribute::Columns).iter().cloned().chain([told]).collect::<Vec<_>>();
            view.set(Attribute::Columns, told);
        }
        // The defaults of a view's columns are part of the view as far as dependencies are concerned.
        return draft.alias(CatalogAddress::new(class::ATTRDEF, default), whole);
    }
    object.set(Attribute::Position, draft.next_position(relation));
    draft.add(address, object);
    draft.alias(CatalogAddress::new(class::ATTRDEF, default), address);
}

fn read_attributes(row: &mut CatalogRow, object: &mut Object, draft: &mut SchemaBuilder) {
    object.set_some(Attribute::Type, row.some());
    object.set_some(Attribute::Collation, row.some());
    object.set_if(Attribute::NotNull, row.is());
    let identity = row.some().map(|letter| if letter == "a" { "always" } else { "by default" });
    object.set_some(Attribute::Identity, identity);
    let generated = row.some().map(|letter| if letter == "s" { "stored" } else { "virtual" });
    let expression = if generated.is_some() { Attribute::Generated } else { Attribute::Default };
    object.set_some(Attribute::GeneratedKind, generated);
    object.set_some(expression, row.some());
    object.set_some(Attribute::Storage, row.some().map(|letter| storage(&letter)));
    object.set_some(Attribute::Compression, row.some().map(|letter| if letter == "l" { "lz4" } else { "pglz" }));
    object.set_some(Attribute::Statistics, row.number());
    set_options(draft, object, OptionScope::Column, row.list());
    object.set_if(Attribute::Inherited, row.is());
}

fn storage(letter: &str) -> &'static str {
    match letter {
        "p" => "plain",
        "e" => "external",
        "m" => "main",
        _ => "extended",
    }
}

/// Moves column privileges of a view to the view itself, because a view's column is an object only if it has other
/// attributes.
fn hold(view: &mut Object, held: &[String], column: &str) {
    let of_column = |entry: &String| {
        let (grantee, names) = entry.rsplit_once(": ")?;
        let (names, option) = names.split_once(" WITH").map_or((names, None), |(names, option)| (names, Some(option)));
        let names: Vec<String> = names.split(", ").map(|name| format!("{name} ({})", identifier(column))).collect();
        let option = option.map(|option| format!(" WITH{option}")).unwrap_or_default();
        Some(format!("{grantee}: {}{option}", names.join(", ")))
    };
    let all: Vec<String> =
        view.list(Attribute::Held).iter().cloned().chain(held.iter().filter_map(of_column)).collect();
    view.set(Attribute::Held, all);
}

/// Removes the attributes that follow from the view's query, and returns them as text.
fn view_column(object: &mut Object) -> String {
    let mut told = format!("{} {}", identifier(&object.key.name), object.text(Attribute::Type).unwrap_or_default());
    if let Some(collation) = object.text(Attribute::Collation) {
        told = format!("{told} COLLATE {collation}");
    }
    object.attributes.remove(&Attribute::Type);
    object.attributes.remove(&Attribute::Collation);
    told
}
