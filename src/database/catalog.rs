//! Reading of a catalog. The readers are in the folders of the databases.

use std::any::Any;

use super::{DatabaseError, VersionTable};
use crate::schema::{Key, Schema};

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

/// Table with its columns in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableColumns {
    pub key: Key,
    /// Names and data types. The types may be empty where no expression for a value depends on them.
    pub columns: Vec<(String, String)>,
    /// Text that changes whenever the table's rows may have changed, also since an earlier state of the database that
    /// this one is a copy of. `None` if the database has no such text.
    pub row_version: Option<String>,
}

/// Knowledge of a driver about a catalog at a moment.
pub struct KnownCatalog(pub Box<dyn Any + Send>);

/// Reads the catalog of a connection's database.
pub trait CatalogReader {
    /// Reads the catalog, except what `request` leaves out. The number of queries does not depend on the number of
    /// objects.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn catalog(&mut self, request: &CatalogRequest) -> Result<Schema, DatabaseError>;

    /// Returns the tables with their columns; `None` where that takes as long as reading the catalog.
    ///
    /// # Errors
    /// As [`CatalogReader::catalog`].
    fn table_columns(&mut self, _request: &CatalogRequest) -> Result<Option<Vec<TableColumns>>, DatabaseError> {
        Ok(None)
    }

    /// Returns the catalog as text for storage, from which [`Schema::from_json`] creates the schema again. Cheaper than
    /// [`CatalogReader::catalog`] where the catalog itself consists of text.
    ///
    /// # Errors
    /// As [`CatalogReader::catalog`].
    fn catalog_text(&mut self, request: &CatalogRequest) -> Result<String, DatabaseError> {
        self.catalog(request).map(|schema| schema.to_json())
    }

    /// Returns the version of the catalog and then its text, with as few messages as possible:
    /// [`CatalogReader::catalog_version`] and [`CatalogReader::catalog_text`].
    ///
    /// # Errors
    /// As [`CatalogReader::catalog`].
    fn versioned_catalog_text(&mut self, request: &CatalogRequest) -> Result<(Option<String>, String), DatabaseError> {
        Ok((self.catalog_version(request)?, self.catalog_text(request)?))
    }

    /// Returns `true` if [`CatalogReader::catalog_text_after`] can return a text for these statements, as far as that
    /// is known without a query.
    fn can_read_after(&self, _statements: &[&str]) -> bool {
        false
    }

    /// Returns the text of the catalog after `statements`, given the one `before` them; reads only what they may have
    /// changed. `None` if the whole catalog has to be read.
    ///
    /// # Errors
    /// As [`CatalogReader::catalog`].
    fn catalog_text_after(
        &mut self,
        _request: &CatalogRequest,
        _before: &str,
        _statements: &[&str],
    ) -> Result<Option<String>, DatabaseError> {
        Ok(None)
    }

    /// Prepares for many readings of the catalog on this connection, which is not in a transaction at that time.
    /// Changes nothing but the time that they take.
    fn expect_repeated_reads(&mut self) {}

    /// Returns `true` if [`CatalogReader::catalog_version`] can return a version, as far as that is known without a query.
    /// `false` where the catalog has to be read to detect a change (SQLite's consists of statements).
    fn has_catalog_version(&self) -> bool {
        false
    }

    /// Returns a text that changes with every change to the catalog, and is much cheaper than reading it: as long as it
    /// is the same, [`CatalogReader::catalog`] returns the same for this database. Query it before reading the catalog,
    /// so that it is never newer than the result. `None` if this server does not support it.
    ///
    /// # Errors
    /// When the server refuses a statement or the connection breaks.
    fn catalog_version(&mut self, _request: &CatalogRequest) -> Result<Option<String>, DatabaseError> {
        Ok(None)
    }

    /// Returns a text that changes with the catalog and is much cheaper to read. If two texts of this connection are
    /// equal, so are the schemas that [`CatalogReader::catalog`] returns, but for the order of columns; if they differ,
    /// the schemas may still be equal. That holds also for the texts of several connections that are relative to the
    /// same state of one database and of its copies. `None` if the database has no such text.
    ///
    /// # Errors
    /// When the server refuses the statement or the connection breaks.
    fn catalog_mark(&mut self, request: &CatalogRequest) -> Result<Option<String>, DatabaseError> {
        self.catalog_version(request)
    }

    /// Returns what later texts of [`CatalogReader::catalog_mark`] are relative to, for other connections, if nothing
    /// has changed since the last text.
    fn known_catalog(&self) -> Option<KnownCatalog> {
        None
    }

    /// Makes what another connection knew ([`CatalogReader::known_catalog`]) what later texts are relative to. Its
    /// database is that of this connection, or, if `is_copy`, was copied to it; nothing has changed since.
    ///
    /// # Errors
    /// When the server refuses the statement or the connection breaks.
    fn follow_known_catalog(&mut self, _known: &KnownCatalog, _is_copy: bool) -> Result<(), DatabaseError> {
        Ok(())
    }

    /// Makes the state of the last [`CatalogReader::catalog_mark`], whose text `mark` is, the one that later texts are
    /// relative to. Nothing may have changed since. Returns the new text of that state; no older one is equal to any
    /// later one.
    ///
    /// # Errors
    /// When the server refuses the statement or the connection breaks.
    fn rebase_catalog_mark(
        &mut self,
        _request: &CatalogRequest,
        mark: Option<String>,
    ) -> Result<Option<String>, DatabaseError> {
        Ok(mark)
    }
}
