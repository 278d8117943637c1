//! Database that the user provides as the shadow. It must be empty and not in use, and is emptied again.
//!
//! The version table `aludel_shadow` marks the contents as ours, and the lock of its runners marks the database as in
//! use. Both together distinguish the leftovers of a killed process from data of the user.

use super::error::ProofError;
use super::shadow_config::ShadowConfig;
use crate::config::DatabaseUrl;
use crate::database::session::first_column;
use crate::database::{Database, LockAttempt};
use crate::drivers;

/// Opens the provided database and checks that it is empty.
pub(super) fn open(url: &DatabaseUrl, shadow_config: &ShadowConfig<'_>) -> Result<Box<dyn Database>, ProofError> {
    let shown = || url.redacted();
    let driver = drivers::driver(url.dialect())?;
    let mut database = drivers::open(url, &driver.shadow_table(), shadow_config.service, shadow_config.environment)?;
    if is_target(url, &mut *database, shadow_config) {
        return Err(ProofError::IsTarget { url: shown() });
    }
    if let LockAttempt::HeldBy(holder) = database.try_lock()? {
        return Err(ProofError::InUse { url: shown(), holder: holder.description });
    }
    // The lock is held, so no other command uses the database: a version table in it was left by a killed process.
    if database.state()?.version_table_exists {
        driver.clear(&mut *database)?;
    }
    let found = driver.contents(&mut *database)?;
    if !found.is_empty() {
        let _ = database.unlock();
        return Err(ProofError::NotEmpty { url: shown(), found });
    }
    Ok(database)
}

/// Returns `true` if the database is the service's own, even if the two URLs differ. If the service's database cannot
/// be opened, only the URLs are compared.
fn is_target(url: &DatabaseUrl, database: &mut dyn Database, shadow_config: &ShadowConfig<'_>) -> bool {
    let driver = database.driver();
    if driver.is_same_address(url, shadow_config.url, shadow_config.environment) {
        return true;
    }
    let Some(query) = driver.identity_query() else { return false };
    let table = driver.shadow_table();
    let own = drivers::open(shadow_config.url, &table, shadow_config.service, shadow_config.environment);
    let Ok(mut own) = own else { return false };
    let identity = |database: &mut dyn Database| database.execute(query).map(first_column).unwrap_or_default();
    identity(&mut *own) == identity(database)
}
