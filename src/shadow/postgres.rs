//! Scratch databases on PostgreSQL, and scratch schemas for users that are not allowed to create databases.
//!
//! A scratch database is named `aludel_shadow_PID_START_N`: the server process of the session that created it, the
//! start of that session (milliseconds since 1970), and a counter. It is in use while `pg_stat_activity` lists that
//! session.

use std::sync::atomic::{AtomicU32, Ordering};

use super::error::{MissingExtension, ProofError};
use super::shadow_config::ShadowConfig;
use super::shadow_database::{Shadow, shadow_table};
use crate::config::DatabaseUrl;
use crate::database::{Database, DatabaseError, InstalledExtension, TextRows};
use crate::drivers;
use crate::engine::RehearsalStage;
use crate::sql::{Dialect, quote_identifier, quote_literal};

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// Query for the properties that the scratch database must share, the right to create it, support for `WITH (FORCE)`
/// (PostgreSQL 13), and the name without the counter.
const ASK: &str = "SELECT pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, \
    (SELECT r.rolcreatedb OR r.rolsuper FROM pg_catalog.pg_roles r WHERE r.rolname = current_user), \
    pg_catalog.current_setting('server_version_num')::integer >= 130000, \
    pg_catalog.pg_backend_pid() || '_' || (SELECT pg_catalog.floor(extract(epoch FROM a.backend_start) * 1000)::bigint \
    FROM pg_catalog.pg_stat_activity a WHERE a.pid = pg_catalog.pg_backend_pid()) \
    FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()";

/// Query for the scratch databases whose sessions have ended. `backend_start` is NULL for sessions of another user,
/// which count as alive.
const DEAD: &str = "SELECT d.datname FROM pg_catalog.pg_database d, \
    LATERAL (SELECT substring(d.datname FROM '^aludel_shadow_(\\d{1,9})_\\d+_\\d+$')::integer AS pid, \
    substring(d.datname FROM '^aludel_shadow_\\d{1,9}_(\\d{1,15})_\\d+$')::bigint AS start) m \
    WHERE m.pid IS NOT NULL AND m.start IS NOT NULL AND pg_catalog.pg_has_role(d.datdba, 'USAGE') \
    AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_stat_activity a WHERE a.pid = m.pid \
    AND (a.backend_start IS NULL OR pg_catalog.floor(extract(epoch FROM a.backend_start) * 1000)::bigint = m.start))";

/// Query for the settings of the database itself (`ALTER DATABASE ... SET`), which apply to every user.
const SETTINGS: &str = "SELECT unnest(s.setconfig) FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d \
    ON d.oid = s.setdatabase WHERE d.datname = pg_catalog.current_database() AND s.setrole = 0";

/// Session that creates and drops scratch databases.
pub(super) struct PostgresShadowHost {
    session: Box<dyn Database>,
    force: &'static str,
    /// Name of its scratch database.
    pub(super) name: String,
}

/// Result of [`make`].
pub(super) enum Made {
    /// Scratch database.
    Database(PostgresShadowHost),
    /// The user is not allowed to create a database. The session is connected to the service's database.
    Session(Box<dyn Database>),
}

/// Connects to the server, drops the databases of dead sessions, and creates a scratch database if that is allowed.
pub(super) fn make(url: &DatabaseUrl, shadow_config: &ShadowConfig<'_>) -> Result<Made, ProofError> {
    let mut session = connect(url, shadow_config)?;
    let answer = session.execute(ASK)?;
    let row = answer.first().and_then(|rows| rows.first()).cloned().unwrap_or_default();
    let field = |index: usize| row.get(index).cloned().flatten().unwrap_or_default();
    if field(3) != "t" {
        return Ok(Made::Session(session));
    }
    let force = if field(4) == "t" { " WITH (FORCE)" } else { "" };
    for dead in column(session.execute(DEAD)?) {
        // Another process may be sweeping at the same time.
        let _ = session.execute(&format!("DROP DATABASE IF EXISTS {}{force}", quoted(&dead)));
    }
    let name = format!("aludel_shadow_{}_{}", field(5), NUMBER.fetch_add(1, Ordering::Relaxed));
    // Only a copy of template0 may have an encoding or locale other than those of template1, and it is always empty.
    let like = format!(
        "ENCODING {} LC_COLLATE {} LC_CTYPE {}",
        quote_literal(&field(0), Dialect::Postgres),
        quote_literal(&field(1), Dialect::Postgres),
        quote_literal(&field(2), Dialect::Postgres)
    );
    session
        .execute(&format!("CREATE DATABASE {} TEMPLATE template0 {like}", quoted(&name)))
        .map_err(ProofError::MayNotCreate)?;
    let mut keeper = PostgresShadowHost { session, force, name };
    keeper.settle();
    Ok(Made::Database(keeper))
}

