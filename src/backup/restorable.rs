//! Quick check of a new backup without a scratch database, so that an unusable one is detected early. `--verify` checks
//! more.

use std::io::Read as _;
use std::process::Stdio;

use super::error::BackupError;
use super::pipeline::{Chain, pump};
use super::repository::StoredBackup;
use super::restore::Filling;
use super::{BackupContext, BackupPhase, BackupWatch};
use crate::database::Database;
use crate::database::dump::DumpMethod;
use crate::database::program::ProgramCall;
use crate::database::restore::RestoreTrial;

/// Size of the inspected part of a script in bytes; a head has about 1,000.
const LOOKED_AT: usize = 64 * 1024;

/// Reads the whole backup or its start, as its programs allow, and runs the first statements that a restore would run.
/// A copied file needs no such check.
///
/// # Errors
/// [`BackupError::Unverified`] with the cause; [`BackupError::Interrupted`].
pub(super) fn read_back(
    backup: &StoredBackup,
    database: &mut dyn Database,
    order: &BackupContext<'_>,
    watch: &dyn BackupWatch,
) -> Result<(), BackupError> {
    let filling = Filling { backup, order, watch, phase: BackupPhase::Checking };
    try_restore(&filling, database).map_err(|cause| match cause {
        BackupError::Interrupted => BackupError::Interrupted,
        cause => BackupError::Unverified { path: backup.path.clone(), cause: Box::new(cause) },
    })
}

fn try_restore(filling: &Filling<'_>, database: &mut dyn Database) -> Result<(), BackupError> {
    let DumpMethod::Programs(programs) = database.driver().dump_method() else { return Ok(()) };
    let url = filling.order.current_url()?;
    match programs.try_restore(database, &filling.request(&url))? {
        None => Ok(()),
        Some(RestoreTrial::Script { writer, run_head }) => {
            let start = start_of_script(filling, &writer)?;
            Ok(run_head(database, &String::from_utf8_lossy(&start))?)
        }
        Some(RestoreTrial::Client { client, head_length }) => {
            let head = head_length(&start_of_file(filling)?);
            filling.run_client(&client, Some(head))
        }
    }
}

/// Reads the whole script that the program writes and returns its start.
fn start_of_script(filling: &Filling<'_>, writer: &ProgramCall) -> Result<Vec<u8>, BackupError> {
    let (chain, ends) = Chain::start(vec![writer.foreground_command()], Stdio::null(), Stdio::piped())?;
    let mut start = Vec::new();
    if let Some(script) = ends.output {
        pump(script, &|| filling.watch.interrupted(), &mut |piece| {
            let room = LOOKED_AT.saturating_sub(start.len());
            start.extend(piece.iter().take(room));
            Ok(())
        })?;
    }
    chain.finish()?;
    Ok(start)
}

fn start_of_file(filling: &Filling<'_>) -> Result<Vec<u8>, BackupError> {
    let path = &filling.backup.path;
    let failed = |error: std::io::Error| BackupError::file("read", path, &error);
    let mut start = Vec::new();
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(LOOKED_AT as u64).read_to_end(&mut start).map_err(failed)?;
    Ok(start)
}
