//! Queries for the rows of the catalog that changed since a transaction.

use super::version::{OTHERS, USER_MAPPINGS};
use crate::dialects::postgres::flavour::PostgresVersion;

/// Setting that holds the first transaction whose rows are wanted, or [`ALL_ROWS`]: so that the text of the query is
/// always the same, and can stay prepared.
pub(super) const SINCE: &str = "aludel_catalog.since";

/// Value of [`SINCE`] for all rows.
pub(super) const ALL_ROWS: &str = "all";

/// Expression for whether the server counts writes (it begins with `on`), and when it last began at zero.
pub(super) const COUNTING: &str = "pg_catalog.current_setting('track_counts') || ' ' || \
    coalesce(pg_catalog.pg_stat_get_db_stat_reset_time((SELECT d.oid FROM pg_catalog.pg_database d \
    WHERE d.datname = pg_catalog.current_database()))::text, '')";

/// A catalog and what is compared of a row `x` of it. Expressions are written out by the server, because their stored
/// form has the numbers of columns, which are others when a column is added a second time.
pub(super) struct WatchedCatalog {
    pub(super) name: &'static str,
    /// Condition for rows of the user.
    own: &'static str,
    /// Expression that identifies the object over its changes.
    identity: &'static str,
    /// Expression for its name, with the schema.
    label: &'static str,
    /// Expression for what is compared.
    content: &'static str,
}

const fn watched(
    name: &'static str,
    own: &'static str,
    identity: &'static str,
    label: &'static str,
    content: &'static str,
) -> WatchedCatalog {
    WatchedCatalog { name, own, identity, label, content }
}

const OWN: &str = "x.oid >= 16384";
const ALL: &str = "true";
const OID: &str = "x.oid";
const NONE: &str = "''";
const ROW: &str = "pg_catalog.to_jsonb(x)";

