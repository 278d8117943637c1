//! Programs that time out waiting for a lock.

use super::error::BackupError;
use crate::database::Database;
use crate::database::dump::{BlockedProgram, DumpPrograms};
use crate::database::program::ProgramError;

/// Replaces a lock timeout of a program by an error that lists the blocking sessions.
pub(super) fn with_holders(
    error: BackupError,
    blocked: BlockedProgram,
    programs: &dyn DumpPrograms,
    database: &mut dyn Database,
) -> BackupError {
    let BackupError::Program(ProgramError::Failed { said, .. }) = &error else { return error };
    match programs.blocking_sessions(database, said, blocked) {
        Some(holders) => BackupError::TableLocked { said: said.clone(), holders },
        None => error,
    }
}
