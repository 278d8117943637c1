//! Parameters for reading a catalog. The readers are in the folders of the databases.

use super::VersionTable;

/// Selects the part of a database's catalog to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CatalogRequest {
    /// Version tables to leave out, each with its journal, lease and snapshot tables and everything that belongs to
    /// them.
    pub without: Vec<VersionTable>,
    /// PostgreSQL schemas to read; `None` for all but the system's.
    pub namespaces: Option<Vec<String>>,
    /// True if owners and privileges are read too.
    pub owners: bool,
}