pub(super) const CATALOGS: [WatchedCatalog; 45] = [
    watched("pg_aggregate", "x.aggfnoid::oid >= 16384", NONE, NONE, ROW),
    watched("pg_am", OWN, OID, "x.amname", ROW),
    watched("pg_amop", OWN, OID, NONE, ROW),
    watched("pg_amproc", OWN, OID, NONE, ROW),
    watched(
        "pg_attrdef",
        "x.adrelid >= 16384",
        OID,
        NONE,
        "pg_catalog.jsonb_build_array(x.adrelid, (SELECT a.attname FROM pg_catalog.pg_attribute a WHERE a.attrelid = x.adrelid \
         AND a.attnum = x.adnum), pg_catalog.pg_get_expr(x.adbin, x.adrelid))",
    ),
    watched(
        "pg_attribute",
        "x.attrelid >= 16384 AND x.attnum > 0 AND NOT x.attisdropped",
        "x.attrelid || '/' || x.attnum",
        "x.attname",
        // Options with the server's own prefix differ between any two columns (see `options`).
        "(pg_catalog.to_jsonb(x) - '{attnum,attcacheoff,atthasmissing,attmissingval,attoptions}'::text[]) || \
         pg_catalog.jsonb_build_object('options', (SELECT pg_catalog.array_agg(o) FROM pg_catalog.unnest(x.attoptions) o (o) \
         WHERE NOT pg_catalog.starts_with(o, 'pg_')))",
    ),
    watched("pg_cast", OWN, OID, NONE, ROW),
    watched(
        "pg_class",
        OWN,
        OID,
        "x.relnamespace || '.' || x.relname",
        "pg_catalog.to_jsonb(x) - '{relnatts,relfilenode,reltoastrelid,relpages,reltuples,relallvisible,relallfrozen,relfrozenxid,relminmxid,\
         relhasindex,relhasrules,relhastriggers,relhassubclass,relrewrite}'::text[]",
    ),
    watched("pg_collation", OWN, OID, "x.collnamespace || '.' || x.collname", ROW),
    watched(
        "pg_constraint",
        OWN,
        OID,
        "x.conname",
        "(pg_catalog.to_jsonb(x) - '{conkey,confkey,conbin,confdelsetcols}'::text[]) || pg_catalog.jsonb_build_object('definition', \
         pg_catalog.pg_get_constraintdef(x.oid))",
    ),
    watched("pg_conversion", OWN, OID, "x.connamespace || '.' || x.conname", ROW),
    watched(
        "pg_db_role_setting",
        "x.setdatabase = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())",
        NONE,
        NONE,
        // A copy has another number.
        "pg_catalog.to_jsonb(x) - 'setdatabase'",
    ),
    watched("pg_default_acl", ALL, OID, NONE, ROW),
    watched(
        "pg_depend",
        "x.objid >= 16384",
        NONE,
        NONE,
        "pg_catalog.jsonb_build_array(x.classid, x.objid, x.refclassid, x.refobjid, x.deptype, \
         CASE WHEN x.objsubid <> 0 THEN coalesce((SELECT a.attname::text FROM pg_catalog.pg_attribute a WHERE x.classid = 1259 \
         AND a.attrelid = x.objid AND a.attnum = x.objsubid), x.objsubid::text) END, \
         CASE WHEN x.refobjsubid <> 0 THEN coalesce((SELECT a.attname::text FROM pg_catalog.pg_attribute a WHERE x.refclassid = 1259 \
         AND a.attrelid = x.refobjid AND a.attnum = x.refobjsubid), x.refobjsubid::text) END)",
    ),
    watched(
        "pg_description",
        "(x.objoid >= 16384 OR x.objoid = 2200)",
        NONE,
        NONE,
        "pg_catalog.jsonb_build_array(x.objoid, x.classoid, x.description, CASE WHEN x.objsubid <> 0 THEN coalesce((SELECT a.attname::text \
         FROM pg_catalog.pg_attribute a WHERE x.classoid = 1259 AND a.attrelid = x.objoid AND a.attnum = x.objsubid), \
         x.objsubid::text) END)",
    ),
    watched("pg_enum", ALL, OID, "x.enumlabel", ROW),
    watched("pg_event_trigger", ALL, OID, "x.evtname", ROW),
    watched("pg_extension", ALL, OID, "x.extname", ROW),
    watched("pg_foreign_data_wrapper", ALL, OID, "x.fdwname", ROW),
    watched("pg_foreign_server", ALL, OID, "x.srvname", ROW),
    watched("pg_foreign_table", ALL, NONE, NONE, ROW),
    watched(
        "pg_index",
        "x.indexrelid >= 16384",
        NONE,
        NONE,
        "(pg_catalog.to_jsonb(x) - '{indkey,indexprs,indpred,indcheckxmin}'::text[]) || pg_catalog.jsonb_build_object('definition', \
         pg_catalog.pg_get_indexdef(x.indexrelid))",
    ),
    watched("pg_inherits", ALL, NONE, NONE, ROW),
    watched("pg_language", ALL, OID, "x.lanname", ROW),
    watched("pg_namespace", ALL, OID, "x.nspname", ROW),
    watched("pg_opclass", OWN, OID, "x.opcnamespace || '.' || x.opcname", ROW),
    watched("pg_operator", OWN, OID, "x.oprnamespace || '.' || x.oprname", ROW),
    watched("pg_opfamily", OWN, OID, "x.opfnamespace || '.' || x.opfname", ROW),
    watched(
        "pg_partitioned_table",
        "x.partrelid >= 16384",
        NONE,
        NONE,
        "(pg_catalog.to_jsonb(x) - '{partattrs,partexprs}'::text[]) || pg_catalog.jsonb_build_object('definition', \
         pg_catalog.pg_get_partkeydef(x.partrelid))",
    ),
    watched(
        "pg_policy",
        ALL,
        OID,
        "x.polname",
        "(pg_catalog.to_jsonb(x) - '{polqual,polwithcheck}'::text[]) || pg_catalog.jsonb_build_object('using', \
         pg_catalog.pg_get_expr(x.polqual, x.polrelid), 'check', pg_catalog.pg_get_expr(x.polwithcheck, x.polrelid))",
    ),
    watched(
        "pg_proc",
        OWN,
        OID,
        "x.pronamespace || '.' || x.proname",
        "(pg_catalog.to_jsonb(x) - '{prosqlbody,proargdefaults}'::text[]) || pg_catalog.jsonb_build_object('definition', \
         CASE WHEN x.prokind <> 'a' THEN pg_catalog.pg_get_functiondef(x.oid) END)",
    ),
    watched("pg_publication", ALL, OID, "x.pubname", ROW),
    watched("pg_publication_rel", ALL, OID, NONE, ROW),
    watched("pg_range", "x.rngtypid >= 16384", NONE, NONE, ROW),
    watched(
        "pg_rewrite",
        OWN,
        OID,
        "x.rulename",
        "pg_catalog.jsonb_build_array(x.rulename, x.ev_class, x.ev_type, x.ev_enabled, x.is_instead, pg_catalog.pg_get_ruledef(x.oid))",
    ),
    watched("pg_seclabel", ALL, NONE, NONE, ROW),
    watched("pg_sequence", ALL, NONE, NONE, ROW),
    watched(
        "pg_statistic_ext",
        ALL,
        OID,
        "x.stxnamespace || '.' || x.stxname",
        "(pg_catalog.to_jsonb(x) - '{stxkeys,stxexprs}'::text[]) || pg_catalog.jsonb_build_object('definition', \
         pg_catalog.pg_get_statisticsobjdef(x.oid))",
    ),
    watched("pg_tablespace", ALL, OID, "x.spcname", ROW),
    watched("pg_transform", ALL, OID, NONE, ROW),
    watched(
        "pg_trigger",
        ALL,
        OID,
        "x.tgname",
        "(pg_catalog.to_jsonb(x) - '{tgattr,tgqual}'::text[]) || pg_catalog.jsonb_build_object('definition', \
         pg_catalog.pg_get_triggerdef(x.oid))",
    ),
    watched("pg_ts_config", OWN, OID, "x.cfgnamespace || '.' || x.cfgname", ROW),
    watched("pg_ts_config_map", "x.mapcfg >= 16384", NONE, NONE, ROW),
    watched("pg_ts_dict", OWN, OID, "x.dictnamespace || '.' || x.dictname", ROW),
    watched("pg_type", OWN, OID, "x.typnamespace || '.' || x.typname", ROW),
];

