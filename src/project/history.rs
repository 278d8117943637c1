//! A service with its revision files, their headers read, and their graph.

use std::path::{Path, PathBuf};

use crate::config::{Layout, Service};
use crate::diagnostic::{Location, Span};
use crate::graph::{Graph, GraphError, Node};
use crate::id::RevisionId;
use crate::revision::{Header, Key, Reference, Revision, Section};

use super::error::{ProjectError, ProjectResult};
use super::{pairs, read, walk};

/// From so many files on it pays to read with several threads.
const FILES_PER_THREAD: usize = 256;

/// One revision file, as far as its header was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What its header says.
    pub header: Header,
    /// The file.
    pub path: PathBuf,
    /// The file that takes it back, where that is another one ([`Layout::Pairs`]).
    pub rollback: Option<PathBuf>,
}

/// A service with the graph of its revisions.
#[derive(Debug)]
pub struct History {
    /// The service.
    pub service: Service,
    /// Its revision files in file order (folders in configured order, then path).
    pub entries: Vec<Entry>,
    /// Their graph; `graph.index_of(id)` is the index into `entries`.
    pub graph: Graph,
    external: Vec<(RevisionId, Reference)>,
}

impl History {
    /// Reads the headers of the service's revision files (not more) and builds their graph.
    ///
    /// # Errors
    /// A folder or file that cannot be read, a header that is wrong (the first in file order), revisions that are no graph.
    pub fn load(service: &Service) -> ProjectResult<Self> {
        let files = walk::revision_files(service)?;
        let entries = match service.layout {
            Layout::Revisions => entries(files)?,
            Layout::Pairs => pairs::entries(files)?,
        };
        let nodes = entries.iter().map(|entry| node(&entry.header, &service.name)).collect();
        let graph = Graph::build(nodes).map_err(|error| no_graph(service, &entries, error))?;
        let external = entries.iter().flat_map(|entry| {
            let others = entry.header.depends_on.iter().filter(|to| !is_own(to, &service.name));
            others.map(|reference| (entry.header.revision.clone(), reference.clone()))
        });
        Ok(Self { external: external.collect(), service: service.clone(), graph, entries })
    }

    /// What revisions need of other services, in file order: the revision, and the other service's revision or label.
    #[must_use]
    pub fn external(&self) -> &[(RevisionId, Reference)] {
        &self.external
    }

    /// A revision's file and header.
    ///
    /// # Errors
    /// [`ProjectError::UnknownRevision`].
    pub fn entry(&self, id: &RevisionId) -> ProjectResult<&Entry> {
        let entry = self.graph.index_of(id.as_str()).and_then(|index| self.entries.get(index));
        let unknown = || ProjectError::UnknownRevision { service: self.service.name.clone(), revision: id.clone() };
        entry.ok_or_else(|| Box::new(unknown()))
    }

    /// Reads the whole file of a revision.
    ///
    /// # Errors
    /// When there is no such revision, or its file cannot be read, is wrong, or is another revision's by now.
    pub fn read(&self, id: &RevisionId) -> ProjectResult<Revision> {
        let entry = self.entry(id)?;
        if self.service.layout == Layout::Pairs {
            return pairs::read(entry, self.service.dialect());
        }
        let path = &entry.path;
        let text = read::text(path)?;
        let revision = Revision::parse(&text).map_err(|error| read::wrong(path, &text, error))?;
        if revision.header.revision != *id {
            return Err(Box::new(ProjectError::ChangedMeanwhile { path: path.clone(), revision: id.clone() }));
        }
        Ok(revision)
    }

    /// Reads the file that has a revision's section, with its path: of a pair, the one or the other.
    ///
    /// # Errors
    /// As of [`History::read`].
    pub fn read_section(&self, id: &RevisionId, section: Section) -> ProjectResult<(PathBuf, Revision)> {
        let entry = self.entry(id)?;
        match self.service.layout {
            Layout::Pairs => pairs::read_section(entry, section, self.service.dialect()),
            Layout::Revisions => Ok((entry.path.clone(), self.read(id)?)),
        }
    }

