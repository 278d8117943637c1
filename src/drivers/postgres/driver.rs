//! The driver as the registry lists it.

use crate::config::DatabaseUrl;
use crate::database::{Database, DatabaseError, Driver, VersionTable};

/// Driver for PostgreSQL.
#[derive(Debug)]
pub struct PostgresDriver;

impl Driver for PostgresDriver {
    fn open(
        &self,
        url: &DatabaseUrl,
        table: &VersionTable,
        application_name: &str,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Box<dyn Database>, DatabaseError> {
        super::open(url, table, application_name, environment)
    }
}
