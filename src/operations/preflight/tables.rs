//! Tables that a plan touches, with facts about them from the catalog.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::database::{Database, DatabaseError, TableFacts};
use crate::engine::PreparedStep;
use crate::sql::{Dialect, Impact, RequiredPrivilege, StatementKind, TableLock, TableName, impact};

/// Impact of the statements of a plan, in order.
#[derive(Debug)]
pub(crate) struct Touched {
    pub(crate) impacts: Vec<Impact>,
    /// Tables, indexes and views that the plan names and does not create itself.
    pub(crate) names: BTreeSet<TableName>,
}

impl Touched {
    pub(crate) fn new(prepared: &[Arc<PreparedStep>], dialect: Dialect) -> Self {
        let mut impacts = Vec::new();
        for prepared in prepared {
            let text = &prepared.section.text;
            let pieces = prepared.pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing);
            impacts.extend(pieces.map(|piece| impact(piece.sql.slice(text), dialect)));
        }
        let mut made = BTreeSet::new();
        let mut names = BTreeSet::new();
        for impact in &impacts {
            let needed = impact.needs.iter().filter_map(RequiredPrivilege::table);
            let lost = impact.losses.iter().map(|losing| &losing.table);
            let named = impact.locks.iter().map(|lock| &lock.table).chain(needed).chain(lost);
            // What an earlier statement creates is not in the catalog yet.
            names.extend(named.filter(|name| !made.contains(*name)).cloned());
            made.extend(impact.makes.iter().cloned());
        }
        Self { impacts, names }
    }

    /// Returns the locks on tables that the plan does not create itself.
    pub(crate) fn locks(&self) -> impl Iterator<Item = &TableLock> {
        self.impacts.iter().flat_map(|impact| &impact.locks).filter(|lock| self.names.contains(&lock.table))
    }

    /// Returns the required privileges, without those on tables that the plan creates itself.
    pub(crate) fn needs(&self) -> BTreeSet<&RequiredPrivilege> {
        let is_there = |need: &&RequiredPrivilege| need.table().is_none_or(|table| self.names.contains(table));
        self.impacts.iter().flat_map(|impact| &impact.needs).filter(is_there).collect()
    }
}

/// Returns facts about those of the names that exist.
pub(crate) fn look_up(
    database: &mut dyn Database,
    touched: &Touched,
) -> Result<BTreeMap<TableName, TableFacts>, DatabaseError> {
    let names: Vec<&TableName> = touched.names.iter().collect();
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    database.driver().table_facts(database, &names)
}
