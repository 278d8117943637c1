//! Views and materialized views.

use super::{column, with};
use crate::dialects::postgres::schema::name::{identifier, own};
use crate::schema::{Attribute, Kind, Object, Schema};

pub(super) fn view(object: &Object, schema: &Schema) -> Vec<String> {
    let is_materialized = object.key.kind == Kind::MaterializedView;
    let kind = if is_materialized { "MATERIALIZED VIEW" } else { "VIEW" };
    let options = with(object.list(Attribute::Options));
    let part = |attribute, words: &str| {
        object.text(attribute).map(|name| format!(" {words} {}", identifier(name))).unwrap_or_default()
    };
    let (method, space) = (part(Attribute::AccessMethod, "USING"), part(Attribute::Tablespace, "TABLESPACE"));
    let query = object.text(Attribute::Definition).unwrap_or_default();
    let create = format!("CREATE {kind} {}{method}{options}{space} AS\n{query}", own(&object.key));
    let columns = schema.columns(&object.key);
    let columns = columns.into_iter().flat_map(|column| column::of_view(column, is_materialized));
    [create].into_iter().chain(columns).collect()
}
