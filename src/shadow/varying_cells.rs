//! Cells whose values vary from one run of the same revisions to the next: the time, random values.

use std::collections::{BTreeMap, BTreeSet};

use super::contents::{Contents, key_of};
use crate::schema::{Key, Schema};

/// Text in place of a value that varies.
const VARIES: &str = "(varies)";

/// Places of cells in a row, by the values of the row's primary key.
type CellsByKey = BTreeMap<Vec<String>, BTreeSet<usize>>;

/// Cells that differ between two runs of the same revisions.
#[derive(Debug, Default)]
pub struct VaryingCells {
    /// By table: the places of its primary key, and for each key the places that vary.
    rows: BTreeMap<Key, (Vec<usize>, CellsByKey)>,
    /// Whole columns of tables whose rows have no key that both runs share.
    columns: BTreeSet<(Key, String)>,
    /// Columns in which any cell varies.
    named: BTreeSet<String>,
}

impl VaryingCells {
    /// Compares two runs, which led to `schema`.
    #[must_use]
    pub fn new(one: &Contents, again: &Contents, schema: &Schema) -> Self {
        let mut found = Self::default();
        for (table, rows) in &one.tables {
            let Some(other) = again.tables.get(table).filter(|other| *other != rows) else { continue };
            let places = rows.key_places(schema, table);
            let (Some(first), Some(second)) = (rows.by_key(&places), other.by_key(&places)) else {
                found.add_columns(table, rows, other);
                continue;
            };
            if !first.keys().eq(second.keys()) {
                found.add_columns(table, rows, other);
                continue;
            }
            let mut varying = CellsByKey::new();
            for (key, row) in &first {
                let cells = second.get(key).map(|other| row.iter().zip(other.iter())).into_iter().flatten().enumerate();
                let differing: BTreeSet<usize> =
                    cells.filter(|(_, (one, other))| one != other).map(|(place, _)| place).collect();
                let columns = differing.iter().filter_map(|place| rows.columns.get(*place));
                found.named.extend(columns.map(|column| format!("{table}.{column}")));
                if !differing.is_empty() {
                    varying.insert(key.iter().map(|value| (*value).to_owned()).collect(), differing);
                }
            }
            found.rows.insert(table.clone(), (places, varying));
        }
        found
    }

    fn add_columns(&mut self, table: &Key, one: &super::TableRows, other: &super::TableRows) {
        for (place, column) in one.columns.iter().enumerate() {
            let values = |rows: &super::TableRows| {
                let mut values: Vec<String> = rows.rows.iter().filter_map(|row| row.get(place).cloned()).collect();
                values.sort_unstable();
                values
            };
            if values(one) != values(other) {
                self.columns.insert((table.clone(), column.clone()));
                self.named.insert(format!("{table}.{column}"));
            }
        }
    }

    /// Returns the columns that have such cells, with their tables.
    #[must_use]
    pub fn columns(&self) -> Vec<String> {
        self.named.iter().cloned().collect()
    }

    /// Returns the contents without the values of these cells.
    #[must_use]
    pub fn left_out_of(&self, contents: &Contents) -> Contents {
        let mut kept =
            contents.without_columns(&|key, column| self.columns.contains(&(key.clone(), column.to_owned())));
        for (table, (places, varying)) in &self.rows {
            let Some(table) = kept.tables.get_mut(table) else { continue };
            for row in &mut table.rows {
                let key: Vec<String> = key_of(row, places).into_iter().map(str::to_owned).collect();
                for place in varying.get(&key).into_iter().flatten() {
                    if let Some(cell) = row.get_mut(*place) {
                        VARIES.clone_into(cell);
                    }
                }
            }
            table.rows.sort();
        }
        kept
    }
}
