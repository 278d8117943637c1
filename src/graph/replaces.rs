//! Revisions that replace others (`replaces`, written by `squash`): which of both a graph contains depends on the
//! version rows. Ids only; files are out of scope.

use std::collections::{BTreeMap, BTreeSet};

use super::GraphError;
use crate::id::RevisionId;

/// Revisions that replace others, with what each replaces.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replacements {
    /// A revision that replaces another replacement comes after it, and its list contains that one's list.
    lists: Vec<(RevisionId, Vec<RevisionId>)>,
}

/// Part of the replacements that a graph for certain version rows shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReplacementView {
    /// Replacements that come after the revisions they replace, because some of those are applied and not all.
    pub expanded: BTreeSet<RevisionId>,
    /// Version rows of completely applied revisions that are replaced, with the replacement that counts as applied.
    pub moved: Vec<(RevisionId, RevisionId)>,
}

impl Replacements {
    /// Reads the lists of the revisions that replace others. `lists` has an item for each revision, in file order.
    ///
    /// # Errors
    /// [`GraphError`] if a list contains its own revision or an id twice, or if two revisions replace the same one and
    /// neither replaces the other.
    pub fn new<'l>(lists: impl Iterator<Item = (&'l RevisionId, &'l [RevisionId])>) -> Result<Self, GraphError> {
        let mut found: Vec<(usize, RevisionId, Vec<RevisionId>)> = Vec::new();
        for (node, (revision, replaces)) in lists.enumerate().filter(|(_, (_, replaces))| !replaces.is_empty()) {
            let mut seen = BTreeSet::from([revision]);
            if let Some(id) = replaces.iter().find(|id| !seen.insert(id)) {
                return Err(GraphError::InvalidReplaces { revision: revision.clone(), node, id: id.clone() });
            }
            found.push((node, revision.clone(), replaces.to_vec()));
        }
        flatten(&mut found)?;
        refuse_overlap(&found)?;
        // A list that contains another replacement is longer than that one's.
        found.sort_by_key(|(node, _, replaces)| (replaces.len(), *node));
        Ok(Self { lists: found.into_iter().map(|(_, revision, replaces)| (revision, replaces)).collect() })
    }

    /// Returns `true` if no revision replaces another.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// Returns what a revision replaces, each after those that it needs; empty if it replaces nothing.
    #[must_use]
    pub fn replaced(&self, revision: &RevisionId) -> &[RevisionId] {
        self.lists.iter().find(|(id, _)| id == revision).map_or(&[], |(_, replaces)| replaces)
    }

    /// Returns the revision that replaces `id`: of several, the one that replaces the others.
    #[must_use]
    pub fn replaced_by(&self, id: &RevisionId) -> Option<&RevisionId> {
        self.lists.iter().rev().find(|(_, replaces)| replaces.contains(id)).map(|(revision, _)| revision)
    }

    /// Chooses the view for version rows. `half` are revisions that are applied in part.
    ///
    /// A replacement counts as applied if the last of the revisions that it replaces is a row. If another one of them is
    /// a row, or one is half-applied, the database is in the middle, and needs them.
    #[must_use]
    pub fn view(&self, rows: &[RevisionId], half: &[RevisionId]) -> ReplacementView {
        let mut expanded = BTreeSet::new();
        let mut rows: Vec<(&RevisionId, &RevisionId)> = rows.iter().map(|row| (row, row)).collect();
        for (revision, replaces) in &self.lists {
            let is_row = rows.iter().any(|(_, now)| *now == revision);
            let mut within = rows.iter_mut().filter(|(_, now)| replaces.contains(now));
            match (within.next(), within.next()) {
                (None, _) if !half.iter().any(|id| replaces.contains(id)) => {}
                (Some((_, now)), None)
                    if !is_row && Some(*now) == replaces.last() && !half.iter().any(|id| replaces.contains(id)) =>
                {
                    *now = revision;
                }
                _ => drop(expanded.insert(revision.clone())),
            }
        }
        let moved = rows.into_iter().filter(|(row, now)| row != now);
        ReplacementView { expanded, moved: moved.map(|(row, now)| (row.clone(), now.clone())).collect() }
    }

    /// Returns the revisions that the graph does not contain because their replacements are in it instead.
    #[must_use]
    pub fn hidden(&self, expanded: &BTreeSet<RevisionId>) -> BTreeSet<&RevisionId> {
        let hiding = self.lists.iter().filter(|(revision, _)| !expanded.contains(revision));
        hiding.flat_map(|(_, replaces)| replaces).collect()
    }

    /// Returns the prerequisite of `revision` that `id` means: whatever needs the last of the revisions that are
    /// replaced needs the replacement.
    #[must_use]
    pub fn prerequisite<'r>(&'r self, revision: &RevisionId, id: &'r RevisionId) -> &'r RevisionId {
        let is_outside = |(replacement, replaces): &&(RevisionId, Vec<RevisionId>)| {
            replacement != revision && !replaces.contains(revision)
        };
        let lists = self.lists.iter().filter(is_outside);
        lists.fold(id, |id, (replacement, replaces)| if replaces.last() == Some(id) { replacement } else { id })
    }

    /// Returns what the name of a revision in another service's `depends_on` means: the last of the revisions that are
    /// replaced is another name of the replacement.
    #[must_use]
    pub fn meant<'r>(&'r self, name: &'r str) -> &'r str {
        self.lists.iter().fold(name, |name, (replacement, replaces)| match replaces.last() {
            Some(last) if last.as_str() == name => replacement.as_str(),
            _ => name,
        })
    }
}

/// Puts what a replaced replacement replaces before it.
fn flatten(found: &mut [(usize, RevisionId, Vec<RevisionId>)]) -> Result<(), GraphError> {
    let lists: BTreeMap<RevisionId, Vec<RevisionId>> =
        found.iter().map(|(_, revision, replaces)| (revision.clone(), replaces.clone())).collect();
    for (node, revision, replaces) in found {
        let mut at = 0;
        while let Some(id) = replaces.get(at).cloned() {
            let missing: Vec<RevisionId> =
                lists.get(&id).into_iter().flatten().filter(|inner| !replaces.contains(inner)).cloned().collect();
            if missing.is_empty() {
                at += 1;
                continue;
            }
            // A replacement that replaces, through another one, itself.
            if missing.contains(revision) {
                return Err(GraphError::InvalidReplaces { revision: revision.clone(), node: *node, id });
            }
            replaces.splice(at..at, missing);
        }
    }
    Ok(())
}

fn refuse_overlap(found: &[(usize, RevisionId, Vec<RevisionId>)]) -> Result<(), GraphError> {
    for (index, (first_node, first, replaces)) in found.iter().enumerate() {
        for (second_node, second, others) in &found[index + 1..] {
            if replaces.contains(second) || others.contains(first) {
                continue;
            }
            if let Some(id) = replaces.iter().find(|id| others.contains(id)) {
                let (id, first, second) = (id.clone(), first.clone(), second.clone());
                return Err(GraphError::OverlappingReplaces { id, first, second, nodes: [*first_node, *second_node] });
            }
        }
    }
    Ok(())
}
