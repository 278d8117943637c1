//! Row counts of all tables, in the dumped database and in the restored copy. Used to verify a backup.

use std::collections::BTreeMap;

use super::BackupContext;
use super::error::BackupError;
use crate::database::Database;
use crate::database::dump::DumpMethod;
use crate::drivers;
use crate::sql::{Dialect, qualified, quote_identifier};

/// Number of rows by table.
pub(super) type Counts = BTreeMap<String, u64>;

/// Number of rows that a table of the restored copy may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RowRange {
    low: u64,
    pub(super) high: u64,
    /// True if the table was created or dropped during the dump, so that the dump may lack it.
    may_be_missing: bool,
}

impl RowRange {
    const fn exactly(rows: u64) -> Self {
        Self { low: rows, high: rows, may_be_missing: false }
    }

    /// Returns whether the restored copy is right with `rows` rows; `None` if it lacks the table.
    pub(super) fn allows(self, rows: Option<u64>) -> bool {
        rows.map_or(self.may_be_missing, |rows| (self.low..=self.high).contains(&rows))
    }
}

/// Returns what a dump may hold that read the tables at some time between the two counts.
fn ranges(before: Counts, after: &Counts) -> BTreeMap<String, RowRange> {
    let passing = |rows: u64| RowRange { low: 0, high: rows, may_be_missing: true };
    let mut ranges: BTreeMap<_, _> = after
        .iter()
        .filter(|(table, _)| !before.contains_key(*table))
        .map(|(table, rows)| (table.clone(), passing(*rows)))
        .collect();
    for (table, first) in before {
        let range = match after.get(&table) {
            Some(second) => RowRange { low: first.min(*second), high: first.max(*second), may_be_missing: false },
            None => passing(first),
        };
        ranges.insert(table, range);
    }
    ranges
}

/// Number of tables counted by one statement.
const TABLES_PER_QUERY: usize = 100;

/// Counts the rows of all tables.
pub(super) fn count(database: &mut dyn Database) -> Result<Counts, BackupError> {
    let dialect = database.server().dialect;
    let Some(query) = database.driver().dumped_tables() else { return Ok(Counts::new()) };
    let lists = database.execute(query)?;
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
    /// Connection whose transaction keeps the exported snapshot alive.
    keeper: Option<Box<dyn Database>>,
    /// Name of the exported snapshot, which the dump shares.
    pub(super) snapshot: Option<String>,
    before: Counts,
}

impl ExpectedRows {
    /// Starts the measurement; called before the dump. Exports a snapshot, which both the dump and the count use, if the
    /// dump programs can share one; otherwise the rows are counted now.
    pub(super) fn begin(database: &mut dyn Database, order: &BackupContext<'_>) -> Result<Self, BackupError> {
        let begin = match database.driver().dump_method() {
            DumpMethod::Programs(programs) => programs.export_snapshot(),
            DumpMethod::Copy(_) => None,
        };
        let Some(begin) = begin else {
            return Ok(Self { keeper: None, snapshot: None, before: count(database)? });
        };
        let mut keeper = drivers::open(order.url()?, order.table, &order.service.name, order.environment)?;
        let rows = keeper.execute(begin)?;
        let snapshot = rows.last().and_then(|rows| rows.first()?.first()?.clone());
        Ok(Self { keeper: Some(keeper), snapshot, before: Counts::new() })
    }

    /// Ends the measurement; called after the dump. Without a shared snapshot the dump read the table at some time
    /// between the two counts.
    pub(super) fn end(self, database: &mut dyn Database) -> Result<BTreeMap<String, RowRange>, BackupError> {
        if let Some(mut keeper) = self.keeper {
            let counts = count(&mut *keeper)?;
            return Ok(counts.into_iter().map(|(table, rows)| (table, RowRange::exactly(rows))).collect());
        }
        Ok(ranges(self.before, &count(database)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(tables: &[(&str, u64)]) -> Counts {
        tables.iter().map(|(table, rows)| ((*table).to_owned(), *rows)).collect()
    }

    #[test]
    fn a_copy_may_have_what_the_table_had_at_any_time_between_the_counts() {
        let before = counts(&[("kept", 5), ("emptied", 5), ("dropped", 2)]);
        let ranges = ranges(before, &counts(&[("kept", 7), ("emptied", 0), ("created", 3)]));
        let allows = |table: &str, rows| ranges.get(table).is_some_and(|range| range.allows(rows));
        assert!(allows("kept", Some(6)) && !allows("kept", Some(4)) && !allows("kept", Some(0)));
        assert!(!allows("kept", None) && !allows("emptied", None));
        assert!(allows("emptied", Some(0)) && !allows("emptied", Some(6)));
        assert!(allows("created", None) && allows("created", Some(3)) && !allows("created", Some(4)));
        assert!(allows("dropped", None) && allows("dropped", Some(2)));
        let exact = RowRange::exactly(4);
        assert!(exact.allows(Some(4)) && !exact.allows(Some(0)) && !exact.allows(None));
    }
}
