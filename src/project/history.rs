//! A service with its revision files, of which only the headers are read, and their graph.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::config::{Layout, Service};
use crate::diagnostic::{Location, Span};
use crate::formats::alembic::{self, Variable};
use crate::graph::{Graph, GraphError, GraphNode};
use crate::id::RevisionId;
use crate::parallel::map_chunks;
use crate::revision::{DependencyReference, Header, HeaderKey, Revision, Section, may_include, render_header};
use crate::sql::Dialect;

use super::error::{ProjectError, ProjectResult};
use super::files::RevisionFiles;
use super::included::{IncludedFiles, Texts};
use super::kept_texts::{KeptText, KeptTexts, MAX_FILES, TextBudget};
use super::pairs;
use super::python_file::{self, PythonFile};
use super::read;
use super::recorded::RecordedRevision;
use super::replacements::ReplacedFiles;

/// Number of files from which on reading with several threads pays off.
const FILES_PER_THREAD: usize = 256;

/// The same for files that are read completely.
const WHOLE_FILES_PER_THREAD: usize = 64;

/// A revision file with its header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HistoryEntry {
    /// Parsed header.
    pub header: Header,
    /// Path of the file.
    pub path: PathBuf,
    /// File that reverts the revision, if it is another one ([`Layout::Pairs`]).
    pub rollback: Option<PathBuf>,
    /// Description in the journal of the database, if the revision has no file.
    pub recorded: Option<Box<RecordedRevision>>,
    /// Down revisions in its file, if this history contains what it replaces: it comes after that then, and has nothing
    /// to run.
    pub own_down_revisions: Option<Vec<RevisionId>>,
}

/// A service with the graph of its revisions.
#[derive(Debug)]
pub struct History {
    /// Service that the revisions belong to.
    pub service: Service,
    /// Revision files in file order: folders as configured, then by path.
    pub entries: Vec<HistoryEntry>,
    /// Graph of the revisions; `graph.index_of(id)` is the index into `entries`.
    pub graph: Graph,
    external: Vec<(RevisionId, DependencyReference)>,
    /// Python files that are ignored because an SQL file has the same id.
    replaced: BTreeMap<RevisionId, PathBuf>,
    /// Revisions that others replace.
    pub(super) squashed: ReplacedFiles,
    /// Storage of the files.
    pub(super) files: RevisionFiles,
    /// Texts that were read with the headers.
    texts: KeptTexts,
    /// This history with revisions that have no file; see [`History::with_recorded`].
    pub(super) newer: OnceLock<Box<History>>,
}

impl HistoryEntry {
    /// Returns `true` if the revision is written in Python, so that Alembic has to render its SQL.
    #[must_use]
    pub fn is_python(&self) -> bool {
        is_python(&self.path)
    }

    /// Returns `true` if this history has it after the revisions that it replaces.
    #[must_use]
    pub fn is_behind_replaced(&self) -> bool {
        self.own_down_revisions.is_some() || (self.recorded.is_some() && !self.header.options.replaces.is_empty())
    }
}

impl History {
    /// Reads the headers of the service's revision files and builds their graph.
    ///
    /// # Errors
    /// [`ProjectError`] if a folder or file cannot be read, a header is invalid (the first one in file order), or the
    /// revisions do not form a graph.
    pub fn load(service: &Service) -> ProjectResult<Self> {
        Self::build(service, RevisionFiles::Disk, None)
    }

    /// Loads a history like [`History::load`], and keeps the texts of the files up to a few megabytes in all, for
    /// commands that read nearly all of them afterwards: a file whose text is kept is opened and read once, and
    /// [`History::read`] returns what it contained then, until [`History::forget_texts`]. The fingerprints of their
    /// upgrade sections are computed meanwhile. Errors after a file's header are reported by [`History::read`] only.
    ///
    /// # Errors
    /// As [`History::load`].
    pub fn load_with_texts(service: &Service) -> ProjectResult<Self> {
        Self::build(service, RevisionFiles::Disk, Some(&TextBudget::new()))
    }

