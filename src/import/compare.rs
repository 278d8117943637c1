//! Comparison of two snapshots.

use std::collections::{BTreeMap, BTreeSet};

use crate::database::dump::DatabaseContents;

/// Difference between two databases at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProofDifference {
    /// `the schema`, or a table's name.
    pub place: String,
    /// Lines that only the first database has.
    pub only_first: Vec<String>,
    /// Lines that only the second database has.
    pub only_second: Vec<String>,
}

/// Returns all differences; empty if both databases have the same contents.
#[must_use]
pub fn difference(first: &DatabaseContents, second: &DatabaseContents) -> Vec<ProofDifference> {
    let nothing = Vec::new();
    let tables: BTreeSet<&String> = first.rows.keys().chain(second.rows.keys()).collect();
    let rows = tables.into_iter().map(|table| {
        let of = |snapshot: &'_ DatabaseContents| snapshot.rows.get(table).unwrap_or(&nothing).clone();
        compare(&format!("table {table}"), &of(first), &of(second))
    });
    std::iter::once(compare("the schema", &first.schema, &second.schema)).chain(rows).flatten().collect()
}

fn compare(place: &str, first: &[String], second: &[String]) -> Option<ProofDifference> {
    if first == second {
        return None;
    }
    let (mut only_first, mut only_second) = (without(first, second), without(second, first));
    if only_first.is_empty() && only_second.is_empty() {
        // The lines are the same in another order. Report the first pair that differs.
        let pair = first.iter().zip(second).find(|(one, other)| one != other)?;
        (only_first, only_second) = (vec![pair.0.clone()], vec![pair.1.clone()]);
    }
    Some(ProofDifference { place: place.to_owned(), only_first, only_second })
}

/// Returns the lines of `lines` without those of `others` (each as often as it occurs there), in their order.
fn without(lines: &[String], others: &[String]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for other in others {
        *counts.entry(other).or_default() += 1;
    }
    let is_left = |line: &&String| match counts.get_mut(line.as_str()) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    };
    lines
        .iter()
        .filter({
            let mut is_left = is_left;
            move |line| is_left(line)
        })
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_named_with_their_lines() {
        let lines = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let snapshot = |schema: &str, rows: &str| DatabaseContents {
            schema: lines(schema),
            rows: BTreeMap::from([("t".to_owned(), lines(rows))]),
        };
        assert_eq!(difference(&snapshot("a b", "1"), &snapshot("a b", "1")), []);
        let found = difference(&snapshot("a b", "1 1"), &snapshot("b a", "1 2"));
        assert_eq!(found.len(), 2, "{found:?}");
        let (schema, table) = (&found[0], &found[1]);
        assert_eq!((&*schema.place, &schema.only_first, &schema.only_second), ("the schema", &lines("a"), &lines("b")));
        assert_eq!((&*table.place, &table.only_first, &table.only_second), ("table t", &lines("1"), &lines("2")));
    }
}
