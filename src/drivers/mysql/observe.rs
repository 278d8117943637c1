//! Observations of one statement: the weakest LOCK clause that the server accepts, its metadata locks where the server shows
//! them, and the tables with a new id.
//!
//! A change of a table commits, and its metadata locks are gone when it ends. What others may do meanwhile is measured
//! with the clause `LOCK`, which the server refuses, before any work, if it needs more; and by a second session, which
//! looks at the locks while the statement runs.

use std::collections::{BTreeMap, BTreeSet};

use super::MysqlDriver;
use super::metadata_locks;
use crate::database::session::pairs;
use crate::database::{
    Database, DatabaseError, MeasuredLock, StatementObservation, StatementObserver, version_numbers,
};
use crate::ddl::{self, DdlStatement};
use crate::dialects::mysql::flavour::MysqlFlavour;
use crate::sql::{Blocks, Dialect, TableName};

const NONE: &str = "LOCK=NONE";
const SHARED: &str = "LOCK=SHARED";

/// Clauses from the weakest to the strongest, each with its lock.
const CLAUSES: [(&str, &str, Blocks); 4] = [
    ("ALGORITHM=INPLACE, LOCK=NONE", NONE, Blocks::Shape),
    ("ALGORITHM=INPLACE, LOCK=SHARED", SHARED, Blocks::Writes),
    (NONE, NONE, Blocks::Shape),
    (SHARED, SHARED, Blocks::Writes),
];

/// Number of clauses with an algorithm. They are needed where a copy takes any lock: with the lock alone, the server would
/// copy what it does in place without.
const WITH_ALGORITHM: usize = 2;

/// Measurement that is left when the server refuses both.
const EXCLUSIVE: (&str, Blocks) = ("LOCK=EXCLUSIVE", Blocks::Everything);

/// Errors of a LOCK clause that the operation does not support (`ER_ALTER_OPERATION_NOT_SUPPORTED`, and with a reason).
const REFUSED: [i64; 2] = [1845, 1846];

/// `ER_PARSE_ERROR`: some forms of ALTER TABLE take no further clause.
const NO_CLAUSE: i64 = 1064;

impl StatementObserver for MysqlDriver {
    fn observe(
        &self,
        database: &mut dyn Database,
        statement: &str,
        _in_transaction: bool,
    ) -> Result<StatementObservation, DatabaseError> {
        let query = MysqlFlavour::from_handle(database.server().flavour).table_ids_query();
        let before = table_ids(database, query)?;
        let mut observed = run(database, statement)?;
        if observed.error.is_none() {
            observed.rewritten = Some(rewritten(&before, &table_ids(database, query)?));
        }
        Ok(observed)
    }

    fn can_observe_beside(&self) -> bool {
        true
    }

    fn observe_beside(
        &self,
        database: &mut dyn Database,
        statement: &str,
        beside: &mut dyn Database,
    ) -> Result<StatementObservation, DatabaseError> {
        if !metadata_locks::are_shown(beside)? {
            return self.observe(database, statement, false);
        }
        let query = MysqlFlavour::from_handle(database.server().flavour).table_ids_query();
        let before = table_ids(database, query)?;
        let session = metadata_locks::session_id(database)?;
        let (observed, seen) = metadata_locks::watch(beside, &session, || run(database, statement))?;
        let mut observed = observed?;
        if observed.error.is_none() {
            observed.rewritten = Some(rewritten(&before, &table_ids(database, query)?));
            observed.is_sampled = observed.locks.is_none();
            let locks = observed.locks.get_or_insert_default();
            for lock in seen {
                match locks.iter_mut().find(|known| known.table == lock.table) {
                    Some(known) => known.has_waited = lock.has_waited,
                    None => locks.push(lock),
                }
            }
        }
        Ok(observed)
    }
}

