//! Reads the catalog into a [`Schema`]. Independent of how changes are written.
//!
//! `sqlite_schema` contains the statement of every object, which is complete: unlike PRAGMAs it has checks, collations,
//! names of constraints, ON CONFLICT. The properties that PRAGMAs do return are compared with the parsed statement
//! ([`facts`]): a table for which the two disagree is listed as not modelled instead of being misinterpreted.

mod facts;

use std::collections::BTreeSet;

use rusqlite::Connection;

use self::facts::PragmaFacts;
use super::Sqlite;
use super::borrowed::SqliteConnection;
use super::errors::database_error;
use super::repeated_reads::RepeatedReads;
use crate::database::statements::companions;
use crate::database::{CatalogReader, CatalogRequest, DatabaseError, TableColumns};
use crate::dialects::sqlite::schema::read_checked;
use crate::schema::{Kind, Schema, SchemaEntry, Unmodelled, statements_to_json};
use crate::sql::{Dialect, keywords};

impl CatalogReader for Sqlite<'_> {
    fn catalog(&mut self, request: &CatalogRequest) -> Result<Schema, DatabaseError> {
        read(self, request)
    }

    fn table_columns(&mut self, request: &CatalogRequest) -> Result<Option<Vec<TableColumns>>, DatabaseError> {
        self.commit_group()?;
        let (Some(repeated), Some(connection)) = (&self.repeated, &self.connection) else { return Ok(None) };
        let mut tables = repeated.table_columns(connection).map_err(|error| database_error(&error))?;
        let without = without(request);
        tables.retain(|table| !without.contains(&table.key.name.to_ascii_lowercase()));
        Ok(Some(tables))
    }

    /// Starts to count writes. Those of a connection that a program has lent are not: it may have an authorizer.
    fn expect_repeated_reads(&mut self) {
        if let (None, Some(SqliteConnection::Own(connection))) = (&self.repeated, &mut self.connection) {
            // Without it everything is read.
            self.repeated = RepeatedReads::new(connection, None).ok();
        }
    }

    fn catalog_text(&mut self, request: &CatalogRequest) -> Result<String, DatabaseError> {
        read_statements(self, request)
    }

    fn catalog_mark(&mut self, request: &CatalogRequest) -> Result<Option<String>, DatabaseError> {
        read_statements(self, request).map(Some)
    }
}

/// Reads the contents of the database, with four queries in one read transaction; six if there are virtual tables.
fn read(database: &mut Sqlite, request: &CatalogRequest) -> Result<Schema, DatabaseError> {
    match database.existing()? {
        Some(connection) => schema(connection, request).map_err(|error| database_error(&error)),
        None => Ok(Schema::new(Dialect::SQLITE)),
    }
}

/// Returns the contents of the database without parsing them: one query, unless there are virtual tables, which need
/// more to be recognized.
fn read_statements(database: &mut Sqlite, request: &CatalogRequest) -> Result<String, DatabaseError> {
    let Some(connection) = database.existing()? else { return Ok(Schema::new(Dialect::SQLITE).to_json()) };
    let rows = rows(connection).map_err(|error| database_error(&error))?;
    if rows.iter().any(|row| row.is_virtual) {
        return read(database, request).map(|schema| schema.to_json());
    }
    let without = without(request);
    let entries = rows.into_iter().map(|row| row.entry);
    Ok(statements_to_json(Dialect::SQLITE, &entries.filter(|entry| !is_of(entry, &without)).collect::<Vec<_>>()))
}