    /// Loads a history like [`History::load`], but from texts in memory, each with the path shown in messages. Reads
    /// no file but included ones.
    ///
    /// # Errors
    /// As [`History::load`].
    pub fn of_texts(
        service: &Service,
        texts: BTreeMap<PathBuf, Cow<'static, str>>,
        included: IncludedFiles,
    ) -> ProjectResult<Self> {
        Self::build(service, RevisionFiles::Memory(Arc::new(texts), included), None)
    }

    /// Loads a history of the same service from texts in memory, which include the same files.
    pub(super) fn with_texts(&self, texts: Texts) -> ProjectResult<Self> {
        Self::of_texts(&self.service, texts, self.files.included())
    }

    fn build(service: &Service, files: RevisionFiles, kept: Option<&TextBudget>) -> ProjectResult<Self> {
        let paths = files.of_service(service)?;
        let kept = kept.filter(|_| paths.len() <= MAX_FILES);
        let least = if kept.is_some() { WHOLE_FILES_PER_THREAD } else { FILES_PER_THREAD };
        let (mut entries, mut texts, replaced) = match service.layout {
            Layout::Revisions => sorted_out(map_chunks(paths, least, |share| read_all(service, &files, kept, share))?)?,
            Layout::Pairs => (pairs::entries(paths)?, Vec::new(), Default::default()),
        };
        let invalid = |error: GraphError, entries: &[HistoryEntry]| no_graph(service, &files, entries, error);
        let squashed = ReplacedFiles::new(&entries).map_err(|error| invalid(error, &entries))?;
        if !squashed.replacements.is_empty() {
            let mut headers = entries.iter();
            texts.retain(|_| headers.next().is_some_and(|entry| !squashed.hides(&entry.header.revision)));
            entries = squashed.shown(&service.name).map_err(|error| invalid(error, &squashed.entries))?;
        }
        let nodes = entries.iter().map(|entry| node(&entry.header, &service.name)).collect();
        let graph = Graph::build(nodes).map_err(|error| no_graph(service, &files, &entries, error))?;
        let (external, texts) = (external(&entries, &service.name), KeptTexts::new(texts));
        let (service, newer) = (service.clone(), OnceLock::new());
        Ok(Self { external, service, graph, entries, replaced, squashed, files, texts, newer })
    }

    /// Returns a history of the same service and files with other entries, without texts.
    pub(super) fn with_entries(&self, entries: Vec<HistoryEntry>, graph: Graph, squashed: ReplacedFiles) -> Self {
        Self {
            external: external(&entries, &self.service.name),
            service: self.service.clone(),
            graph,
            entries,
            replaced: self.replaced.clone(),
            squashed,
            files: self.files.clone(),
            texts: KeptTexts::new(Vec::new()),
            newer: OnceLock::new(),
        }
    }

    /// Returns the dependencies on other services in file order: the revision, and the other service's revision or
    /// label.
    #[must_use]
    pub fn external(&self) -> &[(RevisionId, DependencyReference)] {
        &self.external
    }

    /// Returns the Python files that are replaced by SQL files with the same id.
    #[must_use]
    pub const fn replaced(&self) -> &BTreeMap<RevisionId, PathBuf> {
        &self.replaced
    }

    /// Returns the file and header of a revision.
    ///
    /// # Errors
    /// [`ProjectError::UnknownRevision`].
    pub fn entry(&self, id: &RevisionId) -> ProjectResult<&HistoryEntry> {
        let entry = self.graph.index_of(id.as_str()).and_then(|index| self.entries.get(index));
        let unknown = || ProjectError::UnknownRevision { service: self.service.name.clone(), revision: id.clone() };
        entry.ok_or_else(|| Box::new(unknown()))
    }

    /// Makes the history read files again even if it has kept their texts, because time has passed since it was loaded.
    pub fn forget_texts(&self) {
        self.texts.expire();
    }

