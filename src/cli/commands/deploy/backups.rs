//! Where a deploy takes its backup and restores it. The only file of a deploy that knows how backups are made.

use std::time::Duration;

use crate::cli::context::Context;
use crate::cli::report::Report;
use crate::project::History;

/// A backup that a deploy took.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Where it is.
    pub path: String,
    /// Its size in bytes.
    pub bytes: u64,
    /// How long it took.
    pub took: Duration,
}

/// Whether this build can back up; without it a deploy that is to restore on failure does not start.
pub const AVAILABLE: bool = false;

/// Takes a backup of the service's database; none when the config wants none.
pub fn take(_history: &History, _context: &Context<'_>) -> Result<Option<Taken>, Report> {
    Ok(None)
}

/// Restores a backup that [`take`] took.
pub fn restore(_history: &History, _taken: &Taken, _context: &Context<'_>) -> Result<(), Report> {
    Err(Report::usage("this build cannot restore backups"))
}
