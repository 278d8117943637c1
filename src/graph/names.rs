//! Lookup of revisions by id or label, exact or abbreviated, and suggestions for a mistyped name. Edges, rows and
//! targets are out of scope.

use std::collections::{BTreeMap, HashMap};

use crate::id::RevisionId;

/// Names shorter than this many characters have to be typed in full (Alembic's rule).
const SHORTEST_ABBREVIATED: usize = 4;
/// Minimum Jaro-Winkler similarity (0 to 1) of a suggestion.
const ALIKE: f64 = 0.8;
/// Maximum number of suggestions.
const OFFERED: usize = 3;

/// Ids and branch labels, each with the position of its revision.
#[derive(Debug, Default)]
pub(super) struct RevisionNames {
    ids: HashMap<RevisionId, usize>,
    labels: BTreeMap<String, usize>,
}

impl RevisionNames {
    pub(super) fn with_capacity(count: usize) -> Self {
        Self { ids: HashMap::with_capacity(count), labels: BTreeMap::new() }
    }

    /// Adds an id. Returns the position of another revision with the same id, if there is one; the first one keeps it.
    pub(super) fn add_id(&mut self, id: &RevisionId, index: usize) -> Option<usize> {
        let first = *self.ids.entry(id.clone()).or_insert(index);
        (first != index).then_some(first)
    }

    /// Adds a label. Returns the position of another revision that declares it, if there is one; the first one keeps
    /// it.
    pub(super) fn add_label(&mut self, label: &str, index: usize) -> Option<usize> {
        match self.labels.get(label) {
            Some(first) => (*first != index).then_some(*first),
            None => {
                self.labels.insert(label.to_owned(), index);
                None
            }
        }
    }

    /// Returns the revision with this id.
    pub(super) fn id(&self, id: &str) -> Option<usize> {
        self.ids.get(id).copied()
    }

    /// Returns the revision with this id, or the one that declares this label.
    pub(super) fn exact(&self, name: &str) -> Option<usize> {
        self.id(name).or_else(|| self.labels.get(name).copied())
    }

    /// Ids and labels with this prefix that may be abbreviated, sorted, with their revisions.
    pub(super) fn beginning_with(&self, beginning: &str) -> Vec<(&str, usize)> {
        let mut found: Vec<(&str, usize)> = self
            .all()
            .filter(|(name, _)| name.starts_with(beginning) && name.chars().count() >= SHORTEST_ABBREVIATED)
            .collect();
        found.sort_unstable();
        found
    }

    /// Ids, labels and keywords most similar to `name`, best match first.
    pub(super) fn nearest(&self, name: &str) -> Vec<String> {
        most_alike(name, self.all().map(|(candidate, _)| candidate).chain(SYMBOLS))
    }

    /// Returns the id most similar to `name`.
    pub(super) fn nearest_id(&self, name: &str) -> Option<RevisionId> {
        let best = most_alike(name, self.ids.keys().map(RevisionId::as_str)).into_iter().next()?;
        self.ids.get_key_value(best.as_str()).map(|(id, _)| id.clone())
    }

    fn all(&self) -> impl Iterator<Item = (&str, usize)> {
        let ids = self.ids.iter().map(|(id, index)| (id.as_str(), *index));
        ids.chain(self.labels.iter().map(|(label, index)| (label.as_str(), *index)))
    }
}

/// Keywords that a target may use instead of an id or label.
const SYMBOLS: [&str; 4] = ["head", "heads", "base", "current"];

fn most_alike<'n>(name: &str, candidates: impl Iterator<Item = &'n str>) -> Vec<String> {
    let mut found: Vec<(f64, &str)> = candidates
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    found.sort_by(|(one, first), (other, second)| other.total_cmp(one).then_with(|| first.cmp(second)));
    found.into_iter().take(OFFERED).map(|(_, candidate)| candidate.to_owned()).collect()
}