    /// Reads the whole file of a revision. A Python revision has no sections.
    ///
    /// # Errors
    /// [`ProjectError`] if there is no such revision, or if its file cannot be read, is invalid, or contains another
    /// revision by now.
    pub fn read(&self, id: &RevisionId) -> ProjectResult<Revision> {
        let entry = self.entry(id)?;
        if let Some(recorded) = &entry.recorded {
            // After only some of what it replaces, it cannot be reverted: its downgrade would revert all of that.
            if entry.is_behind_replaced()
                && entry.own_down_revisions.is_none()
                && entry.header.down_revisions != recorded.header.down_revisions
            {
                return parsed(&entry.path, &render_header(&recorded.header));
            }
            return parsed(&entry.path, &recorded.definition);
        }
        if self.service.layout == Layout::Pairs {
            return pairs::read(entry, &self.files, self.service.dialect());
        }
        let path = &entry.path;
        let revision = match self.kept_text(id) {
            Some(text) => parsed(path, text)?,
            None if is_python(path) => self.read_python(path)?,
            None => self.files.included().revision(&self.files.text(path)?, path, &self.service)?,
        };
        if revision.header.revision != *id {
            return Err(Box::new(ProjectError::ChangedMeanwhile { path: path.clone(), revision: id.clone() }));
        }
        Ok(revision)
    }

    /// Reads the file that contains a section of a revision and returns it with its path. A pair has one file for each
    /// direction.
    ///
    /// # Errors
    /// As [`History::read`].
    pub fn read_section(&self, id: &RevisionId, section: Section) -> ProjectResult<(PathBuf, Revision)> {
        let entry = self.entry(id)?;
        match self.service.layout {
            Layout::Pairs if entry.recorded.is_none() => {
                pairs::read_section(entry, &self.files, section, self.service.dialect())
            }
            Layout::Pairs | Layout::Revisions => Ok((entry.path.clone(), self.read(id)?)),
        }
    }

    /// Returns the fingerprint of the upgrade section of a revision; see [`Revision::fingerprint`].
    ///
    /// # Errors
    /// As [`History::read`].
    pub fn upgrade_fingerprint(&self, id: &RevisionId, dialect: Dialect) -> ProjectResult<String> {
        match self.kept_fingerprint(id, dialect) {
            Some(fingerprint) => Ok(fingerprint.to_owned()),
            None => Ok(self.read(id)?.fingerprint(Section::Upgrade, dialect)),
        }
    }

    /// Returns the fingerprint of the upgrade section that [`History::read`] returns, if it is known already.
    #[must_use]
    pub fn kept_fingerprint(&self, id: &RevisionId, dialect: Dialect) -> Option<&str> {
        self.texts.upgrade_fingerprint(self.graph.index_of(id.as_str())?, dialect)
    }

    /// Returns the text that was read with the header of an SQL file, if it was kept.
    fn kept_text(&self, id: &RevisionId) -> Option<&str> {
        self.texts.get(self.graph.index_of(id.as_str())?)
    }

    fn read_python(&self, path: &Path) -> ProjectResult<Revision> {
        let text = self.files.python_text(path)?;
        let header = match python_file::header(path, text.clone(), &self.service) {
            PythonFile::Revision(header) => *header,
            PythonFile::Unreadable(_, error) => return Err(error),
            // The file was a revision when the history was loaded. The caller reports an id that differs as a change.
            PythonFile::Nothing => Header::new(RevisionId::from_row("")),
        };
        Ok(Revision { header, text: text.into(), require: None, upgrade: None, downgrade: None, verify: None })
    }

    /// Returns `true` if a target refers to a revision or label of this service: an id, a prefix of one (at least four
    /// characters), a label, or one of these followed by `@...`, `+N` or `-N`. `head` and similar words refer to none.
    #[must_use]
    pub fn knows(&self, symbol: &str) -> bool {
        let name = symbol.split('@').next().unwrap_or_default();
        self.has_name(name) || self.has_name(without_steps(name))
    }

