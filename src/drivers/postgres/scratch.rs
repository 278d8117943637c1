//! Scratch databases.

use super::PostgresDriver;
use crate::database::ScratchHost;

impl ScratchHost for PostgresDriver {}