fn schema(connection: &Connection, request: &CatalogRequest) -> rusqlite::Result<Schema> {
    // One read transaction for all queries, unless one is open already.
    let _transaction = connection.is_autocommit().then(|| connection.unchecked_transaction()).transpose()?;
    let rows = rows(connection)?;
    let left_alone = left_alone(connection, &rows)?;
    let without = without(request);
    let facts = PragmaFacts::read(connection)?;
    let alone: BTreeSet<&str> = left_alone.iter().map(|other| other.name.as_str()).collect();
    let is_kept = |row: &&SchemaRow| !is_of(&row.entry, &without) && !alone.contains(row.entry.table.as_str());
    let entries: Vec<SchemaEntry> = rows.iter().filter(is_kept).map(|row| row.entry.clone()).collect();
    let mut schema = read_checked(&entries, &|table| facts.agree(table));
    schema.unmodelled.extend(left_alone);
    Ok(schema)
}

fn is_of(entry: &SchemaEntry, tables: &BTreeSet<String>) -> bool {
    tables.contains(&entry.table.to_ascii_lowercase())
}

/// Returns the names of aludel's own tables in lower case.
fn without(request: &CatalogRequest) -> BTreeSet<String> {
    request.without.iter().flat_map(companions).map(|table| table.name.to_ascii_lowercase()).collect()
}

struct SchemaRow {
    entry: SchemaEntry,
    is_virtual: bool,
}

/// Reads all objects with a statement; the names of SQLite's own tables begin with `sqlite_`.
fn rows(connection: &Connection) -> rusqlite::Result<Vec<SchemaRow>> {
    let sql = "SELECT type, name, tbl_name, sql, type = 'table' AND coalesce(rootpage, 0) = 0 FROM main.sqlite_schema \
               WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name";
    let mut statement = connection.prepare(sql)?;
    let row = |row: &rusqlite::Row<'_>| {
        let kind = match row.get_ref(0)?.as_str().unwrap_or_default() {
            "index" => Kind::Index,
            "view" => Kind::View,
            "trigger" => Kind::Trigger,
            _ => Kind::Table,
        };
        let entry = SchemaEntry { kind, name: row.get(1)?, table: row.get(2)?, sql: row.get(3)? };
        Ok(SchemaRow { entry, is_virtual: row.get(4)? })
    };
    statement.query_map([], row)?.collect()
}

/// Returns the virtual tables and their shadow tables.
fn left_alone(connection: &Connection, rows: &[SchemaRow]) -> rusqlite::Result<BTreeSet<Unmodelled>> {
    let named = |kind: &str, name: &str| Unmodelled { kind: kind.to_owned(), name: name.to_owned() };
    let list = |sql: &str| -> rusqlite::Result<BTreeSet<String>> {
        connection.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
    };
    let virtual_tables: Vec<&SchemaEntry> = rows.iter().filter(|row| row.is_virtual).map(|row| &row.entry).collect();
    if virtual_tables.is_empty() {
        return Ok(BTreeSet::new());
    }
    let shadows = list("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'shadow'")?;
    let modules = list("SELECT lower(name) FROM pragma_module_list")?;
    // Without its module, a virtual table's shadow tables can be recognized by its name as their prefix only.
    let unknown = virtual_tables.iter().filter(|entry| !modules.contains(&module(&entry.sql).to_ascii_lowercase()));
    let prefixes: Vec<String> = unknown.map(|entry| format!("{}_", entry.name.to_ascii_lowercase())).collect();
    let is_shadow = |name: &str| {
        let folded = name.to_ascii_lowercase();
        shadows.contains(name) || prefixes.iter().any(|prefix| folded.starts_with(prefix))
    };
    let tables = rows.iter().filter(|row| row.entry.kind == Kind::Table && !row.is_virtual);
    let shadow_tables = tables.filter(|row| is_shadow(&row.entry.name));
    let mut found: BTreeSet<_> = shadow_tables.map(|row| named("shadow table", &row.entry.name)).collect();
    found.extend(virtual_tables.iter().map(|entry| named("virtual table", &entry.name)));
    Ok(found)
}

/// Returns the module of a CREATE VIRTUAL TABLE statement: the word after USING.
fn module(sql: &str) -> String {
    keywords(sql, Dialect::SQLITE).skip_while(|word| word != "USING").nth(1).unwrap_or_default()
}
