//! Observations of one statement: the tables whose rows ALTER TABLE wrote again.
//!
//! A write locks the whole file, so locks of tables do not exist. When the rows of a table are rewritten, their total size
//! changes (SQLite manual, "The DBSTAT Virtual Table").

use std::collections::BTreeMap;

use super::SqliteDriver;
use crate::database::session::pairs;
use crate::database::{Database, DatabaseError, StatementObservation, StatementObserver};
use crate::ddl::{self, Action, DdlStatement};
use crate::sql::{Dialect, TableName};

/// Tables with rows, each with the bytes of its rows.
const SIZES: &str = "SELECT s.name, sum(d.payload) FROM dbstat d JOIN sqlite_schema s ON s.name = d.name \
                     WHERE s.type = 'table' AND d.ncell > 0 GROUP BY s.name";

impl StatementObserver for SqliteDriver {
    fn observe(
        &self,
        database: &mut dyn Database,
        statement: &str,
        _in_transaction: bool,
    ) -> Result<StatementObservation, DatabaseError> {
        let DdlStatement::AlterTable(altered) = ddl::parse(statement, Dialect::SQLITE) else {
            return StatementObservation::run(database, statement);
        };
        let before = sizes(database)?;
        let mut observed = StatementObservation::run(database, statement)?;
        // Of a table without rows nothing can be measured.
        if observed.error.is_none() && before.contains_key(&altered.table.name.to_lowercase()) {
            let after = sizes(database)?;
            let is_changed = |(name, size): &(&String, &String)| after.get(*name).is_some_and(|new| new != *size);
            let changed = before.iter().filter(is_changed);
            let rewritten: Vec<_> = changed.map(|(name, _)| TableName { schema: None, name: name.clone() }).collect();
            // Rows that are older than the column do not have it: they keep their size without it.
            let has_unknown_size = altered.actions.iter().any(|action| matches!(action.of, Action::DropColumn { .. }));
            observed.rewritten = Some(rewritten).filter(|tables| !tables.is_empty() || !has_unknown_size);
        }
        Ok(observed)
    }
}

/// Bytes of the rows by table, in lower case.
fn sizes(database: &mut dyn Database) -> Result<BTreeMap<String, String>, DatabaseError> {
    let sizes = pairs(database.execute(SIZES)?).into_iter();
    Ok(sizes.map(|(name, size)| (name.to_lowercase(), size)).collect())
}
