//! State of the server.

use super::SqliteDriver;
use crate::database::HealthQueries;

impl HealthQueries for SqliteDriver {}
