//! Objects outside the model that a DROP of a modelled object silently removes: statistics objects, entries in
//! publications, default privileges, dependencies on extensions, security labels.

use super::builder::{CatalogAddress, SchemaBuilder};
use super::query_context::QueryContext;
use super::row::CatalogRow;
use crate::schema::{Attribute, Value};

/// Address of the modelled object, description of what is dropped with it, and a statement that recreates it (NULL if
/// there is none).
pub(super) fn dropped_along(ask: &QueryContext) -> String {
    let parts = [
        statistics(ask),
        published_tables(ask),
        published_schemas(ask),
        DEFAULT_PRIVILEGES.to_owned(),
        ties(),
        labels(),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    format!("SELECT class, oid, place, words, statement FROM ({}) x ORDER BY words, number", parts.join(" UNION ALL "))
}

/// A statistics object depends on each of its columns; on the table if it has none.
fn statistics(ask: &QueryContext) -> String {
    let target = if ask.version.has_target_of_statistics() {
        "CASE WHEN s.stxstattarget >= 0 THEN 'ALTER STATISTICS ' || s.name || ' SET STATISTICS ' || s.stxstattarget END"
    } else {
        "NULL"
    };
    format!(
        "SELECT 1259::oid AS class, s.stxrelid AS oid, d.refobjsubid AS place, 'the statistics object ' || s.name AS words, \
         x.number, x.statement FROM (SELECT s.*, s.oid AS object, quote_ident(n.nspname) || '.' || quote_ident(s.stxname) AS name \
         FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE {}) s \
         JOIN (SELECT DISTINCT objid, refobjid, refobjsubid FROM pg_depend WHERE classid = 3381 AND refclassid = 1259) d \
         ON d.objid = s.object AND d.refobjid = s.stxrelid, LATERAL (VALUES (1, pg_get_statisticsobjdef(s.object)), (2, {target}), \
         (3, 'COMMENT ON STATISTICS ' || s.name || ' IS ' || quote_literal(obj_description(s.object, 'pg_statistic_ext'))), \
         (4, CASE WHEN pg_get_userbyid(s.stxowner) <> current_user \
         THEN 'ALTER STATISTICS ' || s.name || ' OWNER TO ' || quote_ident(pg_get_userbyid(s.stxowner)) END)) x (number, statement) \
         WHERE x.statement IS NOT NULL",
        ask.inside
    )
}

fn published_tables(ask: &QueryContext) -> String {
    let columns = "coalesce((SELECT ' (' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')' \
                   FROM pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs::int2[])), '') \
                   || coalesce(' WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')', '')";
    format!(
        "SELECT 1259, r.prrelid, 0, 'the membership of ' || c.name || ' in publication ' || quote_ident(p.pubname), 1, \
         'ALTER PUBLICATION ' || quote_ident(p.pubname) || ' ADD TABLE ONLY ' || c.name || {} FROM pg_publication_rel r \
         JOIN pg_publication p ON p.oid = r.prpubid JOIN (SELECT c.oid, quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name \
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {}) c ON c.oid = r.prrelid",
        if ask.version.has_publications_of_columns_and_schemas() { columns } else { "''" },
        ask.inside
    )
}

const PUBLISHED_SCHEMAS: &str = "SELECT 2615, r.pnnspid, 0, 'the membership of ' || r.pnnspid::regnamespace || ' in publication ' || quote_ident(p.pubname), 1, \
     'ALTER PUBLICATION ' || quote_ident(p.pubname) || ' ADD TABLES IN SCHEMA ' || r.pnnspid::regnamespace \
     FROM pg_publication_namespace r JOIN pg_publication p ON p.oid = r.pnpubid";

fn published_schemas(ask: &QueryContext) -> String {
    if ask.version.has_publications_of_columns_and_schemas() { PUBLISHED_SCHEMAS.to_owned() } else { String::new() }
}

const DEFAULT_PRIVILEGES: &str = "SELECT DISTINCT 2615, a.defaclnamespace, 0, 'default privileges in ' || a.defaclnamespace::regnamespace, \
    1, NULL FROM pg_default_acl a WHERE a.defaclnamespace <> 0";

/// `ALTER ... DEPENDS ON EXTENSION` of routines, indexes, materialized views and triggers.
fn ties() -> String {
    "SELECT d.classid, d.objid, 0, 'the tie of ' || i.identity || ' to extension ' || quote_ident(e.extname), 1, \
     'ALTER ' || upper(i.type) || ' ' || i.identity || ' DEPENDS ON EXTENSION ' || quote_ident(e.extname) FROM pg_depend d \
     JOIN pg_extension e ON e.oid = d.refobjid, pg_identify_object(d.classid, d.objid, 0) i \
     WHERE d.deptype = 'x' AND d.refclassid = 3079 AND d.classid IN (1255, 1259, 2620)"
        .to_owned()
}

fn labels() -> String {
    "SELECT l.classoid, l.objoid, l.objsubid, 'the security label of ' || i.identity, 1, \
     'SECURITY LABEL FOR ' || quote_ident(l.provider) || ' ON ' || upper(replace(i.type, 'table column', 'column')) || ' ' \
     || i.identity || ' IS ' || quote_literal(l.label) FROM pg_seclabel l, \
     pg_identify_object(l.classoid, l.objoid, l.objsubid) i WHERE l.objoid >= 16384"
        .to_owned()
}

pub(super) fn read_dropped_along(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let (class, oid) = (row.oid(), row.oid());
    let column = row.number().and_then(|number| i32::try_from(number).ok()).unwrap_or_default();
    let (words, statement) = (row.text().replace('\n', " "), row.some().unwrap_or_default());
    let Some(object) = draft.get_mut(CatalogAddress { class, oid, column }) else { return };
    let mut entries = object.list(Attribute::DroppedAlong).to_vec();
    entries.push(format!("{words}\n{statement}"));
    object.set(Attribute::DroppedAlong, Value::List(entries));
}