/// Catalogs that determine [`surroundings`], besides those of [`CATALOGS`] in [`ALSO_SURROUNDING`].
const SURROUNDING: [&str; 8] = [
    "pg_authid",
    "pg_largeobject_metadata",
    "pg_publication_namespace",
    "pg_shdepend",
    "pg_subscription",
    "pg_ts_parser",
    "pg_ts_template",
    "pg_user_mapping",
];

const ALSO_SURROUNDING: [&str; 2] = ["pg_extension", "pg_foreign_server"];

/// Returns `true` if the catalog with this number in the answer to [`writes`] determines [`surroundings`].
pub(super) fn is_surrounding(number: usize) -> bool {
    CATALOGS.get(number).is_none_or(|catalog| ALSO_SURROUNDING.contains(&catalog.name))
}

/// Catalogs of some versions, and parsers and templates, which few databases have: their rows have to be the same
/// versions.
fn by_version(version: PostgresVersion) -> Vec<String> {
    let mut sums: Vec<String> = OTHERS.iter().map(|other| (*other).to_owned()).collect();
    sums.push(USER_MAPPINGS.to_owned());
    let mut catalogs = vec![("pg_ts_parser", "oid >= 16384"), ("pg_ts_template", "oid >= 16384")];
    if version.has_publications_of_columns_and_schemas() {
        catalogs.push(("pg_publication_namespace", "true"));
    }
    let versions = |(name, own): (&str, &str)| {
        format!("sum(hashtextextended(ctid::text, xmin::text::bigint)) FROM pg_catalog.{name} WHERE {own}")
    };
    sums.extend(catalogs.into_iter().map(versions));
    sums
}

/// Expression for the first transaction that is not part of the answer.
const HORIZON: &str = "pg_catalog.txid_snapshot_xmax(pg_catalog.txid_current_snapshot()) % 4294967296";

/// Builds an expression for the files of the catalogs, and what else determines the schema, with a tab between them.
fn files_and_others(version: PostgresVersion) -> String {
    let others: Vec<_> =
        by_version(version).iter().enumerate().map(|(number, sum)| format!("SELECT {number}, {sum}")).collect();
    format!(
        "(SELECT pg_catalog.string_agg(pg_catalog.pg_relation_filenode(c.oid)::text, ' ' ORDER BY c.oid) \
         FROM pg_catalog.pg_class c WHERE c.relnamespace = 11 AND c.relkind = 'r') || E'\\t' || \
         (SELECT pg_catalog.string_agg(coalesce(o.sum, 0)::text, ' ' ORDER BY o.number) FROM ({}) o (number, sum))",
        others.join(" UNION ALL ")
    )
}

/// Builds the query for the files of the catalogs, and what else determines the schema, with a tab between them.
pub(super) fn surroundings(version: PostgresVersion) -> String {
    format!("SELECT {}", files_and_others(version))
}

