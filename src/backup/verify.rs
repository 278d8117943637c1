//! Verification of a backup: restores it into a scratch database, compares the row counts of all tables, and drops the
//! scratch database in any case.

use std::collections::BTreeMap;
use std::time::Instant;

use super::counts::{Counts, RowRange, count};
use super::error::BackupError;
use super::partial_file::{PartialFile, sweep};
use super::repository::StoredBackup;
use super::restore::Filling;
use super::{BackupContext, BackupPhase, BackupWatch, Verified, scratch};
use crate::config::DatabaseUrl;
use crate::database::{self, Database};
use crate::drivers;
use crate::sql::Dialect;

/// Prefix of the names of scratch files.
const FILES: &str = "aludel-verify-";

/// Expected rows by table.
type ExpectedCounts = BTreeMap<String, RowRange>;

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
    let counted = match database.server().dialect {
        Dialect::Sqlite => in_a_file(&filling, database),
        Dialect::Postgres | Dialect::Mysql => in_a_scratch_database(&filling, database),
    };
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

/// Restores into a temporary SQLite file and counts its rows. The file is managed like a partial backup: one left by a
/// killed process is deleted by the next verification.
fn in_a_file(filling: &Filling<'_>, database: &mut dyn Database) -> Result<Counts, BackupError> {
    let folder = std::env::temp_dir();
    sweep(&folder, FILES);
    let part = PartialFile::file(&folder.join(format!("{FILES}{}.db", uuid::Uuid::new_v4().simple())))?;
    let url = DatabaseUrl::parse(&format!("sqlite:{}", part.path().display()), None);
    let url = url.map_err(|error| BackupError::Database(database::DatabaseError::Url(error.to_string())))?;
    filling.fill_scratch(database, &url)?;
    count_at(&url, filling)
}

fn count_at(url: &DatabaseUrl, filling: &Filling<'_>) -> Result<Counts, BackupError> {
    filling.watch.at(BackupPhase::Counting, 0, None);
    let order = filling.order;
    count(&mut *drivers::open(url, order.table, &order.service.name, order.environment)?)
}

fn in_a_scratch_database(filling: &Filling<'_>, database: &mut dyn Database) -> Result<Counts, BackupError> {
    let scratch = scratch::make(database)?;
    let name = &scratch.name;
    let url = filling.order.url()?.with_database(name);
    let loaded = filling.fill_scratch(database, &url);
    let counts = loaded.and_then(|()| count_at(&url, filling));
    let dropped = scratch::drop_it(database, &scratch);
    let counts = counts?;
    dropped.map(|()| counts)
}
