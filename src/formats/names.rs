//! File names of other tools: versions, times, messages, and linear histories ordered by version.

use std::collections::BTreeMap;

use super::imported::{ForeignError, Imported, Problem};
use crate::id::RevisionId;

/// Splits the leading digits off `name`. Returns them and the rest.
pub(super) fn version(name: &str) -> Option<(&str, &str)> {
    let end = name.find(|c: char| !c.is_ascii_digit()).unwrap_or(name.len());
    let (digits, rest) = name.split_at_checked(end)?;
    (!digits.is_empty()).then_some((digits, rest))
}

/// Converts a version to an id. Replaces characters that ids must not contain by `_`.
pub(super) fn id(version: &str, path: &str) -> Result<RevisionId, ForeignError> {
    let stranger = |c: char| matches!(c, '@' | '-' | '+' | ':') || c.is_whitespace() || c.is_control();
    RevisionId::new(&version.replace(stranger, "_")).map_err(|error| ForeignError::in_file(path, error.into()))
}

/// Converts `YYYYMMDDHHMMSS` to RFC 3339. Returns `None` if it is not a valid time.
pub(super) fn time(digits: &str) -> Option<String> {
    let part = |from: usize, to: usize| digits.get(from..to);
    if digits.len() != 14 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let (date, clock) = ([part(0, 4)?, part(4, 6)?, part(6, 8)?], [part(8, 10)?, part(10, 12)?, part(12, 14)?]);
    let text = format!("{}T{}Z", date.join("-"), clock.join(":"));
    text.parse::<jiff::Timestamp>().is_ok().then_some(text)
}

/// Converts a name to a message: `create_users` to `create users`.
pub(super) fn words(name: &str) -> Option<String> {
    let words: Vec<&str> = name.split(['_', '-', ' ']).filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

/// Returns a sort key for a number of any length, without leading zeros.
pub(super) fn number(digits: &str) -> (usize, String) {
    let significant = digits.trim_start_matches('0');
    (significant.len(), significant.to_owned())
}

/// Builds a linear history ordered by `key`. Two revisions with the same key are an error.
pub(super) fn line<K: Ord>(found: Vec<(K, Imported)>) -> Result<Vec<Imported>, ForeignError> {
    let mut ordered: BTreeMap<K, Imported> = BTreeMap::new();
    for (key, imported) in found {
        if let Some(other) = ordered.get(&key) {
            let problem = Problem::SameVersion { version: imported.id.to_string(), other: other.path.clone() };
            return Err(ForeignError::in_file(&imported.path, problem));
        }
        ordered.insert(key, imported);
    }
    Ok(in_a_row(ordered.into_values()))
}

/// Makes each revision the parent of the next one.
pub(super) fn in_a_row(revisions: impl IntoIterator<Item = Imported>) -> Vec<Imported> {
    let mut before: Option<RevisionId> = None;
    let after = |mut imported: Imported| {
        imported.parents = before.replace(imported.id.clone()).into_iter().collect();
        imported
    };
    revisions.into_iter().map(after).collect()
}