/// Connects to the service's database, or, if it does not exist yet (3D000), to `postgres`.
fn connect(url: &DatabaseUrl, shadow_config: &ShadowConfig<'_>) -> Result<Box<dyn Database>, DatabaseError> {
    let open = |url: &DatabaseUrl| {
        drivers::open(url, &shadow_table(Dialect::Postgres), shadow_config.service, shadow_config.environment)
    };
    match open(url) {
        Err(DatabaseError::Connect { sqlstate: Some(state), .. }) if state == "3D000" => {
            open(&url.with_database("postgres"))
        }
        opened => opened,
    }
}

impl PostgresShadowHost {
    /// Copies the settings of the service's database to the scratch database, and turns off `synchronous_commit`,
    /// because nothing in it has to survive a crash.
    fn settle(&mut self) {
        let name = quoted(&self.name);
        let mut settings = vec![format!("ALTER DATABASE {name} SET synchronous_commit = off")];
        for setting in column(self.session.execute(SETTINGS).unwrap_or_default()) {
            if let Some((parameter, value)) = setting.split_once('=') {
                // List settings are stored with their quoting; any other setting is one unquoted value.
                let is_list = matches!(parameter, "search_path" | "temp_tablespaces");
                let value = if is_list { value.to_owned() } else { quote_literal(value, Dialect::Postgres) };
                settings.push(format!("ALTER DATABASE {name} SET {} = {value}", quoted(parameter)));
            }
        }
        for setting in settings {
            // Settings that only a superuser may change are skipped.
            let _ = self.session.execute(&setting);
        }
    }

    /// Drops the scratch database, and terminates its sessions where the server can (PostgreSQL 13).
    pub(super) fn drop_database(&mut self) -> Result<(), DatabaseError> {
        self.session.execute(&format!("DROP DATABASE IF EXISTS {}{}", quoted(&self.name), self.force)).map(drop)
    }
}

/// Creates the schemas that must exist before the first revision: the one of the version table, and, if no schema of
/// the search path exists, the first of that.
pub(super) fn prepare(database: &mut dyn Database, namespace: Option<&str>) -> Result<(), DatabaseError> {
    let query = "SELECT CASE WHEN pg_catalog.current_schema() IS NULL THEN pg_catalog.btrim(pg_catalog.split_part(\
        pg_catalog.current_setting('search_path'), ',', 1), ' \"') END";
    let first = column(database.execute(query)?);
    for name in first.iter().map(String::as_str).chain(namespace).filter(|name| !name.is_empty() && *name != "$user") {
        database.execute(&format!("CREATE SCHEMA IF NOT EXISTS {}", quoted(name)))?;
    }
    Ok(())
}

