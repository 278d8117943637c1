//! Database that cases use one after the other.

use aludel::config::DatabaseUrl;
use aludel::database::{CatalogRequest, Database, VersionTable};
use aludel::schema::Schema;

use crate::support;
use crate::support::cases::Case;

/// Roles that cases may use. Roles belong to the server, so the cases cannot create them. Cases run as `case_owner`,
/// because everything that a superuser other than the bootstrap one owns can be dropped with one statement.
pub const ROLES: &str = "
    CREATE ROLE case_owner LOGIN SUPERUSER;
    CREATE ROLE case_reader;
    CREATE ROLE case_writer;
    CREATE ROLE \"Case Admin\";
    SET allow_in_place_tablespaces = on; CREATE TABLESPACE case_space LOCATION '';";

const NEW_PUBLIC: &str = "CREATE SCHEMA public; COMMENT ON SCHEMA public IS 'standard public schema'";

/// Query for the number of objects that a fresh database does not have, plus one if `public` is not the original one.
const LEFT: &str =
    "SELECT (SELECT count(*) FROM pg_class WHERE oid >= 16384) + (SELECT count(*) FROM pg_proc WHERE oid >= 16384)
    + (SELECT count(*) FROM pg_type WHERE oid >= 16384) + (SELECT count(*) FROM pg_namespace WHERE oid >= 16384)
    + (SELECT count(*) FROM pg_operator WHERE oid >= 16384) + (SELECT count(*) FROM pg_cast WHERE oid >= 16384)
    + (SELECT count(*) FROM pg_extension WHERE oid >= 16384) + (SELECT count(*) FROM pg_event_trigger)
    + (SELECT count(*) FROM pg_publication) + (SELECT count(*) FROM pg_foreign_data_wrapper)
    + (SELECT count(*) FROM pg_default_acl) + (SELECT count(*) FROM pg_largeobject_metadata)
    + (SELECT count(*) FROM pg_collation WHERE oid >= 16384) + (SELECT count(*) FROM pg_language WHERE oid >= 16384)
    + (SELECT count(*) FROM pg_am WHERE oid >= 16384) + (SELECT count(*) FROM pg_namespace
        WHERE oid = 2200 AND obj_description(oid, 'pg_namespace') IS DISTINCT FROM 'standard public schema')
    + 1 - (SELECT count(*) FROM pg_namespace WHERE oid = 2200)";

/// Number of uses of one database, limited because its catalogs are not vacuumed.
const USES: u32 = 30;

/// Query for the statements that give `public` the owner and privileges of a fresh database, which depend on the
/// server's version.
const RESTORE_PUBLIC: &str = "SELECT 'ALTER SCHEMA public OWNER TO ' || nspowner::regrole || '; REVOKE ALL ON SCHEMA public FROM PUBLIC; '
    || 'GRANT ' || (SELECT string_agg(privilege_type, ', ') FROM aclexplode(nspacl) WHERE grantee = 0) || ' ON SCHEMA public TO PUBLIC'
    FROM pg_namespace WHERE nspname = 'public'";

pub struct Place {
    url: String,
    name: String,
    database: Box<dyn Database>,
    uses: u32,
    restore_public: String,
}

fn open(url: &str) -> Box<dyn Database> {
    let address = DatabaseUrl::parse(&url.replacen("postgres@", "case_owner@", 1), None).unwrap();
    let table = VersionTable { schema: None, name: "aludel_version".to_owned() };
    let mut database = aludel::drivers::open(&address, &table, "cases", &|_| None).unwrap();
    // Planning the catalog queries takes longer than all the rest of a case.
    database.expect_repeated_reads();
    database
}

impl Place {
    pub fn new() -> Self {
        let server = support::postgres();
        let url = server.new_database().replacen("postgres@", "case_owner@", 1);
        let name = url.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
        let mut database = open(&url);
        let rows = database.execute(RESTORE_PUBLIC).unwrap();
        let restore_public = rows[0][0][0].clone().unwrap();
        Self { database, url, name, uses: 0, restore_public }
    }

    pub fn run(&mut self, sql: &str) -> Result<(), String> {
        self.database.execute(sql).map(|_| ()).map_err(|error| format!("{error:?}\nin: {sql}"))
    }

