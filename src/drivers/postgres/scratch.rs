//! Scratch databases on PostgreSQL, and scratch schemas for users that are not allowed to create databases.

use super::PostgresDriver;
use super::scratch_contents::{IDENTITY, RECORD_KEPT, clear_statement, contents_query};
use super::settings::ConnectionSettings;
use super::target::UrlParts;
use crate::config::DatabaseUrl;
use crate::database::scratch::SHADOW_TABLE;
use crate::database::session::{first_column, pairs};
use crate::database::{
    Database, DatabaseError, HostSession, InstalledExtension, ScratchDatabase, ScratchError, ScratchHost, ScratchModel,
    ScratchPurpose, ScratchRequest, ScratchSchema, ScratchStatements, ScratchSurvey, TextRows, TrialTransaction,
    VersionTable,
};
use crate::dialects::postgres::flavour::PostgresVersion;
use crate::sql::{Dialect, TableName, quote_identifier, quote_literal};

/// Query for the encoding and the locale of the session's database. The columns of the locale differ between versions
/// (15 added the provider and ICU's locale, 16 ICU's rules, 17 renamed the locale), which JSON evens out.
const LOCALE: &str = "SELECT pg_catalog.pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, \
    l.j ->> 'datlocprovider', coalesce(l.j ->> 'datlocale', l.j ->> 'daticulocale'), l.j ->> 'daticurules' \
    FROM pg_catalog.pg_database d, LATERAL (SELECT pg_catalog.to_jsonb(d) AS j) l \
    WHERE d.datname = pg_catalog.current_database()";

/// Query for the settings of a database itself (`ALTER DATABASE ... SET`), which apply to every user. An expression for
/// its name follows.
const SETTINGS: &str = "SELECT unnest(s.setconfig) FROM pg_catalog.pg_db_role_setting s JOIN pg_catalog.pg_database d \
    ON d.oid = s.setdatabase WHERE s.setrole = 0 AND d.datname = ";

/// Prefix of the savepoints of nested trials.
const TRIAL_SAVEPOINT: &str = "aludel_trial_";

/// Effects of the COMMIT of a revision, as far as a transaction that goes on has them: deferred constraints are checked,
/// and the settings of the session are reset.
const AFTER_TRIED_REVISION: &str = "SET CONSTRAINTS ALL IMMEDIATE; RESET SESSION AUTHORIZATION; RESET ROLE; RESET ALL";

/// Builds a statement that waits until no session is connected to a database, for at most that many turns of 2 ms: the
/// server process of a connection just closed takes a moment to end. CREATE DATABASE, which copies none that is in use,
/// and DROP DATABASE look only ten times a second.
fn wait_for_end_of_sessions(database: &str, turns: usize) -> String {
    format!(
        "DO $$ BEGIN FOR i IN 1..{turns} LOOP \
         PERFORM pg_catalog.pg_stat_clear_snapshot(); \
         EXIT WHEN NOT EXISTS (SELECT 1 FROM pg_catalog.pg_stat_activity WHERE datname = {}); \
         PERFORM pg_catalog.pg_sleep(0.002); END LOOP; END $$",
        literal(database)
    )
}

/// Query for the installed extensions.
const EXTENSIONS: &str = "SELECT e.extname, n.nspname, e.extversion FROM pg_catalog.pg_extension e \
    JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace WHERE e.extname <> 'plpgsql' ORDER BY e.oid";

/// Query for all settings that a session in the database starts with: those of the database and of the user.
const ALL_SETTINGS: &str = "SELECT s.setdatabase <> 0, s.setrole <> 0, s.setconfig \
    FROM pg_catalog.pg_db_role_setting s WHERE s.setdatabase IN (0, \
    (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())) \
    AND s.setrole IN (0, (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = current_user)) ORDER BY 1, 2";

