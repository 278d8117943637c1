//! Revision files that other ones replace (`replaces`): which of both a history contains. The default is the
//! replacement; if only some of the replaced revisions are applied, a view of the history contains all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::graph::{GraphError, ReplacementView, Replacements};
use crate::id::RevisionId;

use super::history::{History, HistoryEntry, is_own};

/// Replacements of a history, and the files of all its revisions.
#[derive(Debug, Clone, Default)]
pub(super) struct ReplacedFiles {
    pub(super) replacements: Replacements,
    /// All entries with files in file order; empty if nothing is replaced.
    pub(super) entries: Vec<HistoryEntry>,
    /// Replacements that this history shows with what they replace.
    pub(super) expanded: BTreeSet<RevisionId>,
}

impl ReplacedFiles {
    /// Reads what the entries replace. An error has positions in `entries`.
    pub(super) fn new(entries: &[HistoryEntry]) -> Result<Self, GraphError> {
        let headers = entries.iter().map(|entry| &entry.header);
        let replacements =
            Replacements::new(headers.map(|header| (&header.revision, header.options.replaces.as_slice())))?;
        let entries = if replacements.is_empty() { Vec::new() } else { entries.to_vec() };
        Ok(Self { replacements, entries, expanded: BTreeSet::new() })
    }

    /// Returns `true` if the history does not contain this entry.
    pub(super) fn hides(&self, id: &RevisionId) -> bool {
        self.replacements.hidden(&self.expanded).contains(id)
    }

    /// Returns the entries of this view, with the prerequisites that they have in it. An error has positions in
    /// `self.entries`.
    pub(super) fn shown(&self, service: &str) -> Result<Vec<HistoryEntry>, GraphError> {
        let hidden = self.replacements.hidden(&self.expanded);
        let mut shown = Vec::new();
        for (node, entry) in self.entries.iter().enumerate() {
            if hidden.contains(&entry.header.revision) {
                continue;
            }
            let entry = self.in_view(entry.clone(), service);
            let needs = entry.header.down_revisions.iter().map(RevisionId::as_str);
            let depends_on = entry.header.depends_on.iter().filter(|to| is_own(to, service));
            let mut needs = needs.chain(depends_on.map(|to| to.symbol.as_str()));
            if let Some(id) = needs.find_map(|id| hidden.get(&RevisionId::from_row(id))) {
                return Err(GraphError::ReplacedPrerequisite {
                    revision: entry.header.revision.clone(),
                    node,
                    id: (*id).clone(),
                    replaced_by: self.replacements.replaced_by(id).unwrap_or(id).clone(),
                });
            }
            shown.push(entry);
        }
        self.give_labels_to_replaced(&mut shown);
        Ok(shown)
    }

    /// Returns an entry with the prerequisites that it has in this view.
    pub(super) fn in_view(&self, mut entry: HistoryEntry, service: &str) -> HistoryEntry {
        let revision = entry.header.revision.clone();
        for down in &mut entry.header.down_revisions {
            *down = self.replacements.prerequisite(&revision, down).clone();
        }
        for to in entry.header.depends_on.iter_mut().filter(|to| is_own(to, service)) {
            let id = RevisionId::from_row(&to.symbol);
            to.symbol = self.replacements.prerequisite(&revision, &id).to_string();
        }
        if let (true, Some(last)) =
            (self.expanded.contains(&revision), self.replacements.replaced(&revision).last().cloned())
        {
            let own = std::mem::replace(&mut entry.header.down_revisions, vec![last]);
            entry.own_down_revisions = Some(own);
        }
        entry
    }

    /// Removes from the replacements the labels that what they replace has: a label has one revision.
    fn give_labels_to_replaced(&self, shown: &mut [HistoryEntry]) {
        let labels: BTreeSet<String> = shown
            .iter()
            .filter(|entry| entry.own_down_revisions.is_none())
            .flat_map(|entry| entry.header.options.branch_labels.iter().cloned())
            .collect();
        for entry in shown.iter_mut().filter(|entry| entry.own_down_revisions.is_some()) {
            entry.header.options.branch_labels.retain(|label| !labels.contains(label));
        }
    }
}

/// A replaced revision whose file is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingReplaced {
    /// Revision of a version row: one of those that are replaced, and not the last.
    pub row: RevisionId,
    /// Revision that replaces it.
    pub replaced_by: RevisionId,
    /// Replaced revisions without a file, oldest first.
    pub missing: Vec<RevisionId>,
    /// Folder that the files were in.
    pub folder: PathBuf,
}