    pub fn database(&mut self) -> &mut dyn Database {
        &mut *self.database
    }

    /// Drops everything that a case may have created, or creates a new database if something is left.
    pub fn empty(&mut self) {
        let clean = format!(
            "SET client_min_messages = warning;
            DROP OWNED BY case_owner, case_reader, case_writer, \"Case Admin\" CASCADE;
            SELECT lo_unlink(oid) FROM pg_largeobject_metadata;
            {};
            COMMENT ON SCHEMA public IS 'standard public schema'",
            self.restore_public
        );
        let _ = self.database.execute("ROLLBACK");
        let is_clean = self.run(&clean).is_ok();
        let left = self.database.execute(LEFT).ok().and_then(|rows| rows.first()?.first()?.first()?.clone());
        self.uses += 1;
        if !is_clean || left.as_deref() != Some("0") || self.uses > USES {
            *self = Self::new();
        }
    }

    /// Replaces `public` with an empty schema, whatever its state is.
    pub fn fresh_public(&mut self) {
        let _ = self.database.execute("ROLLBACK");
        let made = self.run(&format!(
            "SET client_min_messages = warning; DROP SCHEMA IF EXISTS public CASCADE; {NEW_PUBLIC}; RESET ALL"
        ));
        made.unwrap();
    }

    /// Renames `public` to put it aside, and creates an empty one.
    pub fn park(&mut self, name: &str) -> Result<(), String> {
        self.run(&format!("ALTER SCHEMA public RENAME TO {name}; {NEW_PUBLIC}"))
    }

    /// Restores the schema that [`Self::park`] put aside.
    pub fn take_back(&mut self, name: &str) -> Result<(), String> {
        self.run(&format!("DROP SCHEMA public; ALTER SCHEMA {name} RENAME TO public"))
    }

    /// Reads the schema: of the whole database, or, if other cases are `parked` in it, of `public` only.
    pub fn read(&mut self, case: &Case, parked: bool) -> Result<Schema, String> {
        let namespaces = parked.then(|| vec!["public".to_owned()]);
        let request = CatalogRequest { owners: case.says("owners"), namespaces, ..CatalogRequest::default() };
        self.database.catalog(&request).map_err(|error| format!("reading: {error:?}"))
    }

    pub fn dump(&self, owners: bool) -> String {
        let arguments: &[&str] = if owners { &[] } else { &["--no-owner", "--no-privileges"] };
        support::postgres().dump(&self.url, arguments)
    }

    /// Runs the parts of a script like revisions, and checks that the catalog's version changes.
    pub fn apply(&mut self, parts: &[(bool, Vec<String>)]) -> Result<(), String> {
        let before = self.settled_version()?;
        self.run_parts(parts)?;
        if !parts.is_empty() && self.version()? == before {
            return Err("the catalog's version is the same after the change".to_owned());
        }
        Ok(())
    }

    /// Returns the catalog's version when it is the same twice. It covers the settings of roles and databases, which are
    /// the server's and which other tests change at the same time.
    fn settled_version(&mut self) -> Result<Option<String>, String> {
        let mut last = self.version()?;
        for _ in 0..50 {
            let now = self.version()?;
            if now == last {
                return Ok(now);
            }
            last = now;
        }
        Err("the catalog's version changes by itself".to_owned())
    }

    fn version(&mut self) -> Result<Option<String>, String> {
        self.database.catalog_version(&CatalogRequest::default()).map_err(|error| format!("{error:?}"))
    }

    pub fn run_parts(&mut self, parts: &[(bool, Vec<String>)]) -> Result<(), String> {
        for (is_transaction, statements) in parts {
            if *is_transaction {
                self.run(&format!("BEGIN;\n{};\nCOMMIT", statements.join(";\n"))).inspect_err(|_| {
                    let _ = self.database.execute("ROLLBACK");
                })?;
            } else {
                statements.iter().try_for_each(|statement| self.run(statement))?;
            }
        }
        self.run("RESET ALL")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = support::postgres().try_shell("", &format!("DROP DATABASE IF EXISTS {} WITH (FORCE);", self.name));
    }
}
