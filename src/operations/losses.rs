//! Data that the statements of a plan would delete permanently: the tables, and the number of rows. Read-only. Effects
//! that the text of a statement does not reveal (`DO`, `CALL`) are not included.

use std::collections::{BTreeMap, BTreeSet};

use crate::database::{Database, DatabaseError, ErrorKind};
use crate::engine::{EngineError, PreparedSteps};
use crate::graph::Plan;
use crate::sql::{Impact, Losing, Loss, LossScope, StatementKind, TableName, Work, impact, qualified};

/// A loss of data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Revision whose statement causes it.
    pub revision: String,
    /// Kind of loss.
    pub loss: Loss,
    /// Affected table (for [`Loss::Schema`], the schema), as named in the statement.
    pub table: TableName,
    /// Affected column, for [`Loss::Column`].
    pub column: Option<String>,
    /// Amount of data.
    pub amount: Amount,
}

/// Amount of data that would be lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Amount {
    /// Number of rows; for a column, number of values.
    Rows(u64),
    /// Number of tables.
    Tables(u64),
    /// The data could not be counted.
    Unknown,
}

/// Returns everything that the statements of a plan delete permanently, in order, except what has no rows now.
///
/// # Errors
/// When the connection breaks, or a file was edited since it was prepared. If the server refuses to count, the amount is
/// [`Amount::Unknown`].
pub fn losses(
    database: &mut dyn Database,
    plan: &Plan,
    prepared: &PreparedSteps<'_>,
) -> Result<Vec<Lost>, EngineError> {
    let dialect = database.server().dialect;
    let mut earlier = EarlierEffects::default();
    let mut found = Vec::new();
    for step in prepared.whole(&plan.steps) {
        let (step, prepared) = step?;
        for piece in prepared.pieces.iter().filter(|piece| piece.kind != StatementKind::Nothing) {
            let impact = impact(piece.sql.slice(&prepared.section.text), dialect);
            for losing in &impact.losses {
                let Some(amount) = earlier.amount(database, losing)? else { continue };
                let column = match &losing.part {
                    LossScope::Column(column) => Some(column.clone()),
                    _ => None,
                };
                let (revision, table) = (step.revision.to_string(), losing.table.clone());
                found.push(Lost { revision, loss: losing.loss, table, column, amount });
            }
            earlier.add(&impact);
        }
    }
    Ok(found)
}

/// Effects of the preceding statements.
#[derive(Debug, Default)]
struct EarlierEffects {
    /// Tables with changed rows: a condition may select other rows by then.
    written: BTreeSet<TableName>,
    /// Tables that lose all their rows, which was reported.
    gone: BTreeSet<TableName>,
    /// New names of renamed tables, each with the table's present name.
    renamed: BTreeMap<TableName, TableName>,
    /// True after a statement whose text does not reveal its effects.
    is_opaque: bool,
}

impl EarlierEffects {
    fn add(&mut self, impact: &Impact) {
        self.is_opaque |= impact.is_opaque;
        // A delete is not a change in this sense: afterwards a condition does not select more rows than now.
        let is_deleted = |table: &TableName| impact.losses.iter().any(|losing| losing.table == *table);
        let rows = impact.locks.iter().filter(|lock| lock.work == Work::Rows && !is_deleted(&lock.table));
        self.written.extend(rows.map(|lock| lock.table.clone()));
        for (from, to) in &impact.renames {
            let now = self.renamed.remove(from).unwrap_or_else(|| from.clone());
            self.renamed.insert(to.clone(), now);
        }
    }

    /// Returns the amount of data that `losing` deletes; `None` if there is none, or if it was reported before.
    fn amount(&mut self, database: &mut dyn Database, losing: &Losing) -> Result<Option<Amount>, DatabaseError> {
        if losing.loss == Loss::Schema {
            return tables(database, &losing.table);
        }
        let table = self.renamed.get(&losing.table).unwrap_or(&losing.table).clone();
        if self.gone.contains(&table) {
            return Ok(None);
        }
        let name = qualified(table.schema.as_deref(), &table.name, database.server().dialect);
        let all = count(database, &format!("SELECT count(*) FROM {name}"))?;
        let precise = match (&losing.part, all) {
            // A table that does not exist now has nothing to lose, but after an opaque statement it may be a renamed
            // one.
            (_, Count::NoTable) if self.is_opaque => Count::Unknown,
            (_, Count::NoTable | Count::Rows(0)) if losing.part != LossScope::More => return Ok(None),
            (LossScope::More, _) => Count::Unknown,
            (LossScope::Column(column), all) => {
                let column = qualified(None, column, database.server().dialect);
                count(database, &format!("SELECT count({column}) FROM {name}"))?.or(all)
            }
            (LossScope::Rows(rows), all) if !self.written.contains(&table) => {
                count(database, &format!("SELECT count(*) FROM (SELECT 1 FROM {rows}\n) AS lost"))?.or(all)
            }
            (LossScope::Rows(_) | LossScope::All, all) => all,
        };
        // Later statements have nothing left to delete from this table.
        if precise == all && !matches!(losing.part, LossScope::Column(_)) {
            self.gone.insert(table);
        }
        Ok(precise.amount())
    }
}

/// Result of a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Count {
    Rows(u64),
    NoTable,
    Unknown,
}

impl Count {
    fn or(self, other: Self) -> Self {
        if matches!(self, Self::Rows(_)) { self } else { other }
    }

    fn amount(self) -> Option<Amount> {
        match self {
            Self::Rows(0) | Self::NoTable => None,
            Self::Rows(rows) => Some(Amount::Rows(rows)),
            Self::Unknown => Some(Amount::Unknown),
        }
    }
}

fn count(database: &mut dyn Database, sql: &str) -> Result<Count, DatabaseError> {
    match database.query(sql, 1) {
        Ok(rows) => Ok(rows.value().and_then(|value| value.parse().ok()).map_or(Count::Unknown, Count::Rows)),
        Err(DatabaseError::Server(error)) if error.kind == Some(ErrorKind::NoSuchTable) => Ok(Count::NoTable),
        Err(DatabaseError::Server(_)) => Ok(Count::Unknown),
        Err(error) => Err(error),
    }
}

fn tables(database: &mut dyn Database, schema: &TableName) -> Result<Option<Amount>, DatabaseError> {
    let Some(sql) = database.driver().count_tables_query(&schema.name) else { return Ok(None) };
    Ok(match count(database, &sql)? {
        Count::Rows(0) => None,
        Count::Rows(tables) => Some(Amount::Tables(tables)),
        Count::NoTable | Count::Unknown => Some(Amount::Unknown),
    })
}
