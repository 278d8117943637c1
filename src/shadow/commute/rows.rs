//! Comparison of rows. What varies from run to run (the time, random values) is not a difference of two orders, but it
//! may hide one: a cell is left out only if it varies in both orders.

use std::collections::BTreeSet;

use super::state::DatabaseState;
use crate::schema::Key;
use crate::shadow::contents::KeyedRows;
use crate::shadow::{Contents, RowDifference, TableRows};

/// Result of comparing the rows of two databases, each made twice.
#[derive(Debug, Default)]
pub(super) struct RowVerdict {
    pub(super) differences: Vec<RowDifference>,
    /// Cells that were left out: table, column.
    pub(super) volatile: BTreeSet<(String, String)>,
    /// Tables whose rows vary, and have no key that tells them apart.
    pub(super) undecided: Vec<String>,
}

impl RowVerdict {
    /// Compares two databases, each with what a second run made.
    pub(super) fn new([one, one_again]: [&DatabaseState; 2], [other, other_again]: [&DatabaseState; 2]) -> Self {
        let mut verdict = Self::default();
        let tables: BTreeSet<_> = one.contents.tables.keys().chain(other.contents.tables.keys()).collect();
        for key in tables {
            let rows = |contents: &Contents| contents.tables.get(key).cloned().unwrap_or_default();
            let [first, second] = [rows(&one.contents), rows(&other.contents)];
            if first == second {
                continue;
            }
            let [first_again, second_again] = [rows(&one_again.contents), rows(&other_again.contents)];
            if first == first_again || second == second_again {
                // One order gives the same rows each time, and the other gives others.
                verdict.differences.push(RowDifference::new(key, &first, &second));
                continue;
            }
            let places = first.key_places(&one.schema, key);
            let runs = [&first, &first_again, &second, &second_again].map(|rows| rows.by_key(&places));
            verdict.add(key, [&first, &second], runs);
        }
        verdict
    }

    /// Adds what a table shows whose rows vary in both orders. The rows are found by their primary key, if the key is
    /// the same in both runs.
    fn add(&mut self, table: &Key, [first, second]: [&TableRows; 2], runs: [Option<KeyedRows<'_>>; 4]) {
        let [Some(one), Some(one_again), Some(other), Some(other_again)] = runs else {
            self.undecided.push(table.to_string());
            return;
        };
        let same_keys = |one: &KeyedRows<'_>, other: &KeyedRows<'_>| one.keys().eq(other.keys());
        if !same_keys(&one, &one_again) || !same_keys(&other, &other_again) {
            self.undecided.push(table.to_string());
            return;
        }
        let mut differing: BTreeSet<&Vec<&str>> =
            one.keys().chain(other.keys()).filter(|key| one.contains_key(*key) != other.contains_key(*key)).collect();
        for (key, row) in &one {
            let (Some(row_again), Some(theirs), Some(theirs_again)) =
                (one_again.get(key), other.get(key), other_again.get(key))
            else {
                continue;
            };
            for (place, column) in first.columns.iter().enumerate() {
                if row[place] == theirs[place] {
                    continue;
                }
                if row[place] != row_again[place] && theirs[place] != theirs_again[place] {
                    self.volatile.insert((table.to_string(), column.clone()));
                } else {
                    differing.insert(key);
                }
            }
        }
        if !differing.is_empty() {
            let rows = |rows: &KeyedRows<'_>| {
                differing.iter().filter_map(|key| rows.get(*key)).map(|row| (*row).clone()).collect::<Vec<_>>()
            };
            let columns = if first.columns.is_empty() { &second.columns } else { &first.columns };
            let difference = RowDifference {
                table: table.to_string(),
                columns: columns.clone(),
                one: rows(&one),
                other: rows(&other),
            };
            self.differences.push(difference);
        }
    }
}

/// Returns `true` if rows differ in a value that may be a date or a time: one with four digits in a row, or a colon.
pub(super) fn may_hold_times(one: &Contents, other: &Contents) -> bool {
    let is_like_time = |value: &String| {
        let digits = value.split(|character: char| !character.is_ascii_digit());
        value.contains(':') || digits.map(str::len).max() >= Some(4)
    };
    let differences = one.row_differences(other);
    differences.iter().any(|found| found.one.iter().chain(&found.other).flatten().any(is_like_time))
}