impl History {
    /// Returns the revisions that a revision replaces, oldest first; empty if it replaces nothing.
    #[must_use]
    pub fn replaces(&self, id: &RevisionId) -> &[RevisionId] {
        self.squashed.replacements.replaced(id)
    }

    /// Returns the revision that replaces `id`, which may have no file any more.
    #[must_use]
    pub fn replaced_by(&self, id: &RevisionId) -> Option<&RevisionId> {
        self.squashed.replacements.replaced_by(id)
    }

    /// Returns what the name of a revision or label means in another service's `depends_on`.
    #[must_use]
    pub fn meant<'n>(&'n self, name: &'n str) -> &'n str {
        self.squashed.replacements.meant(name)
    }

    /// Returns `true` if no revision replaces another.
    #[must_use]
    pub const fn replaces_nothing(&self) -> bool {
        self.squashed.replacements.is_empty()
    }

    /// Chooses the view for version rows and half-applied revisions.
    #[must_use]
    pub fn replacement_view(&self, rows: &[RevisionId], half: &[RevisionId]) -> ReplacementView {
        self.squashed.replacements.view(rows, half)
    }

    /// Returns the replaced revisions that a view does not contain.
    #[must_use]
    pub fn hidden_in(&self, view: &ReplacementView) -> BTreeSet<&RevisionId> {
        self.squashed.replacements.hidden(&view.expanded)
    }

    /// Returns the replaced revisions that have files, in file order.
    pub fn replaced_files(&self) -> impl Iterator<Item = &HistoryEntry> {
        let is_replaced = |entry: &&HistoryEntry| self.replaced_by(&entry.header.revision).is_some();
        self.squashed.entries.iter().filter(is_replaced)
    }

    /// Returns the history with the revisions that others replace, whose replacements come after them; `None` if nothing
    /// is replaced, or if files of it are missing.
    #[must_use]
    pub fn with_replaced(&self) -> Option<Self> {
        let ids = self.squashed.entries.iter().map(|entry| &entry.header.revision);
        let expanded: BTreeSet<_> = ids.filter(|id| !self.replaces(id).is_empty()).cloned().collect();
        if expanded.is_empty() { None } else { self.extended("", &[], &expanded) }
    }

    /// Returns what is missing if a version row is a replaced revision, not the last, and files of the others are gone.
    #[must_use]
    pub fn missing_replaced(&self, row: &RevisionId) -> Option<MissingReplaced> {
        let replaced_by = self.replaced_by(row)?;
        let there: BTreeSet<&RevisionId> = self.squashed.entries.iter().map(|entry| &entry.header.revision).collect();
        let replaced = self.squashed.replacements.replaced(replaced_by).iter();
        let missing = replaced.filter(|id| !there.contains(id)).cloned().collect();
        let folder = self.service.revisions.first().cloned().unwrap_or_default();
        Some(MissingReplaced { row: row.clone(), replaced_by: replaced_by.clone(), missing, folder })
    }
}

/// Places recorded replacements behind what they replace, as far as that has files here: an older release counts its
/// own revisions as applied. Without the last one of them, the replacement cannot be reverted here.
pub(super) fn place_recorded(entries: &mut [HistoryEntry]) {
    let needed: BTreeMap<RevisionId, Vec<RevisionId>> = entries
        .iter()
        .map(|entry| {
            let header = &entry.header;
            let dependencies = header.depends_on.iter().map(|to| RevisionId::from_row(&to.symbol));
            (header.revision.clone(), header.down_revisions.iter().cloned().chain(dependencies).collect())
        })
        .collect();
    for entry in entries.iter_mut().filter(|entry| !entry.header.options.replaces.is_empty()) {
        if entry.recorded.is_none() {
            continue;
        }
        let replaces = &entry.header.options.replaces;
        let known: Vec<&RevisionId> = replaces.iter().filter(|id| needed.contains_key(*id)).collect();
        let is_newest = |id: &&&RevisionId| !known.iter().any(|other| needed[*other].contains(id));
        let newest: Vec<RevisionId> = known.iter().filter(is_newest).map(|id| (*id).clone()).collect();
        if newest.is_empty() {
            continue;
        }
        let is_whole = known.last().copied() == replaces.last();
        let own = std::mem::replace(&mut entry.header.down_revisions, newest);
        entry.own_down_revisions = is_whole.then_some(own);
    }
}
