//! Problems that would prevent a backup and can be detected beforehand: the dump program, and missing privileges.
//! Read-only.

use super::BackupContext;
use super::error::BackupError;
use crate::database::Database;
use crate::database::dump::{DumpMethod, Obstacle};

/// Returns the dump program with its version (`None` for a database that needs none) and the problems found.
///
/// # Errors
/// [`BackupError`] if there is no usable program or the connection fails.
pub fn obstacles(
    database: &mut dyn Database,
    order: &BackupContext<'_>,
) -> Result<(Option<String>, Vec<Obstacle>), BackupError> {
    match database.driver().dump_method() {
        DumpMethod::Copy(_) => Ok((None, Vec::new())),
        DumpMethod::Programs(programs) => {
            let (program, obstacles) = programs.check_dump(database, &order.search())?;
            Ok((Some(program), obstacles))
        }
    }
}
