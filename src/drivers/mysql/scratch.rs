//! Scratch databases.

use super::MysqlDriver;
use crate::database::ScratchHost;

impl ScratchHost for MysqlDriver {}
