//! Observations of one statement: locks of the own session, files of tables, rows that were read.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use super::PostgresDriver;
use crate::database::session::{TextRows, pairs as pairs_of_text};
use crate::database::{
    Database, DatabaseError, MeasuredLock, ScannedTable, StatementObservation, StatementObserver, run_while_looking,
};
use crate::sql::{Blocks, TableName};

/// Modes from the weakest to the strongest: the name in `pg_locks`, the one of the manual, and what it blocks.
const MODES: [(&str, &str, Blocks); 8] = [
    ("AccessShareLock", "ACCESS SHARE", Blocks::Nothing),
    ("RowShareLock", "ROW SHARE", Blocks::Nothing),
    ("RowExclusiveLock", "ROW EXCLUSIVE", Blocks::Nothing),
    ("ShareUpdateExclusiveLock", "SHARE UPDATE EXCLUSIVE", Blocks::Shape),
    ("ShareLock", "SHARE", Blocks::Writes),
    ("ShareRowExclusiveLock", "SHARE ROW EXCLUSIVE", Blocks::Writes),
    ("ExclusiveLock", "EXCLUSIVE", Blocks::Writes),
    ("AccessExclusiveLock", "ACCESS EXCLUSIVE", Blocks::Everything),
];

/// Relations of users with their files, the rows that the transaction has read from them one after the other, and the
/// modes that the session holds.
const RELATIONS: &str = "\
SELECT c.oid, n.nspname, c.relname, c.relkind, pg_catalog.pg_relation_filenode(c.oid), \
pg_catalog.pg_stat_get_xact_tuples_returned(c.oid), tn.nspname, t.relname, \
(SELECT pg_catalog.string_agg(l.mode, ' ') FROM pg_catalog.pg_locks l WHERE l.locktype = 'relation' \
AND l.pid = pg_catalog.pg_backend_pid() AND l.granted AND l.relation = c.oid AND l.database = (SELECT d.oid \
FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())) \
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid LEFT JOIN pg_catalog.pg_class t ON t.oid = i.indrelid \
LEFT JOIN pg_catalog.pg_namespace tn ON tn.oid = t.relnamespace \
WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f', 'S', 'i', 'I') AND n.nspname !~ '^pg_' \
AND n.nspname <> 'information_schema'";

/// Row of [`RELATIONS`].
struct ObservedRelation {
    name: TableName,
    kind: String,
    /// File; `None` for a relation without one.
    file: Option<String>,
    rows_read: u64,
    /// Table of an index.
    table: Option<TableName>,
    /// Strongest mode that is held, as an index into [`MODES`].
    mode: Option<usize>,
}

impl StatementObserver for PostgresDriver {
    /// In UTC a change between times with and without a zone keeps the rows.
    fn deciding_settings(&self, database: &mut dyn Database) -> Result<Vec<(String, String)>, DatabaseError> {
        Ok(pairs_of_text(database.execute("SELECT 'timezone', pg_catalog.current_setting('TimeZone')")?))
    }

