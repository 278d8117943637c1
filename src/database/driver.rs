//! Parts of a driver beside [`Database`]: everything about its server that the floors above need and that differs
//! between databases.

use super::{
    Database, DatabaseError, DatabaseLifecycle, Dumper, HealthQueries, PrivilegeQueries, ScratchHost,
    StatementObserver, VersionTable,
};
use crate::config::DatabaseUrl;

/// Driver for one kind of database. [`Database::driver`] returns the one of an open connection.
pub trait Driver:
    HealthQueries + PrivilegeQueries + Dumper + ScratchHost + StatementObserver + DatabaseLifecycle + Sync
{
    /// Opens the database at `url` for the version table `table`. `application_name` is used where the server keeps one;
    /// `environment` looks up environment variables.
    ///
    /// # Errors
    /// [`DatabaseError::Url`] and [`DatabaseError::Connect`]; neither contains a password.
    fn open(
        &self,
        url: &DatabaseUrl,
        table: &VersionTable,
        application_name: &str,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Box<dyn Database>, DatabaseError>;
}
