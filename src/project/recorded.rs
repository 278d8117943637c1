//! Revisions without a file that the journal of a database describes: a newer release has applied them. Their
//! definition has the form of a revision file, with the header and the downgrade section as it would run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use crate::graph::{Graph, GraphNode};
use crate::id::RevisionId;
use crate::revision::{DependencyReference, Header, Revision, Section, render};

use super::history::{History, HistoryEntry, is_own, node};
use super::replacements::{ReplacedFiles, place_recorded};

/// Maximum size of a downgrade section in a definition, in bytes: each run writes it into the journal, and MySQL's
/// messages are limited.
const LARGEST_DOWNGRADE: usize = 512 * 1024;

/// A revision that a database's journal describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordedRevision {
    /// Header of its definition.
    pub header: Header,
    pub definition: String,
    /// Start of the upgrade that applied it: RFC 3339, UTC.
    pub applied_at: String,
    /// Name of the operating system's user who applied it.
    pub os_user: String,
    /// Host from which it was applied.
    pub host: String,
}

/// Returns the definition of a revision for the journal. `downgrade` is its section as it would run; `transaction` is
/// false if it runs outside a transaction. `None` if the revision cannot be written as a text that is read back as the
/// same one.
#[must_use]
pub fn definition(history: &History, id: &RevisionId, downgrade: Option<&str>, transaction: bool) -> Option<String> {
    let (entry, node) = (history.entry(id).ok()?, history.graph.get(id.as_str())?);
    let external = entry.header.depends_on.iter().filter(|to| !is_own(to, &history.service.name)).cloned();
    // Labels may be gone from the files of another release, ids are not.
    let own = node.depends_on.iter().map(|id| DependencyReference { service: None, symbol: id.clone() });
    let depends_on = own.chain(external).collect();
    let down_revisions = entry.own_down_revisions.as_ref().unwrap_or(&entry.header.down_revisions).clone();
    let header = Header { down_revisions, depends_on, transaction, template: false, ..entry.header.clone() };
    let downgrade = downgrade.filter(|text| text.len() <= LARGEST_DOWNGRADE && !text.contains('\0'));
    let section = downgrade.map(|text| (Section::Downgrade, text));
    let whole = section.and_then(|section| render(&header, &[section]).ok());
    whole.or_else(|| render(&header, &[]).ok())
}

impl RecordedRevision {
    /// Reads a definition; `None` if it is not one of the revision `id`.
    #[must_use]
    pub fn parse(id: &str, definition: String, [applied_at, os_user, host]: [String; 3]) -> Option<Self> {
        let header = Revision::parse(&definition).ok()?.header;
        (header.revision.as_str() == id).then_some(Self { header, definition, applied_at, os_user, host })
    }

    /// Returns the revisions of its service that it needs.
    pub fn needs<'s>(&'s self, service: &'s str) -> impl Iterator<Item = &'s str> {
        let own = self.header.depends_on.iter().filter(move |to| is_own(to, service)).map(|to| to.symbol.as_str());
        self.header.down_revisions.iter().map(RevisionId::as_str).chain(own)
    }
}

impl History {
    /// Returns the history with revisions that have no file, and with what the revisions in `expanded` replace; `None`
    /// if they do not form a graph with the others. Targets like `head` keep their meaning: they concern revisions with
    /// files only. `journal` is the place that messages name instead of a file. The result lives as long as this
    /// history, and is kept for the next call with the same arguments.
    #[must_use]
    pub fn with_recorded(
        &self,
        journal: &str,
        recorded: Vec<RecordedRevision>,
        expanded: &BTreeSet<RevisionId>,
    ) -> Option<&Self> {
        let mut last = self;
        let mut unused = None;
        loop {
            while let Some(next) = last.newer.get() {
                last = next;
                if last.recorded().eq(&recorded) && last.squashed.expanded == *expanded {
                    return Some(last);
                }
            }
            let extended = match unused.take() {
                Some(extended) => extended,
                None => Box::new(self.extended(journal, &recorded, expanded)?),
            };
            // Another thread may have been faster.
            unused = last.newer.set(extended).err();
        }
    }

    /// Returns the result of the last call of [`History::with_recorded`]; this history if there was none.
    #[must_use]
    pub fn as_last_read(&self) -> &Self {
        let mut last = self;
        while let Some(next) = last.newer.get() {
            last = next;
        }
        last
    }

    /// Returns `true` for a revision that this history contains, and for one that a revision of it replaces.
    #[must_use]
    pub fn is_known(&self, id: &str) -> bool {
        self.graph.index_of(id).is_some() || self.replaced_by(&RevisionId::from_row(id)).is_some()
    }

    /// Returns the revisions without a file, in the order in which they were applied.
    pub fn recorded(&self) -> impl Iterator<Item = &RecordedRevision> {
        let first = self.entries.partition_point(|entry| entry.recorded.is_none());
        self.entries.iter().skip(first).filter_map(|entry| entry.recorded.as_deref())
    }

    pub(super) fn extended(
        &self,
        journal: &str,
        recorded: &[RecordedRevision],
        expanded: &BTreeSet<RevisionId>,
    ) -> Option<Self> {
        let squashed = ReplacedFiles { expanded: expanded.clone(), ..self.squashed.clone() };
        let mut entries: Vec<HistoryEntry> = match expanded.is_empty() {
            true => self.entries.iter().filter(|entry| entry.recorded.is_none()).cloned().collect(),
            false => squashed.shown(&self.service.name).ok()?,
        };
        let files = entries.len();
        let names = entries.iter().map(|entry| &entry.header);
        let names: BTreeSet<String> = names
            .flat_map(|header| header.options.branch_labels.iter().cloned().chain([header.revision.to_string()]))
            .collect();
        for revision in recorded {
            let mut header = revision.header.clone();
            // A label that has moved to another revision belongs to the one with a file.
            if header.options.branch_labels.iter().any(|label| names.contains(label)) {
                header.options.branch_labels.retain(|label| !names.contains(label));
            }
            let path = PathBuf::from(format!("{journal}/{}.sql", header.revision));
            let recorded = Some(Box::new(revision.clone()));
            let entry = HistoryEntry { header, path, rollback: None, recorded, own_down_revisions: None };
            entries.push(squashed.in_view(entry, &self.service.name));
        }
        place_recorded(&mut entries);
        let nodes: Vec<GraphNode> = entries.iter().map(|entry| node(&entry.header, &self.service.name)).collect();
        let graph = Graph::build_with_recorded(nodes, files).ok()?;
        Some(self.with_entries(entries, graph, squashed))
    }
}

/// Returns those of the revisions `found` whose prerequisites have files or are among them, in the order of `order`.
#[must_use]
pub fn complete(
    history: &History,
    mut found: BTreeMap<String, RecordedRevision>,
    order: &[String],
) -> Vec<RecordedRevision> {
    let service = &*history.service.name;
    loop {
        let is_known = |id: &str| history.is_known(id) || found.contains_key(id);
        let lacks = |revision: &RecordedRevision| !revision.needs(service).all(is_known);
        let incomplete: Vec<String> =
            found.iter().filter(|(_, revision)| lacks(revision)).map(|(id, _)| id.clone()).collect();
        if incomplete.is_empty() {
            break;
        }
        for id in incomplete {
            found.remove(&id);
        }
    }
    order.iter().filter_map(|id| found.remove(id)).collect()
}
