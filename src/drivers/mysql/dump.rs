//! Dumps and restores.

use super::MysqlDriver;
use crate::database::Dumper;

impl Dumper for MysqlDriver {}
