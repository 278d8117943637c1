//! Scratch databases.

use super::SqliteDriver;
use crate::database::ScratchHost;

impl ScratchHost for SqliteDriver {}
