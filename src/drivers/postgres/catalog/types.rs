//! Enumerated types, domains, composite and range types. Base types are not modelled.

use super::builder::{CatalogAddress, SchemaBuilder, class};
use super::query_context::{QueryContext, collation};
use super::row::CatalogRow;
use crate::dialects::postgres::schema::qualified;
use crate::schema::{Attribute, Key, Kind, Object};

pub(super) fn types(ask: &QueryContext) -> String {
    let (inside, owner) = (&ask.inside, ask.owner("t.typowner", "t.typacl", 'T'));
    let collation = collation("t.typtype = 'd' AND t.typcollation <> b.typcollation", "t.typcollation");
    format!(
        "SELECT t.oid, n.nspname, t.typname, t.typtype, t.typarray, t.typrelid, t.typisdefined, \
         CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END, t.typnotnull, \
         CASE WHEN t.typtype = 'd' THEN coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault) END, {collation}, {owner} \
         FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid \
         LEFT JOIN pg_type b ON b.oid = t.typbasetype \
         WHERE {inside} AND t.typtype IN ('e', 'd', 'c', 'r', 'b', 'p') AND (t.typrelid = 0 OR c.relkind = 'c') \
         AND NOT (t.typcategory = 'A' AND t.typelem <> 0 AND EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid))"
    )
}

pub(super) fn read_type(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let (oid, namespace, name, kind) = (row.oid(), row.text(), row.text(), row.text());
    let (array, relation, is_defined) = (row.oid(), row.oid(), row.is());
    let address = CatalogAddress::new(class::TYPE, oid);
    let kind = match kind.as_str() {
        "e" => Kind::Enum,
        "d" => Kind::Domain,
        "c" => Kind::Composite,
        "r" => Kind::Range,
        _ if draft.members.contains_key(&address) => return,
        _ => {
            return draft
                .leave(if is_defined { "base type" } else { "shell type" }, qualified(Some(&namespace), &name));
        }
    };
    let mut object = Object::new(Key::new(kind, Some(&namespace), &name));
    object.set_some(Attribute::Type, row.some());
    object.set_if(Attribute::NotNull, row.is());
    object.set_some(Attribute::Default, row.some());
    object.set_some(Attribute::Collation, row.some());
    draft.set_owner(&mut object, row);
    draft.add(address, object);
    draft.alias(CatalogAddress::new(class::TYPE, array), address);
    if relation != 0 {
        draft.alias(CatalogAddress::new(class::CLASS, relation), address);
    }
}

pub(super) fn labels(ask: &QueryContext) -> String {
    format!(
        "SELECT e.enumtypid, array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum e \
         JOIN pg_type t ON t.oid = e.enumtypid JOIN pg_namespace n ON n.oid = t.typnamespace WHERE {} GROUP BY 1",
        ask.inside
    )
}

pub(super) fn read_labels(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let address = CatalogAddress::new(class::TYPE, row.oid());
    if let Some(object) = draft.get_mut(address) {
        object.set(Attribute::Labels, row.list());
    }
}

/// `regproc` prints function names schema-qualified, because `search_path` is empty.
pub(super) fn ranges(ask: &QueryContext) -> String {
    let collation =
        collation("r.rngcollation <> (SELECT typcollation FROM pg_type WHERE oid = r.rngsubtype)", "r.rngcollation");
    let multirange =
        "r.rngmultitypid, (SELECT typarray FROM pg_type WHERE oid = r.rngmultitypid), r.rngmultitypid::regtype";
    format!(
        "SELECT r.rngtypid, {}, format_type(r.rngsubtype, NULL), \
         (SELECT quote_ident(op.nspname) || '.' || quote_ident(o.opcname) FROM pg_opclass o \
         JOIN pg_namespace op ON op.oid = o.opcnamespace WHERE o.oid = r.rngsubopc AND NOT o.opcdefault), {collation}, \
         CASE WHEN r.rngcanonical <> 0 THEN r.rngcanonical::regproc END, CASE WHEN r.rngsubdiff <> 0 THEN r.rngsubdiff::regproc END \
         FROM pg_range r JOIN pg_type t ON t.oid = r.rngtypid JOIN pg_namespace n ON n.oid = t.typnamespace WHERE {}",
        if ask.version.has_multirange_types() { multirange } else { "0, 0, NULL" },
        ask.inside
    )
}

pub(super) fn read_range(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let (oid, multirange, array) = (row.oid(), row.oid(), row.oid());
    let multirange_name = row.some();
    const PARTS: [&str; 5] = ["subtype", "subtype_opclass", "collation", "canonical", "subtype_diff"];
    let parts = PARTS.iter().filter_map(|part| row.some().map(|value| format!("{part} = {value}"))).collect::<Vec<_>>();
    let name = multirange_name.map(|name| format!("multirange_type_name = {name}"));
    let definition = parts.into_iter().chain(name).collect::<Vec<_>>().join(", ");
    let address = CatalogAddress::new(class::TYPE, oid);
    if let Some(object) = draft.get_mut(address) {
        object.set(Attribute::Definition, format!("({definition})"));
    }
    for other in [multirange, array] {
        draft.alias(CatalogAddress::new(class::TYPE, other), address);
    }
}
