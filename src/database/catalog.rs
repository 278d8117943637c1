//! What is asked of a catalog. Each database's folder has the reader.

use super::VersionTable;

/// What of a database's catalog is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CatalogRequest {
    /// The version tables whose table, journal and lease are left out, with all that belongs to them.
    pub without: Vec<VersionTable>,
    /// Only these PostgreSQL schemas; none: all but the system's.
    pub namespaces: Option<Vec<String>>,
    /// Whether owners and privileges are told too.
    pub owners: bool,
}
