//! Rows of a shadow as exact text, for a comparison of two shadows and for INSERT statements.

use std::collections::BTreeMap;

use super::error::ProofError;
use super::shadow_database::Shadow;
use crate::database::session::TextRows;
use crate::database::{CatalogRequest, TableColumns};
use crate::schema::{Attribute, Key, Kind, Schema};
use crate::sql::{quote_identifier, unquoted};

/// Number of tables that are read with one message.
const TABLES_PER_MESSAGE: usize = 100;

/// Rows of the tables of a database, and the values of its counters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contents {
    /// Tables that have rows, by their key in the schema.
    pub tables: BTreeMap<Key, TableRows>,
    /// Last values of sequences and AUTO_INCREMENT, by the name of the sequence or table. Those that were never used
    /// are absent.
    pub counters: BTreeMap<String, String>,
}

/// Rows of one table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TableRows {
    /// Names of the columns by name; the order in the table is not part of the contents. Generated columns are
    /// included.
    pub columns: Vec<String>,
    /// Rows as literals of the dialect in the order of `columns`, sorted: the order in the table means nothing.
    pub rows: Vec<Vec<String>>,
}

/// Table to read.
struct TableQuery<'s> {
    key: &'s Key,
    /// Names of its columns, sorted.
    columns: Vec<String>,
    query: String,
}

/// Rows by the values of their primary key.
pub(super) type KeyedRows<'r> = BTreeMap<Vec<&'r str>, &'r Vec<String>>;

impl TableRows {
    /// Returns the places of the primary key of `table` among the columns; empty if there is none.
    pub(super) fn key_places(&self, schema: &Schema, table: &Key) -> Vec<usize> {
        let key = schema.of_table(table, Kind::PrimaryKey).next();
        let names = key.map(|key| key.list(Attribute::Columns)).unwrap_or_default();
        let place = |name: &String| self.columns.iter().position(|column| *column == unquoted(name));
        names.iter().map(place).collect::<Option<Vec<_>>>().unwrap_or_default()
    }

    /// Returns the rows by the values in these places; `None` if there are rows but no places.
    pub(super) fn by_key<'r>(&'r self, places: &[usize]) -> Option<KeyedRows<'r>> {
        let keyed = |row: &'r Vec<String>| (key_of(row, places), row);
        (!places.is_empty() || self.rows.is_empty()).then(|| self.rows.iter().map(keyed).collect())
    }
}

/// Returns the values of a row in these places.
pub(super) fn key_of<'r>(row: &'r [String], places: &[usize]) -> Vec<&'r str> {
    places.iter().filter_map(|place| row.get(*place)).map(String::as_str).collect()
}

/// Returns the tables of a schema with their columns.
pub(super) fn tables_of(schema: &Schema) -> Vec<TableColumns> {
    let tables = schema.objects().map(|object| &object.key).filter(|key| key.kind == Kind::Table);
    let column = |column: &crate::schema::Object| {
        let data_type = column.text(Attribute::Type).unwrap_or_default();
        (column.key.name.clone(), data_type.to_owned())
    };
    let table = |key: &Key| TableColumns {
        key: key.clone(),
        columns: schema.columns(key).into_iter().map(column).collect(),
        row_version: None,
    };
    tables.map(table).collect()
}

impl Shadow {
    /// Reads all rows of the tables of `schema`, which is the schema of this shadow.
    ///
    /// # Errors
    /// The server refuses, or the connection breaks.
    pub fn contents(&mut self, schema: &Schema) -> Result<Contents, ProofError> {
        self.contents_of(&tables_of(schema))
    }

    /// Returns the tables with their columns, without aludel's own.
    ///
    /// # Errors
    /// The server refuses, or the connection breaks.
    pub(super) fn table_columns(&mut self, request: &CatalogRequest) -> Result<Vec<TableColumns>, ProofError> {
        if !self.is_one_transaction() {
            let database = self.database()?;
            let mut request = request.clone();
            request.without.push(database.driver().shadow_table());
            if let Some(tables) = database.table_columns(&request)? {
                return Ok(tables);
            }
        }
        Ok(tables_of(&self.catalog(request)?))
    }

    /// Reads all rows of these tables.
    ///
    /// # Errors
    /// The server refuses, or the connection breaks.
    pub(super) fn contents_of<'t>(
        &mut self,
        tables: impl IntoIterator<Item = &'t TableColumns>,
    ) -> Result<Contents, ProofError> {
        let queries: Vec<_> = tables.into_iter().filter_map(|table| self.table_query(table)).collect();
        let mut contents = Contents { tables: BTreeMap::new(), counters: self.counters()? };
        let is_one_by_one = self.url().dialect().rules().is_file();
        for queries in queries.chunks(if is_one_by_one { 1 } else { TABLES_PER_MESSAGE }) {
            let message: Vec<_> = queries.iter().map(|table| table.query.as_str()).collect();
            let answers = self.database()?.execute(&message.join("; "))?;
            for (table, rows) in queries.iter().zip(answers) {
                if !rows.is_empty() {
                    contents.tables.insert(table.key.clone(), sorted(&table.columns, rows));
                }
            }
        }
        Ok(contents)
    }

    /// Returns the query for a table; `None` for one without columns.
    fn table_query<'s>(&self, TableColumns { key, columns, .. }: &'s TableColumns) -> Option<TableQuery<'s>> {
        let dialect = self.url().dialect();
        let rules = dialect.rules();
        let mut columns: Vec<_> = columns.iter().collect();
        columns.sort_unstable();
        let literal = |(name, data_type): &&(String, String)| {
            rules.literal_expression(&quote_identifier(name, dialect), data_type)
        };
        let expressions: Vec<_> = columns.iter().map(literal).collect();
        let names = columns.iter().map(|(name, _)| name.clone()).collect();
        let query = format!("SELECT {} FROM {}", expressions.join(", "), self.name_of(key));
        (!expressions.is_empty()).then_some(TableQuery { key, columns: names, query })
    }

    /// Reads the last values of sequences and AUTO_INCREMENT.
    fn counters(&mut self) -> Result<BTreeMap<String, String>, ProofError> {
        let database = self.database()?;
        let driver = database.driver();
        let counters = driver.counters(database)?;
        Ok(counters.into_iter().map(|(name, value)| (self.own_name(&name), value)).collect())
    }
}

/// Rows of the server in their order. A literal is never NULL, which is a word.
fn sorted(columns: &[String], rows: TextRows) -> TableRows {
    let literal = |cell: Option<String>| cell.unwrap_or_else(|| "NULL".to_owned());
    let mut rows: Vec<Vec<String>> = rows.into_iter().map(|row| row.into_iter().map(literal).collect()).collect();
    rows.sort();
    TableRows { columns: columns.to_vec(), rows }
}
