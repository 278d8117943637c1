//! Processes that hold locks on a file, as the operating system lists them, because SQLite has no list of its own.

use std::path::PathBuf;

use crate::database::DatabaseError;
use crate::database::monitor::{Blocker, SessionMonitor};
use crate::system::file::lock_owners;

/// Monitor of the processes that hold locks on the files of a database.
pub(super) struct FileMonitor {
    pub(super) files: Vec<PathBuf>,
}

impl SessionMonitor for FileMonitor {
    fn blockers(&mut self) -> Result<Vec<Blocker>, DatabaseError> {
        let owners = lock_owners(&self.files).into_iter();
        let described = owners.map(|owner| Blocker {
            id: owner.id,
            application: owner.program,
            is_certain: true,
            ..Blocker::default()
        });
        Ok(described.collect())
    }
}