impl ScratchHost for PostgresDriver {
    /// Connects to the service's database, or, if it does not exist yet (3D000), to `postgres`.
    fn open_host(
        &self,
        url: &DatabaseUrl,
        application_name: &str,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Box<dyn Database>, DatabaseError> {
        let open = |url: &DatabaseUrl| super::open(url, &self.shadow_table(), application_name, environment);
        match open(url) {
            Err(DatabaseError::Connect { sqlstate: Some(state), .. }) if state == "3D000" => {
                open(&url.with_database("postgres"))
            }
            opened => opened,
        }
    }

    fn survey(&self, session: &mut dyn Database, purpose: ScratchPurpose) -> Result<ScratchSurvey, DatabaseError> {
        let mut answers = session.execute(&survey_query(purpose))?.into_iter();
        let right = answers.next().and_then(|rows| rows.into_iter().next()).unwrap_or_default();
        let refused_user = match right.as_slice() {
            [Some(user), may] if may.as_deref() != Some("t") => Some(user.clone()),
            _ => None,
        };
        Ok(ScratchSurvey { refused_user, leftovers: first_column(answers.collect()) })
    }

    fn create_scratch<'s>(
        &self,
        mut session: HostSession<'s>,
        request: &ScratchRequest<'_>,
    ) -> Result<ScratchDatabase<'s>, ScratchError> {
        let name = format!("{}{}", request.purpose.prefix(), uuid::Uuid::new_v4().simple());
        let key = format!("pg_catalog.hashtextextended({}, 0)", literal(&name));
        // Lock first: a scratch database without a lock may be dropped by any sweep.
        let wait =
            request.template.map(|template| wait_for_end_of_sessions(template, 1_000) + "; ").unwrap_or_default();
        let lock = format!("{wait}SELECT pg_catalog.pg_advisory_lock({key}); {LOCALE}");
        let answer = session.database().execute(&lock)?;
        let row = answer.last().and_then(|rows| rows.first()).cloned().unwrap_or_default();
        // A copy has the encoding and the locale of its template.
        let origin = match request.template {
            Some(template) => quoted(template),
            None => format!("template0{}", locale_clause(&row)),
        };
        // The backend of a connection just closed may still be there.
        let force = if version(session.database()).has_forced_drop_of_database() { " WITH (FORCE)" } else { "" };
        let statements = ScratchStatements {
            create: format!("CREATE DATABASE {} TEMPLATE {origin}", quoted(&name)),
            before_drop: Some(wait_for_end_of_sessions(&name, 50)),
            drop: format!("DROP DATABASE IF EXISTS {}{force}", quoted(&name)),
            unlock: format!("SELECT pg_catalog.pg_advisory_unlock({key})"),
        };
        let mut scratch = ScratchDatabase::on_server(session, request.url.with_database(&name), statements)?;
        if request.purpose == ScratchPurpose::Shadow {
            copy_settings(scratch.session(), request.template, &name);
        }
        Ok(scratch)
    }

    /// With `CREATE DATABASE ... TEMPLATE`, which copies everything in the database, but neither its settings nor its own
    /// privileges and comment (manual, "Template Databases").
    fn can_copy_scratch(&self) -> bool {
        true
    }

    fn begin_trial(
        &self,
        database: &mut dyn Database,
        outer: Option<&TrialTransaction>,
    ) -> Result<Option<TrialTransaction>, DatabaseError> {
        let counters = sequences(database)?;
        let depth = outer.map_or(0, |outer| outer.depth + 1);
        database.execute(&if depth == 0 {
            "BEGIN".to_owned()
        } else {
            format!("SAVEPOINT {TRIAL_SAVEPOINT}{depth}")
        })?;
        Ok(Some(TrialTransaction { after_revision: AFTER_TRIED_REVISION, schema: "public", counters, depth }))
    }

    fn can_roll_back_trials(&self) -> bool {
        true
    }

    /// Sets the sequences back too: what `nextval` takes is not given back (manual, "Sequence Manipulation Functions").
    fn roll_back_trial(&self, database: &mut dyn Database, trial: &TrialTransaction) -> Result<(), DatabaseError> {
        let end = match trial.depth {
            0 => "ROLLBACK".to_owned(),
            depth => {
                let savepoint = format!("{TRIAL_SAVEPOINT}{depth}");
                format!("ROLLBACK TO SAVEPOINT {savepoint}; RELEASE SAVEPOINT {savepoint}")
            }
        };
        database.execute(&end)?;
        let counters = sequences(database)?;
        let moved = trial.counters.iter().filter(|counter| !counters.contains(counter));
        let set = |(name, value): &(String, String)| format!("pg_catalog.setval({}, {value})", literal(name));
        let set: Vec<_> = moved.map(set).collect();
        if !set.is_empty() {
            database.execute(&format!("SELECT {}", set.join(", ")))?;
        }
        Ok(())
    }

    fn shadow_table(&self) -> VersionTable {
        VersionTable { schema: Some("public".to_owned()), name: SHADOW_TABLE.to_owned() }
    }

    fn model(&self, database: &mut dyn Database) -> Result<ScratchModel, DatabaseError> {
        let mut answers = database.execute(&format!("{EXTENSIONS}; {LOCALE}; {ALL_SETTINGS}"))?.into_iter();
        let extension = |row: Vec<Option<String>>| {
            let mut columns = row.into_iter().map(Option::unwrap_or_default);
            let name = columns.next()?;
            Some(InstalledExtension { name, schema: columns.next(), version: columns.next() })
        };
        let extensions = answers.next().unwrap_or_default().into_iter().filter_map(extension).collect();
        Ok(ScratchModel { extensions, properties: format!("{:?}", answers.collect::<Vec<TextRows>>()) })
    }

    /// Creates the schema of the version table, and, if no schema of the search path exists, the first of that.
    fn prepare(&self, database: &mut dyn Database, namespace: Option<&str>) -> Result<(), DatabaseError> {
        let query = "SELECT CASE WHEN pg_catalog.current_schema() IS NULL THEN pg_catalog.btrim(pg_catalog.split_part(\
            pg_catalog.current_setting('search_path'), ',', 1), ' \"') END";
        let first = first_column(database.execute(query)?);
        let names = first.iter().map(String::as_str).chain(namespace);
        for name in names.filter(|name| !name.is_empty() && *name != "$user") {
            database.execute(&format!("CREATE SCHEMA IF NOT EXISTS {}", quoted(name)))?;
        }
        Ok(())
    }

    /// Creates the extension in the same version as in the service's database, or in the default version if the server
    /// no longer has that one.
    fn create_extension(
        &self,
        database: &mut dyn Database,
        extension: &InstalledExtension,
    ) -> Result<Option<String>, DatabaseError> {
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
                Err(error) => return Err(error),
            }
        }
        Ok(refused)
    }

    fn begin_scratch_schema(&self, session: &mut dyn Database) -> Result<Option<ScratchSchema>, DatabaseError> {
        let query = "SELECT 'aludel_shadow_' || pg_catalog.pg_backend_pid()";
        let name = first_column(session.execute(query)?).concat();
        let others = self.user_schemas(session)?;
        // As in a dump, a function's body may refer to objects that are created later.
        let reset = format!("SET LOCAL search_path = {name}; SET LOCAL check_function_bodies = off");
        let begin = format!("BEGIN; CREATE SCHEMA {name}; {reset}");
        session.execute(&begin).inspect_err(|_| drop(session.execute("ROLLBACK")))?;
        Ok(Some(ScratchSchema { name, others, reset }))
    }

    fn counters(&self, database: &mut dyn Database) -> Result<Vec<(String, String)>, DatabaseError> {
        let query = "SELECT schemaname || '.' || sequencename, last_value FROM pg_catalog.pg_sequences";
        Ok(pairs(database.execute(query)?))
    }

    fn tables(&self, database: &mut dyn Database) -> Result<Option<Vec<TableName>>, DatabaseError> {
        let query = "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n \
            ON n.oid = c.relnamespace WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_'";
        let tables = pairs(database.execute(query)?).into_iter();
        Ok(Some(tables.map(|(schema, name)| TableName { schema: Some(schema), name }).collect()))
    }

    fn runs_code_with_ddl(&self, database: &mut dyn Database) -> Result<bool, DatabaseError> {
        let query = "SELECT 1 WHERE EXISTS (SELECT FROM pg_catalog.pg_proc WHERE oid >= 16384) \
            OR EXISTS (SELECT FROM pg_catalog.pg_event_trigger)";
        Ok(!first_column(database.execute(query)?).is_empty())
    }

    fn user_schemas(&self, database: &mut dyn Database) -> Result<Vec<String>, DatabaseError> {
        let query = "SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname !~ '^pg_' \
            AND nspname NOT IN ('information_schema', 'public')";
        Ok(first_column(database.execute(query)?))
    }

    fn delete_rows(&self, database: &mut dyn Database, tables: &[String]) -> Result<(), DatabaseError> {
        database.execute(&format!("TRUNCATE {} CASCADE", tables.join(", "))).map(drop)
    }

    fn is_same_address(
        &self,
        one: &DatabaseUrl,
        other: &DatabaseUrl,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> bool {
        let address = |url: &DatabaseUrl| {
            let settings = ConnectionSettings::new(&UrlParts::from(url), environment).ok()?;
            Some((settings.places, settings.database))
        };
        match (address(one), address(other)) {
            (Some(one), Some(other)) => one == other,
            _ => (one.hosts(), one.database()) == (other.hosts(), other.database()),
        }
    }

    fn identity_query(&self) -> Option<&'static str> {
        Some(IDENTITY)
    }

    fn contents(&self, database: &mut dyn Database) -> Result<Vec<String>, DatabaseError> {
        Ok(first_column(database.execute(&contents_query())?))
    }

    fn record_kept(&self, database: &mut dyn Database) -> Result<(), DatabaseError> {
        database.execute(RECORD_KEPT).map(drop)
    }

    fn clear(&self, database: &mut dyn Database) -> Result<(), DatabaseError> {
        database.execute(&clear_statement()).map(drop)
    }
}

