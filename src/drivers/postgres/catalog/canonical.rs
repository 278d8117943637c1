//! Text of a change of the catalog that does not depend on the OIDs that new objects got.
//!
//! The OID of an object that was added (or removed) is replaced by a label, which is computed from the object's own row,
//! in which other such OIDs are replaced by their labels, and so on. Only if all labels differ are two changes with the
//! same text the same change; otherwise the OIDs stay in the text.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};

use super::followed::FollowedRow;

/// Number of times that labels are computed from one another: from a schema to a table, its TOAST table, the index of
/// that, and its entries elsewhere.
const ROUNDS: usize = 6;

/// Returns the lines of the change, sorted: `-` for what is gone, `+` for what is new.
pub(super) fn canonical<'r>(
    removed: impl Iterator<Item = &'r FollowedRow>,
    added: impl Iterator<Item = &'r FollowedRow>,
) -> String {
    let (mut removed, mut added): (Vec<_>, Vec<_>) = (removed.collect(), added.collect());
    without_storage(&mut removed);
    without_storage(&mut added);
    cancel(&mut removed, &mut added, |row| (row.catalog, row.content.clone()));
    let identities = |rows: &[&'r FollowedRow]| -> HashSet<(usize, &'r str)> {
        rows.iter().map(|row| (row.catalog, row.identity.as_str())).collect()
    };
    let (old, new) = (identities(&removed), identities(&added));
    let mut removed = lines(&removed, &new);
    let mut added = lines(&added, &old);
    cancel(&mut removed, &mut added, String::clone);
    let mut all: Vec<_> = removed.into_iter().map(|line| format!("-{line}")).collect();
    all.extend(added.into_iter().map(|line| format!("+{line}")));
    all.sort_unstable();
    all.join("\n")
}

/// Removes TOAST tables without options, and what belongs to them: the server makes one when a column needs it, and keeps
/// it when the column is dropped.
fn without_storage(rows: &mut Vec<&FollowedRow>) {
    let is_storage = |row: &&&FollowedRow| {
        row.content.contains(r#""relnamespace": "99""#) && row.content.contains(r#""reloptions": null"#)
    };
    let storage: HashSet<&str> = rows.iter().filter(is_storage).map(|row| row.identity.as_str()).collect();
    if !storage.is_empty() {
        let numbers = |row: &FollowedRow| {
            row.content.split(|character: char| !character.is_ascii_digit()).any(|number| storage.contains(number))
        };
        rows.retain(|row| !numbers(row));
    }
}

/// Removes what both lists have, as often as both have it.
fn cancel<T, K: Eq + Hash>(one: &mut Vec<T>, other: &mut Vec<T>, key: impl Fn(&T) -> K) {
    let mut counts: HashMap<K, usize> = HashMap::new();
    other.iter().for_each(|item| *counts.entry(key(item)).or_default() += 1);
    let mut common: HashMap<K, usize> = HashMap::new();
    one.retain(|item| {
        let is_common = take_one(&mut counts, &key(item));
        if is_common {
            *common.entry(key(item)).or_default() += 1;
        }
        !is_common
    });
    other.retain(|item| !take_one(&mut common, &key(item)));
}

/// Takes one off the count of `key`; `false` if there is none left.
fn take_one<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) -> bool {
    let count = counts.get_mut(key).filter(|count| **count > 0);
    count.map(|count| *count -= 1).is_some()
}

/// Returns a line for each row, with labels for the OIDs of objects that are not in `elsewhere`.
fn lines(rows: &[&FollowedRow], elsewhere: &HashSet<(usize, &str)>) -> Vec<String> {
    let is_oid = |row: &FollowedRow| !row.identity.is_empty() && row.identity.bytes().all(|byte| byte.is_ascii_digit());
    let mut labels: HashMap<&str, u64> = HashMap::new();
    let mut is_unique = true;
    for row in rows {
        if is_oid(row) && !elsewhere.contains(&(row.catalog, row.identity.as_str())) {
            is_unique &= labels.insert(&row.identity, 0).is_none();
        }
    }
    for _ in 0..ROUNDS {
        let defining = rows.iter().filter(|row| labels.contains_key(row.identity.as_str()));
        let next: Vec<_> = defining.map(|row| (row.identity.as_str(), hash(&line(row, &labels)))).collect();
        labels.extend(next);
    }
    let distinct: HashSet<_> = labels.values().collect();
    is_unique &= distinct.len() == labels.len();
    let none = HashMap::new();
    rows.iter().map(|row| line(row, if is_unique { &labels } else { &none })).collect()
}

/// Returns a row with labels in place of numbers that have one.
fn line(row: &FollowedRow, labels: &HashMap<&str, u64>) -> String {
    let mut text = format!("{} ", row.catalog);
    let mut rest = row.content.as_str();
    while let Some(start) = rest.find(|character: char| character.is_ascii_digit()) {
        let (before, number) = rest.split_at(start);
        let end = number.find(|character: char| !character.is_ascii_digit()).unwrap_or(number.len());
        let (number, after) = number.split_at(end);
        text.push_str(before);
        match labels.get(number) {
            Some(label) => text.push_str(&format!("@{label:x}")),
            None => text.push_str(number),
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::super::followed::FollowedRow;
    use super::canonical;

    fn rows(rows: &[(usize, &str, &str)]) -> Vec<FollowedRow> {
        rows.iter().map(|(catalog, identity, content)| FollowedRow::for_test(*catalog, identity, content)).collect()
    }

    fn change(removed: &[(usize, &str, &str)], added: &[(usize, &str, &str)]) -> String {
        canonical(rows(removed).iter(), rows(added).iter())
    }

    #[test]
    fn the_same_objects_with_other_oids_are_the_same_change() {
        let one = [(1, "20001", "20001 t of 2200"), (2, "20002", "20002 key of 20001"), (3, "", "20002 needs 20001")];
        let other = [(1, "30009", "30009 t of 2200"), (2, "30004", "30004 key of 30009"), (3, "", "30004 needs 30009")];
        assert_eq!(change(&[], &one), change(&[], &other));
        assert_eq!(change(&one, &other), "");
        let swapped =
            [(1, "30009", "30009 t of 2200"), (2, "30004", "30004 key of 30009"), (3, "", "30009 needs 30004")];
        assert_ne!(change(&[], &one), change(&[], &swapped));
    }

    #[test]
    fn an_object_that_was_there_keeps_its_oid() {
        let (old, changed) = ((1, "20001", "20001 t a"), (1, "20001", "20001 t b"));
        assert_eq!(change(&[old], &[changed]), "+1 20001 t b\n-1 20001 t a");
        assert_ne!(change(&[], &[(3, "", "x of 20001")]), change(&[], &[(3, "", "x of 20003")]));
        assert_eq!(change(&[old], &[old]), "");
    }

    #[test]
    fn objects_that_cannot_be_told_apart_keep_their_oids() {
        let twins =
            |one: &'static str, other: &'static str| change(&[], &[(1, one, "twin"), (1, other, "twin"), (3, "", one)]);
        assert_ne!(twins("20001", "20002"), twins("20003", "20004"));
    }
}
