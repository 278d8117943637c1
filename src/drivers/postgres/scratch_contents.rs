//! Contents of a PostgreSQL database that the user provides as the shadow: what it holds, and how it is cleared.

/// Statement that stores the names of a provided database's extensions in a table comment before the replay.
/// [`clear_statement`] drops all other extensions, because the replay created them.
pub(super) const RECORD_KEPT: &str = "DO $aludel$ BEGIN \
    EXECUTE format('COMMENT ON TABLE public.aludel_shadow IS %L', \
    'extensions: ' || coalesce((SELECT string_agg(extname, ' ') FROM pg_catalog.pg_extension), '')); END $aludel$";

/// Query for a text that identifies a database across servers: start time and port of the server, name of the database.
pub(super) const IDENTITY: &str = "SELECT pg_catalog.concat_ws(' ', pg_catalog.pg_postmaster_start_time(), \
    pg_catalog.current_setting('port'), pg_catalog.current_database())";

/// Returns the query for the names of up to five objects of the database.
pub(super) fn contents_query() -> String {
    format!("SELECT coalesce(o.name, o.identity) FROM ({OBJECTS}) o ORDER BY 1 LIMIT 5")
}

/// Query for everything that a user can create in a database, without `public`, extensions and their objects, objects
/// that come and go with another one, and what has no DROP of its own.
const OBJECTS: &str = "SELECT o.objid, i.type, i.name, i.identity FROM (\
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_namespace n ON n.oid = d.refobjid \
    WHERE d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass \
    AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
    AND d.classid = ANY ('{pg_catalog.pg_class, pg_catalog.pg_type, pg_catalog.pg_proc, pg_catalog.pg_operator, \
    pg_catalog.pg_opclass, pg_catalog.pg_opfamily, pg_catalog.pg_collation, pg_catalog.pg_conversion, \
    pg_catalog.pg_ts_config, pg_catalog.pg_ts_dict, pg_catalog.pg_ts_parser, pg_catalog.pg_ts_template, \
    pg_catalog.pg_statistic_ext}'::pg_catalog.regclass[]) \
    UNION SELECT tableoid, oid FROM pg_catalog.pg_namespace \
    WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public') \
    UNION SELECT tableoid, oid FROM pg_catalog.pg_event_trigger \
    UNION SELECT tableoid, oid FROM pg_catalog.pg_publication \
    UNION SELECT tableoid, oid FROM pg_catalog.pg_foreign_data_wrapper \
    UNION SELECT tableoid, oid FROM pg_catalog.pg_foreign_server \
    UNION SELECT tableoid, oid FROM pg_catalog.pg_cast WHERE oid >= 16384 \
    UNION SELECT tableoid, oid FROM pg_catalog.pg_am WHERE oid >= 16384 \
    UNION SELECT tableoid, oid FROM pg_catalog.pg_language WHERE oid >= 16384) o (classid, objid), \
    LATERAL pg_catalog.pg_identify_object(o.classid, o.objid, 0) i \
    WHERE NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e \
    WHERE e.classid = o.classid AND e.objid = o.objid AND e.objsubid = 0 AND e.deptype IN ('e', 'i'))";

/// Returns the statement that drops all of [`OBJECTS`], and the extensions that did not exist before ([`RECORD_KEPT`]).
///
/// Event triggers go first, because they would run for all the others. A serial column's sequence goes with its table,
/// and an access method after the operator classes, whose DROP refuses a missing one despite IF EXISTS.
pub(super) fn clear_statement() -> String {
    format!(
        "DO $aludel$ DECLARE r record; \
         kept text := pg_catalog.obj_description(pg_catalog.to_regclass('public.aludel_shadow'), 'pg_class'); BEGIN \
         FOR r IN SELECT o.identity, CASE o.type \
         WHEN 'statistics object' THEN 'statistics' WHEN 'composite type' THEN 'type' \
         WHEN 'foreign-data wrapper' THEN 'foreign data wrapper' ELSE o.type END AS type FROM ({OBJECTS}) o \
         ORDER BY CASE o.type WHEN 'event trigger' THEN 0 WHEN 'schema' THEN 1 WHEN 'sequence' THEN 3 \
         WHEN 'access method' THEN 4 ELSE 2 END, o.objid \
         LOOP EXECUTE format('DROP %s IF EXISTS %s CASCADE', r.type, r.identity); END LOOP; \
         FOR r IN SELECT extname FROM pg_catalog.pg_extension WHERE kept LIKE 'extensions: %' \
         AND extname <> ALL (pg_catalog.string_to_array(substr(kept, 13), ' ')) \
         LOOP EXECUTE format('DROP EXTENSION IF EXISTS %I CASCADE', r.extname); END LOOP; END $aludel$"
    )
}
