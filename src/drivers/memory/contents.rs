//! Tables with their rows, and the statements that read and change them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::error::MemoryError;
use crate::database::TextRows;
use crate::dialects::memory::{
    CATALOG, ColumnDefinition, MemoryExpression, MemoryStatement, RowCondition, RowQuery, TableDefinition,
};

/// Values of a row; NULL is `None`.
type Row = Vec<Option<String>>;

/// Settings of a session.
pub(super) type MemorySettings = BTreeMap<String, Option<String>>;

/// Result of a statement.
#[derive(Debug, Default)]
pub(super) struct StatementResult {
    pub(super) rows: TextRows,
    pub(super) columns: Vec<String>,
    /// Number of inserted, updated or deleted rows.
    pub(super) changed: u64,
    /// Number that the last inserted row got.
    pub(super) id: i64,
}

/// Table.
#[derive(Debug, Clone)]
pub(super) struct MemoryTable {
    pub(super) definition: TableDefinition,
    pub(super) rows: Vec<Row>,
    last_id: i64,
}

impl MemoryTable {
    fn new(definition: TableDefinition) -> Self {
        Self { definition, rows: Vec::new(), last_id: 0 }
    }

    fn column(&self, name: &str) -> Result<usize, MemoryError> {
        let position = self.definition.columns.iter().position(|column| column.name == name);
        position.ok_or_else(|| MemoryError::new(MemoryError::NO_COLUMN, format!("no column {name}")))
    }

