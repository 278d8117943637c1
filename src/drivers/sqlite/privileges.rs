//! Privileges of the connected user.

use super::SqliteDriver;
use crate::database::PrivilegeQueries;

impl PrivilegeQueries for SqliteDriver {}
