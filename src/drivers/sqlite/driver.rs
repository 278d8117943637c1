//! The driver as the registry lists it.

use crate::config::DatabaseUrl;
use crate::database::{Database, DatabaseError, Driver, VersionTable};

/// Driver for SQLite.
#[derive(Debug)]
pub struct SqliteDriver;

impl Driver for SqliteDriver {
    fn open(
        &self,
        url: &DatabaseUrl,
        table: &VersionTable,
        _application_name: &str,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Box<dyn Database>, DatabaseError> {
        super::open(url, table, environment)
    }
}
