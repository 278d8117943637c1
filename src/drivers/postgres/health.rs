//! State of the server.

use super::PostgresDriver;
use crate::database::HealthQueries;

impl HealthQueries for PostgresDriver {}