    fn observe(
        &self,
        database: &mut dyn Database,
        statement: &str,
        in_transaction: bool,
    ) -> Result<StatementObservation, DatabaseError> {
        let before = relations(database)?;
        let mut observed = StatementObservation::run(database, statement)?;
        if observed.error.is_some() {
            return Ok(observed);
        }
        let after = relations(database)?;
        observed.rewritten = Some(rewritten(&before, &after));
        // Outside a transaction the locks are gone, and the counts are reported to the server at times of its own.
        if in_transaction {
            observed.locks = Some(locks(&before, &after));
            observed.scanned = Some(scanned(&before, &after));
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
        let before = relations(database)?;
        let process = pairs_of_text(database.execute("SELECT pg_catalog.pg_backend_pid(), 1")?);
        let process = process.into_iter().next().map(|(id, _)| id).unwrap_or_default();
        let (observed, seen) = run_while_looking(
            || StatementObservation::run(database, statement),
            |is_done| locks_while(beside, &process, is_done),
        );
        let (mut observed, seen) = (observed?, seen?);
        if observed.error.is_some() {
            return Ok(observed);
        }
        let mut after = relations(database)?;
        observed.rewritten = Some(rewritten(&before, &after));
        if !seen.is_empty() {
            after.iter_mut().for_each(|(oid, relation)| relation.mode = seen.get(oid).copied());
            (observed.locks, observed.is_sampled) = (Some(locks(&before, &after)), true);
        }
        Ok(observed)
    }
}

/// Returns the strongest modes that the process was seen to hold, by relation. Looks until `is_done`.
fn locks_while(
    beside: &mut dyn Database,
    process: &str,
    is_done: &AtomicBool,
) -> Result<BTreeMap<String, usize>, DatabaseError> {
    let query = format!(
        "SELECT relation, mode FROM pg_catalog.pg_locks WHERE locktype = 'relation' AND granted AND pid = {process} \
         AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())"
    );
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    while !is_done.load(Ordering::Acquire) {
        for (relation, mode) in pairs_of_text(beside.execute(&query)?) {
            let Some(mode) = MODES.iter().position(|(name, ..)| *name == mode) else { continue };
            let strongest = seen.entry(relation).or_default();
            *strongest = (*strongest).max(mode);
        }
    }
    Ok(seen)
}

fn relations(database: &mut dyn Database) -> Result<BTreeMap<String, ObservedRelation>, DatabaseError> {
    let rows: TextRows = database.execute(RELATIONS)?.into_iter().flatten().collect();
    Ok(rows.into_iter().filter_map(relation).collect())
}

fn relation(row: Vec<Option<String>>) -> Option<(String, ObservedRelation)> {
    let mut cells = row.into_iter();
    let mut next = || cells.next().flatten();
    let oid = next()?;
    let name = TableName { schema: next(), name: next()? };
    let (kind, file) = (next()?, next());
    let rows_read = next().and_then(|count| count.parse().ok()).unwrap_or_default();
    let (schema, table) = (next(), next());
    let table = table.map(|name| TableName { schema, name });
    let held = next().unwrap_or_default();
    let place = |mode: &str| MODES.iter().position(|(name, ..)| *name == mode);
    let mode = held.split(' ').filter_map(place).max();
    Some((oid, ObservedRelation { name, kind, file, rows_read, table, mode }))
}

type Relations = BTreeMap<String, ObservedRelation>;

/// Pairs of the same relation before and after the statement; after it is `None` if it was dropped.
fn pairs<'r>(
    before: &'r Relations,
    after: &'r Relations,
) -> impl Iterator<Item = (&'r ObservedRelation, Option<&'r ObservedRelation>)> {
    before.iter().map(|(oid, old)| (old, after.get(oid)))
}

fn locks(before: &Relations, after: &Relations) -> Vec<MeasuredLock> {
    let lock = |(old, new): (&ObservedRelation, Option<&ObservedRelation>)| {
        // A relation that is gone was locked against everything: its row is no longer there to say so.
        let strongest = MODES.len() - 1;
        let (_, mode, blocks) = MODES.get(new.map_or(Some(strongest), |new| new.mode)?)?;
        let before = old.mode.and_then(|mode| MODES.get(mode)).map(|(_, mode, _)| *mode);
        let (table, index) = match &old.table {
            Some(table) => (table.clone(), Some(old.name.name.clone())),
            None => (old.name.clone(), None),
        };
        Some(MeasuredLock { table, index, mode, blocks: *blocks, before, has_waited: false })
    };
    pairs(before, after).filter_map(lock).collect()
}

fn rewritten(before: &Relations, after: &Relations) -> Vec<TableName> {
    let is_table = |old: &ObservedRelation| matches!(old.kind.as_str(), "r" | "m");
    pairs(before, after)
        .filter(|(old, new)| is_table(old) && new.is_some_and(|new| new.file != old.file))
        .map(|(old, _)| old.name.clone())
        .collect()
}

fn scanned(before: &Relations, after: &Relations) -> Vec<ScannedTable> {
    let rows = |(old, new): (&ObservedRelation, Option<&ObservedRelation>)| {
        let rows = new?.rows_read.saturating_sub(old.rows_read);
        (rows > 0 && old.table.is_none()).then(|| ScannedTable { table: old.name.clone(), rows })
    };
    pairs(before, after).filter_map(rows).collect()
}
