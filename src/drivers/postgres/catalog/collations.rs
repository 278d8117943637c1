//! Collations that a user made.

use super::builder::{CatalogAddress, SchemaBuilder, class};
use super::query_context::QueryContext;
use super::row::CatalogRow;
use crate::schema::{Attribute, Key, Kind, Object};

/// One row for a name: CREATE COLLATION makes a collation of libc for the encoding of the database, and others for any
/// encoding (manual, CREATE COLLATION).
pub(super) fn collations(ask: &QueryContext) -> String {
    let (inside, owner) = (&ask.inside, ask.owner_only("c.collowner"));
    let [locale, rules] = ask.version.collation_columns();
    format!(
        "SELECT c.oid, n.nspname, c.collname, CASE c.collprovider WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END, \
         {locale}, c.collcollate, c.collctype, {rules}, c.collisdeterministic, {owner}, NULL \
         FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace \
         WHERE c.oid >= 16384 AND {inside} AND c.collencoding IN (-1, (SELECT encoding FROM pg_database WHERE datname = current_database()))"
    )
}

pub(super) fn read_collation(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let (oid, namespace, name, provider) = (row.oid(), row.text(), row.text(), row.text());
    let [locale, collate, character_type, rules] = [(); 4].map(|()| row.some());
    let is_deterministic = row.is();
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let mut parts = vec![format!("provider = {provider}")];
    let mut add =
        |name: &str, value: Option<&String>| parts.extend(value.map(|value| format!("{name} = {}", quoted(value))));
    // Before PostgreSQL 15, the locale of a provider other than libc is in the columns of libc.
    match (&locale, collate == character_type) {
        (Some(_), _) => add("locale", locale.as_ref()),
        (None, true) => add("locale", collate.as_ref()),
        (None, false) => {
            add("lc_collate", collate.as_ref());
            add("lc_ctype", character_type.as_ref());
        }
    }
    add("rules", rules.as_ref());
    if !is_deterministic {
        parts.push("deterministic = false".to_owned());
    }
    let mut object = Object::new(Key::new(Kind::Collation, Some(&namespace), &name));
    object.set(Attribute::Definition, format!("({})", parts.join(", ")));
    draft.set_owner(&mut object, row);
    draft.add(CatalogAddress::new(class::COLLATION, oid), object);
}
