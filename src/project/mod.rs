//! Config and folders on disk to services and their graphs; the only reader and writer of revision files.

use std::path::PathBuf;

use crate::config::Service;
use crate::graph::Graph;
use crate::revision::Header;

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
}
