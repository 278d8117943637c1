//! Privileges of the connected user.

use super::PostgresDriver;
use crate::database::PrivilegeQueries;

impl PrivilegeQueries for PostgresDriver {}
