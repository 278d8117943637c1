//! Verification of a backup: restores it into a scratch database, compares the row counts of all tables, and drops the
//! scratch database in any case.

use std::collections::BTreeMap;
use std::time::Instant;

use super::counts::{Counts, RowRange, count};
use super::error::{BackupError, BackupRefusal};
use super::repository::StoredBackup;
use super::restore::Filling;
use super::{BackupContext, BackupPhase, BackupWatch, Verified};
use crate::config::DatabaseUrl;
use crate::database::{Database, HostSession, ScratchPurpose, ScratchRequest};
use crate::drivers;

/// Expected rows by table.
type ExpectedCounts = BTreeMap<String, RowRange>;

/// Drops the scratch databases of killed verifications, and returns their names. Refuses if the user lacks the right to
/// create one.
pub(super) fn sweep(database: &mut dyn Database) -> Result<Vec<String>, BackupError> {
    let survey = database.driver().survey(database, ScratchPurpose::Verify)?;
    match survey.refused_user {
        Some(user) => {
            let grant = database.server().dialect.rules().grant_databases(&user);
            Err(BackupRefusal::NoScratch { user, grant }.into())
        }
        None => Ok(survey.sweep(database)),
    }
}

/// Restores `backup` into a scratch database and compares its row counts with `expected`.
pub(super) fn verify(
    backup: &StoredBackup,
    database: &mut dyn Database,
    order: &BackupContext<'_>,
    expected: &ExpectedCounts,
    watch: &dyn BackupWatch,
) -> Result<Verified, BackupError> {
    let begun = Instant::now();
    let filling = Filling { backup, order, watch, phase: BackupPhase::Rehearsing };
    let counted = in_a_scratch_database(&filling, database);
    let unverified = |cause| match cause {
        BackupError::Interrupted => BackupError::Interrupted,
        cause => BackupError::Unverified { path: backup.path.clone(), cause: Box::new(cause) },
    };
    let counts = counted.map_err(unverified)?;
    let tables = differences(expected, &counts);
    if !tables.is_empty() {
        return Err(BackupError::Unequal { path: backup.path.clone(), tables });
    }
    Ok(Verified { tables: counts.len(), rows: counts.values().sum(), duration: begun.elapsed() })
}

fn differences(expected: &ExpectedCounts, found: &Counts) -> Vec<(String, Option<u64>, Option<u64>)> {
    let names: std::collections::BTreeSet<_> = expected.keys().chain(found.keys()).collect();
    let differs = |name: &&&String| !expected.get(**name).is_some_and(|range| range.allows(found.get(**name).copied()));
    let row = |name: &String| (name.clone(), expected.get(name).map(|range| range.high), found.get(name).copied());
    names.iter().filter(differs).map(|name| row(name)).collect()
}

fn count_at(url: &DatabaseUrl, filling: &Filling<'_>) -> Result<Counts, BackupError> {
    filling.watch.at(BackupPhase::Counting, 0, None);
    let order = filling.order;
    count(&mut *drivers::open(url, order.table, &order.service.name, order.environment)?)
}

fn in_a_scratch_database(filling: &Filling<'_>, database: &mut dyn Database) -> Result<Counts, BackupError> {
    let driver = database.driver();
    let request =
        ScratchRequest { url: filling.order.url()?, purpose: ScratchPurpose::Verify, in_memory: false, template: None };
    let mut scratch = driver.create_scratch(HostSession::Borrowed(database), &request)?;
    let url = scratch.url().clone();
    let counts = filling.fill_scratch(scratch.session(), &url).and_then(|()| count_at(&url, filling));
    // An error of the restore is the cause of anything that the drop may report.
    let dropped = scratch.close();
    let counts = counts?;
    dropped?;
    Ok(counts)
}
