//! Catalogued NOT NULL constraints: of tables since PostgreSQL 18, of domains since 17. Inherited ones belong to the
//! parent.

use super::builder::{CatalogAddress, SchemaBuilder, class};
use super::query_context::QueryContext;
use super::row::CatalogRow;
use crate::schema::Attribute;

/// Returns no rows on earlier servers, which do not have this constraint type.
pub(super) fn not_null_constraints(ask: &QueryContext) -> String {
    format!(
        "SELECT k.conrelid, k.contypid, coalesce(k.conkey[1], 0), k.conname, k.connoinherit, k.convalidated, \
         k.conrelid = 0 OR k.conislocal, obj_description(k.oid, 'pg_constraint') FROM pg_constraint k JOIN pg_namespace n ON n.oid = k.connamespace \
         WHERE {} AND k.contype = 'n'",
        ask.inside
    )
}

pub(super) fn read_not_null_constraint(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let (relation, domain) = (row.oid(), row.oid());
    let column = row.number().and_then(|number| i32::try_from(number).ok()).unwrap_or_default();
    let address =
        if domain == 0 { CatalogAddress::column(relation, column) } else { CatalogAddress::new(class::TYPE, domain) };
    let Some(object) = draft.get_mut(address) else { return };
    let mut parts = vec![format!("name={}", row.text())];
    parts.extend(row.is().then(|| "no inherit".to_owned()));
    parts.extend((!row.is()).then(|| "not valid".to_owned()));
    let attribute = if row.is() { Attribute::NotNullConstraint } else { Attribute::InheritedNotNullConstraint };
    parts.extend(row.some().map(|comment| format!("comment={comment}")));
    object.set(attribute, parts);
}