    /// Whether a target names a revision or label of this service: an id, the beginning of one (four characters or
    /// more), a label, or one of these with `@...`, `+N` or `-N` behind it. `head` and the like name none.
    #[must_use]
    pub fn knows(&self, symbol: &str) -> bool {
        let name = symbol.split('@').next().unwrap_or_default();
        self.has_name(name) || self.has_name(without_steps(name))
    }

    fn has_name(&self, name: &str) -> bool {
        let begins = |known: &str| known == name || (name.chars().count() >= 4 && known.starts_with(name));
        let labels = || self.entries.iter().flat_map(|entry| &entry.header.branch_labels);
        !name.is_empty()
            && (self.entries.iter().any(|entry| begins(entry.header.revision.as_str()))
                || labels().any(|label| begins(label)))
    }
}

/// `ID+2`, `ID-1` without their steps.
fn without_steps(name: &str) -> &str {
    let before = name.trim_end_matches(|c: char| c.is_ascii_digit());
    match before.strip_suffix(['+', '-']) {
        Some(stem) if before.len() < name.len() => stem,
        _ => name,
    }
}

fn is_own(reference: &Reference, service: &str) -> bool {
    reference.service.as_ref().is_none_or(|name| name == service)
}

/// The revision as its own service's graph sees it.
fn node(header: &Header, service: &str) -> Node {
    let own = header.depends_on.iter().filter(|reference| is_own(reference, service));
    Node {
        id: header.revision.clone(),
        down_revisions: header.down_revisions.clone(),
        depends_on: own.map(|reference| reference.symbol.clone()).collect(),
        branch_labels: header.branch_labels.clone(),
    }
}

fn entries(files: Vec<PathBuf>) -> ProjectResult<Vec<Entry>> {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = cores.min(files.len() / FILES_PER_THREAD).clamp(1, 8);
    if threads == 1 {
        return read_all(files);
    }
    let share = files.len().div_ceil(threads);
    let mut rest = files;
    let mut shares = Vec::with_capacity(threads);
    while rest.len() > share {
        let tail = rest.split_off(share);
        shares.push(std::mem::replace(&mut rest, tail));
    }
    let mut entries = Vec::new();
    std::thread::scope(|scope| {
        let running: Vec<_> = shares.into_iter().map(|share| scope.spawn(|| read_all(share))).collect();
        let last = read_all(rest);
        for thread in running {
            match thread.join() {
                Ok(found) => entries.extend(found?),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        entries.extend(last?);
        Ok(entries)
    })
}

fn read_all(files: Vec<PathBuf>) -> ProjectResult<Vec<Entry>> {
    let mut buffer = Vec::new();
    let entry = |path: PathBuf| Ok(Entry { header: read::header(&path, &mut buffer)?, path, rollback: None });
    files.into_iter().map(entry).collect()
}

fn no_graph(service: &Service, entries: &[Entry], error: GraphError) -> Box<ProjectError> {
    let files =
        error.nodes().into_iter().filter_map(|index| entries.get(index)).map(|entry| locate(&entry.path, &error));
    let files = files.collect();
    Box::new(ProjectError::Graph { service: service.name.clone(), error, files })
}

/// The file with the line that the error is about; a file that cannot be read now is shown without.
fn locate(path: &Path, error: &GraphError) -> Location {
    let text = read::text(path).unwrap_or_default();
    let keys: &[Key] = match error {
        GraphError::DuplicateRevision { .. } => &[Key::Revision],
        GraphError::DuplicateLabel { .. } | GraphError::LabelIsRevision { .. } | GraphError::InvalidLabel { .. } => {
            &[Key::BranchLabels, Key::Revision]
        }
        GraphError::MissingDependency { .. } => &[Key::DependsOn],
        GraphError::MissingDownRevision { .. } | GraphError::Cycle { .. } => &[Key::DownRevision, Key::DependsOn],
    };
    let span = keys.iter().find_map(|key| Revision::place_of(&text, *key)).unwrap_or(Span::default());
    Location { path: path.to_owned(), text, span }
}
