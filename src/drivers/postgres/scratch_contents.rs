//! Contents of a PostgreSQL database that the user provides as the shadow: what it holds, and how it is cleared.

/// Statement that stores the names of a provided database's extensions in a table comment before the replay. [`CLEAR`]
/// drops all other extensions, because the replay created them.
pub(super) const RECORD_KEPT: &str = "DO $aludel$ BEGIN EXECUTE format('COMMENT ON TABLE public.aludel_shadow IS %L', \
    'extensions: ' || coalesce((SELECT string_agg(extname, ' ') FROM pg_catalog.pg_extension), '')); END $aludel$";

/// Query for a text that identifies a database across servers: start time and port of the server, name of the database.
pub(super) const IDENTITY: &str = "SELECT pg_catalog.concat_ws(' ', pg_catalog.pg_postmaster_start_time(), \
    pg_catalog.current_setting('port'), pg_catalog.current_database())";

/// Query for the names of up to five objects of the database, without those that belong to extensions.
pub(super) const CONTENTS: &str = "SELECT name FROM (\
    SELECT 'pg_class'::regclass AS class, c.oid, c.relname AS name, c.relnamespace AS namespace FROM pg_catalog.pg_class c \
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c') \
    UNION ALL SELECT 'pg_proc'::regclass, p.oid, p.proname, p.pronamespace FROM pg_catalog.pg_proc p \
    UNION ALL SELECT 'pg_type'::regclass, t.oid, t.typname, t.typnamespace FROM pg_catalog.pg_type t WHERE t.typtype IN ('e', 'd', 'r') \
    UNION ALL SELECT 'pg_namespace'::regclass, n.oid, n.nspname, n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname <> 'public') o \
    JOIN pg_catalog.pg_namespace n ON n.oid = o.namespace \
    WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d \
    WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e') ORDER BY name LIMIT 5";

/// Statement that drops everything except the extensions that existed before ([`RECORD_KEPT`]) and their objects.
pub(super) const CLEAR: &str = "DO $aludel$ DECLARE r record; \
    kept text := pg_catalog.obj_description(pg_catalog.to_regclass('public.aludel_shadow'), 'pg_class'); BEGIN \
    FOR r IN SELECT evtname FROM pg_catalog.pg_event_trigger LOOP EXECUTE format('DROP EVENT TRIGGER %I', r.evtname); END LOOP; \
    FOR r IN SELECT nspname FROM pg_catalog.pg_namespace n WHERE nspname !~ '^pg_' AND nspname NOT IN ('information_schema', 'public') \
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = n.oid AND d.deptype = 'e') \
    LOOP EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', r.nspname); END LOOP; \
    FOR r IN SELECT c.relname, CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' \
    WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END AS kind FROM pg_catalog.pg_class c \
    WHERE c.relnamespace = (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = 'public') AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c') \
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e') ORDER BY c.relkind = 'S' \
    LOOP EXECUTE format('DROP %s IF EXISTS public.%I CASCADE', r.kind, r.relname); END LOOP; \
    FOR r IN SELECT p.oid::regprocedure::text AS name FROM pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace \
    WHERE n.nspname = 'public' AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e') \
    LOOP EXECUTE format('DROP ROUTINE IF EXISTS %s CASCADE', r.name); END LOOP; \
    FOR r IN SELECT t.typname FROM pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace \
    WHERE n.nspname = 'public' AND t.typtype IN ('e', 'd', 'r') \
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d WHERE d.objid = t.oid AND d.deptype = 'e') \
    LOOP EXECUTE format('DROP TYPE IF EXISTS public.%I CASCADE', r.typname); END LOOP; \
    FOR r IN SELECT extname FROM pg_catalog.pg_extension WHERE kept LIKE 'extensions: %' \
    AND extname <> ALL (pg_catalog.string_to_array(substr(kept, 13), ' ')) \
    LOOP EXECUTE format('DROP EXTENSION IF EXISTS %I CASCADE', r.extname); END LOOP; END $aludel$";
