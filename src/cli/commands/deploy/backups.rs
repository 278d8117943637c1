//! Backup and restore during a deploy. The only file of a deploy that depends on how backups are made.

use std::path::PathBuf;
use std::time::Duration;

use crate::backup;
use crate::cli::commands::{backup as taking, restore as restoring};
use crate::cli::context::Context;
use crate::cli::report::CommandError;
use crate::config::DatabaseUrl;
use crate::engine::LockTimeout;
use crate::project::History;

/// A backup taken by a deploy.
#[derive(Debug, Clone)]
pub struct DeployBackup {
    /// Path of the backup.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// Time that it took.
    pub took: Duration,
}

/// Takes a backup of the service's database; `None` for an SQLite file that does not exist yet.
pub fn take(
    history: &History,
    lock_timeout: LockTimeout,
    context: &Context<'_>,
) -> Result<Option<DeployBackup>, CommandError> {
    let service = &history.service;
    if service.url().ok().and_then(DatabaseUrl::path).is_some_and(|path| !path.exists()) {
        return Ok(None);
    }
    let taken =
        taking::take(service, false, lock_timeout, context).map_err(|report| report.of_service(&service.name))?;
    Ok(Some(DeployBackup { path: taken.path.display().to_string(), bytes: taken.record.size, took: taken.duration }))
}

/// Restores a backup taken by [`take`].
pub fn restore(
    history: &History,
    taken: &DeployBackup,
    lock_timeout: LockTimeout,
    context: &Context<'_>,
) -> Result<(), CommandError> {
    let service = &history.service;
    let failed = |report: CommandError| report.of_service(&service.name);
    let path = PathBuf::from(&taken.path);
    let folder = path.parent().unwrap_or(&service.backup.folder);
    let backup = backup::find(&taken.path, folder, Some(&service.name)).map_err(|error| failed(error.into()))?;
    restoring::replace(service, &backup, lock_timeout, context).map(|_| ()).map_err(failed)
}
