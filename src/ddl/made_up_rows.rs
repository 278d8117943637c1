//! Made-up rows: an INSERT for each table, whose values are computed from the number of the row.
//!
//! A column that refers to another table computes the value that the other table's column has in some row: no table has
//! to be read.

use std::collections::BTreeMap;

use super::bounds::ColumnBounds;
use super::change_rules::DdlServer;
use super::outline::{Outline, Relation, RelationKind};
use super::statement::{ConstraintDefinition, ConstraintKind, DdlColumn, ForeignTarget};
use crate::sql::TableName;

/// Expression of a value that is made from the number of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeUpValue {
    /// The expression.
    pub sql: String,
    /// Number of different values.
    pub capacity: u64,
}

/// Statement that fills a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFill {
    pub table: TableName,
    /// Number of rows: fewer than wanted where a key has no more values.
    pub rows: u64,
    /// The INSERT, or why there is none.
    pub insert: Result<String, String>,
}

/// Number of the row in expressions.
const NUMBER: &str = "n";

/// Returns the statements that fill these tables and those that they refer to, in an order in which they can run.
#[must_use]
pub fn fills(tables: &[TableName], rows: u64, outline: &Outline, server: &DdlServer) -> Vec<TableFill> {
    let mut plan = FillPlan { rows, outline, server, planned: BTreeMap::new(), fills: Vec::new() };
    for table in tables {
        plan.add(table);
    }
    plan.fills
}

struct FillPlan<'a> {
    rows: u64,
    outline: &'a Outline,
    server: &'a DdlServer,
    /// Rows of each table; `None` while it waits for those that it refers to, and if it cannot be filled.
    planned: BTreeMap<TableName, Option<u64>>,
    fills: Vec<TableFill>,
}

