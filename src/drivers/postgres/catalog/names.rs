//! Namespaces, extensions and dependencies (`pg_depend`), which all other readers refer to.

use super::builder::{CatalogAddress, Dependency, SchemaBuilder, class};
use super::query_context::QueryContext;
use super::row::CatalogRow;
use crate::schema::{Attribute, Key, Kind, Object};

/// First OID of user objects (`FirstNormalObjectId`).
const FIRST: &str = "16384";

/// Default comment of `public`.
pub(super) const PUBLIC_COMMENT: &str = "standard public schema";

/// Leaves out the row types of tables (internal to the tables) and the dependencies of partitions on what they are
/// attached to.
pub(super) fn dependencies(_: &QueryContext) -> String {
    format!(
        "SELECT classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype FROM pg_depend \
         WHERE objid >= {FIRST} AND refobjid >= {FIRST} AND deptype NOT IN ('P', 'S') AND NOT (classid = 1247 AND deptype = 'i')"
    )
}

pub(super) fn read_dependency(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let from = CatalogAddress { class: row.oid(), oid: row.oid(), column: column(row) };
    let to = CatalogAddress { class: row.oid(), oid: row.oid(), column: column(row) };
    let kind = row.text().bytes().next().unwrap_or_default();
    if kind == b'e' {
        draft.members.insert(CatalogAddress { column: 0, ..from }, to);
    } else {
        draft.dependencies.push(Dependency { from, to, kind });
    }
}

fn column(row: &mut CatalogRow) -> i32 {
    row.number().and_then(|number| i32::try_from(number).ok()).unwrap_or_default()
}

pub(super) fn namespaces(ask: &QueryContext) -> String {
    let (inside, owner) = (&ask.inside, ask.owner("n.nspowner", "n.nspacl", 'n'));
    format!("SELECT n.oid, n.nspname, {owner} FROM pg_namespace n WHERE {inside}")
}

pub(super) fn read_namespace(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let (oid, name) = (row.oid(), row.text());
    let mut object = Object::new(Key::new(Kind::Namespace, None, &name));
    draft.set_owner(&mut object, row);
    draft.add(CatalogAddress::new(class::NAMESPACE, oid), object);
}

/// Version and comment are left out if they are the ones that a new installation would get (`pg_available_extensions`).
pub(super) fn extensions(ask: &QueryContext) -> String {
    format!(
        "SELECT e.oid, e.extname, n.nspname, CASE WHEN e.extversion IS DISTINCT FROM v.default_version THEN e.extversion END, \
         v.comment FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace \
         LEFT JOIN pg_available_extensions() v ON v.name = e.extname \
         WHERE e.extname <> 'plpgsql' AND ({} OR n.nspname = 'pg_catalog')",
        ask.inside
    )
}

/// Keeps the default comment until [`super::comments`] has read the actual one.
pub(super) fn read_extension(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let (oid, name) = (row.oid(), row.text());
    let mut object = Object::new(Key::new(Kind::Extension, None, &name));
    object.set(Attribute::InNamespace, row.text());
    object.set_some(Attribute::Version, row.some());
    let usual = row.some();
    let address = CatalogAddress::new(class::EXTENSION, oid);
    draft.usual_comments.extend(usual.map(|usual| (address, usual)));
    draft.add(address, object);
}
