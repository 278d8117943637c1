//! Objects that the model does not cover: kinds and names only.

use super::builder::{CatalogAddress, SchemaBuilder};
use super::options::IS_SETTABLE;
use super::query_context::QueryContext;
use super::row::CatalogRow;
use crate::dialects::postgres::flavour::PostgresFlavour;

/// Catalogs of kinds that are not modelled, with their OIDs; all exist since version 12. The server itself provides the
/// names (`pg_identify_object`).
const CATALOGS: [(u32, &str); 17] = [
    (2601, "pg_am"),
    (2605, "pg_cast"),
    (2607, "pg_conversion"),
    (826, "pg_default_acl"),
    (1417, "pg_foreign_server"),
    (2328, "pg_foreign_data_wrapper"),
    (2612, "pg_language"),
    (2616, "pg_opclass"),
    (2617, "pg_operator"),
    (2753, "pg_opfamily"),
    (6104, "pg_publication"),
    (3381, "pg_statistic_ext"),
    (3576, "pg_transform"),
    (3602, "pg_ts_config"),
    (3600, "pg_ts_dict"),
    (3601, "pg_ts_parser"),
    (3764, "pg_ts_template"),
];

/// Objects that need more than their catalog: catalog, OID, kind (NULL: as the server reports it), suffix of the name.
/// User mappings are read from the view, because the catalog is not readable for everyone. Members that were added to
/// the system's operator families belong to no other object.
const OTHERS: [&str; 5] = [
    "SELECT 1418, umid, NULL, NULL FROM pg_user_mappings",
    "SELECT 2602, oid, 'operator family member', '' FROM pg_amop WHERE oid >= 16384 AND amopfamily < 16384",
    "SELECT 2603, oid, 'operator family member', '' FROM pg_amproc WHERE oid >= 16384 AND amprocfamily < 16384",
    "SELECT classoid, objoid, 'security label', ' ' || provider FROM pg_seclabel",
    "SELECT d.classid, d.objid, 'tie to an extension', ' to ' || quote_ident(e.extname) FROM pg_depend d \
     JOIN pg_extension e ON e.oid = d.refobjid WHERE d.deptype = 'x' AND d.refclassid = 3079",
];

/// Kind and name of objects that `pg_identify_object` cannot name, and of subscriptions, whose OIDs are readable for
/// superusers only before version 15.
const NAMELESS: [&str; 2] = [
    "SELECT 'subscription', quote_ident(subname) FROM pg_subscription \
     WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())",
    "(SELECT 'large objects', 'in this database' FROM pg_largeobject_metadata LIMIT 1)",
];

/// Settings of the database that a user made. Shadow databases have a setting of aludel's own, which is left out.
fn database_settings() -> String {
    format!(
        "SELECT 'database setting', quote_ident(split_part(x.setting, '=', 1)) || CASE WHEN s.setrole <> 0 \
         THEN ' FOR ' || quote_ident(pg_get_userbyid(s.setrole)) ELSE '' END FROM pg_db_role_setting s, unnest(s.setconfig) x (setting) \
         WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) AND {IS_SETTABLE} \
         AND NOT (x.setting = 'synchronous_commit=off' AND starts_with(current_database(), 'aludel_shadow_'))"
    )
}

/// Triggers that a partition inherits from its table and that are enabled differently there. Up to version 14 they are
/// internal, like those of foreign keys.
fn clones(ask: &QueryContext) -> String {
    let parent = if ask.version.has_parent_of_trigger() {
        "JOIN pg_trigger p ON p.oid = t.tgparentid"
    } else {
        "JOIN pg_depend d ON d.classid = 2620 AND d.objid = t.oid AND d.refclassid = 2620 \
         JOIN pg_trigger p ON p.oid = d.refobjid"
    };
    format!(
        "SELECT 'state of a partition''s trigger', quote_ident(n.nspname) || '.' || quote_ident(c.relname) \
         || '.' || quote_ident(t.tgname) FROM pg_trigger t {parent} \
         JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
         WHERE t.tgenabled <> p.tgenabled AND {} \
         AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.oid = t.tgconstraint AND k.contype <> 't')",
        ask.inside
    )
}

/// Tables that a product adds.
fn added_tables(ask: &QueryContext, (kind, function): (&str, &str)) -> String {
    format!(
        "SELECT '{kind}', quote_ident(n.nspname) || '.' || quote_ident(c.relname) \
         FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid AND p.proname = '{function}' \
         JOIN pg_namespace pn ON pn.oid = p.pronamespace AND pn.nspname = 'pg_catalog' \
         JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {}",
        ask.inside
    )
}

/// A range type implies a cast to its multirange type: casts that are internal to another object are left out.
pub(super) fn unmodelled(ask: &QueryContext) -> String {
    let each = |(class, catalog): &(u32, &str)| {
        let inner = if *catalog == "pg_cast" { INTERNAL } else { "" };
        format!(
            "SELECT {class}::oid AS class, x.oid, NULL AS kind, NULL AS tail FROM {catalog} x WHERE x.oid >= 16384{inner}"
        )
    };
    let named: Vec<String> = CATALOGS.iter().map(each).chain(OTHERS.map(str::to_owned)).collect();
    let named = format!(
        "SELECT x.class, x.oid, coalesce(x.kind, i.type), CASE WHEN x.kind IS NULL THEN '' ELSE i.type || ' ' END \
         || i.identity || coalesce(x.tail, '') FROM ({}) x, pg_identify_object(x.class, x.oid, 0) i \
         WHERE i.schema IS NULL OR EXISTS (SELECT FROM pg_namespace n WHERE quote_ident(n.nspname) = i.schema AND {})",
        named.join(" UNION ALL "),
        ask.inside
    );
    let added = PostgresFlavour::ADDED_TABLES.map(|table| added_tables(ask, table));
    let nameless = NAMELESS.map(str::to_owned).into_iter().chain([database_settings()]);
    let nameless = nameless.chain(added).chain([clones(ask)]);
    let nameless = nameless.collect::<Vec<_>>().join(" UNION ALL ");
    format!("{named} UNION ALL SELECT 0, 0, x.kind, x.name FROM ({nameless}) x (kind, name)")
}

const INTERNAL: &str =
    " AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 2605 AND d.objid = x.oid AND d.deptype = 'i')";

pub(super) fn read_unmodelled(row: &mut CatalogRow, draft: &mut SchemaBuilder) {
    let address = CatalogAddress::new(row.oid(), row.oid());
    let (kind, name) = (row.text(), row.text());
    let is_own = matches!(kind.as_str(), "security label" | "tie to an extension");
    if is_own || !draft.members.contains_key(&address) {
        draft.leave(word(&kind), name.replace("pg_catalog.", ""));
    }
}

/// Maps the server's name for a kind to the usual term.
fn word(kind: &str) -> &str {
    match kind {
        "default acl" => "default privileges",
        "foreign-data wrapper" => "foreign data wrapper",
        "server" => "foreign server",
        other => other,
    }
}
