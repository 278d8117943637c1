//! Every case of a change on PostgreSQL, proved by `pg_dump`: there, back, and made anew.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cases_postgres {
    pub mod dump;
    pub mod rows;
}
mod support;

use aludel::config::DatabaseUrl;
use aludel::database::{CatalogRequest, Database, VersionTable};
use aludel::schema::{Schema, ddl, difference, script};
use cases_postgres::{dump, rows};
use support::cases::{Case, cases, prove, same, told};

/// The roles that cases may use; they are the server's, so that they cannot be made by each case. Cases run as `case_owner`:
/// what a superuser owns who is not the first one can be dropped in one statement.
const ROLES: &str = "
    CREATE ROLE case_owner LOGIN SUPERUSER;
    CREATE ROLE case_reader;
    CREATE ROLE case_writer;
    CREATE ROLE \"Case Admin\";";

#[test]
fn every_case_leads_to_its_new_schema_and_back_and_loses_no_row() {
    let server = support::postgres();
    let _ = server.try_shell("", ROLES);
    let workers: Vec<Worker> = (0..3).map(|_| Worker::new()).collect();
    prove(&cases("postgres"), workers, Worker::prove);
}

/// One of the databases that a worker uses again and again.
struct Place {
    url: String,
    database: Box<dyn Database>,
}

impl Place {
    fn new() -> Self {
        let url = support::postgres().new_database().replacen("postgres@", "case_owner@", 1);
        let address = DatabaseUrl::parse(&url, None).unwrap();
        let table = VersionTable { schema: None, name: "aludel_version".to_owned() };
        let database = aludel::database::open(&address, &table, "cases", &|_| None).unwrap();
        Self { url, database }
    }

    fn run(&mut self, sql: &str) -> Result<(), String> {
        self.database.execute(sql).map(|_| ()).map_err(|error| format!("{error:?}\nin: {sql}"))
    }

    /// Drops all that a case may have made.
    fn empty(&mut self) {
        let clean = "DROP OWNED BY case_owner, case_reader, case_writer, \"Case Admin\" CASCADE;
            SELECT lo_unlink(oid) FROM pg_largeobject_metadata;
            ALTER SCHEMA public OWNER TO pg_database_owner;
            REVOKE ALL ON SCHEMA public FROM PUBLIC; GRANT USAGE ON SCHEMA public TO PUBLIC;
            COMMENT ON SCHEMA public IS 'standard public schema'";
        self.run(&format!("SET client_min_messages = warning; {clean}")).unwrap();
        let left = self.read(&Case::default());
        assert_eq!(left.objects().map(|object| format!("{:?}", object.key)).collect::<Vec<_>>(), Vec::<String>::new());
        assert!(left.unmodelled.is_empty(), "{:?}", left.unmodelled);
    }

    fn fill(&mut self, sql: &str) -> Result<(), String> {
        self.run(sql)
    }

    fn read(&mut self, case: &Case) -> Schema {
        let request = CatalogRequest { owners: case.says("owners"), ..CatalogRequest::default() };
        self.database.catalog(&request).unwrap()
    }

    fn dump(&self, case: &Case) -> String {
        let arguments: &[&str] = if case.says("owners") { &[] } else { &["--no-owner", "--no-privileges"] };
        support::postgres().dump(&self.url, arguments)
    }

    /// Runs a script's parts as revisions would.
    fn apply(&mut self, parts: &[(bool, Vec<String>)]) -> Result<(), String> {
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

/// Three databases: one that is changed, one that is as it shall be, one that is made from a schema's text.
struct Worker {
    changed: Place,
    wanted: Place,
    made: Place,
}

impl Worker {
    fn new() -> Self {
        Self { changed: Place::new(), wanted: Place::new(), made: Place::new() }
    }

    fn prove(&mut self, case: &Case) -> Result<(), String> {
        [&mut self.changed, &mut self.wanted, &mut self.made].into_iter().for_each(Place::empty);
        self.changed.fill(&case.old)?;
        self.wanted.fill(&case.new)?;
        let (from, to) = (self.changed.read(case), self.wanted.read(case));
        let (old, new) = (self.changed.dump(case), self.wanted.dump(case));
        self.made_anew(case, &to, &new)?;
        if std::env::var("ALUDEL_MADE").is_ok() {
            return Ok(());
        }
        self.there_and_back(case, (&from, &to), (&old, &new))
    }

    /// `ddl` makes the new schema in an empty database.
    fn made_anew(&mut self, case: &Case, to: &Schema, new: &str) -> Result<(), String> {
        let script = ddl(to);
        let whole = |failure: String| format!("made anew: {failure}\n--- the script:\n{}", told(&script));
        self.made.apply(&case.filled(&script)).map_err(whole)?;
        same("made anew", &dump::in_order(&self.made.dump(case)), &dump::in_order(new)).map_err(whole)?;
        let read = self.made.read(case);
        let left = difference(&read, to);
        if left.is_empty() { Ok(()) } else { Err(whole(format!("read again: {:#?}", left.changes))) }
    }

    fn there_and_back(
        &mut self,
        case: &Case,
        (from, to): (&Schema, &Schema),
        (old, new): (&str, &str),
    ) -> Result<(), String> {
        if let Some(rows) = &case.rows {
            self.changed.fill(rows)?;
        }
        let filled = rows::all(&mut *self.changed.database, from);
        self.change(case, "there", (from, to), new, true)?;
        let found = self.changed.read(case);
        rows::kept(case, &filled, &rows::all(&mut *self.changed.database, &found))?;
        let back = Schema::clone(&found);
        let _ = to;
        self.change(case, "back", (&back, from), old, false)
    }

    /// Changes, and proves that it came out as the dump says, and that nothing is left to do.
    fn change(
        &mut self,
        case: &Case,
        way: &str,
        (from, to): (&Schema, &Schema),
        wanted: &str,
        is_there: bool,
    ) -> Result<(), String> {
        let mut options = case.options(if is_there { from } else { to }, is_there);
        if !is_there {
            options.renames = options.renames.iter().map(aludel::schema::Rename::reversed).collect();
        }
        let script = script(from, to, &options);
        let whole = |failure: String| format!("{way}: {failure}\n--- the script:\n{}", told(&script));
        self.changed.apply(&case.filled(&script)).map_err(whole)?;
        let found = self.changed.dump(case);
        same(way, &dump::without_order(&found), &dump::without_order(wanted)).map_err(whole)?;
        if !is_there && case.says("not again") {
            return Ok(());
        }
        let left = self.changed.read(case);
        let left = difference(&left, to);
        if left.is_empty() { Ok(()) } else { Err(whole(format!("a second difference: {:#?}", left.changes))) }
    }
}