/// Returns the quoted names of all sequences with their last value and whether it was handed out: `7, true`. The view
/// shows NULL for one that was never used, though it may have been set.
fn sequences(database: &mut dyn Database) -> Result<Vec<(String, String)>, DatabaseError> {
    let query = "SELECT pg_catalog.format('%I.%I', schemaname, sequencename), last_value FROM pg_catalog.pg_sequences";
    let mut counters = Vec::new();
    let mut unused = Vec::new();
    for row in database.execute(query)?.into_iter().flatten() {
        match <[Option<String>; 2]>::try_from(row) {
            Ok([Some(name), Some(value)]) => counters.push((name, format!("{value}, true"))),
            Ok([Some(name), None]) => unused.push(name),
            _ => {}
        }
    }
    if !unused.is_empty() {
        let query = |name: &String| format!("SELECT {}, last_value || ', false' FROM {name}", literal(name));
        let queries: Vec<_> = unused.iter().map(query).collect();
        counters.extend(pairs(database.execute(&queries.join(" UNION ALL "))?));
    }
    Ok(counters)
}

/// Returns the queries for the right to create a database and for the leftovers. Advisory locks are local to a
/// database, but `pg_locks` lists those of all. It shows a bigint key as two halves: the high one in `classid`, the low
/// one in `objid` (manual, "pg_locks").
fn survey_query(purpose: ScratchPurpose) -> String {
    format!(
        "SELECT rolname, rolcreatedb OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user; \
         SELECT d.datname FROM pg_catalog.pg_database d WHERE d.datname ~ '^{}[0-9a-f]{{32}}$' \
         AND pg_catalog.pg_has_role(d.datdba, 'USAGE') \
         AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_stat_activity a WHERE a.datid = d.oid \
         AND a.backend_type IS DISTINCT FROM 'autovacuum worker') \
         AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.granted \
         AND l.objsubid = 1 AND ((l.classid::bigint << 32) | l.objid::bigint) \
         = pg_catalog.hashtextextended(d.datname::text, 0))",
        purpose.prefix()
    )
}

