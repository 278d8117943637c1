//! Dumps and restores.

use super::PostgresDriver;
use crate::database::Dumper;

impl Dumper for PostgresDriver {}
