//! Each rule that says what a server does, seen once on a real server doing it.

use std::collections::BTreeSet;

use aludel::database::{Database, DatabaseError};
use aludel::lint::rules;
use aludel::sql::Dialect;

use super::corpus::{statements, text};
use super::effects::{Effect, MARIADB, MYSQL, POSTGRES, SQLITE, Sight};
use crate::backend::Backend;

/// Rules that promise nothing of a server: about names, style, the cost of writes, aludel itself; and one about servers
/// that no test starts (MySQL before 9).
const WITHOUT_PROMISE: [&str; 13] = [
    "allow-unknown-rule",
    "allow-unused",
    "allow-without-reason",
    "history-edited",
    "history-heads",
    "history-out-of-order",
    "inline-references-ignored",
    "naming-convention",
    "not-resumable",
    "not-understood",
    "redundant-index",
    "transaction-control",
    "wide-index",
];

#[test]
fn every_rule_was_seen_or_promises_nothing() {
    let seen: BTreeSet<&str> = [POSTGRES, MARIADB, MYSQL, SQLITE].concat().iter().map(|(rule, ..)| *rule).collect();
    let codes: BTreeSet<&str> = rules().iter().map(|rule| rule.code).collect();
    let listed: BTreeSet<&str> = seen.iter().copied().chain(WITHOUT_PROMISE).collect();
    assert_eq!(codes.difference(&listed).collect::<Vec<_>>(), Vec::<&&str>::new(), "not seen");
    assert_eq!(listed.difference(&codes).collect::<Vec<_>>(), Vec::<&&str>::new(), "no such rule");
    assert!(WITHOUT_PROMISE.iter().all(|rule| !seen.contains(rule)));
}

/// Code of the error: SQLSTATE, number, or the message where there is neither.
fn refusal(error: &aludel::database::ServerError, dialect: Dialect) -> String {
    match dialect.name() {
        "postgresql" => error.sqlstate.clone().unwrap_or_default(),
        "mysql" => error.number.unwrap_or_default().to_string(),
        _ => error.message.clone(),
    }
}

/// Result of a statement: its first cell, or the code of its error.
fn answer(database: &mut dyn Database, sql: &str) -> String {
    let dialect = database.server().dialect;
    match database.execute(sql) {
        Ok(answers) => answers.into_iter().flatten().flatten().flatten().next().unwrap_or_default(),
        Err(DatabaseError::Server(error)) => refusal(&error, dialect),
        Err(error) => panic!("{sql}: {error}"),
    }
}

/// Runs the statement and returns what was not seen.
fn see(sight: &Sight, database: &mut dyn Database, other: &mut dyn Database, in_transaction: bool) -> Option<String> {
    let (rule, before, statement, effect) = *sight;
    let dialect = database.server().dialect;
    for statement in statements(before, dialect) {
        let done = database.execute(&statement);
        // A concurrent build fails, and that is the point.
        assert!(done.is_ok() || !in_transaction, "{rule}: {statement}: {done:?}");
    }
    let driver = database.driver();
    let observed = match driver.can_observe_beside() && !in_transaction {
        true => driver.observe_beside(database, statement, other),
        false => driver.observe(database, statement, in_transaction),
    };
    let observed = observed.unwrap();
    let error = observed.error.as_ref().map(|error| refusal(error, dialect));
    let names = |tables: Vec<String>, table: &str| tables.iter().any(|own| own.rsplit('.').next() == Some(table));
    let (is_seen, found) = match effect {
        Effect::Refused(code) => (error.as_ref().is_some_and(|error| error.contains(code)), format!("{error:?}")),
        _ if error.is_some() => (false, format!("{:?}", observed.error)),
        Effect::Waits(sql) => {
            let found = answer(other, sql);
            (found == "55P03", found)
        }
        Effect::Rewrites(table) => {
            let tables = observed.rewritten.unwrap_or_default().iter().map(ToString::to_string).collect();
            (names(tables, table), "no rewrite".to_owned())
        }
        Effect::Scans(table) => {
            let scanned = observed.scanned.unwrap_or_default();
            let tables = scanned.iter().map(|scanned| scanned.table.to_string()).collect();
            (names(tables, table), format!("{scanned:?}"))
        }
        Effect::NeedsLock(mode) => {
            let locks = observed.locks.unwrap_or_default();
            (locks.iter().any(|lock| lock.mode == mode), format!("{locks:?}"))
        }
        Effect::Then(sql, expected) => {
            let found = answer(database, sql);
            (found == expected, found)
        }
        Effect::OthersFind(sql, expected) => {
            let found = answer(other, sql);
            (found == expected, found)
        }
    };
    (!is_seen).then(|| format!("{rule}: {statement}: {effect:?}, but {found}"))
}

fn complain(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn with_rows(backend: Backend, name: &str) -> Backend {
    let mut database = backend.open();
    database.execute(&(text(&format!("schema/{name}.sql")) + &text(&format!("schema/{name}_rows.sql")))).unwrap();
    backend
}

#[test]
fn rules_are_right_about_postgres() {
    let backend = with_rows(Backend::postgres(), "postgresql");
    let (mut database, mut other) = (backend.open(), backend.open());
    other.execute("SET lock_timeout = '200ms'").unwrap();
    let mut wrong = Vec::new();
    for sight in POSTGRES {
        if sight.0 == "concurrent-index-if-not-exists" {
            // Not in a transaction, and it leaves an index behind.
            let own = with_rows(Backend::postgres(), "postgresql");
            wrong.extend(see(sight, &mut *own.open(), &mut *own.open(), false));
            continue;
        }
        database.execute("BEGIN").unwrap();
        wrong.extend(see(sight, &mut *database, &mut *other, true));
        database.execute("ROLLBACK").unwrap();
        database.execute("DISCARD ALL").unwrap();
    }
    complain(&wrong);
}

#[test]
fn rules_are_right_about_mariadb() {
    let mut wrong = Vec::new();
    let is_mysql = Backend::mariadb().open().server().flavour.name() == "mysql";
    let (own, other) = if is_mysql { (MYSQL, MARIADB) } else { (&[][..], MARIADB) };
    let shared = other.iter().filter(|(rule, ..)| own.iter().all(|(replaced, ..)| replaced != rule));
    for sight in own.iter().chain(shared) {
        let backend = with_rows(Backend::mariadb(), "mysql");
        wrong.extend(see(sight, &mut *backend.open(), &mut *backend.open(), false));
    }
    complain(&wrong);
}

#[test]
fn rules_are_right_about_sqlite() {
    let mut wrong = Vec::new();
    for sight in SQLITE {
        let backend = with_rows(Backend::sqlite(), "sqlite");
        wrong.extend(see(sight, &mut *backend.open(), &mut *backend.open(), false));
    }
    complain(&wrong);
}