/// Returns the options of CREATE DATABASE for a row of [`LOCALE`]. Only a copy of template0 may have an encoding or
/// locale other than those of its template, and it is always empty.
fn locale_clause(row: &[Option<String>]) -> String {
    let field = |index: usize| row.get(index).and_then(Option::as_deref);
    let (Some(encoding), Some(collation), Some(character_type)) = (field(0), field(1), field(2)) else {
        return String::new();
    };
    let [encoding, collation, character_type] = [encoding, collation, character_type].map(literal);
    let clause = format!(" ENCODING {encoding} LC_COLLATE {collation} LC_CTYPE {character_type}");
    // Without the provider the new database would have that of its template.
    let provider = match (field(3), field(4).map(literal)) {
        (Some("i"), Some(locale)) => format!(" LOCALE_PROVIDER icu ICU_LOCALE {locale}"),
        (Some("b"), Some(locale)) => format!(" LOCALE_PROVIDER builtin BUILTIN_LOCALE {locale}"),
        (Some("c"), _) => " LOCALE_PROVIDER libc".to_owned(),
        _ => String::new(),
    };
    let rules = field(5).map(|rules| format!(" ICU_RULES {}", literal(rules))).unwrap_or_default();
    format!("{clause}{provider}{rules}")
}

/// Copies the settings of the database `from`, by default the session's, to the scratch database `name`, and turns off `synchronous_commit`,
/// because nothing in it has to survive a crash.
fn copy_settings(session: &mut dyn Database, from: Option<&str>, name: &str) {
    let from = from.map_or_else(|| "pg_catalog.current_database()".to_owned(), literal);
    let name = quoted(name);
    let mut settings = vec![format!("ALTER DATABASE {name} SET synchronous_commit = off")];
    for setting in first_column(session.execute(&format!("{SETTINGS}{from}")).unwrap_or_default()) {
        if let Some((parameter, value)) = setting.split_once('=') {
            // List settings are stored with their quoting; any other setting is one unquoted value.
            let is_list = matches!(parameter, "search_path" | "temp_tablespaces");
            let value = if is_list { value.to_owned() } else { literal(value) };
            settings.push(format!("ALTER DATABASE {name} SET {} = {value}", quoted(parameter)));
        }
    }
    for setting in settings {
        // Settings that only a superuser may change are skipped.
        let _ = session.execute(&setting);
    }
}

