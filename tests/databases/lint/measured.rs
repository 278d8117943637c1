//! Locks and rewrites of every case, measured and predicted.

use std::fmt::Write as _;

use aludel::config::DatabaseUrl;
use aludel::database::{Database, StatementObservation};
use aludel::ddl::{self, DdlServer, Outline, Prediction};
use aludel::drivers;
use aludel::shadow::{TraceDifference, differences};
use aludel::sql::{self, Dialect};

use super::corpus::{Case, base_outline, cases, outline_after, server, text};
use crate::backend::{Backend, table};
use crate::support;
use crate::support::cases::share;

/// Numbers of a run, and what differed.
#[derive(Default)]
struct Comparison {
    statements: usize,
    refused: usize,
    /// Statements whose locks were compared.
    locks: usize,
    wrong: String,
}

impl Comparison {
    fn add(&mut self, place: &str, statement: &str, observed: &StatementObservation, found: &[TraceDifference]) {
        self.statements += 1;
        self.refused += usize::from(observed.error.is_some());
        self.locks += usize::from(observed.locks.is_some());
        for difference in found {
            writeln!(self.wrong, "{place}: {difference}: {statement}").unwrap();
        }
    }

    fn check(&self, server: &str) {
        let Self { statements, refused, locks, wrong } = self;
        println!("{server}: {statements} statements, {refused} refused, locks of {locks} measured");
        if let Ok(path) = std::env::var("ALUDEL_LINT_DIFFERENCES") {
            std::fs::write(path, wrong).unwrap();
        }
        assert!(wrong.is_empty(), "\n{wrong}{} differ", wrong.lines().count());
    }
}

/// One of ten cases, unless `ALUDEL_LINT=all`: each needs a new database of MariaDB, or a new file of SQLite.
fn some_cases(dialect: Dialect) -> Vec<Case> {
    let all = std::env::var("ALUDEL_LINT").is_ok_and(|value| value == "all");
    let number = if all { 1 } else { 10 };
    cases(dialect).into_iter().step_by(number).collect()
}

/// Runs the statements of a case one by one.
fn run(
    case: &Case,
    (database, mut beside): (&mut dyn Database, Option<&mut dyn Database>),
    outline: &Outline,
    server: &DdlServer,
    comparison: &mut Comparison,
) {
    let mut outline = outline_after(outline.clone(), &case.before);
    let driver = database.driver();
    for statement in &case.statements {
        let parsed = ddl::parse(statement, server.dialect);
        let predicted = Prediction::new(statement, &parsed, &outline, server);
        let observed = match &mut beside {
            Some(beside) => driver.observe_beside(database, statement, &mut **beside),
            None => driver.observe(database, statement, case.in_transaction),
        };
        let observed = observed.unwrap();
        let found = differences(&predicted, &observed, &outline);
        comparison.add(&case.place, statement, &observed, &found);
        if observed.error.is_some() {
            return;
        }
        outline.apply(&parsed);
    }
}

fn needs_own_database(case: &Case, dialect: Dialect) -> bool {
    let refuses = |statement: &String| {
        sql::refuses_transaction(statement, dialect).is_some()
            || matches!(ddl::parse(statement, dialect), ddl::DdlStatement::TransactionControl(_))
    };
    !case.in_transaction || case.before.iter().chain(&case.statements).any(refuses)
}

/// Copy of a database of PostgreSQL, dropped with its value.
struct Copied(String);

impl Copied {
    fn of(template: &Backend, number: usize) -> Self {
        let name = format!("aludel_lint_{}_{number}", std::process::id());
        let template = template.url.rsplit('/').next().unwrap();
        support::postgres().shell("", &format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Self(name)
    }

    fn open(&self) -> Box<dyn Database> {
        let url = DatabaseUrl::parse(&support::postgres().address.url(&self.0), None).unwrap();
        drivers::open(&url, &table("aludel_version"), "lint", &|_| None).unwrap()
    }
}

impl Drop for Copied {
    fn drop(&mut self) {
        let _ = support::postgres().try_shell("", &format!("DROP DATABASE {}", self.0));
    }
}

#[test]
fn postgres_takes_the_locks_that_are_predicted() {
    let dialect = Dialect::POSTGRES;
    let (base, template) = (Backend::postgres(), Backend::postgres());
    let schema = text("schema/postgresql.sql") + &text("schema/postgresql_rows.sql");
    template.shell(&schema);
    let mut database = base.open();
    database.execute(&schema).unwrap();
    let (server, mut outline) = (server(&*database), base_outline(dialect));
    for (name, value) in database.driver().deciding_settings(&mut *database).unwrap() {
        outline.set(&name, &value);
    }
    let mut comparison = Comparison::default();
    for (number, case) in cases(dialect).iter().step_by(share()).enumerate() {
        let ready =
            |database: &mut dyn Database| case.before.iter().all(|statement| database.execute(statement).is_ok());
        if needs_own_database(case, dialect) {
            // Locks are gone behind a statement without a transaction: only rewrites are compared.
            let copy = Copied::of(&template, number);
            let mut own = copy.open();
            let case = Case { in_transaction: false, ..case.clone() };
            if ready(&mut *own) {
                run(&case, (&mut *own, None), &outline, &server, &mut comparison);
            }
            continue;
        }
        database.execute("BEGIN").unwrap();
        if ready(&mut *database) {
            run(case, (&mut *database, None), &outline, &server, &mut comparison);
        }
        database.execute("ROLLBACK").ok();
        database.execute("DISCARD ALL").unwrap();
    }
    comparison.check("PostgreSQL");
}

#[test]
fn mariadb_accepts_the_locks_that_are_predicted() {
    let dialect = Dialect::MYSQL;
    let outline = base_outline(dialect);
    let schema = text("schema/mysql.sql") + &text("schema/mysql_rows.sql");
    let mut comparison = Comparison::default();
    for case in some_cases(dialect) {
        let backend = Backend::mariadb();
        backend.shell(&schema);
        let (mut database, mut beside) = (backend.open(), backend.open());
        let server = server(&*database);
        if case.before.iter().all(|statement| database.execute(statement).is_ok()) {
            run(&case, (&mut *database, Some(&mut *beside)), &outline, &server, &mut comparison);
        }
    }
    comparison.check("MySQL or MariaDB");
}

#[test]
fn sqlite_rewrites_the_tables_that_are_predicted() {
    let dialect = Dialect::SQLITE;
    let outline = base_outline(dialect);
    let schema = text("schema/sqlite.sql") + &text("schema/sqlite_rows.sql");
    let mut comparison = Comparison::default();
    for case in some_cases(dialect) {
        let backend = Backend::sqlite();
        let mut database = backend.open();
        database.execute(&schema).unwrap();
        let server = server(&*database);
        if case.before.iter().all(|statement| database.execute(statement).is_ok()) {
            run(&case, (&mut *database, None), &outline, &server, &mut comparison);
        }
    }
    comparison.check("SQLite");
}
