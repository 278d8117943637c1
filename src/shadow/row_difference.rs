//! Rows that only one of two databases has.

use std::collections::{BTreeMap, BTreeSet};

use super::contents::{Contents, TableRows};
use crate::schema::Key;

/// Difference of the rows of one table in two databases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowDifference {
    /// Table.
    pub table: String,
    /// Columns.
    pub columns: Vec<String>,
    /// Rows, as literals, of the first database only.
    pub one: Vec<Vec<String>>,
    /// Rows, as literals, of the second database only.
    pub other: Vec<Vec<String>>,
}

impl RowDifference {
    /// Compares the rows of a table; equal rows are counted.
    pub(super) fn new(table: &Key, one: &TableRows, other: &TableRows) -> Self {
        let (first, second) = (counted(one), counted(other));
        let columns = if one.columns.is_empty() { &other.columns } else { &one.columns };
        Self {
            table: table.to_string(),
            columns: columns.clone(),
            one: surplus(&first, &second),
            other: surplus(&second, &first),
        }
    }
}

impl Contents {
    /// Returns the tables whose rows are not those of `other`.
    #[must_use]
    pub fn row_differences(&self, other: &Self) -> Vec<RowDifference> {
        let none = TableRows::default();
        let tables: BTreeSet<_> = self.tables.keys().chain(other.tables.keys()).collect();
        let rows = |contents: &Self, key: &Key| contents.tables.get(key).unwrap_or(&none).clone();
        let pairs = tables.into_iter().map(|key| (key, rows(self, key), rows(other, key)));
        pairs
            .filter(|(_, one, other)| one != other)
            .map(|(key, one, other)| RowDifference::new(key, &one, &other))
            .collect()
    }

    /// Returns the contents without the columns for which `is_left_out` returns `true`.
    #[must_use]
    pub fn without_columns(&self, is_left_out: &dyn Fn(&Key, &str) -> bool) -> Self {
        let mut kept = self.clone();
        for (key, table) in &mut kept.tables {
            let places: Vec<bool> = table.columns.iter().map(|column| !is_left_out(key, column)).collect();
            let rows = table.rows.iter_mut().chain([&mut table.columns]);
            rows.for_each(|row| {
                let mut place = places.iter();
                row.retain(|_| place.next().copied().unwrap_or(true));
            });
            table.rows.sort();
        }
        kept
    }
}

fn counted(rows: &TableRows) -> BTreeMap<&Vec<String>, usize> {
    let mut counts = BTreeMap::new();
    for row in &rows.rows {
        *counts.entry(row).or_default() += 1;
    }
    counts
}

/// Returns the rows that `one` has more often than `other`, as often as that.
fn surplus(one: &BTreeMap<&Vec<String>, usize>, other: &BTreeMap<&Vec<String>, usize>) -> Vec<Vec<String>> {
    let extra = |(row, count): (&&Vec<String>, &usize)| {
        let extra = count.saturating_sub(other.get(*row).copied().unwrap_or(0));
        std::iter::repeat_n((*row).clone(), extra)
    };
    one.iter().flat_map(extra).collect()
}