fn version(session: &dyn Database) -> PostgresVersion {
    PostgresVersion::parse(&session.server().version)
}

fn quoted(name: &str) -> String {
    quote_identifier(name, Dialect::POSTGRES)
}

fn literal(text: &str) -> String {
    quote_literal(text, Dialect::POSTGRES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_locale_is_that_of_the_model_with_its_provider() {
        let clause =
            |row: &[Option<&str>]| locale_clause(&row.iter().map(|text| text.map(str::to_owned)).collect::<Vec<_>>());
        let libc = " ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'";
        let [utf8, c] = [Some("UTF8"), Some("C")];
        assert_eq!(clause(&[utf8, c, c, None, None, None]), libc);
        assert_eq!(clause(&[utf8, c, c, Some("c"), None, None]), format!("{libc} LOCALE_PROVIDER libc"));
        assert_eq!(
            clause(&[utf8, c, c, Some("i"), Some("de-AT"), Some("&V <<< w")]),
            format!("{libc} LOCALE_PROVIDER icu ICU_LOCALE 'de-AT' ICU_RULES '&V <<< w'")
        );
        assert_eq!(
            clause(&[utf8, c, c, Some("b"), Some("C.UTF-8"), None]),
            format!("{libc} LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'")
        );
        assert_eq!(clause(&[]), "");
    }

    #[test]
    fn spelled_out_defaults_make_no_other_address() {
        let same = |one: &str, other: &str| {
            let [one, other] = [one, other].map(|text| DatabaseUrl::parse(text, None));
            let (Ok(one), Ok(other)) = (one, other) else { return false };
            PostgresDriver.is_same_address(&one, &other, &|_| None)
        };
        assert!(same("postgres://u@localhost/a", "postgres://v@localhost:5432/a"));
        assert!(same("postgres://a@localhost", "postgres://localhost:5432/?dbname=a&user=b"));
        assert!(!same("postgres://u@localhost/a", "postgres://u@localhost:5433/a"));
        assert!(!same("postgres://u@localhost/a", "postgres://u@localhost/b"));
    }
}
