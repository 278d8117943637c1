//! Dumps and restores.

use super::SqliteDriver;
use crate::database::Dumper;

impl Dumper for SqliteDriver {}