    fn has_name(&self, name: &str) -> bool {
        let begins = |known: &str| known == name || (name.chars().count() >= 4 && known.starts_with(name));
        let labels = || self.entries.iter().flat_map(|entry| &entry.header.options.branch_labels);
        !name.is_empty()
            && (self.entries.iter().any(|entry| begins(entry.header.revision.as_str()))
                || labels().any(|label| begins(label)))
    }
}

fn parsed(path: &Path, text: &str) -> ProjectResult<Revision> {
    Revision::parse(text).map_err(|error| read::wrong(path, text, error))
}

/// Removes the steps from `ID+2` or `ID-1`.
fn without_steps(name: &str) -> &str {
    let before = name.trim_end_matches(|c: char| c.is_ascii_digit());
    match before.strip_suffix(['+', '-']) {
        Some(stem) if before.len() < name.len() => stem,
        _ => name,
    }
}

/// Returns the dependencies on other services in file order.
fn external(entries: &[HistoryEntry], service: &str) -> Vec<(RevisionId, DependencyReference)> {
    let of = |entry: &HistoryEntry| {
        let others = entry.header.depends_on.iter().filter(|to| !is_own(to, service));
        others.map(|reference| (entry.header.revision.clone(), reference.clone())).collect::<Vec<_>>()
    };
    entries.iter().flat_map(of).collect()
}

pub(super) fn is_own(reference: &DependencyReference, service: &str) -> bool {
    reference.service.as_ref().is_none_or(|name| name == service)
}

/// Returns the node in the graph of its own service, without dependencies on other services.
pub(super) fn node(header: &Header, service: &str) -> GraphNode {
    let own = header.depends_on.iter().filter(|reference| is_own(reference, service));
    GraphNode {
        id: header.revision.clone(),
        down_revisions: header.down_revisions.clone(),
        depends_on: own.map(|reference| reference.symbol.clone()).collect(),
        branch_labels: header.options.branch_labels.clone(),
    }
}

fn is_python(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "py")
}

/// Result of reading a file.
#[allow(clippy::large_enum_variant, reason = "nearly all files are entries, and a box would cost each an allocation")]
enum Read {
    /// A revision, and the text of its file if it is kept.
    Entry(HistoryEntry, Option<Box<KeptText>>),
    /// A Python file that cannot be read without running it, with its id if that could be read.
    Unreadable(Option<String>, PathBuf, Box<ProjectError>),
    Nothing,
}

/// Effective entries, the text of each if it is kept, and the Python files that are replaced.
type SortedOut = (Vec<HistoryEntry>, Vec<Option<Box<KeptText>>>, BTreeMap<RevisionId, PathBuf>);

/// Returns the effective entries. An SQL file replaces a Python file with the same id, even one that cannot be read.
fn sorted_out(mut files: Vec<Read>) -> ProjectResult<SortedOut> {
    if files.iter().all(|file| sql_id(file).is_some()) {
        let text = |file: &mut Read| if let Read::Entry(_, text) = file { text.take() } else { None };
        let texts = files.iter_mut().map(text).collect();
        let entry = |file| if let Read::Entry(entry, _) = file { Some(entry) } else { None };
        // The list is filtered in its place: a copy of a long history's entries would be the peak of the memory.
        return Ok((files.into_iter().filter_map(entry).collect(), texts, BTreeMap::new()));
    }
    let mut replaced = BTreeMap::new();
    let sql: HashSet<RevisionId> = files.iter().filter_map(sql_id).cloned().collect();
    let mut entries = Vec::with_capacity(files.len());
    let mut texts = Vec::with_capacity(files.len());
    for file in files {
        match file {
            Read::Entry(entry, _) if entry.is_python() && sql.contains(&entry.header.revision) => {
                replaced.insert(entry.header.revision, entry.path);
            }
            Read::Entry(entry, text) => {
                entries.push(entry);
                texts.push(text);
            }
            Read::Unreadable(Some(id), path, _) if sql.contains(id.as_str()) => {
                replaced.insert(RevisionId::from_row(&id), path);
            }
            Read::Unreadable(_, _, error) => return Err(error),
            Read::Nothing => {}
        }
    }
    Ok((entries, texts, replaced))
}