    /// Returns the value of a column; `None` for NULL and for an unknown column.
    pub(super) fn value<'r>(&self, row: &'r Row, column: &str) -> Option<&'r str> {
        row.get(self.column(column).ok()?)?.as_deref()
    }

    /// Gives a new row its number. Fails if a value is missing, too long, or a key that another row has.
    fn accept(&mut self, mut row: Row) -> Result<(), MemoryError> {
        for (ColumnDefinition { name, length, is_required, is_numbered }, value) in
            self.definition.columns.iter().zip(&mut row)
        {
            if *is_numbered && value.is_none() {
                *value = Some((self.last_id + 1).to_string());
            }
            let characters = value.as_ref().map(|value| value.chars().count());
            if *is_required && value.is_none() {
                return Err(MemoryError::new(MemoryError::NULL_VALUE, format!("{name} must not be NULL")));
            } else if length.zip(characters).is_some_and(|(most, characters)| characters > most) {
                return Err(MemoryError::new(MemoryError::TOO_LONG, format!("the value for {name} is too long")));
            }
            if *is_numbered {
                self.last_id = value.as_ref().and_then(|value| value.parse().ok()).unwrap_or(0).max(self.last_id);
            }
        }
        let key = self.definition.key.and_then(|key| row.get(key).map(|value| (key, value)));
        if key.is_some_and(|(key, value)| self.rows.iter().any(|other| other.get(key) == Some(value))) {
            return Err(MemoryError::new(MemoryError::DUPLICATE, "another row has this key"));
        }
        self.rows.push(row);
        Ok(())
    }

    fn holds(&self, row: &Row, conditions: &[RowCondition], settings: &MemorySettings) -> Result<bool, MemoryError> {
        for RowCondition { column, values } in conditions {
            let value = row.get(self.column(column)?).cloned().flatten();
            let mut accepted = Vec::new();
            for scalar in values {
                accepted.push(evaluate(scalar, Some((self, row)), settings)?);
            }
            if value.is_none() || !accepted.contains(&value) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// All tables of a database.
#[derive(Debug, Clone, Default)]
pub(super) struct MemoryContents {
    pub(super) tables: BTreeMap<String, MemoryTable>,
    /// Number of changes.
    pub(super) version: u64,
}

impl MemoryContents {
    /// Runs a statement on tables.
    pub(super) fn run(
        &mut self,
        statement: MemoryStatement,
        settings: &MemorySettings,
    ) -> Result<StatementResult, MemoryError> {
        let mut result = StatementResult::default();
        match statement {
            MemoryStatement::Select(queries) => return self.select(&queries, settings),
            MemoryStatement::CreateTable(table, is_optional) => {
                if !self.tables.contains_key(&table.name) {
                    self.tables.insert(table.name.clone(), MemoryTable::new(table));
                } else if !is_optional {
                    let message = format!("table {} already exists", table.name);
                    return Err(MemoryError::new(MemoryError::TABLE_EXISTS, message));
                }
            }
            MemoryStatement::DropTable(name, is_optional) => {
                if self.tables.remove(&name).is_none() && !is_optional {
                    return Err(no_table(&name));
                }
            }
            MemoryStatement::Insert(table, columns, rows) => {
                let table = self.tables.get_mut(&table).ok_or_else(|| no_table(&table))?;
                let all = || (0..table.definition.columns.len()).collect();
                let places: Vec<usize> = match columns.as_slice() {
                    [] => all(),
                    names => names.iter().map(|name| table.column(name)).collect::<Result<_, _>>()?,
                };
                for scalars in rows {
                    if scalars.len() != places.len() {
                        return Err(MemoryError::new(MemoryError::SYNTAX, "as many values as columns are needed"));
                    }
                    let mut row = vec![None; table.definition.columns.len()];
                    for (place, scalar) in places.iter().zip(&scalars) {
                        let value = evaluate(scalar, None, settings)?;
                        row.splice(*place..=*place, [value]);
                    }
                    table.accept(row)?;
                    result.changed += 1;
                }
                result.id = table.last_id;
            }
            MemoryStatement::Update(table, values, conditions) => {
                let table = self.tables.get_mut(&table).ok_or_else(|| no_table(&table))?;
                for mut row in std::mem::take(&mut table.rows) {
                    if table.holds(&row, &conditions, settings)? {
                        let before = row.clone();
                        for (column, scalar) in &values {
                            let place = table.column(column)?;
                            row.splice(place..=place, [evaluate(scalar, Some((table, &before)), settings)?]);
                        }
                        result.changed += 1;
                    }
                    table.accept(row)?;
                }
            }
            MemoryStatement::Delete(table, conditions) => {
                let table = self.tables.get_mut(&table).ok_or_else(|| no_table(&table))?;
                for row in std::mem::take(&mut table.rows) {
                    if table.holds(&row, &conditions, settings)? {
                        result.changed += 1;
                    } else {
                        table.rows.push(row);
                    }
                }
            }
            other => {
                let message = format!("{other:?} is a statement of a session");
                return Err(MemoryError::new(MemoryError::WRONG_STATE, message));
            }
        }
        Ok(result)
    }

    /// Runs a query.
    pub(super) fn select(
        &self,
        queries: &[RowQuery],
        settings: &MemorySettings,
    ) -> Result<StatementResult, MemoryError> {
        let mut result = StatementResult::default();
        for query in queries {
            let rows = self.rows(query, settings)?;
            result.rows.extend(rows);
        }
        let width = result.rows.first().map_or(0, Vec::len);
        let names = queries.first().map(|query| query.columns.as_slice()).unwrap_or_default();
        result.columns = (0..width)
            .map(|index| match names.get(index) {
                Some(MemoryExpression::Column(name)) => name.clone(),
                _ => format!("column{}", index + 1),
            })
            .collect();
        Ok(result)
    }

    fn rows(&self, query: &RowQuery, settings: &MemorySettings) -> Result<TextRows, MemoryError> {
        let Some(name) = &query.table else {
            let values = query.columns.iter().map(|scalar| evaluate(scalar, None, settings));
            return Ok(vec![values.collect::<Result<_, _>>()?]);
        };
        let table = self.readable(name)?;
        let mut rows = Vec::new();
        for row in &table.rows {
            if table.holds(row, &query.conditions, settings)? {
                rows.push(row);
            }
        }
        let is_aggregate = |scalar: &MemoryExpression| {
            matches!(scalar, MemoryExpression::CountRows | MemoryExpression::Count(..) | MemoryExpression::Max(_))
        };
        if query.columns.iter().any(is_aggregate) {
            let aggregates = query.columns.iter().map(|scalar| aggregate(scalar, &table, &rows));
            return Ok(vec![aggregates.collect::<Result<_, _>>()?]);
        }
        let values = |row| query.columns.iter().map(|scalar| evaluate(scalar, Some((&table, row)), settings)).collect();
        rows.into_iter().map(values).collect()
    }

    /// Returns a table, or the list of tables under its name.
    fn readable(&self, name: &str) -> Result<Cow<'_, MemoryTable>, MemoryError> {
        if name != CATALOG {
            return self.tables.get(name).map(Cow::Borrowed).ok_or_else(|| no_table(name));
        }
        let column = ColumnDefinition { name: "name".to_owned(), length: None, is_required: true, is_numbered: false };
        let definition =
            TableDefinition { name: name.to_owned(), sql: String::new(), columns: vec![column], key: Some(0) };
        let rows = self.tables.keys().map(|name| vec![Some(name.clone())]).collect();
        Ok(Cow::Owned(MemoryTable { rows, ..MemoryTable::new(definition) }))
    }
}

fn no_table(name: &str) -> MemoryError {
    MemoryError::new(MemoryError::NO_TABLE, format!("no table {name}"))
}

fn evaluate(
    scalar: &MemoryExpression,
    row: Option<(&MemoryTable, &Row)>,
    settings: &MemorySettings,
) -> Result<Option<String>, MemoryError> {
    match (scalar, row) {
        (MemoryExpression::Literal(value), _) => Ok(value.clone()),
        // One that is not set is empty.
        (MemoryExpression::Setting(name), _) => Ok(Some(settings.get(name).cloned().flatten().unwrap_or_default())),
        (MemoryExpression::Column(name), Some((table, row))) => Ok(row.get(table.column(name)?).cloned().flatten()),
        (other, _) => Err(MemoryError::new(MemoryError::NO_COLUMN, format!("{other:?} needs a table"))),
    }
}

fn aggregate(scalar: &MemoryExpression, table: &MemoryTable, rows: &[&Row]) -> Result<Option<String>, MemoryError> {
    let (MemoryExpression::Count(column, _) | MemoryExpression::Max(column)) = scalar else {
        return Ok(Some(rows.len().to_string()));
    };
    let place = table.column(column)?;
    let values: Vec<_> = rows.iter().filter_map(|row| row.get(place)?.as_deref()).collect();
    Ok(match scalar {
        MemoryExpression::Max(_) => {
            values.iter().filter_map(|value| value.parse::<i64>().ok()).max().map(|most| most.to_string())
        }
        MemoryExpression::Count(_, true) => Some(values.iter().collect::<BTreeSet<_>>().len().to_string()),
        _ => Some(values.len().to_string()),
    })
}