impl FillPlan<'_> {
    fn add(&mut self, name: &TableName) {
        let Some(table) = self.outline.relation(name).filter(|table| table.kind == RelationKind::Table) else { return };
        if self.planned.contains_key(&table.name) {
            return;
        }
        self.planned.insert(table.name.clone(), None);
        for (_, reference) in foreign_keys(table) {
            self.add(&reference.table);
        }
        let made = self.insert(table);
        let rows = made.as_ref().map_or(0, |(_, rows)| *rows);
        self.planned.insert(table.name.clone(), made.as_ref().ok().map(|_| rows));
        self.fills.push(TableFill { table: table.name.clone(), rows, insert: made.map(|(sql, _)| sql) });
    }

    fn insert(&self, table: &Relation) -> Result<(String, u64), String> {
        if table.is_partitioned || table.partition_of.is_some() {
            return Err("it has partitions".to_owned());
        }
        let mut values: Vec<(&DdlColumn, MadeUpValue)> = Vec::new();
        for column in table.columns.iter().filter(|column| column.generated.is_none()) {
            match self.value(table, column) {
                Ok(Some(value)) => values.push((column, value)),
                Ok(None) if !table.has_no_nulls(&column.name) => {}
                Ok(None) if column.default.is_some() => {}
                Ok(None) => return Err(format!("no value is known for {} {}", column.name, column.data_type)),
                Err(reason) => return Err(reason),
            }
        }
        let rows = unique_keys(table).filter_map(|key| most_rows(key, &values)).fold(self.rows, u64::min);
        let rules = self.server.dialect.rules();
        let names: Vec<_> = values.iter().map(|(column, _)| rules.quote_identifier(&column.name)).collect();
        let expressions: Vec<_> = values.iter().map(|(_, value)| value.sql.as_str()).collect();
        let table_name = match &table.name.schema {
            Some(schema) => {
                format!("{}.{}", rules.quote_identifier(schema), rules.quote_identifier(&table.name.name))
            }
            None => rules.quote_identifier(&table.name.name),
        };
        let source = self.server.dialect.change_rules().numbers(rows);
        let sql = format!(
            "INSERT INTO {table_name} ({}){} SELECT {} FROM {source}",
            names.join(", "),
            self.server.dialect.change_rules().overriding_clause(),
            expressions.join(", ")
        );
        Ok((sql, rows))
    }

    /// Returns `None` for a column that is left out.
    fn value(&self, table: &Relation, column: &DdlColumn) -> Result<Option<MadeUpValue>, String> {
        for (constraint, reference) in foreign_keys(table) {
            let Some(place) = constraint.columns.iter().position(|own| own.eq_ignore_ascii_case(&column.name)) else {
                continue;
            };
            return self.referenced(table, column, (reference, place));
        }
        Ok(self.own_value(table, column, NUMBER))
    }

    fn own_value(&self, table: &Relation, column: &DdlColumn, number: &str) -> Option<MadeUpValue> {
        let bounds = ColumnBounds::new(table, &column.name, self.server.dialect);
        if let Some(values) = bounds.listed(number) {
            return Some(values);
        }
        let data_type = self.outline.base_type(&column.data_type);
        let limited = bounds.limited(number);
        let value = self.server.dialect.change_rules().made_up_value(data_type, number, self.outline)?;
        // ColumnBounds matter to numbers only; of other types they are a comparison with a text or a time.
        Some(limited.filter(|_| value.sql.starts_with(number) || value.sql.starts_with('(')).unwrap_or(value))
    }

    /// Value of a column that refers to another table: that of one of its rows.
    fn referenced(
        &self,
        table: &Relation,
        column: &DdlColumn,
        (reference, place): (&ForeignTarget, usize),
    ) -> Result<Option<MadeUpValue>, String> {
        let refers = || format!("{} refers to {}, which is not filled", column.name, reference.table);
        let Some(other) = self.outline.relation(&reference.table) else { return Err(refers()) };
        let is_optional = !table.has_no_nulls(&column.name);
        if other.name == table.name && is_optional {
            return Ok(None);
        }
        let rows = match self.planned.get(&other.name).copied().flatten() {
            Some(rows) if rows > 0 => rows,
            _ if is_optional => return Ok(None),
            _ => return Err(refers()),
        };
        let key = if reference.columns.is_empty() { other.primary_key() } else { Some(reference.columns.as_slice()) };
        let referenced = key.and_then(|key| other.column(key.get(place)?)).ok_or_else(refers)?;
        // The rows are numbered from 1.
        let number = format!("(1 + {NUMBER} % {rows})");
        let is_chain = foreign_keys(other)
            .any(|(constraint, _)| constraint.columns.iter().any(|own| own.eq_ignore_ascii_case(&referenced.name)));
        if is_chain {
            return if is_optional { Ok(None) } else { Err(refers()) };
        }
        let value = self.own_value(other, referenced, &number).ok_or_else(refers)?;
        Ok(Some(MadeUpValue { capacity: value.capacity.min(rows), ..value }))
    }
}

fn foreign_keys(table: &Relation) -> impl Iterator<Item = (&ConstraintDefinition, &ForeignTarget)> {
    table.constraints.iter().filter_map(|constraint| match &constraint.kind {
        ConstraintKind::ForeignKey(reference) => Some((constraint, reference)),
        _ => None,
    })
}

/// Columns of the keys that forbid equal rows.
fn unique_keys(table: &Relation) -> impl Iterator<Item = &[String]> {
    let is_key = |constraint: &&ConstraintDefinition| {
        matches!(constraint.kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique)
    };
    let constraints = table.constraints.iter().filter(is_key).map(|constraint| constraint.columns.as_slice());
    constraints.chain(table.indexes.iter().filter(|index| index.is_unique).map(|index| index.columns.as_slice()))
}

/// Number of different values of a key; `None` for one that a column without a value, or an expression, keeps apart.
fn most_rows(key: &[String], values: &[(&DdlColumn, MadeUpValue)]) -> Option<u64> {
    let capacity = |name: &String| {
        values.iter().find(|(column, _)| column.name.eq_ignore_ascii_case(name)).map(|(_, value)| value.capacity)
    };
    key.iter().map(capacity).collect::<Option<Vec<u64>>>()?.into_iter().max()
}
