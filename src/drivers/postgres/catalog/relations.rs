//! Tables, views, materialized views, sequences and inheritance. Foreign tables are not modelled.

use super::builder::{CatalogAddress, SchemaBuilder, class, set_list};
use super::options::{OptionScope, set_options};
use super::query_context::{QueryContext, tablespace};
use super::row::CatalogRow;
use crate::dialects::postgres::schema::qualified;
use crate::schema::{Attribute, Key, Kind, Object};

pub(super) fn relations(ask: &QueryContext) -> String {
    let (inside, owner) = (&ask.inside, ask.owner("c.relowner", "c.relacl", 'r'));
    let tablespace = tablespace("c");
    format!(
        "SELECT c.oid, n.nspname, c.relname, c.relkind, c.reltype, rt.typarray, c.relpersistence = 'u', c.reloptions, t.reloptions, \
         {tablespace}, CASE WHEN am.amname <> 'heap' OR c.relkind = 'p' THEN am.amname END, CASE c.relreplident WHEN 'f' THEN 'full' WHEN 'n' THEN 'nothing' END, \
         c.relrowsecurity, c.relforcerowsecurity, CASE c.relkind WHEN 'p' THEN pg_get_partkeydef(c.oid) END, \
         CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END, \
         CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END, \
         CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END, {owner} \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_class t ON t.oid = c.reltoastrelid AND t.reloptions IS NOT NULL \
         LEFT JOIN pg_type rt ON rt.oid = c.reltype LEFT JOIN pg_am am ON am.oid = c.relam \
         WHERE {inside} AND c.relkind IN ('r', 'p', 'v', 'm', 'f')"
    )
}

pub(super) fn read_relation(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let (oid, namespace, name, kind) = (row.oid(), row.text(), row.text(), row.text());
    let address = CatalogAddress::new(class::CLASS, oid);
    if draft.without.contains(&oid) || draft.members.contains_key(&address) {
        return;
    }
    let kind = match kind.as_str() {
        "v" => Kind::View,
        "m" => Kind::MaterializedView,
        "f" => {
            let name = qualified(Some(&namespace), &name);
            for of_type in [row.oid(), row.oid()] {
                draft.foreign_tables.insert(CatalogAddress::new(class::TYPE, of_type), name.clone());
            }
            draft.foreign_tables.insert(address, name.clone());
            return draft.leave("foreign table", name);
        }
        _ => Kind::Table,
    };
    let mut object = Object::new(Key::new(kind, Some(&namespace), &name));
    let types = [row.oid(), row.oid()];
    read_attributes(row, &mut object, draft);
    draft.set_owner(&mut object, row);
    draft.add(address, object);
    for other in types {
        draft.alias(CatalogAddress::new(class::TYPE, other), address);
    }
}

fn read_attributes(row: &mut CatalogRow, object: &mut Object, draft: &mut SchemaBuilder) {
    object.set_if(Attribute::Unlogged, row.is());
    let own = row.list();
    let toast = row.list().into_iter().map(|option| format!("toast.{option}"));
    let options = own.into_iter().chain(toast).collect();
    object.set_some(Attribute::Tablespace, row.some());
    let access_method = row.some();
    let scope = match object.key.kind {
        Kind::View => OptionScope::View,
        _ => OptionScope::Table(access_method.as_deref().unwrap_or("heap")),
    };
    set_options(draft, object, scope, options);
    object.set_some(Attribute::AccessMethod, access_method);
    object.set_some(Attribute::ReplicaIdentity, row.some());
    object.set_if(Attribute::RowSecurity, row.is());
    object.set_if(Attribute::ForceRowSecurity, row.is());
    object.set_some(Attribute::PartitionBy, row.some());
    object.set_some(Attribute::PartitionBound, row.some());
    object.set_some(Attribute::OfType, row.some());
    let definition = row.some().map(|query| query.trim().trim_end_matches(';').to_owned());
    object.set_some(Attribute::Definition, definition);
}

/// Sorted by the position of the parent in the INHERITS clause.
pub(super) fn parents(ask: &QueryContext) -> String {
    format!(
        "SELECT i.inhrelid, p.relkind, quote_ident(pn.nspname) || '.' || quote_ident(p.relname) FROM pg_inherits i \
         JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace \
         WHERE {} AND c.relkind IN ('r', 'p') ORDER BY i.inhrelid, i.inhseqno",
        ask.inside
    )
}