fn sql_id(file: &Read) -> Option<&RevisionId> {
    match file {
        Read::Entry(entry, _) if !entry.is_python() => Some(&entry.header.revision),
        _ => None,
    }
}

fn read_all(
    service: &Service,
    files: &RevisionFiles,
    kept: Option<&TextBudget>,
    paths: Vec<PathBuf>,
) -> ProjectResult<Vec<Read>> {
    let mut buffer = Vec::new();
    let mut read = |path: PathBuf| -> ProjectResult<Read> {
        if !is_python(&path) {
            let limit = kept.map_or(0, TextBudget::limit);
            let (header, text) = files.header_and_text(&path, &mut buffer, limit)?;
            // An included file may change although its revision's does not.
            let text = text.filter(|text| !may_include(text) && kept.is_some_and(|kept| kept.take(text.len())));
            let text = text.map(|text| Box::new(KeptText::new(text, service.dialect())));
            return Ok(Read::Entry(
                HistoryEntry { header, path, rollback: None, recorded: None, own_down_revisions: None },
                text,
            ));
        }
        Ok(match python_file::header(&path, files.python_text(&path)?, service) {
            PythonFile::Revision(header) => Read::Entry(
                HistoryEntry { header: *header, path, rollback: None, recorded: None, own_down_revisions: None },
                None,
            ),
            PythonFile::Unreadable(id, error) => Read::Unreadable(id, path, error),
            PythonFile::Nothing => Read::Nothing,
        })
    };
    let mut found = Vec::with_capacity(paths.len());
    for path in paths {
        found.push(read(path)?);
    }
    Ok(found)
}

fn no_graph(
    service: &Service,
    files: &RevisionFiles,
    entries: &[HistoryEntry],
    error: GraphError,
) -> Box<ProjectError> {
    let concerned = error.nodes().into_iter().filter_map(|index| entries.get(index));
    let files = concerned.map(|entry| locate(files, &entry.path, &error)).collect();
    Box::new(ProjectError::Graph { service: service.name.clone(), error, files })
}

/// Returns the position in the file that the error is about. If the file cannot be read any more, its text is empty.
fn locate(files: &RevisionFiles, path: &Path, error: &GraphError) -> Location {
    let is_python = is_python(path);
    let text =
        if is_python { files.python_text(path) } else { files.text(path).map(Cow::into_owned) }.unwrap_or_default();
    let keys: &[HeaderKey] = match error {
        GraphError::DuplicateRevision { .. } => &[HeaderKey::Revision],
        GraphError::DuplicateLabel { .. } | GraphError::LabelIsRevision { .. } | GraphError::InvalidLabel { .. } => {
            &[HeaderKey::BranchLabels, HeaderKey::Revision]
        }
        GraphError::MissingDependency { .. } => &[HeaderKey::DependsOn],
        GraphError::InvalidReplaces { .. } | GraphError::OverlappingReplaces { .. } => &[HeaderKey::Replaces],
        GraphError::MissingDownRevision { .. } | GraphError::ReplacedPrerequisite { .. } | GraphError::Cycle { .. } => {
            &[HeaderKey::DownRevision, HeaderKey::DependsOn]
        }
    };
    let place = |key: &HeaderKey| match is_python {
        true => alembic::place_of(&text, variable(*key)?),
        false => Revision::place_of(&text, *key),
    };
    let span = keys.iter().find_map(place).unwrap_or(Span::default());
    Location { path: path.to_owned(), text, span }
}

/// Returns the variable of a Python revision that corresponds to a header key.
const fn variable(key: HeaderKey) -> Option<Variable> {
    match key {
        HeaderKey::Revision => Some(Variable::Revision),
        HeaderKey::DownRevision => Some(Variable::DownRevision),
        HeaderKey::BranchLabels => Some(Variable::BranchLabels),
        HeaderKey::DependsOn => Some(Variable::DependsOn),
        _ => None,
    }
}