/// Creates an extension in the same version as in the service's database, or in the default version if the server no
/// longer has that one. Returns the server's message if it refuses. Does nothing in a scratch schema, because the
/// service's database has its extensions already.
pub(super) fn create_extension(
    shadow: &mut Shadow,
    extension: &InstalledExtension,
) -> Result<Option<MissingExtension>, ProofError> {
    if shadow.url().dialect() != Dialect::Postgres || matches!(shadow.stage(), RehearsalStage::Transaction { .. }) {
        return Ok(None);
    }
    let database = shadow.database()?;
    let name = quoted(&extension.name);
    let own_schema = extension.schema.as_deref().filter(|schema| !matches!(*schema, "public" | "pg_catalog"));
    if let Some(schema) = own_schema {
        database.execute(&format!("CREATE SCHEMA IF NOT EXISTS {}", quoted(schema)))?;
    }
    let schema = extension.schema.as_ref().map(|schema| format!(" SCHEMA {}", quoted(schema))).unwrap_or_default();
    let version = extension.version.as_ref().map(|version| format!(" VERSION {}", quoted(version)));
    let mut refused = None;
    for version in version.iter().map(String::as_str).chain([""]) {
        match database.execute(&format!("CREATE EXTENSION IF NOT EXISTS {name}{schema}{version} CASCADE")) {
            Ok(_) => return Ok(None),
            Err(error @ DatabaseError::Server(_)) => refused = Some(error.to_string()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(refused.map(|reason| MissingExtension { name: extension.name.clone(), reason }))
}

/// Statement that stores the names of a provided database's extensions in a table comment before the replay. [`CLEAR`]
/// drops all other extensions, because the replay created them.
pub(super) const KEEP_EXTENSIONS: &str = "DO $aludel$ BEGIN EXECUTE format('COMMENT ON TABLE public.aludel_shadow IS %L', \
    'extensions: ' || coalesce((SELECT string_agg(extname, ' ') FROM pg_catalog.pg_extension), '')); END $aludel$";

/// Opens a transaction and creates a scratch schema in it, which becomes the search path. Returns the names of the
/// scratch schema and of all other schemas that users created.
pub(super) fn scratch_schema(database: &mut dyn Database) -> Result<(String, Vec<String>), DatabaseError> {
    let name = column(database.execute("SELECT 'aludel_shadow_' || pg_catalog.pg_backend_pid()")?).concat();
    let others = namespaces(database)?;
    let begin = format!("BEGIN; CREATE SCHEMA {name}; {}", search_only(&name));
    database.execute(&begin).inspect_err(|_| drop(database.execute("ROLLBACK")))?;
    Ok((name, others))
}

/// Returns the schemas of the database that users created, without `public`.
pub(super) fn namespaces(database: &mut dyn Database) -> Result<Vec<String>, DatabaseError> {
    let query = "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' \
        AND nspname NOT IN ('information_schema', 'public')";
    Ok(column(database.execute(query)?))
}

/// Statements that reset the session state in the transaction of [`scratch_schema`].
pub(super) fn search_only(name: &str) -> String {
    // As in a dump, a function's body may refer to objects that are created later.
    format!("SET LOCAL search_path = {name}; SET LOCAL check_function_bodies = off")
}

/// Query for a text that identifies a database across servers: start time and port of the server, name of the database.
pub(super) const IDENTITY: &str = "SELECT pg_catalog.concat_ws(' ', pg_catalog.pg_postmaster_start_time(), \
    pg_catalog.current_setting('port'), pg_catalog.current_database())";

/// Query for the names of up to five objects of the database, without those that belong to extensions.
pub(super) const HOLDS: &str = "SELECT name FROM (\
    SELECT 'pg_class'::regclass AS class, c.oid, c.relname AS name, c.relnamespace AS namespace FROM pg_catalog.pg_class c \
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c') \
    UNION ALL SELECT 'pg_proc'::regclass, p.oid, p.proname, p.pronamespace FROM pg_catalog.pg_proc p \
    UNION ALL SELECT 'pg_type'::regclass, t.oid, t.typname, t.typnamespace FROM pg_catalog.pg_type t WHERE t.typtype IN ('e', 'd', 'r') \
    UNION ALL SELECT 'pg_namespace'::regclass, n.oid, n.nspname, n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname <> 'public') o \
    JOIN pg_catalog.pg_namespace n ON n.oid = o.namespace \
    WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d \
    WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype = 'e') ORDER BY name LIMIT 5";

/// Statement that drops everything except the extensions that existed before ([`KEEP_EXTENSIONS`]) and their objects.
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

fn quoted(name: &str) -> String {
    quote_identifier(name, Dialect::Postgres)
}

/// Returns the first column of the first result, without NULLs.
pub(super) fn column(answer: Vec<TextRows>) -> Vec<String> {
    answer
        .into_iter()
        .next()
        .unwrap_or_default()
        .into_iter()
        .filter_map(|row| row.into_iter().next().flatten())
        .collect()
}
