//! Queries about what the connected user may do. Read-only.

use std::collections::{BTreeMap, BTreeSet};

use super::{Database, DatabaseError, TableFacts};
use crate::sql::{RequiredPrivilege, TableName};

/// Privileges to check.
#[derive(Debug, Clone, Copy)]
pub struct PrivilegeRequest<'r> {
    /// All required privileges, those of `own` included.
    pub required: &'r BTreeSet<&'r RequiredPrivilege>,
    /// Privileges that aludel's own tables require.
    pub own: &'r [RequiredPrivilege],
    /// Facts about the tables of the plan, without aludel's own.
    pub known: &'r BTreeMap<TableName, TableFacts>,
}

/// Privilege that the user lacks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MissingPrivilege {
    /// Action that the user may not do: `create schemas in "app"`, `ALTER on t`.
    pub text: String,
    /// Statement that grants it.
    pub grant: String,
}

/// Result of a check of privileges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrivilegeReport {
    /// All privileges were checked.
    Checked {
        /// Name of the user.
        user: String,
        /// Privileges that the user lacks.
        missing: Vec<MissingPrivilege>,
    },
    /// The user may have the missing privileges through a role, whose privileges the server does not show.
    HiddenByRoles {
        /// Name of the user.
        user: String,
        /// Privileges that are not granted to the user directly; at least one.
        missing: Vec<MissingPrivilege>,
    },
    /// The server refuses to report privileges.
    Refused,
    /// There is nothing to check, for this reason.
    NotNeeded(&'static str),
}

/// Queries about what the connected user may do. The defaults are those of a database without privileges.
///
/// # Errors
/// All methods fail only when the connection breaks.
pub trait PrivilegeQueries {
    /// Returns those of the required privileges that the user lacks.
    fn missing_privileges(
        &self,
        _database: &mut dyn Database,
        _request: PrivilegeRequest<'_>,
    ) -> Result<PrivilegeReport, DatabaseError> {
        Ok(PrivilegeReport::NotNeeded("the database has no privileges"))
    }

    /// Returns those of the privileges on aludel's own tables that the user lacks, after the server refused to read
    /// them; `None` if the server's message names them (MySQL), or if there are no privileges.
    fn missing_own_privileges(
        &self,
        _database: &mut dyn Database,
        _own: &[RequiredPrivilege],
    ) -> Result<Option<PrivilegeReport>, DatabaseError> {
        Ok(None)
    }

    /// Returns the procedural language that the statements need and that the database does not have, or the user may
    /// not use; `None` if there is none.
    fn missing_language(
        &self,
        _database: &mut dyn Database,
        _statements: &mut dyn Iterator<Item = &str>,
    ) -> Result<Option<MissingPrivilege>, DatabaseError> {
        Ok(None)
    }
}
