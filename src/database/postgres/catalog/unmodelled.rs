//! What the catalog holds besides, which the model does not cover: kinds and names only.

use super::ask::Ask;
use super::draft::{Address, Draft};
use super::row::Row;

/// Kinds within a namespace: the catalog's OID, what it is called, the catalog, its namespace's column, the name.
const WITHIN: [(u32, &str, &str, &str, &str); 10] = [
    (3456, "collation", "pg_collation", "collnamespace", "quote_ident(x.collname)"),
    (2607, "conversion", "pg_conversion", "connamespace", "quote_ident(x.conname)"),
    (2617, "operator", "pg_operator", "oprnamespace", OPERATOR),
    (2616, "operator class", "pg_opclass", "opcnamespace", CLASS),
    (2753, "operator family", "pg_opfamily", "opfnamespace", FAMILY),
    (3381, "statistics object", "pg_statistic_ext", "stxnamespace", "quote_ident(x.stxname)"),
    (3602, "text search configuration", "pg_ts_config", "cfgnamespace", "quote_ident(x.cfgname)"),
    (3600, "text search dictionary", "pg_ts_dict", "dictnamespace", "quote_ident(x.dictname)"),
    (3601, "text search parser", "pg_ts_parser", "prsnamespace", "quote_ident(x.prsname)"),
    (3764, "text search template", "pg_ts_template", "tmplnamespace", "quote_ident(x.tmplname)"),
];

const OPERATOR: &str = "x.oprname || '(' || concat_ws(', ', CASE WHEN x.oprleft <> 0 THEN format_type(x.oprleft, NULL) END, \
    format_type(x.oprright, NULL)) || ')'";
const CLASS: &str = "quote_ident(x.opcname) || ' USING ' || (SELECT amname FROM pg_am WHERE oid = x.opcmethod)";
const FAMILY: &str = "quote_ident(x.opfname) || ' USING ' || (SELECT amname FROM pg_am WHERE oid = x.opfmethod)";

/// Kinds that are the whole database's: the catalog's OID, what it is called, the catalog, the name.
const WHOLE: [(u32, &str, &str, &str); 8] = [
    (2601, "access method", "pg_am", "quote_ident(x.amname)"),
    (2605, "cast", "pg_cast", "format_type(x.castsource, NULL) || ' AS ' || format_type(x.casttarget, NULL)"),
    (826, "default privileges", "pg_default_acl", DEFAULTS),
    (1417, "foreign server", "pg_foreign_server", "quote_ident(x.srvname)"),
    (2328, "foreign data wrapper", "pg_foreign_data_wrapper", "quote_ident(x.fdwname)"),
    (2612, "language", "pg_language", "quote_ident(x.lanname)"),
    (6104, "publication", "pg_publication", "quote_ident(x.pubname)"),
    (3576, "transform", "pg_transform", TRANSFORM),
];

const DEFAULTS: &str = "'FOR ' || quote_ident(pg_get_userbyid(x.defaclrole)) || \
    coalesce((SELECT ' IN SCHEMA ' || quote_ident(nspname) FROM pg_namespace WHERE oid = x.defaclnamespace), '') || \
    CASE x.defaclobjtype WHEN 'r' THEN ' ON TABLES' WHEN 'S' THEN ' ON SEQUENCES' WHEN 'f' THEN ' ON FUNCTIONS' \
    WHEN 'T' THEN ' ON TYPES' WHEN 'n' THEN ' ON SCHEMAS' ELSE ' ON LARGE OBJECTS' END";
const TRANSFORM: &str = "'FOR ' || format_type(x.trftype, NULL) || ' LANGUAGE ' || (SELECT quote_ident(lanname) FROM pg_language WHERE oid = x.trflang)";

/// What has no name of its own, or hides. User mappings are asked of the view, as the catalog may not be read; so are a
/// subscription's columns. What is put into the system's operator families is nobody's part, and the server describes it.
/// A shadow database has one setting of its own.
const OTHERS: [&str; 7] = [
    "SELECT 0, 0, 'user mapping', quote_ident(usename) || ' SERVER ' || quote_ident(srvname) FROM pg_user_mappings",
    "SELECT 6100, x.oid, 'subscription', quote_ident(x.subname) FROM pg_subscription x \
     WHERE x.subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())",
    "(SELECT 0, 0, 'large objects', 'in this database' FROM pg_largeobject_metadata LIMIT 1)",
    "SELECT 0, 0, 'security label', objtype || ' ' || objname || ' ' || provider FROM pg_seclabels \
     WHERE objtype NOT IN ('database', 'role', 'tablespace')",
    "SELECT 0, 0, 'database setting', quote_ident(split_part(x.setting, '=', 1)) || CASE WHEN s.setrole <> 0 \
     THEN ' FOR ' || quote_ident(pg_get_userbyid(s.setrole)) ELSE '' END FROM pg_db_role_setting s, unnest(s.setconfig) x (setting) \
     WHERE s.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database()) \
     AND NOT (x.setting = 'synchronous_commit=off' AND starts_with(current_database(), 'aludel_shadow_'))",
    "SELECT x.classid, x.oid, 'operator family member', pg_describe_object(x.classid, x.oid, 0) FROM \
     (SELECT 2602::oid AS classid, oid, amopfamily AS family FROM pg_amop \
     UNION ALL SELECT 2603, oid, amprocfamily FROM pg_amproc) x WHERE x.oid >= 16384 AND x.family < 16384",
    "SELECT 0, 0, 'tie to an extension', pg_describe_object(classid, objid, 0) || ' to ' || \
     pg_describe_object(refclassid, refobjid, 0) FROM pg_depend WHERE deptype = 'x'",
];

pub(super) fn unmodelled(ask: &Ask) -> String {
    let within = WITHIN.iter().map(|(class, kind, catalog, namespace, name)| {
        format!(
            "SELECT {class}, x.oid, '{kind}', quote_ident(n.nspname) || '.' || {name} FROM {catalog} x \
             JOIN pg_namespace n ON n.oid = x.{namespace} WHERE {}",
            ask.inside
        )
    });
    let whole = WHOLE.iter().map(|(class, kind, catalog, name)| {
        // A range type brings a cast to its multirange type.
        format!(
            "SELECT {class}, x.oid, '{kind}', {name} FROM {catalog} x WHERE x.oid >= 16384 AND NOT EXISTS (SELECT \
             FROM pg_depend d WHERE d.classid = {class} AND d.objid = x.oid AND d.deptype = 'i')"
        )
    });
    let states = ask.since(13, CLONES, "");
    let states = (!states.is_empty()).then(|| format!("{states} AND {}", ask.inside));
    within.chain(whole).chain(OTHERS.map(str::to_owned)).chain(states).collect::<Vec<_>>().join(" UNION ALL ")
}

/// A trigger that a partition has from its table, and that is on or off there otherwise.
const CLONES: &str = "SELECT 0, 0, 'state of a partition''s trigger', quote_ident(n.nspname) || '.' || quote_ident(c.relname) \
    || '.' || quote_ident(t.tgname) FROM pg_trigger t JOIN pg_trigger p ON p.oid = t.tgparentid \
    JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE NOT t.tgisinternal AND t.tgenabled <> p.tgenabled";

pub(super) fn read_unmodelled(row: &mut Row, draft: &mut Draft) {
    let address = Address::new(row.oid(), row.oid());
    let (kind, name) = (row.text(), row.text());
    if !draft.members.contains_key(&address) {
        draft.leave(&kind, name);
    }
}
