//! Comments on all kinds of objects.

use super::builder::{CatalogAddress, SchemaBuilder, class};
use super::names::PUBLIC_COMMENT;
use super::query_context::QueryContext;
use super::row::CatalogRow;
use crate::schema::Attribute;

/// Includes `public` and extensions without a comment: they have one by default, so a missing comment is a difference.
pub(super) fn comments(_: &QueryContext) -> String {
    "SELECT classoid, objoid, objsubid, description FROM pg_description WHERE objoid >= 16384 \
     UNION ALL SELECT 3079, oid, 0, '' FROM pg_extension WHERE obj_description(oid, 'pg_extension') IS NULL \
     UNION ALL SELECT 2615, oid, 0, coalesce(obj_description(oid, 'pg_namespace'), '') FROM pg_namespace \
     WHERE nspname = 'public'"
        .to_owned()
}

pub(super) fn read_comment(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let (class, oid) = (row.oid(), row.oid());
    let column = row.number().and_then(|number| i32::try_from(number).ok()).unwrap_or_default();
    let (address, comment) = (CatalogAddress { class, oid, column }, row.text());
    let is_usual = draft.usual_comments.get(&address) == Some(&comment)
        || (comment == PUBLIC_COMMENT && address.class == class::NAMESPACE && is_public(draft, address));
    if is_usual {
        return;
    }
    if let Some(column) = draft.view_columns.get_mut(&address) {
        column.set(Attribute::Comment, comment);
    } else if let Some(object) = draft.get_mut(address) {
        // A constraint has the address of its index as an alias.
        let is_of_index = address.class == class::CLASS && object.key.kind.is_constraint();
        object.set(if is_of_index { Attribute::IndexComment } else { Attribute::Comment }, comment);
    }
}

/// Checks the name instead of the OID, because a `public` that was dropped and recreated has another OID.
fn is_public(draft: &SchemaBuilder, address: CatalogAddress) -> bool {
    draft.key(address).is_some_and(|key| key.name == "public")
}
