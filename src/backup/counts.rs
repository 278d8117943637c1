//! Row counts of all tables, in the dumped database and in the restored copy. Used to verify a backup.

use std::collections::BTreeMap;

use super::BackupContext;
use super::error::BackupError;
use crate::database::Database;
use crate::drivers;
use crate::sql::{Dialect, qualified, quote_identifier};

/// Number of rows by table.
pub(super) type Counts = BTreeMap<String, u64>;

/// Number of tables counted by one statement.
const TABLES_PER_QUERY: usize = 100;

/// Counts the rows of all tables.
pub(super) fn count(database: &mut dyn Database) -> Result<Counts, BackupError> {
    let dialect = database.server().dialect;
    let lists = database.execute(tables(dialect))?;
    let tables: Vec<(String, String)> = lists.iter().flatten().filter_map(|row| names(row, dialect)).collect();
    let mut counts = Counts::new();
    for some in tables.chunks(TABLES_PER_QUERY) {
        let parts = some.iter().enumerate();
        let parts: Vec<_> = parts.map(|(index, (_, name))| format!("SELECT {index}, count(*) FROM {name}")).collect();
        for row in database.execute(&parts.join(" UNION ALL "))?.iter().flatten() {
            let number = |column: usize| row.get(column).cloned().flatten().and_then(|text| text.parse::<u64>().ok());
            let table = number(0).and_then(|index| some.get(usize::try_from(index).ok()?));
            if let (Some((shown, _)), Some(rows)) = (table, number(1)) {
                counts.insert(shown.clone(), rows);
            }
        }
    }
    Ok(counts)
}

/// Lists schema and name of each ordinary table that a dump contains. Partitioned tables store no rows themselves, and
/// tables of extensions are not dumped.
const fn tables(dialect: Dialect) -> &'static str {
    match dialect {
        Dialect::Postgres => {
            "SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
             AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend e WHERE e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
             AND e.objid = c.oid AND e.deptype = 'e') ORDER BY 1, 2"
        }
        Dialect::Mysql => {
            "SELECT NULL, table_name FROM information_schema.tables WHERE table_schema = DATABASE() \
             AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED') ORDER BY 2"
        }
        Dialect::Sqlite => {
            "SELECT NULL, name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"
        }
    }
}

/// Returns the name of the table for messages and its quoted form for SQL.
fn names(row: &[Option<String>], dialect: Dialect) -> Option<(String, String)> {
    let [schema, Some(name)] = row else { return None };
    Some(match schema.as_deref() {
        Some(schema) => (format!("{schema}.{name}"), qualified(Some(schema), name, dialect)),
        None => (name.clone(), quote_identifier(name, dialect)),
    })
}

/// Expected row counts of a dump, taken before and after it.
pub(super) struct ExpectedRows {
    /// PostgreSQL only: connection whose transaction keeps the exported snapshot alive.
    keeper: Option<Box<dyn Database>>,
    /// Name of the exported snapshot, passed to `pg_dump --snapshot`.
    pub(super) snapshot: Option<String>,
    before: Counts,
}

impl ExpectedRows {
    /// Starts the measurement; called before the dump. On PostgreSQL this exports a snapshot, which both the dump and
    /// the count use; elsewhere the rows are counted now.
    pub(super) fn begin(database: &mut dyn Database, order: &BackupContext<'_>) -> Result<Self, BackupError> {
        if database.server().dialect != Dialect::Postgres {
            return Ok(Self { keeper: None, snapshot: None, before: count(database)? });
        }
        let mut keeper = drivers::open(order.url()?, order.table, &order.service.name, order.environment)?;
        let begin =
            "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SELECT pg_catalog.pg_export_snapshot()";
        let rows = keeper.execute(begin)?;
        let snapshot = rows.last().and_then(|rows| rows.first()?.first()?.clone());
        Ok(Self { keeper: Some(keeper), snapshot, before: Counts::new() })
    }

    /// Ends the measurement; called after the dump. Returns the minimum and the maximum number of rows of each table.
    /// Without a shared snapshot the dump read the table at some time between the two counts.
    pub(super) fn end(self, database: &mut dyn Database) -> Result<BTreeMap<String, (u64, u64)>, BackupError> {
        if let Some(mut keeper) = self.keeper {
            let counts = count(&mut *keeper)?;
            return Ok(counts.into_iter().map(|(table, rows)| (table, (rows, rows))).collect());
        }
        let mut between: BTreeMap<_, _> = self.before.into_iter().map(|(table, rows)| (table, (rows, rows))).collect();
        for (table, rows) in count(database)? {
            between
                .entry(table)
                .and_modify(|(low, high)| (*low, *high) = (rows.min(*low), rows.max(*high)))
                // Created after the first count.
                .or_insert((0, rows));
        }
        Ok(between)
    }
}
