//! Statements that put the rows of one shadow into another, in an order that foreign keys allow.

use std::collections::{BTreeMap, BTreeSet};

use super::contents::{Contents, TableRows};
use crate::schema::{Attribute, Key, Kind, Schema};
use crate::sql::{Dialect, qualified, quote_identifier};

/// Maximum number of rows of one INSERT.
const ROWS_PER_STATEMENT: usize = 500;

/// Statements for the rows that one shadow has and another one lacks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowsScript {
    /// INSERTs, without terminators.
    pub inserts: Vec<String>,
    /// DELETEs of the same rows by table, without terminators.
    pub deletes: Vec<(Key, String)>,
    /// Statements before and after either of them, because the foreign keys allow no order.
    pub around: Option<(&'static str, &'static str)>,
}

impl RowsScript {
    /// Returns the statements that add to `from` the rows of `to`. `schema` is that of both.
    ///
    /// # Errors
    /// The tables of which `from` has rows that `to` lacks: they were changed or deleted.
    pub fn new(from: &Contents, to: &Contents, schema: &Schema) -> Result<Self, Vec<Key>> {
        let empty = TableRows::default();
        let mut missing: BTreeMap<&Key, TableRows> = BTreeMap::new();
        let keys: BTreeSet<&Key> = from.tables.keys().chain(to.tables.keys()).collect();
        let mut changed = Vec::new();
        for key in keys {
            let (there, wanted) = (from.tables.get(key).unwrap_or(&empty), to.tables.get(key).unwrap_or(&empty));
            match subtracted(&wanted.rows, &there.rows) {
                Some(rows) if rows.is_empty() => {}
                Some(rows) => drop(missing.insert(key, TableRows { columns: wanted.columns.clone(), rows })),
                None => changed.push(key.clone()),
            }
        }
        if !changed.is_empty() {
            return Err(changed);
        }
        let (order, is_free) = in_order(missing.keys().copied().collect(), schema);
        let mut script = Self::default();
        for key in order {
            let Some(rows) = missing.get(key) else { continue };
            script.inserts.extend(inserts(key, rows, schema));
            let deletes = rows.rows.chunks(ROWS_PER_STATEMENT).map(|chunk| {
                let rows = TableRows { columns: rows.columns.clone(), rows: chunk.to_vec() };
                (key.clone(), delete(key, &rows, schema))
            });
            script.deletes.splice(0..0, deletes);
        }
        script.around = schema.dialect.rules().without_foreign_key_checks().filter(|_| !is_free);
        Ok(script)
    }
}

/// Returns the rows of `wanted` without those of `there`; `None` if `there` has others. Both are sorted.
fn subtracted(wanted: &[Vec<String>], there: &[Vec<String>]) -> Option<Vec<Vec<String>>> {
    let mut there = there.iter().peekable();
    let mut rest = Vec::new();
    for row in wanted {
        if there.peek() == Some(&row) {
            there.next();
        } else {
            rest.push(row.clone());
        }
    }
    there.next().is_none().then_some(rest)
}

/// Returns the tables with referenced ones first, and whether such an order exists.
fn in_order<'k>(tables: BTreeSet<&'k Key>, schema: &Schema) -> (Vec<&'k Key>, bool) {
    let dialect = schema.dialect;
    let names: BTreeMap<String, &Key> = tables.iter().map(|key| (plain(&table_name(key, dialect)), *key)).collect();
    let references = |key: &Key| -> Vec<&Key> {
        let foreign_keys = schema.of_table(key, Kind::ForeignKey);
        let names = foreign_keys.filter_map(|object| names.get(&plain(object.text(Attribute::References)?)).copied());
        names.collect()
    };
    let (mut order, mut waiting): (Vec<&Key>, Vec<&Key>) = (Vec::new(), tables.iter().copied().collect());
    let mut is_free = true;
    while !waiting.is_empty() {
        let is_ready = |key: &Key| references(key).iter().all(|other| !waiting.contains(other));
        let ready = waiting.iter().position(|key| is_ready(key));
        is_free &= ready.is_some();
        // In a circle any table is as good as another.
        order.push(waiting.remove(ready.unwrap_or(0)));
    }
    (order, is_free)
}

/// Removes the quotes of identifiers.
fn plain(name: &str) -> String {
    name.chars().filter(|character| !matches!(character, '"' | '`')).collect()
}

fn table_name(key: &Key, dialect: Dialect) -> String {
    qualified(key.namespace.as_deref(), &key.name, dialect)
}

fn inserts(key: &Key, rows: &TableRows, schema: &Schema) -> Vec<String> {
    let dialect = schema.dialect;
    let column = |name: &str| schema.of_table(key, Kind::Column).find(|column| column.key.name == name);
    // The server computes generated columns.
    let is_written = |name: &String| column(name).is_some_and(|column| column.text(Attribute::Generated).is_none());
    let written: Vec<bool> = rows.columns.iter().map(is_written).collect();
    let mine = |items: &[String]| -> Vec<String> {
        items.iter().zip(&written).filter(|(_, is)| **is).map(|(item, _)| item.clone()).collect()
    };
    let names: Vec<String> = mine(&rows.columns).iter().map(|name| quote_identifier(name, dialect)).collect();
    let is_always =
        |name: &String| column(name).is_some_and(|column| column.text(Attribute::Identity) == Some("always"));
    let overriding = if rows.columns.iter().any(is_always) { " OVERRIDING SYSTEM VALUE" } else { "" };
    let head = format!("INSERT INTO {} ({}){overriding} VALUES", table_name(key, dialect), names.join(", "));
    let row = |row: &Vec<String>| format!("  ({})", mine(row).join(", "));
    let chunks = rows.rows.chunks(ROWS_PER_STATEMENT);
    chunks.map(|rows| format!("{head}\n{}", rows.iter().map(row).collect::<Vec<_>>().join(",\n"))).collect()
}

/// Returns the DELETE of these rows: by their primary key if there is one. One statement, because rows may refer to each
/// other.
fn delete(key: &Key, rows: &TableRows, schema: &Schema) -> String {
    let dialect = schema.dialect;
    let primary = schema.of_table(key, Kind::PrimaryKey).next();
    let names: &[String] = primary.map_or(&[], |primary| primary.list(Attribute::Columns));
    let is_named = |name: &str| {
        let quoted = quote_identifier(name, dialect);
        names.is_empty() || names.iter().any(|other| *other == name || *other == quoted)
    };
    let condition = |row: &Vec<String>| {
        let cells = rows.columns.iter().zip(row).filter(|(name, _)| is_named(name)).map(|(name, value)| {
            let name = quote_identifier(name, dialect);
            if value == "NULL" { format!("{name} IS NULL") } else { format!("{name} = {value}") }
        });
        cells.collect::<Vec<_>>().join(" AND ")
    };
    let conditions: Vec<String> = rows.rows.iter().map(condition).collect();
    format!("DELETE FROM {} WHERE {}", table_name(key, dialect), conditions.join("\n  OR "))
}
