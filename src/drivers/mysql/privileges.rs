//! Privileges of the connected user.

use super::MysqlDriver;
use crate::database::PrivilegeQueries;

impl PrivilegeQueries for MysqlDriver {}