/// Runs the statement, with the weakest clause that the server accepts where it takes one. Where an instant change takes
/// none, a slower algorithm would be measured.
fn run(database: &mut dyn Database, statement: &str) -> Result<StatementObservation, DatabaseError> {
    let flavour = MysqlFlavour::from_handle(database.server().flavour);
    match changed_table(statement).filter(|_| flavour.has_all_clauses()) {
        Some((table, separator)) => locked(database, statement, &table, separator),
        None => StatementObservation::run(database, statement),
    }
}

/// Returns the table of a statement that takes a LOCK clause and has none, and what precedes the clause.
fn changed_table(statement: &str) -> Option<(TableName, &'static str)> {
    match ddl::parse(statement, Dialect::MYSQL) {
        DdlStatement::AlterTable(altered) if altered.lock.is_none() => Some((altered.table, ", ")),
        DdlStatement::CreateIndex(index) if index.lock.is_none() => Some((index.table, " ")),
        _ => None,
    }
}

fn has_algorithm(statement: &str) -> bool {
    match ddl::parse(statement, Dialect::MYSQL) {
        DdlStatement::AlterTable(altered) => altered.algorithm.is_some(),
        DdlStatement::CreateIndex(index) => index.algorithm.is_some(),
        _ => false,
    }
}

/// Runs the statement with the weakest clause that the server accepts.
fn locked(
    database: &mut dyn Database,
    statement: &str,
    table: &TableName,
    separator: &str,
) -> Result<StatementObservation, DatabaseError> {
    let lock = |(mode, blocks)| {
        let table = table.clone();
        MeasuredLock { table, index: None, mode, blocks, before: None, has_waited: false }
    };
    let server = database.server();
    let version = version_numbers(&server.version);
    let is_copied =
        MysqlFlavour::from_handle(server.flavour).copies_beside_writers(version) && !has_algorithm(statement);
    for (clause, mode, blocks) in CLAUSES.into_iter().skip(if is_copied { 0 } else { WITH_ALGORITHM }) {
        let clause = if separator == " " { clause.replace(", ", " ") } else { clause.to_owned() };
        let mut observed = StatementObservation::run(database, &format!("{statement}{separator}{clause}"))?;
        match observed.error.as_ref().and_then(|error| error.number) {
            Some(number) if REFUSED.contains(&number) => {}
            Some(NO_CLAUSE) => return StatementObservation::run(database, statement),
            _ => {
                observed.locks = observed.error.is_none().then(|| vec![lock((mode, blocks))]);
                return Ok(observed);
            }
        }
    }
    let mut observed = StatementObservation::run(database, statement)?;
    observed.locks = observed.error.is_none().then(|| vec![lock(EXCLUSIVE)]);
    Ok(observed)
}

/// Returns the ids of the tables of the current database, by name; of a partition, with its name.
fn table_ids(database: &mut dyn Database, query: &str) -> Result<BTreeMap<String, String>, DatabaseError> {
    Ok(pairs(database.execute(query)?).into_iter().collect())
}

/// Returns the table of a name that may have a partition behind it.
fn table_of(name: &str) -> &str {
    name.to_lowercase().find("#p#").map_or(name, |at| &name[..at])
}

/// Tables that are still there, with files of which one is new in the place of another, or all are.
fn rewritten(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<TableName> {
    let ids = |tables: &BTreeMap<String, String>, table: &str| -> BTreeSet<String> {
        tables.iter().filter(|(name, _)| table_of(name) == table).map(|(_, id)| id.clone()).collect()
    };
    let kept: BTreeSet<&String> = after.values().collect();
    let is_rewritten = |table: &&str| {
        let (old, new) = (ids(before, table), ids(after, table));
        // A table that got the name of another one, which is still there, is not rewritten.
        let is_other = old.iter().all(|id| kept.contains(id));
        let in_place =
            before.iter().any(|(name, id)| table_of(name) == *table && after.get(name).is_some_and(|new| new != id));
        !new.is_empty() && !is_other && (in_place || old.is_disjoint(&new))
    };
    let tables: BTreeSet<&str> = before.keys().map(|name| table_of(name)).collect();
    let changed = tables.into_iter().filter(is_rewritten);
    changed.map(|name| TableName { schema: None, name: name.to_owned() }).collect()
}