/// Builds the query that finds out by counting which catalogs changed. Its first row, numbered -1, has the horizon and
/// the [`surroundings`], between tabs; the others have, by the number of the catalog, the number of rows that did not
/// change, and of all.
///
/// The rows themselves are read by queries of their own, because the server sets up each expression of a query when it
/// executes it: all of them together take longer than the scans.
pub(super) fn counts(version: PostgresVersion) -> String {
    let counts = |(number, catalog): (usize, &WatchedCatalog)| {
        let WatchedCatalog { name, own, .. } = catalog;
        format!(
            "SELECT {number}, pg_catalog.count(*) FILTER (WHERE pg_catalog.age(x.xmin) > (SELECT age FROM since)), \
             pg_catalog.count(*), NULL FROM pg_catalog.{name} x WHERE {own}"
        )
    };
    let counts: Vec<_> = CATALOGS.iter().enumerate().map(counts).collect();
    format!(
        "WITH since AS MATERIALIZED (SELECT {} AS age) SELECT -1, 0::bigint, 0::bigint, {HORIZON} || E'\\t' || {} UNION ALL {}",
        age(),
        files_and_others(version),
        counts.join(" UNION ALL ")
    )
}

/// Builds the query for the horizon, for [`COUNTING`], and for the number of rows that were ever written to each
/// catalog, by its number; those that only determine the [`surroundings`] come last. It scans none of them. The number
/// that the server has of a catalog lacks the writes of this session's last second, and of its transaction, which are
/// added.
pub(super) fn writes() -> String {
    let names = CATALOGS.iter().map(|catalog| catalog.name).chain(SURROUNDING);
    let ids: Vec<_> =
        names.enumerate().map(|(number, name)| format!("({number}, 'pg_catalog.{name}'::regclass)")).collect();
    format!(
        "SELECT {HORIZON}, {COUNTING}, pg_catalog.string_agg(({})::text, ' ' ORDER BY c.number) FROM (VALUES {}) c (number, id)",
        rows_written("c.id"),
        ids.join(", ")
    )
}

/// Expression for the number of rows that were ever written to a table.
pub(super) fn rows_written(id: &str) -> String {
    let kinds = ["inserted", "updated", "deleted"];
    let sums = kinds.map(|kind| {
        format!("pg_catalog.pg_stat_get_tuples_{kind}({id}) + pg_catalog.pg_stat_get_xact_tuples_{kind}({id})")
    });
    sums.join(" + ")
}

/// Builds the query for the rows of a catalog that changed, lines of location, identity, name and content, between
/// tabs; and the number of the others.
pub(super) fn changed(catalog: &WatchedCatalog) -> String {
    let WatchedCatalog { name, own, identity, label, content } = catalog;
    format!(
        "WITH since AS MATERIALIZED (SELECT {} AS age) \
         SELECT pg_catalog.string_agg(x.ctid::text || E'\\t' || {identity} || E'\\t' || {label} || E'\\t' || ({content})::text, \
         E'\\n') FILTER (WHERE pg_catalog.age(x.xmin) <= (SELECT age FROM since)), \
         pg_catalog.count(*) FILTER (WHERE pg_catalog.age(x.xmin) > (SELECT age FROM since)) \
         FROM pg_catalog.{name} x WHERE {own}",
        age()
    )
}

/// Builds the query for the locations of the rows of a catalog that did not change.
pub(super) fn unchanged(catalog: &WatchedCatalog) -> String {
    format!(
        "SELECT pg_catalog.string_agg(x.ctid::text, ' ') FROM pg_catalog.{} x WHERE {} AND pg_catalog.age(x.xmin) > (SELECT {})",
        catalog.name,
        catalog.own,
        age()
    )
}

/// Age of the transaction in [`SINCE`].
fn age() -> String {
    format!(
        "CASE pg_catalog.current_setting('{SINCE}') WHEN '{ALL_ROWS}' THEN 2147483647 \
         ELSE pg_catalog.age(pg_catalog.current_setting('{SINCE}')::xid) END"
    )
}

#[cfg(test)]
mod tests {
    use super::super::version::WATCHED;
    use super::{CATALOGS, by_version};
    use crate::dialects::postgres::flavour::PostgresVersion;

    #[test]
    fn every_catalog_of_the_version_is_followed() {
        let others = by_version(PostgresVersion::parse("18.0")).join(" ");
        let is_followed = |name: &str| CATALOGS.iter().any(|catalog| catalog.name == name) || others.contains(name);
        // Those that change together with another catalog have to be followed too: their rows are compared, not
        // counted.
        let along = [
            "pg_aggregate",
            "pg_attrdef",
            "pg_range",
            "pg_partitioned_table",
            "pg_foreign_table",
            "pg_publication_rel",
        ];
        let missing: Vec<_> =
            WATCHED.iter().map(|(name, _)| *name).chain(along).filter(|name| !is_followed(name)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
