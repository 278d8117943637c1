//! Temporary names for objects of PostgreSQL.

use super::name;
use super::plan::is_relation_or_type;
use crate::schema::derived_name::{NameLimit, derived_name};
use crate::schema::{Key, Schema};

/// `NAMEDATALEN - 1` bytes (manual, 4.1.1).
const LIMIT: NameLimit = NameLimit::Bytes(63);

/// Returns a name made of `stem` and `suffix` that no relation or type of the namespace has in any of the schemas.
pub(super) fn temporary_relation_name(
    namespace: Option<&str>,
    stem: &str,
    suffix: &str,
    schemas: &[&Schema],
) -> String {
    derived_name(stem, suffix, LIMIT, |name| schemas.iter().any(|schema| is_taken(schema, namespace, name)))
}

/// Indexes, tables, sequences, views and types share a name space.
fn is_taken(schema: &Schema, namespace: Option<&str>, name: &str) -> bool {
    let is_it = |key: &Key| key.name == name && key.namespace.as_deref() == namespace && is_relation_or_type(key.kind);
    let qualified = name::qualified(namespace, name);
    schema.objects().any(|object| is_it(&object.key)) || schema.unmodelled.iter().any(|other| other.name == qualified)
}

/// Returns a name made of `stem` and `suffix` that no constraint of the namespace has in any of the schemas. A name
/// must be unique within its table only, but a new constraint is also added to the child tables.
pub(super) fn temporary_constraint_name(
    namespace: Option<&str>,
    stem: &str,
    suffix: &str,
    schemas: &[&Schema],
) -> String {
    let is_it =
        |key: &Key, name: &str| key.name == name && key.namespace.as_deref() == namespace && key.kind.is_constraint();
    derived_name(stem, suffix, LIMIT, |name| {
        schemas.iter().any(|schema| schema.objects().any(|object| is_it(&object.key, name)))
    })
}

/// Returns a temporary new name for an object that is renamed to `to` in the end. The name of a routine includes its
/// argument types.
pub(super) fn temporary_rename(from: &Key, to: &str, schema: &Schema) -> String {
    let start = if from.kind.is_routine() { to.find('(') } else { None };
    let (stem, arguments) = to.split_at(start.unwrap_or(to.len()));
    let name = derived_name(stem, "__renamed", LIMIT, |name| {
        let whole = format!("{name}{arguments}");
        let is_sibling = |key: &Key| key.name == whole && key.namespace == from.namespace && key.table == from.table;
        schema.objects().any(|object| is_sibling(&object.key)) || is_taken(schema, from.namespace.as_deref(), name)
    });
    format!("{name}{arguments}")
}
