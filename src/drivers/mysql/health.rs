//! State of the server.

use super::MysqlDriver;
use crate::database::HealthQueries;

impl HealthQueries for MysqlDriver {}