pub(super) fn read_parent(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let (address, kind, parent) = (CatalogAddress::new(class::CLASS, row.oid()), row.text(), row.text());
    let Some(object) = draft.get_mut(address) else { return };
    if kind == "p" {
        object.set(Attribute::PartitionOf, parent);
    } else {
        let parents = object.list(Attribute::Inherits).iter().cloned().chain([parent]).collect::<Vec<_>>();
        object.set(Attribute::Inherits, parents);
    }
}

/// Includes the column that owns the sequence (`a`) or whose identity it implements (`i`).
pub(super) fn sequences(ask: &QueryContext) -> String {
    let (inside, owner) = (&ask.inside, ask.owner("c.relowner", "c.relacl", 's'));
    format!(
        "SELECT c.oid, n.nspname, c.relname, c.relpersistence = 'u', d.deptype, d.refobjid, d.refobjsubid, \
         CASE WHEN d.deptype = 'a' THEN (SELECT quote_ident(tn.nspname) || '.' || quote_ident(t.relname) || '.' || quote_ident(a.attname) \
         FROM pg_class t JOIN pg_namespace tn ON tn.oid = t.relnamespace JOIN pg_attribute a ON a.attrelid = t.oid \
         WHERE t.oid = d.refobjid AND a.attnum = d.refobjsubid) END, \
         format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle, {owner} \
         FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         LEFT JOIN pg_depend d ON d.classid = 1259 AND d.objid = s.seqrelid AND d.objsubid = 0 AND d.refclassid = 1259 \
         AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i') WHERE {inside}"
    )
}

pub(super) fn read_sequence(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let (oid, namespace, name, is_unlogged) = (row.oid(), row.text(), row.text(), row.is());
    let (tie, table, column) = (row.text(), row.oid(), row.number().and_then(|number| i32::try_from(number).ok()));
    let owner = row.some();
    if draft.without.contains(&table) {
        return;
    }
    let of_type = row.text();
    let options = options(row, &of_type);
    let address = CatalogAddress::new(class::CLASS, oid);
    if tie == "i" {
        return identity(
            draft,
            address,
            CatalogAddress::column(table, column.unwrap_or_default()),
            (&namespace, &name),
            options,
        );
    }
    let mut object = Object::new(Key::new(Kind::Sequence, Some(&namespace), &name));
    object.set(Attribute::Type, of_type);
    object.set_if(Attribute::Unlogged, is_unlogged);
    set_list(&mut object, Attribute::Options, options);
    object.set_some(Attribute::OwnedBy, owner);
    draft.set_owner(&mut object, row);
    draft.add(address, object);
}

/// Adds the sequence of an identity column to the column's attributes.
fn identity(
    draft: &mut SchemaBuilder,
    sequence: CatalogAddress,
    column: CatalogAddress,
    (namespace, name): (&str, &str),
    options: Vec<String>,
) {
    draft.alias(sequence, column);
    let Some(object) = draft.get_mut(column) else { return };
    let usual = format!("{}_{}_seq", object.key.table.as_deref().unwrap_or_default(), object.key.name);
    let is_usual = usual == name && object.key.namespace.as_deref() == Some(namespace);
    let told = (!is_usual).then(|| format!("sequence={}", qualified(Some(namespace), name)));
    set_list(object, Attribute::IdentityOptions, told.into_iter().chain(options).collect());
}

/// Returns the options that differ from the defaults of CREATE SEQUENCE (PostgreSQL manual, "CREATE SEQUENCE").
fn options(row: &mut CatalogRow, of_type: &str) -> Vec<String> {
    let mut next = || row.number().unwrap_or_default();
    let (start, increment, minimum, maximum, cache) = (next(), next(), next(), next(), next());
    let (lowest, highest) = match of_type {
        "smallint" => (i64::from(i16::MIN), i64::from(i16::MAX)),
        "integer" => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let is_up = increment > 0;
    let (usual_minimum, usual_maximum) = if is_up { (1, highest) } else { (lowest, -1) };
    let usual_start = if is_up { minimum } else { maximum };
    let all = [
        ("start", start, usual_start),
        ("increment", increment, 1),
        ("minvalue", minimum, usual_minimum),
        ("maxvalue", maximum, usual_maximum),
        ("cache", cache, 1),
    ];
    let told =
        all.into_iter().filter(|(_, value, usual)| value != usual).map(|(name, value, _)| format!("{name}={value}"));
    let mut told: Vec<String> = told.collect();
    if row.is() {
        told.push("cycle=true".to_owned());
    }
    told
}
