//! Config and folders on disk to services and their graphs; the only reader and writer of revision files.
#![allow(missing_docs)]
use std::path::{Path, PathBuf};

use crate::config::{Config, ConfigError, Service};
use crate::diagnostic::Location;
use crate::graph::{Graph, GraphError, Node};
use crate::id::RevisionId;
use crate::revision::{Header, Reference, Revision, RevisionError};
use crate::sql::Dialect;

/// One revision file, as far as its header was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What its header says.
    pub header: Header,
    /// The file.
    pub path: PathBuf,
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

#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    #[error("{0}")]
    Io(String),
    #[error("{error}")]
    Revision { error: RevisionError, location: Box<Location> },
    #[error("{error}")]
    Graph { error: GraphError, paths: Vec<PathBuf> },
    #[error("{error}")]
    Config { error: ConfigError, location: Box<Location> },
}
#[derive(Debug, Default)]
pub struct Flags {
    pub config: Option<PathBuf>,
    pub url: Option<String>,
    pub revisions: Option<PathBuf>,
}
pub fn open(flags: &Flags, env: &dyn Fn(&str) -> Option<String>) -> Result<Config, ProjectError> {
    let path = flags.config.clone().unwrap_or_else(|| "aludel.yaml".into());
    let text = std::fs::read_to_string(&path).map_err(|e| ProjectError::Io(e.to_string()))?;
    Config::parse(&text, &path, env).map_err(|error| ProjectError::Config {
        location: Box::new(Location { path: path.clone(), text: text.clone(), span: error.span() }),
        error,
    })
}
impl History {
    pub fn load(service: &Service) -> Result<Self, ProjectError> {
        let mut entries = Vec::new();
        for folder in &service.revisions {
            let mut paths: Vec<_> = std::fs::read_dir(folder)
                .map_err(|e| ProjectError::Io(format!("{}: {e}", folder.display())))?
                .flatten()
                .map(|e| e.path())
                .collect();
            paths.sort();
            for path in paths {
                let r = parse(&path)?;
                entries.push(Entry { header: r.header, path });
            }
        }
        let nodes = entries
            .iter()
            .map(|e| Node {
                id: e.header.revision.clone(),
                down_revisions: e.header.down_revisions.clone(),
                depends_on: e
                    .header
                    .depends_on
                    .iter()
                    .filter(|r| r.service.is_none())
                    .map(|r| r.symbol.clone())
                    .collect(),
                branch_labels: e.header.branch_labels.clone(),
            })
            .collect();
        let external = entries
            .iter()
            .flat_map(|e| {
                e.header
                    .depends_on
                    .iter()
                    .filter(|r| r.service.is_some())
                    .map(|r| (e.header.revision.clone(), r.clone()))
            })
            .collect();
        let graph = Graph::build(nodes).map_err(|error| ProjectError::Graph {
            paths: error.nodes().iter().map(|i| entries[*i].path.clone()).collect(),
            error,
        })?;
        Ok(Self { service: service.clone(), entries, graph, external })
    }
    pub fn external(&self) -> &[(RevisionId, Reference)] {
        &self.external
    }
    pub fn knows(&self, symbol: &str) -> bool {
        self.graph.resolve_many(symbol, None).is_ok()
    }
    pub fn entry(&self, id: &RevisionId) -> Result<&Entry, Box<ProjectError>> {
        self.graph
            .index_of(id.as_str())
            .and_then(|i| self.entries.get(i))
            .ok_or_else(|| Box::new(ProjectError::Io("x".into())))
    }
    pub fn read(&self, id: &RevisionId) -> Result<Revision, Box<ProjectError>> {
        Ok(parse(&self.entry(id)?.path)?)
    }
}
fn parse(path: &Path) -> Result<Revision, ProjectError> {
    let text = std::fs::read_to_string(path).map_err(|e| ProjectError::Io(e.to_string()))?;
    Revision::parse(&text).map_err(|error| ProjectError::Revision {
        location: Box::new(Location { path: path.to_owned(), text: text.clone(), span: error.span() }),
        error,
    })
}
pub fn write_revision(
    _h: &History,
    _header: &Header,
    _skeleton: &str,
    _folder: Option<&Path>,
    _d: Option<Dialect>,
) -> Result<PathBuf, ProjectError> {
    Err(ProjectError::Io("not yet".into()))
}
pub fn run_hooks(_s: &Service, _p: &Path) -> Vec<String> {
    vec![]
}
