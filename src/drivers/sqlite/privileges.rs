//! Privileges of the connected user. A file has none but those of the operating system.

use super::SqliteDriver;
use crate::database::{Database, DatabaseError, PrivilegeQueries, PrivilegeReport, PrivilegeRequest};

impl PrivilegeQueries for SqliteDriver {
    fn missing_privileges(
        &self,
        _database: &mut dyn Database,
        _request: PrivilegeRequest<'_>,
    ) -> Result<PrivilegeReport, DatabaseError> {
        Ok(PrivilegeReport::NotNeeded("write access to the file is all that is needed"))
    }
}
